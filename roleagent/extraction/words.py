"""Word lists, one file a language beside this module, read once."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def word_list(language: str, name: str) -> frozenset[str]:
    """The words under a name of ``<language>.toml``."""
    return frozenset(str(_document(language)[name]).split())


@cache
def _document(language: str) -> dict[str, object]:
    text = files("roleagent.extraction").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
