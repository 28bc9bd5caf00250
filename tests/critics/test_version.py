"""Versions of critics."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from roleagent import registry
from roleagent.critics import version
from roleagent.critics.injection import InjectionGuard
from roleagent.critics.version import rules_version, version_of, with_version
from roleagent.testing.critics import RejectWords
from roleagent.types import Verdict


@pytest.mark.parametrize("name", [name for name in registry.BUILT_IN["critic"] if name != "claims"])
def test_every_built_in_critic_has_a_version(name: str):
    """A verdict in a log must say which rules made it."""
    assert re.fullmatch(rf"{name} [0-9a-f]{{8}}.*", version_of(registry.get("critic", name)))


def test_the_version_changes_with_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """One more pattern is another critic."""
    shutil.copytree(Path(version.__file__).parent, tmp_path / "critics")
    monkeypatch.setattr(version, "resources", SimpleNamespace(files=lambda _: tmp_path / "critics"))
    same = rules_version.__wrapped__()
    with (tmp_path / "critics" / "tables" / "role.toml").open("a") as file:
        file.write("# another line\n")
    assert (same, rules_version.__wrapped__() == same) == (rules_version(), False)


def test_weights_are_part_of_a_guards_version(tmp_path: Path):
    """The same rules with other weights judge otherwise."""
    (tmp_path / "weights").write_bytes(b"0")
    assert InjectionGuard(tmp_path / "weights").version == f"injection {rules_version()}, weights 5feceb66"


def test_an_applications_critic_has_the_version_that_it_states():
    """Nothing is made up for code that is not ours."""
    critic = RejectWords(["robot"])
    assert version_of(critic) == ""
    critic.version = "2"  # type: ignore[attr-defined]
    assert with_version(Verdict(critic=critic.name, ok=True), critic).version == "2"


def test_a_verdicts_own_version_stays():
    """A critic may know better, such as which weights it used this time."""
    verdict = Verdict(critic="role", ok=True, version="head 3")
    assert with_version(verdict, registry.get("critic", "role")) is verdict
