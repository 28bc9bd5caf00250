"""Measure what attention over the neighbourhood brings to the completion of a knowledge graph.

    python -m benchmarks.graph_completion --data FOLDER [--seeds N] [--epochs N] [--scorer NAME] [--dim N]
                                          [--tune] [--quick] [--seed N] [--json OUT]

FOLDER has ``train.txt``, ``valid.txt`` and ``test.txt``, and ``valid_negatives.txt`` and
``test_negatives.txt`` for the hard negatives, as CoDEx has them (Safavi and Koutra, arXiv:2009.07810). The
same scorer with as many updates, once alone and once with attention over the neighbourhood of the subject.
Filtered ranks of objects and of subjects. Settings were chosen on the validation part, with as many tries for
both.

``--tune`` prints the validation part after every few epochs and leaves the test part alone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.report import Figure, parser, write
from benchmarks.retrieval_metrics import bootstrap_interval
from roleagent.gnn.completion import CompletionNetwork, CompletionShape
from roleagent.gnn.training.complete import (
    CompletionOptions,
    Ranked,
    plausibility_of,
    ranked,
    train_completion,
)
from roleagent.gnn.training.triples import Triples, indexed, read_lines, read_triples

ARMS = {"scorer alone": False, "with attention": True}
_FEWEST_OF_RELATION = 10  # validation triples from which a relation gets a threshold of its own
_EVERY = 10  # epochs after which --tune looks at the validation part


def main(argv: list[str] | None = None) -> int:
    """Print MRR and Hits of both, and the difference."""
    made = parser(__doc__)
    made.add_argument(
        "--data", type=Path, required=True, help="folder with train.txt, valid.txt and test.txt"
    )
    made.add_argument("--seeds", type=int, default=3, help="how many seeds, from --seed on")
    made.add_argument("--epochs", type=int, default=CompletionOptions().epochs)
    made.add_argument("--scorer", choices=("complex", "distmult"), default="complex")
    made.add_argument("--dim", type=int, default=512, help="numbers an entity")
    made.add_argument("--tune", action="store_true", help="look at the validation part only")
    options = made.parse_args(argv)
    torch.set_num_threads(1)
    triples = read_triples(options.data)
    sizes = {part: len(rows) for part, rows in triples.parts.items()}
    print(f"{len(triples.entities)} entities, {len(triples.relations)} relations, {sizes}")
    chosen = replace(CompletionOptions(), epochs=3 if options.quick else options.epochs)
    shape = CompletionShape(
        num_entities=len(triples.entities),
        num_relations=triples.num_relations,
        scorer=options.scorer,
        dim=64 if options.quick else options.dim,
    )
    figures: dict[str, Figure] = {"scorer": shape.scorer, "dim": shape.dim, "epochs": chosen.epochs}
    gains: list[NDArray[np.float64]] = []
    for seed in range(options.seed, options.seed + (1 if options.quick else options.seeds)):
        found = {
            name: measure(
                triples,
                replace(shape, attention=attention),
                replace(chosen, seed=seed),
                options.data,
                tune=options.tune,
            )
            for name, attention in ARMS.items()
        }
        for name, arm in found.items():
            figures |= show(f"seed {seed} {name}", arm)
        gains.append(1 / found["with attention"].ranked.ranks - 1 / found["scorer alone"].ranked.ranks)
    headline(np.stack(gains), figures, "valid" if options.tune else "test", seed=options.seed)
    write(figures, options.json)
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """What came of one training.

    Attributes:
        ranked: of the test part, or the validation part if `--tune` was given.
        valid: of the validation part.
        accuracy: share of the test triples and hard negatives that are told apart; None without such files.
        seconds: of training.
    """

    ranked: Ranked
    valid: Ranked
    accuracy: float | None
    seconds: float


def measure(
    triples: Triples, shape: CompletionShape, options: CompletionOptions, folder: Path, *, tune: bool
) -> Arm:
    """Train, then rank."""

    def on_epoch(number: int, seconds: float, network: CompletionNetwork) -> None:
        if tune and (number % _EVERY == 0 or number == 1):
            print(f"  epoch {number}, {seconds:.1f} s: {ranked(network, triples, 'valid')}", flush=True)

    start = time.perf_counter()
    network = train_completion(triples, shape, options, on_epoch)
    seconds = time.perf_counter() - start
    valid = ranked(network, triples, "valid")
    if tune:
        return Arm(ranked=valid, valid=valid, accuracy=None, seconds=seconds)
    accuracy = told_apart(network, triples, folder)
    return Arm(
        ranked=ranked(network, triples, "test"),
        valid=valid,
        accuracy=accuracy,
        seconds=seconds,
    )


def told_apart(network: CompletionNetwork, triples: Triples, folder: Path) -> float | None:
    """Accuracy on test triples and hard negatives, with thresholds by relation from the validation part."""
    scores: dict[str, tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.bool_]]] = {}
    for part in ("valid", "test"):
        path = folder / f"{part}_negatives.txt"
        if not path.is_file():
            return None
        false = indexed(triples, read_lines(path))
        rows = np.concatenate([triples.parts[part], false])
        is_true = np.arange(len(rows)) < len(triples.parts[part])
        scores[part] = rows[:, 1], plausibility_of(network, triples, rows), is_true
    relations, values, is_true = scores["valid"]
    overall = threshold(values, is_true)
    own = {
        relation: threshold(values[relations == relation], is_true[relations == relation])
        for relation in np.unique(relations).tolist()
        if (relations == relation).sum() >= _FEWEST_OF_RELATION
    }
    relations, values, is_true = scores["test"]
    limits = np.array([own.get(relation, overall) for relation in relations.tolist()])
    return float(((values >= limits) == is_true).mean())


def threshold(values: NDArray[np.float32], is_true: NDArray[np.bool_]) -> float:
    """The value from which on most are true.

    >>> threshold(np.array([1.0, 2.0, 3.0], np.float32), np.array([False, True, True]))
    2.0
    """
    order = np.argsort(values)
    right = np.concatenate([[0], np.cumsum(np.where(is_true[order], -1, 1))])  # against all called true
    best = int(right.argmax())
    return float(values[order[best]]) if best < len(values) else float("inf")


def show(label: str, arm: Arm) -> Mapping[str, Figure]:
    """Print one line."""
    apart = "" if arm.accuracy is None else f"  hard negatives {arm.accuracy:.3f}"
    print(
        f"{label:24} {arm.ranked}{apart}  (valid {arm.valid.mrr:.4f}, {arm.seconds:.0f} s)",
        flush=True,
    )
    key = label.replace(" ", "_")
    figures: dict[str, Figure] = {f"{key}_mrr": round(arm.ranked.mrr, 4)}
    figures |= {f"{key}_hits_{most}": round(arm.ranked.hits(most), 4) for most in (1, 3, 10)}
    if arm.accuracy is not None:
        figures[f"{key}_hard_negatives"] = round(arm.accuracy, 4)
    return figures


def headline(gains: NDArray[np.float64], figures: dict[str, Figure], part: str, *, seed: int) -> None:
    """Print the means over the seeds, and what attention brings."""
    for name in ARMS:
        key = name.replace(" ", "_")
        values = [float(value) for label, value in figures.items() if label.endswith(f"{key}_mrr")]
        figures[f"{key}_mean_mrr"] = round(float(np.mean(values)), 4)
        spread = f" ± {np.std(values, ddof=1):.4f}" if len(values) > 1 else ""
        print(f"{name}: mean {part} MRR {np.mean(values):.4f}{spread} over {len(values)} seeds")
    by_triple = gains.mean(axis=0)
    low, high = bootstrap_interval(by_triple.tolist(), seed=seed)
    figures["gain"] = round(float(by_triple.mean()), 4)
    print(
        f"attention: {100 * by_triple.mean():+.2f} points of {part} MRR "
        f"(95 % {100 * low:+.2f} to {100 * high:+.2f}, n = {len(by_triple)} ranks, {len(gains)} seeds)"
    )


if __name__ == "__main__":
    sys.exit(main())
