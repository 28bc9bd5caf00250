"""TinyTroupe's persons and fragments: lists of traits, likes, beliefs and the like, as a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from roleagent.formats.convert import mapped
from roleagent.formats.format import Archive, Report
from roleagent.formats.parts import (
    GraphParts,
    ListOfFacts,
    facts_of,
    filled,
    first_label,
    read_value,
    without_stop,
)
from roleagent.formats.values import (
    MAX_LABEL,
    MAX_TEXT,
    dump_json,
    items_of,
    pack_table,
    table_of,
    text_of,
    texts_of,
    unpack_table,
)
from roleagent.persona.identity import mark_of, persona_id, plain_id
from roleagent.types import content_id

_BIG_FIVE = ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")
_VALUES = {"age": "aged", "gender": "has_gender", "nationality": "nationality"}
_HOMES = ("residence", "country_of_residence")
_INTERESTS = ListOfFacts(
    path=("preferences", "interests"),
    relation="likes",
    prefix="interest",
    node_type="topic",
    takes_all=False,
)
_FACTS = ListOfFacts(
    path=("other_facts",),
    relation="knows",
    prefix="fact",
    node_type="literal",
    is_own_words=True,
    takes_all=False,
)
_LISTS = (
    ListOfFacts(path=("personality", "traits"), relation="has_trait", prefix="trait", node_type="trait"),
    _INTERESTS,
    ListOfFacts(path=("preferences", "likes"), relation="likes", prefix="like", node_type="topic"),
    ListOfFacts(path=("preferences", "dislikes"), relation="dislikes", prefix="dislike", node_type="topic"),
    ListOfFacts(
        path=("long_term_goals",), relation="has_goal", prefix="goal", node_type="goal", also=("wants",)
    ),
    ListOfFacts(
        path=("skills",), relation="skilled_in", prefix="skill", node_type="skill", also=("plays", "speaks")
    ),
    ListOfFacts(path=("beliefs",), relation="believes", prefix="belief", node_type="belief"),
    _FACTS,
)
_KIN = (
    "knows", "friend_of", "enemy_of", "sibling_of", "parent_of", "child_of", "married_to", "has_mother",
    "has_father", "student_of", "teacher_of", "serves", "has_pet",
)  # fmt: skip
_BEINGS = ("person", "animal")
_FRAGMENT = "fragment "
_Table = Mapping[str, Any]


class TinyTroupe:
    """A person (`*.agent.json`), or a fragment of one (`*.fragment.json`).

    Args:
        kind: what the file says under `type`.
    """

    EXTENSION_PATH: tuple[str, ...] = ("extensions",)

    def __init__(self, name: str, kind: Literal["TinyPerson", "Fragment"]) -> None:
        self.NAME = self.SCHEMA = name
        self._kind = kind

    def recognises(self, data: bytes, raw: object) -> bool:
        """By its `type`."""
        return isinstance(raw, Mapping) and raw.get("type") == self._kind and "persona" in raw

    def unpack(self, data: bytes, report: Report) -> Archive:
        """Read the JSON."""
        return unpack_table(data, report)

    def pack(self, archive: Archive, report: Report) -> bytes:
        """Write the JSON."""
        return pack_table(archive.raw)

    def to_document(self, archive: Archive, report: Report) -> dict[str, Any]:
        """Make a graph of the lists."""
        persona = table_of(archive.raw, "persona", "", report)
        name = text_of(persona, "name", "persona.", report, limit=MAX_LABEL)
        is_fragment = self._kind == "Fragment"
        if not name:
            mark = content_id(dump_json(persona, indent=None))[:8] if is_fragment else ""
            name = f"{_FRAGMENT}{mark}" if is_fragment else "Unnamed"
            if not is_fragment:
                report.warn("persona.name", "is missing: the persona is called 'Unnamed'")
        parts = GraphParts(plain_id(name), name)
        _read_values(persona, parts, report)
        for each in _LISTS:
            each.read(persona, "persona.", parts, report)
        _read_behaviour(persona, parts, report)
        _read_relationships(persona, parts, report)
        speech = _lines(persona, "style", report)
        rest = filled([("speech", speech)]) | parts.as_document()
        made_id = persona_id(name, mark="" if is_fragment else mark_of(dump_json(persona, indent=None)))
        summary = _summary({"id": made_id, "name": name, **rest}) if not is_fragment else _contents(rest)
        return {"roleagent": 1, "id": made_id, "name": name, "summary": summary, **rest}

    def from_document(self, document: _Table, report: Report) -> Archive:
        """Make lists of the graph."""
        is_fragment = self._kind == "Fragment"
        is_unnamed = is_fragment and document["name"].startswith(_FRAGMENT)
        persona = {} if is_unnamed else {"name": document["name"]}
        persona |= _written_values(document)
        for path, texts in _written_lists(document, said=_contents if is_fragment else _summary):
            _put(persona, path, texts)
        for path, texts in _written_behaviour(document).items():
            _put(persona, path, texts)
        relationships = [
            {
                "name": fact.label,
                "description": fact.node.get("description")
                or ("" if fact.relation == "knows" else fact.relation.replace("_", " ")),
            }
            for fact in facts_of(document, *_KIN)
            if fact.node["type"] in _BEINGS
        ]
        persona |= filled([("relationships", relationships)])
        return Archive(raw={"type": self._kind, "persona": persona})

    def base_from(self, originals: _Table) -> None:
        """No other program has files like this."""
        return


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def _read_values(persona: _Table, parts: GraphParts, report: Report) -> None:
    for key, relation in _VALUES.items():
        read_value(persona, key, "persona.", relation, parts, report)
    home = next((key for key in _HOMES if persona.get(key)), _HOMES[0])
    place = text_of(persona, home, "persona.", report, limit=MAX_LABEL)
    if place:
        parts.relate("lives_in", "place", place, node_type="place")
    read_value(persona, "education", "persona.", "studied", parts, report)
    _read_occupation(persona, parts, report)
    five = table_of(table_of(persona, "personality", "persona.", report), "big_five", "persona.", report)
    for trait in _BIG_FIVE:
        read_value(five, trait, "persona.personality.big_five.", f"has_{trait}", parts, report)
    for text in _lines(persona, "health", report):
        parts.relate("knows", "health", text[:MAX_LABEL].rstrip(), node_type="literal", text=text)


def _read_occupation(persona: _Table, parts: GraphParts, report: Report) -> None:
    job = persona.get("occupation")
    where = "persona.occupation."
    if isinstance(job, str):
        job, where = {"title": job}, "persona."
    job = table_of({"occupation": job}, "occupation", "persona.", report)
    title, place = (text_of(job, key, where, report, limit=MAX_LABEL) for key in ("title", "organization"))
    description = text_of(job, "description", where, report)
    if title:
        parts.relate("works_as", "occupation", title, node_type="occupation", description=description)
    elif description:
        report.warn(f"{where}description", "describes an occupation without a title: left out")
    if place:
        parts.relate("works_at", "organisation", place, node_type="organisation")


def _read_behaviour(persona: _Table, parts: GraphParts, report: Report) -> None:
    behaviour = table_of(persona, "behaviors", "persona.", report)
    routines = table_of(behaviour, "routines", "persona.behaviors.", report)
    others = {key: value for key, value in behaviour.items() if key != "routines"}
    for prefix, table in (("behavior", others), ("routine", routines)):
        where = f"persona.behaviors.{'routines.' if prefix == 'routine' else ''}"
        for key in table:
            for text in texts_of(table, key, where, report, limit=MAX_LABEL):
                label = without_stop(text)
                parts.relate("has_routine", prefix, label, node_type="routine", description=_plain_key(key))


def _plain_key(key: str) -> str:
    return text_of({"key": key}, "key", "", Report(), limit=MAX_LABEL)


def _read_relationships(persona: _Table, parts: GraphParts, report: Report) -> None:
    for index, person in enumerate(items_of(persona, "relationships", "persona.", report)):
        where = f"persona.relationships[{index}]."
        table = person if isinstance(person, dict) else {"name": person}
        name = text_of(table, "name", where, report, limit=MAX_LABEL)
        description = text_of(table, "description", where, report)
        if name:
            text = f"{name}: {description}"[:MAX_TEXT].rstrip() if description else ""
            parts.relate("knows", "person", name, node_type="person", description=description, text=text)
        else:
            report.warn(where.rstrip("."), "has no name: left out of the persona")


def _lines(persona: _Table, key: str, report: Report) -> list[str]:
    """A text as its lines; a table as `key: text` for each of its keys."""
    value = persona.get(key)
    if isinstance(value, list):
        return texts_of(persona, key, "persona.", report)
    if not isinstance(value, dict):
        lines = text_of(persona, key, "persona.", report).split("\n")
        return [line.strip() for line in lines if line.strip()]
    texts = ((each, text_of(value, each, f"persona.{key}.", report)) for each in value)
    return [f"{_plain_key(each)}: {text}"[:MAX_TEXT].rstrip() for each, text in texts if text]


# ── summaries ────────────────────────────────────────────────────────────────────────────────


def _summary(document: _Table) -> str:
    """The summary of a person, made from the graph's facts about work."""
    jobs = facts_of(document, "works_as")
    job = f", {jobs[0].label}" if jobs else ""
    place = first_label(document, "works_at")
    where = f" at {place}" if job and place else ""
    described = str(jobs[0].node.get("description", "")) if jobs else ""
    head = f"You are {document['name']}{job}{where}"
    return f"{without_stop(head)}. {described}"[:MAX_TEXT].strip()


