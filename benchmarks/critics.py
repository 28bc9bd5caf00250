"""Measure what the critics and the injection guard catch, and how often they cry wolf.

    python -m benchmarks.critics [--own] [--memorybank DIR] [--safety DIR] [--misses] [--json OUT]

``--own`` (the default) takes our own lines, English and Chinese. The tuned part was at hand while the
patterns were written, the held-out part was written afterwards. Before any pattern was changed for it, it
gave 38 of 44 drafts caught and 1 of 34 false alarms, and for the guard 13 of 22 and 0 of 26; what it gives
now is no longer blind. ``--memorybank`` takes benign talk with an AI companion: its replies are drafts of a
character that is an AI companion in 2023, so that every alarm is a false one; its users' words go through
the guard. ``--safety`` takes harmless and harmful requests through the guard, whose task is attempts on the
character, not harm. Intervals are Wilson's, 95 %.
"""

from __future__ import annotations

import csv
import json
import math
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.report import Figure, parser, percentile, write
from roleagent.formats.load import load_persona
from roleagent.persona.persona import Horizon, Persona
from roleagent.protocols import Critic, Guard, Scene
from roleagent.registry import BUILT_IN, get
from roleagent.types import Owner, Thread, Turn, Verdict
from roleagent.workflow.prompt import Briefing, build_messages

OWN = Path(__file__).parent.parent / "tests" / "critics" / "data"
PARTS = {"tuned": "tuned", "held out": "held_out"}
COMPANION = "You are an AI companion who likes to listen and to give advice."


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A line and what should become of it."""

    text: str
    said: str = ""
    is_fine: bool = True


def main(argv: list[str] | None = None) -> int:
    """Print a table by data set and critic, and last the figures of our own held-out lines."""
    options = _parser().parse_args(argv)
    figures: dict[str, Figure] = {"seed": options.seed}
    if options.own or not (options.memorybank or options.safety):
        figures |= measure_own(show=options.misses)
    if options.memorybank:
        figures |= measure_memorybank(options.memorybank, show=options.misses)
    if options.safety:
        figures |= measure_safety(options.safety, show=options.misses)
    print_headline(figures)
    write(figures, options.json)
    return 0


def _parser() -> Any:  # Any: argparse's own class, built by report.parser
    made = parser(__doc__)
    made.add_argument("--own", action="store_true", help="our own lines; the default")
    made.add_argument("--memorybank", type=Path, metavar="DIR", help="benign companion talk")
    made.add_argument("--safety", type=Path, metavar="DIR", help="harmless and harmful requests")
    made.add_argument("--misses", action="store_true", help="print every line that is judged wrongly")
    return made


def print_headline(figures: dict[str, Figure]) -> None:
    """What our own held-out lines say, where they were measured."""
    if "held_out_drafts_caught" in figures:
        for what in ("drafts", "guard"):
            caught = share(int(figures[f"held_out_{what}_caught"]), int(figures[f"held_out_{what}_bad"]))
            false = share(int(figures[f"held_out_{what}_false"]), int(figures[f"held_out_{what}_fine"]))
            print(f"held out (seen since), {what}: caught {caught}; false alarms {false}")


# ── our own lines ────────────────────────────────────────────────────────────────────────────


def measure_own(*, show: bool) -> dict[str, Figure]:
    """Both parts of our own sets, every critic and the guard."""
    persona = load_persona(OWN / "holmes.yaml")
    figures: dict[str, Figure] = {}
    for part, suffix in PARTS.items():
        lines = [
            json.loads(line) for line in (OWN / f"drafts_{suffix}.jsonl").read_text("utf-8").splitlines()
        ]
        total = {"bad": 0, "caught": 0, "fine": 0, "false": 0}
        for critic in critics():
            cases = [
                Case(text=line["draft"], said=line["user"], is_fine=line["ok"])
                for line in lines
                if line["critic"] == critic.name
            ]
            counted = count(cases, judged(cases, critic, persona), f"{part}: {critic.name}", show=show)
            total = {key: total[key] + counted[key] for key in total}
            figures |= {f"{suffix}_{critic.name}_{key}": value for key, value in counted.items()}
        figures |= {f"{suffix}_drafts_{key}": value for key, value in total.items()}
        figures |= _own_guard(part, suffix, show=show)
    return figures | time_critics(persona)


def _own_guard(part: str, suffix: str, *, show: bool) -> dict[str, Figure]:
    rows = [line.partition("\t") for line in (OWN / f"guard_{suffix}.tsv").read_text("utf-8").splitlines()]
    cases = [Case(text=text, is_fine=label == "benign") for label, _, text in rows]
    figures: dict[str, Figure] = {}
    for name, key in (("injection:patterns", "patterns"), ("injection", "guard")):
        counted = count(cases, screened(cases, get("guard", name)), f"{part}: {key}", show=show)
        figures |= {f"{suffix}_{key}_{what}": value for what, value in counted.items()}
    return figures


def time_critics(persona: Persona) -> dict[str, Figure]:
    """Milliseconds for one draft of three sentences, everything compiled."""
    draft = (
        "I live in Baker Street. You have walked far, I perceive. What brings you here on such an evening?"
    )
    scene = a_scene(persona, "Good evening.")
    figures: dict[str, Figure] = {}
    for critic in critics():
        times = []
        for _ in range(200):
            start = time.perf_counter()
            critic.check(draft, scene, complete=False)
            times.append((time.perf_counter() - start) * 1000)
        p50, p95 = percentile(times, 0.5), percentile(times, 0.95)
        print(f"{critic.name:34} {p50:.2f} ms a draft of three sentences (p50), {p95:.2f} ms (p95)")
        figures |= {f"{critic.name}_ms_p50": round(p50, 3), f"{critic.name}_ms_p95": round(p95, 3)}
    return figures


# ── benign companion talk ────────────────────────────────────────────────────────────────────


def measure_memorybank(folder: Path, *, show: bool) -> dict[str, Figure]:
    """False alarms of every critic on the companion's replies, and of the guard on its users' words."""
    holmes = load_persona(OWN / "holmes.yaml")
    companion = replace(holmes, summary=COMPANION, horizon=Horizon(until="2023-12-31"))
    figures: dict[str, Figure] = {}
    for language in ("en", "cn"):
        talk = list(exchanges(folder / f"{language}_memory_bank_{language}.json"))
        cases = [Case(text=reply, said=said) for said, reply in talk]
        for critic in critics():
            name = f"memorybank {language}: {critic.name}"
            counted = count(cases, judged(cases, critic, companion), name, show=show)
            figures |= {f"memorybank_{language}_{critic.name}_{key}": value for key, value in counted.items()}
        queries = [Case(text=said) for said, _ in talk]
        counted = count(
            queries, screened(queries, get("guard", "injection")), f"memorybank {language}: guard", show=show
        )
        figures |= {f"memorybank_{language}_guard_{key}": value for key, value in counted.items()}
    return figures


def exchanges(path: Path) -> Iterator[tuple[str, str]]:
    """What a user said and what the companion replied."""
    for user in json.loads(path.read_text("utf-8")).values():
        for day in user["history"].values():
            for exchange in day:
                yield exchange["query"], exchange["response"]


# ── harmless and harmful requests ────────────────────────────────────────────────────────────


def measure_safety(folder: Path, *, show: bool) -> dict[str, Figure]:
    """The guard's alarms on harmless requests (false), and on harmful ones (told, but not its task)."""
    guard: Guard = get("guard", "injection")
    harmless = [Case(text=row["instruction"]) for row in _json(folder / "harmless_4000.json")]
    harmful = [Case(text=row["instruction"]) for row in _json(folder / "harmful_train.json")]
    harmful += [Case(text=text) for text in _behaviours(folder)]
    figures: dict[str, Figure] = {}
    counted = count(harmless, screened(harmless, guard), "safety harmless: guard", show=show)
    figures |= {"safety_harmless_n": counted["fine"], "safety_harmless_false": counted["false"]}
    flagged = sum(not verdict.ok for verdict in screened(harmful, guard))
    print(f"{'safety harmful: guard':34} flagged {share(flagged, len(harmful))}, which is not its task")
    return figures | {"safety_harmful_n": len(harmful), "safety_harmful_flagged": flagged}


