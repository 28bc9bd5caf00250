"""Personas made from others: `extends` names them, `fragment` marks a part, `remove` leaves out.

What is extended comes first, in the order in which it is named, and the file itself last. The character of
each base is the character of the file: the base's own node takes the id that the file has for it. How two
files become one is in `merge`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from roleagent.errors import PersonaFileError
from roleagent.persona.merge import ids_in, list_of, merged, own_node, renamed, without
from roleagent.persona.problems import Place, PlaceIn, Row, Table, did_you_mean, moved

MAX_DEPTH = 10
MAX_FILES = 50
MAX_BASES = 20
MAX_TOTAL_BYTES = 32 * 1024 * 1024
SELF = "self"  # what a fragment calls whoever extends it, unless its `node` says otherwise
_KEYS = ("extends", "fragment", "remove")
_IDENTITY = ("id", "name", "summary", "extensions")
_START = Place(1, 1)


class Part(NamedTuple):
    """One file.

    Attributes:
        tree: as read.
        is_fragment: whether it has no character of its own.
    """

    tree: Table
    is_fragment: bool


class Chain(NamedTuple):
    """The files that led to one, and the folder that none of them may leave."""

    paths: tuple[Path, ...]
    root: Path


def is_fragment(tree: Table) -> bool:
    """Whether a file says that it is a part for others."""
    return str(tree.get("fragment")).lower() == "true"


class Composer:
    """Composes a persona from its files.

    Args:
        read: reads a file; raises `PersonaFileError`.
        known: the files of the personas that can be named.
    """

    def __init__(self, read: Callable[[Path], Part], known: Callable[[], dict[str, Path]]) -> None:
        self._read, self._known = read, known
        self._wholes: dict[Path, Part] = {}
        self._num_files = self._num_bytes = 0

    def compose(self, path: Path, part: Part) -> Table:
        """A file with everything that it extends merged into it.

        Raises:
            PersonaFileError: a base is missing, leads back to itself, or is too much; the file and the line
                of the part that is wrong are named.
        """
        return self._whole(part, Chain((path.resolve(),), path.parent.resolve()), str(path))

    def _whole(self, part: Part, chain: Chain, name: str) -> Table:
        tree = part.tree
        if not any(key in tree for key in _KEYS):
            return tree
        bases = [
            self._base(text, place, chain, name)
            for text, place in _texts(tree, "extends", name, most=MAX_BASES)
        ]
        own = own_node(
            tree, SELF if part.is_fragment else None, [base for base in bases if not base.is_fragment]
        )
        removed = dict(_texts(tree, "remove", name))
        whole = Table(_START)
        for base in bases:
            node = base.tree.get("node") or (SELF if base.is_fragment else base.tree.get("id"))
            known_as = node if isinstance(node, str) else SELF
            whole = merged(whole, renamed(without(base.tree, removed), known_as, own))
        _refuse_unknown(removed, [base.tree for base in bases], name)
        return _finished(merged(whole, tree), own)

    def _base(self, text: str, place: Place, chain: Chain, name: str) -> Part:
        """One base, composed; every place in it names its file, and a fragment has a `node`."""
        path, root = self._find(text, place, chain, name)
        if path in chain.paths:
            way = " → ".join(each.name for each in (*chain.paths[chain.paths.index(path) :], path))
            raise _error(f"{text!r} leads back to itself: {way}.", name, place)
        if len(chain.paths) > MAX_DEPTH:
            raise _error(f"{text!r}: more than {MAX_DEPTH} files extend one another.", name, place)
        if path not in self._wholes:
            part = self._part(path, text, name, place)
            tree = self._whole(part, Chain((*chain.paths, path), root), str(path))
            if part.is_fragment:
                tree = _without_identity(tree)
            tree = moved(tree, lambda each: PlaceIn.of(each, str(path)))
            self._wholes[path] = Part(tree, part.is_fragment)
        return self._wholes[path]

    def _part(self, path: Path, text: str, name: str, place: Place) -> Part:
        self._num_files += 1
        self._num_bytes += path.stat().st_size
        if self._num_files > MAX_FILES or self._num_bytes > MAX_TOTAL_BYTES:
            size = f"{MAX_FILES} files or {MAX_TOTAL_BYTES // 1024**2} MB"
            raise _error(f"{text!r} is too much: a persona is made from at most {size}.", name, place)
        return self._read(path)

    def _find(self, text: str, place: Place, chain: Chain, name: str) -> tuple[Path, Path]:
        """The file that an entry of `extends` names, and the folder that it may not leave."""
        is_path = len(Path(text).parts) > 1 or "." in text
        known = {} if is_path else self._known()
        if text in known:
            return known[text].resolve(), known[text].parent.resolve()
        try:
            path = (chain.paths[-1].parent / text).resolve()
        except (OSError, ValueError, RuntimeError):  # an impossible name, or a circle of links
            raise _error(f"extends {text!r}, which no file can be called.", name, place) from None
        if not path.is_relative_to(chain.root):
            message = (
                f"{text!r} is outside of the folder {chain.root.name!r}: copy it there, or name a persona."
            )
            raise _error(message, name, place)
        if not os.path.isfile(path):  # which takes impossible names for missing files
            hint = did_you_mean(text, known) if known else ""
            raise _error(f"extends {text!r}, and there is no such file or persona.{hint}", name, place)
        return path, chain.root


def _without_identity(tree: Table) -> Table:
    """A fragment without its name and summary, which other programs' fragments have."""
    own = tree.get("node") or tree.get("id") or SELF
    table = Table(tree.place)
    for key, value in tree.items():
        if key not in _IDENTITY:
            table.put(key, value, key_place=tree.key_places[key], value_place=tree.value_places[key])
    if "node" not in table:
        table.put("node", own, key_place=tree.place, value_place=tree.place)
    return table


