"""Each format's own names mean what they mean there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from roleagent.formats.format import Report
from roleagent.formats.lorebooks import lorebook_layout, lorebook_layout_of
from roleagent.lore.book import Lorebook, LoreEntry

CARD_V2 = {
    "name": "Barn", "scan_depth": 3, "recursive_scanning": False,
    "entries": [{
        "keys": ["cow"], "secondary_keys": ["red"], "selective": True, "content": "Moo.", "enabled": True,
        "insertion_order": 7, "priority": 2, "id": 1, "position": "after_char", "constant": False,
        "extensions": {"selectiveLogic": 3, "probability": 50, "useProbability": False, "sticky": 2},
    }],
}  # fmt: skip
CARD_V3 = {"entries": [{"keys": ["cows?"], "content": "Moo.", "use_regex": True, "extensions": {}}]}
WORLD = {
    "entries": {
        "4": {
            "uid": 4, "key": ["cow"], "keysecondary": ["red"], "selectiveLogic": 2, "content": "Moo.",
            "comment": "Cow", "order": 9, "position": 4, "depth": 1, "role": 2, "disable": False,
            "probability": 30, "useProbability": True, "delayUntilRecursion": True, "scanDepth": None,
            "caseSensitive": None, "matchScenario": True, "groupWeight": 50, "ignoreBudget": True,
            "characterFilter": {"isExclude": True, "names": ["Ada"], "tags": []},
        }
    }
}  # fmt: skip
AGNAI = {
    "kind": "memory", "name": "Barn",
    "entries": [{"keywords": ["cow"], "name": "Cow", "entry": "Moo.", "weight": 2, "priority": 8,
                 "enabled": True}],
}  # fmt: skip
RISU = {
    "type": "risu", "ver": 1, "settings": {"scanDepth": 5, "fullWordMatching": True},
    "data": [
        {"key": "cow, bull", "secondkey": "red", "insertorder": 3, "comment": "Cow", "content": "Moo.",
         "mode": "normal", "alwaysActive": False, "selective": True, "activationPercent": 40},
        {"key": "/a,b/i", "useRegex": True, "content": "x", "extentions": {"risu_case_sensitive": True}},
        {"key": "f", "mode": "folder", "content": "", "comment": "Animals"},
    ],
}  # fmt: skip
NOVELAI = {
    "lorebookVersion": 5,
    "entries": [{"keys": ["cow"], "displayName": "Cow", "text": "Moo.", "enabled": True, "id": "u-1",
                 "forceActivation": True, "contextConfig": {"budgetPriority": 400}}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (CARD_V2, "card-v2-lorebook"), (CARD_V3, "card-v3-lorebook"),
        ({"spec": "lorebook_v3", "data": CARD_V3}, "lorebook-v3"), (WORLD, "sillytavern-lorebook"),
        ({"entries": [{"uid": 1, "key": []}]}, "sillytavern-lorebook"), (AGNAI, "agnai-lorebook"),
        (RISU, "risu-lorebook"), (NOVELAI, "novelai-lorebook"), ({"entries": None}, "card-v2-lorebook"),
        ({"name": "x"}, None),
        ([], None), (None, None),
    ],
)  # fmt: skip
def test_a_format_is_told_by_its_marks(raw, name):
    """The first that recognises a file reads it."""
    found = lorebook_layout_of(raw)
    assert (found.NAME if found else None) == name


def test_a_card_v2_book():
    """ST's options lie in the extensions; a probability that is not used is none."""
    assert lorebook_layout_of(CARD_V2).read(CARD_V2, Report()) == Lorebook(
        name="Barn", scan_depth=3, recursive=False,
        entries=(LoreEntry(id="1", keys=("cow",), secondary_keys=("red",), selective=True, content="Moo.",
                           order=7, priority=2, position="after_char", logic="and_all", sticky=2),),
    )  # fmt: skip


def test_a_card_v3_book_alone_and_in_a_file():
    """The file wraps the book."""
    book = Lorebook(entries=(LoreEntry(id="0", keys=("cows?",), content="Moo.", use_regex=True),))
    assert lorebook_layout_of(CARD_V3).read(CARD_V3, Report()) == book
    assert (
        lorebook_layout_of({"spec": "lorebook_v3", "data": CARD_V3}).read(
            {"spec": "lorebook_v3", "data": CARD_V3}, Report()
        )
        == book
    )


def test_sillytavern_sets_use_regex_on_plain_keys():
    """Its mark is the display index; a constant entry would else be taken for a pattern."""
    report = Report()
    entry = {**CARD_V3["entries"][0], "extensions": {"display_index": 0}}
    assert (
        not lorebook_layout_of({"entries": [entry]}).read({"entries": [entry]}, report).entries[0].use_regex
    )
    assert report.notes[0].field == "entries[0].use_regex"


def test_a_world_file():
    """Numbers stand for words there, and null for the reader's own setting."""
    assert lorebook_layout_of(WORLD).read(WORLD, Report()).entries == (
        LoreEntry(id="4", keys=("cow",), secondary_keys=("red",), selective=True, logic="not_any",
                  content="Moo.", comment="Cow", order=9, position="at_depth", depth=1, role="assistant",
                  probability=30, delay_until_recursion=1, also_in=("scenario",), group_weight=50,
                  ignore_budget=True, not_for=("Ada",)),
    )  # fmt: skip


def test_agnai_risu_and_novelai():
    """Each has the same things by other names; Risu's folders are entries that are off."""
    assert lorebook_layout_of(AGNAI).read(AGNAI, Report()) == Lorebook(
        name="Barn",
        entries=(LoreEntry(id="0", keys=("cow",), name="Cow", content="Moo.", order=2, priority=8),),
    )
    risu = lorebook_layout_of(RISU).read(RISU, Report())
    assert (risu.scan_depth, risu.whole_words) == (5, True)
    assert risu.entries == (
        LoreEntry(id="0", keys=("cow", "bull"), secondary_keys=("red",), selective=True, order=3,
                  comment="Cow", content="Moo.", probability=40),
        LoreEntry(id="1", keys=("/a,b/i",), use_regex=True, content="x", case_sensitive=True),
        LoreEntry(id="2", keys=("f",), comment="Animals", enabled=False),
    )  # fmt: skip
    assert lorebook_layout_of(NOVELAI).read(NOVELAI, Report()).entries == (
        LoreEntry(id="u-1", keys=("cow",), name="Cow", content="Moo.", constant=True, order=400),
    )


def test_what_another_program_cannot_keep_is_named():
    """A secret that would become public is the gravest of these."""
    report = Report()
    secret = LoreEntry(id="a", visibility=(), position="scenario")
    lorebook_layout("sillytavern-lorebook").write(Lorebook(entries=(replace(secret),)), report)
    assert set(report.lost_fields) == {"entries[0].visibility", "entries[0].position"}
