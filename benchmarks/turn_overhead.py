"""Everything of a turn but the language model, beside a bare LangGraph run with the same checkpointer.

    python -m benchmarks.turn_overhead [--quick] [--seed N] [--json OUT]

The agent is the default one (multilingual embedder, Chroma over SQLite, GNN ranker, critics, guard) with a
scripted model in place of the language model. The bare run has as many no-op nodes as a turn, and the same
SQLite checkpointer with the same durability. Both are measured in turn, in one process.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph

from benchmarks.report import Figure, parser, percentile, write
from roleagent import Agent
from roleagent.home.checkpoints import open_checkpointer
from roleagent.protocols import EpisodicMemory
from roleagent.testing.fakes import ScriptedModel
from roleagent.types import Episode, GraphUpdate, Owner, Thread, content_id

NUM_NODES = 7  # perceive, screen, recall, update_persona, respond, critique, remember
SIZES = (0, 1_000, 10_000)
ANSWER = "The violin helps me to think. Pray continue."
PLACES = ("Lewes", "Winchester", "Cambridge", "Dover", "Bath", "Exeter", "York", "Oxford", "Ely", "Rye")
THINGS = ("umbrella", "violin", "letter", "horse", "lantern", "garden", "telegram", "watch", "boot", "map")
VERBS = ("lost", "bought", "found", "dreamt of", "repaired", "forgot", "painted", "sold", "admired", "hid")


def main(argv: list[str] | None = None) -> None:
    """Measure at every size and print the table."""
    options = parser(__doc__).parse_args(argv)
    num_turns = 20 if options.quick else 60
    figures: dict[str, Figure] = {"num_turns": num_turns, "seed": options.seed}
    print(
        f"{'episodes':>9} {'turn p50':>9} {'p95':>8} {'embedder p50':>13} {'bare p50':>9} {'ratio':>6}   (ms)"
    )
    for size in SIZES:
        row = asyncio.run(measure(size, num_turns, random.Random(options.seed)))
        print(
            f"{size:>9,} {row['turn_p50_ms']:>9.1f} {row['turn_p95_ms']:>8.1f} {row['embed_p50_ms']:>13.1f} "
            f"{row['bare_p50_ms']:>9.1f} {row['ratio_to_bare']:>6.1f}"
        )
        figures |= {f"{name}_at_{size}": round(value, 2) for name, value in row.items()}
    print(f"p50 by node at {SIZES[-1]:,} episodes: " + ", ".join(
        f"{name.removeprefix('node_').removesuffix('_p50_ms')} {value:.1f}" for name, value in row.items()
        if name.startswith("node_")
    ))  # fmt: skip
    print(
        f"headline: {figures[f'turn_p50_ms_at_{SIZES[-1]}']} ms p50 at {SIZES[-1]:,} episodes, n={num_turns}"
    )
    write(figures, options.json)


async def measure(size: int, num_turns: int, rng: random.Random) -> dict[str, float]:
    """Turns with `size` episodes in memory, and bare runs in between."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        model = ScriptedModel([ANSWER] * (num_turns + 4))
        with Agent("holmes", model=model, home=home) as agent:
            await agent.warm_up(everything=True)
            parts = (await agent._running.ready()).parts
            fill(parts.memory, size, rng)
            bare = bare_run(home / "bare.db")
            embed = parts.embedder.embed_query
            return await alternate(agent, bare, embed, num_turns, rng)


async def alternate(
    agent: Agent,
    bare: Callable[[], Awaitable[Any]],
    embed: Callable[[str], Any],
    num_turns: int,
    rng: random.Random,
) -> dict[str, float]:
    """One turn, one embedding, one bare run, and again, so that noise meets all alike."""
    times: dict[str, list[float]] = {"turn": [], "embed": [], "bare": []}
    nodes: dict[str, list[float]] = {}
    await agent.run("Good evening.", user_id="ann")
    for number in range(num_turns):
        text = f"{sentence(rng)} Do you remember the {rng.choice(THINGS)}?"
        start = time.perf_counter()
        reply = await agent.run(text, user_id="ann", thread_id=f"thread-{number % 5}")
        times["turn"].append(ms_since(start))
        for name, value in reply.timings_ms.items():
            nodes.setdefault(name, []).append(value)
        start = time.perf_counter()
        embed(f"{text} {number}")
        times["embed"].append(ms_since(start))
        start = time.perf_counter()
        await bare()
        times["bare"].append(ms_since(start))
    return summary(times) | {f"node_{name}_p50_ms": percentile(spent, 0.5) for name, spent in nodes.items()}


def summary(times: dict[str, list[float]]) -> dict[str, float]:
    """p50 and p95 of each, and the ratio of a turn to a bare run."""
    figures = {f"{name}_p50_ms": percentile(spent, 0.5) for name, spent in times.items()}
    figures |= {f"{name}_p95_ms": percentile(spent, 0.95) for name, spent in times.items()}
    return figures | {"ratio_to_bare": figures["turn_p50_ms"] / figures["bare_p50_ms"]}


def fill(memory: EpisodicMemory, size: int, rng: random.Random) -> None:
    """Remember `size` utterances, in batches."""
    thread = Thread(owner=Owner(persona_id="holmes", user_id="ann"), thread_id="before")
    start = datetime(2025, 1, 1, tzinfo=UTC)
    for first in range(0, size, 500):
        batch = [
            Episode(
                id=content_id("filler", str(number)),
                thread=thread,
                turn_id=f"turn-{number // 2}",
                speaker="persona" if number % 2 else "user",
                text=sentence(rng),
                at=start + timedelta(minutes=number),
            )
            for number in range(first, min(first + 500, size))
        ]
        memory.remember(batch, GraphUpdate(), thread.owner)


def sentence(rng: random.Random) -> str:
    """A small thing somebody says."""
    day = f"{rng.randint(1, 28)} {rng.choice(('March', 'May', 'July', 'October'))}"
    where = f"in {rng.choice(PLACES)}, near house {rng.randint(1, 400)}"
    return f"On {day} I {rng.choice(VERBS)} the {rng.choice(THINGS)} {where}."


def bare_run(path: Path) -> Callable[[], Awaitable[Any]]:
    """A LangGraph run of as many nodes that do nothing."""

    class Nothing(TypedDict):
        text: str

    async def nothing(state: Nothing) -> dict[str, str]:
        return {"text": state["text"]}

    graph = StateGraph(Nothing)
    names = [f"node_{number}" for number in range(NUM_NODES)]
    for name in names:
        graph.add_node(name, nothing)
    for source, target in zip([START, *names], [*names, END], strict=True):
        graph.add_edge(source, target)
    compiled = graph.compile(checkpointer=open_checkpointer(path))

    async def run() -> Any:
        config: Any = {"configurable": {"thread_id": "bare"}}
        return await compiled.ainvoke({"text": ANSWER}, config, durability="exit")

    return run


def ms_since(start: float) -> float:
    """Milliseconds since a reading of the clock."""
    return (time.perf_counter() - start) * 1e3


if __name__ == "__main__":
    main()
