"""Whom a question means, without naming them."""

from __future__ import annotations

import pytest

from roleagent.formats.load import load_persona
from roleagent.persona.referents import referents, with_referents


@pytest.mark.parametrize(
    ("persona", "text", "meant"),
    [
        ("holmes", "Where does your brother live?", ("mycroft",)),
        ("holmes", "Who else lives in the place where you live?", ("baker_street",)),
        ("holmes", "got any family left anywhere", ("mycroft",)),
        ("faraday", "How is your wife?", ("sarah",)),
        ("holmes", "Where does Watson live?", ()),
        ("holmes", "How is your daughter?", ()),
        ("sunwukong", "你的老师住在哪里？", ("puti",)),
    ],
)
def test_kin_teachers_and_places_are_meant_by_what_they_are(persona, text, meant) -> None:
    """Facts about the brother are found only if it is known who he is."""
    loaded = load_persona(persona)
    found = referents(text, loaded.graph, loaded.node_id, language=loaded.language)
    assert tuple(found)[: len(meant)] == meant
    assert bool(found) is bool(meant)


def test_names_follow_the_question() -> None:
    """The ranker reads the names beside the question's own words."""
    holmes = load_persona("holmes")
    assert with_referents("Where does your brother live?", holmes.graph, holmes.node_id).endswith(
        "(Mycroft Holmes)"
    )
