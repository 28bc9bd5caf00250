"""A measurement of traits as a page to read: figures first, then every statement with its answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from xml.etree.ElementTree import Element

from roleagent.drawing.html import policy
from roleagent.evaluation.markup import element, listed, page_text, quoted, shown
from roleagent.evaluation.traits.asking import Rating
from roleagent.evaluation.traits.measuring import CHARACTER, PLAIN, TraitMeasurement
from roleagent.evaluation.traits.report import HEADINGS, SIGNS, WAYS, error_line, rows
from roleagent.evaluation.traits.scores import Score, Signs


def write_page(path: Path, measured: TraitMeasurement) -> None:
    """Write `as_page` to a file."""
    path.write_text(as_page(measured), encoding="utf-8")


def as_page(measured: TraitMeasurement) -> str:
    """A page in HTML that loads nothing and runs nothing."""
    title = f"Big Five of {measured.persona}"
    style = element("style")
    style.text = (files("roleagent.evaluation") / "assets" / "report.css").read_text(encoding="utf-8")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=policy("")),
        element("title", f"{shown(title)} – {measured.model}"),
        style,
    )
    error = error_line(measured)
    body = element(
        "body",
        _header(measured, title),
        element(
            "main",
            element("p", error, class_="verdict") if error else None,
            element("h2", "Traits"),
            _trait_table(measured),
            element("h2", "Do the answers mean anything?"),
            _table("Sign", ["", "with persona", "without"], list(_sign_rows(measured))),
            element("h2", "Statements"),
            _table(
                "Statements", ["statement", "trait", "with persona", "without"], list(_statements(measured))
            ),
        ),
    )
    return f"<!doctype html>\n{page_text(element('html', head, body, lang='en'))}\n"


def _header(measured: TraitMeasurement, title: str) -> Element:
    facts = (
        f" · {len(measured.ratings[CHARACTER])} statements · {WAYS[measured.way]} · "
        f"seed {measured.seed} · {measured.at:%Y-%m-%d %H:%M} UTC"
    )
    return element(
        "header",
        quoted("h1", title),
        element("p", quoted("bdi", measured.model), facts, class_="soft"),
        listed(measured.notes, class_="notes"),
    )


def _trait_table(measured: TraitMeasurement) -> Element:
    scores = measured.scores()
    lines = []
    for name, *cells in rows(measured):
        bar = _bar(scores[name])
        tds = [element("td", cell, bar if at == 1 else None) for at, cell in enumerate(cells)]
        lines.append(element("tr", element("th", name, scope="row"), *tds))
    return _table("Traits", HEADINGS, lines)


def _bar(score: Score) -> Element:
    """A bar for the eye; the words beside it say the same."""
    low, high = (100 * bound for bound in score.interval)
    got = element("i", class_="got", style=f"width:{100 * score.value:.0f}%")
    may = element("i", class_="may", style=f"left:{low:.0f}%;right:{100 - high:.0f}%")
    return element("span", got, may, class_="bar", aria_hidden="true")


def _sign_rows(measured: TraitMeasurement) -> Iterator[Element]:
    both: list[Signs] = [measured.signs(), measured.signs(PLAIN)]
    moved = "the persona moves a score by (0: it answers the same without)"
    yield _row(moved, f"{measured.moved:.2f}", "–")
    for name, meaning in SIGNS.items():
        yield _row(meaning, *(f"{getattr(each, name):.2f}" for each in both))


def _statements(measured: TraitMeasurement) -> Iterator[Element]:
    for played, plain in zip(measured.ratings[CHARACTER], measured.ratings[PLAIN], strict=True):
        sign = "against" if played.item.is_reversed else "for"
        yield element(
            "tr",
            quoted("th", played.item.text, lang=measured.language, scope="row"),
            element("td", f"{sign} {played.item.trait}"),
            *(element("td", _agreement(each)) for each in (played, plain)),
        )


def _agreement(rating: Rating) -> str:
    return "no number" if rating.agreement is None else f"agrees {rating.agreement:.2f}"


def _row(name: str, *cells: str) -> Element:
    return element("tr", element("th", name, scope="row"), *(element("td", cell) for cell in cells))


def _table(name: str, headings: Sequence[str], lines: Sequence[Element]) -> Element:
    head = element("tr", *(element("th", each, scope="col") for each in headings))
    table = element("table", element("thead", head), element("tbody", *lines))
    return element("div", table, class_="wide", tabindex="0", role="region", aria_label=name)
