"""A measurement as lines, as JSON and as a page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from roleagent.evaluation.traits.measuring import TraitMeasurement, measure_traits_sync
from roleagent.evaluation.traits.page import as_page, write_page
from roleagent.evaluation.traits.report import HEADINGS, as_json, error_line, rows, write_json
from tests.evaluation.cast import NASTY, persona
from tests.evaluation.test_page import Reader
from tests.evaluation.traits.people import answering, meaning, robin, robin_file


@pytest.fixture(scope="module")
def measured() -> TraitMeasurement:
    model = answering(meaning(openness=1.0), alone=meaning(openness=0.25))
    return measure_traits_sync(robin(openness="0.8", agreeableness="kind"), model)


def test_a_row_has_the_declared_value_and_the_difference(measured: TraitMeasurement):
    """What a reader looks for first."""
    found = {row[0]: row for row in rows(measured)}
    assert found["openness"] == ("openness", "8", "1.00", "1.00–1.00", "0.80", "+0.20", "0.25")
    assert found["neuroticism"][4:6] == ("–", "–")
    assert {len(row) for row in found.values()} == {len(HEADINGS)}


def test_errors_are_told_beside_their_baselines(measured: TraitMeasurement):
    """A figure alone says nothing."""
    assert error_line(measured) == (
        "Mean distance from the 1 declared traits: the character 0.20, the same model without persona 0.55, "
        "0.5 everywhere 0.30."
    )
    assert error_line(measure_traits_sync(robin(), answering(meaning()))) == ""


def test_json_holds_every_figure_and_every_answer(measured: TraitMeasurement, tmp_path: Path):
    """For the next program."""
    write_json(tmp_path / "traits.json", measured)
    told = json.loads((tmp_path / "traits.json").read_text(encoding="utf-8"))
    assert told == as_json(measured)
    assert told["read_from"] == "probabilities"
    assert told["traits"]["openness"] == {
        "n": 8, "score": 1.0, "interval": [1.0, 1.0], "declared": 0.8, "difference": 0.2, "plain": 0.25,
    }  # fmt: skip
    assert told["traits"]["agreeableness"]["declared"] is None
    assert told["mean_absolute_error"] == {"character": 0.2, "plain": 0.55, "half": 0.3}
    assert told["signs"]["character"]["yes_saying"] == 0.5
    assert "'kind'" in told["notes"][0]
    assert len(told["answers"]) == 80
    assert {"respondent", "trait", "statement", "upright", "upside_down", "score"} < set(told["answers"][0])


def test_the_page_shows_figures_and_statements(measured: TraitMeasurement, tmp_path: Path):
    """And loads nothing."""
    write_page(tmp_path / "traits.html", measured)
    page = (tmp_path / "traits.html").read_text(encoding="utf-8")
    reader = Reader(page)
    for text in ("Big Five of Robin Hale", "+0.20", "I finish what I have begun.", "agrees 1.00", "'kind'"):
        assert text in reader.text
    assert reader.text.count("Big Five of Robin Hale") == 2  # in the title, and over the page
    assert len(reader.all("tr")) == 1 + 5 + 1 + 5 + 1 + 40
    assert reader.script == ""
    assert not re.search(r"(src|href)=", page)


def test_a_nasty_name_cannot_become_markup():
    """A persona file comes from anybody."""
    nasty = persona(robin_file(openness=NASTY.replace('"', "'").replace("\x00", "").replace("\x1b", "")))
    page = as_page(measure_traits_sync(nasty, answering(meaning())))
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
