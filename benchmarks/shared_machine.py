"""Measure what a busy process beside it leaves of a language model's speed.

    python -m benchmarks.shared_machine [MODEL] [--quick] [--json OUT]

Two processes hold the same model: in one the engine's threads spin while they wait for each other, which is
OpenMP's own default, in the other they sleep, as roleagent has them. They take turns, alone and beside one
busy process for each half of the CPUs, so that what else the machine does troubles both alike.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.model_overhead import MESSAGES, Timing
from benchmarks.report import Figure, parser, percentile, write
from roleagent.models.engine import available_cpus
from roleagent.models.llama_cpp import load_llama_cpp

POLICIES = {"spinning": {"GOMP_SPINCOUNT": "300000"}, "sleeping": {}}
_OPENMP = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "OMP_NUM_THREADS")


@dataclass(slots=True)
class Rates:
    """Tokens per second of one way, a value a round."""

    reading: list[float] = field(default_factory=list)
    writing: list[float] = field(default_factory=list)


def main(argv: list[str] | None = None) -> int:
    """Print medians alone and beside busy processes, and what is left of the speed."""
    options_of = parser(__doc__)
    options_of.add_argument("model", nargs="?", default="smollm2-135m")
    options_of.add_argument("--child", action="store_true", help="measure on demand, for the parent process")
    options = options_of.parse_args(argv)
    num_rounds, num_tokens = (2, 12) if options.quick else (7, 48)
    if options.child:
        return serve(options.model, num_tokens)
    num_busy = max(1, available_cpus() // 2)
    children = {name: start(options.model, policy, quick=options.quick) for name, policy in POLICIES.items()}
    rates = {(name, busy): Rates() for name in POLICIES for busy in (0, num_busy)}
    for _ in range(num_rounds):
        for busy in (0, num_busy):
            with busy_processes(busy):
                for name, child in children.items():
                    note(rates[name, busy], child)
    for child in children.values():
        child.kill()
    figures: dict[str, Figure] = {"model": options.model, "n": num_rounds, "num_busy": num_busy}
    for name in POLICIES:
        figures |= report(name, rates[name, 0], rates[name, num_busy])
    print(
        f"share of the writing speed left beside {num_busy} busy process(es): "
        + ", ".join(f"{name} {figures[f'{name}_writing_left']:.0%}" for name in POLICIES)
        + f", n={num_rounds}"
    )
    write(figures, options.json)
    return 0


def report(name: str, alone: Rates, beside: Rates) -> dict[str, Figure]:
    """Print one way's line."""
    figures: dict[str, Figure] = {}
    for kind in ("reading", "writing"):
        before, after = (percentile(getattr(rates, kind), 0.5) for rates in (alone, beside))
        figures |= {
            f"{name}_{kind}_alone": round(before, 1),
            f"{name}_{kind}_beside": round(after, 1),
            f"{name}_{kind}_left": round(after / before, 3),
        }
        print(f"{name:8} {kind}: {before:6.1f} tokens/s alone, {after:6.1f} beside ({after / before:.0%})")
    return figures


@contextmanager
def busy_processes(number: int) -> Iterator[None]:
    """So many processes that compute without end."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(number)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def start(model: str, policy: dict[str, str], *, quick: bool) -> subprocess.Popen[str]:
    """A process that holds the model and measures at each line it gets."""
    environment = {name: value for name, value in os.environ.items() if name not in _OPENMP}
    command = [sys.executable, "-m", "benchmarks.shared_machine", model, "--child", *["--quick"] * quick]
    child = subprocess.Popen(
        command, env=environment | policy, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    ask(child)  # loads the weights
    return child


def note(rates: Rates, child: subprocess.Popen[str]) -> None:
    """Have a process measure once."""
    reading, writing = ask(child)
    rates.reading.append(reading)
    rates.writing.append(writing)


def ask(child: subprocess.Popen[str]) -> list[float]:
    """One measurement of a child: tokens per second while it reads and while it writes."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write("go\n")
    child.stdin.flush()
    measured: list[float] = json.loads(child.stdout.readline())
    return measured


def serve(name: str, num_tokens: int) -> int:
    """Measure at every line of the input until it ends."""
    model = load_llama_cpp(name).model_copy(update={"temperature": 0, "max_tokens": num_tokens})
    for number, _ in enumerate(sys.stdin):
        system, human = MESSAGES
        timing, num_prompt = Timing(), 0
        for chunk in model.stream([system.model_copy(update={"content": f"{number}. {system.text}"}), human]):
            if chunk.text:
                timing.note()
            if chunk.usage_metadata:
                num_prompt = chunk.usage_metadata["input_tokens"]
        print(json.dumps([num_prompt / timing.first_token_s, timing.tokens_per_s]), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
