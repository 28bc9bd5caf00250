"""Ada, what is said to her, and short ways to brief a model about it."""

from __future__ import annotations

from datetime import UTC, datetime

from roleagent.graph.graph import PersonaGraph
from roleagent.persona.persona import Example, Horizon, Persona
from roleagent.types import (
    Attachment,
    Episode,
    Fact,
    Owner,
    Thread,
    Turn,
)
from roleagent.workflow.prompt import Briefing, build_messages

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ANN = Owner(persona_id="ada", user_id="ann")
TALK = Thread(owner=ANN, thread_id="main")


def told(briefing: Briefing) -> str:
    """All that the model reads, in one string."""
    return "\n".join(message.text for message in build_messages(briefing))


GRAPH = PersonaGraph(nodes=[], facts=[], relations={})
ADA = Persona(
    id="ada",
    name="Ada",
    summary="You are Ada.",
    graph=GRAPH,
    node_id="ada",
    speech=("Speak plainly.",),
    examples=(Example(user="Tea?", reply="Gladly."),),
    horizon=Horizon(until="1852"),
)
PICTURE = Attachment(id="p1", media_type="image/png", path="p.png", name="p.png", num_bytes=1)
TURN = Turn(
    thread=Thread(owner=Owner(persona_id="ada", user_id="ann"), thread_id="main"),
    text="What is this?",
    at=NOON,
)


def fact(text: str) -> Fact:
    return Fact(id=text, subject="a", relation="r", object="b", text=text)


def said(speaker: str, text: str) -> Episode:
    return Episode(id=text, thread=TALK, turn_id="t", speaker=speaker, text=text, at=NOON)


def below_notes(text: str) -> str:
    """What stands below the notes: behind the bracket that closes the first one of a message."""
    depth = 0
    for place, char in enumerate(text):
        depth += (char == "[") - (char == "]")
        if depth == 0:
            return text[place + 1 :]
    raise AssertionError("nothing closes the notes")
