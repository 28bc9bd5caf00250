"""Measure how often facts about the user are read off their words, and how often wrongly.

    python -m benchmarks.extraction [--misses] [--seed N] [--json OUT]

The sentences are our own, English and Chinese, a good third of them traps. The development part was at hand
while the patterns were written. The held-out part was written afterwards; what it gave before any pattern was
changed for it stands in docs/experiments.md, and what it gives now is no longer blind.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.report import parser, write
from roleagent.learning.statements import Claim, claim_label
from roleagent.learning.updater import read_all_claims

DATA = Path(__file__).parent / "data"
TODAY = date(2026, 3, 1)  # the day on which all is said
PARTS = {"development": "user_facts_dev.txt", "held out": "user_facts_held_out.txt"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A sentence, what it teaches and what was read."""

    text: str
    expected: frozenset[str]
    read: frozenset[str]


def main(argv: list[str] | None = None) -> int:
    """Print a table of precision and recall by part and language."""
    options_parser = parser(__doc__)
    options_parser.add_argument("--misses", action="store_true", help="print every line that is read wrongly")
    options = options_parser.parse_args(argv)
    figures: dict[str, float | int | str] = {"seed": options.seed}
    for part, file in PARTS.items():
        lines = list(measure(DATA / file))
        for language in ("en", "zh"):
            chosen = [line for line in lines if _language(line.text) == language]
            figures |= report(f"{part} {language}", chosen)
        figures |= report(part, lines)
        if options.misses:
            show_misses(lines)
    figures["us_a_sentence"] = round(microseconds_a_text(DATA / PARTS["development"]), 1)
    print(f"reading one sentence takes {figures['us_a_sentence']} µs")
    print_headline(figures)
    write(figures, options.json)
    return 0


def measure(path: Path) -> Iterator[Line]:
    """Read every sentence of a file."""
    for text, expected in examples(path):
        claims = read_all_claims(text, TODAY)
        # A claim without a relation depends on what is known: alone it teaches nothing.
        read = frozenset(in_words(claim) for claim in claims if claim.relation is not None)
        yield Line(text=text, expected=expected, read=read)


def examples(path: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """Sentences and what they teach; lines that start with # are comments."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            text, _, taught = line.partition("=>")
            yield text.strip(), frozenset(part.strip() for part in taught.split(";") if part.strip())


def in_words(claim: Claim) -> str:
    """A claim as the files write it."""
    return f"{'-' if claim.ends else ''}{claim.relation}: {claim_label(claim)}".strip()


def report(name: str, lines: list[Line]) -> dict[str, float | int]:
    """Print and give precision, recall and the number of silent traps."""
    num_right = sum(len(line.expected & line.read) for line in lines)
    num_read = sum(len(line.read) for line in lines)
    num_expected = sum(len(line.expected) for line in lines)
    traps = [line for line in lines if not line.expected]
    num_silent = sum(not line.read for line in traps)
    precision, recall = num_right / max(1, num_read), num_right / max(1, num_expected)
    print(
        f"{name:16} {len(lines):4} sentences  precision {precision:.3f}  recall {recall:.3f}"
        f"  traps kept silent {num_silent}/{len(traps)}"
    )
    key = name.replace(" ", "_")
    return {
        f"{key}_n": len(lines),
        f"{key}_read": num_read,
        f"{key}_precision": round(precision, 4),
        f"{key}_recall": round(recall, 4),
    }


def show_misses(lines: list[Line]) -> None:
    """Print what was read and should not have been (+), and the reverse (-)."""
    for line in lines:
        if line.expected != line.read:
            wrong = [f"+{claim}" for claim in sorted(line.read - line.expected)]
            missing = [f"-{claim}" for claim in sorted(line.expected - line.read)]
            print(f"    {line.text}  {' '.join(wrong + missing)}")


def microseconds_a_text(path: Path) -> float:
    """Mean time to read one sentence, the patterns already compiled."""
    texts = [text for text, _ in examples(path)]
    start = time.perf_counter()
    for text in texts:
        read_all_claims(text, TODAY)
    return (time.perf_counter() - start) / len(texts) * 1e6


def print_headline(figures: dict[str, float | int | str]) -> None:
    """The held-out precision with its 95 % Wilson interval."""
    num_read, precision = int(figures["held_out_read"]), float(figures["held_out_precision"])
    low, high = wilson(precision, num_read)
    print(
        f"held-out precision {precision:.3f} (95 % {low:.3f}-{high:.3f}, n = {num_read} claims read), "
        f"recall {figures['held_out_recall']}; no longer blind, see docs/experiments.md"
    )


def wilson(share: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a share of n (Wilson 1927)."""
    z = 1.96
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return middle - half, middle + half


def _language(text: str) -> str:
    return "zh" if any("\u3400" <= char <= "\u9fff" for char in text) else "en"


if __name__ == "__main__":
    sys.exit(main())
