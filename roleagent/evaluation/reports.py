"""Results as files: JSON, JUnit XML, and a page to read."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree

from roleagent.errors import InputError
from roleagent.evaluation.results import Result, Tally, Voice, by_kind, consistency, stability, summary, tally
from roleagent.evaluation.suite import Suite

_MAX_BYTES = 100_000_000
_NO_VOICES: Mapping[str, Voice] = MappingProxyType({})
_ILLEGAL = dict.fromkeys((*range(9), 11, 12, *range(14, 32)))  # not in XML 1.0


def as_json(
    suite: Suite, results: Sequence[Result], *, model: str, voice: Voice | None = None
) -> dict[str, Any]:  # Any: JSON
    """All figures and all results; `compare` takes it as a baseline."""
    return {
        "suite": suite.name,
        "persona": suite.persona_id,
        "model": model,
        "seed": suite.seed,
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        **summary(results, voice),
        "results": [asdict(result) for result in results],
    }


def write_json(
    path: Path, suite: Suite, results: Sequence[Result], *, model: str, voice: Voice | None = None
) -> None:
    """`as_json`, to a file."""
    told = as_json(suite, results, model=model, voice=voice)
    path.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def read_figures(path: Path) -> dict[str, Any]:  # Any: JSON
    """The figures of a file that `write_json` wrote, as a baseline.

    Raises:
        InputError: the file cannot be read, or is no such file.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(f"{str(path)!r} is too large to be the figures of a test.")
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror or error}.") from error
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{str(path)!r} is no JSON: {error}.") from error
    kinds = told.get("by_kind") if isinstance(told, dict) else None
    if not isinstance(kinds, dict) or not all(map(_is_tally, (told, *kinds.values()))):
        raise InputError(
            f"{str(path)!r} holds no figures of a test: pass what `roleagent test --json` wrote."
        )
    return dict(told)


def _is_tally(figures: object) -> bool:
    if not isinstance(figures, dict):
        return False
    right, n = figures.get("right"), figures.get("n")
    return isinstance(right, int) and isinstance(n, int) and 0 <= right <= n


def write_junit(path: Path, suite: Suite, results: Sequence[Result]) -> None:
    """One test case a probe, as continuous integration reads it."""
    wrong = sum(not result.is_right for result in results)
    root = ElementTree.Element(
        "testsuite",
        name=_legal(suite.name),
        tests=str(len(results)),
        failures=str(wrong),
        time=f"{sum(result.seconds for result in results):.3f}",
    )
    for result in results:
        case = ElementTree.SubElement(
            root,
            "testcase",
            classname=_legal(f"{suite.persona_id}.{result.kind or 'turn'}"),
            name=_legal(f"{result.scene} [{result.place}] #{result.repeat}"),
            time=f"{result.seconds:.3f}",
        )
        if not result.is_right:
            failure = ElementTree.SubElement(case, "failure", message=_legal(result.faults[0]))
            failure.text = _legal("\n".join([f"Q: {result.asked}", f"A: {result.text}", *result.faults]))
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _legal(text: str) -> str:
    return text.translate(_ILLEGAL)


def write_page(
    path: Path,
    suite: Suite,
    results: Mapping[str, Sequence[Result]],
    *,
    model: str,
    voices: Mapping[str, Voice] = _NO_VOICES,
) -> None:
    """A page with the figures of each respondent and every reply, the wrong ones open."""
    path.write_text(as_page(suite, results, model=model, voices=voices), encoding="utf-8")


def as_page(
    suite: Suite,
    results: Mapping[str, Sequence[Result]],
    *,
    model: str,
    voices: Mapping[str, Voice] = _NO_VOICES,
) -> str:
    """See `write_page`. The page needs nothing from elsewhere and runs no script."""
    title = html.escape(f"{suite.name} – {model}")
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in suite.notes)
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<style>{_STYLE}</style></head><body>",
            f"<h1>{html.escape(suite.name)}</h1>",
            f"<p>{html.escape(model)}, {suite.num_probes} probes, seed {suite.seed}</p>",
            f"<ul class=notes>{notes}</ul>" if notes else "",
            _figures(results, voices),
            *(_replies(result) for each in _in_order(results) for result in each),
            "</body></html>",
        ]
    )


