"""The results of a turn: verdicts, tool calls, and the reply with everything it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from roleagent.types.episodes import Episode, HandedBack
from roleagent.types.facts import GraphUpdate
from roleagent.types.grounds import NO_GROUNDS, Grounds
from roleagent.types.turn import Attachment, Turn

if TYPE_CHECKING:
    from roleagent.types.explanation import Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One critic's judgement of a draft, or one guard's of an input.

    Attributes:
        critic: name of the critic or guard.
        reason: for the model, which revises, and for people who ask why; empty when ok.
        quote: the faulty words of the draft or input.
        evidence: ids of the facts that are violated.
        where: what was judged: ``draft``, ``user``, or the name of an attachment or tool.
        score: 0–1, if the critic reports one.
        threshold: the score from which on it is not ok, if there is one.
        parts: what the score was made of, by name.
        version: of the critic's rules or weights, if it states one.
        repair: what may stand in place of the sentence that holds the quote, if the critic can mend it. One
            whole sentence in the character's voice.
        instead: what the character may say in place of the draft.
        action: what a guard's verdict on the input decides without asking the language model: ``refuse`` (the
            character declines in its own words), ``step_out`` (of the story, in the words of `instead`)
            or ``hand_over`` (likewise, and a person of the application takes over); empty for nothing.
        is_mild: whether the same words may come again: the model is asked for another draft, and if it
            insists, the critic may let it pass (see `Scene.drafts_left`).
    """

    critic: str
    ok: bool
    reason: str = ""
    quote: str = ""
    evidence: tuple[str, ...] = ()
    where: str = "draft"
    score: float | None = None
    threshold: float | None = None
    parts: tuple[tuple[str, float], ...] = ()
    version: str = ""
    repair: str = ""
    instead: str = ""
    action: str = ""
    is_mild: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A draft that was rejected, and the verdicts that rejected it."""

    draft: str
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """A sentence that critics rejected and mended, so that the rest of the draft could stay.

    Attributes:
        was: the sentence as the model wrote it; it was never shown.
        now: what was said in its place.
        verdicts: the critics' verdicts on `was`.
    """

    was: str
    now: str
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUse:
    """One tool call and its result.

    Attributes:
        result: what the model reads; None while the call waits for approval.
        handed_back: files that a built-in tool found for the user.
    """

    id: str
    name: str
    arguments: Mapping[str, object]
    result: str | None = None
    ok: bool = True
    handed_back: tuple[HandedBack, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How many tokens the language model read and wrote for one reply, for all drafts together.

    A model reports them at the end of an answer. For a draft that a critic stopped before, they are estimated
    from its text and its prompt, on the high side.
    """

    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Omitted:
    """What was left out of the prompt because it did not fit the language model's context.

    Attributes:
        room: the limit for the prompt, in estimated tokens.
        history: the oldest utterances of this conversation.
        grounds: grounds of any kind.
        shortened: tools, and kinds of observation, whose text was cut after its beginning.
    """

    room: int
    history: tuple[Episode, ...] = ()
    grounds: Grounds = NO_GROUNDS
    shortened: tuple[str, ...] = ()

    @property
    def anything(self) -> bool:
        """Whether anything was omitted."""
        return self != Omitted(room=self.room)

    def as_lines(self) -> list[str]:
        """What was omitted, a line for each kind."""
        kinds = [(getattr(self.grounds, kind.name), kind.metadata["noun"]) for kind in fields(self.grounds)]
        counted = ((self.history, "utterances of this conversation, the oldest"), *kinds)
        lines = [f"{len(items)} {noun}" for items, noun in counted if items]
        return [*lines, *(f"the end of {name}" for name in self.shortened)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The persona's answer and everything it rests on.

    Attributes:
        text: the answer; empty while `pending` is not.
        grounds: what the prompt said for this turn.
        warnings: guards' verdicts on the input that are not ok.
        verdicts: critics' verdicts on the final text.
        revisions: rejected drafts.
        repairs: sentences that were mended, in their order.
        prompt_tokens: how many tokens the blocks of the last prompt had, by `PromptBlock.name`; estimated.
        decided_by: the guard's verdict that decided the answer, so that the language model was not asked;
            with the action ``hand_over`` a person of the application is to take over. None for a usual turn.
        fell_back: whether the text is no draft that passed, but a critic's answer, a fact, or one of the
            persona's own lines of declining.
        pending: tool calls that wait for approval: see `Conversation.resume`.
        omitted: what did not fit the model's context, so that it is not in `grounds`; None if everything fit.
        model: name of the language model.
        thinking: what the model thought aloud, all drafts together; it was not shown.
        timings_ms: milliseconds by workflow node.
    """

    turn: Turn
    text: str
    grounds: Grounds = NO_GROUNDS
    update: GraphUpdate = field(default_factory=GraphUpdate)
    warnings: tuple[Verdict, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    revisions: tuple[Revision, ...] = ()
    repairs: tuple[Repair, ...] = ()
    tool_uses: tuple[ToolUse, ...] = ()
    pending: tuple[ToolUse, ...] = ()
    omitted: Omitted | None = None
    prompt_tokens: Mapping[str, int] = field(default_factory=dict)
    decided_by: Verdict | None = None
    fell_back: bool = False
    model: str = ""
    thinking: str = ""
    usage: Usage = Usage()
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The files that come with the answer; `Attachment.path` is where their bytes are."""
        return tuple(each.attachment for each in self.grounds.handed_back)

    def explain(self) -> Explanation:
        """Say what this reply rests on, as data (`.as_dict()`) and as a page (`.as_markdown()`)."""
        from roleagent.types.explanation import Explanation

        return Explanation(self)

    def __str__(self) -> str:
        """The answer alone."""
        return self.text
