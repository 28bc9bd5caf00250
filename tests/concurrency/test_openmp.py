"""Threads sleep while they wait, unless the user says otherwise."""

from __future__ import annotations

import os
import sys

import pytest

from roleagent.concurrency.openmp import load_torch, passive_waiting

NAMES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")


def test_the_environment_says_so_only_while_libraries_are_loaded(monkeypatch: pytest.MonkeyPatch):
    """Programs that are started later choose for themselves."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    with passive_waiting():
        assert os.environ["OMP_WAIT_POLICY"] == "passive"
    assert "OMP_WAIT_POLICY" not in os.environ
    with pytest.raises(ImportError), passive_waiting():
        raise ImportError
    assert "OMP_WAIT_POLICY" not in os.environ


@pytest.mark.parametrize("name", NAMES)
def test_a_setting_of_the_user_stays(monkeypatch: pytest.MonkeyPatch, name: str):
    """Spinning is faster on a machine of one's own."""
    for each in NAMES:
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(name, "active")
    with passive_waiting():
        assert os.environ.get("OMP_WAIT_POLICY") == ("active" if name == "OMP_WAIT_POLICY" else None)
    assert os.environ[name] == "active"


def test_torch_is_loaded_within(monkeypatch: pytest.MonkeyPatch):
    """What was loaded before stays; the environment is as it was."""
    for each in NAMES:
        monkeypatch.delenv(each, raising=False)
    load_torch()
    assert "torch" in sys.modules
    assert "OMP_WAIT_POLICY" not in os.environ
