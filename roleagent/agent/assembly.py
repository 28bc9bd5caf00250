"""Build what an agent runs on: resolve names, load models, open stores."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roleagent import registry
from roleagent.agent.adapters import ChosenAdapter, adapted
from roleagent.agent.plug_ins import check_model
from roleagent.agent.recording import judges_of
from roleagent.errors import ConfigurationError
from roleagent.persona.rendering import rendered
from roleagent.settings import get_settings
from roleagent.types.plain import to_plain
from roleagent.weights import is_present
from roleagent.workflow.parts import LiveParts, Parts, by_name, resolved

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool

    from roleagent.critics.log import CriticLog
    from roleagent.critics.policy import SafetyPolicy
    from roleagent.gnn.relationship_keeper import RelationshipKeeper
    from roleagent.home.home import Home
    from roleagent.memory.recall.profile import RecallProfile
    from roleagent.persona.persona import Persona
    from roleagent.protocols import EpisodicMemory, FactRanker, Reranker
    from roleagent.workflow.run import Workflow


DEFAULT_RERANKER = "reranker-l12"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """An agent's parts, and the rest that it runs on.

    Attributes:
        home: everything that is kept, including the memory and the checkpoints.
        tools: tools that are the same in every turn, by name.
        tool_names: registry names of tools that are made for each turn, with this user's graph and memory.
        own_tools: names of the built-in tools, which return only what the turn's graph and memory contain.
        critic_log: notes what critics and guards say; None if nothing does.
    """

    parts: LiveParts
    home: Home
    workflow: Workflow
    tools: Mapping[str, BaseTool] = field(default_factory=dict)
    tool_names: tuple[str, ...] = ()
    own_tools: frozenset[str] = frozenset()
    critic_log: CriticLog | None = None


def persona_of(choice: str | Path | Persona, language: str) -> Persona:
    """The persona of a name or file, in a language; an empty language means its own.

    Raises:
        PersonaNotFoundError: there is no persona of that name.
        PersonaFileError: its file cannot be read.
        InputError: it has no rendering in the language.
        ConfigurationError: the value is none of these.
    """
    if isinstance(choice, (str, Path)):
        from roleagent.formats.load import load_persona

        choice = load_persona(choice)
    from roleagent.persona.persona import Persona

    if not isinstance(choice, Persona):
        raise ConfigurationError(f"persona is {choice!r}: pass a name, the path of a file, or a Persona.")
    return rendered(choice, language) if language else choice


def policy_of(chosen: str | Path | SafetyPolicy | None, persona: Persona) -> SafetyPolicy:
    """The safety policy of an agent: the one chosen, the persona's own, that of the settings, or the default.

    The persona's own is the file beside its file that has the same name and ends in ``.policy.yaml``.

    Raises:
        ConfigurationError: its file cannot be read, or the value is no policy.
    """
    from roleagent.critics.policy import SafetyPolicy, default_policy, read_policy
    from roleagent.formats.load import POLICY_SUFFIX

    source = Path(persona.source) if persona.source else None
    own = source.with_name(source.stem + POLICY_SUFFIX) if source else None
    if chosen is None:
        chosen = own if own is not None and own.is_file() else get_settings().policy
    if isinstance(chosen, (str, Path)):
        return read_policy(chosen)
    if chosen is not None and not isinstance(chosen, SafetyPolicy):
        raise ConfigurationError(f"policy is {chosen!r}: pass the path of a YAML file, or SafetyPolicy(…).")
    return chosen or default_policy()


def _with_safety(parts: Parts, persona: Persona) -> Parts:
    """The parts with the guard and the critic `safety` made for this agent's policy."""
    from roleagent.critics.safety import NAME, SafetyCritic, SafetyGuard

    policy = policy_of(parts.policy, persona)
    scorer = by_name("harm_scorer", parts.harm_scorer)
    guard = SafetyGuard(policy, scorer=scorer, language=persona.language)
    critic = SafetyCritic(policy, scorer=scorer)
    return replace(
        parts,
        guards=[guard if each == NAME else each for each in parts.guards],
        critics=[critic if each == NAME else each for each in parts.critics],
    )


