"""Merge two persona files: the later one wins, and lists add up.

- Texts, numbers and truth values of the later win.
- Lists append, without what is there already.
- Nodes, chapters and the like that have an `id` are matched by it, and their keys merged.
- Facts are matched by their ids, and the later one stands. One of a relation that holds one value at a time
  replaces those of the earlier that hold at the same time.
- Tables (relations, renderings, extensions …) are merged key by key.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from roleagent.graph.schema import CORE_RELATIONS
from roleagent.language.dates import is_before, parse_date
from roleagent.persona.document import bounded_id, literal_id
from roleagent.persona.problems import Place, Row, Table

Json = Any  # Any: what a file holds
_BY_ID = ("nodes", "chapters", "entries")
_NOT_INHERITED = ("id",)


def merged(base: Table, over: Table) -> Table:
    """One file merged over another; neither is changed."""
    known = Table(base.place)
    for key in base:
        if key not in _NOT_INHERITED:
            _copy(base, key, known)
    return _merged_tables(known, over, {**_relations(base), **_relations(over)})


def _relations(tree: Table) -> dict[str, Json]:
    own = tree.get("relations")
    return dict(own) if isinstance(own, Mapping) else {}


def _merged_tables(base: Table, over: Table, relations: Mapping[str, Json]) -> Table:
    table = Table(over.place)
    for key in base:
        if key not in over:
            _copy(base, key, table)
            continue
        value = _merged(base[key], over[key], key, relations)
        table.put(key, value, key_place=over.key_places[key], value_place=over.value_places[key])
    for key in over:
        if key not in base:
            _copy(over, key, table)
    return table


def _copy(source: Table, key: str, target: Table) -> None:
    places = {"key_place": source.key_places[key], "value_place": source.value_places[key]}
    target.put(key, source[key], **places)


def _merged(base: Json, over: Json, key: str, relations: Mapping[str, Json]) -> Json:
    if isinstance(base, Table) and isinstance(over, Table):
        return _merged_tables(base, over, relations)
    if not isinstance(base, Row) or not isinstance(over, Row):
        return over
    if key == "edges":
        return _merged_edges(base, over, relations)
    return _merged_by_id(base, over, relations) if key in _BY_ID else _appended(base, over)


def _appended(base: Row, over: Row) -> Row:
    row, seen = Row(over.place), set()
    for item, place in (*_items(base), *_items(over)):
        if repr(item) not in seen:
            seen.add(repr(item))
            row.put(item, value_place=place)
    return row


def _merged_by_id(base: Row, over: Row, relations: Mapping[str, Json]) -> Row:
    """Merge items that have the same id."""
    later = {item["id"]: item for item in over if _id_of(item) is not None}
    row, found = Row(over.place), set()
    for item, place in _items(base):
        name = _id_of(item)
        if name in later:
            found.add(name)
            item = _merged_tables(item, later[name], relations)
        row.put(item, value_place=place)
    for item, place in _items(over):
        if _id_of(item) not in found:
            row.put(item, value_place=place)
    return row


def _id_of(item: Json) -> str | None:
    name = item.get("id") if isinstance(item, Table) else None
    return name if isinstance(name, str) else None


def _items(row: Row) -> Iterator[tuple[Json, Place]]:
    return zip(row, row.value_places, strict=True)


def list_of(tree: Table, key: str) -> list[tuple[Json, Place]]:
    """The items under a key with their places; a single value counts as a list of one."""
    value = tree.get(key)
    if value is None:
        return []
    return list(_items(value)) if isinstance(value, Row) else [(value, tree.value_places[key])]


# ── facts ────────────────────────────────────────────────────────────────────────────────────


def _merged_edges(base: Row, over: Row, relations: Mapping[str, Json]) -> Row:
    ids = set(_edge_ids(over))
    replacing: defaultdict[tuple[Json, Json], list[Table]] = defaultdict(list)
    for edge in over:
        if isinstance(edge, Table) and _is_functional(edge.get("relation"), relations):
            for end in _ends(edge, relations):
                replacing[end, edge.get("relation")].append(edge)
    row = Row(over.place)
    for (edge, place), name in zip(_items(base), _edge_ids(base), strict=True):
        rivals = [
            each for end in _ends(edge, relations) for each in replacing.get((end, edge.get("relation")), ())
        ]
        if name not in ids and not any(_overlap(edge, each) for each in rivals):
            row.put(edge, value_place=place)
    for edge, place in _items(over):
        row.put(edge, value_place=place)
    return row


def _is_functional(relation: Json, relations: Mapping[str, Json]) -> bool:
    core = CORE_RELATIONS.get(relation) if isinstance(relation, str) else None
    own = relations.get(relation) if isinstance(relation, str) else None
    return (core is not None and core.cardinality == "functional") or (
        isinstance(own, Mapping) and own.get("cardinality") == "functional"
    )


def _ends(edge: Json, relations: Mapping[str, Json]) -> list[Json]:
    """The nodes that a fact is about: its source, and its target too if its relation is symmetric."""
    if not isinstance(edge, Table):
        return []
    name = edge.get("relation")
    core, own = CORE_RELATIONS.get(str(name)), relations.get(str(name))
    is_symmetric = (
        core.symmetric if core else isinstance(own, Mapping) and own.get("symmetric") in (True, "true")
    )
    return [edge.get(key) for key in (("source", "target") if is_symmetric else ("source",))]


def _overlap(one: Table, other: Table) -> bool:
    return _starts_before_end(one, other) and _starts_before_end(other, one)


def _starts_before_end(one: Table, other: Table) -> bool:
    start, end = one.get("valid_from"), other.get("valid_to")
    dates = [date for date in (start, end) if isinstance(date, str) and parse_date(date)]
    return len(dates) < len((start, end)) or is_before(dates[0], dates[1])


def ids_in(tree: Table) -> Iterator[str]:
    """The ids of a file's nodes and facts."""
    yield from (name for node, _ in list_of(tree, "nodes") if (name := _id_of(node)) is not None)
    yield from _edge_ids(edge for edge, _ in list_of(tree, "edges"))


