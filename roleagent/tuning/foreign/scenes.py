"""Scenes of several speakers, as dialogues of one of them with the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from roleagent.language.scripts import HAN, HANGUL, KANA
from roleagent.tuning.dialogues import Dialogue, Message
from roleagent.workflow.prompt_words import words_in

NARRATORS = frozenset({"", "environment", "narrator", "旁白", "scene"})
"""Speakers, in lower case, that are no characters."""

_THOUGHT = re.compile(r"\[[^\[\]]*\]|［[^［］]*］")
_BLANKS = re.compile(r"[ \t]{2,}")
_SCRIPTS = {
    "ja": re.compile(f"[{KANA}]"),
    "ko": re.compile(f"[{HANGUL}]"),
    "zh": re.compile(f"[{HAN}]"),
}
_LEAST = 0.2  # share of a text's letters; names and quotations are fewer
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Line:
    """What one speaker says."""

    speaker: str
    text: str


def dialogues_of(lines: Sequence[Line], *, systems: dict[str, str], source: str) -> Iterator[Dialogue]:
    """One dialogue for each speaker who has a line; the lines of the others become the user's.

    Every reply is learned. Lines after a speaker's last one are left out. Thoughts, in square brackets, are
    left out too, for nobody says them; actions, in round brackets, stay.

    Args:
        lines: in order.
        systems: what each speaker reads first, by name; a speaker without an entry reads nothing.
        source: of the dialogues.
    """
    said = [Line(each.speaker, without_thoughts(each.text)) for each in lines]
    said = [each for each in said if each.text]
    language = language_of(" ".join(each.text for each in said))
    for speaker in dict.fromkeys(each.speaker for each in said):
        if speaker.casefold() not in NARRATORS:
            system = systems.get(speaker, "")
            yield Dialogue(
                messages=alternating(_as_messages(said, speaker, system), language),
                language=language,
                source=source,
                note=noted(speaker),
            )


def noted(character: str) -> Mapping[str, str]:
    """The note of an imported dialogue: who speaks in it.

    The name is no persona's id, and the dialogue may train any persona. So `Dialogue.persona` stays empty.
    """
    return MappingProxyType({"character": character} if character else {})


def _as_messages(lines: Iterable[Line], speaker: str, system: str) -> Iterator[Message]:
    if system.strip():
        yield Message(role="system", text=system.strip())
    for line in lines:
        if line.speaker == speaker:
            yield Message(role="assistant", text=line.text, learn=True)
        else:
            name = "" if line.speaker.casefold() in NARRATORS else f"{line.speaker}: "
            yield Message(role="user", text=f"{name}{line.text}")


def alternating(messages: Iterable[Message], language: str) -> tuple[Message, ...]:
    """Messages that chat templates accept: the user's and the assistant's in turn, the assistant's last.

    Neighbours of one role are joined. Who begins without being spoken to answers the line that stands for a
    silent user in roleagent's prompts. The result is empty if the assistant says nothing.

    Raises:
        ValueError: a system message is not the first.
    """
    joined: list[Message] = []
    for message in messages:
        if message.role == "system" and joined:
            raise ValueError("a system message is not the first")
        if message.role == "assistant" and (not joined or joined[-1].role == "system"):
            joined.append(Message(role="user", text=words_in(language)["silent"]))
        if joined and joined[-1].role == message.role:
            joined[-1] = replace(joined[-1], text=f"{joined[-1].text}\n{message.text}")
        else:
            joined.append(message)
    while joined and joined[-1].role != "assistant":
        joined.pop()
    return tuple(joined)


def without_thoughts(text: str) -> str:
    """A line without what stands in square brackets.

    >>> without_thoughts("[He lies.] (stands up) Where were you?")
    '(stands up) Where were you?'
    """
    lines = [_BLANKS.sub(" ", _THOUGHT.sub("", line)).strip() for line in text.splitlines()]
    return "\n".join(filter(None, lines))


def language_of(text: str) -> str:
    """``zh``, ``ja`` or ``ko`` by a text's script, else ``en``: other languages are not told apart.

    >>> language_of("你好，Watson！"), language_of("He said 你好 to me and left the room.")
    ('zh', 'en')
    """
    least = _LEAST * max(1, len(_LETTER.findall(text)))
    return next((name for name, script in _SCRIPTS.items() if len(script.findall(text)) >= least), "en")
