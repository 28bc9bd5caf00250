"""Importing the package and asking for help must stay light."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "torch",
    "transformers",
    "torch_geometric",
    "chromadb",
    "sqlalchemy",
    "langgraph",
    "sentence_transformers",
    "numpy",
)


def modules_after(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter has loaded after running some code."""
    script = f"{code}\nimport sys; print(' '.join({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy():
    """An app that imports roleagent must not pay for models it does not use yet."""
    loaded = modules_after("import roleagent")
    assert loaded.isdisjoint(HEAVY), loaded & set(HEAVY)
    assert "pydantic" not in loaded


def test_the_command_line_loads_nothing_heavy():
    """`roleagent --help` has to answer at once."""
    loaded = modules_after("import roleagent.cli.app")
    assert loaded.isdisjoint(HEAVY), loaded & set(HEAVY)


def test_every_public_name_can_be_imported():
    """A name in __all__ that leads nowhere would break `from roleagent import *`."""
    import roleagent

    assert list(roleagent.__all__) == sorted(roleagent.__all__)
    missing = [name for name in roleagent.__all__ if getattr(roleagent, name, None) is None]
    assert missing == []