def _edge_ids(edges: Iterable[Json]) -> list[str]:
    """As `document.fact_ids`, of entries that may be wrong."""
    edges = list(edges)
    links = [_link(edge) for edge in edges]
    times = Counter(links)
    ids = []
    for edge, link in zip(edges, links, strict=True):
        own, start = (edge.get(key) if isinstance(edge, Table) else None for key in ("id", "valid_from"))
        made = f"{link}@{start}" if times[link] > 1 and start else link
        ids.append(own if isinstance(own, str) else bounded_id(made))
    return ids


def _link(edge: Json) -> str:
    if not isinstance(edge, Table):
        return ""
    end = edge["target"] if "target" in edge else literal_id(str(edge.get("value")))
    return f"{edge.get('source')}.{edge.get('relation')}.{end}"


# ── leaving out and renaming ─────────────────────────────────────────────────────────────────


def without(tree: Table, ids: Collection[str]) -> Table:
    """A file without some nodes, the facts about them, and some facts."""
    if not ids:
        return tree
    table = Table(tree.place)
    for key in tree:
        if key not in ("nodes", "edges") or not isinstance(tree[key], Row):
            _copy(tree, key, table)
            continue
        row = Row(tree[key].place)
        names = _edge_ids(tree[key]) if key == "edges" else [_id_of(node) for node in tree[key]]
        for (item, place), name in zip(_items(tree[key]), names, strict=True):
            ends = {item.get("source"), item.get("target")} if isinstance(item, Table) else set()
            if name not in ids and (key == "nodes" or ends.isdisjoint(ids)):
                row.put(item, value_place=place)
        places = {"key_place": tree.key_places[key], "value_place": tree.value_places[key]}
        table.put(key, row, **places)
    return table


def own_node(tree: Table, default: str | None, bases: Iterable[Any]) -> str:
    """The id that a file has for its own character: its `node`, its id, or what its bases call it."""
    named = tree.get("node") or default
    if isinstance(named, str):
        return named
    own = tree.get("id")
    if any(_id_of(node) == own for node, _ in list_of(tree, "nodes")):
        return str(own)
    known = (base.tree.get("node") or base.tree.get("id") for base in bases)
    return str(next((name for name in known if isinstance(name, str)), own))


def renamed(tree: Table, old: str, new: str) -> Table:
    """A file in which a node has another id, also in the facts about it."""
    if old == new:
        return tree
    facts = _edge_ids(edge for edge, _ in list_of(tree, "edges"))
    table = Table(tree.place)
    for key in tree:
        _copy(tree, key, table)
    for key in ("nodes", "edges"):
        if isinstance(tree.get(key), Row):
            table[key] = Row(tree[key].place)
            for item, place in _items(tree[key]):
                made = _renamed_item(item, old, new) if isinstance(item, Table) else item
                table[key].put(made, value_place=place)
    now = _edge_ids(edge for edge, _ in list_of(table, "edges"))
    if isinstance(tree.get("renderings"), Table):
        names = {**dict(zip(facts, now, strict=True)), old: new}
        table["renderings"] = _renamed_renderings(tree["renderings"], names)
    return table


def _renamed_item(item: Table, old: str, new: str) -> Table:
    made = Table(item.place)
    for key in item:
        _copy(item, key, made)
        is_node = "relation" not in item
        if item[key] == old and key in (("id",) if is_node else ("source", "target")):
            made[key] = new
        elif key == "visibility" and isinstance(item[key], Row):
            made[key] = Row(item[key].place)
            for who, place in _items(item[key]):
                made[key].put(new if who == old else who, value_place=place)
    return made


def _renamed_renderings(renderings: Table, names: Mapping[str, str]) -> Table:
    """Renderings with their labels and texts under the new ids."""
    made = Table(renderings.place)
    for language in renderings:
        _copy(renderings, language, made)
        if isinstance(renderings[language], Table):
            made[language] = _renamed_keys(renderings[language], names)
    return made


def _renamed_keys(rendering: Table, names: Mapping[str, str]) -> Table:
    made = Table(rendering.place)
    for key in rendering:
        _copy(rendering, key, made)
        if key in ("labels", "texts") and isinstance(rendering[key], Table):
            made[key] = Table(rendering[key].place)
            for name, text in rendering[key].items():
                places = rendering[key].key_places[name], rendering[key].value_places[name]
                made[key].put(names.get(name, name), text, key_place=places[0], value_place=places[1])
    return made
