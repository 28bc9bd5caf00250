"""What a teacher has answered outlives a kill, and is never taken for another's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from roleagent.errors import InputError
from roleagent.tuning.dialogues import Dialogue, Message
from roleagent.tuning.distilling import Lesson, source_of, with_reply
from roleagent.tuning.kept_lessons import KeptLessons

ASKED = [
    Dialogue(messages=(Message(role="user", text=f"{number}?"), Message(role="assistant", text="Yes.")))
    for number in range(3)
]
PASSED = Lesson(dialogue=with_reply(ASKED[0], "Élémentaire.", source=source_of("big")))
LEFT_OUT = Lesson(dialogue=None, reason="role")


@pytest.fixture
def kept(tmp_path: Path) -> KeptLessons:
    """Two of three."""
    found = KeptLessons(path=tmp_path / "replies.jsonl.part", teacher="big", asked=ASKED)
    found.add(PASSED, to=ASKED[0])
    found.add(LEFT_OUT, to=ASKED[1])
    return found


def test_lessons_are_read_as_they_were_kept(kept: KeptLessons):
    """Those that passed and those that did not."""
    assert kept.read() == [PASSED, LEFT_OUT]
    assert replace(kept, path=kept.path.with_name("none")).read() == []


@pytest.mark.parametrize("rest", ['{"teacher": "big", "pro', "\u00e9"])
def test_a_line_that_was_cut_short_is_removed(kept: KeptLessons, rest: str):
    """A kill in the middle of a write; what comes next begins a line of its own."""
    with kept.path.open("ab") as file:
        file.write(rest.encode()[:-1])
    assert kept.read() == [PASSED, LEFT_OUT]
    kept.add(LEFT_OUT, to=ASKED[2])
    assert kept.read() == [PASSED, LEFT_OUT, LEFT_OUT]


def test_what_another_teacher_left_out_is_told_too(kept: KeptLessons):
    """Its critics' verdicts are about other replies."""
    with pytest.raises(InputError, match="holds replies of 'big', and 'bigger' is to teach"):
        replace(kept, teacher="bigger").read()


@pytest.mark.parametrize("asked", [ASKED[::-1], ASKED[1:], ASKED[:1]])
def test_other_dialogues_are_refused(kept: KeptLessons, asked: list[Dialogue]):
    """Also in another order, since it tells which are held out."""
    with pytest.raises(InputError, match="other dialogues"):
        replace(kept, asked=asked).read()


@pytest.mark.parametrize("line", ["{", "[]", "3", '{"teacher": "big"}', '{"teacher": "big", "prompt": "x"}'])
def test_a_broken_line_is_told_with_its_number(kept: KeptLessons, line: str):
    """Whoever edits the file finds it."""
    with kept.path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    with pytest.raises(InputError, match=r"part:3: not a lesson"):
        kept.read()
