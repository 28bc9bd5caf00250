"""Judge what a critic log holds again, and compare the verdicts byte for byte, without a language model."""

from __future__ import annotations

import json
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from roleagent import registry
from roleagent.critics import safety
from roleagent.critics.log import FORMAT, MAX_LINE_BYTES, NUM_REMEMBERED, VERSION, canonical
from roleagent.critics.policy import SafetyPolicy
from roleagent.critics.scenes import persona_from_plain, scene_from_plain
from roleagent.critics.version import with_version
from roleagent.errors import ConfigurationError, InputError
from roleagent.persona.persona import Persona
from roleagent.persona.spoken import spoken
from roleagent.persona.view import view
from roleagent.protocols import Scene
from roleagent.types import Verdict, content_id
from roleagent.types.plain import Plain, from_plain, to_plain

_KEPT = 4 * NUM_REMEMBERED  # several processes may have written at once
_KINDS = ("persona", "scene", "judgement", "screening")
_USER = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An outcome that is another one now.

    Attributes:
        line: of the log, from 1.
        critic: name of the critic or guard.
        judged: the draft or input.
        was: the outcome in the log, as `to_plain` writes a verdict, or ``{"failed": …}``.
        now: the outcome of today.
    """

    line: int
    critic: str
    judged: str
    was: Plain
    now: Plain

    def as_lines(self) -> list[str]:
        """What changed, a line for each field."""
        names = sorted({*self.was, *self.now} - {"critic", "version"})
        changed = [name for name in names if self.was.get(name) != self.now.get(name)]
        head = f"line {self.line}, {self.critic}, on {_short(self.judged)}"
        told = (f"  {name}: was {_value(self.was, name)}, now {_value(self.now, name)}" for name in changed)
        return [head, *told]


@dataclass(slots=True, kw_only=True)
class Replay:
    """What a replay found.

    Attributes:
        num_again: outcomes that were made again.
        differences: those that are not the same, in the log's order.
        versions: (version in the log, version now) -> number of outcomes where they differ.
        not_run: reason -> number of outcomes that were not made again.
    """

    num_again: int = 0
    differences: list[Difference] = field(default_factory=list)
    versions: Counter[tuple[str, str]] = field(default_factory=Counter)
    not_run: Counter[str] = field(default_factory=Counter)

    @property
    def num_agree(self) -> int:
        """How many outcomes are the same."""
        return self.num_again - len(self.differences)

    def as_dict(self) -> dict[str, Any]:  # Any: JSON
        """Everything as JSON values."""
        return {
            "num_again": self.num_again,
            "num_agree": self.num_agree,
            "differences": [
                {"line": each.line, "critic": each.critic, "judged": each.judged, "was": each.was,
                 "now": each.now}
                for each in self.differences
            ],
            "versions": [
                {"was": was, "now": now, "num": num} for (was, now), num in sorted(self.versions.items())
            ],
            "not_run": dict(self.not_run),
        }  # fmt: skip


def replay(path: Path | str, *, persona: Persona | None = None) -> Replay:
    """Make every outcome of a log again, except those of language models and of an application's objects.

    Outcomes are compared as canonical JSON. The version of a critic is not a part of the comparison: a
    changed version alone is counted in `Replay.versions`.

    Args:
        path: a log that `roleagent.critics.log` wrote.
        persona: judge with this persona in place of the one in the log, as each listener may meet it.

    Raises:
        InputError: the log cannot be read, or a line of it is broken; the message has file, line and reason.
    """
    return _Replayer(Path(path), persona).run()


class _Replayer:
    def __init__(self, path: Path, persona: Persona | None) -> None:
        self._path, self._instead = path, persona
        self._personas: OrderedDict[str, Persona] = OrderedDict()
        self._scenes: OrderedDict[str, Scene] = OrderedDict()
        self._made: dict[tuple[str, str], Any] = {}  # Any: critics and guards
        self._found = Replay()
        self._has_head = False

    def run(self) -> Replay:
        for number, line in log_lines(self._path):
            try:
                self._take(number, _object(json.loads(line)))
            except json.JSONDecodeError as error:
                raise _broken(self._path, number, f"it is not JSON ({error.msg})") from error
            except RecursionError as error:
                raise _broken(self._path, number, "it is nested too deeply") from error
            except (InputError, UnicodeDecodeError) as error:
                raise _broken(self._path, number, str(error)) from error
        if not self._has_head:
            raise InputError(f"{self._path} is empty: pass a log that was made with critic_log=….")
        return self._found

    def _take(self, number: int, line: dict[str, Any]) -> None:
        kind = line.get("kind")
        if kind == "head":
            self._check_head(line)
        elif not self._has_head:
            raise InputError("a log begins with a line of the kind 'head'; this is another file")
        elif kind == "persona":
            self._keep(self._personas, line, "persona", lambda: persona_from_plain(line["persona"]))
        elif kind == "scene":
            self._keep(self._scenes, line, "scene", lambda: self._scene(line))
        elif kind == "judgement":
            self._judge(number, line)
        elif kind == "screening":
            self._screen(number, line)
        else:
            raise InputError(f"its kind is {kind!r}, which is none of head, {', '.join(_KINDS)}")

    def _check_head(self, line: dict[str, Any]) -> None:
        if line.get("format") != FORMAT:
            raise InputError(f"its format is {line.get('format')!r}, not {FORMAT!r}")
        if line.get("version") != VERSION:
            raise InputError(
                f"its version is {line.get('version')!r}, and this release reads version {VERSION}. "
                f"Replay it with the release that wrote it ({line.get('roleagent', 'unknown')})"
            )
        self._has_head = True

    def _keep(
        self, kept: OrderedDict[str, Any], line: dict[str, Any], kind: str, make: Callable[[], Any]
    ) -> None:  # Any: personas or scenes
        named = {name: each for name, each in line.items() if name not in ("kind", "id")}
        if kind not in named or _text(line, "id") != content_id(kind, canonical(named)):
            raise InputError(f"the {kind} was changed: its id is not that of its content")
        kept[line["id"]] = make()
        while len(kept) > _KEPT:
            kept.popitem(last=False)

    def _scene(self, line: dict[str, Any]) -> Scene:
        persona = _known(self._personas, _text(line, "persona"), "persona")
        scene = scene_from_plain(line["scene"], persona)
        return scene if self._instead is None else _with_persona(scene, self._instead)

    def _part(self, kind: str, by: str, settings: Plain) -> Any:  # Any: a critic or guard
        """What is found under a name, or made again with the settings that are recorded."""
        if settings is None:
            return registry.get(kind, by)
        if by != safety.NAME:
            raise InputError(f"{by!r} takes no settings")
        key = (kind, canonical(settings))
        if key not in self._made:
            self._made[key] = _safety(kind, settings)
        return self._made[key]

    def _judge(self, number: int, line: dict[str, Any]) -> None:
        draft, complete = _text(line, "draft"), _typed(line, "complete", bool)
        scene = replace(
            _known(self._scenes, _text(line, "scene"), "scene"),
            judged=_typed(line, "judged", int),
            drafts_left=_typed(line, "drafts_left", int),
        )
        for outcome in map(_object, _typed(line, "verdicts", list)):

            def again(critic: Any) -> Verdict:  # Any: a critic
                return critic.check(draft, scene, complete=complete)  # type: ignore[no-any-return]

            self._compare(number, "critic", outcome, draft, again)

    def _screen(self, number: int, line: dict[str, Any]) -> None:
        text, where = _text(line, "text"), _text(line, "where")

        def again(guard: Any) -> Verdict:  # Any: a guard
            return guard.screen(text, where=where)  # type: ignore[no-any-return]

        self._compare(number, "guard", line, text, again)

    def _compare(
        self,
        number: int,
        kind: str,
        outcome: dict[str, Any],
        judged: str,
        again: Callable[[Any], Verdict],  # Any: a critic or guard
    ) -> None:
        was, by = _recorded(outcome), outcome.get("by")
        if not isinstance(by, str):
            self._found.not_run[f"a {kind} that the application passed as an object"] += 1
            return
        try:
            part = self._part(kind, by, outcome.get("settings"))
        except ConfigurationError as error:
            self._found.not_run[str(error)] += 1
            return
        if getattr(part, "asks_model", False):
            self._found.not_run[f"{by} asks a language model"] += 1
            return
        try:
            now = to_plain(with_version(again(part), part))
        except Exception as error:  # a plug-in: that it fails is an outcome
            now = {"failed": repr(error)}
        self._found.num_again += 1
        versions = (was.get("version", ""), now.get("version", ""))
        if versions[0] != versions[1] and "failed" not in {**was, **now}:
            self._found.versions[versions] += 1
        if _content(was) != _content(now):
            self._found.differences.append(
                Difference(line=number, critic=part.name, judged=judged, was=was, now=now)
            )


def _safety(kind: str, settings: Plain) -> Any:  # Any: a critic or guard
    """The critic or guard `safety`, with the policy of the agent that was recorded."""
    held = _object(settings)
    policy = from_plain(SafetyPolicy, held.get("policy"), where="settings.policy")
    named = held.get("scorer")
    scorer = None if named is None else registry.get("harm_scorer", _text(held, "scorer"))
    if kind == "critic":
        return safety.SafetyCritic(policy, scorer=scorer)
    return safety.SafetyGuard(policy, scorer=scorer, language=_text(held, "language"))


def _with_persona(scene: Scene, persona: Persona) -> Scene:
    """The scene with another persona, and over its graph what was learned, as far as it has a place there."""
    turn, learned = scene.turn, scene.graph.learned
    met = view(
        persona, listener=turn.sight.listener, user_id=turn.owner.user_id, as_of=turn.sight.as_of
    ).persona
    names = [fact.object for fact in scene.graph.values(_USER, "is_called")]
    called = scene.graph.nodes[names[0]].label if names else ""
    met = spoken(met, user=called, seed=turn.thread.thread_id, now=turn.at)
    known = {*met.graph.nodes, *learned.nodes}
    facts = [fact for fact in learned.facts.values() if {fact.subject, fact.object} <= known]
    return replace(scene, persona=met, graph=met.graph.with_learned(learned.nodes.values(), facts))


# ── lines ────────────────────────────────────────────────────────────────────────────────────


def log_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a log, with their numbers from 1.

    Raises:
        InputError: it cannot be read, or a line is too long or not UTF-8.
    """
    try:
        with path.open("rb") as file:
            number = 0
            while data := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(data) > MAX_LINE_BYTES:
                    raise _broken(path, number, f"it has more than {MAX_LINE_BYTES:,} bytes")
                try:
                    yield number, data.decode("utf-8")
                except UnicodeDecodeError as error:
                    raise _broken(path, number, f"byte {error.start} is not UTF-8") from error
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror or error}.") from error


