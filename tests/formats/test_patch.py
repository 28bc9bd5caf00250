"""What was changed between two JSON values is changed in a third, and nothing else."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.formats.changes import additions, differences, losses, patch, same

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "a", "b"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(base=VALUES, value=VALUES)
def test_nothing_changed_means_nothing_is_changed(base, value):
    """A file that was only read comes back as it was."""
    assert same(patch(base, value, copy.deepcopy(value)), base)


@given(before=VALUES, after=VALUES)
def test_a_base_that_is_the_value_before_becomes_the_value_after(before, after):
    """Where nothing was kept beside, the change is the whole."""
    assert same(patch(before, before, after), after)


@given(one=VALUES, other=VALUES)
def test_values_without_differences_are_the_same(one, other):
    """A loss report that says nothing has to mean that nothing is lost."""
    assert (list(differences(one, other)) == []) == same(one, other)


@pytest.mark.parametrize(
    ("base", "before", "after", "patched"),
    [
        ({"a": 1, "x": 9}, {"a": 1}, {"a": 2}, {"a": 2, "x": 9}),
        ({"a": 1, "x": 9}, {"a": 1}, {}, {"x": 9}),
        ({"a": "1"}, {"a": 1}, {"a": 1}, {"a": "1"}),
        ({}, {"a": 1}, {"a": 1, "b": 2}, {"b": 2}),
        ({"a": True}, {"a": True}, {"a": 1}, {"a": 1}),
        ({"a": ["x"]}, {}, {"a": ["y"]}, {"a": ["x", "y"]}),
        ({"a": ["x", "y"]}, {"a": ["y"]}, {}, {"a": ["x"]}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 2}}, {}, {"a": {"x": 1}}),
        ({"a": ["y"]}, {"a": ["y"]}, {}, {}),
    ],
)
def test_tables_keep_what_they_have_beside(base, before, after, patched):
    """Another program's fields are not ours to lose."""
    assert same(patch(base, before, after), patched)


def test_what_an_item_has_beside_stays_with_it_when_items_go_and_come():
    """The extra of a deleted entry must not turn up in a new one."""
    base = [{"id": 1, "x": "one"}, {"id": 2, "x": "two"}]
    before = [{"id": 1}, {"id": 2}]
    assert patch(base, before, [{"id": 2}, {"id": 3}]) == [{"id": 2, "x": "two"}, {"id": 3}]
    assert patch(base, before, [{"id": 2}, {"id": 1}]) == [base[1], base[0]]


def test_items_that_only_the_base_has_stay_where_they_stood():
    """A reader leaves odd entries out; an edit to another entry does not delete them."""
    base = [{"id": 1, "x": 0}, {"odd": True}, {"id": 2, "x": 0}]
    before = [{"id": 1}, {"id": 2}]
    after = [{"id": 1, "new": 5}, {"id": 2}]
    assert patch(base, before, after) == [{"id": 1, "x": 0, "new": 5}, {"odd": True}, {"id": 2, "x": 0}]
    assert patch(base, before, [{"id": 2}]) == [{"odd": True}, {"id": 2, "x": 0}]


def test_facts_that_only_the_base_has_survive_a_new_fact():
    """A persona that travels in a card keeps its graph when the card gets a tag."""
    lives = {"source": "a", "relation": "lives_in", "target": "b", "fixed": True}
    likes = {"source": "a", "relation": "likes", "target": "c"}
    knows = {"source": "a", "relation": "knows", "target": "d"}
    assert patch([lives, likes], [likes], [likes, knows]) == [lives, likes, knows]


def test_items_that_cannot_be_told_apart_are_taken_as_they_are():
    """Better the edit alone than extras at the wrong item."""
    assert patch([{"x": 1}, {"x": 2}, {"x": 3}], [{"y": 1}, {"y": 2}], [{"y": 5}]) == [{"y": 5}]


def test_items_without_ids_are_told_by_their_place():
    """Greetings have no names."""
    assert patch([{"t": "a", "x": 1}, {"t": "b"}], [{"t": "a"}, {"t": "b"}], [{"t": "A"}, {"t": "b"}]) == [
        {"t": "A", "x": 1},
        {"t": "b"},
    ]


def test_differences_are_named_by_the_outermost_path():
    """Each names one field that a person can look up."""
    one = {"nodes": [{"id": "a"}, {"id": "b", "label": "B"}], "speech": ["x", "y"]}
    other = {"nodes": [{"id": "b", "label": "C"}], "speech": ["x", "y"], "greeting": "hi"}
    assert list(differences(one, other)) == ["nodes[0]", "nodes[1].label", "greeting"]
    assert list(losses(one, other)) == [("nodes", 0), ("nodes", 1, "label")]
    assert list(additions(one, other)) == [("greeting",)]


def test_the_order_of_facts_says_nothing_and_that_of_greetings_does():
    """A graph has no order; the first greeting is the one that is said."""
    facts = [
        {"source": "a", "relation": "likes", "value": "x"},
        {"source": "a", "relation": "aged", "value": "3"},
    ]
    assert list(losses({"edges": facts}, {"edges": facts[::-1]})) == []
    assert list(differences({"greetings": ["a", "b"]}, {"greetings": ["b", "a"]})) == [
        "greetings[0]",
        "greetings[1]",
    ]


def test_a_truth_value_is_no_number():
    """JSON knows the two apart, and so do the programs that read it."""
    assert not same({"a": True}, {"a": 1})
    assert same({"a": [1.0]}, {"a": [1]})
