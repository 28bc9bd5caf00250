"""Chat models: local GGUF files, transformers checkpoints and OpenAI-compatible servers.

All are `langchain_core` chat models. Names are loaded on first use, so the package itself costs nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOME_OF = {
    "LlamaCppChat": "roleagent.models.llama_cpp",
    "TransformersChat": "roleagent.models.transformers",
}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:  # Any: whatever the name stands for
    """Load a class on first use (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)
