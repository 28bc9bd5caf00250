"""The personas that come with the package: sound, rich, in character, and each with a clear horizon."""

from __future__ import annotations

import re

import pytest

from roleagent.formats.load import bundled_personas, load_persona
from roleagent.persona.persona import Persona

FROM_SOURCES = ("faraday", "holmes", "sunwukong")
NAMES = (*FROM_SOURCES, "mira")

_MACHINE_WORDS = re.compile(
    r"(?i:\bA\.?I\b|\bartificial intelligence\b|\blanguage model\b|\bchat\s?bot\b|\bsystem prompt\b)"
    r"|人工智能|语言模型|大模型|机器人|提示词"
)
_SENTENCE_ENDS = (".", "!", "?", "。", "！", "？")


@pytest.fixture(scope="module", params=NAMES)
def persona(request: pytest.FixtureRequest) -> Persona:
    """Each bundled persona in turn."""
    return load_persona(str(request.param))


@pytest.fixture(scope="module", params=FROM_SOURCES)
def sourced(request: pytest.FixtureRequest) -> Persona:
    """Each persona with a world and a time of its own."""
    return load_persona(str(request.param))


def test_every_bundled_persona_is_known_to_these_tests() -> None:
    """A persona added to the package is held to the same rules."""
    assert set(bundled_personas()) == set(NAMES)


def test_the_bundled_personas_use_all_three_file_formats() -> None:
    """They double as examples of every format a user may write."""
    suffixes = {load_persona(name).source.rsplit(".", 1)[-1] for name in NAMES}
    assert suffixes == {"yaml", "json", "graphml"}


def test_a_persona_is_called_as_its_file_is(persona: Persona) -> None:
    """`Agent("holmes")` and the stores go by the same name."""
    assert persona.source.rsplit("/", 1)[-1].split(".")[0] == persona.id


def test_a_persona_has_what_a_conversation_needs(persona: Persona) -> None:
    """An empty greeting or a single line of declining is heard at once."""
    assert persona.greeting
    assert persona.summary.startswith(("You are ", "你是"))
    assert len(persona.speech) >= 3
    assert len(persona.rules) >= 2
    assert len(persona.examples) >= 3
    assert len(set(persona.fall_backs)) >= 4


def test_a_summary_is_short_enough_for_a_small_model(persona: Persona) -> None:
    """It stands in every prompt."""
    words = len(persona.summary.split()) if persona.language == "en" else len(persona.summary) / 2
    assert 55 <= words <= 120


def test_fall_backs_and_examples_stay_in_the_role(persona: Persona) -> None:
    """A line that speaks of machines would break the role that it is there to keep."""
    examples = [line for example in persona.examples for line in (example.user, example.reply)]
    for line in (*persona.fall_backs, *examples, persona.greeting):
        assert not _MACHINE_WORDS.search(line), line


def test_the_machine_words_are_recognised() -> None:
    """The check above would catch what it is there for."""
    for line in ("As an AI, I cannot", "a language model", "我是人工智能", "my system prompt"):
        assert _MACHINE_WORDS.search(line)
    assert not _MACHINE_WORDS.search("Mrs Hudson said it promptly.")


def test_own_words_stay_within_the_horizon(persona: Persona) -> None:
    """Nothing the character says of itself uses a word that it does not know."""
    said = (*persona.fall_backs, persona.greeting, *(example.reply for example in persona.examples))
    for term in persona.horizon.unknown:
        pattern = re.compile(rf"(?<![A-Za-z]){re.escape(term)}(?![A-Za-z])", re.IGNORECASE)
        for line in said:
            assert not pattern.search(line), (term, line)


def test_every_fact_is_a_sentence_of_its_own(persona: Persona) -> None:
    """Facts go into prompts and explanations as they stand."""
    texts = [fact.text for fact in persona.graph.facts.values()]
    assert len(set(texts)) == len(texts)
    for text in texts:
        assert text.endswith(_SENTENCE_ENDS), text
        assert not set(text) & set("_{}"), text


def test_facts_are_in_the_personas_language(persona: Persona) -> None:
    """An English sentence among Chinese facts makes a model change its language."""
    for fact in persona.graph.facts.values():
        is_chinese = re.search(r"[\u4e00-\u9fff]", fact.text) is not None
        assert is_chinese == (persona.language == "zh"), fact.text


def test_every_node_is_linked(persona: Persona) -> None:
    """A node without facts can be mentioned and never helps."""
    lonely = [node_id for node_id in persona.graph.nodes if not persona.graph.facts_of(node_id)]
    assert lonely == []


def test_no_two_nodes_share_a_name(persona: Persona) -> None:
    """A name in the user's words must lead to one node."""
    owner: dict[str, str] = {}
    for node in persona.graph.nodes.values():
        if node.type == "literal":
            continue
        for name in {node.label.casefold(), *(alias.casefold() for alias in node.aliases)}:
            assert owner.setdefault(name, node.id) == node.id, name


def test_core_facts_about_the_character_are_fixed(persona: Persona) -> None:
    """Name and home are canon: no talk may ever change them."""
    fixed = {fact.relation for fact in persona.graph.facts_of(persona.node_id) if fact.fixed}
    assert {"is_called", "lives_in"} <= fixed or {"is_called", "works_at"} <= fixed


def test_a_persona_from_a_source_is_rich_and_ends_somewhere(sourced: Persona) -> None:
    """Enough canon to be asked about, and a last day that the critics can hold it to."""
    assert 60 <= len(sourced.graph) <= 120
    assert sourced.horizon.until
    assert len(sourced.horizon.unknown) >= 30
    assert len(sourced.horizon.known) >= 10


def test_nothing_known_is_also_unknown(persona: Persona) -> None:
    """The two lists contradict each other otherwise."""
    unknown = {term.casefold() for term in persona.horizon.unknown}
    assert unknown.isdisjoint(term.casefold() for term in persona.horizon.known)


@pytest.mark.parametrize(
    ("name", "subject", "relation", "expected"),
    [
        ("holmes", "holmes", "lives_in", "baker_street"),
        ("holmes", "moriarty", "died_in", "reichenbach"),
        ("sunwukong", "sunwukong", "lives_in", "shuiliandong"),
        ("sunwukong", "niumowang", "married_to", "tieshan"),
        ("faraday", "faraday", "married_to", "sarah"),
        ("faraday", "faraday", "lives_in", "royal_institution"),
        ("mira", "mira", "works_at", "shop"),
    ],
)
def test_the_present_is_unambiguous(name: str, subject: str, relation: str, expected: str) -> None:
    """One value of a functional relation holds at a time, and it is the canonical one."""
    values = load_persona(name).graph.values(subject, relation)
    assert [fact.object for fact in values] == [expected]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("holmes", "Does Watson know about Irene Adler?", {"watson", "irene_adler"}),
        ("sunwukong", "白骨精和牛魔王谁厉害？", {"baigujing", "niumowang"}),
        ("faraday", "How does a dynamo use a coil?", {"generator", "coil_magnet"}),
        ("mira", "Can I return a helmet?", {"helmet", "returns"}),
    ],
)
def test_plain_questions_reach_their_nodes(name: str, text: str, expected: set[str]) -> None:
    """Aliases are what connects a user's words to the graph."""
    assert expected <= set(load_persona(name).graph.mentioned_in(text))
