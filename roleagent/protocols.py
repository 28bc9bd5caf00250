"""Every plug-in point, on one screen. Any object with the right methods fits; there is no base class.

All methods are ordinary blocking functions: the workflow runs them in worker threads and limits their time.
Language models, tools and embedders are `langchain_core` chat models, tools and `Embeddings`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from roleagent.errors import InputError
from roleagent.types import (
    EVERYTHING,
    NO_GROUNDS,
    Attachment,
    Episode,
    Fact,
    ForgetReceipt,
    GraphUpdate,
    Grounds,
    Observation,
    Owner,
    Selection,
    Sight,
    Summary,
    Thread,
    Turn,
    Verdict,
)

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel

    from roleagent.graph.graph import PersonaGraph
    from roleagent.persona.persona import Persona
    from roleagent.store import Store, UserRecord


@runtime_checkable
class Perceptor(Protocol):
    """Sees or hears: turns an attachment into observations."""

    name: str
    media_types: tuple[str, ...]  # patterns such as "image/*"

    def perceive(self, attachment: Attachment) -> Sequence[Observation]: ...


@runtime_checkable
class Guard(Protocol):
    """Screens incoming text (the user's words, a caption, a tool's result) before it is used.

    `where` says where the text comes from: ``user`` for the user's own words; ``lore/NAME`` for a lorebook
    entry and ``card/FIELD`` for a field of the persona, both written by the persona's author; otherwise the
    name of the attachment or tool. File names contain no slash, so these cannot be confused.
    """

    name: str

    def screen(self, text: str, *, where: str) -> Verdict: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a critic can compare a draft with.

    Attributes:
        graph: the canon and what was learned from this user.
        grounds: what the prompt told for this turn, without summaries: they are derived, and no evidence.
        history: this conversation before the turn, oldest first.
        looked_up: results of the application's tools in this turn, as the model reads them.
        drafts_left: how many more the model may write in this turn if this one is rejected.
        prompt: the text of the system message, to detect leaks of it.
        consistency: 0–1, how strictly drafts are held to what was said and learned; the core facts of the
            persona's file always hold.
        judged: how many characters at the start of the draft the critics have already passed, sentence by
            sentence. A critic can use them as context and judge only the rest. 0 for a complete draft.
    """

    persona: Persona
    graph: PersonaGraph
    turn: Turn
    grounds: Grounds = NO_GROUNDS
    warnings: tuple[Verdict, ...] = ()
    history: tuple[Episode, ...] = ()
    looked_up: tuple[str, ...] = ()
    drafts_left: int = 2
    prompt: str = ""
    consistency: float = 0.5
    judged: int = 0


@runtime_checkable
class ContradictionScorer(Protocol):
    """Says how likely a sentence contradicts what was said or stands in the notes.

    Attributes:
        name: with its version, for the record of a verdict.
        languages: ISO 639-1 codes that it reads; empty for all.
    """

    name: str
    languages: tuple[str, ...]

    def score(self, earlier: Sequence[str], sentence: str) -> Sequence[float]:
        """A probability 0–1 for each earlier line, that the same speaker cannot mean both."""


@runtime_checkable
class RelevanceScorer(Protocol):
    """Says how likely a reply answers what was said.

    Attributes:
        name: with its version, for the record of a verdict.
        languages: ISO 639-1 codes that it reads; empty for all.
    """

    name: str
    languages: tuple[str, ...]

    def score(self, said: str, replies: Sequence[str]) -> Sequence[float]:
        """A probability 0–1 for each reply, that it takes up what was said."""


@runtime_checkable
class HarmScorer(Protocol):
    """Says how likely a text asks for harm, or is in danger, by category.

    Attributes:
        name: with its version, for the record of a verdict.
        languages: ISO 639-1 codes that it reads; empty for all.
    """

    name: str
    languages: tuple[str, ...]

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """For each text a probability 0–1 for each category that the scorer knows, under its name."""


