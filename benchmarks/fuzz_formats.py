"""Read damaged persona files of every format: each must give a persona, or an error that names what is wrong.

    python -m benchmarks.fuzz_formats [--quick] [--num-cases 2000] [--seed N] [--json OUT]

Small sound files are damaged in their bytes, their text, or single values of their JSON, and read from the
disk as a user would. What could be read is written again in its format, and that is read again. Any
exception but `PersonaFileError`, or `InputError` on writing, is a fault. So is another program's file that is
taken apart and yet gives no persona, or that does not come back as it was.
"""

from __future__ import annotations

import random
import resource
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fuzz_seeds import Seed, holds_ours, seeds, without_ours
from benchmarks.mutations import damaged_bytes, damaged_json, damaged_text
from benchmarks.report import Figure, parser, write
from roleagent.errors import InputError, PersonaFileError
from roleagent.formats.cards.assets import ICON, OTHER_PICTURE
from roleagent.formats.convert import bytes_in
from roleagent.formats.format import Layout, Report
from roleagent.formats.load import load_part, recognised
from roleagent.persona.persona import Persona
from roleagent.persona.problems import ReadError

QUICK = 300
LOADED, REFUSED, FAULTY = "loaded", "refused", "faulty"
UNWRITTEN = "unwritten"  # loaded, and the format cannot hold it


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of the files.

    Attributes:
        outcomes: how often which, by format.
        slowest: the most seconds that reading one took, and its case, by format.
        slowest_back: the same of writing one and reading it again, over all.
        faults: the first of each kind.
        step: MB by which memory grew most over one case, and which.
    """

    outcomes: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    slowest: dict[str, tuple[float, int]] = field(default_factory=dict)
    slowest_back: tuple[float, int] = (0.0, -1)
    faults: dict[str, str] = field(default_factory=dict)
    step: tuple[float, int] = (0.0, -1)


def main(argv: list[str] | None = None) -> None:
    """Damage, read, and print a row for each format."""
    options = parser(__doc__)
    options.add_argument("--num-cases", type=int, default=2_000, help="damaged files in all")
    options.add_argument("--only", metavar="FORMAT", help="files of one format alone")
    chosen = options.parse_args(argv)
    num_cases = QUICK if chosen.quick else chosen.num_cases
    sound = [seed for seed in seeds() if chosen.only in (None, seed.name)]
    before = _peak_mb()
    with tempfile.TemporaryDirectory() as folder:
        tally = run(sound, num_cases, chosen.seed, Path(folder))
    figures = _figures(tally, num_cases, chosen.seed, _peak_mb() - before)
    _print(tally, figures)
    write(figures, chosen.json)


def run(sound: list[Seed], num_cases: int, seed: int, folder: Path) -> Tally:
    """Read as many damaged files; a case depends on the seed and its number alone."""
    tally = Tally()
    for number in range(num_cases):
        rng = random.Random(f"{seed}/{number}")
        origin = sound[number % len(sound)]
        path = folder / f"case{origin.suffix}"
        path.write_bytes(damaged(origin, rng.choice(sound), rng))
        peak, start = _peak_mb(), time.perf_counter()
        outcome, persona = _read(path, origin.name, number, tally)
        read = time.perf_counter()
        if persona is not None:
            outcome = _write_back(persona, path, origin.name, number, tally)
        tally.outcomes[origin.name][outcome] += 1
        tally.slowest[origin.name] = max(tally.slowest.get(origin.name, (0.0, 0)), (read - start, number))
        tally.slowest_back = max(tally.slowest_back, (time.perf_counter() - read, number))
        tally.step = max(tally.step, (_peak_mb() - peak, number))
        path.unlink()
    return tally


def damaged(seed: Seed, other: Seed, rng: random.Random) -> bytes:
    """A sound file with something wrong in it."""
    if seed.texts and rng.random() < 0.6:
        place = rng.choice(sorted(seed.texts))
        change = damaged_json if rng.random() < 0.85 else damaged_text
        return seed.put(place, change(seed.texts[place], rng))
    try:
        text = seed.data.decode()
    except UnicodeDecodeError:
        text = ""
    if text and rng.random() < 0.6:
        return damaged_text(text, rng).encode("utf-8", "surrogatepass")
    return damaged_bytes(seed.data, other.data, rng)


def _read(path: Path, name: str, number: int, tally: Tally) -> tuple[str, Persona | None]:
    """What became of a file, and the persona in it; of what another program wrote a reader must make one."""
    try:
        return LOADED, load_part(path)
    except PersonaFileError as error:
        is_ours = isinstance(error.__cause__, ReadError) or recognised(path.read_bytes()) is None
        return (REFUSED if is_ours else _fault("mapping", name, number, error, tally)), None
    except Exception as error:  # whatever a reader lets through is what is looked for
        return _fault("reading", name, number, error, tally), None


def _write_back(persona: Persona, path: Path, name: str, number: int, tally: Tally) -> str:
    """Write a persona in the format it was read from, and read that."""
    data = path.read_bytes()
    found = recognised(data)
    report = Report()
    try:
        written = bytes_in(persona, name if found is None else found, report)
        path.write_bytes(written)
        load_part(path)
        is_kept = (
            found is None
            or found.layout is None
            or not report.is_lossless
            or _is_kept(data, written, found.layout)
        )
    except InputError:
        return UNWRITTEN
    except Exception as error:  # as above
        return _fault("writing", name, number, error, tally)
    if not is_kept:
        tally.faults.setdefault(f"keeping: {name}", f"case {number}: what comes back is not what was read")
    return LOADED if is_kept else FAULTY


def _is_kept(data: bytes, written: bytes, foreign: Layout) -> bool:
    """Whether another program's file has its JSON, as text because NaN is not equal to itself, and its files.

    A file that carries a persona of ours is not compared: what it says itself is written from scratch. A
    picture that is no PNG is converted to one.
    """
    report = Report()
    before, after = foreign.unpack(data, report), foreign.unpack(written, Report())
    if holds_ours(before.raw, foreign.EXTENSION_PATH) or not report.is_lossless:
        return True
    redrawn = {name: data for name, data in before.files.items() if name not in (ICON, OTHER_PICTURE)}
    again = without_ours(after.raw, foreign.EXTENSION_PATH) if redrawn != before.files else after.raw
    return repr(before.raw) == repr(again) and redrawn.items() <= after.files.items()


def _fault(doing: str, name: str, number: int, error: Exception, tally: Tally) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    kind = f"{doing}: {type(error).__name__} at {Path(where.filename).name}:{where.lineno}"
    text = "".join(traceback.format_exception(error))
    tally.faults.setdefault(kind, f"{name}, case {number}\n{text[:1_500]}\n…\n{text[-1_500:]}")
    return FAULTY


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _figures(tally: Tally, num_cases: int, seed: int, growth_mb: float) -> dict[str, Figure]:
    total = sum(tally.outcomes.values(), Counter())
    slowest_s, slowest_case = max(tally.slowest.values())
    return {
        "num_cases": num_cases,
        "seed": seed,
        "num_formats": len(tally.outcomes),
        **{f"num_{each}": total[each] for each in (LOADED, UNWRITTEN, REFUSED, FAULTY)},
        "num_kinds_of_fault": len(tally.faults),
        "slowest_s": round(slowest_s, 3),
        "slowest_case": slowest_case,
        "slowest_back_s": round(tally.slowest_back[0], 3),
        "slowest_back_case": tally.slowest_back[1],
        "peak_growth_mb": round(growth_mb, 1),
        "largest_step_mb": round(tally.step[0], 1),
        "largest_step_case": tally.step[1],
    }


def _print(tally: Tally, figures: dict[str, Figure]) -> None:
    columns = (LOADED, UNWRITTEN, REFUSED, FAULTY)
    print(f"{'format':22}" + "".join(f"{each:>11}" for each in columns) + "    slowest")
    for name, outcome in tally.outcomes.items():
        slowest_s, case = tally.slowest[name]
        print(
            f"{name:22}"
            + "".join(f"{outcome[each]:>11}" for each in columns)
            + f" {slowest_s:8.2f} s ({case})"
        )
    for kind, text in tally.faults.items():
        print(f"\n{kind}: {text}")
    sound = f"{figures['num_loaded']} loaded, {figures['num_refused']} refused"
    print(
        f"headline: {figures['num_faulty']} of {figures['num_cases']} damaged files gave neither a persona "
        f"nor an error that says what is wrong ({sound}); slowest read {figures['slowest_s']} s, "
        f"memory +{figures['peak_growth_mb']} MB; seed {figures['seed']}"
    )


if __name__ == "__main__":
    main()
