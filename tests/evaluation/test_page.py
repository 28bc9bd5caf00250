"""Results as a page: readable, and safe to open."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from roleagent.evaluation.page import as_page, write_page
from tests.evaluation.cast import NASTY, NASTY_SUITE, nasty_results


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


def test_the_page_escapes_what_models_say(tmp_path: Path):
    """A model's words are foreign: they must not run in the browser of whoever reads the report."""
    path = tmp_path / "report.html"
    write_page(path, NASTY_SUITE, {"ours": nasty_results(), "plain": nasty_results("plain")}, model=NASTY)
    read = Reader(path.read_text(encoding="utf-8"))
    assert "script" not in read.tags
    assert read.open == []
    assert read.text.count("<script>alert('x')</script>") >= 8
    assert "http" not in path.read_text(encoding="utf-8")


def test_the_page_shows_figures_replies_and_reasons():
    """Wrong replies are open, right ones folded; respondents stand side by side."""
    page = as_page(
        NASTY_SUITE,
        {"ours": [*nasty_results(), *nasty_results(repeat=1)], "plain": nasty_results("plain")},
        model="m",
    )
    assert page.count("<details class=wrong open>") == 1
    assert page.count("<details class=right>") == 1
    assert page.count("<div class=wrong><small>✗ ours · 1.5 s") == 1
    assert page.count("<div class=wrong><small>✗ ours run 2") == 1
    assert page.count("<div class=right><small>✓ plain") == 1
    read = Reader(page)
    for text in ("2 of 4", "1 of 2", "same in each run", "0 of 3 right", "What it rests on", "Said before"):
        assert text in read.text


def test_the_page_of_a_run_without_results_is_a_page():
    """A suite in which nothing is asked."""
    read = Reader(as_page(NASTY_SUITE, {"ours": []}, model="m"))
    assert read.open == []
