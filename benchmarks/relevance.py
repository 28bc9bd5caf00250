"""How well the scorer tells replies that take up what was said from those that do not, on DailyDialog++.

The file has a JSON object a line with ``context``, ``positive_responses``, ``adversarial_negative_responses``
and ``random_negative_responses`` (Sai et al., arXiv:2009.11321). The last line of a context is what was said.
AUC of good replies against the adversarial ones, which share words with the context, and against random ones;
the floor is the likeness of reply and context. The shipped head never saw this data. Intervals are
bootstrapped over contexts.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Figure, parser, percentile, write
from roleagent import registry
from roleagent.critics.relevance import load_relevance_head
from roleagent.critics.training.kernel import area_under_curve
from roleagent.embedding.text_vectors import TextVectors

_RESAMPLES = 300
_QUICK = 100
_KINDS = ("positive", "adversarial_negative", "random_negative")


def main(argv: list[str] | None = None) -> int:
    """Print the table."""
    made = parser(__doc__)
    made.add_argument("--data", type=Path, required=True, metavar="FILE")
    made.add_argument(
        "--scorer", default="", metavar="FILE", help="a head of yours; default: the shipped one"
    )
    options = made.parse_args(argv)
    lines = options.data.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    if options.quick:
        rows = rows[:_QUICK]
    scorer = load_relevance_head(options.scorer)
    vectors = TextVectors(registry.get("embedder", "use-m3"), max_kept=200_000)
    scores: dict[str, list[dict[str, Sequence[float]]]] = {"cosine": [], "head": []}
    start = time.perf_counter()
    for row in rows:
        said = row["context"][-1]
        replies = {kind: row[f"{kind}_responses"] for kind in _KINDS}
        scores["head"].append({kind: scorer.score(said, each) for kind, each in replies.items()})
        scores["cosine"].append({kind: _likeness(said, each, vectors) for kind, each in replies.items()})
    spent_s = time.perf_counter() - start
    figures: dict[str, Figure] = {"n": len(rows), "seed": options.seed, "seconds": round(spent_s, 1)}
    print(f"{len(rows):,} contexts; AUC of good replies against")
    print(f"{'':10}{'adversarial':>22}{'random':>22}")
    for name, each in scores.items():
        cells = []
        for kind in _KINDS[1:]:
            value, low, high = _area_with_interval(each, kind, options.seed)
            figures |= {f"{name}_{kind}": value, f"{name}_{kind}_low": low, f"{name}_{kind}_high": high}
            cells.append(f"{value:.1f} ({low:.1f}–{high:.1f})")
        print(f"{name:10}{cells[0]:>22}{cells[1]:>22}")
    write(figures, options.json)
    return 0


def _likeness(said: str, replies: Sequence[str], vectors: TextVectors) -> Sequence[float]:
    rows = vectors.of([said, *replies])
    found: list[float] = (rows[1:] @ rows[0]).tolist()
    return found


def _area_with_interval(
    scores: Sequence[dict[str, Sequence[float]]], kind: str, seed: int
) -> tuple[float, float, float]:
    order = np.random.default_rng(seed)
    found = [
        _area(scores, kind, order.integers(len(scores), size=len(scores), dtype=np.int64))
        for _ in range(_RESAMPLES)
    ]
    whole = _area(scores, kind, np.arange(len(scores), dtype=np.int64))
    return round(whole, 2), round(percentile(found, 0.025), 2), round(percentile(found, 0.975), 2)


def _area(scores: Sequence[dict[str, Sequence[float]]], kind: str, at: NDArray[np.int64]) -> float:
    good = np.concatenate([scores[place]["positive"] for place in at])
    bad = np.concatenate([scores[place][kind] for place in at])
    label = np.repeat([1, 0], [len(good), len(bad)])
    return 100 * area_under_curve(np.concatenate([good, bad]), label)


if __name__ == "__main__":
    sys.exit(main())
