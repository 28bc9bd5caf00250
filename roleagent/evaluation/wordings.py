"""The wordings from which probes are made, in English and Chinese."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

Wordings = Mapping[str, Any]  # Any: as TOML has it, each table in its own shape


@cache
def wordings_for(language: str) -> Wordings:
    """The wordings in a language; English for one that has none."""
    name = "zh" if language.startswith("zh") else "en"
    text = files("roleagent.evaluation").joinpath(f"wordings/{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def denials_in(language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Patterns by which a reply denies what a question takes for granted, and by which it accepts it."""
    words = wordings_for(language)
    premise = words["premise"]["denials"]
    return (*premise["patterns"], *words["refusal"]["ignorance"]), tuple(premise["accepts"])
