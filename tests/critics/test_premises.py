"""What a question takes for granted, and the graph does not bear out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from roleagent.critics.premises import PremiseCritic, doubts_about
from roleagent.formats.load import load_persona
from roleagent.types import Episode, Owner, Thread


@pytest.fixture(scope="module")
def holmes():
    """The bundled one, of whom the graph holds more than a hundred facts."""
    return load_persona("holmes")


@pytest.fixture(scope="module")
def monkey():
    """The bundled Sun Wukong, who speaks Chinese."""
    return load_persona("sunwukong")


def doubts(make_scene, persona, said, **more):
    return doubts_about(said, make_scene(persona, said), **more)


@pytest.mark.parametrize(
    ("said", "note", "fact"),
    [
        ("How is your daughter Clara?", "no daughter", None),
        ("How's your sister Clara?", "no sister called Clara", "holmes.sibling_of.mycroft"),
        ("How is your wife?", "never married", "holmes.has_trait.bachelor"),
        ("Why did you marry Irene Adler?", "never married", "holmes.has_trait.bachelor"),
        ("You live in Paris, don't you?", "221B Baker Street", "holmes.lives_in.baker_street"),
        ("At nineteen, aren't you too young for this?", "forty-one", "holmes.aged.literal:41"),
        ("Why did you sell the lighthouse to the Danish brothers?", "sell the lighthouse", None),
        ("What was in the green trunk that you buried behind the mill?", "green trunk", None),
        ("Is your shoulder better since the camel bit you?", "camel", None),
        ("Where did you learn to play the xylophone?", "xylophone", None),
        ("Would you lend me your smartphone?", "smartphone", None),
    ],
)
def test_what_nothing_bears_out_is_doubted(make_scene, holmes, said, note, fact) -> None:
    """A false premise is the graph's to refuse: the model would play along."""
    found = doubts(make_scene, holmes, said)
    assert found
    assert note in found[0].note
    assert fact is None or fact in found[0].evidence


@pytest.mark.parametrize(
    "said",
    [
        "How is your brother Mycroft?",
        "Why do you play the violin?",
        "How did you survive the Reichenbach Falls?",
        "What happened after you came back from Tibet?",
        "Where were you born?",
        "Who is your mother?",
        "How did you meet Dr Watson?",
        "Good evening, Mr Holmes. I am Violet Hunter.",
        "My sister Clara has lost her dog in Lisbon.",
        "Do you remember what I told you about my dog Rex?",
        "What do you think of the weather?",
        "Why can't I take the hill road?",
        "What do you think of Napoleon?",
        "Have you read Plato?",
    ],
)
def test_what_is_known_or_told_of_oneself_is_not_doubted(make_scene, holmes, said) -> None:
    """A false alarm would have the character deny its own life."""
    assert not doubts(make_scene, holmes, said)


@pytest.mark.parametrize(
    ("said", "note"),
    [
        ("你外甥小红还好吗？", "外甥"),
        ("你为什么把金箍棒卖给了牛魔王？", "卖给"),
        ("你住在长安吧？", "花果山"),
        ("你弹的那琵琶是谁教的？", "琵琶"),
        ("把手机借我用用。", "手机"),
    ],
)
def test_chinese_premises_are_doubted(make_scene, monkey, said, note) -> None:
    """The same in Chinese."""
    found = doubts(make_scene, monkey, said)
    assert any(note in each.note for each in found)


@pytest.mark.parametrize(
    "said", ["你大闹天宫的时候怕不怕？", "你住的地方在哪里？", "你的师父是谁？", "你好！"]
)
def test_chinese_questions_are_not_doubted(make_scene, monkey, said) -> None:
    """Questions are no premises."""
    assert not doubts(make_scene, monkey, said)


def said_before(text: str, speaker: str = "user") -> Episode:
    thread = Thread(owner=Owner(persona_id="holmes", user_id="ada"), thread_id="first")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    who: Any = speaker
    return Episode(id=text, thread=thread, turn_id=text, speaker=who, text=text, at=at)