def _texts(tree: Table, key: str, name: str, *, most: int | None = None) -> list[tuple[str, Place]]:
    """The texts of a list with their places; a single one counts as a list of one."""
    items = list_of(tree, key)
    for text, place in items:
        if not isinstance(text, str) or not text.strip():
            raise _error(f"{key} must be a list of names, and holds {text!r}.", name, place)
    if most is not None and len(items) > most:
        raise _error(f"{key} names {len(items)} files, and {most} are the most.", name, items[most][1])
    return [(text.strip(), place) for text, place in items]


def _refuse_unknown(removed: dict[str, Place], bases: list[Table], name: str) -> None:
    known = {each for base in bases for each in ids_in(base)}
    for text, place in removed.items():
        if text not in known:
            hint = did_you_mean(text, known)
            raise _error(f"remove {text!r}: nothing that is extended has it.{hint}", name, place)


def _finished(tree: Table, own: str) -> Table:
    """The tree without the keys that are done with, and with its own node named."""
    whole = Table(tree.place)
    for key, value in tree.items():
        if key not in (*_KEYS, "node"):
            whole.put(key, value, key_place=tree.key_places[key], value_place=tree.value_places[key])
    if own != whole.get("id"):
        place = tree.value_places.get("node", tree.place)
        whole.put("node", own, key_place=place, value_place=place)
    return whole


def _error(message: str, path: str, place: Place) -> PersonaFileError:
    where = place.file if isinstance(place, PlaceIn) else path
    return PersonaFileError(message, path=where, line=place.line, column=place.column)


def standing_alone(tree: Table) -> Table:
    """A fragment as a persona that holds nothing else, so that it can be checked."""
    place = tree.place
    frame = Table(place)
    own = tree.get("node") if isinstance(tree.get("node"), str) else SELF
    person = Table(place)
    for key, value in {"id": own, "type": "person", "label": own}.items():
        person.put(key, value, key_place=place, value_place=place)
    nodes = Row(place)
    nodes.put(person, value_place=place)
    texts = {"id": "fragment", "name": "fragment", "node": own, "summary": "You are whoever extends this."}
    for key, value in {**texts, "nodes": nodes}.items():
        frame.put(key, value, key_place=place, value_place=place)
    return _finished(merged(tree, frame), str(own))
