"""Public names are loaded when first used, and type checkers see the same ones."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

import pytest

from roleagent._lazy import loader

ROOT = Path(__file__).parent.parent / "roleagent"
PACKAGES = [path for path in ROOT.rglob("__init__.py") if "_HOME_OF" in path.read_text(encoding="utf-8")]


def test_a_name_loads_its_module_on_first_use(monkeypatch: pytest.MonkeyPatch):
    """Importing a package must not import what nobody asked for."""
    monkeypatch.delitem(sys.modules, "this_module_is_not_loaded", raising=False)
    load = loader("shop", {"sqrt": "math", "lost": "this_module_is_not_loaded"})
    assert load("sqrt")(9) == 3
    with pytest.raises(ModuleNotFoundError):
        load("lost")


def test_an_unknown_name_is_refused_as_python_does():
    """`hasattr` and `from … import …` rely on the AttributeError."""
    with pytest.raises(AttributeError, match="module 'shop' has no attribute 'nail'"):
        loader("shop", {"sqrt": "math"})("nail")


@pytest.mark.parametrize("path", PACKAGES, ids=lambda path: path.parent.name)
def test_type_checkers_see_the_names_of_the_table(path: Path):
    """A name that stands in one of the two places only would be untyped, or not be there at all."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    [block] = [
        node for node in body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    seen = {alias.asname: node.module for node in imports for alias in node.names}
    package = importlib.import_module(".".join(path.relative_to(ROOT.parent).parent.parts))
    assert seen == package._HOME_OF
