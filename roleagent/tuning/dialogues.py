"""A dialogue to learn from: what the model reads, what it should answer, and what it should not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Literal, get_args

Role = Literal["system", "user", "assistant"]
Fault = Literal["contradiction", "voice", "safety"]
"""Why an answer is bad: it contradicts what the model reads, falls out of the role, or breaks a policy."""
FAULTS: tuple[Fault, ...] = get_args(Fault)

KINDS = (
    "fact",
    "steps",
    "open",
    "told",
    "premise",
    "unknown",
    "horizon",
    "secret",
    "small_talk",
    "role",
    "picture",
    "recording",
    "tool",
    "care",
    "talk",
)
"""What a dialogue trains. `care` is for crises and harm, `talk` for what has no kind of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a dialogue.

    Attributes:
        pictures: paths of the pictures that come with it, for a model that sees; relative ones count from
            the working directory (in a file, from its folder).
        learn: whether the model learns to write it; only for the assistant's messages.
    """

    role: Role
    text: str
    pictures: tuple[str, ...] = ()
    learn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An answer that the last message could have been and must not be.

    Raises:
        ValueError: it is blank.
    """

    text: str
    fault: Fault

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("a rejected answer is empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """What one example of the training is made from.

    Attributes:
        messages: in order; the last is the assistant's, and is learned.
        kind: one of `KINDS`.
        grounded: whether the last message says something that stands in the messages before it, so that it
            counts for consistency.
        rejected: answers that the last message must not be.
        language: code of its language.
        persona: the persona's id, or empty.
        facts: ids of the facts that the last message tells.
        source: where it comes from, such as ``template``, ``written``, ``teacher:NAME`` or ``import:coser``.
        note: whatever else is known of it, for those who read the data.

    Raises:
        ValueError: the last message is not the assistant's, a message to learn is blank or not the
            assistant's, a rejected answer is the last message itself, or the kind is unknown.
    """

    messages: tuple[Message, ...]
    kind: str = "talk"
    grounded: bool = False
    rejected: tuple[Rejected, ...] = ()
    language: str = "en"
    persona: str = ""
    facts: tuple[str, ...] = ()
    source: str = ""
    note: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if not self.messages or self.messages[-1].role != "assistant":
            raise ValueError("the last message must be the assistant's")
        if not self.messages[-1].learn:
            object.__setattr__(
                self, "messages", (*self.messages[:-1], replace(self.messages[-1], learn=True))
            )
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no kind: {', '.join(KINDS)}")
        learned = [message for message in self.messages if message.learn]
        if any(message.role != "assistant" for message in learned):
            raise ValueError("only messages of the assistant can be learned")
        if not all(message.text.strip() for message in learned):
            raise ValueError("a message to learn is empty")
        if any(each.text == self.reply for each in self.rejected):
            raise ValueError("a rejected answer is the last message itself")

    @property
    def reply(self) -> str:
        """The last message's text."""
        return self.messages[-1].text

    @property
    def asked(self) -> str:
        """What the user said last; empty if nothing."""
        return next((each.text for each in reversed(self.messages) if each.role == "user"), "")

    @property
    def system(self) -> str:
        """The system message's text; empty if there is none."""
        return self.messages[0].text if self.messages[0].role == "system" else ""

    @property
    def character(self) -> str:
        """Who speaks: the persona, or the one that an imported dialogue notes; empty if nobody is named."""
        return self.persona or self.note.get("character", "")

    @property
    def pictures(self) -> tuple[str, ...]:
        """Paths of all pictures, in the order in which they are shown."""
        return tuple(path for message in self.messages for path in message.pictures)

    @property
    def id(self) -> str:
        """A hash of what the model reads and writes."""
        read = [(each.role, each.text, each.pictures, each.learn) for each in self.messages]
        return hashlib.sha256(json.dumps(read).encode()).hexdigest()[:16]

    def as_dict(self) -> dict[str, Any]:  # Any: JSON
        """The dialogue as one JSON object; what is empty is left out."""
        told: dict[str, Any] = {
            "messages": [_message_as_dict(each) for each in self.messages],
            "kind": self.kind,
            "grounded": self.grounded,
            "rejected": [{"text": each.text, "fault": each.fault} for each in self.rejected],
            "language": self.language,
            "persona": self.persona,
            "facts": list(self.facts),
            "source": self.source,
            "note": dict(self.note),
        }
        return {name: value for name, value in told.items() if value or name == "language"}


def dialogue_from_dict(told: Mapping[str, Any]) -> Dialogue:  # Any: JSON
    """The inverse of `Dialogue.as_dict`.

    Raises:
        ValueError: a field is missing, unknown or of the wrong kind; the message says which.
    """
    _check_fields(told, Dialogue, "a dialogue")
    messages = _list_of(told, "messages", dict)
    if not messages:
        raise ValueError("'messages' is missing")
    note = told.get("note", {})
    if not isinstance(note, dict):
        raise ValueError("'note' must be an object")
    for key in note:
        _check_unicode("note", key)
    return Dialogue(
        messages=tuple(map(_message_from_dict, messages)),
        kind=_text(told, "kind", "talk"),
        grounded=_flag(told, "grounded"),
        rejected=tuple(map(_rejected_from_dict, _list_of(told, "rejected", dict))),
        language=_text(told, "language", "en"),
        persona=_text(told, "persona"),
        facts=tuple(_list_of(told, "facts", str)),
        source=_text(told, "source"),
        note=MappingProxyType({key: _text(note, key) for key in note}),
    )


def _check_fields(told: Mapping[str, Any], kind: type, what: str) -> None:  # Any: JSON
    known = {each.name for each in fields(kind)}
    if unknown := sorted(set(told) - known):
        raise ValueError(f"{unknown[0]!r} is no field of {what}: {', '.join(sorted(known))}")


def _message_as_dict(message: Message) -> dict[str, Any]:  # Any: JSON
    told: dict[str, Any] = {"role": message.role, "text": message.text}
    if message.pictures:
        told["pictures"] = list(message.pictures)
    if message.learn:
        told["learn"] = True
    return told


def _message_from_dict(told: Mapping[str, Any]) -> Message:  # Any: JSON
    _check_fields(told, Message, "a message")
    role: Any = told.get("role")  # Any: until it is checked
    if role not in get_args(Role):
        raise ValueError(f"a message's role is {role!r}; it must be one of {', '.join(get_args(Role))}")
    return Message(
        role=role,
        text=_text(told, "text"),
        pictures=tuple(_list_of(told, "pictures", str)),
        learn=_flag(told, "learn"),
    )


def _rejected_from_dict(told: Mapping[str, Any]) -> Rejected:  # Any: JSON
    _check_fields(told, Rejected, "a rejected answer")
    fault = told.get("fault")
    if fault not in FAULTS:
        raise ValueError(f"a rejected answer's fault is {fault!r}; it must be one of {', '.join(FAULTS)}")
    return Rejected(text=_text(told, "text"), fault=fault)


def _text(told: Mapping[str, Any], name: str, default: str = "") -> str:  # Any: JSON
    value = told.get(name, default)
    if not isinstance(value, str):
        raise ValueError(f"{name!r} is {value!r}; it must be text")
    _check_unicode(name, value)
    return value


def _check_unicode(name: str, value: str) -> None:
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError(f"{name!r} holds half a character (a lone surrogate): {value!r}")


def _flag(told: Mapping[str, Any], name: str) -> bool:  # Any: JSON
    value = told.get(name, False)
    if not isinstance(value, bool):
        raise ValueError(f"{name!r} is {value!r}; it must be true or false")
    return value


def _list_of(told: Mapping[str, Any], name: str, kind: type) -> list[Any]:  # Any: JSON
    value = told.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, kind) for each in value):
        raise ValueError(f"{name!r} must be a list of {'texts' if kind is str else 'objects'}")
    for each in value if kind is str else ():
        _check_unicode(name, each)
    return value
