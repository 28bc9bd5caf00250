"""The character does not say the same long sentence again and again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from roleagent.critics import repetition
from roleagent.critics.repetition import RepetitionCritic
from roleagent.persona.persona import Example
from roleagent.types import Episode, Fact, Grounds, Owner, Thread

THREAD = Thread(owner=Owner(persona_id="holmes", user_id="ada"), thread_id="first")
AT = datetime(2026, 1, 1, tzinfo=UTC)
WELCOME = "Come in and sit by the fire, my dear fellow. Quick!"


def talk(*texts: str) -> tuple[Episode, ...]:
    """Utterances of the user and the character in turn."""
    return tuple(
        Episode(
            id=str(number),
            thread=THREAD,
            turn_id=str(number // 2),
            speaker="persona" if number % 2 else "user",
            text=text,
            at=AT,
        )
        for number, text in enumerate(texts)
    )


def is_ok(scene, draft: str) -> bool:
    return RepetitionCritic().check(draft, scene, complete=True).ok


@pytest.mark.parametrize(
    ("asked", "draft", "ok"),
    [
        ("I brought you a letter.", "Come in and sit by the fire, my dear fellow!", False),
        ("I brought you a letter.", "Splendid. Come in and sit by the fire, my dear fellow.", False),
        ("I brought you a letter.", "Quick!", True),
        ("I brought you a letter.", "Come in and show it to me at once, my dear fellow.", True),
        ("Good evening to you, Holmes!", "Come in and sit by the fire, my dear fellow.", True),
    ],
)
def test_a_long_sentence_does_not_come_back(make_scene, holmes, asked, draft, ok) -> None:
    """Short ones may, and so may the answer to the same words."""
    scene = replace(make_scene(holmes, asked), history=talk("Good evening, Holmes.", WELCOME))
    assert is_ok(scene, draft) is ok


def test_what_is_asked_for_again_may_be_said_again(make_scene, holmes) -> None:
    """A fact that was recalled for the question is no empty phrase."""
    said = "My brother Mycroft lives in Pall Mall, as everybody knows."
    scene = replace(
        make_scene(holmes, "Sorry, where was that?"), history=talk("Where does Mycroft live?", said)
    )
    assert not is_ok(scene, said)
    fact = Fact(
        id="home", subject="mycroft", relation="lives_in", object="pall", text="Mycroft lives in Pall Mall."
    )
    assert is_ok(replace(scene, grounds=Grounds(facts=(fact,))), said)


def test_an_example_is_not_played_again(make_scene, holmes) -> None:
    """Weak models copy an example with its question; its answer alone is the character's manner."""
    example = Example(user="Landlady, is business good today?", reply="The chairs are warm with it!")
    persona = replace(holmes, examples=(example,))
    drafts = ["“Landlady, is business good today?” – “The chairs are warm with it!”", example.reply]
    scene = make_scene(persona, "My feet are sore.")
    assert [is_ok(scene, draft) for draft in drafts] == [False, True]


def test_chinese_sentences_count_by_characters(make_scene, holmes) -> None:
    """Eight characters are a sentence that does not come back by chance."""
    scene = replace(make_scene(holmes, "今天吃什么？"), history=talk("你好", "托您的福，竹椅子都坐出汗了！"))
    assert not is_ok(scene, "托您的福，竹椅子都坐出汗了！")
    assert is_ok(scene, "吃担担面。")


@pytest.mark.parametrize(
    ("asked", "ok"),
    [
        ("What do you see on this picture?", False),
        ("How did you come by the fan?", True),
        ("And the princess, what did she do?", True),
    ],
)
def test_an_examples_answer_to_something_else_is_none(make_scene, holmes, asked, ok) -> None:
    """Small models recite an example's answer where nothing else comes to mind."""
    reply = "The princess would not lend it, and so I flew into her stomach and kicked."
    example = Example(user="How did you get the fan of palm leaves?", reply=reply)
    scene = make_scene(replace(holmes, examples=(example,)), asked)
    assert is_ok(scene, reply) is ok


@pytest.mark.timeout(20)
def test_a_long_message_is_read_once_for_a_whole_draft(make_scene, holmes, monkeypatch) -> None:
    """A pasted book and an answer of many sentences took half a minute."""
    read, terms = list[str](), repetition.key_terms
    monkeypatch.setattr(repetition, "key_terms", lambda text: (read.append(text), terms(text))[1])
    message = "A page of the book that I read to you. " * 500
    draft = " ".join(f"I heard page {number} of it with great pleasure." for number in range(50))
    assert is_ok(make_scene(holmes, message), draft)
    assert read.count(message) == 1
