"""Two personas are compared by what they mean, not by how their files look."""

from __future__ import annotations

import pytest

from roleagent.formats.changes import Change, diff_personas
from roleagent.formats.load import bundled_personas, load_persona
from roleagent.formats.save import save_persona


def changes(write, text, *edits):
    """What some replacements change in a persona."""
    one = load_persona(write(text, "one.yaml"))
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return diff_personas(one, load_persona(write(text, "two.yaml")))


@pytest.mark.parametrize("name", bundled_personas())
@pytest.mark.parametrize("suffix", ["yaml", "graphml", "ttl"])
def test_a_persona_does_not_differ_from_itself_in_another_format(name, suffix, tmp_path):
    """Order and layout are the file's, not the persona's."""
    persona = load_persona(name)
    save_persona(persona, tmp_path / f"p.{suffix}")
    assert diff_personas(persona, load_persona(tmp_path / f"p.{suffix}")) == ()


def test_a_header_field_that_changed_came_or_went(write, small_text):
    """Each is one line."""
    assert changes(
        write,
        small_text,
        ("name: Ada Lovelace\n", "name: Ada King\n"),
        ("summary:", "greeting: Hello.\nsummary:"),
    ) == (
        Change(kind="changed", where="name", before="Ada Lovelace", after="Ada King"),
        Change(kind="added", where="greeting", after="Hello."),
    )


def test_items_of_lists_are_compared_one_by_one(write, small_text):
    """A new rule is one change, not a new list."""
    text = small_text + "rules: [Be kind., Be brief.]\nhorizon: {until: '1852'}\n"
    assert changes(write, text, ("Be brief.", "Be exact."), ("'1852'", "'1851', known: [loom]")) == (
        Change(kind="removed", where="rules", before="Be brief."),
        Change(kind="added", where="rules", after="Be exact."),
        Change(kind="changed", where="horizon.until", before="1852", after="1851"),
        Change(kind="added", where="horizon.known", after="loom"),
    )
    assert changes(write, text, ("Be kind., Be brief.", "Be brief., Be kind.")) == (
        Change(kind="changed", where="rules", before="Be kind. | Be brief.", after="Be brief. | Be kind."),
    )


def test_nodes_and_facts_are_told_by_their_ids(write, small_text):
    """Whatever their place in the file."""
    edits = [
        ("  - {id: london, type: place, label: London}\n", ""),
        ('  - {source: ada, relation: lives_in, target: london, valid_to: "1835"}\n', ""),
        ("label: Ockham}", "label: Ockham Park}"),
        ("target: babbage, fixed: true", "target: babbage, visibility: secret"),
        ("nodes:\n", "nodes:\n  - {id: tea, type: topic, label: tea}\n"),
    ]
    found = {
        (change.kind, change.where): (change.before, change.after)
        for change in changes(write, small_text, *edits)
    }
    assert found == {
        ("added", "nodes.tea"): ("", "tea (topic)"),
        ("removed", "nodes.london"): ("London (place)", ""),
        ("changed", "nodes.ockham.label"): ("Ockham", "Ockham Park"),
        ("removed", "facts.ada.lives_in.london"): ("Ada Lovelace lives in London (until 1835).", ""),
        ("changed", "facts.ada.lives_in.ockham.text"): (
            "Ada Lovelace lives in Ockham (since 1835-07).",
            "Ada Lovelace lives in Ockham Park (since 1835-07).",
        ),
        ("changed", "facts.ada.friend_of.babbage.fixed"): ("true", "false"),
        ("removed", "facts.ada.friend_of.babbage.visibility"): ("public", ""),
    }  # fmt: skip
