"""The folder in which everything is kept: opening it, forgetting, retention, export, snapshots."""

from __future__ import annotations

import importlib
from typing import Any

_HOME_OF = {
    "Home": "roleagent.home.home",
    "Retention": "roleagent.home.retention",
    "export_snapshot": "roleagent.home.snapshot",
    "import_snapshot": "roleagent.home.snapshot",
}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:  # Any: whatever the name stands for
    """Load a public name on first use (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'roleagent.home' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)
