"""What docs/graph.md shows works as it says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "graph.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_snippets_run_one_after_the_other_and_give_what_they_say():
    """A reader copies them in the page's order."""
    scope: dict[str, object] = {}
    shown: list[tuple[object, object]] = []
    for code in SNIPPETS:
        exec(code, scope)
        for line, said in re.findall(r"^(\S.*?)  # (['(\[{].*)$", code, re.MULTILINE):
            shown.append((eval(line, scope), ast.literal_eval(said)))
    answers = re.findall(r"^(graph\.match\(.*\))\n# (\(.*\))$", PAGE, re.MULTILINE)
    shown += [(eval(line, scope), ast.literal_eval(said)) for line, said in answers]
    assert len(shown) == 5
    assert [given for given, _ in shown] == [said for _, said in shown]
