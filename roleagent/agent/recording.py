"""Have an agent's critics and guards note their outcomes in a critic log, if one was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roleagent.embedding.embedders import embedder_name
from roleagent.workflow.parts import Parts, by_name

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from roleagent.critics.log import CriticLog, Origin
    from roleagent.protocols import Critic, Guard

_SAFETY = "safety"  # made for each agent, with its policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """The critics and guards of an agent.

    Attributes:
        log: notes their outcomes; None if nothing does.
    """

    critics: tuple[Critic, ...]
    guards: tuple[Guard, ...]
    log: CriticLog | None = None


def judges_of(
    parts: Parts,
    embedder: Embeddings,
    path: Path | None,
    *,
    chosen: Parts,
    safety: Mapping[str, Any] | None,  # Any: JSON
) -> Judges:
    """The critics and guards that were chosen, recorded in the file at `path` if it is not None.

    Args:
        parts: what the agent is made of.
        embedder: is named in the log.
        path: of the log.
        chosen: the same, with the name ``safety`` where `parts` has an object made for this agent.
        safety: what that was made with; None if it cannot be made again.

    Raises:
        ConfigurationError: nothing has such a name.
        InputError: the file cannot be written.
    """
    critics: tuple[Critic, ...] = by_name("critic", tuple(parts.critics))
    guards: tuple[Guard, ...] = by_name("guard", tuple(parts.guards))
    if path is None:
        return Judges(critics=critics, guards=guards)
    from roleagent import __version__
    from roleagent.critics.log import CriticLog, RecordedCritic, RecordedGuard, described

    origins = [_origin(each, safety) for each in (*chosen.critics, *chosen.guards)]
    of_critics, of_guards = origins[: len(critics)], origins[len(critics) :]
    made_with = {
        "roleagent": __version__,
        "embedder": embedder_name(embedder),
        "critics": described(critics, of_critics),
        "guards": described(guards, of_guards),
    }
    log = CriticLog(path, num_critics=len(critics), made_with=made_with)
    return Judges(
        critics=tuple(
            RecordedCritic(each, origin, log=log) for each, origin in zip(critics, of_critics, strict=True)
        ),
        guards=tuple(
            RecordedGuard(each, origin, log=log) for each, origin in zip(guards, of_guards, strict=True)
        ),
        log=log,
    )


def _origin(choice: object, safety: Mapping[str, Any] | None) -> Origin:  # Any: JSON
    from roleagent.critics.log import Origin

    if not isinstance(choice, str) or (choice == _SAFETY and safety is None):
        return Origin()
    return Origin(by=choice, settings=safety if choice == _SAFETY else None)