@runtime_checkable
class Critic(Protocol):
    """Judges a draft, once complete or sentence by sentence as it grows (`complete` says which).

    A growing draft is passed from its beginning; its new part starts at `Scene.judged`.

    A critic that raises, or takes longer than `Limits.critic_s`, rejects the draft. If it has the attribute
    `fails_open` and that is True, the draft passes instead, and the verdict says that the critic gave none:
    for critics of style, whose silence harms nobody.
    """

    name: str

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """What recall starts from. Only `text` is required; the rest helps to find the right episodes.

    Attributes:
        text: the question, or what was said.
        history: the last utterances before it, oldest first.
        at: when it was said, with a time zone: "last summer" counts from here. None for the time of the
            newest episode.
        graph: the persona graph that this user may know: recall spreads over it.
        in_mind: facts of that graph that the text brings to mind, with scores: "your brother's club" is
            somewhere with a name.
    """

    text: str
    history: tuple[str, ...] = ()
    at: datetime | None = None
    graph: PersonaGraph | None = None
    in_mind: tuple[Fact, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a moment without a time zone.

        Raises:
            InputError: `at` has no time zone.
        """
        if self.at is not None and self.at.tzinfo is None:
            raise InputError(f"at is {self.at!r}, without a time zone: pass datetime.now(UTC), say.")


@runtime_checkable
class TakesAdapters(Protocol):
    """A chat model that can answer under an adapter. Without this, a model cannot be used with one.

    If the adapter that it answers under is known on this machine, its attribute `trained_adapter` holds it as
    `roleagent.models.adapters.Adapter`, and the agent compares its persona.
    """

    def with_adapter(self, adapter: str | Path) -> BaseChatModel:
        """The same model under an adapter, by name or folder. This model stays as it is."""


@runtime_checkable
class Reranker(Protocol):
    """Reads a query and a text together and says how well the text answers the query.

    Attributes:
        languages: ISO 639-1 codes that it reads; empty for all.
    """

    name: str
    languages: tuple[str, ...]

    def score(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        """One number a text, higher is better; scores of different queries may be compared."""


@runtime_checkable
class EpisodicMemory(Protocol):
    """Keeps what was said and finds the parts that matter now.

    Nobody gets an episode of another owner (a persona and a user), nor one that may not be seen
    (`Sight.may_see`): it was said to the same listener or to a stranger and, if whoever asks is placed at a
    moment of the story, not after that moment. These rules apply before any limit.
    """

    def recall(
        self, cue: Cue | str, owner: Owner, sight: Sight, *, limit: int, token_budget: int | None = None
    ) -> Sequence[Episode]:
        """Find the episodes that fit a cue, in all threads of this persona and user, best first, with scores.

        Args:
            cue: what recall starts from.
            owner: whose episodes.
            sight: who asks, and when in the story.
            limit: up to how many episodes.
            token_budget: how many tokens the episodes may have together; None for no budget.
        """

    def remember(self, episodes: Sequence[Episode], update: GraphUpdate, owner: Owner) -> None:
        """Commit both durably in one transaction. Writing the same ids again changes nothing."""

    def recent(self, thread: Thread, sight: Sight, *, limit: int) -> Sequence[Episode]:
        """The last utterances of this thread, oldest first."""

    def learned(self, owner: Owner, sight: Sight) -> GraphUpdate:
        """What is believed now: learned nodes (`nodes`) and facts (`added`), including ended ones.

        A fact of the persona's file that ended or changed for this user is included in its present form. A
        fact is left out if all its sources are episodes that may not be seen, since it was then learned in
        confidence or later in the story.
        """

    def versions(self, owner: Owner, sight: Sight) -> Sequence[Fact]:
        """Superseded versions of facts. The recorded intervals of one id never overlap."""

    def forget(self, owner: Owner, what: Selection = EVERYTHING) -> ForgetReceipt:
        """Erase the selected data of this user with this persona, and everything that rests only on it.

        Facts without other evidence are erased with the episodes, and so are their earlier versions, nodes
        that are no longer needed, and summaries of erased episodes. A fact that an erased episode had ended
        holds again. If the selection has only words, facts and nodes that contain them are erased too.
        """

    def export(self, owner: Owner) -> UserRecord:
        """Everything that is kept of this user with this persona, in every thread and for every listener."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sentence to summarise.

    Attributes:
        speaker: who said it; empty if the text already says so.
        weight: how important the sentence is by itself, 0–1.
    """

    text: str
    speaker: str = ""
    weight: float = 0.5

    def __str__(self) -> str:
        """The line as a summary shows it."""
        return f"{self.speaker}: {self.text}" if self.speaker else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Lines to summarise, all of them said to the same listener.

    Attributes:
        lines: oldest first.
        max_tokens: the longest allowed summary, in estimated tokens.
        stop: called now and then; if it returns true, give up, because a turn needs the machine.
    """

    lines: tuple[Line, ...]
    max_tokens: int
    stop: Callable[[], bool] = lambda: False


@runtime_checkable
class Summariser(Protocol):
    """Writes summaries when no turn is running. A summary is never evidence for a fact.

    Attributes:
        name: is stored in `Summary.made_by`.
    """

    name: str

    def summarise(self, passage: Passage) -> str:
        """The summary, one sentence a line; empty if no sentence is reliable enough."""


@runtime_checkable
class Summaries(Protocol):
    """The summaries of a memory. The rules for episodes also decide who may see a summary."""

    def find(
        self,
        owner: Owner,
        sight: Sight,
        cue: Cue | str | None = None,
        *,
        token_budget: int | None = None,
        besides: Collection[str] = (),
    ) -> Sequence[Summary]:
        """The summaries that fit a cue, best first, with scores; without a cue all of them, newest first.

        Args:
            owner: whose summaries.
            sight: who asks, and when in the story.
            cue: what recall starts from.
            token_budget: how many tokens the summaries may have together.
            besides: ids of episodes that the caller already has; summaries of only these are left out.
        """

    def make(
        self,
        owner: Owner,
        *,
        graph_of: Callable[[Sight], PersonaGraph],
        now: datetime,
        summariser: Summariser | None = None,
        language: str = "en",
        stop: Callable[[], bool] = lambda: False,
    ) -> Sequence[Summary]:
        """Write the summaries that are missing, and return the new ones.

        Args:
            owner: whose episodes.
            graph_of: returns the persona graph that whoever listens may know.
            now: UTC.
            summariser: writes the summaries. Default: one that takes the sources' own sentences.
            language: of the reflections, ``en`` or ``zh``.
            stop: see `Passage`; summaries that are already written stay.
        """


@runtime_checkable
class SummarisingMemory(Protocol):
    """An `EpisodicMemory` that also keeps summaries."""

    @property
    def summaries(self) -> Summaries: ...


@runtime_checkable
class MemoryWithRecord(EpisodicMemory, Protocol):
    """An `EpisodicMemory` that keeps everything in a `Store`, so that a home and a command can look after it.

    Attributes:
        embedder: None if the memory searches by words alone.
    """

    @property
    def store(self) -> Store: ...

    @property
    def embedder(self) -> Embeddings | None: ...

    def rebuild(self, owner: Owner) -> int:
        """Rebuild the owner's vector index, and return how many vectors are in it."""


@runtime_checkable
class GraphUpdater(Protocol):
    """Reads what a user's own words teach: proposes, never writes."""

    def propose(self, graph: PersonaGraph, said: str, at: datetime, evidence: tuple[str, ...]) -> GraphUpdate:
        """What the words would change in the graph.

        Called from a worker thread: in every turn, and for earlier utterances in idle hours.

        Args:
            graph: what is known of the persona and of this user, in what this listener may see.
            said: the user's words, typed or transcribed; nothing else is evidence about the user.
            at: when they were said, timezone-aware; relative times ("last year") count from it.
            evidence: ids of the episodes that keep the words, to be noted with each fact; empty if none does.
        """


@runtime_checkable
class FactRanker(Protocol):
    """Picks the facts that matter now; each comes back with its `score`, best first."""

    def rank(
        self,
        graph: PersonaGraph,
        query: str,
        *,
        limit: int,
        before: Sequence[str] = (),
        character: str = "",
    ) -> Sequence[Fact]:
        """The facts that an answer needs.

        Args:
            graph: the persona's facts.
            query: what was said.
            limit: up to how many facts.
            before: the last utterances of both sides in this conversation, oldest first. "And where does he
                live?" means somebody who was talked about.
            character: node of the character, who is "you"; empty for the node with the most facts.
        """


@runtime_checkable
class WorldState(Protocol):
    """Tells how things stand around the character: the weather, who is in the room, what it carries.

    The prompt holds what it tells, cut to what the listener may know, like the result of a tool.
    """

    name: str

    def describe(self, graph: PersonaGraph, turn: Turn) -> Sequence[str]:
        """One sentence for each thing that is so now; none if there is nothing to say."""
