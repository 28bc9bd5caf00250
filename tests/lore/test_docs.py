"""What docs/lorebooks.md shows works as it says."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import yaml

from roleagent.formats.lorebooks import lorebook_names
from roleagent.lore.decorators import _NOT_HERE, _READERS
from roleagent.persona.fields import LorebookModel, to_lorebook

PAGE = (Path(__file__).parents[2] / "docs" / "lorebooks.md").read_text(encoding="utf-8")


def test_the_example_prints_what_the_page_says():
    """The inspector's words are the first thing that a reader compares."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (said,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    assert printed.getvalue() == said


def test_the_book_on_the_page_is_sound():
    """It is the first that a newcomer copies."""
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    book = to_lorebook(LorebookModel.model_validate(yaml.safe_load(text)["lorebooks"][0]))
    assert book.entries[1].visibility == ("watson",)


def test_the_page_names_every_decorator_and_format():
    """What nobody is told of is not there."""
    assert {name for name in (*_READERS, *_NOT_HERE) if f"@@{name}" not in PAGE} == set()
    assert {name for name in lorebook_names() if f"`{name}`" not in PAGE} == set()