def _broken(path: Path, number: int, why: str) -> InputError:
    return InputError(f"{path}:{number}: {why.rstrip('.')}.")


def _object(plain: Plain) -> dict[str, Any]:
    if not isinstance(plain, dict):
        raise InputError("it is not a JSON object")
    return plain


def _typed(line: dict[str, Any], name: str, kind: type) -> Any:  # Any: of that kind
    value = line.get(name)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise InputError(f"{name!r} is missing, or not of the type {kind.__name__}")
    return value


def _text(line: dict[str, Any], name: str) -> str:
    return str(_typed(line, name, str))


def _known(kept: OrderedDict[str, Any], name: str, kind: str) -> Any:  # Any: a persona or scene
    if name not in kept:
        raise InputError(f"it refers to the {kind} {name!r}, which no line before it holds")
    return kept[name]


def _recorded(outcome: dict[str, Any]) -> Plain:
    """An outcome of the log, checked."""
    if "failed" in outcome:
        return {"failed": _text(outcome, "failed")}
    return to_plain(from_plain(Verdict, outcome.get("verdict"), where="verdict"))


def _content(outcome: Plain) -> str:
    return canonical({name: each for name, each in outcome.items() if name != "version"})


def _value(outcome: Plain, name: str) -> str:
    return _short(outcome[name]) if name in outcome else "absent"


def _short(value: Plain) -> str:
    told = json.dumps(value, ensure_ascii=False)
    return told if len(told) <= 200 else f"{told[:199]}…"
