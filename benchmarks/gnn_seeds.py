"""Train the graph network with several seeds, and measure each on what none was trained on.

    python -m benchmarks.gnn_seeds [--seeds 5] [--embedder NAME] [--layers 2,0] [--languages en,zh]
                                   [--worlds N] [--epochs N] [--num-worlds N] [--journal FILE]
                                   [--quick] [--seed N] [--json OUT]

A seed draws the made-up worlds, the cuttings of the characters, the first weights, the order and the dropout.
Networks of different layers are trained on the same data of a seed, so their differences are paired. All are
measured on the same sets, those of `benchmarks.gnn_salience`, drawn with ``--seed``. The intervals are
Student's, over the seeds: they say what another training would give, not what other questions would.

Each training is a line of the journal as soon as it is done. To go on after a kill, run the same command
again. Each text is embedded once for all seeds.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.gnn_salience import (
    DATA,
    FOLLOW_UPS,
    QUESTIONS,
    TIMES,
    Scorer,
    by,
    first_utterances,
    follow_ups,
    spread,
    unseen,
    with_times,
    written,
)
from benchmarks.report import Figure, parser, write
from benchmarks.retrieval_metrics import t_interval
from roleagent import registry
from roleagent.embedding.embedders import embed, embedder_name
from roleagent.embedding.text_vectors import TextVectors
from roleagent.errors import InputError
from roleagent.gnn.salience import VERSION, SalienceNetwork
from roleagent.gnn.training.data import Data, make_data, worlds
from roleagent.gnn.training.examples import Example, measure
from roleagent.gnn.training.remembering import RememberingEmbedder
from roleagent.gnn.training.words import read_words

Sets = Mapping[str, Sequence[Example]]
Recalls = dict[str, float]  # "SET, STEPS" -> recall at 5

_HOPS = {0: "all", 1: "1 step", 2: "2 steps", 3: "3 steps"}


def main(argv: list[str] | None = None) -> int:
    """Print recall at 5 by set, number of steps and number of layers: mean and interval over the seeds."""
    made = parser(__doc__)
    made.add_argument("--seeds", type=int, default=5, help="how many; they are --seed, --seed + 1, …")
    made.add_argument("--embedder", default="auto")
    made.add_argument("--layers", type=_numbers, default=(2, 0), help="steps over the graph, as 2,0")
    made.add_argument("--languages", type=lambda text: tuple(text.split(",")), default=("en", "zh"))
    made.add_argument("--worlds", type=int, default=600, help="made-up worlds of a language to train on")
    made.add_argument("--epochs", type=int, default=3)
    made.add_argument("--num-worlds", type=int, default=60, help="made-up worlds of a language to measure on")
    made.add_argument("--journal", type=Path, help="default: gnn_seeds.EMBEDDER.jsonl")
    options = made.parse_args(argv)
    plan = Plan(
        embedder=options.embedder,
        languages=options.languages,
        worlds=options.worlds // 60 if options.quick else options.worlds,
        epochs=1 if options.quick else options.epochs,
        num_worlds=options.num_worlds // 10 if options.quick else options.num_worlds,
        seed=options.seed,
    )
    embedder = RememberingEmbedder(registry.get("embedder", options.embedder))
    journal = Journal(options.journal or Path(f"gnn_seeds.{embedder.name.replace('/', '-')}.jsonl"), plan)
    sets = held_out(embedder, plan)
    seeds = range(options.seed, options.seed + options.seeds)
    done = journal.read()
    for seed in seeds:
        left = [layers for layers in options.layers if (seed, layers) not in done]
        for run in runs(embedder, plan, seed, left, sets):
            journal.add(run)
            done[seed, run.layers] = run
            print(f"seed {seed}, {run.layers} layers: {run.seconds:.0f} s", file=sys.stderr)
    chosen = {layers: [done[seed, layers].recalls for seed in seeds] for layers in options.layers}
    figures: dict[str, Figure] = {"embedder": embedder.name, "seed": options.seed, "seeds": options.seeds}
    show(chosen, recalls_of(sets, spread), figures)
    write(figures, options.json)
    return 0


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in text.split(","))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What all runs of a journal have in common."""

    embedder: str
    languages: tuple[str, ...]
    worlds: int
    epochs: int
    num_worlds: int
    seed: int
    version: str = VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One training, measured."""

    seed: int
    layers: int
    seconds: float
    best_epoch: int
    recalls: Recalls


@dataclass(frozen=True, slots=True)
class Journal:
    """A file with one JSON object a line: the plan, then each run."""

    path: Path
    plan: Plan

    def read(self) -> dict[tuple[int, int], Run]:
        """The runs so far, by seed and layers; a line that was cut off is left out.

        Raises:
            InputError: the file belongs to another plan.
        """
        head = json.loads(json.dumps(asdict(self.plan)))
        if not self.path.exists() or not self.path.stat().st_size:
            self._write(head)
            return {}
        first, *rest = self.path.read_text(encoding="utf-8").split("\n")
        if first != json.dumps(head):
            raise InputError(f"{str(self.path)!r} is of another plan: {first}. Name another with --journal.")
        if rest and rest[-1]:
            with self.path.open("a", encoding="utf-8") as file:
                file.write("\n")
        return {(run.seed, run.layers): run for run in _runs_in(rest)}

    def add(self, run: Run) -> None:
        """Write a run through to the disk."""
        self._write(asdict(run))

    def _write(self, row: Mapping[str, object]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _runs_in(lines: Sequence[str]) -> Iterator[Run]:
    for line in lines:
        try:
            yield Run(**json.loads(line))
        except (ValueError, TypeError):  # cut off by a kill
            continue


def held_out(embedder: RememberingEmbedder, plan: Plan) -> dict[str, list[Example]]:
    """What `benchmarks.gnn_salience` measures on, by the name of the set."""
    vectors = TextVectors(embedder, max_kept=1_000_000)
    sets: dict[str, list[Example]] = {}
    for language in plan.languages:
        words = unseen(read_words(DATA / f"{language}.toml", language))
        sets[f"worlds {language}"] = list(worlds(words, plan.num_worlds, f"{plan.seed}", vectors))
    for path in (QUESTIONS, FOLLOW_UPS):
        for name, examples in written(path, vectors).items():
            if name.removeprefix("written ") in plan.languages:
                sets.setdefault(name, []).extend(examples)
    for name, examples in with_times(TIMES, vectors).items():
        if name.removeprefix("times ") in plan.languages:
            sets[name] = examples
    return sets


def runs(
    embedder: RememberingEmbedder, plan: Plan, seed: int, all_layers: Sequence[int], sets: Sets
) -> Iterator[Run]:
    """Train networks of some numbers of layers on the data of a seed, and measure each."""
    if not all_layers:
        return
    import torch

    torch.set_num_threads(1)
    data = make_data(embedder, languages=plan.languages, num_worlds=plan.worlds, seed=seed)
    for layers in all_layers:
        start = time.perf_counter()
        network, best_epoch = trained(embedder, data, plan, seed, layers)
        yield Run(
            seed=seed,
            layers=layers,
            seconds=time.perf_counter() - start,
            best_epoch=best_epoch,
            recalls=recalls_of(sets, by(network)),
        )


def trained(
    embedder: RememberingEmbedder, data: Data, plan: Plan, seed: int, layers: int
) -> tuple[SalienceNetwork, int]:
    """A network as it would be shipped, in half precision, and its best epoch."""
    from roleagent.gnn.network import Shape
    from roleagent.gnn.training.scoring import temperature_of
    from roleagent.gnn.training.train import Options, save, train

    shape = Shape(dim=embed(embedder, ["…"]).shape[1], layers=layers)
    network, epochs = train(data, shape, Options(epochs=plan.epochs, seed=seed))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.safetensors"
        temperature = temperature_of(network, [*data.dev, *data.written])
        save(network, path, embedder=embedder_name(embedder), temperature=temperature)
        return SalienceNetwork.load(path), max(epochs, key=lambda epoch: epoch.merit).number


def recalls_of(sets: Sets, score: Scorer) -> Recalls:
    """Recall at 5 of a ranking by set and number of steps, of first questions and of those after others."""
    found: Recalls = {}
    for name, examples in sets.items():
        rows = list(first_utterances(examples, score))
        for hops, label in _HOPS.items():
            some = [(wanted, scores) for each, wanted, scores in rows if not hops or each.hops == hops]
            found[f"{name}, {label}"] = measure(some, floor=0).recall_at_5
        later = [(wanted, scores) for _, wanted, scores in follow_ups(examples, score)]
        found[f"{name}, follow-ups"] = measure(later, floor=0).recall_at_5
    return found


def show(all_recalls: Mapping[int, Sequence[Recalls]], pagerank: Recalls, figures: dict[str, Figure]) -> None:
    """Print a line for each set and number of steps; last, the gain of the first number of layers."""
    first, *others = all_recalls
    titles = [f"{layers} layers" for layers in all_recalls] + [f"{first} minus {each}" for each in others]
    print(f"{'recall at 5':24} {'pagerank':>8}  " + "  ".join(f"{title:21}" for title in titles))
    for row in pagerank:
        columns = {f"{layers}": [each[row] for each in found] for layers, found in all_recalls.items()}
        for other in others:
            pairs = zip(columns[f"{first}"], columns[f"{other}"], strict=True)
            columns[f"{first} minus {other}"] = [one - two for one, two in pairs]
        cells = []
        for title, values in columns.items():
            mean, (low, high) = sum(values) / len(values), t_interval(values)
            cells.append(f"{mean:.3f} ({low:.3f}–{high:.3f})")
            key = f"{row} {title}".replace(", ", "_").replace(" ", "_")
            figures[key] = round(mean, 4)
            if len(values) > 1:
                figures |= {f"{key}_low": round(low, 4), f"{key}_high": round(high, 4)}
        figures[f"{row} pagerank".replace(", ", "_").replace(" ", "_")] = round(pagerank[row], 4)
        print(f"{row:24} {pagerank[row]:8.3f}  " + "  ".join(f"{cell:21}" for cell in cells))
    alls = [row for row in pagerank if row.endswith(_HOPS[0])]
    gains = [sum(recalls[row] - pagerank[row] for row in alls) / len(alls) for recalls in all_recalls[first]]
    low, high = t_interval(gains)
    print(
        f"\n{first} layers minus pagerank, mean of {len(alls)} sets: {sum(gains) / len(gains):+.3f} "
        f"(95 % {low:+.3f} to {high:+.3f}, n {len(gains)} seeds)"
    )


if __name__ == "__main__":
    sys.exit(main())
