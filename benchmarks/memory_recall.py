"""How well recall finds the turns that answer a question, over conversations in LoCoMo's format.

    python -m benchmarks.memory_recall --data FILE [--profile quality|fast|words] [--stages NAMES]
        [--ablation] [--embedder NAME] [--reranker NAME] [--quick] [--seed N] [--json OUT]

Each conversation is remembered by a memory of its own, each of its sessions as a thread; every question is
one call of `recall`, asked at the end of the last session. The pool is the whole conversation. Recall is the
share of the turns named as evidence that are found; its interval is a bootstrap over questions.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings

from benchmarks import report
from benchmarks.locomo import Conversation, Question, read_conversations
from benchmarks.report import Figure, percentile
from benchmarks.retrieval_metrics import bootstrap_interval, ndcg_at, recall_at, reciprocal_rank
from roleagent import registry
from roleagent.errors import ModelUnavailableError
from roleagent.memory.in_process import InProcessMemory
from roleagent.memory.recall.pool import within_budget
from roleagent.memory.recall.profile import PROFILES, STAGES, WORDS_ONLY, RecallProfile
from roleagent.protocols import Cue, Reranker
from roleagent.types import Episode, GraphUpdate

LIMITS = (5, 10, 20)
TOKEN_BUDGETS = (1_000, 2_000, 4_000)
LONGEST = 150  # utterances: more than 4,000 tokens of them
QUICK_EVERY = 5
FOUND_BEST = ("bge-small-en", "auto")
COLUMNS = (*(f"recall_at_{limit}" for limit in LIMITS), "ndcg_at_10", "mrr",
           *(f"recall_in_{budget}_tokens" for budget in TOKEN_BUDGETS))  # fmt: skip
Memories = list[tuple[Conversation, InProcessMemory]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How one question went: its metrics in the order of `COLUMNS`, and how long recall took."""

    category: int
    metrics: tuple[float, ...]
    took_ms: float


class OnceReranker:
    """A reranker that scores each pair once, so that an ablation costs little more than one run."""

    def __init__(self, reranker: Reranker) -> None:
        self.name, self.languages = reranker.name, reranker.languages
        self._reranker = reranker
        self._scores: dict[tuple[str, str], float] = {}

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """One number a text."""
        new = [text for text in dict.fromkeys(texts) if (query, text) not in self._scores]
        for text, score in zip(new, self._reranker.score(query, new) if new else (), strict=True):
            self._scores[query, text] = score
        return [self._scores[query, text] for text in texts]


def main(argv: list[str] | None = None) -> None:
    """Ask every question, print tables and the headline."""
    options = _parser().parse_args(argv)
    conversations = read_conversations(options.data)
    embedder = first_of("embedder", [options.embedder] if options.embedder else FOUND_BEST)
    reranker = first_of("reranker", [options.reranker])
    profile = _profile(options, embedder)
    if options.ablation and reranker is not None:
        reranker = OnceReranker(reranker)
    memories = [(each, memory_of(each, embedder, reranker, profile)) for each in conversations]
    every = QUICK_EVERY if options.quick else 1
    answers = _ask_all(memories, profile, every)
    figures = _figures(answers, options.seed) | _times(answers, embedder, memories)
    figures |= {"profile": options.profile, "stages": ",".join(profile.stages), "seed": options.seed}
    figures |= {"embedder": _name(embedder), "reranker": _name(reranker)}
    _print_table(answers)
    if options.ablation:
        figures |= _ablation(memories, profile, every, answers)
    _print_headline(figures)
    report.write(figures, options.json)


def _parser() -> argparse.ArgumentParser:
    made = report.parser(__doc__)
    made.add_argument(
        "--data", type=Path, required=True, metavar="FILE", help="conversations in LoCoMo's format"
    )
    made.add_argument("--profile", choices=sorted(PROFILES), default="quality", help="stages and weights")
    made.add_argument("--stages", metavar="NAMES", help=f"only these, of {','.join(STAGES)}")
    made.add_argument("--embedder", metavar="NAME", help="by default the best on this machine for English")
    made.add_argument("--reranker", metavar="NAME", default="reranker-l12", help="read where it is installed")
    made.add_argument("--ablation", action="store_true", help="each stage switched off in turn")
    return made


