"""What the affect head learns from is read, and what is wrong with it is told."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from roleagent.errors import InputError
from roleagent.gnn.affect import CONDUCT
from roleagent.gnn.training.emotions import read_comments, read_lines


def test_comments_have_several_emotions(tmp_path: Path):
    """Numbers by commas; a comment may hold a quotation mark."""
    path = tmp_path / "x.tsv"
    path.write_text('"Oh" no!\t25,3\te1\nFine.\t27\te2\n', encoding="utf-8")
    comments = read_comments(path)
    assert comments.texts == ('"Oh" no!', "Fine.")
    assert [row.nonzero()[0].tolist() for row in comments.wanted] == [[3, 25], [27]]


@pytest.mark.parametrize("line", ["no tab", "text\tjoy\tx", "text\t28\tx"])
def test_a_line_of_another_form_is_told(tmp_path: Path, line: str):
    """With its number."""
    path = tmp_path / "x.tsv"
    path.write_text(f"Fine.\t27\te2\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 2"):
        read_comments(path)


def test_a_missing_file_is_told(tmp_path: Path):
    """With the way out."""
    with pytest.raises(InputError, match="Pass the folder of GoEmotions"):
        read_comments(tmp_path / "x.tsv")


def test_there_are_enough_lines_of_each_conduct_in_both_languages():
    """None twice, and a fifth of each is held out."""
    lines = read_lines()
    counts = Counter((line.language, line.conduct, line.is_held_out) for line in lines)
    for language in ("en", "zh"):
        for place in range(len(CONDUCT)):
            assert counts[language, place, False] >= 40
            assert counts[language, place, True] >= 10
    texts = Counter(line.text for line in lines)
    assert [text for text, count in texts.items() if count > 1] == []
