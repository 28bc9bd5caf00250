"""Advice for authors: each piece names what it is about, and a sound persona gets none."""

from __future__ import annotations

import pytest

from roleagent.formats.load import bundled_personas, load_persona
from roleagent.persona.lint import MAX_PROMPT_TOKENS, lint

SOUND = """\
roleagent: 1
id: ada
name: Ada
summary: You are Ada.
greeting: Do come in.
speech: [Speak with precision.]
fall_backs: [I had rather not say., Let us return to the engine., I do not guess.]
horizon: {until: "1843"}
nodes:
  - {id: ada, type: person, label: Ada}
  - {id: babbage, type: person, label: Charles Babbage}
  - {id: byron, type: person, label: Lord Byron}
edges:
  - {source: ada, relation: friend_of, target: babbage}
  - {source: ada, relation: child_of, target: byron}
"""


@pytest.fixture
def found(write):
    """(rule, where) of what is found in the sound file with some lines added or replaced."""

    def _found(more: str = "", *, old: str = "", new: str = "") -> list[tuple[str, str]]:
        findings = lint(load_persona(write(SOUND.replace(old, new) + more)))
        assert all(finding.message.endswith(".") for finding in findings)
        return [(finding.rule, finding.where) for finding in findings]

    return _found


def test_a_sound_persona_gets_no_advice(found):
    """Advice that comes always is not read."""
    assert found() == []


@pytest.mark.parametrize("name", bundled_personas())
def test_bundled_personas_get_no_advice(name):
    """They are what people copy."""
    assert lint(load_persona(name)) == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("greeting: Do come in.\n", "", ("no-greeting", "greeting")),
        ("speech: [Speak with precision.]\n", "", ("no-speech", "speech")),
        (", Let us return to the engine., I do not guess.", "", ("few-fall-backs", "fall_backs")),
        ('horizon: {until: "1843"}\n', "", ("no-horizon", "horizon")),
        ("label: Lord Byron", "label: Byron, aliases: [charles babbage]", ("shared-name", "nodes.babbage")),
        ("summary: You are Ada.", f"summary: You are Ada. {'word ' * MAX_PROMPT_TOKENS}",
         ("long-prompt", "summary, speech, rules, examples …")),
        ("relation: child_of, target: byron", "relation: child_of, target: byron, confidence: 0",
         ("fact-without-effect", "facts.ada.child_of.byron")),
        ("relation: child_of, target: byron", 'relation: child_of, target: byron, valid_from: "1850"',
         ("fact-without-effect", "facts.ada.child_of.byron")),
    ],
)  # fmt: skip
def test_a_flaw_is_named(found, old, new, expected):
    """One by one."""
    assert found(old=old, new=new) == [expected]


def test_facts_that_say_nothing_new_are_named(found):
    """A symmetric relation said twice, and a sentence said twice."""
    more = "  - {source: babbage, relation: friend_of, target: ada}\n"
    assert found(more) == [("fact-without-effect", "facts.babbage.friend_of.ada")]
    more = "  - {id: again, source: ada, relation: friend_of, target: babbage}\n"
    assert ("fact-without-effect", "facts.again") in found(more)


def test_a_node_without_facts_is_named(found):
    """It can never come up; an island of two that know each other can, when somebody names them."""
    nodes = "".join(f"  - {{id: {name}, type: topic, label: {name}}}\n" for name in ("mars", "a", "b"))
    island = "  - {source: a, relation: about, target: b}\n"
    assert found(island, old="edges:\n", new=f"{nodes}edges:\n") == [("lone-node", "nodes.mars")]


def test_chapters_out_of_order_are_named(found):
    """The command line lists them as they stand."""
    more = (
        'chapters:\n  - {id: two, date: "1843"}\n  - {id: one, date: "1835"}\n  - {id: two, date: "1850"}\n'
    )
    assert found(more) == [
        ("chapters-out-of-order", "chapters.one"),
        ("chapters-out-of-order", "chapters.two"),
    ]


