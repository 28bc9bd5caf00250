"""Which version of a persona something was made for: a hash of all that its file says."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from roleagent.persona.as_document import persona_document

if TYPE_CHECKING:
    from roleagent.persona.persona import Persona

_UNORDERED = ("nodes", "edges")  # of a document: the order of these lists says nothing


def persona_version(persona: Persona) -> str:
    """Twelve hexadecimal digits of a sha256 over the persona's document.

    Layout, comments and the order of nodes and edges do not count; every text and every fact does. The
    persona is the one that was loaded, not a rendering of it in another language.
    """
    document = persona_document(persona)
    told = {
        name: sorted(map(_plain, value)) if name in _UNORDERED else value for name, value in document.items()
    }
    return hashlib.sha256(_plain(told).encode()).hexdigest()[:12]


def _plain(value: Any) -> str:  # Any: JSON
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
