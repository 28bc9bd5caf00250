"""Characters that stay themselves.

    >>> from roleagent import Agent                    # doctest: +SKIP
    >>> agent = Agent("holmes")                        # doctest: +SKIP
    >>> ann = agent.conversation(user_id="ann")        # doctest: +SKIP
    >>> print(ann.say_sync("Who are you?"))            # doctest: +SKIP

Names are loaded when first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME_OF = {
    "Agent": "roleagent.agent.agent",
    "ApprovalRequired": "roleagent.types",
    "Attachment": "roleagent.types",
    "Conversation": "roleagent.agent.conversation",
    "Done": "roleagent.types",
    "Episode": "roleagent.types",
    "Event": "roleagent.types",
    "Explanation": "roleagent.types.explanation",
    "Fact": "roleagent.types",
    "GraphUpdate": "roleagent.types",
    "HandedBack": "roleagent.types",
    "McpServer": "roleagent.tools",
    "Node": "roleagent.types",
    "Observation": "roleagent.types",
    "Observed": "roleagent.types",
    "Owner": "roleagent.types",
    "Parts": "roleagent.workflow.parts",
    "Persona": "roleagent.persona",
    "PersonaGraph": "roleagent.graph",
    "Reading": "roleagent.types",
    "Recalled": "roleagent.types",
    "Relation": "roleagent.types",
    "Reply": "roleagent.types",
    "Revised": "roleagent.types",
    "RoleAgentError": "roleagent.errors",
    "Settings": "roleagent.settings",
    "Sight": "roleagent.types",
    "TextDelta": "roleagent.types",
    "Thread": "roleagent.types",
    "ToolUsed": "roleagent.types",
    "Turn": "roleagent.types",
    "Verdict": "roleagent.types",
    "convert_persona": "roleagent.formats",
    "load_persona": "roleagent.formats",
}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:  # Any: whatever the name stands for
    """Load a public name on first use (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'roleagent' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    """The public names."""
    return [*__all__, "__version__"]
