"""The persona graph: typed nodes and facts, in time, with what was learned laid over it; who may see what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roleagent._lazy import loader

if TYPE_CHECKING:
    from roleagent.graph.graph import PersonaGraph as PersonaGraph
    from roleagent.graph.schema import fact_sentence as fact_sentence

_HOME_OF = {
    "PersonaGraph": "roleagent.graph.graph",
    "fact_sentence": "roleagent.graph.schema",
}

__all__ = sorted(_HOME_OF)
__getattr__ = loader(__name__, _HOME_OF)
