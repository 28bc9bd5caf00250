"""The blocks of an agent's memory in Letta's files: taken out of the lists they are in, and put back.

A block that was taken is kept as a table: the ``list`` it came from, its ``index`` there, and the ``block``.
The lists of an agent come before the list that all agents of a file share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from roleagent.persona.formats.members import Table, table_at

LABELS = ("persona", "human")
SHARED = "blocks"
OF_AGENT = ("memory_blocks", "core_memory", "memory.blocks")  # newest first
_Tables = dict[str, Any]


def blocks_at(holder: Table, place: str) -> list[Any]:  # Any: JSON
    """The list at a place such as ``memory.blocks``, or an empty one."""
    found: Any = holder
    for key in place.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, list) else []


def has_blocks(holder: Table, place: str) -> bool:
    """Whether there is a list at a place that holds at least one block."""
    return any(isinstance(block, dict) and "label" in block for block in blocks_at(holder, place))


def places_of(agent: _Tables, file: _Tables) -> Iterator[tuple[str, _Tables]]:
    """All places where blocks may be, with what holds them."""
    for place in OF_AGENT:
        yield place, agent
    yield SHARED, file


def take_blocks(file: _Tables, agent: _Tables) -> dict[str, _Tables]:
    """Take the mapped blocks out of the lists they are in, by what they are."""
    found: dict[str, tuple[str, int]] = {}
    for is_wanted in (_is_called, _is_called_like):
        for place, index, block in _usable(file, agent):
            for label in LABELS:
                if is_wanted(block, label) and (place, index) not in found.values():
                    found.setdefault(label, (place, index))
    holders = dict(places_of(agent, file))
    taken = {
        label: {"list": place, "index": index, "block": blocks_at(holders[place], place)[index]}
        for label, (place, index) in found.items()
    }
    for place, holder in holders.items():
        gone = {index for where, index in found.values() if where == place}
        if gone:
            rest = [each for index, each in enumerate(blocks_at(holder, place)) if index not in gone]
            _set(holder, place, rest)
    return taken


def put_back(file: _Tables, agent: _Tables, raw: Table) -> None:
    """Put the blocks where they came from; a new one of a single agent goes among its own."""
    kept = sorted(filter(None, (table_at(raw, label) for label in LABELS)), key=_index)
    home = _home(kept, file, agent)
    for place, holder in places_of(agent, file):
        coming = [
            each for each in kept if (each.get("list") if each.get("list") != SHARED else home) == place
        ]
        if coming:
            blocks = list(blocks_at(holder, place))
            for each in coming:
                blocks.insert(_index(each), each.get("block"))
            _set(holder, place, blocks)


def _home(kept: list[_Tables], file: _Tables, agent: _Tables) -> str:
    """Where blocks of the shared list go: there, or with a single agent that has its own, among these."""
    if "agents" in file or SHARED in file:
        return SHARED
    used = {str(each.get("list")) for each in kept}
    return next((place for place in OF_AGENT if place in used or has_blocks(agent, place)), SHARED)


def _usable(file: _Tables, agent: _Tables) -> Iterator[tuple[str, int, _Tables]]:
    """The blocks that are this agent's: of the shared ones those it names, or all if it names none."""
    used = agent.get("block_ids")
    ids = [each for each in used if isinstance(each, str)] if isinstance(used, list) else []
    for place, holder in places_of(agent, file):
        for index, block in enumerate(blocks_at(holder, place)):
            if isinstance(block, dict) and (place != SHARED or not ids or block.get("id") in ids):
                yield place, index, block


def _is_called(block: Table, label: str) -> bool:
    return bool(block.get("label") == label)


def _is_called_like(block: Table, label: str) -> bool:
    """Whether a block is the agent's persona under a name of its own, such as ``sam-persona``."""
    given = block.get("label")
    return (
        label == "persona" and isinstance(given, str) and given.casefold().endswith(("-persona", "_persona"))
    )


def _set(holder: _Tables, place: str, blocks: list[Any]) -> None:  # Any: JSON
    outer, _, inner = place.partition(".")
    holder[outer] = {**table_at(holder, outer), inner: blocks} if inner else blocks


def _index(kept: Table) -> int:
    index = kept.get("index")
    return index if isinstance(index, int) and index >= 0 else 0
