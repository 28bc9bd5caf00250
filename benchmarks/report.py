"""What every measurement says of itself: percentiles, the machine, and one flat JSON object."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

PACKAGES = ("roleagent", "langgraph", "langchain-core", "torch", "chromadb", "xllamacpp")
Figure = float | int | str


def parser(description: str | None) -> argparse.ArgumentParser:
    """An argument parser with the options that all measurements share."""
    made = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    made.add_argument("--seed", type=int, default=0, help="seed of everything random")
    made.add_argument("--json", type=Path, metavar="OUT", help="write all figures as one flat JSON object")
    made.add_argument("--quick", action="store_true", help="fewer repetitions, for a first look")
    return made


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share (0–1) of the values lies; nearest rank.

    >>> percentile([3.0, 1.0, 2.0, 4.0], 0.5)
    2.0
    """
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, round(share * len(ordered) + 0.5) - 1))]


def write(figures: Mapping[str, Figure], path: Path | None) -> None:
    """Write the figures with date, machine and versions, if a path was given."""
    if path is not None:
        path.write_text(json.dumps({**figures, **circumstances()}, indent=2) + "\n", encoding="utf-8")


def circumstances() -> dict[str, Figure]:
    """When and where this runs."""
    versions = {f"version_{name}": version(name) for name in PACKAGES}
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        **versions,
    }


def version(package: str) -> str:
    """The version of a package; ``"not installed"`` if it is an extra that is not here."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
