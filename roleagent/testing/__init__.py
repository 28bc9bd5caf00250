"""Published fakes and conformance suites: what roleagent's own tests use, for yours."""

from __future__ import annotations

import importlib
from typing import Any

_HOME_OF = {
    "FakePerceptor": "roleagent.testing.perceptors",
    "FirstFacts": "roleagent.testing.fakes",
    "FixedUpdater": "roleagent.testing.fakes",
    "HashEmbedder": "roleagent.testing.embedders",
    "OverlapReranker": "roleagent.testing.rerankers",
    "RejectWords": "roleagent.testing.critics",
    "ScriptedModel": "roleagent.testing.fakes",
    "check_critic": "roleagent.testing.critics",
    "check_memory": "roleagent.testing.conformance",
    "check_updater": "roleagent.testing.conformance",
}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:  # Any: whatever the name stands for
    """Load a public name on first use (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'roleagent.testing' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)
