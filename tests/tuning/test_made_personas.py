"""Made-up personas: nobody in them is known from anywhere."""

import pytest

from roleagent.gnn.training.characters import FOLDER, read_character
from roleagent.language.changes import key_terms
from roleagent.tuning.made_personas import fit_for_anybody, made_dialogues
from roleagent.tuning.scripts import scripts


@pytest.fixture(scope="module")
def dialogues():
    return {language: made_dialogues(language, 2, each=40, seed=5) for language in ("en", "zh")}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_half_of_them_ask_for_facts(dialogues, language):
    """The rest is everything else that a conversation needs."""
    found = dialogues[language]
    asked = [each for each in found if each.kind in ("fact", "steps")]
    small_talk = [each for each in found if each.kind == "small_talk"]
    assert 14 <= len(small_talk) <= 30
    assert 75 <= len(found) - len(small_talk) <= 80
    assert 20 <= len(asked) <= 40
    assert {"told", "premise", "unknown", "role"} <= {each.kind for each in found}
    assert all(each.language == language for each in found)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_fact_that_is_asked_for_stands_in_the_prompt_and_its_twin_does_not_say_it(dialogues, language):
    """Else the model would learn to invent, or to contradict."""
    for dialogue in dialogues[language]:
        if dialogue.kind in ("fact", "steps"):
            assert dialogue.grounded
            assert dialogue.facts
            (rejected,) = dialogue.rejected
            assert rejected.fault == "contradiction"
            assert rejected.text != dialogue.reply


def test_a_seed_repeats_and_another_draws_other_people():
    """Data can be made again."""
    first, again, other = (made_dialogues("en", 1, each=20, seed=seed) for seed in (1, 1, 2))
    assert [each.id for each in first] == [each.id for each in again]
    assert {each.system for each in first}.isdisjoint({each.system for each in other})


@pytest.mark.parametrize("language", ["en", "zh"])
def test_small_talk_tells_no_fact_and_some_of_what_it_must_not_be_does(language):
    """A model that only ever uses its notes recites them to whoever says good morning."""
    talks = [
        each for each in made_dialogues(language, 6, each=20, seed=3)
        if each.kind == "small_talk" and each.source == "template"
    ]  # fmt: skip
    noted = {each.id: key_terms(each.system.partition("\n\n")[2]) for each in talks}
    assert all(not each.facts for each in talks)
    shared = [len(key_terms(each.reply) & noted[each.id]) for each in talks]
    assert sum(number > 1 for number in shared) == 0
    recited = [
        each for each in talks if any(len(key_terms(bad.text) & noted[each.id]) > 1 for bad in each.rejected)
    ]
    assert len(talks) * 0.25 < len(recited) < len(talks) * 0.75


@pytest.mark.parametrize("script", list(scripts()), ids=lambda script: script.name)
def test_small_talk_for_anybody_speaks_of_nobodys_own(script):
    """Else a stranger would be called by another's name, or own another's dog."""
    graph = read_character(FOLDER / f"{script.name}.txt").graph
    labels = [node.label for node in graph.nodes.values() if len(node.label) > 1]
    for each in fit_for_anybody(script):
        assert not any(label in each.reply for label in labels)
