"""The format of suite files: their tables and keys; docs/evaluation.md describes it for authors."""

from __future__ import annotations

import reprlib
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from roleagent.agent.intake import MAX_ATTACHMENTS
from roleagent.persona.check import path_text
from roleagent.persona.problems import did_you_mean


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _not_blank(text: str) -> str:
    if text.isspace():
        raise ValueError("is blank: write something, or leave the key out")
    return text


_Filled = Annotated[str, Field(min_length=1), AfterValidator(_not_blank)]
Texts = Annotated[tuple[_Filled, ...], Field(min_length=1), BeforeValidator(_as_list)]
"""One text or a list of them."""


def _not_all(kind: str) -> str:
    if kind == "all":
        raise ValueError("'all' names the figure of all kinds together: choose another word")
    return kind


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Expectation(_Entry):
    """What a reply must do; every line has to hold."""

    tells: Texts = Field(default=(), description="It tells one of these facts, named by id.")
    tells_not: Texts = Field(default=(), description="It tells none of these facts.")
    says: Texts = Field(default=(), description="It contains one of these words, names, numbers or dates.")
    says_not: Texts = Field(default=(), description="It contains none of them.")
    matches: Texts = Field(default=(), description="One of these regular expressions matches.")
    matches_not: Texts = Field(default=(), description="None of these regular expressions matches.")
    refuses_premise: bool = Field(
        default=False, description="It denies or doubts what the question takes for granted."
    )
    truth: Texts = Field(
        default=(), description="With `refuses_premise`: telling one of these facts is a denial too."
    )
    language: str = Field(default="", description="It is in this language; only the script is looked at.")
    shortest: int = Field(default=1, ge=0, description="It has at least this many words.")
    longest: int | None = Field(default=None, ge=1, description="It has at most this many words.")
    no_echo: bool = Field(default=False, description="It does more than repeat the question.")
    no_recital: bool = Field(default=False, description="It quotes no long piece of the system message.")
    passes: Texts = Field(default=(), description="These critics pass it.")
    remembers: Texts = Field(
        default=(), description="These words stand in an episode, learned fact or summary that was recalled."
    )
    calls: Texts = Field(default=(), description="These tools of the scene were called.")
    calls_not: Texts = Field(default=(), description="None of these tools of the scene was called.")
    judged: Texts = Field(
        default=(), description="A language model finds that it meets these rubrics (`--judge MODEL`)."
    )

    @model_validator(mode="after")
    def _expects_something(self) -> Expectation:
        if not any(getattr(self, key) for key in self.model_fields_set):
            raise ValueError("expects nothing: name a check, or leave `expect` out")
        if self.longest is not None and self.shortest > self.longest:
            raise ValueError(f"no reply has at least {self.shortest} and at most {self.longest} words")
        if self.truth and not self.refuses_premise:
            raise ValueError("`truth` needs `refuses_premise: true`")
        return self


class TurnEntry(_Entry):
    """One turn."""

    say: str = Field(min_length=1, max_length=20_000)
    answered: str | None = Field(default=None, min_length=1, max_length=20_000)
    show: Texts = ()
    sees: Texts = ()
    hears: Texts = ()
    kind: Annotated[str, AfterValidator(_not_all)] = ""
    expect: Expectation | None = None

    @model_validator(mode="after")
    def _is_asked_or_answered(self) -> TurnEntry:
        if self.answered is not None and self.expect is not None:
            raise ValueError("a turn that was `answered` is not asked again, so it can expect nothing")
        if self.answered is not None and (self.show or self.sees or self.hears):
            raise ValueError("a turn that was `answered` is words only: say in words what was shown")
        num_shown = len(self.show) + len(self.sees) + len(self.hears)
        if num_shown > MAX_ATTACHMENTS:
            raise ValueError(
                f"shows {num_shown} pictures and recordings; a turn takes at most {MAX_ATTACHMENTS}"
            )
        if self.say.isspace() and not num_shown:
            raise ValueError("the message is blank: write something, or show something")
        return self


