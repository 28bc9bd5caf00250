"""A persona small enough to work out by hand: a lighthouse keeper with a secret."""

from __future__ import annotations

from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS, fact_sentence
from roleagent.lore.book import Lorebook, LoreEntry
from roleagent.persona.persona import Example, Horizon, Persona
from roleagent.types import Fact, Node

NODES = (
    Node(id="ada", type="person", label="Ada Lark", aliases=("Ada",)),
    Node(id="tom", type="person", label="Tom Reed", aliases=("Tom",)),
    Node(id="rex", type="animal", label="Rex"),
    Node(id="light", type="place", label="the North Light"),
    Node(id="ashford", type="place", label="Ashford"),
    Node(id="key", type="artifact", label="a brass key"),
    Node(id="born", type="literal", label="1854-01-06"),
)
LABELS = {node.id: node.label for node in NODES}


def a_fact(subject: str, relation: str, value: str, *visibility: str) -> Fact:
    """A fact in the words of its relation's template."""
    text = fact_sentence(CORE_RELATIONS[relation], subject_label=LABELS[subject], object_label=LABELS[value])
    return Fact(
        id=f"{subject}.{relation}.{value}",
        subject=subject,
        relation=relation,
        object=value,
        text=text,
        visibility=visibility or ("public",),
    )


HOME = a_fact("ada", "lives_in", "light")
PLACE = a_fact("light", "located_in", "ashford")
SECRET = a_fact("ada", "owns", "key", "tom")


def a_persona() -> Persona:
    """The keeper, with one fact that only Tom may learn."""
    facts = (HOME, PLACE, SECRET, a_fact("ada", "friend_of", "tom"), a_fact("ada", "has_pet", "rex"))
    return Persona(
        id="ada",
        name="Ada Lark",
        summary="You are Ada Lark, who keeps a light. You mend nets.",
        node_id="ada",
        greeting="Mind the step.",
        fall_backs=("That is out of my light, my friend.",),
        examples=(Example(user="Cold tonight.", reply="Ah, it is. Have some tea."),),
        horizon=Horizon(unknown=("telephone",)),
        lorebooks=(
            Lorebook(
                entries=(LoreEntry(id="1", keys=("storm",), content="The storm of 1861 sank 9 ships."),)
            ),
        ),
        graph=PersonaGraph(nodes=NODES, facts=facts, relations=CORE_RELATIONS),
    )
