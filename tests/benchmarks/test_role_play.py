"""The arms of the benchmark play the same scenes."""

from __future__ import annotations

from argparse import Namespace

import pytest

from benchmarks.role_play import arms_of, comparisons, main, without_facts
from benchmarks.role_worlds import make_character
from roleagent.evaluation.probes import make_suite


def test_whoever_listens_in_a_suite_is_known_without_facts() -> None:
    """A secret is asked by one who may know it, also where the graph is switched off."""
    persona = make_character(15, seed=14)
    suite = make_suite(persona, seed=14, numbers={"secret": 3})
    listeners = {session.listener for scene in suite.scenes for session in scene.sessions} - {""}
    bare = without_facts(persona).graph
    assert listeners
    assert listeners <= set(bare.nodes)
    assert not bare.facts


def options(**given: object) -> Namespace:
    return Namespace(**{"arms": "plain,all", "adapter": "", **given})


def test_every_arm_is_compared_with_itself_without_the_adapter() -> None:
    assert comparisons(options()) == [("ours minus plain", "all", "plain")]
    assert comparisons(options(arms="all", adapter="a")) == [
        ("all with the adapter minus without", "all+adapter", "all")
    ]
    assert arms_of(options(arms="all,plain", adapter="a")) == ["all", "all+adapter", "plain", "plain+adapter"]


@pytest.mark.parametrize("wrong", [["--persona", "holmes"], ["--journal", "runs.jsonl"]])
def test_several_characters_are_made_up_and_kept_in_no_journal(
    wrong: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["role_play", "--characters", "2", *wrong])
    with pytest.raises(SystemExit):
        main()
    assert "leave out" in capsys.readouterr().err
