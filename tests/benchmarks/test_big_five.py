"""Whether the measurement tells a good actor from one that answers alike whatever it plays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from langchain_core.messages import BaseMessage

from benchmarks import big_five
from roleagent import registry
from roleagent.evaluation.traits.items import questionnaire_for
from roleagent.persona.traits import TRAITS, declared_traits
from roleagent.testing import WeighingModel


def actor(messages: Sequence[BaseMessage]) -> list[float]:
    """Answers as the clerk would, fully and by the scale as it stands."""
    asked, question = questionnaire_for("en"), messages[-1].text
    [item] = [item for item in asked.items if item.text in question]
    is_turned = question.index(asked.grades[-1]) < question.index(asked.grades[0])
    is_high = any(sign in messages[0].text for sign in ("rich imagination", "0.95", "carries me far"))
    return [0, 0, 0, 0, 1] if is_high ^ item.is_reversed ^ is_turned else [1, 0, 0, 0, 0]


@pytest.mark.parametrize("which", ["words", "numbers", "statements"])
@pytest.mark.parametrize(("weights", "apart"), [(actor, 1.0), (lambda _: [0.1, 0.2, 0.3, 0.4, 0.0], 0.0)])
def test_only_an_actor_tells_the_clerks_apart(
    which: str, weights, apart: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An actor would get the whole scale; a model that likes one number gets nothing."""
    monkeypatch.setitem(registry._shared, ("model", "acting"), WeighingModel(weights=weights))
    out = tmp_path / "out.json"
    big_five.main(["--model", "acting", "--personas", which, "--json", str(out)])
    told = json.loads(out.read_text(encoding="utf-8"))
    assert (told["apart"], told["apart_low"], told["apart_high"], told["n"]) == (apart, apart, apart, 40)


def test_the_clerks_declare_numbers_or_are_described() -> None:
    """Not both, or nobody knows which of them a model goes by."""
    told, declared = big_five.clerk("high", "words"), big_five.clerk("low", "numbers")
    assert declared_traits(told) == {}
    assert {each.value for each in declared_traits(declared).values()} == {0.05}
    assert set(declared_traits(declared)) == set(TRAITS)
    assert "imagination" not in declared.summary


def test_bundled_personas_are_compared_in_their_languages(tmp_path: Path, monkeypatch) -> None:
    """The model alone is asked in each language, too."""
    model = WeighingModel(weights=lambda _: [0.0, 0.0, 0.5, 0.5, 0.0])
    monkeypatch.setitem(registry._shared, ("model", "acting"), model)
    out = tmp_path / "out.json"
    big_five.main(["--model", "acting", "--personas", "bundled", "--quick", "--json", str(out)])
    told = json.loads(out.read_text(encoding="utf-8"))
    assert told["spread"] == 0.0
    assert {"none (en): openness", "none (zh): openness", "sunwukong: on_scale"} <= set(told)
    assert len(model.prompts) == 6 * 40
