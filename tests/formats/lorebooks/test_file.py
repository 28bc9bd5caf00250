"""A lorebook that is a file of its own talks as the narrator of its world."""

from __future__ import annotations

import json

import pytest

from roleagent.formats.convert import bytes_in
from roleagent.formats.format import Report
from roleagent.formats.load import load_persona
from roleagent.formats.lorebooks import lorebook_layout
from roleagent.formats.save import save_persona

ENTRY = {"keys": ["salt"], "content": "The Empire of Salt rules the coast.", "enabled": True}
FILES = {
    "lorebook-v3": {"spec": "lorebook_v3", "data": {"name": "Salt", "extensions": {}, "entries": [
        {**ENTRY, "insertion_order": 5, "use_regex": False, "extensions": {"mine": 1}}]}},
    "risu-lorebook": {"type": "risu", "ver": 1, "data": [
        {"key": "salt", "comment": "empire", "content": ENTRY["content"], "mode": "normal", "insertorder": 5,
         "alwaysActive": False, "secondkey": "", "selective": False, "mine": 1}]},
    "novelai-lorebook": {"lorebookVersion": 6, "categories": [], "entries": [
        {"text": ENTRY["content"], "displayName": "Empire", "keys": ["salt"], "enabled": True, "mine": 1,
         "contextConfig": {"budgetPriority": 400, "prefix": ""}}]},
    "agnai-lorebook": {"kind": "memory", "name": "Salt", "entries": [
        {"name": "Empire", "entry": ENTRY["content"], "keywords": ["salt"], "priority": 1, "weight": 1,
         "enabled": True}]},
    "sillytavern-lorebook": {"entries": {"7": {
        "uid": 7, "key": ["salt"], "keysecondary": [], "content": ENTRY["content"], "order": 5, "mine": 1}}},
    "card-v2-lorebook": {"name": "Salt", "extensions": {}, "entries": [
        {**ENTRY, "insertion_order": 5, "extensions": {"mine": 1}}]},
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_book_is_read_as_a_narrator_and_written_as_it_was(name, tmp_path):
    """Whoever has only a world wants to walk in it; and the file must come back as it was."""
    path = tmp_path / "world.json"
    path.write_text(json.dumps(FILES[name]), encoding="utf-8")
    persona = load_persona(path)
    assert persona.lorebooks[0].entries[0].content == ENTRY["content"]
    assert "narrator" in persona.summary
    save_persona(persona, tmp_path / "world.yaml")
    again = load_persona(tmp_path / "world.yaml")
    assert json.loads(bytes_in(again, name, Report())) == FILES[name]


def test_a_second_book_is_named_as_lost(tmp_path):
    """A file of one book cannot hold two, and nobody should find out later."""
    path = tmp_path / "card.json"
    book = FILES["card-v2-lorebook"]
    data = {"name": "Ann", "character_book": book, "extensions": {"additional_lorebooks": [book]}}
    path.write_text(json.dumps({"spec": "chara_card_v2", "spec_version": "2.0", "data": data}), "utf-8")
    report = Report()
    bytes_in(load_persona(path), "sillytavern-lorebook", report)
    assert "lorebooks[1]" in report.lost_fields


def test_what_is_no_book_is_not_taken_for_one():
    """A table of other things must reach its own reader."""
    assert not lorebook_layout("sillytavern-lorebook").recognises(b"", {"entries": "none"})
