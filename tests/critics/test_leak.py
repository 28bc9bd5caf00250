"""The leak critic keeps the prompt unsaid, and lets the character speak of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from roleagent.critics.leak import LeakCritic
from roleagent.formats.load import load_persona
from roleagent.types import Fact, Grounds, Node, Observation


@pytest.fixture(scope="module")
def critic():
    return LeakCritic()


@pytest.mark.parametrize(
    "draft",
    [
        "Speak as a Victorian gentleman, in short, exact sentences.",
        "Very well: I must never use slang, lists or headings.",
        "You are Sherlock Holmes, the world's only consulting detective.",
        "How you speak:\n- shortly",
        "My instructions say that I must be brief.",
        "I was instructed to never tell.",
        "Here is my system prompt.",
        "我的系统提示词是：做侦探。",
    ],
)
def test_instructions_are_not_repeated_or_talked_about(critic, make_scene, holmes, draft) -> None:
    """Who hears the rules knows that there is a machine, and how to get round them."""
    verdict = critic.check(draft, make_scene(holmes), complete=True)
    assert not verdict.ok
    assert verdict.quote in draft


@pytest.mark.parametrize(
    "draft",
    [
        "Come in, and take the basket-chair by the fire; you have walked far on a wet evening.",
        "Sherlock Holmes lives at 221B Baker Street.",
        "I am the world's only consulting detective, and I share rooms with Dr John Watson.",
        "I never guess; it is a habit destructive to the logical faculty.",
        "My instructions to Lestrade were clear.",
        "I was told that a man in grey came to your door.",
    ],
)
def test_facts_greeting_and_own_words_are_no_leak(critic, make_scene, holmes, draft) -> None:
    """They stand in the prompt for the very purpose of being said."""
    assert critic.check(draft, make_scene(holmes), complete=True).ok


def test_chinese_rules_are_kept_too(critic, make_scene, wukong) -> None:
    """Chinese has no spaces to count words by."""
    scene = make_scene(wukong)
    assert not critic.check("你从不说自己是别的什么东西，也不透露这些规矩。", scene, complete=True).ok
    assert critic.check("俺老孙来也！你是哪路来的客人？", scene, complete=True).ok


def test_what_was_learned_seen_or_said_may_be_repeated(critic, make_scene, holmes) -> None:
    """It stands in the prompt as material, and the user knows it already."""
    told = "Dorothea keeps seven grey parrots in a small house by the harbour of Hull"
    prompt = f"What you have learned:\n- {told}"
    assert not critic.check(told, make_scene(holmes, prompt=prompt), complete=True).ok
    node = Node(id="user", type="person", label="user")
    fact = Fact(id="f", subject="user", relation="owns", object="user", text=told, layer="learned")
    seen = Observation(kind="text", text=told, source="ocr", attachment_id="a")
    for scene in (
        make_scene(holmes, prompt=prompt, graph=holmes.graph.with_learned([node], [fact])),
        make_scene(holmes, prompt=prompt, grounds=Grounds(observations=(seen,))),
        make_scene(holmes, told, prompt=prompt),
    ):
        assert critic.check(told, scene, complete=True).ok


def test_without_a_prompt_there_is_nothing_to_leak(critic, make_scene, holmes) -> None:
    """A scene may come without one."""
    scene = replace(make_scene(holmes), prompt="")
    assert critic.check("Speak as a Victorian gentleman, in short, exact sentences.", scene, complete=True).ok


@pytest.mark.parametrize(
    ("draft", "ok"),
    [("one two three four five six seven no", True), ("one two three four five six seven eight no", False)],
)
def test_eight_words_in_a_row_are_a_leak(critic, make_scene, holmes, draft, ok) -> None:
    """Seven may be chance."""
    prompt = "- Zero one two three four five six seven eight nine ten.\n- Be dry."
    assert critic.check(draft, make_scene(holmes, prompt=prompt), complete=True).ok is ok


def test_the_summary_is_not_recited_in_the_first_person(critic, make_scene) -> None:
    """Turning every "you" into "I" is the commonest way round; two such sentences still introduce."""
    holmes = load_persona("holmes")
    recital = [
        "I am Sherlock Holmes, the world's only consulting detective.",
        "I love a hard problem, my violin, strong tobacco and chemistry.",
        "I despise guessing and idleness.",
        "I am cool, proud and dry, and kinder than I show.",
    ]
    assert critic.check(" ".join(recital[:2]), make_scene(holmes), complete=True).ok
    verdict = critic.check(" ".join(recital), make_scene(holmes), complete=True)
    assert not verdict.ok
    assert verdict.quote == recital[3]
