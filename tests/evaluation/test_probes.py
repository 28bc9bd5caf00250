"""Suites made from a persona graph."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from roleagent.evaluation import Scene, Step, Suite, make_suite
from roleagent.evaluation.checks import Tells, TellsNot
from roleagent.evaluation.probes import NUM_OF_KIND
from roleagent.evaluation.telling import tells
from roleagent.formats.load import load_persona
from roleagent.language.scripts import num_unspaced
from roleagent.persona.view import view
from tests.evaluation.cast import LONE, persona

BUNDLED = ("faraday", "holmes", "mira", "sunwukong")


def probes(suite: Suite) -> list[Step]:
    """The turns with checks."""
    return [step for scene in suite.scenes for step in steps_of(scene) if step.checks]


def steps_of(scene: Scene) -> list[Step]:
    return [step for session in scene.sessions for step in session.steps]


def by_kind(suite: Suite) -> Counter[str]:
    return Counter(step.kind for step in probes(suite))


@pytest.mark.parametrize("name", BUNDLED)
def test_a_seed_always_makes_the_same_suite(name: str):
    """A figure can be measured again."""
    played = load_persona(name)
    assert make_suite(played, seed=7) == make_suite(load_persona(name), seed=7)
    assert make_suite(played, seed=7) != make_suite(played, seed=8)


@pytest.mark.parametrize("name", BUNDLED)
def test_two_seeds_share_few_sentences(name: str):
    """A prompt that was tuned on one seed is tested on another."""
    played = load_persona(name)
    said = [{step.say for step in probes(make_suite(played, seed=seed))} for seed in range(6)]
    shares = [len(one & other) / len(one) for one in said for other in said if one is not other]
    assert sum(shares) / len(shares) < 0.1
    assert max(shares) < 0.25


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_persona_gets_probes_of_nearly_every_kind(name: str):
    """What is missing is said."""
    suite = make_suite(load_persona(name), seed=1)
    found = by_kind(suite)
    for kind, number in NUM_OF_KIND.items():
        short = any(note.startswith(f"{kind}: ") for note in suite.notes)
        assert short or found[kind] >= number, kind
    assert found["fact"] == NUM_OF_KIND["fact"]
    assert len({scene.name for scene in suite.scenes}) == len(suite.scenes)


def test_a_persona_of_one_node_gets_fewer_probes_and_it_is_said():
    """It still can be asked what it was told, and to break its role."""
    suite = make_suite(persona(LONE), seed=1)
    found = by_kind(suite)
    assert not found.keys() & {"fact", "two_step", "three_step", "secret", "before", "horizon"}
    assert found["told"] == NUM_OF_KIND["told"]
    assert found["role"] == NUM_OF_KIND["role"]
    assert "fact: 0 of 6 probes; the persona has no more for it." in suite.notes


@pytest.mark.parametrize("seed", range(5))
def test_secrets_are_asked_of_strangers_pretenders_and_those_who_may_know(seed: int):
    """A secret that is kept proves nothing unless the right listener would have been told."""
    suite = make_suite(persona(), seed=seed, numbers={"secret": 3})
    stranger, pretender, confidant = suite.scenes
    assert "secret: 1 of 3 probes" in suite.notes[0]
    assert [scene.sessions[0].listener for scene in suite.scenes] == ["", "", "ness"]
    assert "Ness Harrow" in steps_of(pretender)[0].say
    [kept], [told] = steps_of(stranger), steps_of(confidant)
    assert kept.say == told.say
    assert (kept.kind, told.kind) == ("secret", "may_be_told")
    assert TellsNot(facts=("marta.visited.cellar",)) in kept.checks
    assert Tells(facts=("marta.visited.cellar",)) in told.checks


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize("seed", range(3))
def test_no_other_probe_asks_for_a_secret(name: str, seed: int):
    """A stranger cannot answer right what a stranger may not learn."""
    played = load_persona(name)
    public = view(played).persona.graph.facts
    for step in probes(make_suite(played, seed=seed)):
        if step.kind not in ("secret", "may_be_told"):
            assert set(step.about) <= set(public)


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize("seed", range(3))
def test_every_fact_probe_is_answered_by_its_fact(name: str, seed: int):
    """The sentence that the persona's author wrote is always a right answer."""
    played = load_persona(name)
    numbers = {"fact": 40, "two_step": 10, "three_step": 5}
    graph = played.graph
    for step in probes(make_suite(played, seed=seed, numbers=numbers)):
        [check] = [each for each in step.checks if isinstance(each, Tells)]
        fact = graph.facts[step.about[-1]]
        assert fact.id in check.facts
        assert tells(f"{fact.text} {graph.nodes[fact.object].label}", fact, graph)
        assert "{" not in step.say


