"""Characters that stay themselves.

    >>> from roleagent import Agent                    # doctest: +SKIP
    >>> agent = Agent("holmes")                        # doctest: +SKIP
    >>> ann = agent.conversation(user_id="ann")        # doctest: +SKIP
    >>> print(ann.say_sync("Who are you?"))            # doctest: +SKIP

Names are loaded when first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from roleagent._lazy import loader

if TYPE_CHECKING:
    from roleagent.agent.agent import Agent as Agent
    from roleagent.agent.conversation import Conversation as Conversation
    from roleagent.errors import RoleAgentError as RoleAgentError
    from roleagent.formats import (
        convert_persona as convert_persona,
        load_persona as load_persona,
    )
    from roleagent.graph import PersonaGraph as PersonaGraph
    from roleagent.persona import Persona as Persona
    from roleagent.settings import Settings as Settings
    from roleagent.tools import McpServer as McpServer
    from roleagent.types import (
        ApprovalRequired as ApprovalRequired,
        Attachment as Attachment,
        Done as Done,
        Episode as Episode,
        Event as Event,
        Fact as Fact,
        GraphUpdate as GraphUpdate,
        HandedBack as HandedBack,
        Node as Node,
        Observation as Observation,
        Observed as Observed,
        Owner as Owner,
        Prompt as Prompt,
        Reading as Reading,
        Recalled as Recalled,
        Relation as Relation,
        Repaired as Repaired,
        Reply as Reply,
        Revised as Revised,
        Sight as Sight,
        TextDelta as TextDelta,
        Thread as Thread,
        ToolUsed as ToolUsed,
        Turn as Turn,
        Verdict as Verdict,
    )
    from roleagent.types.explanation import Explanation as Explanation
    from roleagent.workflow.parts import Parts as Parts

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
    "Prompt": "roleagent.types",
    "Reading": "roleagent.types",
    "Recalled": "roleagent.types",
    "Relation": "roleagent.types",
    "Repaired": "roleagent.types",
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
__getattr__ = loader(__name__, _HOME_OF)


def __dir__() -> list[str]:
    """The public names."""
    return [*__all__, "__version__"]
