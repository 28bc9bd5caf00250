"""Characters in free wording, with what people ask them.

The files are plain text::

    = Ilse Brandt | en
    1. Ilse Brandt | runs | the Blue Anchor | place | Ilse has run the Blue Anchor since 1881.
    2. the Blue Anchor | serves | eel pie | value | Nobody makes an eel pie like the Blue Anchor.
    ? 1 | How did you end up behind that bar?
    ? 1 2 | What would I eat at your inn?
    ? - | My feet are killing me.
    3. Ilse Brandt | lives_in | Riga | place | Ilse Brandt lives in Riga. | 1870..1879
    ~ 1 | Whose inn is this? > 2 | And what would I eat there?
    ~ - | Good evening! < 2 | Try our eel pie. > 1 | Is the house yours?

A fact has a number, subject, relation, object, type of the object, its sentence, and perhaps the dates from
when to when it held, of which either may be missing; a question, the numbers of the facts that an answer
needs, or ``-``. A talk of several utterances stands after ``~``: the user's after ``>``, the character's
after ``<``, with the numbers of the facts that it tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from roleagent.errors import InputError
from roleagent.gnn.training.talks import CHARACTER, TOLD, Question, Talk
from roleagent.gnn.training.words import VALUE
from roleagent.gnn.training.worlds import World
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import LITERAL
from roleagent.language.dates import is_before, parse_date
from roleagent.types import Fact, Node, Relation

FOLDER = Path(__file__).parent / "characters"

TYPES = ("person", "animal", "place", "organisation", "artifact", "work", "event", VALUE)
"""What the object of a fact may be."""

_KINDS = ("small", "one_step", "two_steps", "three_steps")
_FACT = re.compile(r"(?P<number>\d+)\. (?P<rest>.+)")
_QUESTION = re.compile(r"(?P<numbers>[\d ]+|-) ?\| (?P<text>.+)")
_NEXT = re.compile(r" ([<>]) (?=(?:[\d ]+|-) ?\| )")
_TIMES = re.compile(r"(?P<since>[-\d]*)\.\.(?P<until>[-\d]*)")


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
        lines = path.read_text(encoding="utf-8-sig").splitlines()
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
            self.talks.append(tuple(self.talk(line[2:])))
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
        if not found or len(parts) not in (5, 6):
            raise ValueError("a fact is NUMBER. SUBJECT | RELATION | OBJECT | TYPE | SENTENCE [| FROM..TO]")
        subject, relation, object_, kind, text = parts[:5]
        if kind not in TYPES:
            raise ValueError(f"{kind!r} is no type: {', '.join(TYPES)}")
        if not text or found["number"] in self.facts:
            raise ValueError(
                "the sentence is empty" if not text else f"fact {found['number']} stands there twice"
            )
        times = _TIMES.fullmatch(parts[5]) if parts[5:] else None
        if parts[5:] and (times is None or not all(parse_date(each) for each in times.groups() if each)):
            raise ValueError(f"{parts[5]!r} is no time FROM..TO")
        if times and all(times.groups()) and is_before(times["until"], times["since"]):
            raise ValueError(f"{parts[5]!r} ends before it begins")
        if subject not in self.ids:
            raise ValueError(f"{subject!r} was not the object of any fact before")
        one, other = self.ids[subject], self.node(object_, kind)
        fact_id = f"{one}.{relation}.{other}"
        known = {fact.id for fact in self.facts.values()}
        self.facts[found["number"]] = Fact(
            id=f"{fact_id}.{found['number']}" if times and fact_id in known else fact_id,
            subject=one,
            relation=relation,
            object=other,
            text=text,
            valid_from=(times["since"] or None) if times else None,
            valid_to=(times["until"] or None) if times else None,
        )

    def talk(self, line: str) -> Iterator[Question]:
        first, *rest = _NEXT.split(line)
        if not rest or rest[-2] == "<":
            raise ValueError("a talk has several lines, of which the user's is the last")
        yield self.question(first)
        for mark, part in zip(rest[::2], rest[1::2], strict=True):
            said = self.question(part)
            if mark == "<":
                yield replace(said, kind=TOLD)
            else:
                yield replace(said, kind=f"after {said.kind}")

    def question(self, line: str) -> Question:
        found = _QUESTION.fullmatch(line.strip())
        if not found:
            raise ValueError("a question is NUMBERS | TEXT")
        numbers = found["numbers"].split() if found["numbers"] != "-" else []
        hops = min(len(numbers), len(_KINDS) - 1)
        if unknown := [number for number in numbers if number not in self.facts]:
            raise ValueError(f"there is no fact {', '.join(unknown)} above")
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
