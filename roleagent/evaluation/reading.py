"""Suite files: YAML with scenes, turns and what each reply must do; see docs/evaluation.md.

suite: first meeting
persona: holmes
scenes:
  - name: his brother
    turns:
      - say: Have you any family?
        expect: {tells: holmes.sibling_of.mycroft, longest: 60}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from roleagent.errors import InputError
from roleagent.evaluation.checks import (
    CallsTool,
    DoesNotEcho,
    DoesNotRecite,
    HasLength,
    Judged,
    Matches,
    MatchesNot,
    PassesCritic,
    RefusesPremise,
    Remembers,
    SpeaksLanguage,
    Tells,
    TellsNot,
    compiled,
)
from roleagent.evaluation.suite import Check, Material, Scene, ScriptedTool, Session, Step, Suite
from roleagent.evaluation.wordings import wordings_for
from roleagent.persona.persona import Persona
from roleagent.persona.problems import ReadError, did_you_mean, locate
from roleagent.persona.view import check_listener, resolve_moment

MAX_BYTES = 2_000_000
MAX_TURNS = 5_000


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expectation(_Entry):
    """What a reply must do; every line has to hold."""

    tells: Texts = Field(default=(), description="ids of facts, of which the reply tells at least one")
    tells_not: Texts = Field(default=(), description="ids of facts, of which the reply tells none")
    says: Texts = Field(default=(), description="words, numbers or dates, of which the reply holds one")
    says_not: Texts = Field(default=(), description="words, numbers or dates, of which it holds none")
    matches: Texts = Field(default=(), description="regular expressions, of which one matches")
    matches_not: Texts = Field(default=(), description="regular expressions, of which none matches")
    refuses_premise: bool = Field(default=False, description="the reply denies what the question presumes")
    truth: Texts = Field(default=(), description="with refuses_premise: ids of facts that are so instead")
    language: str = Field(default="", description="language of the reply")
    shortest: int = Field(default=1, ge=0, description="words at least; a Chinese character counts as one")
    longest: int | None = Field(default=None, ge=1, description="words at most")
    no_echo: bool = Field(default=False, description="the reply does more than repeat the question")
    no_recital: bool = Field(default=False, description="the reply quotes no long piece of the prompt")
    passes: Texts = Field(default=(), description="names of critics that pass the reply")
    remembers: Texts = Field(default=(), description="words that stand in what was recalled")
    calls: Texts = Field(default=(), description="names of tools that were called")
    judged: Texts = Field(default=(), description="rubrics for a language model as judge")


class Turn(_Entry):
    """One turn."""

    say: str = Field(min_length=1, max_length=20_000)
    answered: str | None = None
    show: Texts = ()
    sees: Texts = ()
    hears: Texts = ()
    kind: str = ""
    expect: Expectation | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Turn:
        if self.answered is not None and self.expect is not None:
            raise ValueError("a turn that was `answered` is not asked again, so it can expect nothing")
        return self


class SessionEntry(_Entry):
    """Turns of one thread."""

    turns: tuple[Turn, ...] = Field(min_length=1)
    days_ago: float = Field(default=0.0, ge=0, le=40_000)
    listener: str = ""
    as_of: str = ""

    @model_validator(mode="after")
    def _past_is_answered(self) -> SessionEntry:
        if self.days_ago and any(turn.answered is None for turn in self.turns):
            raise ValueError("turns of a session in the past need `answered`")
        return self


class ToolEntry(_Entry):
    """A tool that always returns the same."""

    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")
    description: str
    result: str


class SceneEntry(_Entry):
    """One scene: either `turns`, or several `sessions`."""

    name: str
    turns: tuple[Turn, ...] = ()
    sessions: tuple[SessionEntry, ...] = ()
    listener: str = ""
    as_of: str = ""
    language: str = ""
    tools: tuple[ToolEntry, ...] = ()

    @model_validator(mode="after")
    def _has_turns(self) -> SceneEntry:
        if bool(self.turns) == bool(self.sessions):
            raise ValueError("needs either `turns` or `sessions`")
        return self


class SuiteDocument(_Entry):
    """A suite file."""

    suite: str
    persona: str = ""
    scenes: tuple[SceneEntry, ...] = Field(min_length=1)


def read_suite(path: str | Path, persona: Persona, *, judge: object = "") -> Suite:
    """Read a suite file for a persona.

    Args:
        path: a YAML file.
        persona: whom the suite is played with; its graph knows the ids of facts.
        judge: a chat model, or its name, for rubrics.

    Raises:
        InputError: the file cannot be read or is wrong: file, line, column, and the nearest right word.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror or error}.") from error
    if len(data) > MAX_BYTES:
        raise InputError(f"{str(path)!r} has {len(data):,} bytes; a suite has at most {MAX_BYTES:,}.")
    return _Reader(path, persona, judge).suite(data)


