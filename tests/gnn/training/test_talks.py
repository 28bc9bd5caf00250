"""Made-up talks: a follow-up names nobody, and asks for what was left open."""

from __future__ import annotations

from collections import Counter

import pytest

from roleagent.gnn.training.characters import characters_in, read_character
from roleagent.gnn.training.data import LANGUAGES, cuttings
from roleagent.gnn.training.talks import TOLD
from roleagent.gnn.training.words import words_of
from roleagent.gnn.training.worlds import World, make_world


def worlds_in(language: str) -> list[World]:
    return [make_world(words_of(language), seed=seed, num_facts=60, num_talks=20) for seed in range(10)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_talk_is_drawn(language):
    """Also those in which what was talked about must not mislead."""
    kinds = Counter(talk[-1].kind for world in worlds_in(language) for talk in world.talks)
    assert set(kinds) == {"follow", "new", "small"}
    users = [
        [each for each in talk if each.kind != TOLD] for world in worlds_in(language) for talk in world.talks
    ]
    assert {len(talk) for talk in users} == {2, 3}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_character_tells_facts_that_a_follow_up_hangs_on(language):
    """In some talks nobody else named who is asked about."""
    hang = 0
    for world in worlds_in(language):
        for talk in world.talks:
            assert talk[0].kind != TOLD
            assert talk[-1].kind != TOLD
            lines = [each for each in talk if each.kind == TOLD]
            before = frozenset[str]().union(*(each.facts for each in talk[:-1] if each.kind != TOLD))
            hang += any(line.facts & talk[-1].facts - before for line in lines)
    assert hang > 10


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_follow_up_leaves_no_slot_and_asks_for_facts(language):
    """All pronouns are filled in."""
    for world in worlds_in(language):
        for talk in world.talks:
            for question in talk:
                assert "{" not in question.text
                assert question.facts <= set(world.graph.facts)
                assert bool(question.facts) == (question.hops > 0)
                assert question.kind != "follow" or question.facts


def test_a_new_subject_shares_no_fact_with_what_was_before():
    """Or warmth would be right by accident."""
    talks = [talk for world in worlds_in("en") for talk in world.talks if talk[-1].kind == "new"]
    assert talks
    assert all(not talk[0].facts & talk[-1].facts for talk in talks)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_characters_have_talks(language):
    """In free wording."""
    talks = [talk for character in characters_in(language) for talk in character.talks]
    assert len(talks) > 300
    assert all(len(talk) > 1 for talk in talks)


def test_a_talk_is_read_from_a_file(tmp_path):
    """Each utterance has its own facts."""
    path = tmp_path / "a.txt"
    path.write_text(
        "= A | en\n1. A | keeps | the Anchor | place | A keeps the Anchor.\n"
        "2. the Anchor | serves | eel pie | value | The Anchor serves eel pie.\n"
        "~ 1 | Whose inn > is it? > - | Ah. > 1 2 | What is there to eat?\n",
        encoding="utf-8",
    )
    [talk] = read_character(path).talks
    assert [question.text for question in talk] == ["Whose inn > is it?", "Ah.", "What is there to eat?"]
    assert [len(question.facts) for question in talk] == [1, 0, 2]


def test_a_cutting_keeps_no_talk_that_lost_a_fact():
    """It could not be answered."""
    for cut in cuttings(characters_in("en")[0], 4, "seed"):
        ids = set(cut.graph.facts)
        assert all(question.facts <= ids for talk in cut.talks for question in talk)
