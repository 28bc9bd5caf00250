"""An author's edit teaches what it says of the character and the user, within what the file allows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS
from roleagent.learning.edits import changes_claims, read_edit, speaks_of_user_alone, turned_round
from roleagent.learning.updater import PatternUpdater
from roleagent.types import Fact, GraphUpdate, Node

AT = datetime(2026, 5, 1, tzinfo=UTC)
NODES = [
    Node(id="ada", type="person", label="Ada"),
    Node(id="london", type="place", label="London"),
    Node(id="user", type="person", label="the user"),
]
IN_LONDON = Fact(
    id="ada.lives_in.london", subject="ada", relation="lives_in", object="london", text="Ada lives in London."
)


def edited(reply: str, edit: str, *facts: Fact) -> GraphUpdate:
    graph = PersonaGraph(nodes=NODES, facts=facts, relations=CORE_RELATIONS)
    return read_edit(
        reply, edit, graph=graph, character="ada", updater=PatternUpdater(), at=AT, evidence=("e1",)
    )


def test_what_it_says_of_the_user_is_learned_as_if_they_said_it():
    """Turned round, and with the reply's episode as evidence, so that it is forgotten with it."""
    (fact,) = edited("Hm.", "You live in Lyon.").added
    assert (fact.subject, fact.relation, fact.object) == ("user", "lives_in", "place:Lyon")
    assert fact.evidence == ("e1",)


def test_what_the_character_says_of_itself_is_about_the_character():
    """The word "I" is the character in its own mouth."""
    update = edited("Hm.", "I live in Sussex. You live in Lyon.")
    assert {(fact.subject, fact.object) for fact in update.added} == {
        ("user", "place:Lyon"),
        ("ada", "place:Sussex"),
    }


def test_the_personas_file_is_never_moved():
    """What contradicts it is held back, with the reason."""
    update = edited("Hm.", "I live in Sussex.", IN_LONDON)
    assert (update.added, update.superseded) == ((), ())
    assert update.held_back[0].because_of == "ada.lives_in.london"


def test_what_the_reply_already_said_is_not_read():
    """Only the author's words are evidence, not those of the model."""
    assert (
        edited("I live in Sussex. You live in Lyon.", "I live in Sussex. You live in Lyon. Quite.")
        == GraphUpdate()
    )


def test_chinese():
    """The same in Chinese."""
    (fact,) = edited("嗯。", "你住在里昂。").added
    assert (fact.subject, fact.relation) == ("user", "lives_in")


@pytest.mark.parametrize(
    ("said", "turned"),
    [
        ("You're a baker, and your sister lives in Lyon.", "I'm a baker, and my sister lives in Lyon."),
        ("You were born in Rome.", "I was born in Rome."),
        ("You’ve a cat.", "I've a cat."),
        ("你的猫叫小白。", "我的猫叫小白。"),
    ],
)
def test_turning_round(said: str, turned: str):
    """Verbs and possessives follow."""
    assert turned_round(said) == turned


def test_a_sentence_about_both_is_not_turned():
    """Who is who would be lost: "I told you that you live in Lyon"."""
    assert not speaks_of_user_alone("I told you that you live in Lyon.")
    assert not speaks_of_user_alone("It rains.")


def test_whether_an_edit_is_about_facts():
    """An edit of the tone alone contradicts nothing."""
    assert changes_claims("You live in Rome.", "You live in Lyon.", AT)
    assert changes_claims("I live in Rome.", "Where I live matters little.", AT)
    assert not changes_claims("Hello there!", "Good day to you.", AT)
