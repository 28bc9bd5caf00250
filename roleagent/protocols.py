"""Every plug-in point, on one screen. An object that has the methods fits; nothing is inherited.

All methods are ordinary blocking functions: the workflow runs them off the event loop and bounds their time.
Language models, tools and embedders are `langchain_core` chat models, tools and `Embeddings`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
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
    Scope,
    Selection,
    Summary,
    Turn,
    Verdict,
)

if TYPE_CHECKING:
    from roleagent.graph.graph import PersonaGraph
    from roleagent.persona.persona import Persona
    from roleagent.store import UserRecord


@runtime_checkable
class Perceptor(Protocol):
    """Sees or hears: attachment -> observations."""

    name: str
    media_types: tuple[str, ...]  # patterns such as "image/*"

    def perceive(self, attachment: Attachment) -> Sequence[Observation]: ...


@runtime_checkable
class Guard(Protocol):
    """Looks at what comes in (the user's words, a caption, a tool's result) before anybody acts on it.

    `where` says what it is: ``user`` for the user's own words; ``lore/NAME`` for an entry of a lorebook and
    ``card/FIELD`` for a field of the persona, both written by its author; else the name of the attachment or
    tool that it comes from. No name of a file has a slash in it.
    """

    name: str

    def screen(self, text: str, *, where: str) -> Verdict: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a critic may hold a draft against.

    Attributes:
        graph: canon together with what was learned from this user.
        grounds: what the prompt told for this turn, without summaries: they are derived, and no evidence.
        prompt: the text of the system message, for catching leaks of it.
        judged: how many characters of the draft the same critics have passed before, sentence by sentence: a
            critic may leave them out, save for what they mean to the rest. 0 for a draft that is whole.
    """

    persona: Persona
    graph: PersonaGraph
    turn: Turn
    grounds: Grounds = NO_GROUNDS
    warnings: tuple[Verdict, ...] = ()
    prompt: str = ""
    judged: int = 0


@runtime_checkable
class Critic(Protocol):
    """Judges a draft, whole or sentence by sentence as it grows (`complete` says which).

    A growing draft is given from its beginning; what is new in it starts at `Scene.judged`.
    """

    name: str

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """What a memory is asked by. Only `text` is needed; the rest helps to find the right moment.

    Attributes:
        text: what is asked, or said.
        history: the last utterances before it, oldest first.
        at: when it is asked, an aware moment: "last summer" is counted from here. None for the time of the
            newest episode.
        graph: the persona's graph as this user meets it: recall spreads over it.
    """

    text: str
    history: tuple[str, ...] = ()
    at: datetime | None = None
    graph: PersonaGraph | None = None

    def __post_init__(self) -> None:
        """Refuse a moment that could be anybody's.

        Raises:
            InputError: `at` has no zone.
        """
        if self.at is not None and self.at.tzinfo is None:
            raise InputError(f"at is {self.at!r}, without a time zone: pass datetime.now(UTC), say.")


