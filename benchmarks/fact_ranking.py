"""Measure which facts come to mind: those that answer a question, and none where nothing is asked.

    python -m benchmarks.fact_ranking [--embedder NAME] [--tune] [--memorybank DIR] [--quick] [--seed N]
                                      [--json OUT]

Our own questions about the bundled personas (English and Chinese), with the ids of the facts that answer.
The rankers' weights and the floor were tuned on the odd ones (`--tune` shows the grid); the even ones are
reported, alone and behind an introduction. `small_talk.txt` holds talk that concerns no character and was
used for no setting; ``--memorybank`` adds talk with a companion, some of which does ask for interests.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import parser, percentile, write
from roleagent import Persona, load_persona, registry
from roleagent.gnn.likeness import CosineFactRanker, PageRankFactRanker
from roleagent.gnn.ranker import GnnFactRanker
from roleagent.protocols import FactRanker

QUESTIONS = Path(__file__).parent / "data" / "fact_questions.txt"
SMALL_TALK = Path(__file__).parent / "data" / "small_talk.txt"
INTRODUCTIONS = {
    "en": "My name is Ann, I work as a nurse and I live in Lewes with my brother. ",
    "zh": "我叫小安，是个护士，和哥哥一起住在杭州。",
}
GRID = tuple(itertools.product((0.0, 0.2, 0.4), (0.0, 1.0, 2.0, 4.0), (0.0, 0.1, 0.2)))
FLOORS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4)
Recalls = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a user asks a persona, and the facts that answer."""

    persona: Persona
    text: str
    facts: frozenset[str]


