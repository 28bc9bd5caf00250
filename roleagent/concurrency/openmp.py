"""How OpenMP's threads wait for each other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def passive_waiting() -> Iterator[None]:
    """Within it, libraries are loaded such that their threads sleep while they wait for each other.

    By default they spin. On an idle machine that is faster. Next to a busy process, a spinning thread takes
    the core from the thread it waits for, and only a fifth of the speed is left (docs/experiments.md). OpenMP
    reads the setting from the environment when it is loaded, so what is loaded already goes on as before. If
    the environment has a setting, it stays.
    """
    if any(name in os.environ for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")):
        yield
        return
    os.environ["OMP_WAIT_POLICY"] = "passive"
    try:
        yield
    finally:
        del os.environ["OMP_WAIT_POLICY"]


def load_torch() -> None:
    """Load torch such that its threads sleep while they wait; a program that trains calls this first."""
    with passive_waiting():
        import torch  # noqa: F401
