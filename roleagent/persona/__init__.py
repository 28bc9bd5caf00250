"""Who somebody is: the persona, its knowledge graph, and the files both are read from."""

from __future__ import annotations

import importlib
from typing import Any

_HOME_OF = {
    "Horizon": "roleagent.persona.persona",
    "Persona": "roleagent.persona.persona",
    "PersonaGraph": "roleagent.persona.graph",
    "asset_bytes": "roleagent.persona.asset_files",
    "bundled_personas": "roleagent.persona.load",
    "convert_persona": "roleagent.persona.convert_file",
    "draw_html": "roleagent.persona.draw_html",
    "draw_svg": "roleagent.persona.draw_svg",
    "fact_sentence": "roleagent.persona.sentences",
    "load_persona": "roleagent.persona.load",
    "rendered": "roleagent.persona.rendering",
    "save_persona": "roleagent.persona.save",
}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:  # Any: whatever the name stands for
    """Load a public name on first use (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'roleagent.persona' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)
