"""Public names that a package loads when they are first used, so that importing it costs next to nothing."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def loader(package: str, home_of: Mapping[str, str]) -> Callable[[str], Any]:  # Any: what a name stands for
    """The `__getattr__` of a package (PEP 562).

    Type checkers do not read the table: the package imports the same names under ``if TYPE_CHECKING``.

    Args:
        package: its ``__name__``.
        home_of: public name -> the module that defines it.
    """

    def load(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(home_of[name]), name)

    return load