def _settings_of_safety(parts: Parts, persona: Persona) -> dict[str, Any] | None:  # Any: JSON
    """What `safety` is made with, for a replay; None if that is an object without a name."""
    if not isinstance(parts.harm_scorer, str | None):
        return None
    policy = to_plain(policy_of(parts.policy, persona))
    return {"policy": policy, "scorer": parts.harm_scorer, "language": persona.language}


def assemble(
    parts: Parts,
    persona: Persona,
    *,
    model: str | BaseChatModel,
    adapter: ChosenAdapter | None = None,
    home: Path | None,
    tools: Sequence[BaseTool],
    critic_log: Path | None = None,
) -> Assembly:
    """Load and open everything. Blocking, and slow the first time: models are read from disk.

    Args:
        parts: what was chosen.
        persona: who is played.
        model: the language model, or its name.
        adapter: what the model is to answer under.
        home: folder for everything that is kept; None keeps nothing on disk.
        tools: the tool objects in `parts`, adapted.
        critic_log: the file in which critics and guards are recorded; None records nothing.
    """
    from roleagent.home.home import Home
    from roleagent.perception import default_perceptors
    from roleagent.workflow.judging import ScreenedBefore
    from roleagent.workflow.run import build_workflow

    chosen, parts = parts, _with_safety(parts, persona)
    chat_model = adapted(
        by_name("model", model), adapter
    )  # first, so that llama.cpp is loaded before torch; see its engine
    check_model(chat_model, has_tools=bool(parts.tools))
    embedder = by_name("embedder", parts.embedder or get_settings().embedder)
    settings = {} if critic_log is None else _settings_of_safety(chosen, persona)
    judges = judges_of(parts, embedder, critic_log, chosen=chosen, safety=settings)
    perceptors = default_perceptors() if parts.perceptors is None else parts.perceptors
    opened = Home(home, memory=by_name("memory", parts.memory) or _open_memory(parts, home, embedder))
    live = resolved(
        parts,
        model=chat_model,
        model_name=str(chat_model._get_ls_params().get("ls_model_name") or chat_model._llm_type),
        embedder=embedder,
        memory=opened.memory,
        ranker=_make_ranker(parts, home, embedder),
        relationships=_make_relationships(parts, persona, opened.memory),
        perceptors=by_name("perceptor", perceptors),
        critics=judges.critics,
        guards=tuple(map(ScreenedBefore, judges.guards)),
    )
    by_own_name = {tool.name: tool for tool in tools}
    names = tuple(tool for tool in parts.tools if isinstance(tool, str))
    return Assembly(
        parts=live,
        home=opened,
        workflow=build_workflow(opened.checkpointer),
        tools=by_own_name,
        tool_names=names,
        own_tools=frozenset(names).intersection(registry.BUILT_IN["tool"]) - by_own_name.keys(),
        critic_log=judges.log,
    )


def _make_ranker(parts: Parts, home: Path | None, embedder: Embeddings) -> FactRanker:
    """The chosen ranker; under a home, it keeps the embeddings of facts in a file."""
    if not isinstance(parts.ranker, str):
        return parts.ranker
    from roleagent.embedding.cache import EmbeddingCache

    cache = None if home is None else EmbeddingCache(home / "embeddings.db")
    ranker: FactRanker = registry.find("ranker", parts.ranker)(embedder, cache)
    return ranker


def _make_relationships(parts: Parts, persona: Persona, memory: EpisodicMemory) -> RelationshipKeeper | None:
    """What knows how the persona feels about each user, if it is to feel anything."""
    if not parts.relationships:
        return None
    from roleagent.gnn.relationship_keeper import keeper_for

    return keeper_for(memory, persona)


def _open_memory(parts: Parts, home: Path | None, embedder: Embeddings) -> EpisodicMemory:
    profile = _recall_profile(parts.recall or get_settings().recall)
    if parts.retention and parts.retention.half_life:
        profile = replace(profile, half_life_s=parts.retention.half_life.total_seconds())
    reranker = _make_reranker(parts.reranker, profile)
    if home is None:
        from roleagent.memory.in_process import InProcessMemory

        return InProcessMemory(embedder, profile=profile, reranker=reranker)
    from roleagent.memory.on_disk import OnDiskMemory

    settings = get_settings()
    return OnDiskMemory(
        home,
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
    """The chosen reranker, or the catalogue's if it is here; only loaded if the profile uses it."""
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
    reranker: Reranker = by_name("reranker", choice or DEFAULT_RERANKER)
    return reranker
