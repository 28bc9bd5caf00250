"""Activate a lorebook of 10,000 entries (two keys each) over 20 messages, beside a plain loop over keys.

    python -m benchmarks.lorebook [--quick] [--seed N] [--json OUT]

The engine's index is built once a book, and measured apart. The loop looks for every key in every message
with `str.find`, whole words and regardless of case, as the engine does; both must find the same entries.
They are measured in turn, in one process.
"""

from __future__ import annotations

import random
import time

from benchmarks.report import Figure, parser, percentile, write
from roleagent.lore.activation import Activation, LoreSettings, LoreState, Message
from roleagent.lore.book import Lorebook, LoreEntry
from roleagent.lore.engine import activate
from roleagent.lore.index import BookIndex
from roleagent.lore.keys import contains, folded, is_word_key

SIZES = (1_000, 10_000)
NUM_MESSAGES = 20
WORDS_A_MESSAGE = 40
SHARE_OF_KEYS = 0.02  # of the words said, those that are keys
SYLLABLES = ("ka", "ri", "to", "mel", "an", "dor", "ush", "vi", "el", "bra", "no", "sti", "gar", "u", "fen")


def main(argv: list[str] | None = None) -> None:
    """Measure at every size and print the table."""
    options = parser(__doc__).parse_args(argv)
    num_runs = 20 if options.quick else 200
    figures: dict[str, Figure] = {"num_runs": num_runs, "seed": options.seed}
    print(f"{'entries':>8} {'build':>8} {'p50':>8} {'p95':>8} {'loop p50':>9} {'ratio':>7} {'entered':>8} ms")
    for size in SIZES:
        row = measure(size, num_runs, random.Random(options.seed))
        print(
            f"{size:>8,} {row['build_ms']:>8.1f} {row['p50_ms']:>8.2f} {row['p95_ms']:>8.2f} "
            f"{row['loop_p50_ms']:>9.1f} {row['ratio_to_loop']:>7.1f} {row['mean_entered']:>8.1f}"
        )
        figures |= {f"{name}_at_{size}": round(value, 3) for name, value in row.items()}
    small, large = (float(figures[f"p50_ms_at_{size}"]) for size in SIZES)
    figures["growth"] = round(large / small, 2)
    print(f"ten times the entries take {figures['growth']} times as long")
    print(
        f"headline: {large:.2f} ms p50, {figures[f'p95_ms_at_{SIZES[-1]}']:.2f} ms p95 "
        f"for {SIZES[-1]:,} entries and {NUM_MESSAGES} messages, n={num_runs}"
    )
    write(figures, options.json)


def measure(size: int, num_runs: int, rng: random.Random) -> dict[str, float]:
    """The engine on `num_runs` conversations, and the loop on some of them in between."""
    words = vocabulary(size * 2 + 5_000, rng)
    book = a_book(size, words)
    start = time.perf_counter()
    BookIndex(book)
    build_ms = ms_since(start)
    run_engine(book, talk(words, size, rng), rng)
    spent, loop_spent, num_entered = list[float](), list[float](), list[float]()
    for number in range(num_runs):
        messages = talk(words, size, rng)
        start = time.perf_counter()
        result = run_engine(book, messages, rng)
        spent.append(ms_since(start))
        entered = {insertion.entry for insertion in result.insertions}
        num_entered.append(len(entered))
        if number % 20 == 0:
            start = time.perf_counter()
            expected = run_loop(book, messages)
            loop_spent.append(ms_since(start))
            if entered != expected:
                raise SystemExit(f"the engine and the loop differ: {sorted(entered ^ expected)}")
    return {
        "build_ms": build_ms,
        "p50_ms": percentile(spent, 0.5),
        "p95_ms": percentile(spent, 0.95),
        "loop_p50_ms": percentile(loop_spent, 0.5),
        "ratio_to_loop": percentile(loop_spent, 0.5) / percentile(spent, 0.5),
        "mean_entered": sum(num_entered) / len(num_entered),
    }


def run_engine(book: Lorebook, messages: list[Message], rng: random.Random) -> Activation:
    """One activation; recursion is off, as the loop has none."""
    return activate(
        [book],
        messages,
        state=LoreState(),
        settings=LoreSettings(scan_depth=NUM_MESSAGES, token_budget=None, recursive=False),
        generator=rng,
        count_tokens=len,
    )


def run_loop(book: Lorebook, messages: list[Message]) -> set[str]:
    """Ids of the entries of which a key is in a message, key by key."""
    texts = [folded(f"{message.name}: {message.text}") for message in messages]
    return {
        entry.id
        for entry in book.entries
        if any(contains(text, folded(key), whole=is_word_key(key)) for key in entry.keys for text in texts)
    }


def vocabulary(num_words: int, rng: random.Random) -> list[str]:
    """Words that nobody knows, each once, in a random order."""
    words: dict[str, None] = {}
    while len(words) < num_words:
        words["".join(rng.choices(SYLLABLES, k=rng.randint(2, 5)))] = None
    return list(words)


def a_book(size: int, words: list[str]) -> Lorebook:
    """Entries of two keys each, every third of which has two words."""
    entries = []
    for number in range(size):
        first, second = words[2 * number], words[2 * number + 1]
        keys = (first.title(), f"{second} {first}" if number % 3 == 0 else second)
        text = f"{first} is a place near {second}."
        entries.append(LoreEntry(id=str(number), keys=keys, content=text))
    return Lorebook(name="world", entries=tuple(entries))


def talk(words: list[str], size: int, rng: random.Random) -> list[Message]:
    """Messages in which keys are as rare among the other words as names are in talk."""
    keys, others = words[: 2 * size], words[2 * size :]
    return [
        Message(
            name="Ann" if number % 2 else "Holmes",
            text=" ".join(
                rng.choice(keys if rng.random() < SHARE_OF_KEYS else others) for _ in range(WORDS_A_MESSAGE)
            ),
        )
        for number in range(NUM_MESSAGES)
    ]


def ms_since(start: float) -> float:
    """Milliseconds since a reading of the clock."""
    return (time.perf_counter() - start) * 1e3


if __name__ == "__main__":
    main()
