"""Who somebody is: the persona, its knowledge graph, and the files both are read from.

values       persona.py graph.py schema.py (the vocabulary) lore/book.py
the graph    overlay.py (what was learned on top) timeline.py records.py (as of a date, as of the record)
             visibility.py cuts.py (what a listener may learn) query.py search.py mentions.py tensors.py
             sentences.py (a fact in words) updates/ (what talk may change)
reading      recognise.py -> formats/ (a tree that knows its places) -> compose.py merge.py (`extends`)
             -> document.py fields.py validate.py check.py problems.py -> build.py facts.py (all by load.py)
writing      save.py (our own formats) convert.py patch.py (other programs') convert_file.py asset_files.py
meeting      view.py cleaning.py withheld.py (no secrets, as of a moment) spoken.py rendering.py meeting.py
lore         lore/ (when an entry enters the prompt, and why)
looking      draw_html.py draw_svg.py layout.py colours.py diff.py lint.py
"""

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
