"""The collector rests while a tree is built, and only then."""

from __future__ import annotations

import gc

import pytest

from roleagent.persona.problems import collector_paused


def test_the_collector_comes_back_whatever_happens():
    """A broken file must not leave a program without it."""

    @collector_paused()
    def read() -> None:
        assert not gc.isenabled()
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        read()
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off():
    """Somebody turned it off on purpose."""
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
