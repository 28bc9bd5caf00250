"""Arguments of an agent in which its parts may stand by themselves."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from roleagent import Parts


def in_parts(**options: Any) -> dict[str, Any]:
    """The same, with the parts gathered: ``home=…, critics=[]`` -> ``home=…, parts=Parts(critics=[])``."""
    names = {part.name for part in fields(Parts)} & options.keys()
    parts = Parts(**{name: options.pop(name) for name in names})
    return {**options, "parts": parts}
