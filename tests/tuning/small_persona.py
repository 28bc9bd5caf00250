"""A persona with three facts."""

from roleagent.formats.values import as_table
from roleagent.persona.build import build_persona
from roleagent.persona.persona import Persona


def small_persona(**more: object) -> Persona:
    """Berit Carrow, ferrywoman, with whatever else the document is to hold."""
    document = {
        "roleagent": 1,
        "id": "berit",
        "name": "Berit Carrow",
        "language": "en",
        "node": "self",
        "summary": "You are Berit Carrow, ferrywoman at Saltholm.",
        "greeting": "Mind the step.",
        "speech": ["Speak drily."],
        "fall_backs": ["Ask me something else."],
        "examples": [{"user": "Lovely weather!", "reply": "It'll turn. It always does."}],
        "nodes": [
            {"id": "self", "type": "person", "label": "Berit Carrow"},
            {"id": "saltholm", "type": "place", "label": "Saltholm"},
            {"id": "cat", "type": "animal", "label": "Admiral"},
            {"id": "anna", "type": "person", "label": "Anna Tregear"},
            {"id": "oxbury", "type": "place", "label": "Oxbury"},
        ],
        "edges": [
            {"source": "self", "relation": "lives_in", "target": "saltholm"},
            {"source": "self", "relation": "has_pet", "target": "cat"},
            {"source": "self", "relation": "student_of", "target": "anna"},
            {"source": "anna", "relation": "lives_in", "target": "oxbury"},
        ],
        **more,
    }
    return build_persona(as_table(document), source="berit")
