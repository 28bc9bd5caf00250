"""What a scene is played with."""

from __future__ import annotations

from pathlib import Path

import pytest

from roleagent.evaluation import Scene, Session, run_suite_sync
from roleagent.evaluation.checks import CallsTool, Tells
from roleagent.evaluation.staging import as_file, as_tool, seeded
from roleagent.evaluation.suite import Material, ScriptedTool
from roleagent.testing import FakePerceptor, ScriptedModel
from tests.evaluation.cast import agent, persona, probe, scene, suite

BOAT = Material(kind="picture", text="A yellow boat with a broken mast.")
BELL = Material(kind="recording", text="Meet me at the weir.")


def test_a_material_is_a_real_file_of_its_own():
    """The character takes it through the same gate as a user's file."""
    assert as_file(BOAT).startswith(b"\x89PNG")
    assert as_file(BELL).startswith(b"RIFF")
    assert as_file(BOAT) == as_file(BOAT)
    assert as_file(BOAT) != as_file(Material(kind="picture", text="A red boat."))


def test_the_character_perceives_what_the_suite_says():
    """Two pictures in one scene are not mixed up."""
    red = Material(kind="picture", text="A red kite.")
    model = ScriptedModel(["Yellow.", "At the weir.", "Red."])
    played = scene(
        "a",
        probe("Which colour?", materials=(BOAT,)),
        probe("Where?", materials=(BELL,)),
        probe("And this?", materials=(red,)),
    )
    run_suite_sync(suite(played), agent(model), persona())
    last = [prompt[-1].text for prompt in model.prompts]
    assert ["yellow boat" in last[0], "Meet me at the weir" in last[1], "red kite" in last[2]] == [True] * 3
    assert "red kite" not in last[0]


def test_a_scripted_tool_returns_its_text():
    """Whatever the model passes."""
    tool = as_tool(ScriptedTool(name="tide", description="High water.", result="At six."))
    assert (tool.name, tool.description, tool.invoke({})) == ("tide", "High water.", "At six.")


def test_the_character_calls_a_tool_of_the_scene():
    """Only in that scene."""
    from langchain_core.messages import AIMessage

    call = AIMessage("", tool_calls=[{"name": "tide", "args": {}, "id": "1"}])
    asked = probe("When?", Tells(values=("six",)), CallsTool(name="tide"))
    tide = ScriptedTool(name="tide", description="High water.", result="At six.")
    played = Scene(name="a", sessions=(Session(steps=(asked,)),), tools=(tide,))
    model = ScriptedModel([call, "At six, love.", "I do not know."])
    one, other = run_suite_sync(suite(played, scene("b", asked)), agent(model), persona())
    assert one.faults == ()
    assert other.faults[1] == "'tide' was not called."


@pytest.mark.parametrize(("repeat", "seed"), [(0, 7), (1, 8), (4, 11)])
def test_each_repeat_has_its_own_seed(repeat: int, seed: int):
    """A model without a seed stays as it is."""

    class Seeded(ScriptedModel):
        seed: int | None = 7

    assert seeded(Seeded(), repeat).seed == seed  # type: ignore[attr-defined]
    plain = ScriptedModel()
    assert seeded(plain, repeat) is plain
    unset = Seeded(seed=None)
    assert seeded(unset, repeat) is unset


def test_a_real_file_is_perceived_by_the_characters_own_perceptors(tmp_path: Path):
    """A suite may also test the eyes."""
    path = tmp_path / "boat.png"
    path.write_bytes(as_file(BOAT))
    model = ScriptedModel(["Yellow."])
    played = suite(scene("a", probe("Which colour?", attachments=(str(path),))))
    eyes = FakePerceptor("a green boat")
    run_suite_sync(played, agent(model, perceptors=[eyes]), persona())
    assert "a green boat" in model.prompts[0][-1].text
