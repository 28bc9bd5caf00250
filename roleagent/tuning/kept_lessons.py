"""Lessons of a teacher on disk while it answers, so that a failed request or a kill loses none of them.

A file ``NAME.part`` beside the replies that it will become, in JSON Lines: who taught, the id of the dialogue
that was asked, and either the dialogue with the teacher's reply or the reason why it was left out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from roleagent.errors import InputError
from roleagent.tuning.data_files import numbered_lines, read_dialogues
from roleagent.tuning.dialogues import Dialogue, dialogue_from_dict
from roleagent.tuning.distilling import Lesson, source_of, with_reply


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLessons:
    """The lessons so far of one teacher on one list of dialogues, in their order.

    Attributes:
        path: of the file.
        teacher: its name, as in the dialogues' source.
        asked: all dialogues that it is to answer.
    """

    path: Path
    teacher: str
    asked: Sequence[Dialogue]

    def read(self) -> list[Lesson]:
        """The lessons that are there; a last line that was cut short is removed.

        Raises:
            InputError: the file cannot be read, or another teacher or other dialogues made it.
        """
        if not self.path.exists():
            return []
        _cut_to_whole_lines(self.path)
        lessons: list[Lesson] = []
        for number, line in numbered_lines(self.path):
            try:
                told = json.loads(line)
                teacher, prompt, made = told["teacher"], told["prompt"], told.get("dialogue")
                lesson = Lesson(
                    dialogue=None if made is None else dialogue_from_dict(made),
                    reason="" if made is not None else str(told["reason"]),
                )
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise InputError(f"{self.path}:{number}: not a lesson: {error}.") from error
            _check_teacher(self.path, teacher, self.teacher)
            if len(lessons) == len(self.asked) or prompt != self.asked[len(lessons)].id:
                raise _of_other_data(self.path)
            lessons.append(lesson)
        return lessons

    def add(self, lesson: Lesson, *, to: Dialogue) -> None:
        """Keep what became of a dialogue.

        Raises:
            InputError: the file cannot be written.
        """
        told = {"teacher": self.teacher, "prompt": to.id}
        outcome = (
            {"reason": lesson.reason} if lesson.dialogue is None else {"dialogue": lesson.dialogue.as_dict()}
        )
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(told | outcome) + "\n")  # ASCII, so that any reply can be written
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written: {error.strerror or error}.") from error


def check_replies(path: Path, *, teacher: str, asked: Sequence[Dialogue]) -> None:
    """Refuse a file of replies that another teacher wrote, or that answers other dialogues.

    Raises:
        InputError: it is one, or it cannot be read.
    """
    prompts = {with_reply(each, "-", source="").id for each in asked}
    for reply in read_dialogues(path):
        _check_teacher(path, reply.source.removeprefix(source_of("")), teacher)
        if with_reply(reply, "-", source="").id not in prompts:
            raise _of_other_data(path)


def _check_teacher(path: Path, found: str, teacher: str) -> None:
    if found != teacher:
        raise InputError(
            f"{path} holds replies of {found!r}, and {teacher!r} is to teach. Name the same --teacher, or "
            "other --replies; without --resume, --force writes over them."
        )


def _of_other_data(path: Path) -> InputError:
    return InputError(
        f"{path} holds replies to other dialogues than those of the data. Give the same --data and "
        "--held-out, or other --replies; without --resume, --force writes over them."
    )


def _cut_to_whole_lines(path: Path) -> None:
    try:
        whole = path.read_bytes().rfind(b"\n") + 1
        os.truncate(path, whole)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}.") from error
