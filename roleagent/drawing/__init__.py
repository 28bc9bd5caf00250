"""The persona graph as a picture (SVG) and as a page to click through (HTML)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roleagent._lazy import loader

if TYPE_CHECKING:
    from roleagent.drawing.html import draw_html as draw_html
    from roleagent.drawing.svg import draw_svg as draw_svg

_HOME_OF = {
    "draw_html": "roleagent.drawing.html",
    "draw_svg": "roleagent.drawing.svg",
}

__all__ = sorted(_HOME_OF)
__getattr__ = loader(__name__, _HOME_OF)
