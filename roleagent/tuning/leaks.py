"""Find test probes among training data: who has learned the questions shows nothing by answering them."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from roleagent.errors import InputError
from roleagent.evaluation.wordings import Wordings
from roleagent.language.scripts import has_unspaced
from roleagent.language.sentences import split_sentences
from roleagent.language.tokens import words
from roleagent.language.unicode import folded
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.said import parted

LEAST_WORDS = 5
"""Words of a probe, placeholders apart, from which a message or sentence that equals it is a leak.

Shorter ones, such as “Good morning!” and “Where were you born?”, are what anybody says.
"""
LEAST_CHARS = 7
"""The same for Chinese, Japanese and Korean, in characters."""
RUN_WORDS = 8
"""Words in a row, shared by a message and a probe, that are a leak."""
RUN_CHARS = 12
"""The same for Chinese, Japanese and Korean, in characters."""

_PLACEHOLDER = re.compile(r"\{\w*\}")
_MOST_FILLED = 30  # words in a placeholder, which may hold a whole statement
# Under these keys of the wordings stands what is said or shown to a character in a probe.
_SAID = frozenset(
    {
        *("you", "other", "person", "place", "thing"),
        *("ask", "say", "tell", "change"),
        *("caption", "transcript", "result"),
    }
)
_NOT_SAID = frozenset({"follow_up", "filler", "named", "denials"})  # tables with such keys, for other ends
_SUITES = ("*.yaml", "*.yml")


@dataclass(frozen=True, slots=True)
class Probe:
    """A text that a test says to a character.

    Attributes:
        text: with placeholders such as ``{value}`` where a test fills something in.
        where: where it comes from.
    """

    text: str
    where: str


@dataclass(frozen=True, slots=True)
class Leak:
    """A dialogue that holds a probe.

    Attributes:
        number: of the dialogue, from 1.
        said: the message, or the sentence or run of words of it, that is the probe's.
    """

    number: int
    dialogue: Dialogue
    said: str
    probe: Probe


def probes_of(suite_paths_or_wordings: Iterable[str | Path | Wordings] = ()) -> tuple[Probe, ...]:
    """What tests say to a character, each text once.

    Args:
        suite_paths_or_wordings: suite files, folders of them, or tables of wordings. The wordings of
            `roleagent.evaluation`, in every language, are always among the probes.

    Raises:
        InputError: a suite cannot be read.
    """
    found: dict[str, Probe] = {}
    for probe in (*_own_probes(), *(each for source in suite_paths_or_wordings for each in _from(source))):
        found.setdefault(probe.text, probe)
    return tuple(found.values())


def check_leaks(dialogues: Iterable[Dialogue], probes: Sequence[Probe]) -> int:
    """Refuse data that hold a probe.

    Returns:
        How many dialogues were checked.

    Raises:
        InputError: a message of a user or a reply holds a probe; see `leaks_in`. The message names the
            dialogue by its number, the probe, and where that comes from.
    """
    told = tuple(dialogues)
    for leak in leaks_in(told, probes):
        source = f" ({leak.dialogue.source})" if leak.dialogue.source else ""
        raise InputError(
            f"Dialogue {leak.number}{source} says “{leak.said}”, which is a test probe: “{leak.probe.text}” "
            f"({leak.probe.where}). Take the dialogue out, or its results in that test will mean nothing."
        )
    return len(told)


def leaks_in(dialogues: Iterable[Dialogue], probes: Sequence[Probe]) -> Iterator[Leak]:
    """The dialogues that hold a probe, each with the first that it holds.

    It is held if a message, what is said below notes, or a sentence equals it, but for case, punctuation and
    what fills its placeholders, and it has `LEAST_WORDS` or `LEAST_CHARS`; or if a message shares a run of
    `RUN_WORDS` or `RUN_CHARS` with it. Rejected replies and system messages are not looked at.
    """
    index = _Index(probes)
    for number, dialogue in enumerate(dialogues, start=1):
        texts = (each.text for each in dialogue.messages if each.role != "system")
        if found := next(filter(None, map(index.find, texts)), None):
            said, probe = found
            yield Leak(number, dialogue, said, probe)


class _Index:
    """Probes, by what has to stand in a text that holds them."""

    def __init__(self, probes: Iterable[Probe]) -> None:
        self._whole: dict[tuple[str, ...], Probe] = {}
        self._patterns: dict[tuple[str, ...], list[tuple[re.Pattern[str], Probe]]] = defaultdict(list)
        self._runs: dict[tuple[str, ...], Probe] = {}
        for probe in probes:
            self._add(probe)

    def find(self, text: str) -> tuple[str, Probe] | None:
        """The first probe that a text holds, after what of the text it is."""
        for unit in dict.fromkeys((text, parted(text)[1], *split_sentences(text))):
            if probe := self._equal_to(_tokens(unit)):
                return unit, probe
        tokens = _tokens(text)
        for size in (RUN_WORDS, RUN_CHARS):
            for run in _runs(tokens, size):
                if probe := self._runs.get(run):
                    return ("" if has_unspaced(run[0]) else " ").join(run), probe
        return None

    def _add(self, probe: Probe) -> None:
        parts = [_tokens(part) for part in _PLACEHOLDER.split(probe.text)]
        for part in parts:
            for run in _runs(part, _run_size(part)):
                self._runs.setdefault(run, probe)
        fixed = [token for part in parts for token in part]
        if len(fixed) < (LEAST_CHARS if any(map(has_unspaced, fixed)) else LEAST_WORDS):
            return
        if len(parts) == 1:
            self._whole.setdefault(tuple(fixed), probe)
        else:
            anchor = tuple(max(parts, key=len)[:3])
            self._patterns[anchor].append((_pattern(parts), probe))

    def _equal_to(self, tokens: Sequence[str]) -> Probe | None:
        if probe := self._whole.get(tuple(tokens)):
            return probe
        line = "".join(f"{token} " for token in tokens)
        for size in (1, 2, 3):
            for run in _runs(tokens, size):
                for pattern, probe in self._patterns.get(run, ()):
                    if pattern.fullmatch(line):
                        return probe
        return None


def _tokens(text: str) -> list[str]:
    return words(folded(text))


def _run_size(tokens: Sequence[str]) -> int:
    return RUN_CHARS if any(map(has_unspaced, tokens)) else RUN_WORDS


def _runs(tokens: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    return (tuple(tokens[at : at + size]) for at in range(len(tokens) - size + 1))


def _pattern(parts: Sequence[Sequence[str]]) -> re.Pattern[str]:
    fixed = ["".join(re.escape(token) + " " for token in part) for part in parts]
    return re.compile(rf"(?:\S+ ){{1,{_MOST_FILLED}}}?".join(fixed))


def _own_probes() -> Iterator[Probe]:
    folder = files("roleagent.evaluation") / "wordings"
    for name in sorted(each.name for each in folder.iterdir() if each.name.endswith(".toml")):
        told = tomllib.loads((folder / name).read_text(encoding="utf-8"))
        yield from _in_wordings(told, f"roleagent/evaluation/wordings/{name}:")


def _from(source: str | Path | Wordings) -> Iterator[Probe]:
    if isinstance(source, Mapping):
        yield from _in_wordings(source, "wordings:")
        return
    path = Path(source)
    if not path.is_dir():
        yield from _in_suite(path)
        return
    for suite in sorted(each for pattern in _SUITES for each in path.glob(pattern)):
        yield from _in_suite(suite)


def _in_wordings(told: Any, where: str, key: str = "") -> Iterator[Probe]:  # Any: tables as TOML has them
    if isinstance(told, Mapping):
        for name, value in told.items():
            if name not in _NOT_SAID:
                yield from _in_wordings(value, f"{where} {name}", name)
    elif isinstance(told, list):
        for value in told:
            yield from _in_wordings(value, where, key)
    elif isinstance(told, str) and key in _SAID:
        yield Probe(told, where)


def _in_suite(path: Path) -> Iterator[Probe]:
    """What the user says and shows in a suite; turns that lead to a probe belong to the test too."""
    from roleagent.evaluation.document import SuiteDocument
    from roleagent.formats.own.yaml_file import read
    from roleagent.persona.problems import ReadError

    try:
        document = SuiteDocument.model_validate(read(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}.") from error
    except ReadError as error:
        raise InputError(f"{path}:{error.place.line}:{error.place.column}: {error.message}.") from error
    except ValueError as error:  # not UTF-8, or no suite
        raise InputError(f"{path}: not a suite: {error}") from error
    for scene in document.scenes:
        where = f"{path}: scene {scene.name!r}"
        for turn in (turn for session in scene.all_sessions for turn in session.turns):
            yield from (Probe(text, where) for text in (turn.say, *turn.sees, *turn.hears) if text.strip())
        yield from (Probe(tool.result, where) for tool in scene.tools if tool.result.strip())
