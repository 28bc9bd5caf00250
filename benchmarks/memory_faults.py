"""Bring about what goes wrong under a memory, and count what is lost: kills, full disks, damage, servers.

    python -m benchmarks.memory_faults [--quick] [--only PART …] [--seed N] [--json OUT]

A turn is acknowledged when `remember` has returned. After each fault a process of its own opens the home
and looks for every turn that ever was, whole and word for word; recall must find some at once, and the index
agree with the record later. `tenants` takes random steps with many people and personas against dictionaries.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults.damage import NUM_TURNS, damage_index, damage_record, make_home, newer_record
from benchmarks.faults.disk import fill_disk
from benchmarks.faults.kills import kill
from benchmarks.faults.server import server_down_and_back, server_hangs
from benchmarks.faults.tally import Tally
from benchmarks.faults.tenants import run_tenants
from benchmarks.faults.workers import Workers, workers
from benchmarks.report import Figure, parser, percentile, write

HEADER = (
    "times",
    "acknowledged",
    "lost",
    "errors",
    "unclear",
    "served at once",
    "index whole",
    "crashes",
    "reopen p50 s",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """How often each fault is brought about."""

    kills: int
    variants: int
    times: int
    runs: int


FULL = Amount(kills=50, variants=24, times=10, runs=60)
QUICK = Amount(kills=4, variants=6, times=2, runs=6)


def main(argv: list[str] | None = None) -> int:
    """Bring about every fault, print a row for each; 1 where anything was lost or crossed."""
    options = parser(__doc__)
    options.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="these parts alone")
    chosen = options.parse_args(argv)
    amount = QUICK if chosen.quick else FULL
    print(f"{'fault':34}" + "".join(f"{name:>15}" for name in HEADER))
    tallies: list[Tally] = []
    with workers() as forked:
        for part in chosen.only:
            with tempfile.TemporaryDirectory() as folder:
                for tally in PARTS[part](forked, Path(folder), amount, random.Random(chosen.seed)):
                    tallies.append(tally)
                    _print(tally)
    figures = _figures(tallies, chosen.seed)
    print(
        f"headline: {figures['num_lost']} of {figures['num_acknowledged']} acknowledged turns lost over "
        f"{figures['num_faults']} faults; {figures['num_unclear']} of {figures['num_errors']} errors without "
        f"a way out; seed {chosen.seed}"
    )
    write(figures, chosen.json)
    return int(any(tally.lost for tally in tallies))


def _kills(forked: Workers, folder: Path, amount: Amount, rng: random.Random) -> list[Tally]:
    return [kill(forked, folder / doing, doing, amount.kills, rng) for doing in ("write", "rebuild")]


def _disk(forked: Workers, folder: Path, amount: Amount, rng: random.Random) -> list[Tally]:
    make_home(forked, folder / "sound", 100)
    return [fill_disk(forked, folder / "sound", 100, amount.times, rng)]


def _damage(forked: Workers, folder: Path, amount: Amount, rng: random.Random) -> list[Tally]:
    make_home(forked, folder / "sound", NUM_TURNS)
    return [
        damage_index(forked, folder / "sound", amount.variants, rng),
        damage_record(forked, folder / "sound", amount.variants, rng),
        newer_record(forked, folder / "sound"),
    ]


def _server(_forked: Workers, folder: Path, amount: Amount, _rng: random.Random) -> list[Tally]:
    return [server_down_and_back(folder / "down", amount.times), server_hangs(folder / "hangs")]


def _tenants(_forked: Workers, _folder: Path, amount: Amount, rng: random.Random) -> list[Tally]:
    steps = run_tenants(num_runs=amount.runs, num_steps=40, random_seed=rng.randrange(1 << 30))
    inside = {name: count for name, count in steps.items() if name.startswith("(")}
    num_steps = steps.total() - sum(inside.values())
    notes = [f"0 crossings in {num_steps} steps: {dict(steps)}"]
    return [Tally(fault="many tenants, random steps", times=num_steps, notes=notes)]


PARTS: dict[str, Callable[[Workers, Path, Amount, random.Random], list[Tally]]] = {
    "kills": _kills,
    "disk": _disk,
    "damage": _damage,
    "server": _server,
    "tenants": _tenants,
}


def _print(tally: Tally) -> None:
    reopen = f"{percentile(tally.reopen_s, 0.5):.2f}" if tally.reopen_s else "-"
    cells = (tally.times, tally.acknowledged, tally.lost, tally.errors, len(tally.unclear), tally.degraded,
             tally.restored, tally.crashed, reopen)  # fmt: skip
    print(f"{tally.fault:34}" + "".join(f"{cell:>15}" for cell in cells))
    for note in [*tally.notes, *(f"unclear: {error}" for error in dict.fromkeys(tally.unclear))]:
        print(f"    {note}", flush=True)


def _figures(tallies: list[Tally], seed: int) -> dict[str, Figure]:
    figures: dict[str, Figure] = {"seed": seed, "num_faults": sum(tally.times for tally in tallies)}
    for name in ("acknowledged", "lost", "errors", "crashed"):
        figures[f"num_{name}"] = sum(getattr(tally, name) for tally in tallies)
    figures["num_unclear"] = sum(len(tally.unclear) for tally in tallies)
    for tally in tallies:
        key = tally.fault.replace(" ", "_")
        figures |= {f"{key}_times": tally.times, f"{key}_lost": tally.lost, f"{key}_served": tally.degraded}
        figures[f"{key}_index_whole"] = tally.restored
    return figures


if __name__ == "__main__":
    sys.exit(main())
