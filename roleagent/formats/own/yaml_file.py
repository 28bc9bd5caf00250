"""YAML, read strictly: text stays text, every key once, no anchors, no tags.

The type of a plain scalar is not guessed: ``NO``, ``12:30`` and ``1881-03-04`` stay text, and the schema says
which keys hold numbers and truth values. Only an empty value, ``~`` and ``null`` mean None.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from roleagent.formats.format import Report
from roleagent.formats.text import text_format
from roleagent.persona.problems import MAX_DEPTH, Place, ReadError, Row, Table, collector_paused

_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_ONE_LINE = 1_000_000  # columns
_ROWS = ("nodes", "edges")


@collector_paused()
def read(text: str, report: Report | None = None) -> Any:  # Any: the caller checks that it is a table
    """Read a YAML text of one document.

    Raises:
        ReadError: it is not well-formed, or uses anchors, tags, duplicate keys or several documents.
    """
    try:
        loader = _LOADER(text)
        try:
            return _document(iter(loader.get_event, None))
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        place = _place(error.problem_mark or error.context_mark)
        raise ReadError(f"not well-formed YAML: {reason}", place) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        place = Place(line, error.position - text.rfind("\n", 0, error.position))
        raise ReadError(f"not well-formed YAML: {error.reason}", place) from error


def _document(events: Iterator[Any]) -> Any:  # Any: yaml's events carry no types
    root = None
    for number, event in enumerate(event for event in events if isinstance(event, yaml.NodeEvent)):
        place = _place(event.start_mark)
        if number:
            raise ReadError("a second YAML document begins here; a persona is one", place)
        root = _node(event, events, place, depth=0)
    return root


def _node(event: Any, events: Iterator[Any], place: Place, *, depth: int) -> Any:
    if type(event) is yaml.AliasEvent or event.anchor is not None or event.tag is not None:
        _refuse_extras(event, place)
    if type(event) is yaml.ScalarEvent:
        value = event.value
        return None if value in _NOTHING and event.style in (None, "") else value
    if depth == MAX_DEPTH:
        raise ReadError(f"nested more than {MAX_DEPTH} levels deep", place)
    if isinstance(event, yaml.SequenceStartEvent):
        return _row(Row(place), events, depth=depth + 1)
    return _table(Table(place), events, depth=depth + 1)


def _row(row: Row, events: Iterator[Any], *, depth: int) -> Row:
    for event in events:
        if type(event) is yaml.SequenceEndEvent:
            break
        place = _place(event.start_mark)
        row.put(_node(event, events, place, depth=depth), value_place=place)
    return row


def _table(table: Table, events: Iterator[Any], *, depth: int) -> Table:
    for key in events:
        if type(key) is yaml.MappingEndEvent:
            break
        key_place = _place(key.start_mark)
        if type(key) is not yaml.ScalarEvent or key.anchor is not None or key.tag is not None:
            _refuse_extras(key, key_place)
            if type(key) is not yaml.ScalarEvent:
                raise ReadError("a key must be plain text", key_place)
        event = next(events)
        place = _place(event.start_mark)
        value = _node(event, events, place, depth=depth)
        table.put(key.value, value, key_place=key_place, value_place=place)
    return table


def _refuse_extras(event: Any, place: Place) -> None:
    if isinstance(event, yaml.AliasEvent):
        raise ReadError(f"the alias *{event.anchor} is not supported: write the value out", place)
    if event.anchor is not None:
        raise ReadError(f"the anchor &{event.anchor} is not supported: leave it out", place)
    if event.tag not in (None, "!"):
        raise ReadError(f"the tag {event.tag!r} is not supported: leave it out", place)


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark is not None else Place(1, 1)


def write(document: Mapping[str, Any]) -> str:
    """The YAML text of a document: the header in blocks, then a line for each node and edge."""
    header = {key: value for key, value in document.items() if key not in _ROWS}
    rows = {key: document[key] for key in _ROWS if key in document}
    return _dump(header, flow=False, width=100) + _dump(rows, flow=None, width=_ONE_LINE)


def _dump(part: Mapping[str, Any], *, flow: bool | None, width: int) -> str:
    return str(
        yaml.dump(
            dict(part),
            Dumper=_DUMPER,
            allow_unicode=True,
            sort_keys=False,
            default_flow_style=flow,
            width=width,
        )
    )


YAML = text_format(
    "yaml",
    read=read,
    write=write,
    suffixes=(".yaml", ".yml"),
    about="written by hand",
    holds="document",
)
