"""The persona graph: typed nodes and facts, in time, with what was learned laid over it; who may see what."""

from __future__ import annotations

import importlib
from typing import Any

_HOME_OF = {
    "PersonaGraph": "roleagent.graph.graph",
    "fact_sentence": "roleagent.graph.schema",
}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:  # Any: whatever the name stands for
    """Load a public name on first use (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'roleagent.graph' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)
