"""What all tests share: no network, and nothing read from or written to the user's own folders."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("ROLEAGENT_KEEP_PROMPTS", "false")
if "PYTEST_XDIST_WORKER" in os.environ:  # workers share the cores, and threads that wait for each other spin
    os.environ.setdefault("ROLEAGENT_NUM_THREADS", "1")

# A run in CI tries the same few examples each time, so that it fails for what was changed and not by luck; at
# night many new ones are looked for. How long an example takes says nothing where two workers share a core.
settings.register_profile(
    "ci", max_examples=20, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("nightly", settings.get_profile("ci"), max_examples=1000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--soak", action="store_true", help="repeat kills, damage and mixed tenants at full size"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the slow tests of a folder on one worker, which loads their weights once, and start with them."""
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.path.parent.name))
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Search for garbage seldom, and not in the modules and tests: it was a tenth of the whole run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 10)


@pytest.fixture
def times(request: pytest.FixtureRequest) -> Callable[..., int]:
    """How often a soak test repeats what it does: `full` with `--soak` (`make soak`), else `sample`."""
    return lambda full, sample=1: full if request.config.getoption("--soak") else sample


SMALL = """\
roleagent: 1
id: ada
name: Ada Lovelace
summary: You are Ada Lovelace.
relations:
  corrected: {text: {en: "{subject} corrected {object}"}, cardinality: append-only}
nodes:
  - {id: ada, type: person, label: Ada Lovelace, aliases: [Ada, Countess of Lovelace]}
  - {id: babbage, type: person, label: Charles Babbage, aliases: [Babbage]}
  - {id: engine, type: artifact, label: the Analytical Engine}
  - {id: london, type: place, label: London}
  - {id: ockham, type: place, label: Ockham}
edges:
  - {source: ada, relation: lives_in, target: london, valid_to: "1835"}
  - {source: ada, relation: lives_in, target: ockham, valid_from: "1835-07"}
  - {source: ada, relation: friend_of, target: babbage, fixed: true}
  - {source: ada, relation: corrected, target: engine, valid_from: 1843, confidence: 0.5}
  - {source: ada, relation: born_on, value: 1815-12-10, text: Ada was born in the winter of 1815.}
"""


@pytest.fixture
def small_text() -> str:
    """A sound persona file in YAML."""
    return SMALL


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a text to a file and give its path."""

    def _write(text: str | bytes, name: str = "ada.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return _write


@pytest.fixture
def small(write: Callable[..., Path]) -> Path:
    """The file of a sound persona."""
    return write(SMALL)
