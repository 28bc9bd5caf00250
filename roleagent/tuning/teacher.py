"""A teacher: a larger chat model plays the character under its guards and critics; its replies are learned.

The agent is a real one without a home. Each line is said to it by another user, so that nothing of one is
remembered in the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from roleagent.evaluation.telling import says
from roleagent.persona.persona import Persona
from roleagent.persona.spoken import spoken
from roleagent.persona.view import view
from roleagent.tuning.dialogues import Dialogue, Fault, Message, Rejected
from roleagent.tuning.prompts import Staged, messages_for
from roleagent.tuning.said import parted
from roleagent.tuning.synthesis.stage import bare
from roleagent.tuning.synthesis.values import names_of
from roleagent.tuning.synthesis.words import words_for
from roleagent.types import Fact, Reply

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

TAUGHT = ("fact", "steps", "open", "premise", "unknown", "horizon", "small_talk", "role", "secret")
"""Kinds for which a teacher is asked: those in which all that the character needs is its file."""

_DECLINING = ("unknown", "horizon", "secret")  # where the character must own up, or decline in its own words
_FAULTS: dict[str, Fault] = {"safety": "safety", "role": "voice", "style": "voice", "voice": "voice"}


@dataclass(slots=True, kw_only=True)
class Taught:
    """What came of a teacher's replies.

    Attributes:
        num_asked: lines that were said to it.
        num_wrong: replies that do not tell what the line asks for, or tell what cannot be known.
        num_replaced: replies that the critics replaced by a line that is not right.
        num_decided: lines that a guard answered, so that the teacher was not asked.
    """

    num_asked: int = 0
    num_wrong: int = 0
    num_replaced: int = 0
    num_decided: int = 0
    dialogues: list[Dialogue] = field(default_factory=list)


def taught(
    persona: Persona,
    dialogues: Iterable[Dialogue],
    *,
    model: str | BaseChatModel,
    facts_in_prompt: bool = True,
    on_line: Callable[[int], None] | None = None,
) -> Taught:
    """The same dialogues with the replies of a teacher, as far as they are right.

    A reply has passed the guards and critics of an agent. It is kept

    * where the dialogue tells facts: if it says the value of the last of them, or another that is true of the
      same subject and relation; also where critics mended it, or put a fact in its place;
    * where the character cannot know, or must not tell: if it says so, or is the persona's line of declining;
    * against an attempt to break the role: if it names the character, or is that line;
    * elsewhere: if it is the teacher's own.

    What critics rejected before goes to `Dialogue.rejected`, with its fault, in front of the twin that the
    dialogue has. Dialogues of other kinds than `TAUGHT`, or with a conversation before them, are left out.

    Args:
        persona: whom the dialogues are of.
        dialogues: from `synthesise`.
        model: by registry name, or a chat model.
        facts_in_prompt: as the dialogues were made; the teacher itself always has the facts.
        on_line: is called with the number of lines done.

    Raises:
        ModelError: the model fails.
    """
    from roleagent.agent.agent import Agent

    done = Taught()
    with Agent(persona, model=model, on_disk=False) as agent:
        for number, dialogue in enumerate(filter(_is_taught, dialogues), start=1):
            reply = agent.run_sync(
                _said(dialogue), user_id=f"line {number}", listener=dialogue.note.get("listener", "")
            )
            done.num_asked += 1
            if made := _kept(persona, dialogue, reply, done, facts_in_prompt=facts_in_prompt):
                done.dialogues.append(made)
            if on_line is not None:
                on_line(number)
    return done


def _is_taught(dialogue: Dialogue) -> bool:
    num_said = sum(message.role == "user" for message in dialogue.messages)
    return dialogue.kind in TAUGHT and num_said == 1


def _said(dialogue: Dialogue) -> str:
    """The user's words without the notes above them."""
    return parted(dialogue.asked)[1]


def _kept(
    persona: Persona, dialogue: Dialogue, reply: Reply, done: Taught, *, facts_in_prompt: bool
) -> Dialogue | None:
    if reply.decided_by is not None:
        done.num_decided += 1
        return None
    met = view(spoken(persona), listener=dialogue.note.get("listener", "")).persona
    language = words_for(persona.language).language
    about = _told([met.graph.facts[fact] for fact in dialogue.facts], met, reply, language)
    if (dialogue.facts and not about) or not _is_in_kind(dialogue.kind, met, reply, language):
        done.num_wrong += 1
        return None
    if not about and (reply.fell_back or reply.repairs) and dialogue.kind not in (*_DECLINING, "role"):
        done.num_replaced += 1
        return None
    shown = met if facts_in_prompt else bare(met)
    noted = _noted(dialogue, about, reply) if facts_in_prompt else ()
    said = Staged(said=_said(dialogue), facts=noted, lore=reply.grounds.lore if facts_in_prompt else ())
    return replace(
        dialogue,
        facts=tuple(fact.id for fact in about),
        messages=(
            *messages_for(shown, said),
            Message(role="assistant", text=reply.text.strip(), learn=True),
        ),
        rejected=(*_rejected(reply), *dialogue.rejected),
        source=f"teacher:{reply.model}",
    )


def _owns_up(text: str, language: str) -> bool:
    """Whether a reply says that the character does not know, or asks what is meant."""
    return any(
        mark in text.casefold().replace("’", "'") for mark in words_for(language).lines("unknown", "marks")
    )


def _told(asked: Sequence[Fact], met: Persona, reply: Reply, language: str) -> list[Fact]:
    """The facts that a reply tells: those asked for, or another true value for the last; none if neither."""
    if not asked:
        return []
    *before, last = asked
    others = met.graph.values(last.subject, last.relation)
    for fact in (last, *others):
        if any(says(reply.text, name) for name in names_of(fact, met.graph, language)):
            return [*before, fact]
    return []


def _is_in_kind(kind: str, met: Persona, reply: Reply, language: str) -> bool:
    """Whether a reply does what its kind asks for: own up to what is not known, or stay who it is."""
    if reply.fell_back or kind not in (*_DECLINING, "role"):
        return True
    if kind == "role":
        node = met.graph.nodes[met.node_id]
        return any(
            name and name in reply.text for name in (met.name, met.nickname, node.label, *node.aliases)
        )
    return _owns_up(reply.text, language)


def _noted(dialogue: Dialogue, about: Sequence[Fact], reply: Reply) -> tuple[Fact, ...]:
    """The facts that the teacher had in its notes, and those that the reply needs and its prompt lacks."""
    noted = {fact.id: fact for fact in reply.grounds.facts}
    missing = [fact for fact in about if fact.id not in noted and fact.text not in dialogue.system]
    return (*missing, *noted.values())


def _rejected(reply: Reply) -> Iterator[Rejected]:
    """The drafts and sentences that critics did not let through, each with what is wrong with it."""
    drafts = [(revision.draft, revision.verdicts) for revision in reply.revisions]
    drafts += [(repair.was, repair.verdicts) for repair in reply.repairs]
    for draft, verdicts in drafts:
        failed = next((verdict for verdict in verdicts if not verdict.ok), None)
        if failed is not None and draft.strip():
            yield Rejected(text=draft.strip(), fault=_FAULTS.get(failed.critic, "contradiction"))