def test_what_the_talk_has_told_is_known(make_scene, holmes) -> None:
    """What the character said before, or the user told of themselves, is no false premise."""
    said = "Why did you sell the lighthouse to the Danish brothers?"
    for history in (
        [said_before("I sold the lighthouse to two Danish brothers.")],
        [said_before("I sold the lighthouse to two Danish brothers.", "persona")],
    ):
        assert not doubts(make_scene, holmes, said, history=history)


@pytest.mark.parametrize(
    ("said", "before"),
    [
        ("How is your daughter Clara?", "How is your daughter Clara?"),
        ("How is your daughter Clara?", "You have a daughter called Clara."),
        ("Why did you sell the lighthouse?", "Why did you sell the lighthouse?"),
        ("Would you lend me your smartphone?", "I know no smartphone."),
    ],
)
def test_asking_twice_makes_nothing_true(make_scene, holmes, said, before) -> None:
    """Neither the user's questions and claims nor the character's denials are evidence."""
    speaker = "persona" if before.startswith("I know no") else "user"
    history = [
        said_before(before, speaker),
        said_before("I know of no such thing, nor any daughter.", "persona"),
    ]
    assert doubts(make_scene, holmes, said, history=history)


@pytest.mark.parametrize(
    "said",
    [
        "Is it true that you are Mycroft's brother?",
        "What were you like at twenty?",
        "Have you been to Bond Street lately?",
        "What do you think of Edgar Allan Poe's Dupin?",
    ],
)
def test_names_and_ages_that_contradict_nothing_are_left_alone(make_scene, holmes, said) -> None:
    """A name that the graph does not know may still be known to the character."""
    assert not doubts(make_scene, holmes, said)


def test_a_true_value_in_fewer_words_is_true(make_scene) -> None:
    """Newington is Newington Butts."""
    assert not doubts(make_scene, load_persona("faraday"), "You were born in Newington, weren't you?")


@pytest.mark.parametrize(
    ("draft", "ok"),
    [
        ("I have no daughter.", True),
        ("You are mistaken, madam. I never had a child.", True),
        ("Clara? I have no daughter.", True),
        ("She is well, and sends her love.", False),
        ("Yes, she is with Mrs Hudson now. She will be back at nine.", False),
    ],
)
def test_a_draft_has_to_set_it_right(make_scene, holmes, draft, ok) -> None:
    """Going along is rejected, with what the character may say instead."""
    said = "How is your daughter Clara?"
    scene = make_scene(holmes, said)
    scene = replace(scene, grounds=replace(scene.grounds, doubts=doubts_about(said, scene)))
    verdict = PremiseCritic().check(draft, scene, complete=True)
    assert verdict.ok is ok
    assert ok or "daughter" in verdict.instead


def test_a_short_first_sentence_may_lead_to_a_denial(make_scene, holmes) -> None:
    """While a draft grows, a question or an address decides nothing."""
    said = "How is your daughter Clara?"
    scene = make_scene(holmes, said)
    scene = replace(scene, grounds=replace(scene.grounds, doubts=doubts_about(said, scene)))
    critic = PremiseCritic()
    assert critic.check("My dear sir.", scene, complete=False).ok
    assert not critic.check("She has grown so much this year.", scene, complete=False).ok


@pytest.mark.parametrize(
    ("said", "draft", "ok"),
    [
        ("Is it noisy where you live, over there in Palermo?", "No, it's not noisy in Palermo.", False),
        ("How much did you pay for the blind elephant in the end?", "A lot, but I didn't like it.", False),
        ("How much did you pay for the blind elephant in the end?", "I never paid for one.", True),
        ("Which smartphone would you recommend?", "I don't have one.", False),
        ("Which smartphone would you recommend?", "The word means nothing to me.", True),
    ],
)
def test_a_no_about_something_else_is_no_denial(make_scene, holmes, said, draft, ok) -> None:
    """A sentence that swallows the premise may well hold a "not"."""
    scene = make_scene(holmes, said)
    scene = replace(scene, grounds=replace(scene.grounds, doubts=doubts_about(said, scene)))
    assert scene.grounds.doubts
    assert PremiseCritic().check(draft, scene, complete=True).ok is ok
