"""What the character may say in place of a sentence that contradicts a fact."""

from __future__ import annotations

from dataclasses import replace

import pytest

from roleagent.critics.consistency import ConsistencyCritic
from roleagent.critics.repairs import voiced
from roleagent.formats.load import load_persona
from roleagent.language.sentences import ends_sentence
from roleagent.types import Fact, Node


@pytest.mark.parametrize(
    ("draft", "repair"),
    [
        ("I live in Paris.", "I live at 221B Baker Street."),
        ("Yes, my dear fellow, I live in Paris now.", "I live at 221B Baker Street."),
        ("I do not live in Baker Street.", "I live at 221B Baker Street."),
        ("My name is Mycroft Holmes.", "My name is Sherlock Holmes."),
        ("I was born in 1900.", "I was born in 1854."),
        ("I am sixty-two years old.", "I am 41 years old."),
        ("My mother was Eleanor Brandt.", "My mother is Violet Sherrinford."),
        ("I am a woman.", "I am a man."),
        ("I am married to Anna.", "I am not married."),
        ("Mycroft lives in New York.", "Mycroft Holmes lives in Pall Mall."),
        ("The tobacco is kept in the coal scuttle.", "The tobacco is kept in a Persian slipper."),
    ],
)
def test_a_sentence_of_little_more_than_the_claim_is_mended_with_the_fact(make_scene, holmes, draft, repair):
    """The fact is said in the first person and stands alone, whatever its template makes of it."""
    assert ConsistencyCritic().check(draft, make_scene(holmes), complete=True).repair == repair


@pytest.mark.parametrize(
    "draft",
    [
        "I live in Paris, where I keep a dog that bites.",
        "I live in Paris and every morning I walk along the river to my work.",
        '"I live in Paris," he says.',
        "*I live in Paris.*",
        "- I live in Paris.",
        "我住在巴黎。",
        "My wife is waiting for me.",
    ],
)
def test_what_would_be_lost_or_read_badly_is_not_mended(make_scene, holmes, draft):
    """A repair must not swallow what else was said, stage directions, or the language of the reply."""
    verdict = ConsistencyCritic().check(draft, make_scene(holmes), complete=True)
    assert (verdict.ok, verdict.repair) == (False, "")


@pytest.mark.parametrize(
    ("draft", "repair"),
    [
        ("我叫猪八戒。", "我叫孙悟空。"),
        ("我今年三十岁。", "我今年500岁。"),
        ("我住在高老庄。", "我住在花果山。"),
    ],
)
def test_a_chinese_character_mends_in_chinese(make_scene, wukong, draft, repair):
    """Both languages are served alike."""
    assert ConsistencyCritic().check(draft, make_scene(wukong), complete=True).repair == repair


def test_a_bare_answer_is_mended_as_a_whole_sentence(make_scene, holmes):
    """What "Mycroft Holmes." implies stands nowhere in the draft; the sentence itself is quoted."""
    asked = make_scene(holmes, "What is your name?")
    verdict = ConsistencyCritic().check("Mycroft Holmes.", asked, complete=True)
    assert (verdict.quote, verdict.repair) == ("Mycroft Holmes.", "My name is Sherlock Holmes.")
    agreed = ConsistencyCritic().check("Yes.", make_scene(holmes, "Do you live in Paris?"), complete=True)
    assert (agreed.quote, agreed.repair) == ("Yes.", "I live at 221B Baker Street.")


def test_a_fact_of_several_sentences_or_in_another_language_is_not_said(make_scene, holmes):
    """Whatever an author wrote, one whole sentence of the character's must come out of it."""
    scene, home = make_scene(holmes), holmes.graph.facts["holmes.lives_in.baker_street"]
    assert voiced(replace(home, text="Sherlock Holmes lives here. It is dusty."), scene) == ""
    assert voiced(replace(home, text="福尔摩斯住在贝克街。"), scene) == ""
    assert voiced(replace(home, text="The rooms smell of tobacco."), scene) == ""
    assert voiced(replace(home, text="Sherlock Holmes lives in Baker Street"), scene) == (
        "I live in Baker Street."
    )


def test_a_fact_about_the_user_is_said_to_them(make_scene, holmes):
    """The user is "you"."""
    graph = holmes.graph.with_learned(
        [Node(id="user", type="person", label="the user"), Node(id="oslo", type="place", label="Oslo")],
        [Fact(id="u", subject="user", relation="lives_in", object="oslo", text="The user lives in Oslo.")],
    )
    scene = make_scene(holmes, graph=graph)
    verdict = ConsistencyCritic().check("You live in Paris.", scene, complete=True)
    assert (verdict.repair, verdict.evidence) == ("You live in Oslo.", ("u",))


@pytest.mark.parametrize("name", ["holmes", "sunwukong", "faraday", "mira"])
def test_every_functional_fact_of_the_bundled_personas_reads_as_one_sentence_or_is_left(make_scene, name):
    """No bundled character speaks of itself by name or without a full stop."""
    persona = load_persona(name)
    scene = make_scene(persona)
    said = [voiced(fact, scene) for fact in persona.graph.facts.values()]
    names = (persona.name.casefold(),)
    own = [text for text in said if text and not text.startswith(("My name is", "我叫"))]
    assert own
    assert all(ends_sentence(text) and "\n" not in text for text in own)
    assert not any(each in text.casefold() for text in own for each in names)
