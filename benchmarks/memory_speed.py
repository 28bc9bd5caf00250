"""How long remembering and recalling take as memory grows, beside a bare comparison of all vectors in numpy.

    python -m benchmarks.memory_speed [--quick] [--sizes N …] [--reranker NAME] [--seed N] [--json OUT]

Sentences come from templates, 2,016 of them, English, Chinese and mixed; their vectors from the real
embedder, with a little noise for each episode, so that they lie as sentence vectors do (an approximate index
fails on random ones). Embedding is timed by itself and is not within the other times. A write is a turn: two
episodes and one fact, durably. Times are of the fast recall profile; with --reranker of the quality one too.
50 at once: as many threads, all of one user, or of that one and five others with 1,000 episodes each. RAM is
what a fresh process takes on by opening the home, recalling and waiting for the index; disk is the record and
the index. Files are made in the folder that TMPDIR names.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from benchmarks.report import Figure, parser, percentile, write
from roleagent import registry
from roleagent.embedding.embedders import embed, load_best_embedder
from roleagent.memory.in_process import InProcessMemory
from roleagent.memory.on_disk import OnDiskMemory
from roleagent.memory.recall.profile import FAST, QUALITY
from roleagent.protocols import Reranker
from roleagent.types import STRANGER, Episode, Fact, GraphUpdate, Owner, Thread

SIZES = (1_000, 10_000, 100_000)
LIMIT = 8
ADA = Owner(persona_id="holmes", user_id="ada")
OTHERS = tuple(Owner(persona_id="holmes", user_id=f"user {number}") for number in range(5))
NUM_OTHERS_EPISODES = 1_000
START = datetime(2026, 1, 1, tzinfo=UTC)
NOISE = 0.02  # standard deviation of each of 512 numbers; the cosine to the clean vector stays near 0.9
NUM_THREADS = 50
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

Row = dict[str, float]


class NoisyEmbedder(Embeddings):
    """Vectors of distinct sentences, made before, with noise that depends on the episode's number."""

    name = "noisy"

    def __init__(self, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        self._vectors = vectors
        self._any = next(iter(vectors.values()))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One row a text of the form ``SENTENCE #NUMBER``."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The sentence's vector, moved a little; for a part of one, which recall may ask for, some vector."""
        sentence, _, number = text.partition(" #")
        clean = self._vectors.get(sentence, self._any)
        noise = np.random.default_rng(int(number or 0)).normal(0, NOISE, clean.shape)
        moved: list[float] = (clean + noise).tolist()
        return moved


# ── the run ──────────────────────────────────────────────────────────────────────────────────────


def main(argv: list[str] | None = None) -> None:
    """Measure at every size, print a table and the headline."""
    options = _options(argv)
    num_calls = 30 if options.quick else 200
    sentences = distinct_sentences(random.Random(options.seed))
    reranker = registry.get("reranker", options.reranker) if options.reranker else None
    embedder, embed_ms = _embedder(sentences)
    figures: dict[str, Figure] = {
        "seed": options.seed,
        "num_calls": num_calls,
        "num_cores": os.cpu_count() or 0,
    }
    figures |= summary("embed_one_text", embed_ms)
    print(f"embedding one text: p50 {figures['embed_one_text_p50_ms']} ms, "
          f"p95 {figures['embed_one_text_p95_ms']} ms")  # fmt: skip
    rows = {}
    for size in options.sizes or SIZES[: 2 if options.quick else 3]:
        rows[size] = measure(size, num_calls, sentences, embedder, reranker)
        figures |= {f"{name}_at_{size}": value for name, value in rows[size].items()}
        _show(size, rows[size])
    figures |= _headline(rows, num_calls)
    write(figures, options.json)


def _options(argv: list[str] | None) -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("--sizes", type=int, nargs="+", metavar="N", help="numbers of episodes")
    made.add_argument("--reranker", metavar="NAME", help="time the quality profile with it too")
    return made.parse_args(argv)


def _embedder(sentences: Sequence[str]) -> tuple[NoisyEmbedder, list[float]]:
    real = load_best_embedder()
    embed_ms = [timed_ms(partial(embed, real, [text])) for text in sentences[:100]]
    rows = [embed(real, sentences[first : first + 64]) for first in range(0, len(sentences), 64)]
    return NoisyEmbedder(dict(zip(sentences, np.concatenate(rows), strict=True))), embed_ms


def _show(size: int, row: Row) -> None:
    print(f"{size:,} episodes")
    for name, value in row.items():
        print(f"  {name:<28}{value:>12,.2f}")


def _headline(rows: Mapping[int, Row], num_calls: int) -> Row:
    smallest, largest = min(rows), max(rows)
    growth = rows[largest]["recall_p50_ms"] / rows[smallest]["recall_p50_ms"]
    print(
        f"headline: recall p95 {rows[largest]['recall_p95_ms']} ms at {largest:,} episodes, embedding apart; "
        f"p50 is {growth:.1f} times that at {smallest:,}; n={num_calls}"
    )
    return {"growth": round(growth, 2)}


def measure(
    size: int, num_calls: int, sentences: Sequence[str], embedder: NoisyEmbedder, reranker: Reranker | None
) -> Row:
    """Everything about a home with `size` episodes of one user."""
    queries = [f"{sentences[number * 13 % len(sentences)]} #{10**7 + number}" for number in range(num_calls)]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        index_s = build(home, size, sentences, embedder)
        disk_mb = sum(file.stat().st_size for file in home.rglob("*") if file.is_file()) / 1e6
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            ram_mb = pool.apply(ram_taken_mb, (home, embedder, queries[0]))
        memory = OnDiskMemory(home, embedder, profile=FAST)
        row = {
            "reopen_ms": round(timed_ms(partial(memory.recall, queries[0], ADA, STRANGER, limit=LIMIT)), 1)
        }
        memory.wait_for_index(ADA, timeout_s=600)
        row |= _times(memory, size, queries, sentences, embedder)
        if reranker is not None:
            row |= _quality_times(memory, queries[: max(num_calls // 4, 20)], reranker)
        memory.close()
    per_10k = size / 10_000
    row |= {"index_s": round(index_s, 1), "ram_mb_per_10k": round(ram_mb / per_10k, 1)}
    return row | {"disk_mb_per_10k": round(disk_mb / per_10k, 1)}


def _times(
    memory: OnDiskMemory, size: int, queries: Sequence[str], sentences: Sequence[str], embedder: NoisyEmbedder
) -> Row:
    recall = partial(memory.recall, limit=LIMIT)
    numpy_ms, same = beside_numpy(memory, size, queries, sentences, embedder)
    row = summary("recall", [timed_ms(partial(recall, query, ADA, STRANGER)) for query in queries])
    row |= summary("numpy", numpy_ms) | {"same_as_exact": round(same, 3)}
    row["ratio_to_numpy"] = round(row["recall_p50_ms"] / row["numpy_p50_ms"], 2)
    turns = [partial(remember_turn, memory, turn, sentences) for turn in range(len(queries))]
    row |= summary("write", [timed_ms(turn) for turn in turns])
    row |= summary("one_user", at_once_ms([partial(recall, query, ADA, STRANGER) for query in queries]))
    for owner in OTHERS:
        fill(memory, NUM_OTHERS_EPISODES, sentences, owner)
    owners = (ADA, *OTHERS)
    mixed = [
        partial(recall, query, owners[place % len(owners)], STRANGER) for place, query in enumerate(queries)
    ]
    return row | summary("users", at_once_ms(mixed))


def _quality_times(memory: OnDiskMemory, queries: Sequence[str], reranker: Reranker) -> Row:
    memory.profile, memory.reranker = QUALITY, reranker
    return summary(
        "quality", [timed_ms(partial(memory.recall, query, ADA, STRANGER, limit=LIMIT)) for query in queries]
    )


# ── what is measured ─────────────────────────────────────────────────────────────────────────────


def distinct_sentences(rng: random.Random) -> list[str]:
    """Sentences in English, Chinese and a mixture."""
    every = [f"{who} {did} {what} {when}." for who in WHO for did in DID for what in WHAT for when in WHEN]
    return rng.sample(every, len(every))


def build(home: Path, size: int, sentences: Sequence[str], embedder: NoisyEmbedder) -> float:
    """Make a home; gives how many seconds its index took after all was written."""
    memory = OnDiskMemory(home, embedder)
    fill(memory, size, sentences, ADA)
    start = time.perf_counter()
    memory.wait_for_index(ADA, timeout_s=600)
    memory.wait_for_index(ADA, timeout_s=600)  # for what came while the first was at work
    index_s = time.perf_counter() - start
    memory.close()
    return index_s


def fill(memory: OnDiskMemory | InProcessMemory, size: int, sentences: Sequence[str], owner: Owner) -> None:
    """Remember `size` episodes, 1,000 a call."""
    for first in range(0, size, 1_000):
        batch = [episode(number, sentences, owner) for number in range(first, min(first + 1_000, size))]
        memory.remember(batch, GraphUpdate(), owner)


def remember_turn(memory: OnDiskMemory, turn: int, sentences: Sequence[str]) -> None:
    """What the workflow writes after a reply."""
    first = 10**6 + 2 * turn
    fact = Fact(
        id=f"fact {turn}",
        subject="ada",
        relation="owns",
        object=str(turn),
        text="Ada owns it.",
        layer="learned",
    )
    pair = [episode(first, sentences, ADA), episode(first + 1, sentences, ADA)]
    memory.remember(pair, GraphUpdate(added=(fact,)), ADA)


def episode(number: int, sentences: Sequence[str], owner: Owner) -> Episode:
    """The episode of a number."""
    return Episode(
        id=f"e{number}",
        thread=Thread(owner=owner, thread_id="one"),
        turn_id=f"t{number // 2}",
        speaker="persona" if number % 2 else "user",
        text=f"{sentences[number * 7 % len(sentences)]} #{number}",
        at=START + timedelta(minutes=number),
    )


def beside_numpy(
    memory: OnDiskMemory, size: int, queries: Sequence[str], sentences: Sequence[str], embedder: NoisyEmbedder
) -> tuple[list[float], float]:
    """Times of a matrix product and the best few and nothing else; and which part of the latter recall finds.

    Recall by meaning alone, so that both look for the same.
    """
    parts = [
        embed(
            embedder,
            [episode(number, sentences, ADA).text for number in range(first, min(first + 1_000, size))],
        )
        for first in range(0, size, 1_000)
    ]
    matrix = np.concatenate(parts)
    vectors = embed(embedder, queries)
    by_meaning = QUALITY.only("meaning")
    memory.profile, shares = by_meaning, []
    for query, vector in zip(queries[:30], vectors, strict=False):
        wanted = {f"e{place}" for place in nearest(matrix, vector)}
        found = {each.id for each in memory.recall(query, ADA, STRANGER, limit=LIMIT)}
        shares.append(len(wanted & found) / len(wanted))
    memory.profile = FAST
    return [timed_ms(partial(nearest, matrix, vector)) for vector in vectors], float(np.mean(shares))


def nearest(matrix: NDArray[np.float32], vector: NDArray[np.float32]) -> list[int]:
    """The places of the best few."""
    cosines = matrix @ vector
    places: list[int] = np.argpartition(cosines, len(cosines) - LIMIT)[-LIMIT:].tolist()
    return places


def at_once_ms(calls: Sequence[Callable[[], object]]) -> list[float]:
    """How long each call takes, from its start, while `NUM_THREADS` threads make them."""
    times_ms: list[float] = []
    waiting = iter(calls)
    lock = threading.Lock()

    def work() -> None:
        for call in _shared(waiting, lock):
            times_ms.append(timed_ms(call))

    threads = [threading.Thread(target=work) for _ in range(NUM_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times_ms


def _shared(calls: Iterator[Callable[[], object]], lock: threading.Lock) -> Iterator[Callable[[], object]]:
    while True:
        with lock:
            call = next(calls, None)
        if call is None:
            return
        yield call


def ram_taken_mb(home: Path, embedder: NoisyEmbedder, query: str) -> float:
    """What this process takes on by opening a home, recalling and waiting for the index."""
    import chromadb  # noqa: F401 - code is not what grows with memory

    before = _ram_mb()
    memory = OnDiskMemory(home, embedder, profile=FAST)
    memory.recall(query, ADA, STRANGER, limit=LIMIT)
    memory.wait_for_index(ADA, timeout_s=600)
    memory.recall(query, ADA, STRANGER, limit=LIMIT)
    taken = _ram_mb() - before
    memory.close()
    return taken


def _ram_mb() -> float:
    """Of this process, as Linux tells it."""
    num_pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return num_pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def timed_ms(call: Callable[[], object]) -> float:
    """Milliseconds that a call takes."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def summary(name: str, times_ms: Sequence[float]) -> Row:
    """The median and the 95th percentile."""
    shares = {"p50": 0.5, "p95": 0.95}
    return {f"{name}_{key}_ms": round(percentile(times_ms, share), 3) for key, share in shares.items()}


if __name__ == "__main__":
    main()
