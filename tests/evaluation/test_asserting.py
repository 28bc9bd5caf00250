"""Suites as assertions of pytest, and the suites of the bundled personas."""

from __future__ import annotations

from pathlib import Path

import pytest

from roleagent import registry
from roleagent.errors import InputError
from roleagent.evaluation import Heard, check_suite, make_suite, read_suite
from roleagent.evaluation.checks import Tells
from roleagent.formats.load import bundled_personas, load_persona
from roleagent.persona.rendering import rendered
from roleagent.testing import ScriptedModel
from tests.evaluation.cast import light_parts, persona, probe, scene, suite

SUITES = sorted((Path(__file__).parents[2] / "examples" / "suites").glob("*.yaml"))


def test_right_replies_are_returned():
    """For checks of one's own."""
    [result] = check_suite(
        persona(), suite(scene("a", probe("Well?"))), ScriptedModel(["Yes."]), parts=light_parts()
    )
    assert result.text == "Yes."


def test_wrong_replies_are_listed(tmp_path: Path):
    """What pytest prints has to say which reply failed, and why."""
    path = tmp_path / "suite.yaml"
    path.write_text(
        "suite: kin\nscenes:\n- name: her brother\n  turns:\n"
        "  - {say: Who is he?, kind: fact, expect: {tells: marta.sibling_of.tobias, longest: 2}}\n"
        "  - {say: Sure?, expect: {says: yes}}\n"
    )
    model = ScriptedModel(["I do not know.", "Yes."] * 2)
    with pytest.raises(AssertionError) as raised:
        check_suite(persona(), path, model, parts=light_parts())
    assert str(raised.value).splitlines()[:6] == [
        "1 of 2 replies of 'kin' are wrong:",
        "",
        "her brother (fact): Who is he?",
        "    I do not know.",
        "    ✗ It does not tell: Marta Quill is a sibling of Tobias Quill.",
        "    ✗ It has 4 words, more than 2.",
    ]
    assert len(check_suite(persona(), path, model, parts=light_parts(), at_least=0.5)) == 2


def test_tools_of_the_parts_may_be_expected(tmp_path: Path):
    """Whoever tests an agent with tools names them in the suite."""

    def tide() -> str:
        """When the water is high."""
        return "At six."

    path = tmp_path / "suite.yaml"
    path.write_text(
        "suite: s\nscenes: [{name: a, turns: [{say: When?, expect: {calls: tide}}]}]", encoding="utf-8"
    )
    with pytest.raises(AssertionError, match="'tide' was not called"):
        check_suite(persona(), path, ScriptedModel(["Six."]), parts=light_parts(tools=[tide]))
    with pytest.raises(InputError, match="no tool of this scene"):
        check_suite(persona(), path, ScriptedModel(["Six."]), parts=light_parts())


def test_every_bundled_persona_has_a_suite():
    """They are the examples that authors copy."""
    assert [path.stem for path in SUITES] == sorted(bundled_personas())


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_a_bundled_suite_can_be_played(path: Path):
    """With any model: here one that always says the same."""
    played = load_persona(path.stem)
    read = read_suite(path, played)
    assert 15 <= read.num_probes <= 25
    kinds = {step.kind for one in read.scenes for session in one.sessions for step in session.steps}
    assert kinds >= {"fact", "told", "premise", "role", "tool", "small_talk"}
    assert kinds & {"picture", "recording"}
    model = ScriptedModel(["Hm. 嗯。"] * 60)
    results = check_suite(played, path, model, parts=light_parts(), at_least=0.0)
    assert len(results) == read.num_probes
    assert sum(result.is_right for result in results) < read.num_probes / 2


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_every_question_of_a_bundled_suite_has_an_answer(path: Path):
    """The persona's own sentence must be right, in whatever language the scene is."""
    played = load_persona(path.stem)
    for each in read_suite(path, played).scenes:
        spoken = rendered(played, each.language or played.language)
        for step in (step for session in each.sessions for step in session.steps):
            for check in (check for check in step.checks if isinstance(check, Tells)):
                answer = [*(spoken.graph.facts[each].text for each in check.facts), *check.values][0]
                told = Heard(text=answer, asked=step.say, persona=spoken, graph=spoken.graph)
                assert check.fault(told) == ""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_smallest_model_plays_a_made_scene():
    """The whole way, on real weights: it need not answer right."""
    played = persona()
    made = make_suite(played, seed=1, numbers={"fact": 1, "told": 1, "picture": 1})
    brief = registry.find("model", "llama-cpp")("smollm2-135m").model_copy(update={"max_tokens": 24})
    results = check_suite(played, made, brief, at_least=0.0)
    assert len(results) == 3
    assert all(result.text and result.prompt_tokens and result.seconds for result in results)


def test_a_share_is_no_percentage():
    """80 for 0.8 would fail every time, and nobody would see why."""
    with pytest.raises(InputError, match=r"at_least is a share 0–1, not 80\."):
        check_suite(persona(), suite(scene("a", probe("Well?"))), ScriptedModel(["Yes."]), at_least=80)
