"""Letta's agent files (`.af`): the persona is in a memory block; tools and messages stay data.

`Archive.raw` has the mapped parts apart from the ``file``: the ``agent``, the blocks ``persona`` and
``human`` (each with the list and the index it came from), and whether the file was JSON inside a text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from roleagent.persona.formats.credentials import without_credentials
from roleagent.persona.formats.foreign import (
    MAX_LABEL,
    Archive,
    dump_json,
    json_bytes,
    parse_json,
    persona_id,
    text_of,
    texts_of,
)
from roleagent.persona.formats.graph_parts import GraphParts, filled
from roleagent.persona.formats.members import moment_of, seconds_of, table_at
from roleagent.persona.formats.plain_json import check_size, check_table, default_summary, told_summary
from roleagent.persona.formats.report import Report
from roleagent.persona.places import Place, ReadError

_BLOCKS = ("persona", "human")
_TOLD = ("summary", "personality")
_AGENT_LIST = "memory_blocks"
_FILE_LIST = "blocks"
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
        if isinstance(raw, str):
            if '"agents"' not in raw:
                return False
            try:
                raw = parse_json(raw.encode("utf-8", "replace"))
            except ReadError:
                return False
        return isinstance(raw, Mapping) and isinstance(raw.get("agents"), list) and _FILE_LIST in raw

    def unpack(self, data: bytes, report: Report) -> Archive:
        """Read the JSON; what may be a password or a key is left behind."""
        raw = parse_json(check_size(data))
        is_encoded = isinstance(raw, str)
        if isinstance(raw, str):
            raw = parse_json(raw.encode("utf-8", "replace"), what="the text in the file")
        file = without_credentials(check_table(raw), report)
        agents = file.get("agents")
        if not isinstance(agents, list) or not agents or not isinstance(agents[0], dict):
            raise ReadError("the file holds no agent", Place(1, 1))
        agent, *others = agents
        taken = {"agent": agent, **dict(_take_blocks(file, agent))}
        kept = {**file, "agents": others}
        return Archive(raw={"encoded": is_encoded, "file": kept, **taken})

    def pack(self, archive: Archive, report: Report) -> bytes:
        """Write the JSON, as text in JSON where it came so."""
        raw = archive.raw
        file, agent = dict(table_at(raw, "file")), dict(table_at(raw, "agent"))
        for holder, place in ((file, _FILE_LIST), (agent, _AGENT_LIST)):
            kept = [each for each in map(raw.get, _BLOCKS) if isinstance(each, dict)]
            put_back = sorted((each for each in kept if each.get("list") == place), key=_index)
            if put_back:
                holder[place] = _with_blocks(holder.get(place), put_back)
        others = file.get("agents")
        file["agents"] = [agent, *(others if isinstance(others, list) else [])]
        return json_bytes(dump_json(file) if raw.get("encoded") is True else file) + b"\n"

    def to_document(self, archive: Archive, report: Report) -> dict[str, Any]:
        """The block `persona` is the summary; `human` is a note, for it is about one user."""
        raw = archive.raw if isinstance(archive.raw, dict) else {}
        agent, file = table_at(raw, "agent"), table_at(raw, "file")
        name = text_of(agent, "name", "agents[0].", report, limit=MAX_LABEL)
        if not name:
            report.warn("agents[0].name", "is missing: the persona is called 'Unnamed'")
            name = "Unnamed"
        blocks = [table_at(table_at(raw, label), "block") for label in _BLOCKS]
        told, notes = (
            text_of(block, "value", f"block {label}.", report)
            for label, block in zip(_BLOCKS, blocks, strict=True)
        )
        _report_the_rest(agent, file, notes, report)
        parts = GraphParts(persona_id(name), name)
        credits = [
            ("notes", notes),
            ("tags", texts_of(agent, "tags", "agents[0].", report, limit=MAX_LABEL)),
            ("created_at", seconds_of(file, "created_at", "", report)),
        ]
        head = {"roleagent": 1, "id": parts.node_id, "name": name, "summary": told or default_summary(name)}
        return {**head, **filled([("credits", filled(credits))]), **parts.as_document()}

    def from_document(self, document: _Table, report: Report) -> Archive:
        """An agent with its blocks, no tools and no messages; which model it runs on is for Letta to say."""
        credits = document.get("credits", {})
        told = (told_summary(document), document.get("personality", ""))
        texts = {"persona": "\n\n".join(filter(None, told)), "human": credits.get("notes", "")}
        blocks: dict[str, dict[str, Any]] = {
            label: {"list": _FILE_LIST, "index": index, "block": _block(label, index, texts[label])}
            for index, label in enumerate(_BLOCKS)
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
        return Archive(raw={"encoded": False, "file": _file(credits), "agent": agent, **blocks})

    def base_from(self, originals: _Table) -> None:
        """No other program's file is like this one."""
        return