class Kept:
    """Vectors kept between the rankers of one run, so that each sentence is embedded once."""

    def __init__(self) -> None:
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def cached_embeddings(self, embedder: str, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors that are here."""
        return {text: self._vectors[text] for text in texts if text in self._vectors}

    def cache_embeddings(self, embedder: str, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """Keep vectors by text."""
        self._vectors |= vectors


def main(argv: list[str] | None = None) -> int:
    """Print recall at 5 and 10 and the time of each way to rank."""
    options_parser = parser(__doc__)
    options_parser.add_argument("--embedder", default="auto")
    options_parser.add_argument("--tune", action="store_true", help="print the grid on the odd questions")
    options_parser.add_argument("--memorybank", type=Path, metavar="DIR", help="talk with a companion")
    options = options_parser.parse_args(argv)
    embedder, kept = registry.get("embedder", options.embedder), Kept()
    questions = list(read_questions(QUESTIONS))
    tuning, reported = questions[::2], questions[1::2]
    if options.tune:
        for overlap, spread, named in GRID:
            tried = PageRankFactRanker(
                embedder, kept, overlap=overlap, spread=spread, named=named, unrelated=None
            )
            show(f"overlap {overlap}, spread {spread}, named {named}", tried, tuning)
        for unrelated in FLOORS:
            floored = PageRankFactRanker(embedder, kept, unrelated=unrelated)
            show(f"unrelated {unrelated}", floored, tuning)
        return 0
    rankers: dict[str, FactRanker] = {
        "cosine": CosineFactRanker(embedder, kept, unrelated=None),
        "pagerank": PageRankFactRanker(embedder, kept, unrelated=None),
        "pagerank with a floor": PageRankFactRanker(embedder, kept),
        "gnn": GnnFactRanker(embedder, kept, floor=0.0),
        "gnn with a floor": GnnFactRanker(embedder, kept),
    }
    figures: dict[str, float | int | str] = {"n": len(reported), "seed": options.seed}
    for name, ranker in rankers.items():
        show(f"{name}, tuned on", ranker, tuning)
        figures |= show(f"{name}, reported", ranker, reported)
        figures |= time_of(name, ranker, questions, num_rounds=1 if options.quick else 5)
    personas = {question.persona.id: question.persona for question in questions}
    talk = list(read_small_talk(SMALL_TALK))
    if options.memorybank:
        talk += companion_talk(options.memorybank, num=60, seed=options.seed)
    for name in ("pagerank with a floor", "gnn", "gnn with a floor"):
        figures |= show_after_introduction(name, rankers[name], reported)
        figures |= show_small_talk(name, rankers[name], list(personas.values()), talk)
    headline(figures, rankers, reported, seed=options.seed)
    write(figures, options.json)
    return 0


def read_questions(path: Path) -> Iterator[Question]:
    """All questions; lines that start with # are comments.

    Raises:
        ValueError: a fact that is named is not in the persona.
    """
    personas: dict[str, Persona] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.partition(" | ")
        text, _, ids = rest.partition(" => ")
        persona = personas.setdefault(name, load_persona(name))
        facts = frozenset(part.strip() for part in ids.split(";"))
        if unknown := facts - set(persona.graph.facts):
            raise ValueError(f"{name} has no facts {sorted(unknown)!r}: mend {path.name}.")
        yield Question(persona=persona, text=text, facts=facts)


def read_small_talk(path: Path) -> Iterator[tuple[str, str]]:
    """Language and utterance; lines that start with # are comments."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            language, _, said = line.partition(" | ")
            yield language, said


def companion_talk(folder: Path, *, num: int, seed: int) -> list[tuple[str, str]]:
    """Utterances of MemoryBank's users, as many of each language."""
    said = []
    for language, name in (("en", "en"), ("zh", "cn")):
        users = json.loads((folder / f"{name}_memory_bank_{name}.json").read_text(encoding="utf-8"))
        days = [day for user in users.values() for day in user["history"].values()]
        all_said = [exchange["query"] for day in days for exchange in day]
        said += [(language, text) for text in random.Random(seed).sample(all_said, num)]
    return said


def show_small_talk(
    name: str, ranker: FactRanker, personas: Sequence[Persona], talk: Sequence[tuple[str, str]]
) -> dict[str, float | int | str]:
    """Print and give how many facts an utterance brings that asks for none, at most 5."""
    brought = np.array(
        [
            len(ranker.rank(persona.graph, said, limit=5, character=persona.node_id))
            for persona in personas
            for language, said in talk
            if persona.language.startswith(language)
        ]
    )
    mean, any_fact = float(brought.mean()), float((brought > 0).mean())
    print(f"{name:34} n {len(brought)}  small talk brings {mean:.2f} facts, any at all in {any_fact:.0%}")
    key = name.replace(" ", "_")
    return {f"{key}_small_talk_facts": round(mean, 3), f"{key}_small_talk_any": round(any_fact, 3)}


def show_after_introduction(
    name: str, ranker: FactRanker, questions: Sequence[Question]
) -> dict[str, float | int | str]:
    """Print and give recall at 5 and 10 of questions that follow an introduction in the same utterance."""
    introduced = [
        replace(each, text=INTRODUCTIONS[each.persona.language[:2]] + each.text) for each in questions
    ]
    return show(f"{name}, introduced", ranker, introduced)


def recalls(ranker: FactRanker, questions: Sequence[Question], limit: int) -> Recalls:
    """Share of the answering facts among the first `limit`, by question."""
    return np.array([_recall(ranker, question, limit) for question in questions])


def _recall(ranker: FactRanker, question: Question, limit: int) -> float:
    found = ranker.rank(
        question.persona.graph, question.text, limit=limit, character=question.persona.node_id
    )
    return len(question.facts & {fact.id for fact in found}) / len(question.facts)


def show(name: str, ranker: FactRanker, questions: Sequence[Question]) -> dict[str, float | int | str]:
    """Print and give mean recall at 5 and 10."""
    at_5, at_10 = (float(recalls(ranker, questions, limit).mean()) for limit in (5, 10))
    print(f"{name:34} n {len(questions)}  recall@5 {at_5:.3f}  recall@10 {at_10:.3f}")
    key = name.replace(" ", "_")
    return {f"{key}_at_5": round(at_5, 4), f"{key}_at_10": round(at_10, 4)}


def time_of(
    name: str, ranker: FactRanker, questions: Sequence[Question], *, num_rounds: int
) -> dict[str, float | int | str]:
    """Print and give the milliseconds of one ranking, the query's embedding remembered."""
    took = []
    for question in list(questions) * num_rounds:
        start = time.perf_counter()
        ranker.rank(question.persona.graph, question.text, limit=12, character=question.persona.node_id)
        took.append((time.perf_counter() - start) * 1e3)
    p50, p95 = percentile(took, 0.5), percentile(took, 0.95)
    print(f"{name:34} {p50:.1f} ms p50, {p95:.1f} ms p95")
    return {
        f"{name.replace(' ', '_')}_ms_p50": round(p50, 2),
        f"{name.replace(' ', '_')}_ms_p95": round(p95, 2),
    }


def headline(
    figures: dict[str, float | int | str],
    rankers: Mapping[str, FactRanker],
    questions: Sequence[Question],
    *,
    seed: int,
) -> None:
    """Print what the network adds to the cosine, with a 95 % bootstrap interval over the questions."""
    with_it = recalls(rankers["gnn"], questions, 5)
    gain = with_it - recalls(rankers["cosine"], questions, 5)
    drawn = np.random.default_rng(seed).choice(gain, size=(10_000, len(gain))).mean(axis=1)
    low, high = (float(edge) for edge in np.quantile(drawn, (0.025, 0.975)))
    figures |= {
        "gnn_gain_at_5": round(float(gain.mean()), 4),
        "low": round(low, 4),
        "high": round(high, 4),
    }
    print(
        f"the network adds {gain.mean():+.3f} to recall@5 (95 % {low:+.3f} to {high:+.3f}, n = {len(gain)}; "
        f"{int((gain > 0).sum())} questions better, {int((gain < 0).sum())} worse)"
    )


if __name__ == "__main__":
    sys.exit(main())