def test_a_text_that_tells_a_secret_is_named(found):
    """A stranger would never see it; the author should know."""
    secret = (
        "  - {source: ada, relation: fears, target: byron, visibility: secret, text: Ada fears Lord Byron.}\n"
    )
    rows = found(secret, old="greeting: Do come in.", new="greeting: Ada fears Lord Byron. Do come in.")
    assert ("secret-in-text", "greeting") in rows


def test_lore_that_can_never_enter_is_named(found):
    """It looks as if it worked."""
    lore = """\
lorebooks:
  - entries:
      - {id: fine, keys: [engine], content: It is large.}
      - {id: always, constant: true, content: It is large.}
      - {id: off, enabled: false, content: ""}
      - {id: keyless, content: It is large.}
      - {id: empty, keys: [engine]}
      - {id: never, keys: [engine], content: x, probability: 0}
      - {id: broken, keys: ["/(/", engine], content: x}
      - {id: deaf, keys: ["/[/"], content: x}
      - {id: told, content: "@@activate\\nx"}
      - {id: silent, keys: [engine], content: "@@dont_activate\\nx"}
      - {id: nowhere, keys: [engine], content: x, position: outlet}
      - {id: fine, keys: [loom], content: x}
""".replace(', content: ""', "")
    where = "lorebooks[0].entries."
    assert found(lore) == [
        ("lore-never", f"{where}keyless"),
        ("lore-never", f"{where}empty"),
        ("lore-never", f"{where}never"),
        ("lore-bad-regex", f"{where}broken"),
        ("lore-bad-regex", f"{where}deaf"),
        ("lore-never", f"{where}deaf"),
        ("lore-never", f"{where}silent"),
        ("lore-never", f"{where}nowhere"),
        ("lore-id-twice", f"{where}fine"),
    ]


def test_gaps_of_a_rendering_are_named(found):
    """Half a language is heard at once."""
    texts = "name: 阿达, summary: 你是阿达。, greeting: 请进。, speech: [简洁。], fall_backs: [不说。]"
    labels = "labels: {ada: 阿达, babbage: 巴贝奇, byron: 拜伦}"
    assert found(f"renderings:\n  zh: {{{texts}, {labels}}}\n") == []
    gaps = found("renderings:\n  zh: {name: 阿达, labels: {ada: 阿达, nobody: 某人}, texts: {x: 某事。}}\n")
    assert gaps == [
        ("rendering-gap", "renderings.zh"),
        ("rendering-gap", "renderings.zh"),
        ("rendering-stranger", "renderings.zh.labels"),
        ("rendering-stranger", "renderings.zh.texts"),
    ]


def test_relations_without_words_in_the_language_are_named(found):
    """Facts would be said in English."""
    assert found(old="name: Ada\n", new="name: Ada\nlanguage: fr\n") == [("no-template", "relations")]
    worded = "relation: child_of, target: byron, text: Elle est sa fille."
    other = "relation: friend_of, target: babbage, text: Ils sont amis."
    text = SOUND.replace("relation: child_of, target: byron", worded)
    assert (
        found(
            old=SOUND,
            new=text.replace("relation: friend_of, target: babbage", other).replace(
                "name: Ada\n", "name: Ada\nlanguage: fr\n"
            ),
        )
        == []
    )


def test_macros_that_are_taken_out_are_named(found):
    """A hole in a sentence has to be seen by its author, not by the user."""
    book = "lorebooks: [{name: A, entries: [{id: b, keys: [c], content: 'd {{getvar::e}} {{char}}'}]}]\n"
    more = (
        "scenario: '{{user}} comes {{lastMessage}} in.'\npost_history_instructions: '{{original}} {{time}}'\n"
    )
    assert found(more + book) == [
        ("macro-taken-out", "scenario"),
        ("macro-taken-out", "lorebooks[0].entries.b"),
    ]
    assert found("rules: ['Now it is {{time}}, {{personality}}.']\n") == [("macro-of-time", "rules[0]")]


def test_macros_in_the_graph_are_named(found):
    """Nothing fills them in there."""
    assert ("macro-in-graph", "nodes.byron") in found(old="Lord Byron", new="'Father of {{char}}'")
