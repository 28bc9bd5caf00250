"""Letta's agent files (`.af`): the persona is in a memory block; tools and messages stay data.

A file holds several agents and the blocks that they share. Older files are one agent, with its own blocks
under ``core_memory``; they are read and written too.

`Archive.raw` holds the mapped parts beside the rest of the ``file``: the ``agent``, and the blocks
``persona`` and ``human`` (see `take_blocks`). ``encoded`` counts the JSON texts, one inside another, that
held the JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from roleagent.formats.archives import Table, moment_of, seconds_of, table_at
from roleagent.formats.convert import mapped
from roleagent.formats.format import Archive, Report
from roleagent.formats.parts import GraphParts, filled
from roleagent.formats.values import (
    MAX_LABEL,
    check_size,
    check_table,
    default_summary,
    dump_json,
    json_bytes,
    parse_json,
    text_of,
    texts_of,
    told_summary,
    without_credentials,
)
from roleagent.persona.identity import mark_of, persona_id, plain_id
from roleagent.persona.problems import Place, ReadError

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
    """Take the mapped blocks out of the lists they are in; by label, with the place they were in."""
    found: dict[str, tuple[str, int]] = {}
    usable = list(_usable(file, agent))
    for place, index, block in usable:
        if block.get("label") in LABELS:
            found.setdefault(block["label"], (place, index))
    for place, index, block in usable:  # the persona may have a name of its own, such as ``sam-persona``
        label = block.get("label")
        if isinstance(label, str) and label.casefold().endswith(("-persona", "_persona")):
            found.setdefault("persona", (place, index))
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
    """Put the blocks where they came from; a new block of a single agent goes to its own."""
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
    """Where blocks of the shared list go: there, or to a single agent's own if it has any."""
    if "agents" in file or SHARED in file:
        return SHARED
    used = {str(each.get("list")) for each in kept}
    return next((place for place in OF_AGENT if place in used or has_blocks(agent, place)), SHARED)


def _usable(file: _Tables, agent: _Tables) -> Iterator[tuple[str, int, _Tables]]:
    """The blocks of this agent: its own, and the shared ones that it names, or all if it names none."""
    used = agent.get("block_ids")
    ids = [each for each in used if isinstance(each, str)] if isinstance(used, list) else []
    for place, holder in places_of(agent, file):
        for index, block in enumerate(blocks_at(holder, place)):
            if isinstance(block, dict) and (place != SHARED or not ids or block.get("id") in ids):
                yield place, index, block


def _set(holder: _Tables, place: str, blocks: list[Any]) -> None:  # Any: JSON
    outer, _, inner = place.partition(".")
    holder[outer] = {**table_at(holder, outer), inner: blocks} if inner else blocks


def _index(kept: Table) -> int:
    index = kept.get("index")
    return index if isinstance(index, int) and index >= 0 else 0


_AGENT_KEYS = ("agent_type", "llm_config", "block_ids", "in_context_message_indices")
_OF_FILE = (SHARED, "extensions")  # keys beside a single agent's own
_LISTS_OF_FILE = ("agents", "groups", SHARED, "files", "sources", "tools", "mcp_servers")
_MAX_TEXTS = 3  # of JSON in a text in a text
_NOT_TAKEN = {
    "tools": "are programs: kept, never run, and no part of the persona",
    "mcp_servers": "are programs elsewhere: kept, never called, and no part of the persona",
    "sources": "are documents: kept, and no part of the persona",
    "files": "are documents: kept, and no part of the persona",
    "groups": "say who talks with whom: kept, and no part of the persona",
}
_Table = Mapping[str, Any]


