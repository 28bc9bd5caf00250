"""Chat models: local GGUF files, transformers checkpoints and OpenAI-compatible servers.

All are `langchain_core` chat models. Names are loaded on first use, so the package itself costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from roleagent._lazy import loader

if TYPE_CHECKING:
    from roleagent.models.checkpoint import (
        hold_in_memory as hold_in_memory,
        release_checkpoint as release_checkpoint,
    )
    from roleagent.models.llama_cpp import LlamaCppChat as LlamaCppChat
    from roleagent.models.transformers import TransformersChat as TransformersChat

_HOME_OF = {
    "LlamaCppChat": "roleagent.models.llama_cpp",
    "TransformersChat": "roleagent.models.transformers",
    "hold_in_memory": "roleagent.models.checkpoint",
    "release_checkpoint": "roleagent.models.checkpoint",
}

__all__ = sorted(_HOME_OF)
__getattr__ = loader(__name__, _HOME_OF)
