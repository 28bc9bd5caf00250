"""Learn from a teacher's replies (sequence-level distillation, arXiv 1606.07947) that the critics pass."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from roleagent import registry
from roleagent.critics.premises import doubts_about
from roleagent.critics.safety import NAME as SAFETY
from roleagent.critics.safety import SafetyCritic
from roleagent.errors import PersonaNotFoundError
from roleagent.graph.graph import PersonaGraph
from roleagent.language.thinking import ThinkingFilter
from roleagent.persona.persona import Persona
from roleagent.persona.view import view
from roleagent.protocols import Critic, Scene
from roleagent.tuning.dialogues import Dialogue, Message
from roleagent.tuning.said import parted
from roleagent.types import Episode, Grounds, Node, Owner, Thread, Turn, Verdict
from roleagent.workflow.judging import judge
from roleagent.workflow.mending import mend
from roleagent.workflow.parts import DEFAULT_CRITICS, by_name

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

_NOW = datetime(2026, 5, 4, 18, 30, tzinfo=UTC)
_PICTURES, _SAME = "it has pictures", "it must not be said"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What became of one dialogue.

    Attributes:
        dialogue: with the teacher's reply; None if it was left out.
        reply: the teacher's, as it was written.
        verdicts: those that rejected it.
        reason: why it was left out.
    """

    dialogue: Dialogue | None
    reply: str = ""
    verdicts: tuple[Verdict, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceTeacher:
    """A chat model that writes replies for others to learn.

    Attributes:
        name: for the dialogues' source.
        model: any chat model.
        critics: what a reply must pass.
        persona_of: the persona of a dialogue; None where there is none at hand.
        at_once: how many dialogues it answers at the same time.
    """

    name: str
    model: BaseChatModel
    critics: Sequence[Critic]
    persona_of: Callable[[Dialogue], Persona | None]
    at_once: int = 1

    async def lessons(self, dialogues: Sequence[Dialogue]) -> AsyncGenerator[Lesson]:
        """What becomes of each dialogue, in turn.

        A reply is judged as an agent judges a draft: rejected sentences are mended if a critic can do that,
        and a reply that does not pass even so is left out. Nothing that critics reject becomes data. If a
        request fails, the lessons before it have been told.
        """
        for start in range(0, len(dialogues), self.at_once):
            some = dialogues[start : start + self.at_once]
            asked = [asyncio.create_task(self._lesson(each)) for each in some]
            try:
                for each in asked:
                    yield await each
            finally:
                for each in asked:
                    each.cancel()
                await asyncio.gather(*asked, return_exceptions=True)

    async def _lesson(self, dialogue: Dialogue) -> Lesson:
        if dialogue.pictures:
            return Lesson(dialogue=None, reason=_PICTURES)
        written = await self.model.ainvoke(_messages(dialogue))
        said = _without_thoughts(str(written.text))
        scene = scene_of(dialogue, self.persona_of(dialogue))
        ask = partial(judge, scene=scene, critics=self.critics, complete=True)
        verdicts = await ask(said)
        passed = await mend(said, verdicts, ask, num_shown=0, num_mended=0)
        if passed is None or not passed.draft.strip():
            failed = tuple(verdict for verdict in verdicts if not verdict.ok)
            return Lesson(
                dialogue=None,
                reply=said,
                verdicts=failed,
                reason=", ".join(dict.fromkeys(each.critic for each in failed)),
            )
        reply = passed.draft.strip()
        if reply in [each.text for each in dialogue.rejected]:
            return Lesson(dialogue=None, reply=said, reason=_SAME)
        return Lesson(dialogue=with_reply(dialogue, reply, source=source_of(self.name)), reply=said)


def source_of(teacher: str) -> str:
    """The `Dialogue.source` of a teacher's replies."""
    return f"teacher:{teacher}"


def default_critics() -> tuple[Critic, ...]:
    """The critics of an agent that was given none, with the default policy."""
    safety = SafetyCritic(scorer=registry.get("harm_scorer", "head"))
    critics: tuple[Critic, ...] = by_name(
        "critic", tuple(safety if name == SAFETY else name for name in DEFAULT_CRITICS)
    )
    return critics


def bundled_persona(dialogue: Dialogue) -> Persona | None:
    """The persona that has the dialogue's name; None if none has."""
    from roleagent.formats.load import load_persona

    try:
        return load_persona(dialogue.persona) if dialogue.persona else None
    except PersonaNotFoundError:
        return None


def scene_of(dialogue: Dialogue, persona: Persona | None) -> Scene:
    """What critics compare a reply with, told by the dialogue alone.

    Args:
        dialogue: whose last message is to be judged.
        persona: who speaks, met as a stranger meets it; if None, critics know nothing of the character but
            the words of the system message.
    """
    known = _unknown(dialogue) if persona is None else view(persona).persona
    thread = Thread(owner=Owner(persona_id=known.id, user_id="user"), thread_id="main")
    *before, asked = dialogue.messages[:-1] or (Message(role="user", text=""),)
    notes, said = parted(asked.text if asked.role == "user" else "")
    facts = tuple(known.graph.facts[each] for each in dialogue.facts if each in known.graph.facts)
    talk = [each for each in before if each.role != "system"]
    history = tuple(_episode(thread, each, minutes_ago=len(talk) - at) for at, each in enumerate(talk))
    scene = Scene(
        persona=known,
        graph=known.graph,
        turn=Turn(thread=thread, text=said, at=_NOW),
        grounds=Grounds(facts=facts),
        history=history,
        looked_up=(notes.strip(),) if notes else (),
        prompt=dialogue.system,
    )
    if persona is None:
        return scene
    doubts = doubts_about(said, scene, history=history)
    return replace(scene, grounds=replace(scene.grounds, doubts=doubts))


def _unknown(dialogue: Dialogue) -> Persona:
    name = dialogue.character or "character"
    me = Node(id="self", type="person", label=name)
    return Persona(
        id=name,
        name=name,
        summary=dialogue.system,
        language=dialogue.language,
        graph=PersonaGraph(nodes=[me], facts=[], relations={}),
        node_id=me.id,
    )


def _episode(thread: Thread, message: Message, *, minutes_ago: int) -> Episode:
    return Episode(
        id=str(minutes_ago),
        thread=thread,
        turn_id=str(minutes_ago),
        speaker="user" if message.role == "user" else "persona",
        text=message.text,
        at=_NOW - timedelta(minutes=minutes_ago),
    )


def _messages(dialogue: Dialogue) -> list[BaseMessage]:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    return [kinds[each.role](each.text) for each in dialogue.messages[:-1]]


def _without_thoughts(text: str) -> str:
    text = text.encode("utf-8", "ignore").decode()  # half a surrogate pair can be written to no file
    thinking = ThinkingFilter()
    first, last = thinking.feed(text), thinking.finish()
    return last.text if last.restarts else first.text + last.text


def with_reply(dialogue: Dialogue, reply: str, *, source: str) -> Dialogue:
    """The same with another reply; whether that one tells any facts is not known."""
    before = tuple(replace(each, learn=False) for each in dialogue.messages[:-1])
    last = Message(role="assistant", text=reply, learn=True)
    return replace(dialogue, messages=(*before, last), grounded=False, facts=(), source=source)
