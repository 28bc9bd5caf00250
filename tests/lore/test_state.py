"""Timed effects travel as JSON, within bounds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.errors import InputError
from roleagent.lore.activation import MAX_EFFECTS, Effect, LoreState

EFFECTS = st.builds(
    Effect, book=st.text(max_size=9), entry=st.text(max_size=9), digest=st.text(max_size=9),
    start=st.integers(), sticky_until=st.integers(), rests_until=st.integers(), is_kept=st.booleans(),
)  # fmt: skip


@given(st.lists(EFFECTS, max_size=5).map(tuple))
def test_a_state_comes_back_as_it_was(effects):
    """It is kept beside an episode."""
    assert LoreState.from_json(LoreState(effects=effects).to_json()).effects == effects


def test_an_empty_state_is_an_empty_text():
    """Most conversations have none."""
    assert LoreState().to_json() == ""
    assert LoreState.from_json("") == LoreState()


@pytest.mark.parametrize(
    "text",
    [
        "x", "[]", "{}", '{"version": 2, "effects": []}', '{"version": 1, "effects": {}}',
        '{"version": 1, "effects": [["a", "b", "c", 1, 2, 3]]}',
        '{"version": 1, "effects": [["a", "b", "c", 1, 2, "3", false]]}',
        '{"version": 1, "effects": [["a", "b", "c", true, 2, 3, false]]}',
        '{"version": 1, "effects": [["' + "a" * 3_000 + '", "b", "c", 1, 2, 3, false]]}',
        "[" * 100_000,
    ],
)  # fmt: skip
def test_anything_else_is_refused(text):
    """With one error of ours."""
    with pytest.raises(InputError, match="state of the lorebooks"):
        LoreState.from_json(text)


def test_very_many_effects_are_cut_to_the_latest():
    """The record must not grow without end."""
    many = tuple(Effect(book="", entry=str(n), digest="", start=n) for n in range(MAX_EFFECTS + 5))
    text = LoreState(effects=many).to_json()
    assert LoreState.from_json(text).effects == many[5:]
    too_many = json.dumps({"version": 1, "effects": [json.loads(text)["effects"][0]] * (MAX_EFFECTS + 1)})
    with pytest.raises(InputError, match="at most"):
        LoreState.from_json(too_many)
