"""The format of suites, its description, and what authors are told about it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from roleagent import registry
from roleagent.evaluation import respondents
from roleagent.evaluation.document import Expectation, SceneEntry, SessionEntry, SuiteDocument, TurnEntry
from roleagent.evaluation.probes import NUM_OF_KIND
from roleagent.evaluation.results import summary
from roleagent.testing import ScriptedModel
from tests.evaluation.cast import light_parts

PAGE = Path(__file__).parents[2] / "docs" / "evaluation.md"


def test_every_check_has_its_row():
    """An author looks a check up in the table; the description in the code says the same at length."""
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [key for key in Expectation.model_fields if key not in rows] == []
    assert [key for key, field in Expectation.model_fields.items() if not field.description] == []


def test_every_key_kind_and_figure_is_explained():
    """What is not on the page is found by nobody."""
    page = PAGE.read_text(encoding="utf-8")
    keys = {*SuiteDocument.model_fields, *SceneEntry.model_fields}
    keys |= {*SessionEntry.model_fields, *TurnEntry.model_fields}
    assert [key for key in sorted(keys) if not re.search(rf"\b{key}:|`{key}`", page)] == []
    assert [kind for kind in NUM_OF_KIND if f"`{kind}`" not in page] == []
    assert [key for key in summary([]) if f"`{key}`" not in page] == []


def test_the_example_for_pytest_runs(monkeypatch: pytest.MonkeyPatch):
    """As it stands on the page, with a model that knows nothing."""
    monkeypatch.setattr(respondents, "Parts", light_parts)
    monkeypatch.setitem(registry._shared, ("model", "qwen2.5-1.5b"), ScriptedModel(["Hm."] * 60))
    monkeypatch.chdir(PAGE.parents[1])
    code, _ = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(code, str(PAGE), "exec"), names)
    with pytest.raises(AssertionError, match="replies of 'Sherlock Holmes receives a visitor' are wrong"):
        names["test_holmes_stays_holmes"]()  # type: ignore[operator]


def test_the_example_for_traits_runs():
    """As it stands on the page, with the fake that it names."""
    _, code = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(code, str(PAGE), "exec"), names)
    assert names["measured"].scores()["openness"].n == 8  # type: ignore[attr-defined]


def test_the_yaml_on_the_page_is_a_suite(tmp_path: Path):
    """What is copied must be accepted."""
    from roleagent.evaluation import read_suite
    from roleagent.formats.load import load_persona

    [code] = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "suite.yaml").write_text(code, encoding="utf-8")
    assert read_suite(tmp_path / "suite.yaml", load_persona("holmes")).num_probes == 3
