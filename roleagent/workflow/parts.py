"""What an agent is made of: as it was chosen, by name or as objects, and as it runs.

A kind of plug-in is a protocol in `roleagent.protocols`, a row in `Parts` and `LiveParts` here, and a call
where it is needed. Checks, look-up by name and entry points follow from the row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from roleagent import protocols, registry

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool

    from roleagent.critics.policy import SafetyPolicy
    from roleagent.gnn.relationship_keeper import RelationshipKeeper
    from roleagent.home.retention import Retention
    from roleagent.memory.recall.profile import RecallProfile
    from roleagent.tools import McpServer

    Tool = Callable[..., Any] | BaseTool | McpServer | str

DEFAULT_CRITICS = (
    "safety",
    "role",
    "leak",
    "horizon",
    "consistency",
    "premise",
    "recollection",
    "repetition",
    "contradiction",
    "style",
)
DEFAULT_GUARDS = ("safety", "injection")


def _plug_in(kind: str, protocol: type | None, *, several: bool = False) -> dict[str, Any]:
    """What is known of a part: its kind in the registry, and what an object in its place must have."""
    return {"kind": kind, "protocol": protocol, "several": several}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What an agent is to be made of. Each part is a name or an object.

    Attributes:
        tools: typed functions, langchain-core tools, `McpServer`s, or names of built-in tools
            (``look_up_fact``, ``recall_episode``, ``recall_media``, ``query_graph``).
        approve: names of the tools that wait for `Conversation.resume` before they run; True for all.
        perceptors: what sees and hears. Default: all whose weights are on this machine.
        critics: what judges drafts; an empty list lets everything pass, token by token.
        guards: what screens the input.
        policy: what is done about danger, a `SafetyPolicy` or the path of its file: see docs/safety.md. It is
            for the guard and the critic `safety`. Default: ``NAME.policy.yaml`` beside the persona's file,
            then `Settings.policy`, then the one that comes with roleagent.
        harm_scorer: adds to the patterns of `safety`; None for patterns alone.
        world: what tells how things stand around the character, such as a game engine. Default: nothing.
        embedder: any langchain-core `Embeddings`. Default: `Settings.embedder`.
        recall: how the memory under the home finds episodes: ``fast``, ``quality`` (a reranker reads the best
            a second time), ``words``, or a `RecallProfile`. Default: `Settings.recall`.
        reranker: for a profile with that stage. Default: the best one on this machine.
        memory: an `EpisodicMemory` to use in place of the one under the home.
        retention: how long memories are kept; what is older is erased when the agent starts, and in quiet
            times. Default: `Settings.max_age_days`; if that is not set, for good.
        updater: what reads facts off the user's words.
        ranker: what picks the facts that matter for a turn.
        relevance: what tells which of several drafts answers best, for `Limits.candidates`. Default: nothing;
            the first that passes is taken.
        relationships: whether the persona comes to feel something about each user; see docs/affect.md.
        summariser: what sums up. Default: sentences are taken as they were said, without a language model.
    """

    tools: Sequence[Tool] = ()
    approve: Collection[str] | bool = ()
    perceptors: Sequence[str | protocols.Perceptor] | None = field(
        default=None, metadata=_plug_in("perceptor", protocols.Perceptor, several=True)
    )
    critics: Sequence[str | protocols.Critic] = field(
        default=DEFAULT_CRITICS, metadata=_plug_in("critic", protocols.Critic, several=True)
    )
    guards: Sequence[str | protocols.Guard] = field(
        default=DEFAULT_GUARDS, metadata=_plug_in("guard", protocols.Guard, several=True)
    )
    policy: str | Path | SafetyPolicy | None = None
    harm_scorer: str | protocols.HarmScorer | None = field(
        default="head", metadata=_plug_in("harm_scorer", protocols.HarmScorer)
    )
    world: Sequence[str | protocols.WorldState] = field(
        default=(), metadata=_plug_in("world", protocols.WorldState, several=True)
    )
    embedder: str | Embeddings | None = field(default=None, metadata=_plug_in("embedder", None))
    recall: str | RecallProfile | None = None
    reranker: str | protocols.Reranker | None = field(
        default=None, metadata=_plug_in("reranker", protocols.Reranker)
    )
    memory: str | protocols.EpisodicMemory | None = field(
        default=None, metadata=_plug_in("memory", protocols.EpisodicMemory)
    )
    retention: Retention | None = None
    updater: str | protocols.GraphUpdater = field(
        default="patterns", metadata=_plug_in("updater", protocols.GraphUpdater)
    )
    ranker: str | protocols.FactRanker = field(
        default="gnn", metadata=_plug_in("ranker", protocols.FactRanker)
    )
    relevance: str | protocols.RelevanceScorer | None = field(
        default=None, metadata=_plug_in("relevance", protocols.RelevanceScorer)
    )
    relationships: bool = True
    summariser: str | protocols.Summariser | None = field(
        default=None, metadata=_plug_in("summariser", protocols.Summariser)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveParts:
    """The same, found and loaded: what a turn runs on.

    Attributes:
        model_name: how replies name the model.
        relationships: how the persona feels about each user; None if it feels nothing.
    """

    model: BaseChatModel
    model_name: str
    embedder: Embeddings
    memory: protocols.EpisodicMemory
    updater: protocols.GraphUpdater
    ranker: protocols.FactRanker
    relationships: RelationshipKeeper | None = None
    relevance: protocols.RelevanceScorer | None = None
    perceptors: tuple[protocols.Perceptor, ...] = ()
    critics: tuple[protocols.Critic, ...] = ()
    guards: tuple[protocols.Guard, ...] = ()
    world: tuple[protocols.WorldState, ...] = ()


def resolved(parts: Parts, **made: Any) -> LiveParts:  # Any: parts of every kind
    """Every part found by its name.

    Args:
        parts: what was chosen.
        made: parts that need more than a name, and what stands in `LiveParts` alone.

    Raises:
        ConfigurationError: nothing has such a name.
    """
    live = {each.name for each in fields(LiveParts)} - made.keys()
    chosen = {each.name: getattr(parts, each.name) for each in fields(Parts) if each.name in live}
    kinds = {each.name: each.metadata.get("kind", "") for each in fields(Parts)}
    return LiveParts(**{name: by_name(kinds[name], choice) for name, choice in chosen.items()}, **made)


def by_name(kind: str, choice: Any) -> Any:  # Any: a part, or several of them
    """What a name stands for; an object stays as it is, and of several each is looked up."""
    if isinstance(choice, str):
        return registry.get(kind, choice)
    return tuple(by_name(kind, each) for each in choice) if isinstance(choice, (list, tuple)) else choice
