"""One colour for each node type, told apart on light and on dark ground."""

from __future__ import annotations

COLOUR_OF = {
    "person": "#d1495b",
    "animal": "#e07a3f",
    "machine": "#5b6c7d",
    "organisation": "#8e5ea2",
    "place": "#2a7fb8",
    "artifact": "#9a6b3f",
    "work": "#b98a00",
    "event": "#5f8a2c",
    "occupation": "#3a7f88",
    "skill": "#159a86",
    "topic": "#4f6fae",
    "trait": "#b64f91",
    "value": "#7a5cc9",
    "belief": "#5a62d8",
    "goal": "#2f9e4f",
    "emotion": "#e0567a",
    "speech_style": "#6f7f92",
    "utterance": "#4d8f8b",
    "routine": "#a0722a",
    "role": "#9c4668",
    "literal": "#8a8f98",
}
_OWN = ("#7d6b91", "#5f7f3a", "#a65d4e", "#3f7598", "#8f7d2e")


def colour_of(node_type: str) -> str:
    """The colour of a node type; a persona's own types share a few."""
    return COLOUR_OF.get(node_type) or _OWN[sum(node_type.encode()) % len(_OWN)]
