"""How well a scorer tells contradictions from what merely shares a topic, on data of DECODE, CDConv or KvPI.

``--scorer head`` is the shipped one (the row *ships*: trained on nothing that may not be shipped). With
``--train FILE`` a second head is trained on that file of the same form first, in this run, and never written
(the row *measured only*). ``cosine`` is a floor: the likeness of the two lines.

AUC is that of a contradiction against all else; macro-F1 is over two classes, at the scorer's own probability
of one half, and for KvPI over its three. Intervals are bootstrapped. A file that holds contradictions alone,
as DECODE's development pairs do, gets as many pairs of lines of different talks: half of them near by cosine,
half at random.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Figure, parser, percentile, write
from roleagent import registry
from roleagent.critics.contradiction import (
    CLASSES,
    CONTRADICTS,
    NEUTRAL,
    HeadContradictionScorer,
    load_cross_encoder,
    load_head,
)
from roleagent.critics.training.kernel import area_under_curve
from roleagent.critics.training.pair_files import FORMS, Row, read_pairs
from roleagent.embedding.text_vectors import Matrix, TextVectors
from roleagent.errors import InputError

_RESAMPLES = 500
_NEAR = 5  # of the nearest lines, one is drawn
_QUICK = 300


class Scorer(Protocol):
    """Gives the classes of a row."""

    def rows(self, rows: Sequence[Row]) -> Matrix:
        """The probability of each of `CLASSES`, [num_rows, 3]."""


def main(argv: list[str] | None = None) -> int:
    """Print the table."""
    made = parser(__doc__)
    made.add_argument("--format", required=True, choices=sorted(FORMS), dest="form")
    made.add_argument("--data", type=Path, required=True, metavar="FILE")
    made.add_argument("--scorer", default="head", metavar="NAME", help="head, head:FILE, cross-encoder:NAME")
    made.add_argument("--train", type=Path, metavar="FILE", help="of the same form: trains a second head")
    made.add_argument("--most", type=int, metavar="N", help="so many rows, drawn by the seed")
    options = made.parse_args(argv)
    try:
        rows = balanced(read_pairs(options.form, options.data), options.seed)
    except InputError as error:
        raise SystemExit(str(error)) from error
    rows = drawn(rows, options.most or (_QUICK if options.quick else None), options.seed)
    if len({row.label == CONTRADICTS for row in rows}) < 2:
        raise SystemExit(f"{options.data} needs rows that contradict and rows that do not.")
    is_three = options.form == "kvpi"
    print(f"{options.form}: {len(rows):,} rows, {sum(row.label == CONTRADICTS for row in rows):,} contradict")
    scorers: dict[str, Scorer] = {"cosine": Cosine(), "ships": _named(options.scorer)}
    if options.train:
        scorers["measured only"] = _trained(options.form, options.train, options.seed)
    figures: dict[str, Figure] = {"n": len(rows), "seed": options.seed, "scorer": options.scorer}
    print(f"{'':14}{'AUC':>22}{'macro-F1':>22}{'ms a row':>10}")
    for name, scorer in scorers.items():
        start = time.perf_counter()
        found = scorer.rows(rows)
        spent_ms = (time.perf_counter() - start) * 1e3 / len(rows)
        figures |= _measured(name, found, rows, is_three=is_three, seed=options.seed) | {
            f"{_key(name)}ms": round(spent_ms, 2)
        }
        auc, f1 = (_interval(figures, f"{_key(name)}{each}") for each in ("auc", "macro_f1"))
        print(f"{name:14}{auc:>22}{f1:>22}{spent_ms:>10.1f}")
    write(figures, options.json)
    return 0


def balanced(rows: list[Row], seed: int) -> list[Row]:
    """The rows; if all contradict, with as many pairs of lines of different rows."""
    if not rows or any(row.label != CONTRADICTS for row in rows):
        return rows
    print("Only contradictions: as many pairs of different talks are added, half of them near by cosine.")
    order = np.random.default_rng(seed)
    vectors = TextVectors(registry.get("embedder", "use-m3"), max_kept=200_000)
    rows = [rows[place] for place in order.permutation(len(rows))[:4_000]]
    earlier = vectors.of([row.earlier[0] for row in rows])
    later = vectors.of([row.later for row in rows])
    others = []
    for place, row in enumerate(rows):
        if place % 2:
            other = int(order.integers(len(rows)))
        else:
            like = later @ earlier[place]
            like[place] = -1
            other = int(order.choice(np.argsort(-like)[:_NEAR]))
        if rows[other].later != row.later and rows[other].earlier != row.earlier:
            others.append(replace(row, later=rows[other].later, label=NEUTRAL))
    return [*rows, *others]


def drawn(rows: list[Row], most: int | None, seed: int) -> list[Row]:
    """So many of the rows, by the seed; all for None."""
    if most is None or len(rows) <= most:
        return rows
    return [rows[place] for place in np.random.default_rng(seed).permutation(len(rows))[:most]]


class Cosine:
    """The floor: two lines that are alike may contradict."""

    def rows(self, rows: Sequence[Row]) -> Matrix:
        """Likeness as a probability of a contradiction."""
        vectors = TextVectors(registry.get("embedder", "use-m3"), max_kept=200_000)
        later = vectors.of([row.later for row in rows])
        earlier = vectors.of([" ".join(row.earlier) for row in rows])
        like = np.clip((earlier * later).sum(axis=1), 0, 1)
        return np.stack([1 - like, np.zeros_like(like), like], axis=1)


class ByPairs:
    """A scorer of pairs, asked about each fact of a profile by itself."""

    def __init__(self, scorer: HeadContradictionScorer) -> None:
        self._scorer = scorer

    def rows(self, rows: Sequence[Row]) -> Matrix:
        """A profile contradicts, or agrees, where one of its facts does; neutral are all of them together."""
        return np.stack([self._row(row) for row in rows])

    def _row(self, row: Row) -> NDArray[np.float32]:
        each = np.array(self._scorer.classes(row.earlier, row.later), np.float32)
        found = np.array([each[:, 0].prod(), each[:, 1].max(), each[:, 2].max()], np.float32)
        total: NDArray[np.float32] = found / found.sum()
        return total


class ByCrossEncoder:
    """A cross-encoder, which tells contradictions alone."""

    def __init__(self, name: str) -> None:
        self._scorer = load_cross_encoder(name)

    def rows(self, rows: Sequence[Row]) -> Matrix:
        """The most that one of the earlier lines is contradicted."""
        score = np.array([max(self._scorer.score(row.earlier, row.later)) for row in rows], np.float32)
        return np.stack([1 - score, np.zeros_like(score), score], axis=1)


def _named(name: str) -> Scorer:
    kind, _, argument = name.partition(":")
    if kind == "head":
        return ByPairs(load_head(argument))
    if kind == "cross-encoder":
        return ByCrossEncoder(argument)
    raise SystemExit(f"--scorer {name!r} is none of head, head:FILE and cross-encoder:NAME.")


def _trained(form: str, path: Path, seed: int) -> Scorer:
    import torch

    from roleagent.critics.training.contradiction import DataFile, examples
    from roleagent.critics.training.pair_training import Options, embedded, head_of, train_one

    torch.set_num_threads(1)
    embedder = registry.get("embedder", "use-m3")
    learned_from = examples([DataFile(form, path)], languages=("en",) if form == "decode" else (), seed=seed)
    print(f"Training on {len(learned_from):,} pairs …")
    vectors = embedded(embedder, [text for each in learned_from for text in (each.earlier, each.later)])
    trained = train_one(learned_from, vectors, len(CLASSES), Options(seed=seed))
    head = head_of(trained, embedder="use-m3", classes=CLASSES)
    return ByPairs(HeadContradictionScorer(head, TextVectors(embedder, max_kept=200_000)))


def _measured(
    name: str, found: Matrix, rows: Sequence[Row], *, is_three: bool, seed: int
) -> dict[str, Figure]:
    label = np.array([row.label for row in rows])
    contradicts = (label == CONTRADICTS).astype(np.int64)
    if is_three:
        chosen, wanted = found.argmax(axis=1), label
    else:
        chosen, wanted = (found[:, CONTRADICTS] >= 0.5).astype(np.int64), contradicts
    order, key = np.random.default_rng(seed), _key(name)
    aucs, f1s = [], []
    for _ in range(_RESAMPLES):
        at = order.integers(len(rows), size=len(rows))
        aucs.append(100 * area_under_curve(found[at, CONTRADICTS], contradicts[at]))
        f1s.append(100 * macro_f1(chosen[at], wanted[at]))
    figures: dict[str, Figure] = {
        f"{key}auc": 100 * area_under_curve(found[:, CONTRADICTS], contradicts),
        f"{key}macro_f1": 100 * macro_f1(chosen, wanted),
    }
    for what, values in (("auc", aucs), ("macro_f1", f1s)):
        figures |= {
            f"{key}{what}_low": percentile(values, 0.025),
            f"{key}{what}_high": percentile(values, 0.975),
        }
    return {each: round(float(value), 2) for each, value in figures.items()}


def macro_f1(chosen: NDArray[np.int64], wanted: NDArray[np.int64]) -> float:
    """The mean F1 of the classes that are wanted somewhere."""
    scores = []
    for one in np.unique(wanted):
        hits = int(((chosen == one) & (wanted == one)).sum())
        scores.append(2 * hits / max(1, int((chosen == one).sum() + (wanted == one).sum())))
    return float(np.mean(scores))


def _key(name: str) -> str:
    """How the keys of a row begin; those of the shipped scorer have no beginning."""
    return "" if name == "ships" else f"{name.replace(' ', '_')}_"


def _interval(figures: dict[str, Figure], key: str) -> str:
    return f"{figures[key]:.1f} ({figures[f'{key}_low']:.1f}–{figures[f'{key}_high']:.1f})"


if __name__ == "__main__":
    sys.exit(main())
