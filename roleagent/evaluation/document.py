"""The format of suite files: their tables and keys; docs/evaluation.md describes it for authors."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from roleagent.persona.problems import did_you_mean


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
"""One text or a list of them."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Expectation(_Entry):
    """What a reply must do; every line has to hold."""

    tells: Texts = Field(default=(), description="It tells one of these facts, named by id.")
    tells_not: Texts = Field(default=(), description="It tells none of these facts.")
    says: Texts = Field(default=(), description="It holds one of these words, names, numbers or dates.")
    says_not: Texts = Field(default=(), description="It holds none of them.")
    matches: Texts = Field(default=(), description="One of these regular expressions matches.")
    matches_not: Texts = Field(default=(), description="None of these regular expressions matches.")
    refuses_premise: bool = Field(
        default=False, description="It denies or doubts what the question takes for granted."
    )
    truth: Texts = Field(
        default=(), description="With `refuses_premise`: telling one of these facts is a denial too."
    )
    language: str = Field(default="", description="It is in this language; only the script is looked at.")
    shortest: int = Field(default=1, ge=0, description="It has at least so many words.")
    longest: int | None = Field(default=None, ge=1, description="It has at most so many words.")
    no_echo: bool = Field(default=False, description="It does more than repeat the question.")
    no_recital: bool = Field(default=False, description="It quotes no long piece of the system message.")
    passes: Texts = Field(default=(), description="These critics pass it.")
    remembers: Texts = Field(
        default=(), description="These words stand in an episode, learned fact or summary that was recalled."
    )
    calls: Texts = Field(default=(), description="These tools of the scene were called.")
    judged: Texts = Field(
        default=(), description="A language model finds that it meets these rubrics (`--judge MODEL`)."
    )

    @model_validator(mode="after")
    def _expects_something(self) -> Expectation:
        if not self.model_fields_set:
            raise ValueError("expects nothing: name a check, or leave `expect` out")
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
    kind: str = ""
    expect: Expectation | None = None

    @model_validator(mode="after")
    def _is_asked_or_answered(self) -> TurnEntry:
        if self.answered is not None and self.expect is not None:
            raise ValueError("a turn that was `answered` is not asked again, so it can expect nothing")
        if self.answered is not None and (self.show or self.sees or self.hears):
            raise ValueError("a turn that was `answered` is words only: say in words what was shown")
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
    """What is wrong, with the nearest key for one that is not known."""
    where = [str(each) for each in error["loc"]]
    if error["type"] != "extra_forbidden":
        message = str(error["msg"]).removeprefix("Value error, ")
        return f"{'.'.join(where)}: {message}." if where else "this is no suite: it has no keys."
    tables = [each for each in where[:-1] if each in _ENTRY_OF]
    entry = _ENTRY_OF[tables[-1]] if tables else SuiteDocument
    hint = did_you_mean(where[-1], entry.model_fields) or f" Known: {', '.join(entry.model_fields)}."
    return f"{where[-1]!r} is not known here.{hint}"