class SessionEntry(_Entry):
    """Turns of one thread."""

    turns: tuple[TurnEntry, ...] = Field(min_length=1)
    days_ago: float = Field(default=0.0, ge=0, le=40_000)
    listener: str = ""
    as_of: str = ""

    @model_validator(mode="after")
    def _past_is_answered(self) -> SessionEntry:
        if self.days_ago and any(turn.answered is None for turn in self.turns):
            raise ValueError("each turn of a session in the past needs `answered`")
        return self


class ToolEntry(_Entry):
    """A tool that always returns the same."""

    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")
    description: str
    result: str


class SceneEntry(_Entry):
    """One scene: either `turns`, or several `sessions`."""

    name: str
    turns: tuple[TurnEntry, ...] = ()
    sessions: tuple[SessionEntry, ...] = ()
    listener: str = ""
    as_of: str = ""
    language: str = ""
    tools: tuple[ToolEntry, ...] = ()

    @model_validator(mode="after")
    def _has_turns(self) -> SceneEntry:
        if bool(self.turns) == bool(self.sessions):
            raise ValueError("needs either `turns` or `sessions`")
        days = [session.days_ago for session in self.sessions]
        if days != sorted(days, reverse=True):
            raise ValueError("its sessions stand oldest first")
        names = [tool.name for tool in self.tools]
        for number, name in enumerate(names):
            if name in names[:number]:
                raise ValueError(f"two of its tools are called {name!r}")
        return self

    @property
    def all_sessions(self) -> tuple[SessionEntry, ...]:
        """The sessions; the turns of a scene without any are one."""
        return self.sessions or (SessionEntry(turns=self.turns),)


class SuiteDocument(_Entry):
    """A suite file."""

    suite: str
    persona: str = ""
    language: str = ""
    scenes: tuple[SceneEntry, ...] = Field(min_length=1)


_ENTRY_OF: dict[str, type[_Entry]] = {
    "expect": Expectation,
    "turns": TurnEntry,
    "sessions": SessionEntry,
    "scenes": SceneEntry,
    "tools": ToolEntry,
}


def message_of(error: Any) -> str:  # Any: one of pydantic's `ErrorDetails`
    """What is wrong and the way out, with the nearest key for one that is not known."""
    path, kind = error["loc"], error["type"]
    if not path:
        return "this is no suite: it has no keys."
    if kind == "extra_forbidden":
        tables = [each for each in path[:-1] if each in _ENTRY_OF]
        entry = _ENTRY_OF[tables[-1]] if tables else SuiteDocument
        hint = did_you_mean(str(path[-1]), entry.model_fields) or f" Known: {', '.join(entry.model_fields)}."
        return f"{path[-1]!r} is not known here.{hint}"
    if kind == "missing":
        return f"{path_text(path[:-1])} needs the key {path[-1]!r}."
    if kind == "value_error":
        return f"{path_text(path)}: {error['ctx']['error']}."
    return f"{path_text(path)} {_reason(error)}."


_REASONS = {
    "too_short": "is an empty list: write at least one entry",
    "string_too_short": "is empty: write something, or leave the key out",
    "string_too_long": "has more than {max_length:,} characters: shorten it",
    "string_pattern_mismatch": "is {value!r}: write letters, digits and _, with a letter or _ first",
    "string_type": "is {value!r}: write a text",
    "greater_than_equal": "is {value!r}: write {ge:g} or more",
    "less_than_equal": "is {value!r}: write {le:g} or less",
    "bool_parsing": "is {value!r}: write true or false",
    "bool_type": "is {value!r}: write true or false",
    "int_parsing": "is {value!r}: write a whole number",
    "int_type": "is {value!r}: write a whole number",
    "float_parsing": "is {value!r}: write a number",
    "float_type": "is {value!r}: write a number",
    "tuple_type": "is {value!r}: write a list, each entry after a - on a line of its own",
    "model_type": "is {value!r}: write a table of keys and values",
}
"""By pydantic's kind of error, with its limits and the value."""


def _reason(error: Any) -> str:  # Any: one of pydantic's `ErrorDetails`
    reason = _REASONS.get(error["type"])
    if reason is None:
        return f"is {error['input']!r}, which fits nothing that may stand here ({error['type']})"
    return reason.format(value=_Short(error["input"]), **error.get("ctx", {}))


class _Short:
    """A value whose `repr` fits into a message."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __repr__(self) -> str:
        if self._value is None:
            return "empty"
        return reprlib.repr(self._value)
