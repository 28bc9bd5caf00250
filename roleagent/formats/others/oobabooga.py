"""Characters of text-generation-webui (YAML), and Pygmalion's (JSON), which it reads too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from roleagent.formats.convert import mapped
from roleagent.formats.format import Archive, Report
from roleagent.formats.own.yaml_file import read as read_yaml
from roleagent.formats.parts import GraphParts, filled, read_examples, talk_of
from roleagent.formats.text import decoded_text
from roleagent.formats.values import (
    MAX_LABEL,
    check_size,
    check_table,
    default_summary,
    pack_table,
    parse_json,
    text_of,
    told_summary,
    unpack_table,
)
from roleagent.persona.identity import mark_of, persona_id, plain_id
from roleagent.persona.problems import Place, ReadError

_OTHERS = ("spec", "entries", "bio", "char_name", "first_mes", "persona", "type", "data", "agents")
_Table = Mapping[str, Any]


class Oobabooga:
    """A character in YAML: `name` or `bot`, `context`, `greeting`, `example_dialogue`."""

    NAME = SCHEMA = "oobabooga"
    EXTENSION_PATH: tuple[str, ...] = ("extensions",)

    def recognises(self, data: bytes, raw: object) -> bool:
        """By its name and context, unless it has a key of another program's files."""
        if not isinstance(raw, Mapping) or any(key in raw for key in _OTHERS):
            return False
        named = any(isinstance(raw.get(key), str) for key in ("name", "bot"))
        return named and isinstance(raw.get("context"), str)

    def unpack(self, data: bytes, report: Report) -> Archive:
        """Read the YAML; every plain word in it stays text."""
        text = decoded_text(check_size(data), "the file", report)
        if text.lstrip()[:1] == "{":
            raw = check_table(parse_json(data, report))
            try:
                json.dumps(raw, ensure_ascii=False).encode("utf-8")
            except UnicodeEncodeError as error:
                message = "the file holds half a character, which YAML cannot hold"
                raise ReadError(message, Place(1, 1)) from error
            return Archive(raw=raw)
        return Archive(raw=check_table(read_yaml(text)))

    def pack(self, archive: Archive, report: Report) -> bytes:
        """Write the YAML."""
        import yaml

        return yaml.dump(
            dict(archive.raw),
            Dumper=yaml.SafeDumper,
            allow_unicode=True,
            sort_keys=False,
            width=1_000,
            encoding="utf-8",
        )

    def to_document(self, archive: Archive, report: Report) -> dict[str, Any]:
        """The context is the summary; the other fields have their own places."""
        key = "name" if archive.raw.get("name") else "bot"
        return _document(archive.raw, key, "context", "greeting", "", report)

    def from_document(self, document: _Table, report: Report) -> Archive:
        """The scenario, which has no field of its own, is the end of the context."""
        context = "\n\n".join(filter(None, (told_summary(document), document.get("personality", ""))))
        scenario = document.get("scenario", "")
        if scenario:
            context = f"{context}\n\nScenario: {scenario}".strip()
        written = {
            "name": document["name"],
            "greeting": document.get("greeting", ""),
            "context": context,
            "example_dialogue": _dialogue(document),
        }
        return Archive(
            raw={key: value for key, value in written.items() if value or key != "example_dialogue"}
        )

    def base_from(self, originals: _Table) -> None:
        """No other program has files like this."""
        return


class Pygmalion:
    """A character in JSON: `char_name`, `char_persona`, `char_greeting`, `world_scenario`."""

    NAME = SCHEMA = "pygmalion"
    EXTENSION_PATH: tuple[str, ...] = ("extensions",)

    def recognises(self, data: bytes, raw: object) -> bool:
        """By its names."""
        return isinstance(raw, Mapping) and "char_name" in raw and "spec" not in raw

    def unpack(self, data: bytes, report: Report) -> Archive:
        """Read the JSON."""
        return unpack_table(data, report)

    def pack(self, archive: Archive, report: Report) -> bytes:
        """Write the JSON."""
        return pack_table(archive.raw)

    def to_document(self, archive: Archive, report: Report) -> dict[str, Any]:
        """Each field has its place."""
        return _document(archive.raw, "char_name", "char_persona", "char_greeting", "world_scenario", report)

    def from_document(self, document: _Table, report: Report) -> Archive:
        """The texts; a personality is appended to the summary."""
        persona = (told_summary(document), document.get("personality", ""))
        raw = {
            "char_name": document["name"],
            "char_persona": "\n\n".join(filter(None, persona)),
            "char_greeting": document.get("greeting", ""),
            "world_scenario": document.get("scenario", ""),
            "example_dialogue": _dialogue(document),
        }
        return Archive(raw=raw)

    def base_from(self, originals: _Table) -> None:
        """No other program has files like this."""
        return


def _document(
    raw: _Table, name_key: str, who: str, greeting: str, scene: str, report: Report
) -> dict[str, Any]:
    name = text_of(raw, name_key, "", report, limit=MAX_LABEL)
    if not name:
        report.warn(name_key, "is missing: the persona is called 'Unnamed'")
        name = "Unnamed"
    parts = GraphParts(plain_id(name), name)
    talk = text_of(raw, "example_dialogue", "", report)
    names = [name, *(value for key in ("name", "bot", name_key) if isinstance(value := raw.get(key), str))]
    said = [
        ("scenario", text_of(raw, scene, "", report) if scene else ""),
        ("greeting", text_of(raw, greeting, "", report)),
        ("examples", read_examples(talk, names, "example_dialogue", report)),
    ]
    told = text_of(raw, who, "", report)
    head = {
        "roleagent": 1,
        "id": persona_id(name, mark=mark_of(told, *(text for _, text in said if isinstance(text, str)))),
        "name": name,
        "summary": told or default_summary(name),
    }
    return {**head, **filled(said), **parts.as_document()}


def _dialogue(document: _Table) -> str:
    return "\n".join(talk_of(each) for each in document.get("examples", ()))


OOBABOOGA = mapped(Oobabooga(), about="text-generation-webui")
PYGMALION = mapped(Pygmalion(), about="Pygmalion's JSON")
