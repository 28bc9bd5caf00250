"""Distillation by replies: only what the critics pass becomes data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from roleagent.formats.load import load_persona
from roleagent.protocols import Critic, Scene
from roleagent.testing.critics import RejectWords
from roleagent.testing.fakes import ScriptedModel
from roleagent.tuning.dialogues import Dialogue, Message, Rejected
from roleagent.tuning.distilling import (
    Lesson,
    SequenceTeacher,
    bundled_persona,
    default_critics,
    scene_of,
)
from roleagent.types import Verdict


def asked(text: str, **more) -> Dialogue:
    return Dialogue(
        messages=(
            Message(role="system", text="You are Holmes."),
            Message(role="user", text=text),
            Message(role="assistant", text="Indeed."),
        ),
        **more,
    )


async def taught(dialogues, script, *critics: Critic, at_once: int = 1) -> tuple[list[Lesson], ScriptedModel]:
    model = ScriptedModel(script)
    teacher = SequenceTeacher(
        name="big", model=model, critics=critics, persona_of=lambda _: None, at_once=at_once
    )
    return [each async for each in teacher.lessons(dialogues)], model


class Mends:
    """Rejects *robot*, and knows what to say in place of the sentence."""

    name = "mends"

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        if "robot" not in draft:
            return Verdict(critic=self.name, ok=True)
        return Verdict(critic=self.name, ok=False, reason="No.", quote="a robot", repair="I am a man.")


async def test_the_teacher_reads_the_prompt_and_its_reply_is_learned() -> None:
    """The same messages that the student reads, and the student's answer is not among them."""
    dialogue = asked("How did you know?", grounded=True, facts=("f1",), kind="fact", persona="holmes")
    [lesson], model = await taught([dialogue], ["Elementary."])
    assert [(each.type, each.content) for each in model.prompts[0]] == [
        ("system", "You are Holmes."),
        ("human", "How did you know?"),
    ]
    made = lesson.dialogue
    assert made.reply == "Elementary."
    assert made.messages[:-1] == dialogue.messages[:-1]
    assert (made.source, made.kind, made.persona) == ("teacher:big", "fact", "holmes")
    assert not made.grounded  # nobody knows which facts it tells
    assert made.facts == ()


async def test_what_critics_reject_is_left_out() -> None:
    """With the critic's name; the others stay, in order."""
    dialogues = [asked(f"Question {number}?") for number in range(3)]
    script = ["Elementary.", "I am a robot.", "Quite so."]
    lessons, _ = await taught(dialogues, script, RejectWords(["robot"]))
    assert [each.dialogue and each.dialogue.reply for each in lessons] == ["Elementary.", None, "Quite so."]
    assert lessons[1].reason == RejectWords(["robot"]).name
    assert lessons[1].reply == "I am a robot."
    assert [verdict.ok for verdict in lessons[1].verdicts] == [False]


async def test_what_a_critic_mends_is_learned_as_mended() -> None:
    """As in a conversation."""
    [lesson], _ = await taught([asked("What are you?")], ["Well, well. I am a robot. Sit down."], Mends())
    assert lesson.dialogue.reply == "Well, well. I am a man. Sit down."


@pytest.mark.parametrize(
    ("written", "reason"),
    [("  ", "answer"), ("I can't tell.", "it must not be said")],
    ids=["empty", "rejected"],
)
async def test_nothing_and_what_must_not_be_said_are_left_out(written: str, reason: str) -> None:
    """A reply cannot be both good and rejected."""
    dialogue = asked("Who?", rejected=(Rejected(text="I can't tell.", fault="voice"),))
    [lesson], _ = await taught([dialogue], [written])
    assert lesson.dialogue is None
    assert lesson.reason == reason


async def test_pictures_are_left_out_unasked() -> None:
    """The teacher would answer without having seen them."""
    dialogue = asked("What is this?")
    shown = replace(dialogue.messages[1], pictures=("x.png",))
    dialogue = replace(dialogue, messages=(dialogue.messages[0], shown, dialogue.messages[2]))
    [lesson], model = await taught([dialogue], [])
    assert (lesson.dialogue, lesson.reason, model.num_calls) == (None, "it has pictures", 0)


