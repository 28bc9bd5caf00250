"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

from roleagent.types import content_id

ROOT = Path(__file__).parent.parent / "roleagent"
WITH_EXAMPLES = [
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted(ROOT.rglob("*.py"))
    if re.search(r"^ +>>> ", path.read_text(encoding="utf-8"), re.MULTILINE)
]


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples_in_docstrings_are_true(module: str):
    """A reader trusts an example before any sentence."""
    assert doctest.testmod(importlib.import_module(module)).failed == 0


def test_a_wrong_example_is_seen():
    """A check that passes for every example would be worth nothing."""
    [example] = doctest.DocTestFinder().find(content_id, globs={"content_id": content_id})
    example.examples[0].want = "False\n"
    assert doctest.DocTestRunner(verbose=False).run(example, out=lambda _: None).failed == 1
