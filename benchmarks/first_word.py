"""How long a start takes until the character says its first word.

    python -m benchmarks.first_word [MODEL] [--persona NAME] [--quick] [--json OUT]

The first start has a new home and nothing kept of the persona, so the model reads it. Later starts find both.
Each start is a process of its own, with the weights on disk and Python's bytecode written. CPU seconds
say more than the clock if other processes run on the machine.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.report import Figure, parser, percentile, write

STAGES = ("agent", "open", "warm_up", "first_word")
"""The agent is made; its parts are made and its home is open; it is warmed up; its first text is shown."""

SAID = "Good evening. Who are you?"
Start = dict[str, tuple[float, float]]  # stage -> seconds since the start: by the clock, and of CPU time


def main(argv: list[str] | None = None) -> None:
    """Print when each stage is reached, at the first start and as the median of later ones."""
    options_of = parser(__doc__)
    options_of.add_argument("model", nargs="?", default="qwen2.5-1.5b")
    options_of.add_argument("--persona", default="holmes")
    options_of.add_argument("--child", metavar="HOME", help="start once, for the parent process")
    options_of.add_argument("--began", type=float, default=0.0, help="when the child was started")
    options = options_of.parse_args(argv)
    if options.child:
        asyncio.run(start(options.model, options.persona, Path(options.child), options.began))
    num_later = 2 if options.quick else 7
    with tempfile.TemporaryDirectory() as folder:
        starts = [measure(options.model, options.persona, Path(folder)) for _ in range(1 + num_later)]
    figures: dict[str, Figure] = {"model": options.model, "num_later_starts": num_later}
    print(f"{'seconds until':14} {'clock':>7} {'CPU':>7}")
    for name, rows in (("first start", starts[:1]), ("later starts", starts[1:])):
        print(f"{name}:")
        figures |= report(name.partition(" ")[0], rows)
    print(
        f"headline: first word {figures['later_first_word_clock_s']} s after a later start, "
        f"{figures['later_first_word_cpu_s']} s of CPU time, n={num_later}"
    )
    write(figures, options.json)


def report(name: str, starts: list[Start]) -> dict[str, Figure]:
    """Print the medians of some starts, a line a stage."""
    figures: dict[str, Figure] = {}
    for stage in STAGES:
        clock_s, cpu_s = (percentile([each[stage][place] for each in starts], 0.5) for place in (0, 1))
        print(f"  {stage:12} {clock_s:7.2f} {cpu_s:7.2f}")
        figures |= {
            f"{name}_{stage}_clock_s": round(clock_s, 2),
            f"{name}_{stage}_cpu_s": round(cpu_s, 2),
        }
    return figures


def measure(model: str, persona: str, folder: Path) -> Start:
    """Start once in a new process; home and kept prompts are in the folder."""
    environment = {**os.environ, "ROLEAGENT_PROMPTS_DIR": str(folder / "prompts")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "benchmarks.first_word", model, "--persona", persona]
    child = subprocess.run(
        [*command, "--child", str(folder / "home"), "--began", str(time.time())],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    measured: Start = json.loads(child.stdout)
    return measured


async def start(model: str, persona: str, home: Path, began: float) -> None:
    """Start, and print when each stage was reached."""
    reached: Start = {}

    def reach(stage: str) -> None:
        reached[stage] = (time.time() - began, time.process_time())

    from roleagent import Agent, TextDelta

    agent = Agent(persona, model=model, home=home)
    reach("agent")
    await agent.record()
    reach("open")
    await agent.warm_up()
    reach("warm_up")
    async for event in agent.stream(SAID, user_id="ann"):
        if isinstance(event, TextDelta):
            reach("first_word")
            print(json.dumps(reached), flush=True)
            os._exit(0)  # the rest of the reply is of no interest


if __name__ == "__main__":
    main()
