"""From what the user named to what an agent runs on: resolve names, load models, open stores."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roleagent import registry
from roleagent.agent.plug_ins import check_model
from roleagent.errors import ConfigurationError
from roleagent.persona.rendering import rendered
from roleagent.settings import get_settings
from roleagent.weights import is_present

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool

    from roleagent.graph.graph import PersonaGraph
    from roleagent.home.checkpoints import Checkpointer
    from roleagent.home.home import Home
    from roleagent.home.retention import Retention
    from roleagent.memory.recall.profile import RecallProfile
    from roleagent.persona.persona import Persona
    from roleagent.protocols import (
        Critic,
        EpisodicMemory,
        FactRanker,
        GraphUpdater,
        Guard,
        Perceptor,
        Reranker,
    )
    from roleagent.tools import McpServer
    from roleagent.types import Scope
    from roleagent.workflow.run import Workflow

    Tool = Callable[..., Any] | BaseTool | McpServer | str

DEFAULT_CRITICS = ("role", "leak", "horizon", "consistency")
DEFAULT_GUARDS = ("injection",)
DEFAULT_RERANKER = "reranker-l12"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the user asked for, names and objects alike; None means "choose for me".

    Attributes:
        home: folder for everything kept on disk; None keeps nothing on disk.
    """

    home: Path | None
    model: str | BaseChatModel
    embedder: str | Embeddings
    recall: str | RecallProfile
    reranker: str | Reranker | None
    memory: EpisodicMemory | None
    retention: Retention | None
    updater: str | GraphUpdater
    ranker: str | FactRanker
    perceptors: Sequence[str | Perceptor] | None
    guards: Sequence[str | Guard]
    critics: Sequence[str | Critic]
    tools: Sequence[Tool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What an agent runs on.

    Attributes:
        home: all that is kept, `memory` and `checkpointer` among it.
        tools: those that are the same in every turn, by name.
        tool_names: registry names of those that are made anew for every turn.
    """

    model: BaseChatModel
    model_name: str
    embedder: Embeddings
    home: Home
    memory: EpisodicMemory
    updater: GraphUpdater
    ranker: FactRanker
    perceptors: tuple[Perceptor, ...]
    guards: tuple[Guard, ...]
    critics: tuple[Critic, ...]
    checkpointer: Checkpointer
    tools: Mapping[str, BaseTool] = field(default_factory=dict)
    tool_names: tuple[str, ...] = ()
    workflow: Workflow

    def tools_for(self, graph: PersonaGraph, scope: Scope) -> dict[str, BaseTool]:
        """All tools of a turn by name; the built-in ones see this user's graph and memory."""
        made = [
            registry.find("tool", name)(graph=graph, memory=self.memory, scope=scope)
            for name in self.tool_names
        ]
        return {**self.tools, **{tool.name: tool for tool in made}}

    @property
    def own_tools(self) -> frozenset[str]:
        """Names of the built-in tools: they give nothing but what the turn's graph and memory hold."""
        return frozenset(self.tool_names).intersection(registry.BUILT_IN["tool"]) - self.tools.keys()


def persona_of(choice: str | Path | Persona, language: str) -> Persona:
    """The persona of that name or file, speaking a language; an empty one is its own.

    Raises:
        PersonaNotFoundError: there is none of that name.
        PersonaFileError: its file cannot be read.
        InputError: it has no rendering in the language.
        ConfigurationError: it is none of these.
    """
    if isinstance(choice, (str, Path)):
        from roleagent.formats.load import load_persona

        choice = load_persona(choice)
    from roleagent.persona.persona import Persona

    if not isinstance(choice, Persona):
        raise ConfigurationError(f"persona is {choice!r}: pass a name, the path of a file, or a Persona.")
    return rendered(choice, language) if language else choice


def assemble(choices: Choices, tools: Sequence[BaseTool]) -> Parts:
    """Load and open everything. Blocking, and slow the first time: models are read from disk."""
    from roleagent.workflow.judge import ScreenedBefore
    from roleagent.workflow.run import build_workflow

    embedder = _resolve("embedder", choices.embedder)
    model = _resolve("model", choices.model)
    check_model(model, has_tools=bool(choices.tools))
    home = _open_home(choices, embedder)
    return Parts(
        model=model,
        model_name=_model_name(model),
        embedder=embedder,
        home=home,
        memory=home.memory,
        updater=_resolve("updater", choices.updater),
        ranker=_make_ranker(choices, embedder),
        perceptors=_resolve_all("perceptor", _chosen_perceptors(choices.perceptors)),
        guards=tuple(ScreenedBefore(guard) for guard in _resolve_all("guard", choices.guards)),
        critics=_resolve_all("critic", choices.critics),
        checkpointer=home.checkpointer,
        workflow=build_workflow(home.checkpointer),
        tools={tool.name: tool for tool in tools},
        tool_names=tuple(tool for tool in choices.tools if isinstance(tool, str)),
    )


def _resolve(kind: str, choice: Any) -> Any:
    return registry.get(kind, choice) if isinstance(choice, str) else choice


def _resolve_all(kind: str, choices: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(_resolve(kind, choice) for choice in choices)


def _model_name(model: BaseChatModel) -> str:
    params = model._get_ls_params()
    return str(params.get("ls_model_name") or model._llm_type)


def _chosen_perceptors(choice: Sequence[str | Perceptor] | None) -> Sequence[str | Perceptor]:
    if choice is not None:
        return choice
    from roleagent.perception import default_perceptors

    return default_perceptors()


def _make_ranker(choices: Choices, embedder: Embeddings) -> FactRanker:
    if not isinstance(choices.ranker, str):
        return choices.ranker
    cache = _open_embedding_cache(choices.home)
    ranker: FactRanker = registry.find("ranker", choices.ranker)(embedder, cache)
    return ranker


def _open_memory(choices: Choices, embedder: Embeddings) -> EpisodicMemory:
    profile = _recall_profile(choices.recall)
    if choices.retention and choices.retention.half_life:
        profile = replace(profile, half_life_s=choices.retention.half_life.total_seconds())
    reranker = _make_reranker(choices.reranker, profile)
    if choices.home is None:
        from roleagent.memory.in_process import InProcessMemory

        return InProcessMemory(embedder, profile=profile, reranker=reranker)
    from roleagent.memory.on_disk import ChromaMemory

    settings = get_settings()
    return ChromaMemory(
        choices.home,
        embedder,
        record=settings.record_url,
        index=settings.index_server,
        profile=profile,
        reranker=reranker,
    )


def _recall_profile(choice: str | RecallProfile) -> RecallProfile:
    from roleagent.memory.recall.profile import PROFILES

    if not isinstance(choice, str):
        return choice
    if choice not in PROFILES:
        raise ConfigurationError(f"recall is {choice!r}, which is none of {', '.join(PROFILES)}.")
    return PROFILES[choice]


def _make_reranker(choice: str | Reranker | None, profile: RecallProfile) -> Reranker | None:
    """The one asked for, else that of the catalogue if it is here; none is loaded that reads nothing."""
    if not profile.has("rerank"):
        if choice is not None:
            raise ConfigurationError(
                "A reranker is given, but recall has no stage for it. Pass recall='quality', or no reranker."
            )
        return None
    if choice is None and not is_present(DEFAULT_RERANKER):
        _log.warning(
            "Recall goes without a reranker: %s is not on this machine. Fetch it: roleagent models pull %s",
            DEFAULT_RERANKER,
            DEFAULT_RERANKER,
        )
        return None
    reranker: Reranker = _resolve("reranker", choice or DEFAULT_RERANKER)
    return reranker


def _open_embedding_cache(home: Path | None) -> Any:
    if home is None:
        return None
    from roleagent.embedding.cache import EmbeddingCache

    return EmbeddingCache(home / "embeddings.db")


def _open_home(choices: Choices, embedder: Embeddings) -> Home:
    from roleagent.home.home import Home

    return Home(choices.home, memory=choices.memory or _open_memory(choices, embedder))
