"""Read suite files: YAML with scenes, turns and what each reply must do.

suite: first meeting
persona: holmes
scenes:
  - name: his brother
    turns:
      - say: Have you any family?
        expect: {tells: holmes.sibling_of.mycroft, longest: 60}
"""

from __future__ import annotations

import reprlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from pydantic import ValidationError

from roleagent import registry
from roleagent.errors import ConfigurationError, InputError
from roleagent.evaluation.checks import (
    CallsNot,
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
from roleagent.evaluation.document import Expectation, SceneEntry, SuiteDocument, TurnEntry, message_of
from roleagent.evaluation.suite import Check, Material, Scene, ScriptedTool, Session, Step, Suite
from roleagent.evaluation.wordings import denials_in
from roleagent.persona.persona import Persona
from roleagent.persona.problems import ReadError, did_you_mean, locate
from roleagent.persona.rendering import rendered
from roleagent.persona.view import check_listener, resolve_moment

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

MAX_BYTES = 2_000_000
MAX_TURNS = 5_000

_Where = Sequence[str | int]


def read_suite(
    path: str | Path,
    persona: Persona,
    *,
    judge: str | BaseChatModel = "",
    tools: Collection[str] = (),
) -> Suite:
    """Read a suite file for a persona.

    Args:
        path: a YAML file.
        persona: whom the suite is played with; its graph knows the ids of facts.
        judge: a chat model, or its name, for rubrics.
        tools: names of tools that the character has besides those of the scenes.

    Raises:
        InputError: the file cannot be read or is wrong: file, line, column, and the nearest right word.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror or error}.") from error
    if len(data) > MAX_BYTES:
        raise InputError(f"{str(path)!r} has more than {MAX_BYTES:,} bytes, the most that a suite may have.")
    return _Reader(path, persona, judge, tools).suite(data)


class _Reader:
    def __init__(
        self, path: Path, persona: Persona, judge: str | BaseChatModel, tools: Collection[str]
    ) -> None:
        self._path, self._persona, self._judge, self._tools = path, persona, judge, tools
        self._tree: Any = None  # Any: tables and rows

    def suite(self, data: bytes) -> Suite:
        document = self._document(data)
        if document.persona and document.persona != self._persona.id:
            hint = did_you_mean(document.persona, [self._persona.id])
            message = f"the suite is for {document.persona!r}, not for {self._persona.id!r}.{hint}"
            self._fail(["persona"], message)
        names = [scene.name for scene in document.scenes]
        for number, name in enumerate(names):
            if name in names[:number]:
                self._fail(["scenes", number, "name"], f"a scene is called {name!r} already.")
        num_turns = sum(len(session.turns) for scene in document.scenes for session in scene.all_sessions)
        if num_turns > MAX_TURNS:
            self._fail(["scenes"], f"{num_turns:,} turns; a suite has at most {MAX_TURNS:,}.")
        with self._placed(["language"]):
            rendered(self._persona, document.language or self._persona.language)
        scenes = [self._scene(scene, document, at) for at, scene in enumerate(document.scenes)]
        if not any(step.checks for scene in scenes for session in scene.sessions for step in session.steps):
            self._fail(["scenes"], "no turn has an `expect`, so nothing would be measured: write one.")
        return Suite(name=document.suite, persona_id=self._persona.id, scenes=tuple(scenes))

    def _document(self, data: bytes) -> SuiteDocument:
        from roleagent.formats.own.yaml_file import read

        try:
            self._tree = read(data.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise InputError(f"{self._path}: the file is not UTF-8: {error.reason}.") from error
        except ReadError as error:
            place = f"{self._path}:{error.place.line}:{error.place.column}"
            raise InputError(f"{place}: {error.message}.") from error
        try:
            return SuiteDocument.model_validate(self._tree)
        except ValidationError as error:
            errors = error.errors()
            unknown = [each for each in errors if each["type"] == "extra_forbidden"]
            first = (unknown or errors)[0]  # a misspelt key also shows as one that is missing
            self._fail(first["loc"], message_of(first), on_key=bool(unknown))

    def _fail(self, where: _Where, message: str, *, on_key: bool = False) -> NoReturn:
        """Refuse the file, and name the place in it."""
        place = locate(self._tree, where, on_key=on_key)
        raise InputError(f"{self._path}:{place.line}:{place.column}: {message}")

    @contextmanager
    def _placed(self, where: _Where) -> Iterator[None]:
        """Name the place in the file in an error about a value of it."""
        try:
            yield
        except (InputError, ConfigurationError) as error:
            self._fail(where, str(error))

    def _scene(self, scene: SceneEntry, document: SuiteDocument, number: int) -> Scene:
        where: list[str | int] = ["scenes", number]
        language = scene.language or document.language
        with self._placed([*where, "language"]):
            persona = rendered(self._persona, language) if language else self._persona
        sessions = []
        for at, session in enumerate(scene.all_sessions):
            inner = [*where, "sessions", at] if scene.sessions else where
            listener, as_of = session.listener or scene.listener, session.as_of or scene.as_of
            with self._placed([*(inner if session.listener else where), "listener"]):
                check_listener(persona, listener)
            with self._placed([*(inner if session.as_of else where), "as_of"]):
                resolve_moment(persona, as_of)
            steps = [
                self._step(turn, [*inner, "turns", place], scene, persona)
                for place, turn in enumerate(session.turns)
            ]
            sessions.append(
                Session(steps=tuple(steps), days_ago=session.days_ago, listener=listener, as_of=as_of)
            )
        return Scene(
            name=scene.name,
            sessions=tuple(sessions),
            tools=tuple(ScriptedTool(**tool.model_dump()) for tool in scene.tools),
            language=language,
        )

    def _step(self, turn: TurnEntry, where: _Where, scene: SceneEntry, persona: Persona) -> Step:
        shown = [self._path.parent / name for name in turn.show]
        for path in shown:
            try:
                is_within, is_file = (
                    path.resolve().is_relative_to(self._path.parent.resolve()),
                    path.is_file(),
                )
            except (OSError, ValueError):  # a name too long for the system, or with a NUL
                is_within, is_file = True, False
            if not is_within:
                self._fail(
                    [*where, "show"], f"{path.name!r} lies outside of the suite's folder: put it there."
                )
            if not is_file:
                self._fail([*where, "show"], f"there is no file {reprlib.repr(str(path))}.")
        expect = turn.expect
        if expect is not None:
            self._check_names(expect, [*where, "expect"], scene)
        return Step(
            say=turn.say,
            kind=turn.kind or ("turn" if expect else ""),
            answered=turn.answered,
            materials=(
                *(Material(kind="picture", text=text) for text in turn.sees),
                *(Material(kind="recording", text=text) for text in turn.hears),
            ),
            attachments=tuple(str(path) for path in shown),
            checks=tuple(_checks_of(expect, persona, self._judge)) if expect else (),
            about=(*expect.tells, *expect.tells_not) if expect else (),
        )

    def _check_names(self, expect: Expectation, where: _Where, scene: SceneEntry) -> None:
        """Refuse names of facts, critics and tools that are not there, and broken patterns."""
        facts = self._persona.graph.facts
        for key in ("tells", "tells_not", "truth"):
            for fact_id in getattr(expect, key):
                if fact_id not in facts:
                    hint = did_you_mean(fact_id, facts)
                    message = f"{fact_id!r} is no fact of {self._persona.id!r}.{hint}"
                    self._fail([*where, key], message)
        for key in ("matches", "matches_not"):
            for pattern in getattr(expect, key):
                with self._placed([*where, key]):
                    compiled(pattern)
        for name in expect.passes:
            with self._placed([*where, "passes"]):
                registry.check("critic", name)
        tools = [*(tool.name for tool in scene.tools), *self._tools]
        for key in ("calls", "calls_not"):
            for name in getattr(expect, key):
                if name not in tools:
                    hint = did_you_mean(name, tools) or f" Known: {', '.join(tools) or 'none'}."
                    self._fail([*where, key], f"no tool of this scene is called {name!r}.{hint}")
        if expect.judged and not self._judge:
            self._fail([*where, "judged"], "a rubric needs a judge: pass --judge MODEL.")


def _checks_of(expect: Expectation, persona: Persona, judge: str | BaseChatModel) -> Iterator[Check]:
    if expect.tells or expect.says:
        yield Tells(facts=expect.tells, values=expect.says)
    if expect.tells_not or expect.says_not:
        yield TellsNot(facts=expect.tells_not, values=expect.says_not, may_repeat=False)
    if expect.matches:
        yield Matches(patterns=expect.matches)
    if expect.matches_not:
        yield MatchesNot(patterns=expect.matches_not)
    if expect.refuses_premise:
        denials, accepts = denials_in(persona.language)
        yield RefusesPremise(denials=denials, accepts=accepts, true_facts=expect.truth)
    if expect.language:
        yield SpeaksLanguage(language=expect.language)
    if expect.longest is not None or "shortest" in expect.model_fields_set:
        yield HasLength(least=expect.shortest, most=expect.longest or 10_000)
    if expect.no_echo:
        yield DoesNotEcho()
    if expect.no_recital:
        yield DoesNotRecite()
    yield from (PassesCritic(name=name) for name in expect.passes)
    yield from (Remembers(words=words) for words in expect.remembers)
    yield from (CallsTool(name=name) for name in expect.calls)
    yield from (CallsNot(name=name) for name in expect.calls_not)
    yield from (Judged(rubric=rubric, judge=judge) for rubric in expect.judged)
