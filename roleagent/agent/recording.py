"""Have an agent's critics and guards note their outcomes in a critic log, if one was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from roleagent.embedding.embedders import embedder_name
from roleagent.workflow.parts import Parts, by_name

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from roleagent.critics.log import CriticLog
    from roleagent.protocols import Critic, Guard


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """The critics and guards of an agent.

    Attributes:
        log: notes their outcomes; None if nothing does.
    """

    critics: tuple[Critic, ...]
    guards: tuple[Guard, ...]
    log: CriticLog | None = None


def judges_of(parts: Parts, embedder: Embeddings, path: Path | None) -> Judges:
    """The critics and guards that were chosen, recorded in the file at `path` if it is not None.

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

    made_with = {
        "roleagent": __version__,
        "embedder": embedder_name(embedder),
        "critics": described(critics, parts.critics),
        "guards": described(guards, parts.guards),
    }
    log = CriticLog(path, num_critics=len(critics), made_with=made_with)
    names = [each if isinstance(each, str) else None for each in (*parts.critics, *parts.guards)]
    return Judges(
        critics=tuple(RecordedCritic(each, by=by, log=log) for each, by in zip(critics, names, strict=False)),
        guards=tuple(
            RecordedGuard(each, by=by, log=log)
            for each, by in zip(guards, names[len(critics) :], strict=True)
        ),
        log=log,
    )
