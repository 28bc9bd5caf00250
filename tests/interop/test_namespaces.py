"""Tests of which persona and user a namespace means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.errors import InputError
from roleagent.interop.namespaces import escape, memory_namespace, place_of, unescape

ids = st.text(st.characters(exclude_categories=["C"]), min_size=1).filter(str.strip)  # what an owner takes


@given(ids, ids)
def test_every_id_has_a_namespace_of_its_own(persona_id: str, user_id: str) -> None:
    """Two people in one namespace would read each other's memories."""
    place = place_of(memory_namespace(persona_id, user_id, "x"))
    assert (place.owner.persona_id, place.owner.user_id, place.rest) == (persona_id, user_id, ("x",))
    assert not any(character in label for label in place.prefix for character in ".*")


@given(st.text())
def test_a_label_means_one_id_or_none(label: str) -> None:
    """Otherwise a name that somebody chose could lead to another's memory."""
    try:
        id_ = unescape(label)
    except InputError:
        return
    assert escape(id_) == label


@pytest.mark.parametrize(
    "namespace",
    [
        (),
        ("memories",),
        ("memories", "holmes"),
        ("memories", "holmes", "*"),
        ("memories", "holmes", " "),
        ("memories", "holmes", "100%"),
        ("memories", "holmes", "a%2eb"),
        ("users", "holmes", "ada"),
        ("*", "holmes", "ada"),
    ],
)
def test_a_namespace_without_an_owner_is_refused(namespace: tuple[str, ...]) -> None:
    """Fail closed: nobody is never everybody."""
    with pytest.raises(InputError):
        place_of(namespace)
