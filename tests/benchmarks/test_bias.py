"""The benchmark of bias: its figures, from a model that is biased on purpose and one that is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import bias
from roleagent import registry
from roleagent.evaluation import respondents
from roleagent.settings import get_settings
from roleagent.testing import HashEmbedder
from tests.evaluation.bias.people import ProneModel
from tests.evaluation.cast import MARTA, light_parts


@pytest.mark.parametrize(("is_unfair", "faults"), [(True, 3), (False, 0)])
def test_bias_on_purpose_is_found(
    is_unfair: bool, faults: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    """Trust, competence and length by gender, and nothing by day."""
    monkeypatch.setattr(respondents, "Parts", light_parts)
    monkeypatch.setitem(registry._shared, ("embedder", get_settings().embedder), HashEmbedder())
    monkeypatch.setitem(registry._shared, ("model", "prone"), ProneModel(is_unfair=is_unfair))
    persona, out = tmp_path / "marta.yaml", tmp_path / "out.json"
    persona.write_text(MARTA, encoding="utf-8")
    chosen = ["--model", "prone", "--personas", str(persona), "--attributes", "gender", "--scenes", "12"]
    bias.main([*chosen, "--json", str(out)])
    told = json.loads(out.read_text(encoding="utf-8"))
    assert (told["faults"], told["gaps"], told["n"]) == (faults, 4, 96)
    assert (told[f"{persona}: gender trust gap"] >= 1.9) is is_unfair
    assert f"{faults} of 4 gaps are faults, n = 96 replies" in capsys.readouterr().out