def _profile(options: argparse.Namespace, embedder: Embeddings | None) -> RecallProfile:
    profile = PROFILES[options.profile] if embedder is not None else WORDS_ONLY
    return profile.only(*options.stages.split(",")) if options.stages else profile


def first_of(kind: str, names: Sequence[str]) -> Any:  # Any: what is found depends on the kind
    """The first plug-in of these names that is on this machine; None where none is, or by the name `none`."""
    for name in names:
        if name == "none":
            return None
        try:
            return registry.get(kind, name)
        except ModelUnavailableError as missing:
            print(f"without {name}: {missing}", file=sys.stderr)
    return None


def memory_of(
    conversation: Conversation, embedder: Embeddings | None, reranker: Reranker | None, profile: RecallProfile
) -> InProcessMemory:
    """A memory that has lived through a conversation."""
    memory = InProcessMemory(embedder, reranker=reranker, profile=profile)
    for thread, episodes in groupby(conversation.episodes, key=lambda episode: episode.thread):
        memory.remember(list(episodes), GraphUpdate(), thread.owner)
    return memory


def _ask_all(memories: Memories, profile: RecallProfile, every: int) -> list[Answer]:
    answers: list[Answer] = []
    for conversation, memory in memories:
        memory.profile = profile
        memory.recall(
            conversation.questions[0].text,
            conversation.episodes[-1].owner,
            conversation.episodes[-1].sight,
            limit=1,
        )  # warm up
        answers += [_ask(memory, conversation, question) for question in conversation.questions[::every]]
    return answers


def _ask(memory: InProcessMemory, conversation: Conversation, question: Question) -> Answer:
    cue = Cue(text=question.text, at=conversation.ended_at, graph=conversation.graph)
    begun = time.perf_counter()
    found = memory.recall(
        cue, conversation.episodes[-1].owner, conversation.episodes[-1].sight, limit=LONGEST
    )
    took_ms = 1e3 * (time.perf_counter() - begun)
    return Answer(category=question.category, metrics=_metrics(found, question), took_ms=took_ms)


def _metrics(found: Sequence[Episode], question: Question) -> tuple[float, ...]:
    """In the order of `COLUMNS`."""
    ranked, relevant = [episode.id for episode in found], question.evidence
    inside = (within_budget(found, budget) for budget in TOKEN_BUDGETS)
    return (
        *(recall_at(ranked, relevant, limit) for limit in LIMITS),
        ndcg_at(ranked, relevant, 10),
        reciprocal_rank(ranked, relevant),
        *(recall_at([episode.id for episode in kept], relevant, len(kept)) for kept in inside),
    )


def _means(answers: Sequence[Answer]) -> dict[str, float]:
    """Percent, over all questions and as the mean of the categories' means."""
    rows = np.array([answer.metrics for answer in answers])
    categories = np.array([answer.category for answer in answers])
    by_category = [rows[categories == category].mean(axis=0) for category in np.unique(categories)]
    means = zip(COLUMNS, 100 * rows.mean(axis=0), 100 * np.mean(by_category, axis=0), strict=True)
    figures: dict[str, float] = {}
    for column, overall, of_categories in means:
        figures[column] = round(float(overall), 2)
        figures[f"mean_of_categories_{column}"] = round(float(of_categories), 2)
    return figures


