"""Characters in free wording, with what people ask them.

The files are plain text::

    = Ilse Brandt | en
    1. Ilse Brandt | runs | the Blue Anchor | place | Ilse has run the Blue Anchor since 1881.
    2. the Blue Anchor | serves | eel pie | value | Nobody makes an eel pie like the Blue Anchor.
    ? 1 | How did you end up behind that bar?
    ? 1 2 | What would I eat at your inn?
    ? - | My feet are killing me.
    ~ 1 | Whose inn is this? > 2 | And what would I eat there?

A fact has a number, subject, relation, object, type of the object, and its sentence; a question, the numbers
of the facts that an answer needs, or ``-``. A talk of several utterances stands after ``~``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from roleagent.errors import InputError
from roleagent.gnn.training.talks import CHARACTER, Question, Talk
from roleagent.gnn.training.words import VALUE
from roleagent.gnn.training.worlds import World
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import LITERAL
from roleagent.types import Fact, Node, Relation

FOLDER = Path(__file__).parent / "characters"

_KINDS = ("small", "one_step", "two_steps", "three_steps")
_FACT = re.compile(r"(?P<number>\d+)\. (?P<rest>.+)")
_QUESTION = re.compile(r"(?P<numbers>[\d ]+|-) ?\| (?P<text>.+)")
_NEXT = re.compile(r" > (?=(?:[\d ]+|-) ?\| )")


@cache
def characters_in(language: str) -> tuple[World, ...]:
    """All shipped characters of a language, ``en`` or ``zh``."""
    return tuple(read_character(path) for path in sorted(FOLDER.glob(f"{language}_*.txt")))


def read_character(path: Path) -> World:
    """Read one file.

    Raises:
        InputError: it cannot be read, or a line is not as it should be.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}") from error
    reading = _Reading()
    for number, line in enumerate(lines, 1):
        try:
            reading.take(line.strip())
        except (ValueError, KeyError) as error:
            raise InputError(f"{path}:{number}: {error}: {line[:80]!r}") from error
    return reading.world()


@dataclass(slots=True)
class _Reading:
    ids: dict[str, str] = field(default_factory=dict)  # name -> node
    nodes: dict[str, Node] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)  # number -> fact
    questions: list[Question] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)

    def take(self, line: str) -> None:
        if line.startswith("= "):
            name = line[2:].partition("|")[0].strip()
            self.node(name, "person", CHARACTER)
        elif line.startswith("? "):
            self.questions.append(self.question(line[2:]))
        elif line.startswith("~ "):
            first, *others = (self.question(part) for part in _NEXT.split(line[2:]))
            self.talks.append((first, *(replace(each, kind=f"after {each.kind}") for each in others)))
        elif line:
            self.fact(line)

    def node(self, name: str, kind: str, node_id: str = "") -> str:
        key = f"value {name}" if kind == VALUE else name
        if key not in self.ids:
            node_id = node_id or f"{kind} {len(self.ids)}"
            self.ids[key] = node_id
            node_type = LITERAL if kind == VALUE else kind
            self.nodes[node_id] = Node(
                id=node_id, type=node_type, label=name, aliases=tuple(_short(name, kind))
            )
        return self.ids[key]

    def fact(self, line: str) -> None:
        found = _FACT.fullmatch(line)
        parts = [part.strip() for part in found["rest"].split("|")] if found else []
        if not found or len(parts) != 5:
            raise ValueError("a fact is NUMBER. SUBJECT | RELATION | OBJECT | TYPE | SENTENCE")
        subject, relation, object_, kind, text = parts
        if subject not in self.ids:
            raise ValueError(f"{subject!r} was not the object of any fact before")
        one, other = self.ids[subject], self.node(object_, kind)
        fact_id = f"{one}.{relation}.{other}"
        self.facts[found["number"]] = Fact(
            id=fact_id, subject=one, relation=relation, object=other, text=text
        )

    def question(self, line: str) -> Question:
        found = _QUESTION.fullmatch(line.strip())
        if not found:
            raise ValueError("a question is NUMBERS | TEXT")
        numbers = found["numbers"].split() if found["numbers"] != "-" else []
        hops = min(len(numbers), len(_KINDS) - 1)
        ids = frozenset(self.facts[number].id for number in numbers)
        return Question(text=found["text"], facts=ids, hops=hops, kind=_KINDS[hops])

    def world(self) -> World:
        facts = {fact.id: fact for fact in self.facts.values()}
        names = sorted({fact.relation for fact in facts.values()})
        relations = {
            name: Relation(name=name, text={"en": "{subject} {object}"}, cardinality="multi-valued")
            for name in names
        }
        graph = PersonaGraph(nodes=self.nodes.values(), facts=facts.values(), relations=relations)
        return World(graph=graph, questions=tuple(self.questions), talks=tuple(self.talks))


def _short(name: str, kind: str) -> Iterator[str]:
    """The first name of a person with several, if it looks like one."""
    first, _, rest = name.partition(" ")
    if kind == "person" and rest and first[:1].isupper() and len(first) > 3 and "." not in first:
        yield first