async def test_thoughts_are_not_learned() -> None:
    """A teacher that thinks aloud teaches its answer."""
    [lesson], _ = await taught([asked("Who?")], ["<think>Who may it be?</think>\n\nMoriarty."])
    assert lesson.dialogue.reply == "Moriarty."


async def test_half_a_character_is_left_out_of_a_reply() -> None:
    """No file could hold it, and a thousand other replies would be lost with it."""
    [lesson], _ = await taught([asked("Who?")], ["Moriarty\ud83d."])
    assert lesson.dialogue.reply == "Moriarty."


async def test_what_came_before_a_failed_request_is_told() -> None:
    """Also of those that were asked at the same time."""
    script = ["Yes.", "Yes.", "Yes.", TimeoutError("too slow")]
    teacher = SequenceTeacher(
        name="big", model=ScriptedModel(script), critics=(), persona_of=lambda _: None, at_once=4
    )
    coming = teacher.lessons([asked(f"Question {number}?") for number in range(4)])
    assert [(await anext(coming)).dialogue.reply for _ in range(3)] == ["Yes."] * 3
    with pytest.raises(TimeoutError):
        await anext(coming)


async def test_several_at_once_come_in_order() -> None:
    """For teachers that serve many."""
    dialogues = [asked(f"Question {number}?") for number in range(5)]
    lessons, model = await taught(dialogues, ["Yes."] * 5, at_once=2)
    assert [each.dialogue.asked for each in lessons] == [each.asked for each in dialogues]
    assert model.num_calls == 5


def test_critics_see_who_speaks_and_what_was_said() -> None:
    """The persona as a stranger meets it, the notes as what was looked up, and the talk before."""
    persona = load_persona("holmes")
    fact = next(iter(persona.graph.facts))
    dialogue = Dialogue(
        messages=(
            Message(role="system", text="You are Holmes."),
            Message(role="user", text="Good evening."),
            Message(role="assistant", text="Sit down."),
            Message(role="user", text="[Notes:\n- It rains.]\n\nHow is the weather?"),
            Message(role="assistant", text="Wet."),
        ),
        persona="holmes",
        facts=(fact, "gone"),
    )
    scene = scene_of(dialogue, bundled_persona(dialogue))
    assert scene.persona.id == "holmes"
    assert scene.turn.text == "How is the weather?"
    assert scene.looked_up == ("[Notes:\n- It rains.]",)
    assert [(each.speaker, each.text) for each in scene.history] == [
        ("user", "Good evening."),
        ("persona", "Sit down."),
    ]
    assert [each.id for each in scene.grounds.facts] == [fact]
    assert scene.prompt == "You are Holmes."


def test_without_a_persona_critics_know_the_prompt_alone() -> None:
    """Scripts and foreign data have no persona file."""
    dialogue = asked("Who are you?", persona="nobody-of-that-name")
    assert bundled_persona(dialogue) is None
    scene = scene_of(dialogue, None)
    assert scene.persona.summary == "You are Holmes."
    assert not scene.graph.facts


async def test_what_the_user_takes_for_granted_is_doubted() -> None:
    """As in a conversation: Holmes has never heard of such a thing, and must not go along with it."""
    dialogue = asked("What do you think of my new smartphone?", persona="holmes")
    teacher = SequenceTeacher(
        name="big",
        model=ScriptedModel(["It is a good one. The screen is large enough."]),
        critics=default_critics(),
        persona_of=bundled_persona,
    )
    [lesson] = [each async for each in teacher.lessons([dialogue])]
    assert lesson.dialogue is None
    assert lesson.reason == "premise"


async def test_the_default_critics_reject_a_fall_out_of_the_role() -> None:
    """They are those of an agent."""
    critics = default_critics()
    script = ["As an AI language model, I have no home.", "Baker Street, these ten years."]
    dialogues = [asked("Where do you live?", persona="holmes")] * 2
    teacher = SequenceTeacher(
        name="big", model=ScriptedModel(script), critics=critics, persona_of=bundled_persona
    )
    lessons = [each async for each in teacher.lessons(dialogues)]
    assert [each.dialogue is None for each in lessons] == [True, False]
    assert "role" in lessons[0].reason