def _contents(document: _Table) -> str:
    """The summary of a fragment: what it adds to a person."""
    counted: dict[str, int] = {}
    for edge in document.get("edges", ()):
        counted[edge["relation"]] = counted.get(edge["relation"], 0) + 1
    counts = ", ".join(f"{relation} ({number})" for relation, number in counted.items())
    brought = [counts] if counts else []
    if document.get("speech"):
        brought.append("a way of speaking")
    return f"You take on what this fragment brings: {', '.join(brought) or 'nothing'}."


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def _put(persona: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    for key in path[:-1]:
        persona = persona.setdefault(key, {})
    persona[path[-1]] = value


def _written_values(document: _Table) -> dict[str, Any]:
    age = first_label(document, "aged")
    five = filled((trait, first_label(document, f"has_{trait}")) for trait in _BIG_FIVE)
    values = filled(
        [
            ("age", int(age) if age.isascii() and age.isdigit() and len(age) < 4 else age),
            ("gender", first_label(document, "has_gender")),
            ("nationality", first_label(document, "nationality", "comes_from")),
            ("residence", first_label(document, "lives_in")),
            ("education", "\n".join(fact.label for fact in facts_of(document, "studied", "studied_at"))),
            ("occupation", _written_occupation(document)),
            ("style", "\n".join(document.get("speech", ()))),
            ("personality", {"big_five": five} if five else {}),
        ]
    )
    health = [fact.text or fact.label for fact in facts_of(document, "knows") if fact.is_of("health")]
    return values | filled([("health", "\n".join(health))])


def _written_occupation(document: _Table) -> dict[str, str]:
    jobs = facts_of(document, "works_as")
    return filled(
        [
            ("title", jobs[0].label if jobs else ""),
            ("organization", first_label(document, "works_at")),
            ("description", jobs[0].node.get("description", "") if jobs else ""),
        ]
    )


def _written_lists(
    document: _Table, *, said: Callable[[_Table], str]
) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """The lists by their paths; summary and personality, which have no list, go to the other facts."""
    summary = document["summary"]
    texts = ["" if summary == said(document) else summary, document.get("personality", "")]
    for each in _LISTS:
        found = each.write(document, but=(_INTERESTS.prefix,))
        if each is _FACTS:
            found = [text for text in texts if text] + found
        if found:
            yield each.path, found


def _written_behaviour(document: _Table) -> dict[tuple[str, ...], list[str]]:
    written: dict[tuple[str, ...], list[str]] = {}
    for fact in facts_of(document, "has_routine"):
        key = fact.node.get("description") or "general"
        path = ("behaviors", "routines", key) if fact.is_of("routine") else ("behaviors", key)
        written.setdefault(path, []).append(fact.label)
    return written


PERSON = mapped(TinyTroupe("tinytroupe", "TinyPerson"), about="TinyTroupe's person")
FRAGMENT = mapped(
    TinyTroupe("tinytroupe-fragment", "Fragment"), about="part of one, to extend", is_fragment=True
)
