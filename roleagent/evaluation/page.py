"""Results as a page to read: the figures, then every question with its replies and why they fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from xml.etree.ElementTree import Element

from roleagent.drawing.html import policy
from roleagent.evaluation.markup import element, listed, page_text, quoted, shown
from roleagent.evaluation.page_replies import questions
from roleagent.evaluation.results import (
    NO_VOICES,
    Result,
    Results,
    Tally,
    Voice,
    by_kind,
    consistency,
    repetition,
    retest,
    stability,
    summary,
    tally,
)
from roleagent.evaluation.suite import Suite

_NOTHING = Tally(right=0, n=0)
_WHO = {
    "ours": "the character, with everything that surrounds the model here",
    "plain": "the same model, with persona, public facts and the whole talk in one prompt",
}
_ASKED = {
    "fact": "a fact about the character",
    "two_step": "what lies two facts away",
    "three_step": "what lies three facts away",
    "follow_up": "more about what was just answered, without its name",
    "told": "what the user told in an earlier talk",
    "changed": "what the user told, and changed later",
    "premise": "something untrue, taken for granted",
    "secret": "what this listener may not know",
    "may_be_told": "a secret, by one who may know it",
    "horizon": "what the character cannot know",
    "before": "what comes later in the story",
    "role": "attempts to break the role",
    "small_talk": "nothing in particular",
    "picture": "what was shown",
    "recording": "what was heard",
    "tool": "what a tool looks up",
    "again": "the same fact, three times",
}
"""What the kinds of made suites ask."""
_COSTS = (
    ("seconds a turn, median", "seconds_per_turn"),
    ("seconds to the first word, median", "first_token_s"),
    ("tokens read a turn, mean", "prompt_tokens"),
    ("tokens written a turn, mean", "output_tokens"),
    ("replies whose prompt had to be cut", "cut"),
)
_Measure = Callable[[Sequence[Result]], Tally]
_BEHAVIOUR: tuple[tuple[str, str, _Measure], ...] = (
    ("same in each run", "questions right each time, or wrong each time", stability),
    (
        "does not contradict itself",
        "facts asked several times in one talk: right each time, or wrong each time",
        consistency,
    ),
    (
        "says the same in the next talk",
        "facts asked in several talks: right in each, or wrong in each",
        retest,
    ),
    ("repeats itself", "replies with a whole sentence of an earlier one; fewer is better", repetition),
)


def write_page(
    path: Path,
    suite: Suite,
    results: Results,
    *,
    model: str,
    voices: Mapping[str, Voice] = NO_VOICES,
    language: str = "",
) -> None:
    """Write `as_page` to a file."""
    page = as_page(suite, results, model=model, voices=voices, language=language)
    path.write_text(page, encoding="utf-8")


def as_page(
    suite: Suite,
    results: Results,
    *,
    model: str,
    voices: Mapping[str, Voice] = NO_VOICES,
    language: str = "",
) -> str:
    """A page in HTML that loads nothing, and whose policy lets only its own script run: the filters.

    Args:
        suite: what was asked.
        results: those of each respondent, by its name; the first is the one under test.
        model: the language model's name.
        voices: those of the respondents for which it was measured.
        language: that of the questions and replies, for scenes that name none.
    """
    script = _asset("report.js")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=policy(script)),
        element("title", f"{shown(suite.name)} – {model}"),
        _verbatim("style", _asset("report.css")),
    )
    body = element(
        "body",
        element("a", "Skip to the replies", class_="skip", href="#replies-heading"),
        _header(suite, model),
        element(
            "main",
            *_headline(results),
            element("h2", "By kind of question"),
            _table("Kind", _kind_rows(results), results),
            element("h2", "Behaviour and cost"),
            _table("Measure", [*_behaviour_rows(results, voices), *_cost_rows(results)], results),
            *questions(suite, results, language),
        ),
        _verbatim("script", script),
    )
    return f"<!doctype html>\n{page_text(element('html', head, body, lang='en'))}\n"


def _asset(name: str) -> str:
    return (files("roleagent.evaluation") / "assets" / name).read_text(encoding="utf-8")


def _verbatim(tag: str, text: str) -> Element:
    """A style or script: HTML takes its text as it stands."""
    made = element(tag)
    made.text = text
    return made


def _header(suite: Suite, model: str) -> Element:
    seed = f", seed {suite.seed}" if suite.seed else ""
    facts = f" · {suite.num_probes} questions{seed} · {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    return element(
        "header",
        quoted("h1", suite.name),
        element("p", quoted("bdi", model), facts, class_="soft"),
        listed(suite.notes, class_="notes"),
    )


def _headline(results: Results) -> Iterator[Element]:
    """The share of right replies of each respondent, and whether the difference means anything."""
    tallies = {name: tally(each) for name, each in results.items()}
    yield element("div", *(_card(name, counted) for name, counted in tallies.items()), class_="cards")
    (first, ours), *others = tallies.items()
    for name, theirs in others:
        if ours.n and theirs.n:
            yield element("p", _comparison(first, ours, name, theirs), class_="verdict")


def _card(name: str, counted: Tally) -> Element:
    title, about = quoted("h2", name), element("p", _WHO[name], class_="soft") if name in _WHO else None
    if not counted.n:
        return element("section", title, about, element("p", "Nothing was asked."), class_="card")
    low, high = (100 * bound for bound in counted.interval)
    figures = f"{counted.right} of {counted.n} replies; 95 % interval {low:.0f}–{high:.0f} %"
    return element(
        "section",
        title,
        about,
        element("p", f"{100 * counted.share:.0f}", element("small", " % right"), class_="share"),
        _bar(counted, with_interval=True),
        element("p", figures, class_="soft"),
        class_="card",
    )


def _comparison(first: str, ours: Tally, name: str, theirs: Tally) -> str:
    (low, high), (other_low, other_high) = ours.interval, theirs.interval
    if low > other_high:
        return f"{first} is clearly better than {name}: the intervals do not overlap."
    if high < other_low:
        return f"{first} is clearly worse than {name}: the intervals do not overlap."
    return f"The intervals of {first} and {name} overlap: the difference may be chance."


def _bar(counted: Tally, *, with_interval: bool = False) -> Element:
    """A bar for the eye; the words beside it say the same."""
    low, high = (100 * bound for bound in counted.interval)
    got = element("i", class_="got", style=f"width:{100 * counted.share:.0f}%")
    may = element("i", class_="may", style=f"left:{low:.0f}%;right:{100 - high:.0f}%")
    return element("span", got, may if with_interval else None, class_="bar", aria_hidden="true")


_Row = tuple[str, str, list[Element]]  # name, what it means, a cell for each respondent


def _table(first: str, rows: Sequence[_Row], results: Results) -> Element:
    head = element(
        "tr", element("th", first, scope="col"), *(quoted("th", name, scope="col") for name in results)
    )
    lines = [
        element(
            "tr",
            element("th", quoted("bdi", name), element("small", about) if about else None, scope="row"),
            *cells,
        )
        for name, about, cells in rows
    ]
    table = element("table", element("thead", head), element("tbody", *lines))
    name = f"{first} by respondent"
    return element("div", table, class_="wide", tabindex="0", role="region", aria_label=name)


def _kind_rows(results: Results) -> list[_Row]:
    kinds = [by_kind(each) for each in results.values()]
    return [
        (kind, _ASKED.get(kind, ""), [_share(each.get(kind, _NOTHING), with_bar=True) for each in kinds])
        for kind in dict.fromkeys(kind for each in kinds for kind in each)
    ]


def _behaviour_rows(results: Results, voices: Mapping[str, Voice]) -> list[_Row]:
    measured = [
        (name, about, [measure(each) for each in results.values()]) for name, about, measure in _BEHAVIOUR
    ]
    own = [voices[name].is_own if name in voices else _NOTHING for name in results]
    measured.append(("sounds like itself", "replies nearer to its own words than to another persona's", own))
    return [
        (name, about, [_share(each) for each in tallies])
        for name, about, tallies in measured
        if any(each.n for each in tallies)
    ]


def _cost_rows(results: Results) -> list[_Row]:
    figures = [summary(each) for each in results.values()]
    return [(label, "", [element("td", f"{each[key]}") for each in figures]) for label, key in _COSTS]


def _share(counted: Tally, *, with_bar: bool = False) -> Element:
    if not counted.n:
        return element("td", "–")
    low, high = (100 * bound for bound in counted.interval)
    return element(
        "td",
        f"{counted.right} of {counted.n} ",
        element("small", f"{100 * counted.share:.0f} % ({low:.0f}–{high:.0f})"),
        _bar(counted) if with_bar else None,
    )
