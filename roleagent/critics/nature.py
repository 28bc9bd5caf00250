"""What a character is, machine, assistant or one who works with machines, and so may say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from roleagent.critics.tables import compile_pattern, read_table
from roleagent.critics.text import list_names, sentences
from roleagent.persona.persona import Persona

MACHINE = "machine"
"""Node type by which a persona file declares that a character is a machine."""

_PART = re.compile(r"[;:；：] ?")  # each says something of its own
_KINDS = ("is_a", "kind_of", "species", "works_as", "has_role")


@dataclass(frozen=True, slots=True, kw_only=True)
class Nature:
    """What a character may say of itself.

    Attributes:
        is_machine: in its own world it is a robot, a program or the like, by its node's type, by a fact, or
            by the words of its summary, description or personality.
        is_assistant: its work is to assist, so that it may offer to.
        works_with_machines: it may speak of algorithms and users as its trade does.
    """

    is_machine: bool
    is_assistant: bool
    works_with_machines: bool


@lru_cache(maxsize=64)
def nature_of(persona: Persona) -> Nature:
    """Read what a character is off its declared facts and the words that describe it."""
    graph, own_id = persona.graph, persona.node_id
    own = graph.nodes.get(own_id)
    kinds = [own.type] if own else []
    kinds += [graph.nodes[fact.object].label for name in _KINDS for fact in graph.values(own_id, name)]
    full = names_of(persona)
    names = list_names(full | {name.split()[0] for name in full if name.strip()})
    described = (persona.summary, persona.personality, own.description if own else "")
    told = [part for text in described for each in sentences(text) for part in _PART.split(each)]
    was_made = any(fact.object == own_id and fact.relation == "made" for fact in graph.facts_of(own_id))
    return Nature(
        is_machine=was_made or _any("machine_label", kinds, names) or _any("machine", told, names),
        is_assistant=_any("assistant", [*told, *kinds], names),
        works_with_machines=_any("works_with_machines", [*told, *kinds], names),
    )


def is_machine(persona: Persona) -> bool:
    """Whether the character is, in its own world, a robot or a program: then it may say so."""
    return nature_of(persona).is_machine


def names_of(persona: Persona) -> frozenset[str]:
    """All names of the character."""
    own = persona.graph.nodes.get(persona.node_id)
    return frozenset({persona.name, *((own.label, *own.aliases) if own else ())})


def _any(group: str, texts: list[str], names: str) -> bool:
    return any(_pattern(group, names).search(text) for text in texts)


@lru_cache(maxsize=256)
def _pattern(group: str, names: str) -> re.Pattern[str]:
    table = read_table("nature")
    return compile_pattern("|".join(table[group]["patterns"]), {**table["words"], "name": names})