def _in_order(results: Mapping[str, Sequence[Result]]) -> list[list[Result]]:
    """The replies of all respondents to one probe side by side, probe by probe."""
    groups: dict[tuple[str, int, int], list[Result]] = {}
    for each in results.values():
        for result in each:
            groups.setdefault((result.scene, result.place, result.repeat), []).append(result)
    return list(groups.values())


def _figures(results: Mapping[str, Sequence[Result]], voices: Mapping[str, Voice]) -> str:
    kinds = list(dict.fromkeys(result.kind for each in results.values() for result in each))
    head = "".join(f"<th>{html.escape(name)}</th>" for name in results)
    rows = [("all", [tally(each) for each in results.values()])]
    rows += [
        (kind, [by_kind(each).get(kind, Tally(right=0, n=0)) for each in results.values()]) for kind in kinds
    ]
    if any(result.repeat for each in results.values() for result in each):
        rows.append(("same every time", [stability(each) for each in results.values()]))
    same = [consistency(each) for each in results.values()]
    if any(each.n for each in same):
        rows.append(("does not contradict itself", same))
    if voices:
        nothing = Tally(right=0, n=0)
        own = [voices[name].is_own if name in voices else nothing for name in results]
        rows.append(("sounds like itself", own))
    body = "".join(
        f"<tr><th>{html.escape(name)}</th>{''.join(f'<td>{_bar(cell)}</td>' for cell in cells)}</tr>"
        for name, cells in rows
    )
    costs = ""
    for label, key in (
        ("seconds a turn, median", "seconds_per_turn"),
        ("first word after, seconds", "first_token_s"),
        ("prompt tokens a turn", "prompt_tokens"),
        ("tokens written a turn", "output_tokens"),
    ):
        cells = "".join(f"<td>{summary(each)[key]}</td>" for each in results.values())
        costs += f"<tr><th>{label}</th>{cells}</tr>"
    return f"<table><tr><th></th>{head}</tr>{body}{costs}</table>"


def _bar(cell: Tally) -> str:
    if not cell.n:
        return "–"
    low, high = cell.interval
    return (
        f'<span class=bar><span style="width:{100 * cell.share:.0f}%"></span></span> '
        f"{cell.right} of {cell.n} <small>({100 * low:.0f}–{100 * high:.0f} %)</small>"
    )


def _replies(result: Result) -> str:
    mark, opened = ("right", "") if result.is_right else ("wrong", " open")
    parts = [
        f"<details class={mark}{opened}><summary><b>{html.escape(result.respondent)}</b> "
        f"<i>{html.escape(result.kind)}</i> {html.escape(result.asked)}</summary>",
        f"<blockquote>{html.escape(result.text)}</blockquote>",
        _list("fault", result.faults),
        _list("ground", result.rests_on),
        _list("earlier", result.earlier),
        f"<p class=cost>{html.escape(result.scene)}, {result.seconds:.1f} s, "
        f"{result.prompt_tokens} tokens read, {result.output_tokens} written</p></details>",
    ]
    return "".join(parts)


def _list(name: str, lines: Sequence[str]) -> str:
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    titles = {"fault": "Why it fails", "ground": "What it rests on", "earlier": "Said before"}
    return f"<div class={name}><small>{titles[name]}</small><ul>{items}</ul></div>" if items else ""


_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
color:#222;background:#fff}
table{border-collapse:collapse;margin:1rem 0}
th,td{padding:.25rem .75rem;text-align:left;border-bottom:1px solid #ddd}
.bar{display:inline-block;width:6rem;height:.6rem;background:#eee;border-radius:.3rem;overflow:hidden}
.bar span{display:block;height:100%;background:#2a7}
details{border-left:.3rem solid #2a7;padding:.3rem .8rem;margin:.4rem 0;background:#f7f7f7}
details.wrong{border-color:#c33}summary{cursor:pointer}
blockquote{margin:.5rem 0;padding-left:1rem;border-left:2px solid #bbb;white-space:pre-wrap}
.fault{color:#a11}.ground,.earlier,.cost,.notes{color:#666;font-size:.9rem}ul{margin:.2rem 0}
@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}details{background:#222}
th,td{border-color:#333}.bar{background:#333}.fault{color:#f88}.ground,.earlier,.cost,.notes{color:#999}}
"""
