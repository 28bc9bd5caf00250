"""Setting up, with a uv that only pretends."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
UV = """#!/bin/sh
echo "uv backend=${UV_TORCH_BACKEND-none} $@"
case "${UV_TORCH_BACKEND-none}" in %s) echo "unreachable" >&2; exit 2;; esac
"""

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")


def set_up(folder: Path, *variables: str, fails_for: str) -> subprocess.CompletedProcess[str]:
    """Run `make setup` in a folder with a virtual environment of scripts; uv fails for some backends."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    programs = {"python": "#!/bin/sh\n", "uv": UV % fails_for}
    for name, text in programs.items():
        program = folder / ".venv" / "bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("UV_", "MAKE", "MFLAGS"))
    }
    return subprocess.run(
        ["make", "setup", f"PYTHON={sys.executable}", *variables],
        cwd=folder,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )


def calls(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The backends that uv was called with."""
    lines = [line for line in done.stdout.splitlines() if line.startswith("uv backend=")]
    assert all(line.endswith("-c constraints.txt -e .[all,dev]") for line in lines)
    return [line.split()[1].partition("=")[2] for line in lines]


def test_a_cpu_index_that_cannot_be_reached_is_said_and_gone_without(tmp_path: Path):
    """The README advises it, and many networks let only the package index through."""
    done = set_up(tmp_path, "UV_TORCH_BACKEND=cpu", fails_for="cpu")
    assert done.returncode == 0, done.stderr
    assert calls(done) == ["cpu", "none"]
    assert "UV_TORCH_BACKEND=cpu did not work" in done.stdout
    assert (tmp_path / ".venv" / ".ready").exists()


@pytest.mark.parametrize("variables", [["UV_TORCH_BACKEND=cpu"], []])
def test_what_works_is_done_once(tmp_path: Path, variables: list[str]):
    """With and without a backend."""
    done = set_up(tmp_path, *variables, fails_for="nothing")
    assert (done.returncode, len(calls(done))) == (0, 1)
    assert "did not work" not in done.stdout


@pytest.mark.parametrize(
    ("variables", "tried"), [(["UV_TORCH_BACKEND=cpu"], ["cpu", "none"]), ([], ["none"])]
)
def test_a_failure_stays_one(tmp_path: Path, variables: list[str], tried: list[str]):
    """Half an environment must not count as set up."""
    done = set_up(tmp_path, *variables, fails_for="*")
    assert done.returncode != 0
    assert calls(done) == tried
    assert not (tmp_path / ".venv" / ".ready").exists()
