"""The columns of graph files: lists as JSON in a tagged column, and what other programs add or renumber.

An unknown key is an error if roleagent or a person wrote it, since it is then a typo. If another program
wrote it, it is ignored with a warning, unless it resembles one of ours. A column's name (`FOREIGN`), or the
way in which the file declares it, shows that another program wrote it.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from roleagent.formats.format import Report
from roleagent.formats.parts import slug
from roleagent.formats.text import read_json
from roleagent.graph.schema import LITERAL
from roleagent.persona.document import EdgeEntry, NodeEntry, PersonaDocument, literal_id
from roleagent.persona.problems import Place, ReadError, Row, Table, moved

JSON_SUFFIX = "__json"


def put_tagged(table: Table, name: str, text: str, place: Place) -> None:
    """Enter a text under its name; if the name has the tag, enter its JSON under the name without the tag.

    Raises:
        ReadError: the JSON is not well-formed, or the name is there already.
    """
    key = name.removesuffix(JSON_SUFFIX)
    value: object = text
    if key != name:
        try:
            value = moved(read_json(text), lambda _: place)
        except ReadError as error:
            line, column = error.place
            message = f"{name}, line {line}, column {column} of its text: {error.message}"
            raise ReadError(message, place) from error
    table.put(key, value, key_place=place, value_place=place)


def tagged_name(key: str, value: object) -> str:
    """The name under which a value is written: with the tag for a list or table, which becomes JSON."""
    return key + JSON_SUFFIX if isinstance(value, list | dict) else key


def tagged_text(value: object) -> str:
    """A value as text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, allow_nan=False)


def value_type(value: object) -> str:
    """GraphML's name for a value's type."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "int" if isinstance(value, int) else "double"
    return "string"


# ── columns of other programs ────────────────────────────────────────────────────────────────

_KNOWN: Mapping[str, Collection[str]] = {
    "graph": PersonaDocument.model_fields,
    "node": NodeEntry.model_fields,
    "edge": EdgeEntry.model_fields,
}
# as yEd, Cytoscape, Gephi, igraph and networkx call them; without blanks, `_`, `-` and capitals
FOREIGN = frozenset(
    """
    suid sharedname name selected interaction sharedinteraction visible annotations key networkxkey weight
    size color x y z r g b url label labels edgelabel edgeid type description timeset interval spells
    modularityclass degree indegree outdegree weighteddegree weightedindegree weightedoutdegree
    pagerank pageranks eccentricity closnesscentrality closenesscentrality harmonicclosnesscentrality
    betweenesscentrality betweennesscentrality betweenness closeness eigencentrality eigenvectorcentrality
    clustering clusteringcoefficient triangles componentnumber stronglyconnectedcompnum authority hub
    statinfclass community
    """.split()  # noqa: SIM905 - fifty names are read better so
)
_NAMES = ("id", "sharedname", "name")  # columns in which a program keeps a node's former id
_NUMBERED = re.compile(r"(?:[a-z]{0,4}\d+)(?:::[a-z]{0,4}\d+)*")
_NEAR = 0.75
_MOST_COMPARED = 500
_LONGEST_COMPARED = 40  # characters
_DECIMAL = re.compile(r"(\d+),(\d+)")


class Columns:
    """Enters the values of a graph file under the keys of a persona document.

    Args:
        report: takes what is skipped, once for each column.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._keys: dict[tuple[str, str, bool], str | None] = {}
        self._num_compared = 0
        self._called: dict[int, dict[str, str]] = {}  # by the node's table

    def put(self, kind: str, table: Table, name: str, text: str, place: Place, *, is_ours: bool) -> None:
        """Enter a value, unless it is another program's.

        Args:
            kind: ``graph``, ``node`` or ``edge``.
            table: what it goes into.
            name: of the column, ending in ``__json`` where the text is JSON.
            text: the value.
            place: where it is.
            is_ours: whether the column is declared as we declare one.

        Raises:
            ReadError: see `put_tagged`.
        """
        key = self.key_of(kind, name, is_ours=is_ours)
        if kind == "node" and _folded(name) in _NAMES and text.strip():
            self._called.setdefault(id(table), {})[_folded(name)] = text.strip()
        if key is None or (kind == "node" and key == "id" and "id" in table):
            return
        if not is_ours and (not text.strip() or (key == "confidence" and text.strip().casefold() == "nan")):
            return  # as programs write what is not there
        if not is_ours and key.removesuffix(JSON_SUFFIX) in table:
            self._report.warn(f"{kind}: {name}", "is there more than once: the first one counts")
            return
        if key == "confidence" and not is_ours:
            text = _DECIMAL.sub(r"\1.\2", text)
        put_tagged(table, key, text, place)

    def key_of(self, kind: str, name: str, *, is_ours: bool) -> str | None:
        """The key that a column stands for, or its name if that is likely a typo; None if it is foreign."""
        column = (kind, name, is_ours)
        if column not in self._keys:
            self._keys[column] = self._find_key(kind, name, is_ours=is_ours)
        return self._keys[column]

    def _find_key(self, kind: str, name: str, *, is_ours: bool) -> str | None:
        base, known = name.removesuffix(JSON_SUFFIX), _KNOWN[kind]
        if base in known:
            return name
        plain = base.strip().casefold().replace(" ", "_").replace("-", "_")
        if not is_ours and plain in known:
            return plain + name[len(base) :]
        if _folded(base) not in FOREIGN and (is_ours or self._is_typo(plain, known)):
            return name
        self._report.warn(f"{kind}: {name}", "is no key of ours: ignored")
        return None

    def _is_typo(self, name: str, known: Collection[str]) -> bool:
        """Whether a name is nearly one of ours; beyond a number of columns this is not checked."""
        self._num_compared += 1
        if self._num_compared > _MOST_COMPARED or len(name) > _LONGEST_COMPARED:
            return False
        return bool(difflib.get_close_matches(name, known, n=1, cutoff=_NEAR))

    def restore_ids(self, document: Table) -> None:
        """Give nodes that another program has numbered their former ids back, or ids made from their labels.

        Edges lose the ids by which the program has numbered them.
        """
        for edge in document["edges"]:  # without the number, its own id is made as usual
            if isinstance(edge, Table) and _NUMBERED.fullmatch(str(edge.get("id", ""))):
                del edge["id"]
        nodes = [node for node in document["nodes"] if isinstance(node, Table)]
        own = document.get("node") or document.get("id")
        ids = {node.get("id") for node in nodes}
        numbered = [node for node in nodes if _NUMBERED.fullmatch(str(node.get("id")))]
        if not numbered or (own in ids and not self._called):
            return
        names = self._former_names(nodes, own) or _names_by_label(nodes, numbered, document, own)
        if all(names[id(node)] == node.get("id") for node in nodes):
            return
        self._report.warn("nodes", "are numbered by another program: called as before, or by their labels")
        new = {node["id"]: names[id(node)] for node in nodes}
        for node in nodes:
            node["id"] = new[node["id"]]
        for edge in document["edges"]:
            for end in ("source", "target"):
                edge[end] = new.get(edge.get(end), edge.get(end))

    def _former_names(self, nodes: list[Table], own: Any) -> dict[int, str] | None:  # Any: from a file
        for column in _NAMES:
            names = {id(node): self._called.get(id(node), {}).get(column, "") for node in nodes}
            if own in names.values() and len({*names.values()} - {""}) == len(nodes):
                return names
        return None


