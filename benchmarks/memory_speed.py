"""How long remembering and recalling take as memory grows, beside a bare comparison of all vectors in numpy.

    python -m benchmarks.memory_speed [--quick] [--seed N] [--json OUT]

Sentences come from templates; their vectors from the real embedder, on 240 distinct sentences, with a little
noise for each episode, so that they lie as sentence vectors do (an approximate index fails on random ones).
Embedding is timed by itself and is not within the other times. A write is a turn: two episodes and one fact.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from benchmarks.report import Figure, parser, percentile, write
from roleagent.memory.chroma import ChromaMemory
from roleagent.memory.embedders import embed, load_best_embedder
from roleagent.memory.in_process import InProcessMemory
from roleagent.types import Episode, Fact, GraphUpdate, Scope

SIZES = (0, 1_000, 10_000)
LIMIT = 8
SCOPE = Scope(persona_id="holmes", user_id="ada", thread_id="one")
START = datetime(2026, 1, 1, tzinfo=UTC)
NUM_SENTENCES = 240
NOISE = 0.02  # standard deviation of each of 512 numbers; the cosine to the clean vector stays near 0.9
WHO = ("My sister", "Our neighbour", "The doctor", "我的朋友", "My old teacher", "王先生")
DID = ("sold", "found", "dreamt of", "repaired", "painted", "lost", "借了", "admired")
WHAT = (
    "a violin",
    "the red umbrella",
    "two horses",
    "一本书",
    "a letter from Bath",
    "the garden",
    "一只黑猫",
)
WHEN = ("on Monday", "last winter", "昨天", "before the war", "at dawn", "in Lyon")


COLUMNS = ("write_p50_ms", "write_p95_ms", "recall_p50_ms", "recall_p95_ms", "numpy_p50_ms", "ratio_to_numpy",
           "reopen_ms", "same_as_exact")  # fmt: skip


class NoisyEmbedder(Embeddings):
    """Vectors of distinct sentences, made before, with noise that depends on the episode's number."""

    name = "noisy"

    def __init__(self, sentences: Sequence[str], vectors: NDArray[np.float32]) -> None:
        self._vectors = dict(zip(sentences, vectors, strict=True))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One row a text of the form ``SENTENCE #NUMBER``."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The sentence's vector, moved a little."""
        sentence, _, number = text.partition(" #")
        clean = self._vectors[sentence]
        noise = np.random.default_rng(int(number)).normal(0, NOISE, clean.shape)
        moved: list[float] = (clean + noise).tolist()
        return moved


def main(argv: list[str] | None = None) -> None:
    """Measure at every size, print a table and the headline."""
    options = parser(__doc__).parse_args(argv)
    num_calls = 30 if options.quick else 200
    rng = random.Random(options.seed)
    sentences = distinct_sentences(rng)
    real = load_best_embedder()
    embed_ms = [timed_ms(partial(embed, real, [text])) for text in sentences[: min(num_calls, 100)]]
    noisy = NoisyEmbedder(sentences, embed(real, sentences))
    figures: dict[str, Figure] = {"seed": options.seed, "num_calls": num_calls}
    figures |= summary("embed_one_text", embed_ms)
    print(f"embedding one text: p50 {figures['embed_one_text_p50_ms']} ms\n")
    print("".join(f"{name:>15}" for name in ("episodes", *COLUMNS)))
    for size in SIZES:
        row = measure(size, num_calls, sentences, noisy, rng)
        print(f"{size:>15,}" + "".join(f"{row[name]:>15.2f}" for name in COLUMNS))
        figures |= {f"{name}_at_{size}": value for name, value in row.items()}
    last = SIZES[-1]
    print(f"headline: recall takes {figures[f'recall_p50_ms_at_{last}']} ms p50 at {last:,} episodes "
          f"beside {figures['embed_one_text_p50_ms']} ms for the embedder, n={num_calls}")  # fmt: skip
    write(figures, options.json)