@runtime_checkable
class Reranker(Protocol):
    """Reads a query and a text together and says how well the one answers the other.

    Attributes:
        languages: ISO 639-1 codes that it reads; empty for all.
    """

    name: str
    languages: tuple[str, ...]

    def score(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        """One number a text, higher is better; scores of different queries may be compared."""


@runtime_checkable
class EpisodicMemory(Protocol):
    """Finds what bears on the moment among what was said before.

    An episode is given only to the same persona and user; only if it was said to the scope's listener or to
    nobody in particular; and, where the scope is placed at a moment (`as_of`), only if it was said at one
    that is not after it. This comes before any limit.
    """

    def recall(
        self, cue: Cue | str, scope: Scope, *, limit: int, token_budget: int | None = None
    ) -> Sequence[Episode]:
        """Episodes of every thread of this persona and user that bear on a cue, best first, with scores.

        At most `limit`; and where a budget is given, best first as many as fit in so many tokens.
        """

    def remember(self, episodes: Sequence[Episode], update: GraphUpdate, scope: Scope) -> None:
        """Commit both together, durably, once: the same ids written again change nothing."""

    def recent(self, scope: Scope, *, limit: int) -> Sequence[Episode]:
        """The last utterances of this thread, oldest first."""

    def learned(self, scope: Scope) -> GraphUpdate:
        """What is believed now: learned nodes (`nodes`), and facts (`added`), those that have ended included.

        A fact of the persona's file that ended or moved for this user is among them, as it is now. A fact is
        not whose every source is an episode that the scope would not be given: it was learned in confidence,
        or later in the story.
        """

    def versions(self, scope: Scope) -> Sequence[Fact]:
        """What was believed once and was superseded; the recorded intervals of one id never overlap."""

    def forget(self, scope: Scope, what: Selection = EVERYTHING) -> ForgetReceipt:
        """Erase what is meant of this user with this persona, and all that rests on it alone.

        Facts for which nothing else speaks go with the episodes, and so do their earlier versions, the nodes
        that nothing needs any more, and summaries of what is erased. What an erased episode had ended holds
        again. Words alone mean facts and nodes that hold them, too.
        """

    def export(self, scope: Scope) -> UserRecord:
        """All that is kept of this user with this persona, in every thread and for every listener."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sentence of what is to be summed up.

    Attributes:
        speaker: who said it; empty where the text tells.
        weight: 0–1, how much it matters by itself.
    """

    text: str
    speaker: str = ""
    weight: float = 0.5

    def __str__(self) -> str:
        """As a summary shows it."""
        return f"{self.speaker}: {self.text}" if self.speaker else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What is to be summed up, all of it said to one listener.

    Attributes:
        lines: oldest first.
        max_tokens: how long the summary may be, by a rough count.
        stop: says whether to give up, since somebody else needs the machine.
    """

    lines: tuple[Line, ...]
    max_tokens: int
    stop: Callable[[], bool] = lambda: False


@runtime_checkable
class Summariser(Protocol):
    """Sums up what was said, when nobody is waiting. What it makes is derived: never evidence of anything.

    Attributes:
        name: what `Summary.made_by` says.
    """

    name: str

    def summarise(self, passage: Passage) -> str:
        """One sentence a line; empty where there is nothing that it can stand by."""


@runtime_checkable
class Summaries(Protocol):
    """What a memory made of many episodes. Who may be given it is decided as for episodes."""

    def find(
        self,
        scope: Scope,
        cue: Cue | str | None = None,
        *,
        token_budget: int | None = None,
        besides: Collection[str] = (),
    ) -> Sequence[Summary]:
        """Those that fit a cue, best first, with scores; or all, the latest first.

        Args:
            scope: who asks.
            cue: what is asked, or said.
            token_budget: how many tokens all of them may take together.
            besides: ids of episodes that are at hand already: what sums up only them is not given.
        """

    def make(
        self,
        scope: Scope,
        *,
        graph_of: Callable[[Scope], PersonaGraph],
        now: datetime,
        summariser: Summariser | None = None,
        language: str = "en",
        stop: Callable[[], bool] = lambda: False,
    ) -> Sequence[Summary]:
        """Bring them up to what was said; gives those that are new.

        Args:
            scope: whose; thread and listener do not count.
            graph_of: the persona's graph as the listener of a scope meets it.
            now: UTC.
            summariser: what writes them. Default: one that takes the sources' own sentences.
            language: in which reflections are written, ``en`` or ``zh``.
            stop: see `Passage`; what was made until then is kept.
        """


@runtime_checkable
class SummarisingMemory(Protocol):
    """An `EpisodicMemory` that also keeps summaries."""

    @property
    def summaries(self) -> Summaries: ...


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

    def rank(self, graph: PersonaGraph, query: str, *, limit: int) -> Sequence[Fact]: ...
