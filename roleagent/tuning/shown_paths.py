"""Paths as cards and manifests show them: without the folders of one's own machine."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

_BEFORE = re.compile(r"(?:--[\w-]+=)?(?:llama-cpp:|transformers:)?")


def as_shown(told: str) -> str:
    """An argument or a model's name, with an absolute path in it cut to its last part.

    >>> as_shown("transformers:/home/ann/tiny"), as_shown("--out=/tmp/holmes"), as_shown("data/a.jsonl")
    ('transformers:tiny', '--out=holmes', 'data/a.jsonl')
    """
    before = _BEFORE.match(told)
    start = before.end() if before else 0
    path = Path(told[start:])
    return told[:start] + path.name if path.is_absolute() else told


def file_names(files: Sequence[Path]) -> str:
    """The names of files, as a list in a sentence."""
    return ", ".join(path.name for path in files)


def command_shown(arguments: Sequence[str]) -> str:
    """The command of `roleagent` with these arguments, as one line."""
    return shlex.join(["roleagent", *map(as_shown, arguments)])
