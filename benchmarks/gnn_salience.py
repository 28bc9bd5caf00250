"""Measure which ranker finds the facts that an answer needs.

    python -m benchmarks.gnn_salience [--embedder NAME] [--without FILE.safetensors] [--worlds DIR]
                                      [--questions FILE.jsonl] [--follow-ups FILE.jsonl] [--num-worlds N]
                                      [--quick] [--seed N] [--json OUT]

(a) Made-up worlds from the wordings in ``benchmarks/data/gnn``. Another writer made them, and what happens to
stand among the wordings and names of the training is left out. A quarter of the relations are new.
(b) Personas and questions that were written one by one, not drawn from wordings.
``--questions`` takes others; each line is ``{"persona": PATH, "text": …, "facts": [ids]}``, the path as
seen from the folder of the file.
(c) Follow-ups, which make sense only after what was said before ("And where does she work?"). Each line of
``--follow-ups`` also has ``"before": [texts]``. "no state" is the same network without what facts keep of the
utterances before; "read as one text" has the whole talk as if it were said at once.

``--without`` is a network without message passing (``roleagent train gnn --layers 0``): what is left of the
gain if facts do not hear each other.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import parser, write
from benchmarks.retrieval_metrics import bootstrap_interval
from roleagent import load_persona, registry
from roleagent.embedding.embedders import embedder_name
from roleagent.embedding.text_vectors import Matrix, TextVectors
from roleagent.errors import InputError
from roleagent.gnn.pagerank import page_rank
from roleagent.gnn.ranker import FLOOR, shipped_network
from roleagent.gnn.salience import SalienceNetwork, sigmoid
from roleagent.gnn.training.characters import read_character
from roleagent.gnn.training.data import worlds
from roleagent.gnn.training.examples import Example, example_of, measure
from roleagent.gnn.training.talks import TOLD, Question, Talk
from roleagent.gnn.training.words import RelationWords, WorldWords, read_words, words_of

DATA = Path(__file__).parent / "data" / "gnn"
QUESTIONS = DATA / "personas" / "questions.jsonl"
FOLLOW_UPS = DATA / "personas" / "followups.jsonl"
TIMES = DATA / "times"

Scorer = Callable[[Example], Matrix]  # [num_questions, num_facts]
Row = tuple[Question, np.ndarray, Matrix]
RowsOf = Callable[[Sequence[Example], Scorer], Iterator[Row]]

_COSINE, _OVERLAP, _OF_SUBJECT, _OF_OBJECT = 0, 4, 7, 8  # columns of `FactGraph.clues`
_HOPS = {0: "none", 1: "1 step", 2: "2 steps", 3: "3 steps"}


def main(argv: list[str] | None = None) -> int:
    """Print recall at 5 by set, number of steps and ranker."""
    made = parser(__doc__)
    made.add_argument("--embedder", default="auto")
    made.add_argument("--without", type=Path, help="weights of a network without message passing")
    made.add_argument("--worlds", type=Path, default=DATA, help="folder with en.toml and zh.toml")
    made.add_argument("--questions", type=Path, default=QUESTIONS, help="questions about personas")
    made.add_argument("--follow-ups", type=Path, default=FOLLOW_UPS, help="questions after others")
    made.add_argument("--times", type=Path, default=TIMES, help="characters with a past, and talks")
    made.add_argument("--num-worlds", type=int, default=60, help="made-up worlds of each language")
    options = made.parse_args(argv)
    embedder = registry.get("embedder", options.embedder)
    name = embedder_name(embedder)
    vectors = TextVectors(embedder, max_kept=1_000_000)
    number = options.num_worlds // 6 if options.quick else options.num_worlds
    sets: list[tuple[str, list[Example]]] = []
    for path in sorted(options.worlds.glob("??.toml")):
        words = unseen(read_words(path, path.stem))
        sets.append((f"worlds {path.stem}", list(worlds(words, number, f"{options.seed}", vectors))))
    sets += written(options.questions, vectors).items()
    sets += written(options.follow_ups, vectors).items()
    sets += written(options.follow_ups, vectors, as_one=True).items()
    sets += with_times(options.times, vectors).items()
    scorers = scorers_for(name, options.without)
    figures: dict[str, float | int | str] = {"embedder": name, "seed": options.seed}
    for label, examples in sets:
        for part, rows_of in (("", first_utterances), ("follow-ups, ", follow_ups)):
            show(f"{part}{label}", examples, scorers, figures, rows_of, seed=options.seed)
    write(figures, options.json)
    return 0


def unseen(words: WorldWords) -> WorldWords:
    """Without the wordings and names that also stand among those of the training."""
    trained = words_of(words.language)
    known = {text for each in trained.relations.values() for text in _wordings(each)}
    known |= {text for each in trained.groups.values() for text in each.ask_you}
    known |= {*trained.small, *trained.given, *trained.family}
    known |= {name for names in trained.names.values() for name in names}

    def new(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(text for text in texts if text not in known)

    relations = {
        name: replace(
            each,
            facts=new(each.facts),
            ask_you=new(each.ask_you),
            ask=new(each.ask),
            noun_you=new(each.noun_you),
            noun=new(each.noun),
            ask_inverse=new(each.ask_inverse),
            past=new(each.past),
            ask_you_past=new(each.ask_you_past),
            ask_past=new(each.ask_past),
            ask_you_year=new(each.ask_you_year),
            ask_year=new(each.ask_year),
        )
        for name, each in words.relations.items()
    }
    return replace(
        words,
        relations={name: each for name, each in relations.items() if each.facts},
        groups={name: replace(each, ask_you=new(each.ask_you)) for name, each in words.groups.items()},
        small=new(words.small),
        given=new(words.given),
        family=new(words.family),
        names={kind: new(names) for kind, names in words.names.items()},
    )


def _wordings(words: RelationWords) -> Iterator[str]:
    told, asked = (words.facts, words.past), (words.ask_you, words.ask, words.ask_inverse)
    of_the_past = (words.ask_you_past, words.ask_past, words.ask_you_year, words.ask_year)
    for texts in (*told, *asked, words.noun_you, words.noun, *of_the_past):
        yield from texts


def written(path: Path, vectors: TextVectors, *, as_one: bool = False) -> dict[str, list[Example]]:
    """Questions about persona files, by language.

    Args:
        path: a file of questions, or of follow-ups.
        vectors: of sentences.
        as_one: put what was said before and the follow-up together as one text.
    """
    asked: dict[str, list[Talk]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        asked.setdefault(row["persona"], []).append(_talk(row, as_one=as_one))
    found: dict[str, list[Example]] = {}
    for name, talks in asked.items():
        persona = load_persona(path.parent / name)
        for talk in talks:
            if unknown := talk[-1].facts - set(persona.graph.facts):
                raise ValueError(f"{name} has no facts {sorted(unknown)!r}: mend {path.name}.")
        example = example_of(persona.graph, (), vectors, talks=talks, character=persona.node_id)
        label = f"written {persona.language[:2]}" + (", read as one text" if as_one else "")
        found.setdefault(label, []).append(example)
    return found


def with_times(folder: Path, vectors: TextVectors) -> dict[str, list[Example]]:
    """Characters of whose facts some are over, by language: questions, and talks with their lines."""
    found: dict[str, list[Example]] = {}
    for path in sorted(folder.glob("*.txt")):
        character = read_character(path)
        example = example_of(character.graph, character.questions, vectors, talks=character.talks)
        found.setdefault(f"times {path.name[:2]}", []).append(example)
    if not found:
        raise InputError(f"There are no characters (*.txt) in {str(folder)!r}.")
    return found


def _talk(row: dict[str, Any], *, as_one: bool) -> Talk:
    """What was said before has no facts of its own here: it is not measured."""
    ids = frozenset(row["facts"])
    before: list[str] = row.get("before", [])
    text = " ".join([*before, row["text"]]) if as_one else row["text"]
    last = Question(text=text, facts=ids, hops=row.get("hops", min(len(ids), 3)), kind="written")
    earlier = (Question(text=each, facts=frozenset(), hops=0, kind="before") for each in before)
    return (last,) if as_one else (*earlier, last)


def scorers_for(embedder: str, without: Path | None) -> dict[str, Scorer]:
    """The rankers to compare; weights of the sums were tuned on the characters that stop the training."""
    scorers: dict[str, Scorer] = {
        "cosine": lambda example: example.clues[..., _COSINE],
        "words": lambda example: example.clues[..., _OVERLAP],
        "cosine + words + names": alike,
        "the same + PageRank": spread,
    }
    if without:
        scorers["network, no messages"] = by(SalienceNetwork.load(without))
    network = shipped_network(embedder)
    if network:
        scorers["gnn, no state"] = by(network, with_state=False)
        scorers["gnn"] = by(network)
    return scorers


def alike(example: Example) -> Matrix:
    """Weighed likenesses."""
    clues = example.clues
    named = (clues[..., _OF_SUBJECT] + clues[..., _OF_OBJECT]) / 2
    likeness = clues[..., _COSINE] + 0.3 * clues[..., _OVERLAP] + 0.2 * named
    return likeness.astype(np.float32)


def spread(example: Example) -> Matrix:
    """The same, and PageRank from there."""
    likeness = alike(example)
    start = np.exp((likeness - likeness.max(axis=1, keepdims=True)) / 0.03)
    facts = example.facts
    return likeness + 4 * page_rank(start, facts.subject, facts.object, facts.is_character)


def by(network: SalienceNetwork, *, with_state: bool = True) -> Scorer:
    """A network's probabilities."""

    def score(example: Example) -> Matrix:
        rows, kept = [], list[Matrix]()
        for place, before in enumerate(example.after):
            held = kept[before] if before >= 0 and with_state else None
            one = slice(place, place + 1)
            found = network.read(example.facts, example.asked[one], example.clues[one], held)
            kept.append(network.keep(held, found))
            rows.append(found.log_odds[0])
        return sigmoid(np.stack(rows))

    return score


