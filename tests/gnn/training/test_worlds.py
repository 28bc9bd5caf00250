"""Made-up worlds: what is asked has exactly the facts it names, and nothing of dev is in train."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter

import pytest

from roleagent.errors import InputError
from roleagent.gnn.nearby import character_of
from roleagent.gnn.training.characters import characters_in, read_character
from roleagent.gnn.training.data import LANGUAGES, cuttings, part_of
from roleagent.gnn.training.talks import CHARACTER
from roleagent.gnn.training.words import read_words, words_of
from roleagent.gnn.training.worlds import make_world

KINDS = {
    *("you", "named", "former", "inverse", "two_steps", "three_steps", "from_named", "group", "unknown"),
    "small",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_seed_draws_the_same_world(language):
    """Figures can be measured again."""
    one, other = (make_world(words_of(language), seed=3, num_facts=30) for _ in range(2))
    assert one.questions == other.questions
    assert one.graph == other.graph
    assert make_world(words_of(language), seed=4, num_facts=30).questions != one.questions


def test_a_seed_draws_the_same_in_every_process():
    """Python hashes texts otherwise in each, and so orders sets of them."""
    code = (
        "from roleagent.gnn.training.words import words_of\n"
        "from roleagent.gnn.training.worlds import make_world\n"
        "worlds = [make_world(words_of('en'), seed=seed, num_facts=60) for seed in range(6)]\n"
        "print([[[each.text for each in talk] for talk in world.talks] for world in worlds])\n"
    )
    outputs = {
        subprocess.run(  # our own code
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert len(outputs.pop()) > 1_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_worlds_have_the_size_and_every_kind_of_question(language):
    """About as many facts as wanted, most of them about the character."""
    kinds = Counter[str]()
    for seed in range(12):
        world = make_world(words_of(language), seed=seed, num_facts=40, num_questions=30)
        assert 36 <= len(world.graph.facts) <= 46
        assert character_of(world.graph) == CHARACTER
        kinds.update(question.kind for question in world.questions)
    assert set(kinds) == KINDS


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_for_what_was_before_asks_for_a_fact_that_is_over(language):
    """Without a year for the last such fact, with one for the fact of that year."""
    asked = 0
    for seed in range(12):
        world = make_world(words_of(language), seed=seed, num_facts=60, num_questions=30)
        for question in (each for each in world.questions if each.kind == "former"):
            (fact,) = (world.graph.facts[each] for each in question.facts if world.graph.facts[each].valid_to)
            past = [
                each
                for each in world.graph.facts.values()
                if (each.subject, each.relation) == (fact.subject, fact.relation) and each.valid_to
            ]
            year = re.search(r"[12]\d{3}", question.text)
            if year:
                assert (fact.valid_from or "") < year[0] < (fact.valid_to or "")
            else:
                assert fact.valid_to == max(each.valid_to or "" for each in past)
            asked += 1
    assert asked > 10


@pytest.mark.parametrize("language", LANGUAGES)
def test_some_facts_are_not_sure_and_no_question_needs_the_less_sure_one(language):
    """Of two that cannot both hold, the surer one answers."""
    rivals = 0
    for seed in range(12):
        world = make_world(words_of(language), seed=seed, num_facts=60, num_questions=30)
        facts = world.graph.facts
        needed = {each for question in world.questions for each in question.facts}
        for fact in (each for each in facts.values() if each.confidence < 1):
            surer = [
                each
                for each in facts.values()
                if (each.subject, each.relation) == (fact.subject, fact.relation)
                and each.valid_to is None
                and each.confidence == 1
            ]
            rivals += len(surer)
            assert not surer or fact.id not in needed
    assert rivals > 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_facts_of_a_question_lie_on_its_way(language):
    """A chain starts at the character and each fact starts where the last one ended."""
    chains = 0
    for seed in range(8):
        world = make_world(words_of(language), seed=seed, num_facts=60, num_questions=30)
        for question in world.questions:
            facts = [world.graph.facts[each] for each in question.facts]
            assert bool(facts) == (question.hops > 0)
            if question.kind in ("two_steps", "three_steps"):
                chains += 1
                starts = {fact.subject for fact in facts}
                reached, at = set(), {CHARACTER}
                for _ in range(question.hops):
                    at = {fact.object for fact in facts if fact.subject in at}
                    reached |= at
                assert starts <= reached | {CHARACTER}
    assert chains > 20


def test_the_smallest_world_still_stands():
    """Five facts."""
    assert 5 <= len(make_world(words_of("en"), seed=0, num_facts=5).graph.facts) <= 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_wording_and_no_name_of_dev_is_trained_on(language):
    """Or a network could learn them by heart."""
    train, dev = (part_of(words_of(language), part) for part in ("train", "dev"))
    assert not set(train.given) & set(dev.given)
    for name, words in train.relations.items():
        assert not set(words.ask) & set(dev.relations[name].ask)
        assert not set(words.facts) & set(dev.relations[name].facts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_characters_are_whole(language):
    """Each has facts enough, and questions of every length."""
    characters = characters_in(language)
    assert len(characters) >= 20
    for character in characters:
        assert len(character.graph.facts) >= 40
        assert {question.kind for question in character.questions} == {
            "small", "one_step", "two_steps", "three_steps"
        }  # fmt: skip


def test_a_cutting_keeps_no_question_that_lost_a_fact():
    """It could not be answered."""
    character = characters_in("en")[0]
    whole, *cut = cuttings(character, 3, "seed")
    assert whole is character
    for each in cut:
        assert len(each.graph.facts) < len(character.graph.facts)
        assert each.questions
        assert all(question.facts <= set(each.graph.facts) for question in each.questions)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("= A | en\n1. B | likes | C | value | B likes C.", r":2: 'B' was not the object of any fact before"),
        ("= A | en\n1. A | likes | C", r":2: a fact is NUMBER"),
        ("= A | en\n? 7 | Well?", r":2: there is no fact 7 above"),
        ("= A | en\n1. A | keeps | an inn | tavern | A keeps an inn.", r":2: 'tavern' is no type"),
        ("= A | en\n1. A | keeps | an inn | place |", r":2: the sentence is empty"),
        (
            "= A | en\n1. A | has | a | value | A.\n1. A | has | b | value | B.",
            r":3: fact 1 stands there twice",
        ),
        ("= A | en\n1. A | has | a | value | A. | 1890..1880", r":2: '1890..1880' ends before it begins"),
        ("= A | en\n1. A | has | a | value | A. | 1890", r":2: '1890' is no time"),
        ("= A | en\n~ - | Hello.", r":2: a talk has several lines"),
        ("= A | en\n1. A | has | a | value | A.\n~ - | Hello. < 1 | A.", r":3: a talk has several lines"),
        ("= A | en\n? x | Well?", r":2: a question is"),
    ],
)
def test_a_character_that_is_wrong_names_the_line(tmp_path, text, told):
    """File, line, and what should stand there."""
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        read_character(path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[talk]\n", "relation"),
        ('[relation.a]\nsubject = "person"\nobject = "person"\nfacts = ["{s} knows."]\n', r"a.facts.*lacks"),
        ('[relation.a]\nsubject = "stone"\nobject = "person"\nfacts = []\n', "'stone'"),
        ('[relation.a]\nsubject = "person"\nobject = "value"\nfacts = []\n', "a has no values"),
        ("[relation", "x.toml"),
    ],
)
def test_wordings_that_are_wrong_are_refused(tmp_path, text, told):
    """Before hours of training."""
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        read_words(path, "en")
