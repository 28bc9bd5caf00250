"""Characters with what is said to them and what they reply, written for training by a language model.

The facts are those of `roleagent.gnn.training.characters`. A script adds the voice and the replies::

    = en_a01
    summary: You are Hester Quill, vet at Millrace Surgery.
    greeting: Mind the goose. What's the trouble, then?
    speech: Speak in short dry sentences.
    fall_back: Ask me something I can put a bandage on.

    # fact 41
    > Did you learn your trade at some college?
    < Edinburgh, on a scholarship and more porridge than any beast should eat.
    ! London, on a scholarship and more porridge than any beast should eat.

After ``#`` stand the kind of a talk and the numbers of the facts its replies need; ``@`` is what the user
said long ago, what a picture or recording holds or a tool returns; ``>`` the user, ``<`` the character, ``!``
what it must not reply.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from roleagent.errors import InputError
from roleagent.tuning.dialogues import KINDS, Fault

FOLDER = Path(__file__).parent / "written"
HELD_OUT = ("en_a04", "en_c02", "en_e03", "en_h04", "zh_b03", "zh_d04")
"""Scripts that are never learned: a training stops on them."""

_HEADS = ("summary", "greeting", "speech", "fall_back")
_FOLLOWS = {"@": "#@", ">": "#@<!", "<": ">", "!": "<"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What the user says, the reply, and what it must not be, which may be empty."""

    said: str
    reply: str
    rejected: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptTalk:
    """A talk of one or more exchanges.

    Attributes:
        kind: one of `dialogues.KINDS`.
        facts: numbers of the facts that its replies need.
        given: what was said long ago, is shown, or comes from a tool.
    """

    kind: str
    facts: tuple[int, ...]
    given: tuple[str, ...]
    exchanges: tuple[Exchange, ...]

    @property
    def fault(self) -> Fault:
        """What is wrong with its rejected replies."""
        if self.kind == "care":
            return "safety"
        return "voice" if self.kind in ("small_talk", "role") else "contradiction"

    @property
    def is_grounded(self) -> bool:
        """Whether its replies say something that stands in the prompt."""
        return bool(self.facts) or self.kind in ("told", "picture", "recording", "tool")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A character's voice and talks.

    Attributes:
        name: of its file, and of the character's file.
    """

    name: str
    summary: str
    greeting: str
    speech: tuple[str, ...]
    fall_back: str
    talks: tuple[ScriptTalk, ...]

    @property
    def language(self) -> str:
        """``en`` or ``zh``."""
        return self.name[:2]


def scripts(*, language: str = "", held_out: bool = False) -> Iterator[Script]:
    """The shipped scripts.

    Args:
        language: ``en`` or ``zh``; both if empty.
        held_out: those that a training stops on, instead of those to learn.
    """
    for path in sorted(FOLDER.glob(f"{language}*.txt")):
        if (path.stem in HELD_OUT) is held_out:
            yield read_script(path)


def read_script(path: Path) -> Script:
    """Read one file.

    Raises:
        InputError: it cannot be read, or a line is not as it should be; the message names file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}") from error
    reading = _Reading()
    for number, line in enumerate(lines, 1):
        try:
            reading.take(line.strip())
        except ValueError as error:
            raise InputError(f"{path}:{number}: {error}: {line[:80]!r}") from error
    try:
        return reading.script()
    except ValueError as error:
        raise InputError(f"{path}: {error}") from error


@dataclass(slots=True)
class _Reading:
    name: str = ""
    heads: dict[str, list[str]] = field(default_factory=dict)
    talks: list[ScriptTalk] = field(default_factory=list)
    kind: str = ""
    facts: tuple[int, ...] = ()
    given: list[str] = field(default_factory=list)
    exchanges: list[list[str]] = field(default_factory=list)
    last: str = ""

    def take(self, line: str) -> None:
        mark, text = line[:1], line[2:].strip()
        if not line:
            self._finish_talk()
        elif mark == "=":
            self.name = text
        elif mark == "#":
            self._finish_talk()
            self._begin(text)
        elif mark in _FOLLOWS and line[1:2] == " ":
            self._line(mark, text)
        else:
            self._head(line)

    def _begin(self, text: str) -> None:
        kind, *numbers = text.split()
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no kind: {', '.join(KINDS)}")
        self.kind, self.facts, self.last = kind, tuple(map(int, numbers)), "#"

    def _line(self, mark: str, text: str) -> None:
        if not self.last or self.last not in _FOLLOWS[mark]:
            raise ValueError(f"{mark!r} cannot stand here")
        if mark == "@":
            self.given.append(text)
        elif mark == ">":
            self.exchanges.append([text])
        else:
            self.exchanges[-1].append(text)
        self.last = mark

    def _head(self, line: str) -> None:
        found = re.fullmatch(r"(\w+): (.+)", line)
        if not found or found[1] not in _HEADS:
            raise ValueError(f"a line begins with one of = # @ > < ! or {', '.join(_HEADS)}")
        self.heads.setdefault(found[1], []).append(found[2])

    def _finish_talk(self) -> None:
        if not self.kind:
            return
        if not self.exchanges or self.last not in "<!":
            raise ValueError("a talk ends with a reply")
        self.talks.append(
            ScriptTalk(
                kind=self.kind,
                facts=self.facts,
                given=tuple(self.given),
                exchanges=tuple(
                    Exchange(said=each[0], reply=each[1], rejected=each[2] if each[2:] else "")
                    for each in self.exchanges
                ),
            )
        )
        self.kind, self.facts, self.last = "", (), ""
        self.given.clear()
        self.exchanges.clear()

    def script(self) -> Script:
        self._finish_talk()
        if missing := [each for each in _HEADS if each not in self.heads]:
            raise ValueError(f"{missing[0]!r} is missing")
        if not self.name or not self.talks:
            raise ValueError("it names no character, or holds no talk")
        return Script(
            name=self.name,
            summary=self.heads["summary"][0],
            greeting=self.heads["greeting"][0],
            speech=tuple(self.heads["speech"]),
            fall_back=self.heads["fall_back"][0],
            talks=tuple(self.talks),
        )