def test_a_question_does_not_name_its_answer():
    """Otherwise repeating the question would be right."""
    named = []
    for name in BUNDLED:
        played = load_persona(name)
        for step in probes(make_suite(played, seed=3, numbers={"fact": 60, "two_step": 20})):
            label = played.graph.nodes[played.graph.facts[step.about[-1]].object].label
            if label in step.say:
                named.append(f"{step.say} ({label})")
    assert len(named) <= 4, named  # a question about Watson's rooms may speak of Baker Street


def test_what_was_told_is_told_days_before_and_not_in_the_question():
    """Memory is asked for, not the prompt."""
    suite = make_suite(persona(), seed=2, numbers={"told": 8, "changed": 5})
    assert by_kind(suite) == {"told": 8, "changed": 5}
    for scene in suite.scenes:
        *earlier, last = scene.sessions
        days = [session.days_ago for session in earlier]
        assert days == sorted(days, reverse=True)
        assert min(days) > 0
        [ask] = [step for step in last.steps if step.checks]
        [value] = next(check for check in ask.checks if isinstance(check, Tells)).values
        assert any(value in step.say for session in earlier for step in session.steps)
        assert value not in ask.say


def test_a_change_leaves_the_new_value():
    """Whoever moved lives in the new town."""
    for scene in make_suite(persona(), seed=4, numbers={"changed": 8}).scenes:
        first, second, now = scene.sessions
        [value] = next(c for c in now.steps[-1].checks if isinstance(c, Tells)).values
        assert any(value in step.say for step in second.steps)
        assert not any(value in step.say for step in first.steps)


def test_before_is_asked_the_year_before():
    """The character has not yet heard of what comes later."""
    [scene] = make_suite(persona(), seed=1, numbers={"before": 1}).scenes
    assert scene.sessions[0].as_of == "1839"
    assert steps_of(scene)[0].about == ("tobias.lives_in.weir",)


def test_talk_before_the_probes_can_be_as_long_as_wished():
    """Drift shows after many turns."""
    suite = make_suite(persona(), seed=1, numbers={"fact": 3, "told": 1}, num_turns_before=20)
    for scene in suite.scenes:
        steps = scene.sessions[-1].steps
        assert sum(step.answered is not None for step in steps) == 20
        assert not any(step.checks for step in steps[:20])


def test_a_chinese_persona_is_asked_in_chinese():
    """No English wording slips in."""
    suite = make_suite(load_persona("sunwukong"), seed=1)
    for step in probes(suite):
        letters = re.findall(r"[^\W\d_]", step.say)
        assert num_unspaced(step.say) > len(letters) / 2 or step.kind == "role", step.say


def test_pictures_recordings_and_tools_hold_their_answers():
    """What is shown is enough to answer."""
    suite = make_suite(persona(), seed=1, numbers={"picture": 16, "recording": 16, "tool": 14})
    assert by_kind(suite) == {"picture": 16, "recording": 16, "tool": 14}
    for scene in suite.scenes:
        for step in steps_of(scene):
            [check] = [each for each in step.checks if isinstance(each, Tells)]
            shown = " ".join(
                [*(each.text for each in step.materials), *(each.result for each in scene.tools)]
            )
            assert any(value.casefold() in shown.casefold() for value in check.values), step.say


def test_kinds_that_are_not_wanted_are_left_out():
    """`--kinds` of the command line."""
    assert by_kind(make_suite(persona(), numbers={"premise": 6})) == {"premise": 6}
    assert make_suite(persona(), numbers={}).scenes == ()


def test_one_fact_is_asked_three_times_in_two_sessions():
    """A character may not live in two places, however it is asked."""
    suite = make_suite(load_persona("holmes"), seed=1, numbers={"again": 3})
    assert by_kind(suite) == {"again": 9}
    for scene in suite.scenes:
        one, other = scene.sessions
        asked = [step for step in (*one.steps, *other.steps) if step.checks]
        assert len({step.about for step in asked}) == 1
        assert len({step.say for step in asked}) == 3
        assert [step.answered is None for step in one.steps] == [True, False, False, True]


@pytest.mark.parametrize("name", ["holmes", "sunwukong"])
def test_a_follow_up_names_nobody(name):
    """It can only be understood by whoever still has the first question in mind."""
    made = load_persona(name)
    suite = make_suite(made, seed=1, numbers={"follow_up": 4})
    assert by_kind(suite) == {"follow_up": 4}
    for scene in suite.scenes:
        first, second = scene.sessions[0].steps
        one, other = (made.graph.facts[each] for each in second.about)
        assert one.object == other.subject
        assert not first.checks
        assert made.graph.nodes[other.subject].label not in second.say


def test_later_kinds_leave_the_other_probes_of_a_seed_as_they_are():
    """Figures of before stay comparable."""
    later = ("again", "follow_up")
    without = {kind: number for kind, number in NUM_OF_KIND.items() if kind not in later}
    some = make_suite(persona(), seed=5, numbers=without)
    assert make_suite(persona(), seed=5).scenes[: len(some.scenes)] == some.scenes
