"""Results as a page: readable, and safe to open."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from roleagent.evaluation.page import _ASKED, as_page, write_page
from roleagent.evaluation.probes import NUM_OF_KIND
from roleagent.evaluation.results import Result
from roleagent.evaluation.suite import Suite
from tests.evaluation.cast import NASTY, NASTY_SUITE, nasty_results, scene

NEED_JOINERS = ("می\u200cخواهم", "क्\u200dष", "❤\ufe0f", "👩🏽\u200d🚒", "1\ufe0f\u20e3")
_VOID = ("meta", "br", "link", "input")


class Reader(HTMLParser):
    """Collects tags, their attributes and their text, and notices tags that do not close."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.script = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.script += data
        elif self.open and self.open[-1] != "style":
            self.text += data

    def all(self, tag: str, class_: str = "") -> list[dict[str, str | None]]:
        """The attributes of all elements of this name and class."""
        return [
            attributes
            for name, attributes in self.tags
            if name == tag and (not class_ or class_ in (attributes.get("class") or "").split())
        ]


def reply(text: str = "Tobias.", *faults: str, respondent: str = "ours", place: int = 0) -> Result:
    """A reply to one question in the scene "a"."""
    return Result(
        respondent=respondent, scene="a", place=place, kind="fact", asked="Who?", text=text, faults=faults
    )


def test_the_page_escapes_what_models_say(tmp_path: Path):
    """A model's words are foreign: they must not run in the browser of whoever reads the report."""
    path = tmp_path / "report.html"
    results = {NASTY: nasty_results(NASTY), "plain": nasty_results("plain")}
    write_page(path, NASTY_SUITE, results, model=NASTY, language=NASTY)
    page = path.read_text(encoding="utf-8")
    read = Reader(page)
    assert len(read.all("script")) == 1
    assert "alert" not in read.script
    assert read.open == []
    assert read.text.count("<script>alert('x')</script>") >= 8
    assert not any(name.startswith("on") for _, attributes in read.tags for name in attributes)
    assert "http:" not in page
    assert "https:" not in page


def test_only_the_filters_may_run():
    """The policy names the script of the page by its hash, and nothing may be loaded."""
    read = Reader(as_page(NASTY_SUITE, {"ours": nasty_results()}, model="m"))
    [policy] = [each["content"] or "" for each in read.all("meta") if each.get("http-equiv")]
    digest = base64.b64encode(hashlib.sha256(read.script.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


def test_characters_that_are_not_seen_are_shown_by_their_numbers():
    """One that turns the direction of text could make a wrong reply look right."""
    page = as_page(NASTY_SUITE, {"ours": [reply("a\u202eb\x00c\ud800d\u2066e")]}, model="m\u202e")
    assert re.search("[\x00\u202e\u2066\ud800]", page) is None
    assert "aU+202EbU+0000c\ufffddU+2066e" in Reader(page).text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("pass\u200bword", "passU+200Bword"),
        ("\ufeffYes.", "U+FEFFYes."),
        ("soft\u00adhyphen, \u200eleft, no\u2060break", "softU+00ADhyphen, U+200Eleft, noU+2060break"),
        ("hid\U000e0041den, \u3164filler, one\u2028two", "hidU+E0041den, U+3164filler, oneU+2028two"),
        ("no\u200djoint, 没\u200c有, x\ufe0f", "noU+200Djoint, 没U+200C有, xU+FE0F"),
        ("two\n lines\tand café", "two\n lines\tand café"),
        *((text, text) for text in NEED_JOINERS),
    ],
)
def test_invisible_characters_show_where_they_have_nothing_to_do(text: str, shown: str):
    """A reply that looks right and is not puzzles its reader."""
    page = as_page(NASTY_SUITE, {"ours": [reply(text)]}, model="m")
    assert shown in Reader(page).text


def test_foreign_words_stand_in_their_language_and_direction():
    """A screen reader reads Chinese as Chinese, and Arabic runs from the right, without touching the rest."""
    suite = Suite(name="s", persona_id="p", scenes=(scene("a"), scene("b")))
    page = as_page(suite, {"ours": [reply("你好")]}, model="m", language="zh")
    assert '<html lang="en">' in page
    assert '<h3 dir="auto" lang="zh">Who?</h3>' in page
    assert '<blockquote dir="auto" lang="zh">你好</blockquote>' in page


def test_the_page_shows_figures_replies_and_reasons():
    """Wrong replies are open, right ones folded; respondents stand side by side."""
    page = as_page(
        NASTY_SUITE,
        {"ours": [*nasty_results(), *nasty_results(repeat=1)], "plain": nasty_results("plain")},
        model="m",
    )
    read = Reader(page)
    right, wrong = read.all("details", "question")
    assert "open" not in right
    assert "open" in wrong
    assert (right["data-wrong"], wrong["data-wrong"]) == ("", "0 1")
    assert len(read.all("div", "wrong")) == 3
    for text in (
        "ours, run 2 ✗ wrong", "plain ✓ right", "2 of 4 replies; 95 % interval 15–85 %", "✓ ours 2 of 2",
        "1 of 2", "same in each run", "What it rests on", "Said before", "Two.", "2 facts",
        "a fact about the character",
        "The intervals of ours and plain overlap: the difference may be chance.",
    ):  # fmt: skip
        assert text in read.text


def test_the_page_says_which_respondent_is_clearly_better():
    """Ten right replies of ten against none: the intervals, 72–100 and 0–28 %, lie apart."""
    ours = [reply(place=place) for place in range(10)]
    plain = [reply("No.", "It is wrong.", respondent="plain", place=place) for place in range(10)]
    suite = NASTY_SUITE
    assert "ours is clearly better than plain" in as_page(suite, {"ours": ours, "plain": plain}, model="m")
    assert "plain is clearly worse than ours" in as_page(suite, {"plain": plain, "ours": ours}, model="m")


def test_filters_wait_for_their_script():
    """Without it the page shows every question, and no control that does nothing."""
    read = Reader(as_page(NASTY_SUITE, {"ours": nasty_results(), "plain": nasty_results("plain")}, model="m"))
    assert "hidden" in read.all("form")[0]
    assert not any("hidden" in each for each in read.all("details"))
    ids = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert sorted(set(re.findall(r'"(\w+)"', read.script)) & set(map(str, ids))) == [
        "close", "filters", "kind", "open", "replies", "shown", "words",
    ]  # fmt: skip
    assert [each["value"] for each in read.all("option")] == ["", "0", "1", "", "any", "0", "1"]


def test_headings_lead_through_the_page():
    """No level is left out, and each figure has a heading of its own."""
    read = Reader(as_page(NASTY_SUITE, {"ours": nasty_results()}, model="m"))
    levels = [int(tag[1]) for tag, _ in read.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_kind_of_a_made_suite_is_explained():
    """`two_step` means nothing to somebody who opens the page for the first time."""
    assert set(NUM_OF_KIND) <= set(_ASKED)


def test_the_page_of_a_run_without_results_is_a_page():
    """A suite in which nothing is asked."""
    read = Reader(as_page(NASTY_SUITE, {"ours": []}, model="m"))
    assert read.open == []
    assert "Nothing was asked." in read.text