# ── blocks ───────────────────────────────────────────────────────────────────────────────────


def _take_blocks(file: dict[str, Any], agent: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Take the mapped blocks out of the lists they are in, each with its place."""
    used = agent.get("block_ids")
    ids = [each for each in used if isinstance(each, str)] if isinstance(used, list) else []
    found: dict[str, tuple[str, int]] = {}
    for place, listed in ((_AGENT_LIST, agent.get(_AGENT_LIST)), (_FILE_LIST, file.get(_FILE_LIST))):
        for index, block in enumerate(listed if isinstance(listed, list) else ()):
            is_mapped = isinstance(block, dict) and block.get("label") in _BLOCKS
            if is_mapped and (place == _AGENT_LIST or not ids or block.get("id") in ids):
                found.setdefault(block["label"], (place, index))
    for label, (place, index) in found.items():
        blocks: list[Any] = agent[place] if place == _AGENT_LIST else file[place]
        yield label, {"list": place, "index": index, "block": blocks[index]}
    for place, holder in ((_AGENT_LIST, agent), (_FILE_LIST, file)):
        gone = {index for where, index in found.values() if where == place}
        if gone:
            holder[place] = [block for index, block in enumerate(holder[place]) if index not in gone]


def _with_blocks(blocks: object, put_back: list[dict[str, Any]]) -> list[Any]:
    """A list with blocks at the places they came from; `put_back` is in order of these."""
    whole = list(blocks) if isinstance(blocks, list) else []
    for each in put_back:
        whole.insert(_index(each), each.get("block"))
    return whole


def _index(kept: _Table) -> int:
    index = kept.get("index")
    return index if isinstance(index, int) and index >= 0 else 0


def _block(label: str, index: int, value: str) -> dict[str, Any]:
    return {"id": f"block-{index}", "label": label, "value": value, "limit": max(20_000, len(value))}


def _file(credits: _Table) -> dict[str, Any]:
    lists = ("agents", "groups", _FILE_LIST, "files", "sources", "tools", "mcp_servers")
    return {
        **{name: [] for name in lists},
        "metadata": {},
        "created_at": moment_of(credits.get("created_at")),
    }


# ── what is not part of a persona ────────────────────────────────────────────────────────────


def _report_the_rest(agent: _Table, file: _Table, notes: str, report: Report) -> None:
    others = file.get("agents")
    for index in range(1, 1 + (len(others) if isinstance(others, list) else 0)):
        report.warn(f"agents[{index}]", "is one more agent: kept, and not part of the persona")
    if notes:
        report.warn("block human", "tells of one user: taken as a note, which no prompt holds")
    if agent.get("messages"):
        report.warn(
            "agents[0].messages", "are a past conversation: kept, and no part of the persona's memory"
        )
    if agent.get("system"):
        report.warn("agents[0].system", "tells how to use Letta's memory: kept, and no part of the prompt")
    for key, why in _NOT_TAKEN.items():
        if file.get(key):
            report.warn(key, why)
    for place, blocks in (
        (f"agents[0].{_AGENT_LIST}", agent.get(_AGENT_LIST)),
        (_FILE_LIST, file.get(_FILE_LIST)),
    ):
        for index, block in enumerate(blocks if isinstance(blocks, list) else ()):
            label = text_of(block, "label", "", Report(), limit=100) if isinstance(block, dict) else ""
            report.warn(f"{place}[{index}]", f"the block {label!r} is no persona: kept, and not part of it")


LETTA = Letta()