class _Reader:
    def __init__(self, path: Path, persona: Persona, judge: object) -> None:
        self._path, self._persona, self._judge = path, persona, judge
        self._tree: Any = None  # Any: tables and rows

    def suite(self, data: bytes) -> Suite:
        document = self._document(data)
        if document.persona and document.persona != self._persona.id:
            hint = did_you_mean(document.persona, [self._persona.id])
            self._fail(
                ["persona"], f"the suite is for {document.persona!r}, not for {self._persona.id!r}.{hint}"
            )
        names = [scene.name for scene in document.scenes]
        for number, name in enumerate(names):
            if name in names[:number]:
                self._fail(["scenes", number, "name"], f"a scene is called {name!r} already")
        num_turns = sum(len(self._sessions(scene)) for scene in document.scenes)
        if num_turns > MAX_TURNS:
            self._fail(["scenes"], f"more than {MAX_TURNS:,} turns")
        scenes = tuple(self._scene(scene, number) for number, scene in enumerate(document.scenes))
        return Suite(name=document.suite, persona_id=self._persona.id, scenes=scenes)

    def _document(self, data: bytes) -> SuiteDocument:
        from roleagent.formats.own.yaml_file import read

        try:
            self._tree = read(data.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise InputError(f"{self._path}: the file is not UTF-8: {error.reason}.") from error
        except ReadError as error:
            raise InputError(
                f"{self._path}:{error.place.line}:{error.place.column}: {error.message}."
            ) from error
        try:
            return SuiteDocument.model_validate(self._tree)
        except ValidationError as error:
            first = error.errors()[0]
            where = list(first["loc"])
            self._fail(where, _said(first), on_key=first["type"] == "extra_forbidden")

    def _fail(self, where: Sequence[str | int], message: str, *, on_key: bool = False) -> NoReturn:
        """Refuse the file, and name the place in it."""
        place = locate(self._tree, where, on_key=on_key)
        raise InputError(f"{self._path}:{place.line}:{place.column}: {message}")

    def _sessions(self, scene: SceneEntry) -> Sequence[SessionEntry]:
        if scene.sessions:
            return scene.sessions
        return [SessionEntry(turns=scene.turns, listener=scene.listener, as_of=scene.as_of)]

    def _scene(self, scene: SceneEntry, number: int) -> Scene:
        where: list[str | int] = ["scenes", number]
        self._check(where, lambda: check_listener(self._persona, scene.listener), "listener")
        self._check(where, lambda: resolve_moment(self._persona, scene.as_of), "as_of")
        return Scene(
            name=scene.name,
            sessions=tuple(
                self._session(session, [*where, *(("sessions", at) if scene.sessions else ())], scene)
                for at, session in enumerate(self._sessions(scene))
            ),
            tools=tuple(ScriptedTool(**tool.model_dump()) for tool in scene.tools),
            language=scene.language,
        )

    def _check(self, where: Sequence[str | int], call: Callable[[], object], key: str) -> None:
        try:
            call()
        except InputError as error:
            self._fail([*where, key], str(error))

    def _session(self, session: SessionEntry, where: Sequence[str | int], scene: SceneEntry) -> Session:
        self._check(where, lambda: check_listener(self._persona, session.listener), "listener")
        self._check(where, lambda: resolve_moment(self._persona, session.as_of), "as_of")
        return Session(
            steps=tuple(self._step(turn, [*where, "turns", at]) for at, turn in enumerate(session.turns)),
            days_ago=session.days_ago,
            listener=session.listener or scene.listener,
            as_of=session.as_of or scene.as_of,
        )

    def _step(self, turn: Turn, where: Sequence[str | int]) -> Step:
        shown = [*(("picture", text) for text in turn.sees), *(("recording", text) for text in turn.hears)]
        checks = tuple(self._checks(turn.expect, [*where, "expect"])) if turn.expect else ()
        about = (*turn.expect.tells, *turn.expect.tells_not) if turn.expect else ()
        return Step(
            say=turn.say,
            kind=turn.kind or ("turn" if checks else ""),
            answered=turn.answered,
            materials=tuple(Material(kind=kind, text=text) for kind, text in shown),  # type: ignore[arg-type]
            attachments=tuple(str(self._path.parent / name) for name in turn.show),
            checks=checks,
            about=about,
        )

    def _checks(self, expect: Expectation, where: Sequence[str | int]) -> Iterator[Check]:
        for key in ("tells", "tells_not", "truth"):
            for fact_id in getattr(expect, key):
                if fact_id not in self._persona.graph.facts:
                    hint = did_you_mean(fact_id, self._persona.graph.facts)
                    self._fail([*where, key], f"{fact_id!r} is no fact of {self._persona.id!r}.{hint}")
        for key in ("matches", "matches_not"):
            for pattern in getattr(expect, key):
                self._check(where, lambda pattern=pattern: compiled(pattern), key)  # type: ignore[misc]
        if expect.judged and not self._judge:
            self._fail([*where, "judged"], "a rubric needs a judge: pass --judge MODEL")
        yield from _as_checks(expect, self._persona, self._judge)


def _as_checks(expect: Expectation, persona: Persona, judge: object) -> Iterator[Check]:
    if expect.tells or expect.says:
        yield Tells(facts=expect.tells, values=expect.says)
    if expect.tells_not or expect.says_not:
        yield TellsNot(facts=expect.tells_not, values=expect.says_not)
    if expect.matches:
        yield Matches(patterns=expect.matches)
    if expect.matches_not:
        yield MatchesNot(patterns=expect.matches_not)
    if expect.refuses_premise:
        words = wordings_for(persona.language)
        denials = words["premise"]["denials"]
        yield RefusesPremise(
            denials=(*denials["patterns"], *words["refusal"]["ignorance"]),
            accepts=tuple(denials.get("accepts", ())),
            true_facts=expect.truth,
        )
    if expect.language:
        yield SpeaksLanguage(language=expect.language)
    if expect.longest is not None or expect.shortest != 1:
        yield HasLength(least=expect.shortest, most=expect.longest or 10_000)
    if expect.no_echo:
        yield DoesNotEcho()
    if expect.no_recital:
        yield DoesNotRecite()
    yield from (PassesCritic(name=name) for name in expect.passes)
    yield from (Remembers(words=words) for words in expect.remembers)
    yield from (CallsTool(name=name) for name in expect.calls)
    yield from (Judged(rubric=rubric, judge=judge) for rubric in expect.judged)


_KEYS: dict[str, type[_Entry]] = {
    "expect": Expectation,
    "turns": Turn,
    "sessions": SessionEntry,
    "scenes": SceneEntry,
    "tools": ToolEntry,
}


def _said(error: Any) -> str:  # Any: pydantic's error details
    where = [str(each) for each in error["loc"]]
    if error["type"] != "extra_forbidden":
        message = str(error["msg"]).removeprefix("Value error, ")
        return f"{'.'.join(where)}: {message}"
    named = [each for each in where[:-1] if each in _KEYS]
    entry = _KEYS[named[-1]] if named else SuiteDocument
    hint = did_you_mean(where[-1], entry.model_fields) or f" Known: {', '.join(entry.model_fields)}."
    return f"{where[-1]!r} is not known here.{hint}"