def _json(path: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(path.read_text("utf-8"))
    return rows


def _behaviours(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield row["Behavior"]


# ── judging and counting ─────────────────────────────────────────────────────────────────────


def critics() -> list[Critic]:
    """Every built-in critic."""
    return [get("critic", name) for name in BUILT_IN["critic"] if name != "claims"]


def a_scene(persona: Persona, said: str) -> Scene:
    """The persona, spoken to, with the prompt that a model would get."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    turn = Turn(
        thread=Thread(owner=Owner(persona_id=persona.id, user_id="somebody"), thread_id="only"),
        text=said,
        at=at,
    )
    prompt = str(build_messages(Briefing(persona=persona, turn=turn))[0].text)
    return Scene(persona=persona, graph=persona.graph, turn=turn, prompt=prompt)


def judged(cases: Iterable[Case], critic: Critic, persona: Persona) -> Iterator[Verdict]:
    """A critic's verdict on each draft."""
    return (critic.check(case.text, a_scene(persona, case.said), complete=True) for case in cases)


def screened(cases: Iterable[Case], guard: Guard) -> Iterator[Verdict]:
    """A guard's verdict on each text."""
    return (guard.screen(case.text, where="user") for case in cases)


def count(cases: list[Case], verdicts: Iterable[Verdict], name: str, *, show: bool) -> dict[str, int]:
    """Print and give how many bad lines were caught, and how many fine ones were flagged."""
    pairs = list(zip(cases, verdicts, strict=True))
    bad = [(case, verdict) for case, verdict in pairs if not case.is_fine]
    fine = [(case, verdict) for case, verdict in pairs if case.is_fine]
    caught = sum(not verdict.ok for _, verdict in bad)
    false = sum(not verdict.ok for _, verdict in fine)
    found = f"caught {share(caught, len(bad))}   " if bad else ""
    print(f"{name:34} {found}false alarms {share(false, len(fine))}")
    if show:
        for case, verdict in pairs:
            if verdict.ok != case.is_fine:
                print(f"    {'missed' if verdict.ok else 'false'}: {case.text!r} {verdict.quote!r}")
    return {"bad": len(bad), "caught": caught, "fine": len(fine), "false": false}


def share(hits: int, total: int) -> str:
    """A proportion with Wilson's 95 % interval.

    >>> share(5, 10)
    '5/10 = 50.0 % [23.7, 76.3]'
    """
    if not total:
        return "0/0"
    z, rate = 1.96, hits / total
    middle = (rate + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(rate * (1 - rate) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return f"{hits}/{total} = {100 * rate:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


if __name__ == "__main__":
    sys.exit(main())
