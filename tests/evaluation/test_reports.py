"""Results as JSON, JUnit XML and a page."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from roleagent.errors import InputError
from roleagent.evaluation import Result, Suite
from roleagent.evaluation.reports import as_page, read_figures, write_json, write_junit, write_page
from roleagent.evaluation.results import compare

NASTY = "<script>alert('x')</script> & \"quoted\" \x00\x1b[31m ]]> 你好"


def results(respondent: str = "ours", repeat: int = 0) -> list[Result]:
    """One right, one wrong with everything that could break a file."""
    told = {"respondent": respondent, "repeat": repeat, "seconds": 1.5, "prompt_tokens": 100}
    return [
        Result(scene="a", place=0, kind="fact", asked="Who?", text="Tobias.", faults=(), **told),  # type: ignore[arg-type]
        Result(
            scene="b", place=3, kind="", asked=NASTY, text=NASTY, faults=(NASTY, "Two."), earlier=(NASTY,),
            rests_on=(NASTY,), **told,  # type: ignore[arg-type]
        ),
    ]  # fmt: skip


SUITE = Suite(name=NASTY, persona_id="marta", scenes=(), seed=3, notes=(NASTY,))


class Reader(HTMLParser):
    """Collects tags and text, and notices tags that do not close."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        if tag not in ("meta", "br", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_json_reads_back_as_a_baseline(tmp_path: Path):
    """The next run is compared with it."""
    path = tmp_path / "figures.json"
    write_json(path, SUITE, results(), model="m")
    told = read_figures(path)
    assert (told["persona"], told["model"], told["seed"], told["right"], told["n"]) == ("marta", "m", 3, 1, 2)
    assert told["results"][1]["faults"] == [NASTY, "Two."]
    assert [change.is_worse for change in compare(results(), told)] == [False, False, False]


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", '"x"', "{}", '{"right": 1, "n": 2}', '{"right": 1, "n": 2, "by_kind": []}',
        '{"right": 3, "n": 2, "by_kind": {}}', '{"right": "1", "n": 2, "by_kind": {}}',
        '{"right": 1, "n": 2, "by_kind": {"fact": {"right": 1}}}', "[" * 100_000,
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
    write_junit(path, SUITE, [*results(), *results(repeat=1)])
    root = ElementTree.parse(path).getroot()
    assert (root.tag, root.get("tests"), root.get("failures"), root.get("time")) == (
        "testsuite", "4", "2", "6.000",
    )  # fmt: skip
    cases = list(root)
    assert [case.get("classname") for case in cases[:2]] == ["marta.fact", "marta.turn"]
    assert len({case.get("name") for case in cases}) == 4
    [failure] = list(cases[1])
    assert "<script>" in str(failure.get("message"))
    assert "Two." in str(failure.text)
    assert "\x00" not in path.read_text(encoding="utf-8")


def test_the_page_escapes_what_models_say(tmp_path: Path):
    """A model's words are foreign: they must not run in the browser of whoever reads the report."""
    path = tmp_path / "report.html"
    write_page(path, SUITE, {"ours": results(), "plain": results("plain")}, model=NASTY)
    read = Reader(path.read_text(encoding="utf-8"))
    assert "script" not in read.tags
    assert read.open == []
    assert read.text.count("<script>alert('x')</script>") >= 8
    assert "http" not in path.read_text(encoding="utf-8")


def test_the_page_shows_figures_replies_and_reasons():
    """Wrong replies are open, right ones folded; respondents stand side by side."""
    page = as_page(SUITE, {"ours": [*results(), *results(repeat=1)], "plain": results("plain")}, model="m")
    assert page.count("<details class=wrong open>") == 3
    assert page.count("<details class=right>") == 3
    assert page.index(">plain<") < page.rindex(">ours<")
    read = Reader(page)
    for text in ("2 of 4", "1 of 2", "same every time", "Why it fails", "What it rests on", "Said before"):
        assert text in read.text


def test_the_page_of_a_run_without_results_is_a_page():
    """A suite in which nothing is asked."""
    read = Reader(as_page(SUITE, {"ours": []}, model="m"))
    assert read.open == []


def test_json_keeps_chinese_readable(tmp_path: Path):
    """People read these files."""
    path = tmp_path / "figures.json"
    write_json(path, SUITE, results(), model="m")
    assert "你好" in path.read_text(encoding="utf-8")
    assert json.loads(path.read_text(encoding="utf-8"))["suite"] == NASTY
