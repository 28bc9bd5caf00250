"""The tables under ``tables/``: patterns and words as data, one a line, so that a reader can add to them.

A pattern may name another by ``{{name}}``; the names stand under ``[words]`` of its file. A group that
repeats without end repeats at most five times (`roleagent.language.patterns`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from roleagent.language.patterns import bounded

_NAMED = re.compile(r"\{\{(\w+)\}\}")


@cache
def read_table(name: str) -> Mapping[str, Any]:  # Any: as TOML has it, each file in its own shape
    """A table by its file name without ending."""
    return tomllib.loads(
        resources.files("roleagent.critics").joinpath(f"tables/{name}.toml").read_text("utf-8")
    )


def compile_pattern(pattern: str, words: Mapping[str, str]) -> re.Pattern[str]:
    """A pattern with its named parts filled in and bounded; case is ignored, ``^`` matches at every line."""
    return re.compile(bounded(_filled(pattern, words)), re.I | re.M)


def any_of(table: str, group: str) -> re.Pattern[str]:
    """One pattern that matches whatever any pattern of a group matches."""
    read = read_table(table)
    return compile_pattern("|".join(read[group]["patterns"]), read.get("words", {}))


def _filled(pattern: str, words: Mapping[str, str]) -> str:
    while _NAMED.search(pattern):
        pattern = _NAMED.sub(lambda name: words[name[1]], pattern)
    return pattern
