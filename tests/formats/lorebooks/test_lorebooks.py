"""What holds for every lorebook format: reading is total, writing is stable, and the two agree."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.formats.changes import patch
from roleagent.formats.format import Report
from roleagent.formats.lorebooks import lorebook_layout, lorebook_layout_of, lorebook_names
from roleagent.lore.book import Lorebook, LoreEntry
from roleagent.persona.fields import LorebookModel, to_document, to_lorebook

NAMES = [
    "entries", "data", "spec", "type", "kind", "lorebookVersion", "keys", "key", "keysecondary", "keywords",
    "secondkey", "content", "entry", "text", "id", "uid", "enabled", "disable", "use_regex", "useRegex",
    "order", "insertion_order", "weight", "insertorder", "probability", "activationPercent", "position",
    "extensions", "depth", "role", "selectiveLogic", "selective", "constant", "case_sensitive", "scan_depth",
    "delayUntilRecursion", "sticky", "characterFilter", "contextConfig", "extentions", "settings", "name",
    "comment", "priority", "mode", "triggers", "roleagent", "visibility", "display_index",
]  # fmt: skip
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["", "true", "12", "a, b", "/a,b/i", "\x00", "1e999", 10**400, "risu", "memory"])
)  # fmt: skip
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), inner)
    ),
    max_leaves=25,
)
ENTRY = st.dictionaries(st.sampled_from(NAMES), JSON)
BOOK = st.fixed_dictionaries(
    {"entries": st.lists(ENTRY | JSON, max_size=4) | st.dictionaries(st.text(max_size=2), ENTRY | JSON)},
    optional={"data": JSON | st.lists(ENTRY, max_size=3), "extensions": JSON, "name": JSON, "settings": JSON},
)


@pytest.mark.slow
@pytest.mark.parametrize("name", lorebook_names())
@given(raw=BOOK | st.dictionaries(st.sampled_from(NAMES), JSON))
def test_whatever_is_read_gives_a_sound_book_that_can_be_written(name, raw):
    """No file makes a traceback, and no book breaks a persona file."""
    found = lorebook_layout(name)
    found.is_book(raw)
    book = found.read(raw, Report())
    ids = [entry.id for entry in book.entries]
    assert len(ids) == len(set(ids))
    assert to_lorebook(LorebookModel.model_validate(to_document(book))) == book
    assert hash(book) == hash(replace(book))
    before = found.write(book, Report())
    assert json.loads(json.dumps(before)) == before
    assert patch(raw, before, found.write(book, Report())) is raw


@given(raw=JSON)
def test_anything_may_be_asked_for_its_format(raw):
    """What is no lorebook is said to be none."""
    found = lorebook_layout_of(raw)
    assert found is None or isinstance(found.read(raw, Report()), Lorebook)


FULL = LoreEntry(
    id="7", keys=("cow", "/pigs?/i"), secondary_keys=("red",), selective=True, logic="and_all",
    content="Moo.", name="Cow", comment="a cow", enabled=False, constant=True, order=5, priority=3,
    position="at_depth", depth=2, outlet="barn", role="user", scan_depth=9, also_in=("scenario",),
    triggers=("normal",), only_for=("Ada",), case_sensitive=True, whole_words=False, probability=40,
    group="g", group_override=True,
    group_weight=7, use_group_scoring=True, sticky=1, cooldown=2, delay=3, exclude_recursion=True,
    prevent_recursion=True, delay_until_recursion=2, ignore_budget=True, visibility=("ada",),
)  # fmt: skip
BARN = Lorebook(
    name="Barn", description="of animals", scan_depth=3, token_budget=100, recursive=True, max_recursion=2,
    case_sensitive=False, whole_words=True, use_group_scoring=False, entries=(FULL, LoreEntry(id="pig")),
)  # fmt: skip


@pytest.mark.parametrize("name", lorebook_names())
def test_what_a_format_has_no_place_for_is_reported_and_nothing_else_is_missing(name):
    """Every field comes back, or is named in the report."""
    report = Report()
    found = lorebook_layout(name)
    back = found.read(found.write(BARN, report), Report())
    lost = set(report.lost_fields)
    for field in fields(Lorebook):
        if field.name != "entries" and field.name not in lost:
            assert getattr(back, field.name) == getattr(BARN, field.name), field.name
    for index, (entry, own) in enumerate(zip(back.entries, BARN.entries, strict=True)):
        for field in fields(LoreEntry):
            if f"entries[{index}].{field.name}" not in lost and (name, field.name) != (
                "agnai-lorebook",
                "priority",
            ):
                assert getattr(entry, field.name) == getattr(own, field.name), field.name


@pytest.mark.parametrize("name", ["card-v2-lorebook", "card-v3-lorebook", "lorebook-v3"])
def test_a_card_keeps_all_of_a_book(name):
    """A secret entry stays one; what cards do not know lies in `extensions.roleagent`."""
    report = Report()
    found = lorebook_layout(name)
    assert found.read(found.write(BARN, report), Report()) == BARN
    assert report.is_lossless


def test_a_persona_file_keeps_all_of_a_book():
    """And has nothing in it that says nothing; numbers may be text, as YAML has them."""
    document = to_document(BARN)
    assert document["entries"][1] == {"id": "pig"}
    assert to_lorebook(LorebookModel.model_validate(document)) == BARN
    as_text = {"scan_depth": "3", "entries": [{"id": 7, "order": "1.5", "enabled": "false", "sticky": "2"}]}
    book = to_lorebook(LorebookModel.model_validate(as_text))
    assert book == Lorebook(scan_depth=3, entries=(LoreEntry(id="7", order=1.5, enabled=False, sticky=2),))


@pytest.mark.parametrize("name", lorebook_names())
def test_patterns_are_kept_by_every_format(name):
    """Where only ``/re/flags`` is known, keys are written so."""
    v3 = LoreEntry(id="a", keys=("cows?", "a/b"), use_regex=True, content="Moo.")
    found = lorebook_layout(name)
    entry = found.read(found.write(Lorebook(entries=(v3,)), Report()), Report()).entries[0]
    expected = {
        "card-v3-lorebook": ("cows?", "a/b"), "lorebook-v3": ("cows?", "a/b"),
        "risu-lorebook": ("/(?:cows?)|(?:a\\/b)/i",),
    }  # fmt: skip
    assert entry.keys == expected.get(name, ("/cows?/i", "/a\\/b/i"))
    assert entry.use_regex == (name in expected)


def test_a_new_entry_leaves_the_others_as_the_file_has_them():
    """Unknown keys of the other entries stay."""
    raw = {
        "entries": {"0": {"uid": 0, "key": ["cow"], "content": "Moo.", "displayIndex": 4}},
        "originalData": 1,
    }
    found = lorebook_layout("sillytavern-lorebook")
    book = found.read(raw, Report())
    more = replace(book, entries=(*book.entries, LoreEntry(id="1", keys=("pig",), content="Oink.")))
    patched = patch(raw, found.write(book, Report()), found.write(more, Report()))
    assert patched["entries"]["0"] == raw["entries"]["0"]
    assert patched["originalData"] == 1
    assert patched["entries"]["1"]["key"] == ["pig"]
