"""What the utterances before a question do to recall, over conversations in LoCoMo's format.

    python -m benchmarks.memory_history --data FILE [--embedder NAME] [--quick] [--seed N] [--json OUT]

Its questions stand alone, so two kinds of talk are made around them. *Unrelated*: the last utterances of the
conversation come before the whole question, and should change nothing. *Followed up*: only the first half of
the question is asked, and the whole of it was said before, among three other utterances; without the stage
`history` nobody could know what is meant. Recall@10 is given with the stage and without it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks import report
from benchmarks.locomo import Conversation, Question, read_conversations
from benchmarks.memory_recall import FOUND_BEST, first_of, memory_of
from benchmarks.report import Figure
from benchmarks.retrieval_metrics import bootstrap_interval, recall_at
from roleagent.memory.in_process import InProcessMemory
from roleagent.memory.recall.profile import FAST
from roleagent.protocols import Cue

LIMIT = 10
EVERY, QUICK_EVERY = 5, 25


def main(argv: list[str] | None = None) -> None:
    """Ask with both kinds of talk, with the stage and without it, and print a table."""
    options = _parser().parse_args(argv)
    embedder = first_of("embedder", [options.embedder] if options.embedder else FOUND_BEST)
    talks = read_conversations(options.data)
    memories = [(talk, memory_of(talk, embedder, None, FAST)) for talk in talks]
    every = QUICK_EVERY if options.quick else EVERY
    figures: dict[str, Figure] = {"seed": options.seed, "embedder": getattr(embedder, "name", "none")}
    for stage, profile in (("with", FAST), ("without", FAST.without("history"))):
        shares: dict[str, list[float]] = {"unrelated": [], "followed_up": []}
        for talk, memory in memories:
            memory.profile = profile
            for number, question in list(enumerate(talk.questions))[::every]:
                shares["unrelated"].append(_found(memory, talk, question, _unrelated(talk, question)))
                shares["followed_up"].append(
                    _found(memory, talk, question, _followed_up(talk, question, number))
                )
        figures |= dict(_told(stage, shares, options.seed))
    report.write(figures, options.json)


def _parser() -> argparse.ArgumentParser:
    made = report.parser(__doc__)
    made.add_argument("--data", type=Path, required=True, metavar="FILE", help="in LoCoMo's format")
    made.add_argument("--embedder", metavar="NAME", help="by default the best on this machine for English")
    return made


def _unrelated(talk: Conversation, question: Question) -> Cue:
    last = tuple(episode.text for episode in talk.episodes[-4:])
    return Cue(text=question.text, at=talk.ended_at, history=last)


def _followed_up(talk: Conversation, question: Question, number: int) -> Cue:
    words = question.text.rstrip("?").split()
    half = " ".join(words[: max(2, len(words) // 2)]) + "?"
    last = talk.episodes[-4].text, talk.episodes[-3].text
    other = talk.questions[(7 * number + 3) % len(talk.questions)].text
    return Cue(text=half, at=talk.ended_at, history=(last[0], other, question.text, last[1]))


def _found(memory: InProcessMemory, talk: Conversation, question: Question, cue: Cue) -> float:
    episodes = memory.recall(cue, talk.episodes[-1].owner, talk.episodes[-1].sight, limit=LIMIT)
    return 100 * recall_at([episode.id for episode in episodes], question.evidence, LIMIT)


def _told(stage: str, shares: dict[str, list[float]], seed: int) -> Iterator[tuple[str, Figure]]:
    for kind, values in shares.items():
        mean, (low, high) = float(np.mean(values)), bootstrap_interval(values, seed=seed)
        print(f"{kind:12} {stage:8} the stage: recall@{LIMIT} {mean:.1f} ({low:.1f}–{high:.1f}), "
              f"n={len(values)}")  # fmt: skip
        yield f"{kind}_{stage}_history_recall_at_{LIMIT}", round(mean, 2)


if __name__ == "__main__":
    main()
