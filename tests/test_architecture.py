"""Imports go downward only, siblings leave each other alone, and nothing runs in circles."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent / "roleagent"
LEVELS = [
    {"types", "errors", "explain", "receipt", "unicode"},
    {"protocols"},
    {"blocking", "checkpoints", "database", "embedding_cache", "home_lock", "media", "media_recall",
     "patterns", "persona", "pictures", "prompt", "registry", "relay", "sentences", "settings", "snapshot",
     "store", "thinking", "trimming", "turn_order", "weights"},
    {"critics", "extraction", "gnn", "memory", "models", "perception", "tools", "workflow"},
    {"agent", "assembly", "home", "idle", "intake", "interop", "plug_ins"},
    {"cli", "testing", "__init__", "__main__"},
]  # fmt: skip
LEVEL_OF = {unit: level for level, units in enumerate(LEVELS) for unit in units}
SIBLINGS_APART = LEVELS[3]


def unit_of(path: Path) -> str:
    """The top-level module or package of roleagent that a file belongs to."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def imported_units(path: Path) -> set[str]:
    """Units of roleagent that a file imports at run time, lazily or not."""
    found: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if is_type_checking(node):
            continue
        if isinstance(node, ast.ImportFrom) and node.module == "roleagent":
            found |= {alias.name if alias.name in LEVEL_OF else "__init__" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("roleagent."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("roleagent.")}
        waiting += ast.iter_child_nodes(node)
    return found


def test_every_unit_has_a_level():
    """A new package has to be given its place on purpose."""
    units = {unit_of(path) for path in ROOT.rglob("*.py")}
    assert units == set(LEVEL_OF)


def test_imports_only_go_downward():
    """The house stands on its lower floors; an upward import is a cycle in waiting."""
    wrong = [
        f"{path.relative_to(ROOT)} imports {unit}"
        for path in ROOT.rglob("*.py")
        for unit in imported_units(path)
        if LEVEL_OF.get(unit, 99) > LEVEL_OF[unit_of(path)]
    ]  # fmt: skip
    assert wrong == []


def test_the_rooms_of_the_third_floor_do_not_import_each_other():
    """Perception, memory, models … meet only in the agent, through protocols."""
    wrong = [
        f"{path.relative_to(ROOT)} imports {unit}"
        for path in ROOT.rglob("*.py")
        for unit in imported_units(path)
        if unit_of(path) in SIBLINGS_APART and unit in SIBLINGS_APART and unit != unit_of(path)
    ]
    assert wrong == []