def _names_by_label(
    nodes: list[Table], numbered: list[Table], document: Table, own: Any
) -> dict[int, str]:  # Any: from a file
    """Free ids for the numbered nodes; the node that has the character's name gets the character's id."""
    names = {id(node): str(node.get("id")) for node in nodes}
    taken = {names[id(node)] for node in nodes} - {names[id(node)] for node in numbered}
    if isinstance(own, str) and own not in taken:
        mine = [node for node in numbered if node.get("label") == document.get("name")]
        if len(mine) == 1:
            names[id(mine[0])] = own
            taken.add(own)
            numbered = [node for node in numbered if node is not mine[0]]
    times: dict[str, int] = {}
    for node in numbered:
        label = node.get("label")
        if not isinstance(label, str) or not label.strip():
            taken.add(names[id(node)])
            continue
        stem = literal_id(label.strip()) if node.get("type") == LITERAL else slug(label)
        made = stem
        while made in taken:
            times[stem] = times.get(stem, 1) + 1
            made = f"{stem}-{times[stem]}"
        names[id(node)] = made
        taken.add(made)
    return names


def without_foreign(document: Table, report: Report, *, is_ours: bool) -> None:
    """Take another program's keys out of a document's nodes and edges."""
    columns = Columns(report)
    for kind, rows in (("node", document.get("nodes")), ("edge", document.get("edges"))):
        for table in rows if isinstance(rows, Row) else ():
            for key in [key for key in table if key not in _KNOWN[kind]] if isinstance(table, Table) else ():
                if columns.key_of(kind, key, is_ours=is_ours) is None:
                    del table[key]


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).casefold()
