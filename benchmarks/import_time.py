"""How long `import roleagent` and `roleagent --help` take over a bare interpreter.

python -m benchmarks.import_time [--quick] [--json OUT]
"""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.report import Figure, parser, percentile, write

COMMANDS = {
    "bare": ["-c", "pass"],
    "import": ["-c", "import roleagent"],
    "help": ["-m", "roleagent", "--help"],
}


def main(argv: list[str] | None = None) -> None:
    """Run each in turn, several times, and print the medians."""
    options = parser(__doc__).parse_args(argv)
    num_runs = 5 if options.quick else 15
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(num_runs):
        for name, arguments in COMMANDS.items():
            times[name].append(run_ms(arguments))
    medians = {name: percentile(spent, 0.5) for name, spent in times.items()}
    for name, median in medians.items():
        print(f"{name:>7} {median:8.1f} ms p50   {percentile(times[name], 0.95):8.1f} ms p95")
    figures: dict[str, Figure] = {f"{name}_p50_ms": round(median, 1) for name, median in medians.items()}
    figures |= {"import_over_bare_ms": round(medians["import"] - medians["bare"], 1), "num_runs": num_runs}
    print(f"headline: import roleagent takes {figures['import_over_bare_ms']} ms over bare, n={num_runs}")
    write(figures, options.json)


def run_ms(arguments: list[str]) -> float:
    """Milliseconds from start to end of an interpreter."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return (time.perf_counter() - start) * 1e3


if __name__ == "__main__":
    main()
