"""The persona graph as a picture (SVG) and as a page to click through (HTML)."""

from __future__ import annotations

import importlib
from typing import Any

_HOME_OF = {
    "draw_html": "roleagent.drawing.html",
    "draw_svg": "roleagent.drawing.svg",
}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:  # Any: whatever the name stands for
    """Load a public name on first use (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'roleagent.drawing' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)