def show(
    label: str,
    examples: Sequence[Example],
    scorers: dict[str, Scorer],
    figures: dict[str, float | int | str],
    rows_of: RowsOf,
    *,
    seed: int,
) -> None:
    """Print a table of one set; none if nothing is in it."""
    if not any(True for _ in rows_of(examples, lambda example: np.zeros(example.wanted.shape, np.float32))):
        return
    num_facts = [len(example.facts.facts) for example in examples]
    print(f"\n{label}: {len(examples)} graphs of {min(num_facts)}–{max(num_facts)} facts")
    recalls: dict[str, list[float]] = {}
    for name, score in scorers.items():
        rows = list(rows_of(examples, score))
        floor = FLOOR if name in ("gnn", "gnn, no state", "network, no messages") else np.inf
        found = measure([(wanted, scores) for _, wanted, scores in rows], floor=floor)
        parts = []
        for hops in (1, 2, 3):
            some = [(wanted, scores) for each, wanted, scores in rows if each.hops == hops]
            part = measure(some, floor=floor)
            parts.append(f"{_HOPS[hops]} {part.recall_at_5:.3f} ({part.n})")
            figures[f"{label} {name} {hops}".replace(" ", "_")] = round(part.recall_at_5, 4)
        recalls[name] = [float(share) for share in shares(rows)]
        at_floor = (
            f"  above {FLOOR}: precision {found.precision:.2f} recall {found.recall:.2f} "
            f"quiet {found.quiet:.2f}"
            if np.isfinite(floor)
            else ""
        )
        print(
            f"  {name:28} recall@5 {found.recall_at_5:.3f}  all in 5 {found.all_at_5:.3f}  "
            + "  ".join(parts)
            + at_floor
        )
        figures[f"{label} {name}".replace(" ", "_")] = round(found.recall_at_5, 4)
        if "times" in label:
            figures |= show_first(label, name, examples, rows)
    if "gnn" in recalls:
        others = {name: values for name, values in recalls.items() if name not in ("gnn", "gnn, no state")}
        best = max(others, key=lambda name: float(np.mean(others[name])))
        gains = np.array(recalls["gnn"]) - np.array(others[best])
        low, high = bootstrap_interval(gains.tolist(), seed=seed)
        interval = f"95 % {100 * low:+.1f} to {100 * high:+.1f}"
        print(f"  gnn minus {best}: {100 * gains.mean():+.1f} points ({interval})")


