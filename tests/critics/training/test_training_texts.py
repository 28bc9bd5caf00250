"""The texts that critics are trained on: whole groups, and nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from roleagent.critics.training.pairs import read_groups, shipped_groups
from roleagent.critics.training.twins import CATEGORIES, read_twins, shipped_twins
from roleagent.errors import InputError


@pytest.mark.parametrize(("language", "fewest"), [("en", 1_000), ("zh", 800)])
def test_the_shipped_pairs_are_whole_and_no_line_stands_twice(language: str, fewest: int):
    """Each group has lines of both kinds on its topic."""
    groups = shipped_groups(language)
    assert len(groups) >= fewest
    lines = [line for each in groups for line in (each.first, *each.against, *each.beside)]
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize(("language", "fewest"), [("en", 700), ("zh", 500)])
def test_the_shipped_twins_are_whole_and_of_every_category(language: str, fewest: int):
    """A filter that never saw a kind of harm cannot know it."""
    twins = shipped_twins(language)
    assert len(twins) >= fewest
    assert {each.category for each in twins} == set(CATEGORIES)
    lines = [line for each in twins for line in (*each.harmful, *each.harmless)]
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize(
    "text",
    ["x I am.\no I was.", "I am.\nx I am not.", "I am.\nI was.\nx No.\no Yes.", "I am.\n? No.\nx A.\no B."],
)
def test_a_pair_file_that_lacks_a_line_is_refused(tmp_path: Path, text: str):
    """The error names the file and the group."""
    path = tmp_path / "pairs.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"pairs\.txt: a group is"):
        list(read_groups(path))


@pytest.mark.parametrize(
    "text", ["= weapons\n! A.", "= bread\n! A.\n. B.", "weapons\n! A.\n. B.", "! A.\n. B."]
)
def test_a_twin_file_that_lacks_a_line_is_refused(tmp_path: Path, text: str):
    """An unknown category would never be looked for."""
    path = tmp_path / "twins.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"twins\.txt: a group is"):
        list(read_twins(path))