def measure(
    size: int, num_calls: int, sentences: Sequence[str], embedder: NoisyEmbedder, rng: random.Random
) -> dict[str, float]:
    """Times and agreement with an exact search, with `size` episodes in memory."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        queries = [f"{rng.choice(sentences)} #{10**6 + number}" for number in range(num_calls)]
        exact = InProcessMemory(embedder)
        memory = ChromaMemory(home, embedder)
        for each in (memory, exact):
            fill(each, size, sentences)
        memory.close()
        start = time.perf_counter()
        memory = ChromaMemory(home, embedder)
        memory.recall(queries[0], SCOPE, limit=LIMIT)
        reopen_ms = (time.perf_counter() - start) * 1e3
        recall_ms = [timed_ms(partial(memory.recall, query, SCOPE, limit=LIMIT)) for query in queries]
        same = float(np.mean([agreement(memory, exact, query) for query in queries[:50]]))
        numpy_ms = bare_numpy_ms(size, queries, sentences, embedder)
        write_ms = [timed_ms(partial(remember_turn, memory, turn, sentences)) for turn in range(num_calls)]
        memory.close()
        exact.close()
    row = summary("write", write_ms) | summary("recall", recall_ms) | summary("numpy", numpy_ms)
    ratio = row["recall_p50_ms"] / max(row["numpy_p50_ms"], 1e-3)
    return row | {"ratio_to_numpy": round(ratio, 1), "reopen_ms": round(reopen_ms, 1), "same_as_exact": same}


def distinct_sentences(rng: random.Random) -> list[str]:
    """Sentences in English, Chinese and a mixture."""
    every = [f"{who} {did} {what} {when}." for who in WHO for did in DID for what in WHAT for when in WHEN]
    return rng.sample(every, NUM_SENTENCES)


def fill(memory: ChromaMemory | InProcessMemory, size: int, sentences: Sequence[str]) -> None:
    """Remember `size` episodes, 500 a call."""
    for first in range(0, size, 500):
        batch = [episode(number, sentences) for number in range(first, min(first + 500, size))]
        memory.remember(batch, GraphUpdate(), SCOPE)


def remember_turn(memory: ChromaMemory, turn: int, sentences: Sequence[str]) -> None:
    """What the workflow writes after a reply."""
    first = 10**5 + 2 * turn
    fact = Fact(
        id=f"fact {turn}",
        subject="ada",
        relation="owns",
        object=str(turn),
        text="Ada owns it.",
        layer="learned",
    )
    pair = [episode(first, sentences), episode(first + 1, sentences)]
    memory.remember(pair, GraphUpdate(added=(fact,)), SCOPE)


def episode(number: int, sentences: Sequence[str]) -> Episode:
    """The episode of a number."""
    return Episode(
        id=f"e{number}",
        scope=SCOPE,
        turn_id=f"t{number // 2}",
        speaker="persona" if number % 2 else "user",
        text=f"{sentences[number * 7 % len(sentences)]} #{number}",
        at=START + timedelta(minutes=number),
    )


def agreement(memory: ChromaMemory, exact: InProcessMemory, query: str) -> float:
    """Share of the exact search's episodes that the memory on disk finds too."""
    wanted = {each.id for each in exact.recall(query, SCOPE, limit=LIMIT)}
    found = {each.id for each in memory.recall(query, SCOPE, limit=LIMIT)}
    return len(wanted & found) / len(wanted) if wanted else 1.0


def bare_numpy_ms(
    size: int, queries: Sequence[str], sentences: Sequence[str], embedder: NoisyEmbedder
) -> list[float]:
    """A matrix product and the best few, and nothing else."""
    texts = [episode(number, sentences).text for number in range(size)]
    matrix = embed(embedder, texts) if texts else np.zeros((0, 512), np.float32)
    vectors = embed(embedder, queries)
    return [timed_ms(partial(nearest, matrix, vector)) for vector in vectors]


def nearest(matrix: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.intp]:
    """The places of the best few."""
    return np.argsort(matrix @ vector)[-LIMIT:]


def timed_ms(call: Callable[[], object]) -> float:
    """Milliseconds that a call takes."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def summary(name: str, times_ms: Sequence[float]) -> dict[str, float]:
    """The median and the 95th percentile."""
    shares = {"p50": 0.5, "p95": 0.95}
    return {f"{name}_{key}_ms": round(percentile(times_ms, share), 3) for key, share in shares.items()}


if __name__ == "__main__":
    main()