class Letta:
    """An agent file; of several agents the first is read."""

    NAME = SCHEMA = "letta"
    EXTENSION_PATH: tuple[str, ...] = ("file", "extensions")

    def recognises(self, data: bytes, raw: object) -> bool:
        """By its agents and blocks, in JSON or in JSON inside a JSON text."""
        try:
            raw, _ = _decoded(raw, Report())
        except ReadError:
            return False
        if isinstance(raw, Mapping) and isinstance(raw.get("agents"), list) and SHARED in raw:
            return True
        return _is_single(raw)

    def unpack(self, data: bytes, report: Report) -> Archive:
        """Read the JSON, except values that may be passwords or keys."""
        raw, num_texts = _decoded(parse_json(check_size(data), report), report)
        agent, file = _take_agent(without_credentials(check_table(raw), report))
        taken = take_blocks(file, agent)
        return Archive(raw={"encoded": num_texts, "file": file, "agent": agent, **taken})

    def pack(self, archive: Archive, report: Report) -> bytes:
        """Write the JSON, inside a JSON text if it was read from one."""
        raw = archive.raw
        file, agent = dict(table_at(raw, "file")), dict(table_at(raw, "agent"))
        put_back(file, agent, raw)
        others = file.get("agents")
        whole: Any = {**agent, **file}
        if isinstance(others, list):
            whole = {**file, "agents": [agent, *others]}
        num_texts = raw.get("encoded")
        for _ in range(min(num_texts, _MAX_TEXTS) if isinstance(num_texts, int) else 0):
            whole = dump_json(whole)
        return json_bytes(whole) + b"\n"

    def to_document(self, archive: Archive, report: Report) -> dict[str, Any]:
        """The block `persona` is the summary; `human` is a note, for it is about one user."""
        raw = archive.raw if isinstance(archive.raw, dict) else {}
        agent, file = table_at(raw, "agent"), table_at(raw, "file")
        where = "agents[0]." if "agents" in file else ""
        name = text_of(agent, "name", where, report, limit=MAX_LABEL)
        if not name:
            report.warn(f"{where}name", "is missing: the persona is called 'Unnamed'")
            name = "Unnamed"
        blocks = [table_at(table_at(raw, label), "block") for label in LABELS]
        told, notes = (
            text_of(block, "value", f"block {label}.", report)
            for label, block in zip(LABELS, blocks, strict=True)
        )
        _report_the_rest(agent, file, where, notes, report)
        parts = GraphParts(plain_id(name), name)
        credits = [
            ("notes", notes),
            ("tags", texts_of(agent, "tags", where, report, limit=MAX_LABEL)),
            ("created_at", seconds_of(file if "created_at" in file else agent, "created_at", "", report)),
        ]
        head = {
            "roleagent": 1,
            "id": persona_id(name, mark=mark_of(told)),
            "name": name,
            "summary": told or default_summary(name),
        }
        return {**head, **filled([("credits", filled(credits))]), **parts.as_document()}

    def from_document(self, document: _Table, report: Report) -> Archive:
        """An agent with its blocks, without tools and messages; Letta decides which model it runs on."""
        credits = document.get("credits", {})
        told = (told_summary(document), document.get("personality", ""))
        texts = {"persona": "\n\n".join(filter(None, told)), "human": credits.get("notes", "")}
        blocks: dict[str, dict[str, Any]] = {
            label: {
                "list": SHARED,
                "index": index,
                "block": {
                    "id": f"block-{index}",
                    "label": label,
                    "value": texts[label],
                    "limit": max(20_000, len(texts[label])),
                },
            }
            for index, label in enumerate(LABELS)
            if texts[label] or label == "persona"
        }
        agent = {
            "id": "agent-0",
            "name": document["name"],
            "agent_type": "letta_v1_agent",
            "system": "",
            "block_ids": [each["block"]["id"] for each in blocks.values()],
            "tool_ids": [],
            "source_ids": [],
            "tags": list(credits.get("tags", ())),
            "messages": [],
            "in_context_message_ids": [],
            "files_agents": [],
            "group_ids": [],
        }
        file = {
            **{name: [] for name in _LISTS_OF_FILE},
            "metadata": {},
            "created_at": moment_of(credits.get("created_at")),
        }
        return Archive(raw={"encoded": 0, "file": file, "agent": agent, **blocks})

    def base_from(self, originals: _Table) -> None:
        """No other program has files like this."""
        return


# ── the file ─────────────────────────────────────────────────────────────────────────────────


def _decoded(raw: Any, report: Report) -> tuple[Any, int]:  # Any: JSON
    """JSON taken out of the JSON texts that it may be in, and how many these were.

    Raises:
        ReadError: a text holds no JSON.
    """
    for depth in range(_MAX_TEXTS):
        if not isinstance(raw, str):
            return raw, depth
        raw = parse_json(raw.encode("utf-8", "replace"), report, what="the text in the file")
    return raw, _MAX_TEXTS


def _is_single(raw: object) -> bool:
    """Whether it is one agent by itself, as in older files and in the answers of Letta's server."""
    if not isinstance(raw, Mapping) or raw.keys().isdisjoint(_AGENT_KEYS):
        return False
    return any(has_blocks(raw, place) for place in (*OF_AGENT, SHARED))


def _take_agent(file: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first agent, and the file without it.

    Raises:
        ReadError: there is none.
    """
    agents = file.get("agents")
    if isinstance(agents, list) and agents and isinstance(agents[0], dict):
        return agents[0], {**file, "agents": agents[1:]}
    if "agents" in file or not _is_single(file):
        raise ReadError("the file holds no agent", Place(1, 1))
    of_file = {key: value for key, value in file.items() if key in _OF_FILE}
    return {key: value for key, value in file.items() if key not in _OF_FILE}, of_file


# ── what is not part of a persona ────────────────────────────────────────────────────────────


def _report_the_rest(
    agent: dict[str, Any], file: dict[str, Any], where: str, notes: str, report: Report
) -> None:
    others = file.get("agents")
    for index in range(1, 1 + (len(others) if isinstance(others, list) else 0)):
        report.warn(f"agents[{index}]", "is one more agent: kept, and not part of the persona")
    if notes:
        report.warn("block human", "tells of one user: taken as a note, which no prompt holds")
    if agent.get("messages"):
        report.warn(f"{where}messages", "are a past conversation: kept, and no part of the persona's memory")
    if agent.get("system"):
        report.warn(f"{where}system", "tells how to use Letta's memory: kept, and no part of the prompt")
    for key, why in _NOT_TAKEN.items():
        if (file if where else agent).get(key):
            report.warn(key, why)
    for place, holder in places_of(agent, file):
        there = place if holder is file else f"{where}{place}"
        for index, block in enumerate(blocks_at(holder, place)):
            label = text_of(block, "label", "", Report(), limit=100) if isinstance(block, dict) else ""
            report.warn(f"{there}[{index}]", f"the block {label!r} is no persona: kept, and not part of it")


LETTA = mapped(Letta(), about="Letta's agent file", suffixes=(".af",))
