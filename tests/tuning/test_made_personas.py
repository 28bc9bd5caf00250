"""Made-up personas: nobody in them is known from anywhere."""

import pytest

from roleagent.tuning.made_personas import made_dialogues


@pytest.fixture(scope="module")
def dialogues():
    return {language: made_dialogues(language, 2, each=40, seed=5) for language in ("en", "zh")}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_half_of_them_ask_for_facts(dialogues, language):
    """The rest is everything else that a conversation needs."""
    found = dialogues[language]
    asked = [each for each in found if each.kind in ("fact", "steps")]
    assert len(found) == 80
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
