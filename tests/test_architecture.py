"""Packages import downward only, and no file is part of a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent / "roleagent"

FLOORS = (
    "_lazy",
    "__init__ errors language",
    "types",
    "concurrency protocols settings",
    "weights",
    "registry",
    "graph lore",
    "persona",
    "drawing",
    "formats learning store",
    "embedding",
    "critics gnn memory models perception",
    "tools",
    "workflow",
    "home",
    "agent",
    "evaluation interop",
    "tuning",
    "cli testing",
    "__main__",
)
"""From the ground up. What stands on one floor may not import each other, nor anything above."""
FLOOR_OF = {unit: floor for floor, units in enumerate(FLOORS) for unit in units.split()}


def module_name(path: Path) -> str:
    """The dotted name of a file, such as `roleagent.graph.query`."""
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in ROOT.rglob("*.py")}


def unit_of(module: str) -> str:
    """The top-level module or package of roleagent that a module belongs to."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def imports_of(source: str, *, for_type_checkers: bool = False) -> Iterator[str]:
    """Modules of roleagent that a text imports when it runs, at its top or inside of a function.

    Args:
        source: the text of a file.
        for_type_checkers: count what is imported under ``if TYPE_CHECKING`` too, except for what a package
            only passes on (``NAME as NAME``).
    """
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.expr) or (is_type_checking(node) and not for_type_checkers):
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "roleagent":
            for alias in node.names:
                if alias.asname == alias.name:
                    continue
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else str(node.module)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "roleagent")
        waiting += ast.iter_child_nodes(node)


@cache
def import_graph(*, for_type_checkers: bool = False) -> dict[str, set[str]]:
    """Every module of roleagent, and the others that it imports."""
    return {
        name: set(imports_of(path.read_text("utf-8"), for_type_checkers=for_type_checkers)) - {name}
        for name, path in MODULES.items()
    }


NAMING_EACH_OTHER = ({"roleagent.types.explanation", "roleagent.types.replies"},)
"""Files that still name each other in annotations. Take out what is mended, and add none."""


def circles(imports: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that reach each other (Tarjan, 1972), each sorted."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        number[name] = lowest[name] = len(number)
        stack.append(name)
        for other in imports.get(name, ()):
            if other not in number:
                visit(other)
                lowest[name] = min(lowest[name], lowest[other])
            elif other in stack:
                lowest[name] = min(lowest[name], number[other])
        if lowest[name] == number[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                found.append(sorted(group))

    for name in imports:
        if name not in number:
            visit(name)
    return found


def test_every_unit_has_a_floor():
    """A new package has to be given its place on purpose."""
    assert {unit_of(module) for module in MODULES} == set(FLOOR_OF)


def test_imports_only_go_downward():
    """The house stands on its lower floors; an upward import is a circle in waiting."""
    wrong = [
        f"{module} imports {other}"
        for module, others in import_graph().items()
        for other in sorted(others)
        if unit_of(other) != unit_of(module) and FLOOR_OF[unit_of(other)] >= FLOOR_OF[unit_of(module)]
    ]
    assert wrong == []


def test_no_file_is_part_of_a_circle():
    """A file can be read, tested and moved without those that stand on it, also inside of a package."""
    assert circles(import_graph()) == []


def test_no_files_of_a_package_name_each_other():
    """A class that a file below it must name, if only in an annotation, knows too much or stands too high."""
    wrong = [
        circle
        for circle in circles(import_graph(for_type_checkers=True))
        if not any(known.issuperset(circle) for known in NAMING_EACH_OTHER)
    ]
    assert wrong == []


def test_a_circle_is_seen():
    """The search finds circles of two and of three, and leaves a mere diamond alone."""
    diamond = {"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": set()}
    assert circles(diamond) == []
    assert circles({**diamond, "d": {"a"}}) == [["a", "b", "c", "d"]]
    assert circles({"a": {"b"}, "b": {"a"}, "c": {"c2"}, "c2": {"c3"}, "c3": {"c"}}) == [
        ["a", "b"],
        ["c", "c2", "c3"],
    ]
    assert list(imports_of("if TYPE_CHECKING:\n    import roleagent.graph.graph")) == []
    naming = "if TYPE_CHECKING:\n    import roleagent.graph.graph"
    assert list(imports_of(naming, for_type_checkers=True)) == ["roleagent.graph.graph"]
    passing_on = naming.replace("import roleagent.graph.graph", "from roleagent.graph.graph import A as A")
    assert list(imports_of(passing_on, for_type_checkers=True)) == []
    assert list(imports_of("def f():\n    from roleagent.graph import query")) == ["roleagent.graph.query"]
