"""A persona graph as one HTML page that can be dragged, zoomed and searched, and that loads nothing.

The persona's texts cannot run as code: they are escaped in the markup or kept as JSON, and the page's
content security policy allows only our own script.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from html import escape
from importlib.resources import files
from typing import Any

from roleagent.drawing.layout import COLOUR_OF, Box, Link, Picture, colour_of, lay_out
from roleagent.drawing.svg import write_picture
from roleagent.graph.visibility import secrecy
from roleagent.persona.persona import Persona


def draw_html(persona: Persona, path: str | os.PathLike[str]) -> None:
    """Write an interactive page of a persona's graph.

    Raises:
        StoreError: the file cannot be written.
    """
    write_picture(path, html_text(persona))


def html_text(persona: Persona) -> str:
    """The whole page."""
    script = _asset("graph.js")
    data = json.dumps(_data(persona, lay_out(persona)), ensure_ascii=False, separators=(",", ":"))
    # No text of the persona may end the element that holds the data.
    inert = data.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    parts = {
        "LANGUAGE": escape(persona.language),
        "TITLE": escape(persona.name),
        "STYLE": _asset("graph.css"),
        "POLICY": policy(script),
        "DATA": inert,
        "SCRIPT": script,
    }
    # Split once, so that a label which looks like a placeholder stays a label.
    head, *rest = _asset("graph.html").split("{{")
    return head + "".join(parts[name] + after for name, _, after in (part.partition("}}") for part in rest))


def policy(script: str) -> str:
    """A content security policy for a page that loads nothing and runs only this script."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


def _asset(name: str) -> str:
    return (files("roleagent.drawing") / "assets" / name).read_text(encoding="utf-8")


def _data(persona: Persona, picture: Picture) -> dict[str, Any]:  # Any: JSON
    count = f"{len(persona.graph.nodes)} nodes, {len(persona.graph)} facts"
    if picture.num_hidden:
        count += f"; the {len(picture.boxes)} nearest nodes are drawn"
    return {
        "count": count,
        "summary": persona.summary,
        "colours": COLOUR_OF | {box.node.type: colour_of(box.node.type) for box in picture.boxes},
        "nodes": [_node(box, is_own=box.node.id == persona.node_id) for box in picture.boxes],
        "links": [_link(link) for link in picture.links],
    }


def _node(box: Box, *, is_own: bool) -> dict[str, Any]:
    return {
        "id": box.node.id,
        "type": box.node.type,
        "label": box.node.label,
        "short": box.label,
        "aliases": list(box.node.aliases),
        "description": box.node.description,
        "x": box.x,
        "y": box.y,
        "width": round(box.width, 1),
        "height": round(box.height, 1),
        "size": box.font_size,
        "own": is_own,
    }


def _link(link: Link) -> dict[str, Any]:
    return {
        "id": link.fact.id,
        "source": link.fact.subject,
        "target": link.fact.object,
        "relation": link.words,
        "text": link.fact.text,
        "bend": link.bend,
        "symmetric": link.is_symmetric,
        "ended": link.fact.valid_to is not None,
        "fixed": link.fact.fixed,
        "secret": secrecy(link.fact.visibility),
    }
