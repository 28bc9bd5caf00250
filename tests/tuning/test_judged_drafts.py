"""A critic log gives the scenes and rejected drafts of some users; errors name their line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from roleagent.errors import InputError
from roleagent.tuning.judged_drafts import RejectedDraft, read_judged
from roleagent.types import Owner, Verdict
from tests.tuning.held import AFTER_REJECTION, talk

ANN = Owner(persona_id="holmes", user_id="ann")


async def test_a_turn_with_its_drafts(tmp_path: Path):
    """What was stopped is cut at the sentence at which it was stopped."""
    turns = await talk(tmp_path / "home", log=tmp_path / "log")
    judged = read_judged(tmp_path / "log", [ANN])
    assert list(judged) == turns
    assert [each.text for each in judged[turns[0]].rejected.values()] == ["I am an AI language model."]
    assert AFTER_REJECTION in judged[turns[0]].passed
    assert judged[turns[2]].rejected == {}


async def test_others_are_not_read(tmp_path: Path):
    """A log may hold many users, and only some agreed."""
    await talk(tmp_path / "home", log=tmp_path / "log", user="bob")
    assert read_judged(tmp_path / "log", [ANN]) == {}


@pytest.mark.parametrize("line", ["{", "[]", '{"kind": "judgement"}', '{"kind": "scene", "scene": 3}'])
def test_a_broken_line_is_named(tmp_path: Path, line: str):
    """With the file and the number, so that it can be looked at."""
    head = json.dumps({"kind": "head", "format": "roleagent-critic-log", "version": 1})
    (tmp_path / "log").write_text(f"{head}\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"log:2: "):
        read_judged(tmp_path / "log", [ANN])


def test_another_file_is_refused(tmp_path: Path):
    """Not taken for a log without turns."""
    (tmp_path / "data").write_text('{"messages": []}\n', encoding="utf-8")
    with pytest.raises(InputError, match="no critic log"):
        read_judged(tmp_path / "data", [ANN])


@pytest.mark.parametrize(
    ("critics", "fault"),
    [(("style", "consistency"), "contradiction"), (("safety",), "safety"), (("role", "mine"), "voice")],
)
def test_the_fault_is_that_of_the_critic(critics: tuple[str, ...], fault: str):
    """Each term of the objective learns from its own kind of rejected replies."""
    verdicts = tuple(Verdict(critic=name, ok=False) for name in critics)
    assert RejectedDraft(text="…", verdicts=verdicts).fault == fault