def show_first(label: str, name: str, examples: Sequence[Example], rows: Sequence[Row]) -> dict[str, float]:
    """Print how often the first fact is one that is needed, of what is over and of what holds."""
    over = {fact.id for example in examples for fact in example.facts.facts if fact.valid_to}
    right: dict[str, list[bool]] = {"what is over": [], "what holds": []}
    for question, wanted, scores in rows:
        if question.facts:
            right["what is over" if question.facts & over else "what holds"].append(
                bool(wanted[scores.argmax()])
            )
    shares_of = {kind: float(np.mean(each)) for kind, each in right.items() if each}
    parts = (f"{kind} {share:.3f} ({len(right[kind])})" for kind, share in shares_of.items())
    print(f"  {'':28} the first is needed: " + "  ".join(parts))
    return {
        f"{label} {name} first, {kind}".replace(" ", "_"): round(share, 4)
        for kind, share in shares_of.items()
    }


def asked_of(examples: Sequence[Example], score: Scorer, *, is_follow_up: bool) -> Iterator[Row]:
    """Each question that is measured, the facts it needs, and their scores."""
    for example in examples:
        scores = score(example)
        for place, question in enumerate(example.questions):
            if question.kind not in ("before", TOLD) and (example.depth[place] > 0) == is_follow_up:
                yield question, example.wanted[place], scores[place]


def first_utterances(examples: Sequence[Example], score: Scorer) -> Iterator[Row]:
    """What is said at the start of a talk."""
    return asked_of(examples, score, is_follow_up=False)


def follow_ups(examples: Sequence[Example], score: Scorer) -> Iterator[Row]:
    """What is said later."""
    return asked_of(examples, score, is_follow_up=True)


def shares(rows: Sequence[Row]) -> Iterator[float]:
    """Recall at 5 of each question that needs facts."""
    for _, wanted, scores in rows:
        if wanted.any():
            yield wanted[np.argsort(-scores, kind="stable")[:5]].sum() / wanted.sum()


if __name__ == "__main__":
    sys.exit(main())
