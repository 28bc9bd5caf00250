"""Results as a page to read: the figures, then every question with its replies and why they fail."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from roleagent.evaluation.results import (
    Result,
    Tally,
    Voice,
    by_kind,
    consistency,
    repetition,
    stability,
    summary,
    tally,
)
from roleagent.evaluation.suite import Suite

_NO_VOICES: Mapping[str, Voice] = MappingProxyType({})
_COSTS = (
    ("seconds a turn, median", "seconds_per_turn"),
    ("seconds to the first word, median", "first_token_s"),
    ("tokens read a turn", "prompt_tokens"),
    ("tokens written a turn", "output_tokens"),
)


def write_page(
    path: Path,
    suite: Suite,
    results: Mapping[str, Sequence[Result]],
    *,
    model: str,
    voices: Mapping[str, Voice] = _NO_VOICES,
) -> None:
    """Write `as_page` to a file."""
    path.write_text(as_page(suite, results, model=model, voices=voices), encoding="utf-8")


def as_page(
    suite: Suite,
    results: Mapping[str, Sequence[Result]],
    *,
    model: str,
    voices: Mapping[str, Voice] = _NO_VOICES,
) -> str:
    """A page in HTML that needs nothing from elsewhere and runs no script.

    Args:
        suite: what was asked.
        results: those of each respondent, by its name.
        model: the language model's name.
        voices: those of the respondents for which it was measured.
    """
    seed = f", seed {suite.seed}" if suite.seed else ""
    facts = f"{model} · {suite.num_probes} questions{seed} · {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in suite.notes)
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f"<title>{html.escape(f'{suite.name} – {model}')}</title>",
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<style>{_STYLE}</style></head><body>",
            f"<h1>{html.escape(suite.name)}</h1>",
            f"<p class=small>{html.escape(facts)}</p>",
            _figures(results, voices),
            f"<ul class=small>{notes}</ul>" if notes else "",
            "<h2>Replies</h2>",
            *(_question(replies) for replies in _by_question(results)),
            "</body></html>\n",
        ]
    )


def _figures(results: Mapping[str, Sequence[Result]], voices: Mapping[str, Voice]) -> str:
    nothing = Tally(right=0, n=0)
    kinds = {name: by_kind(each) for name, each in results.items()}
    rows = [("all", [tally(each) for each in results.values()])]
    rows += [
        (kind, [each.get(kind, nothing) for each in kinds.values()])
        for kind in dict.fromkeys(kind for each in kinds.values() for kind in each)
    ]
    rows.append(("same in each run", [stability(each) for each in results.values()]))
    rows.append(("does not contradict itself", [consistency(each) for each in results.values()]))
    rows.append(("repeats itself", [repetition(each) for each in results.values()]))
    own = [voices[name].is_own if name in voices else nothing for name in results]
    rows.append(("sounds like itself", own))
    lines = [
        f"<tr><th>{html.escape(name)}</th>{''.join(map(_bar, tallies))}</tr>"
        for name, tallies in rows
        if name == "all" or any(each.n for each in tallies)
    ]
    figures = [summary(each) for each in results.values()]
    lines += [
        f"<tr class=small><th>{label}</th>{''.join(f'<td>{each[key]}</td>' for each in figures)}</tr>"
        for label, key in _COSTS
    ]
    head = "".join(f"<th>{html.escape(name)}</th>" for name in results)
    return f"<table><tr><th></th>{head}</tr>{''.join(lines)}</table>"


def _bar(counted: Tally) -> str:
    if not counted.n:
        return "<td>–</td>"
    low, high = counted.interval
    return (
        f'<td><span class=bar><span style="width:{100 * counted.share:.0f}%"></span></span> '
        f"{counted.right} of {counted.n} <small>({100 * low:.0f}–{100 * high:.0f} %)</small></td>"
    )


def _by_question(results: Mapping[str, Sequence[Result]]) -> list[list[Result]]:
    """The replies of all respondents and runs to one question together, in the order of the suite."""
    groups: dict[tuple[str, int], list[Result]] = {}
    for each in results.values():
        for result in each:
            groups.setdefault((result.scene, result.place), []).append(result)
    return list(groups.values())


def _question(replies: Sequence[Result]) -> str:
    """One question, open if a reply to it is wrong."""
    first, wrong = replies[0], [result for result in replies if not result.is_right]
    mark = "<details class=wrong open>" if wrong else "<details class=right>"
    count = f" · {len(replies) - len(wrong)} of {len(replies)} right" if len(replies) > 1 else ""
    return (
        f"{mark}<summary><b>{html.escape(first.asked)}</b> "
        f"<small>{html.escape(first.kind)} · {html.escape(first.scene)}{count}</small></summary>"
        f"{_lines('Said before', first.earlier)}"
        f"<div class=replies>{''.join(map(_reply, replies))}</div></details>"
    )


def _reply(result: Result) -> str:
    mark, sign = ("right", "✓") if result.is_right else ("wrong", "✗")
    run = f" run {result.repeat + 1}" if result.repeat else ""
    faults = "".join(f"<li>{html.escape(fault)}</li>" for fault in result.faults)
    grounds = f"<details>{_grounds(result)}</details>" if result.rests_on else ""
    return (
        f"<div class={mark}><small>{sign} {html.escape(result.respondent)}{run} · {result.seconds:.1f} s · "
        f"{result.prompt_tokens} tokens read, {result.output_tokens} written</small>"
        f"<blockquote>{html.escape(result.text)}</blockquote>"
        f"{f'<ul class=fault>{faults}</ul>' if faults else ''}{grounds}</div>"
    )


def _grounds(result: Result) -> str:
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in result.rests_on)
    return f"<summary>What it rests on</summary><ul class=small>{lines}</ul>"


def _lines(title: str, lines: Sequence[str]) -> str:
    items = "<br>".join(html.escape(line) for line in lines)
    return f"<p class=small>{title}<br>{items}</p>" if items else ""


_STYLE = """
body{font:16px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;
color:#222;background:#fff}
h1{margin-bottom:0}table{border-collapse:collapse;margin:1rem 0}
th,td{padding:.25rem 1.5rem .25rem 0;text-align:left;border-bottom:1px solid #ddd;font-weight:normal}
tr:first-child th,tr:nth-child(2) th{font-weight:bold}
.bar{display:inline-block;width:6rem;height:.6rem;background:#ddd;border-radius:.3rem;overflow:hidden}
.bar span{display:block;height:100%;background:#2a7}
body>details{border-left:.3rem solid #2a7;padding:.4rem 1rem;margin:.5rem 0;background:#f6f6f6}
body>details.wrong{border-color:#c33}summary{cursor:pointer}
.replies{display:grid;grid-template-columns:repeat(auto-fit,minmax(22rem,1fr));gap:.5rem 2rem}
.replies .wrong>small{color:#a11}.replies .right>small{color:#175}
blockquote{margin:.3rem 0;padding-left:1rem;border-left:2px solid #bbb;white-space:pre-wrap;
overflow-wrap:anywhere}
.fault{color:#a11}.small,.replies details{color:#555;font-size:.85rem}ul{margin:.2rem 0;padding-left:1.2rem}
@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}body>details{background:#222}
th,td{border-color:#333}.bar{background:#333}.fault,.replies .wrong>small{color:#f88}
.replies .right>small{color:#6c9}.small,.replies details{color:#aaa}}
"""
