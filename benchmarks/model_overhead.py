"""Measure what our chat model costs over the bare llama.cpp engine: tokens per second and first token.

    python -m benchmarks.model_overhead [MODEL] [--quick] [--json OUT]

Bare engine, `stream` and `astream` take turns on the same prompt, so that a busy machine troubles all alike;
each turn answers the same prompt greedily with the same number of tokens.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from langchain_core.messages import HumanMessage, SystemMessage

from benchmarks.report import Figure, parser, percentile, write
from roleagent.models.llama_cpp import LlamaCppChat, load_llama_cpp
from roleagent.models.llama_server import Chunk

MESSAGES = [
    SystemMessage(
        "You are Sherlock Holmes of 221B Baker Street. " + "The fog lies thick on the street. " * 20
    ),
    HumanMessage("Tell me at length about the hound of the moor."),
]


@dataclass(slots=True)
class Timing:
    """One answer, in seconds from the request."""

    began: float = field(default_factory=time.perf_counter)
    arrivals: list[float] = field(default_factory=list)

    def note(self) -> None:
        """A piece of text has arrived."""
        self.arrivals.append(time.perf_counter() - self.began)

    @property
    def first_token_s(self) -> float:
        """Until the first piece of text."""
        return self.arrivals[0]

    @property
    def tokens_per_s(self) -> float:
        """From the first piece to the last."""
        return (len(self.arrivals) - 1) / (self.arrivals[-1] - self.arrivals[0])


def main(argv: list[str] | None = None) -> int:
    """Print medians of each way and their ratios to the bare engine."""
    options_of = parser(__doc__)
    options_of.add_argument("model", nargs="?", default="smollm2-135m")
    options = options_of.parse_args(argv)
    num_rounds, num_tokens = (5, 48) if options.quick else (20, 96)
    model = load_llama_cpp(options.model).model_copy(update={"temperature": 0, "max_tokens": num_tokens})
    ways = {"engine": bare, "stream": streamed, "astream": streamed_async}
    for way in ways.values():
        way(model)  # loads the weights and fills the prompt cache
    rounds = [{name: ways[name](model) for name in turned(tuple(ways), turn)} for turn in range(num_rounds)]
    figures: dict[str, Figure] = {"model": options.model, "n": num_rounds, "num_tokens": num_tokens}
    for name in ways:
        figures |= report(name, rounds, seed=options.seed)
    print_headline(figures)
    write(figures, options.json)
    return 0


def turned(names: Sequence[str], turn: int) -> Sequence[str]:
    """The names, each first in its turn: whoever comes first in a round must not always be the same."""
    start = turn % len(names)
    return [*names[start:], *names[:start]]


def report(name: str, rounds: Sequence[Mapping[str, Timing]], *, seed: int) -> dict[str, Figure]:
    """Print one way's line; ratios and delays are taken within each round."""
    rates = [timing[name].tokens_per_s for timing in rounds]
    ratios = [timing[name].tokens_per_s / timing["engine"].tokens_per_s for timing in rounds]
    delays = [1000 * (timing[name].first_token_s - timing["engine"].first_token_s) for timing in rounds]
    low, high = interval(ratios, seed=seed)
    figures = {
        f"{name}_tokens_per_s": round(percentile(rates, 0.5), 2),
        f"{name}_ratio": round(percentile(ratios, 0.5), 3),
        f"{name}_ratio_low": round(low, 3),
        f"{name}_ratio_high": round(high, 3),
        f"{name}_first_token_delay_ms": round(percentile(delays, 0.5), 2),
    }
    print(
        f"{name:8} {figures[f'{name}_tokens_per_s']:7.2f} tokens/s, "
        f"{figures[f'{name}_ratio']:.3f} of the engine's, "
        f"first token {figures[f'{name}_first_token_delay_ms']:+.2f} ms"
    )
    return dict(figures)


def interval(values: Sequence[float], *, seed: int) -> tuple[float, float]:
    """The 95 % bootstrap interval of the median."""
    draws = np.random.default_rng(seed).choice(values, size=(2000, len(values)))
    low, high = np.percentile(np.median(draws, axis=1), [2.5, 97.5])
    return float(low), float(high)


def print_headline(figures: Mapping[str, Figure]) -> None:
    """The figure to quote."""
    ways = [
        f"{name} {figures[f'{name}_ratio']} ({figures[f'{name}_ratio_low']}–{figures[f'{name}_ratio_high']})"
        for name in ("stream", "astream")
    ]
    print(f"tokens per second against the bare engine: {', '.join(ways)}, n={figures['n']}")


def bare(model: LlamaCppChat) -> Timing:
    """The engine's own chunks, with nothing of LangChain."""
    answer = model._answer(MESSAGES, None, {})
    request = {**answer.options, "messages": answer.messages, "stream": True}
    server = model._engine()._server
    assert server is not None
    timing = Timing()

    def note(chunk: Chunk) -> bool:
        if any(choice["delta"].get("content") for choice in chunk["choices"]):
            timing.note()
        return False

    server.complete(request, note)
    return timing


def streamed(model: LlamaCppChat) -> Timing:
    """Through `stream`."""
    timing = Timing()
    for chunk in model.stream(MESSAGES):
        if chunk.text:
            timing.note()
    return timing


def streamed_async(model: LlamaCppChat) -> Timing:
    """Through `astream`."""
    return asyncio.run(_streamed_async(model))


async def _streamed_async(model: LlamaCppChat) -> Timing:
    timing = Timing()
    async for chunk in model.astream(MESSAGES):
        if chunk.text:
            timing.note()
    return timing


if __name__ == "__main__":
    sys.exit(main())
