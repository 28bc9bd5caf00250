"""Results as JSON and JUnit XML."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from roleagent.errors import InputError
from roleagent.evaluation.reports import read_figures, write_json, write_junit
from roleagent.evaluation.results import compare
from tests.evaluation.cast import NASTY, NASTY_SUITE, nasty_results


def test_json_reads_back_as_a_baseline(tmp_path: Path):
    """The next run is compared with it."""
    path = tmp_path / "figures.json"
    write_json(path, NASTY_SUITE, {"ours": nasty_results()}, model="m")
    told = read_figures(path)
    assert (told["persona"], told["model"], told["seed"], told["right"], told["n"]) == ("marta", "m", 3, 1, 2)
    assert told["results"][1]["faults"] == [NASTY, "Two."]
    assert [change.is_worse for change in compare(nasty_results(), told)] == [False, False, False]


def test_json_holds_every_respondent_and_stays_a_baseline(tmp_path: Path):
    """The first is compared with other runs, also of an earlier release; the others stand beside it."""
    path = tmp_path / "figures.json"
    plain = [replace(result, faults=("No.",)) for result in nasty_results("plain")]
    write_json(path, NASTY_SUITE, {"ours": nasty_results(), "plain": plain}, model="m")
    told = read_figures(path)
    assert (told["right"], told["n"], told["results"][0]["respondent"]) == (1, 2, "ours")
    beside = told["beside"]["plain"]
    assert (beside["right"], beside["n"], beside["results"][0]["respondent"]) == (0, 2, "plain")
    assert [change.before.right for change in compare(nasty_results(), told)] == [1, 1, 0]


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", '"x"', "{}", '{"right": 1, "n": 2}', '{"right": 1, "n": 2, "by_kind": []}',
        '{"right": 3, "n": 2, "by_kind": {}}', '{"right": "1", "n": 2, "by_kind": {}}',
        '{"right": 1, "n": 2, "by_kind": {"fact": {"right": 1}}}', "[" * 100_000,
        '{"right": true, "n": true, "by_kind": {}}', '{"right": 1, "n": ' + "9" * 5_000 + ', "by_kind": {}}',
        '{"right": 1, "n": ' + "9" * 400 + ', "by_kind": {}}',
    ],
)  # fmt: skip
def test_another_file_is_no_baseline(tmp_path: Path, text: str):
    """A typo in a path must not pass as "nothing got worse"."""
    path = tmp_path / "figures.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"figures\.json"):
        read_figures(path)


def test_a_baseline_that_is_missing_or_no_text_is_refused(tmp_path: Path):
    """With the system's reason."""
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_figures(tmp_path / "gone.json")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is no JSON"):
        read_figures(tmp_path / "bytes.json")


def test_junit_has_a_case_for_each_reply(tmp_path: Path):
    """Continuous integration shows what failed and why."""
    path = tmp_path / "junit.xml"
    write_junit(path, NASTY_SUITE, {"ours": [*nasty_results(), *nasty_results(repeat=1)]})
    root = ElementTree.parse(path).getroot()
    assert root.tag == "testsuites"
    [cases_of_suite] = list(root)
    for each in (root, cases_of_suite):
        counts = [each.get(name) for name in ("tests", "failures", "errors", "time")]
        assert counts == ["4", "2", "0", "6.000"]
    assert cases_of_suite.tag == "testsuite"
    assert cases_of_suite.get("skipped") == "0"
    cases = list(cases_of_suite)
    assert [case.get("classname") for case in cases[:2]] == ["marta.fact", "marta.turn"]
    assert len({case.get("name") for case in cases}) == 4
    [failure] = list(cases[1])
    assert "<script>" in str(failure.get("message"))
    assert failure.get("type") == "wrong reply"
    assert "Two." in str(failure.text)
    assert "\x00" not in path.read_text(encoding="utf-8")


def test_junit_has_a_suite_for_each_respondent(tmp_path: Path):
    """Only the one under test can fail a build: the plain prompt is there to be compared with."""
    path = tmp_path / "junit.xml"
    write_junit(path, NASTY_SUITE, {"ours": nasty_results(), "plain": nasty_results("plain")})
    root = ElementTree.parse(path).getroot()
    assert [root.get(name) for name in ("tests", "failures", "errors", "time")] == ["4", "1", "0", "6.000"]
    ours, plain = root
    assert [ours.get(name) for name in ("tests", "failures", "skipped")] == ["2", "1", "0"]
    assert [plain.get(name) for name in ("tests", "failures", "skipped")] == ["2", "0", "1"]
    assert str(plain.get("name")).endswith("(plain)")
    assert [case.get("classname") for case in plain] == ["marta.plain.fact", "marta.plain.turn"]
    [skipped] = plain[1]
    assert (skipped.tag, "Two." in str(skipped.text)) == ("skipped", True)


def test_characters_that_no_file_may_hold_are_left_out(tmp_path: Path):
    """A question from a suite file may hold half a character, or one that XML forbids."""
    result = replace(nasty_results()[1], asked="half \ud83d \uffff", faults=("\ud800",))
    write_junit(tmp_path / "junit.xml", NASTY_SUITE, {"ours": [result]})
    write_json(tmp_path / "figures.json", NASTY_SUITE, {"ours": [result]}, model="m")
    [[[failure]]] = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert "half \ufffd \n" in str(failure.text)
    assert read_figures(tmp_path / "figures.json")["results"][0]["faults"] == ["\ufffd"]


def test_json_keeps_chinese_readable(tmp_path: Path):
    """People read these files."""
    path = tmp_path / "figures.json"
    write_json(path, NASTY_SUITE, {"ours": nasty_results()}, model="m")
    assert "你好" in path.read_text(encoding="utf-8")
    assert json.loads(path.read_text(encoding="utf-8"))["suite"] == NASTY