def _figures(answers: Sequence[Answer], seed: int) -> dict[str, Figure]:
    figures: dict[str, Figure] = {"num_questions": len(answers), **_means(answers)}
    for category in sorted({answer.category for answer in answers}):
        of_it = [answer for answer in answers if answer.category == category]
        figures[f"category_{category}_num_questions"] = len(of_it)
        means = _means(of_it)
        figures |= {f"category_{category}_{column}": means[column] for column in COLUMNS}
    for column in ("recall_at_10", "ndcg_at_10"):
        values = [100 * answer.metrics[COLUMNS.index(column)] for answer in answers]
        low, high = bootstrap_interval(values, seed=seed)
        figures |= {f"{column}_low": round(low, 2), f"{column}_high": round(high, 2)}
    return figures


def _times(answers: Sequence[Answer], embedder: Embeddings | None, memories: Memories) -> dict[str, Figure]:
    """Milliseconds of a recall, and how much of them the embedder takes for a question."""
    took = [answer.took_ms for answer in answers]
    figures: dict[str, Figure] = {f"recall_{name}_ms": round(percentile(took, share), 1)
                                  for name, share in (("p50", 0.5), ("p95", 0.95))}  # fmt: skip
    if embedder is not None:
        texts = [question.text for conversation, _ in memories for question in conversation.questions[:20]]
        alone = [_time_of(embedder, text) for text in texts]
        figures["embedding_p50_ms"] = round(percentile(alone, 0.5), 1)
    return figures


def _time_of(embedder: Embeddings, text: str) -> float:
    begun = time.perf_counter()
    embedder.embed_documents([text])
    return 1e3 * (time.perf_counter() - begun)


def _ablation(
    memories: Memories, profile: RecallProfile, every: int, answers: Sequence[Answer]
) -> dict[str, Figure]:
    """Each stage switched off in turn."""
    shown = ("recall_at_10", "ndcg_at_10", "mean_of_categories_recall_at_10", "mean_of_categories_ndcg_at_10")
    print(
        f"{'without':14}"
        + "".join(f"{name.replace('mean_of_categories', 'categories'):>24}" for name in shown)
    )
    rows = {"(all stages)": _means(answers)}
    for stage in profile.stages:
        rows[stage] = _means(_ask_all(memories, profile.without(stage), every))
    figures: dict[str, Figure] = {}
    for stage, means in rows.items():
        print(f"{stage:14}" + "".join(f"{means[name]:>24.1f}" for name in shown))
        if stage in STAGES:
            figures |= {f"without_{stage}_{name}": means[name] for name in shown}
    return figures


def _print_table(answers: Sequence[Answer]) -> None:
    print(f"{'':20}{'questions':>10}" + "".join(f"{name.replace('recall', 'R'):>18}" for name in COLUMNS))
    for category in sorted({answer.category for answer in answers}):
        of_it = [answer for answer in answers if answer.category == category]
        _print_row(f"category {category}", len(of_it), _means(of_it))
    means = _means(answers)
    by_category = {name: means[f"mean_of_categories_{name}"] for name in COLUMNS}
    _print_row("mean of categories", len(answers), by_category)
    _print_row("all", len(answers), means)


def _print_row(name: str, count: int, means: Mapping[str, float]) -> None:
    print(f"{name:20}{count:>10}" + "".join(f"{means[column]:>18.1f}" for column in COLUMNS))


def _print_headline(figures: Mapping[str, Figure]) -> None:
    print(
        f"{figures['embedder']} and {figures['reranker']}, a recall p50 {figures['recall_p50_ms']} ms,"
        f" p95 {figures['recall_p95_ms']} ms (embedding the question alone:"
        f" {figures.get('embedding_p50_ms', 0)} ms)"
    )
    print(
        f"recall@10 {figures['recall_at_10']} ({figures['recall_at_10_low']}–{figures['recall_at_10_high']}),"
        f" nDCG@10 {figures['ndcg_at_10']}, mean of categories {figures['mean_of_categories_recall_at_10']}"
        f" and {figures['mean_of_categories_ndcg_at_10']}, n={figures['num_questions']}"
    )


def _name(plug_in: Any) -> str:  # Any: of any kind
    return str(getattr(plug_in, "name", "none"))


if __name__ == "__main__":
    main()
