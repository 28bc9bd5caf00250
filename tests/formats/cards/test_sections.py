"""A description holds the summary and what a card has no fields for, and gives both back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from roleagent.formats.cards.schema import read_description, write_description

FULL = {
    "summary": "You are Ada.\n\nYou count.",
    "speech": ["Be exact.", "Say\n\nlittle"],
    "rules": ["Never guess."],
    "fall_backs": ["I cannot say."],
    "horizon": {"until": "1852", "unknown": ["radio", "TV"]},
}


def test_sections_stand_below_the_summary():
    """Other programs put the description into the prompt as it is."""
    assert write_description({"summary": "You are Ada.", "rules": ["Never guess.", "Count\ntwice."]}) == (
        "You are Ada.\n\nWhat {{char}} always or never does:\n- Never guess.\n- Count\n  twice."
    )


def test_headings_are_in_the_language_of_the_persona():
    """A Chinese character is described in Chinese."""
    document = {**FULL, "language": "zh"}
    assert "{{char}}的说话方式：" in write_description(document)
    assert read_description(write_description(document)) == FULL


def test_what_was_written_is_taken_apart():
    """There and back."""
    assert read_description(write_description(FULL)) == FULL


def test_an_edited_summary_leaves_the_sections():
    """People edit descriptions in other programs."""
    text = write_description(FULL).replace("You are Ada.", "You are Byron.")
    assert read_description(text) == {**FULL, "summary": "You are Byron.\n\nYou count."}


def test_what_is_not_ours_is_a_summary():
    """A heading by chance, a date that is none, a list that goes on as prose."""
    rules = "What {{char}} always or never does:"
    for text in (
        "Plain.",
        f"{rules}\n- a",
        f"Plain.\n\n{rules}\nprose",
        f"Plain.\n\n{rules}\n- a\n\nprose",
        f"Plain.\n\n{rules}\n-  a",
        "Plain.\n\nThe last date {{char}} knows of:\n- soon",
    ):
        assert read_description(text) == {"summary": text}


ITEM = st.text(st.sampled_from("ab -\n:"), min_size=1, max_size=8).map(str.strip).filter(bool)
ITEMS = st.lists(ITEM, max_size=3)


@given(speech=ITEMS, rules=ITEMS, unknown=ITEMS)
def test_any_items_come_back(speech, rules, unknown):
    """Items with bullets, blank lines and headings in them."""
    document = {"summary": "S", "speech": speech, "rules": rules, "horizon": {"unknown": unknown}}
    found = read_description(write_description(document))
    assert (found.get("speech", []), found.get("rules", [])) == (speech, rules)
    assert found.get("horizon", {}).get("unknown", []) == unknown
