"""What came of a suite: one result a probe, and their tallies with intervals."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from statistics import median
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from roleagent.evaluation.checks import num_words
from roleagent.language.sentences import letters, split_sentences

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_Z = 1.96  # of a 95 % interval
_LEAST_WORDS_REPEATED = 5

Key = tuple[str, int, str, int]
"""Respondent, repeat, scene and place: what tells a result from every other of a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One probe and its reply.

    Attributes:
        respondent: who answered.
        repeat: which run of the same suite, from 0.
        scene: name of the scene.
        place: which turn of the scene, from 0.
        session: which of the scene's conversations, from 0.
        kind: the kind of probe.
        faults: why the reply fails; empty if it is right.
        earlier: what was said just before the probe, for a reader.
        rests_on: what the reply rested on, a line each.
        omitted: what the model did not read because it did not fit its context, a line for each kind.
        about: ids of the facts that the probe is about.
    """

    respondent: str
    scene: str
    place: int
    kind: str
    asked: str
    text: str
    faults: tuple[str, ...]
    repeat: int = 0
    session: int = 0
    seconds: float = 0.0
    first_token_s: float = 0.0
    prompt_tokens: int = 0
    output_tokens: int = 0
    earlier: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    omitted: tuple[str, ...] = ()
    about: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """Whether the reply passed every check."""
        return not self.faults

    @property
    def key(self) -> Key:
        """See `Key`."""
        return self.respondent, self.repeat, self.scene, self.place

    def as_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Result:
        """The result of a line that `as_json` wrote.

        Raises:
            ValueError: it is none.
        """
        return _reader().validate_json(line, strict=True)


@cache
def _reader() -> TypeAdapter[Result]:
    from pydantic import TypeAdapter

    return TypeAdapter(Result)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many replies were right, with a 95 % interval (Wilson's)."""

    right: int
    n: int

    @property
    def share(self) -> float:
        """0–1; 0 if nothing was asked."""
        return self.right / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper bound of the share, 0–1.

        E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
        """
        if not self.n:
            return 0.0, 1.0
        share, n, z = self.share, self.n, _Z
        middle = share + z * z / (2 * n)
        spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        return (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.right}/{self.n} ({100 * self.share:.0f} %, {100 * low:.0f}–{100 * high:.0f})"


def tally(results: Iterable[Result]) -> Tally:
    """How many are right."""
    right = [result.is_right for result in results]
    return Tally(right=sum(right), n=len(right))


def by_kind(results: Iterable[Result]) -> dict[str, Tally]:
    """The same for each kind of probe, in the order of first appearance."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.kind, []).append(result)
    return {kind: tally(group) for kind, group in groups.items()}


def stability(results: Sequence[Result]) -> Tally:
    """Of the probes that were repeated, how many were right every time or wrong every time."""
    groups: dict[tuple[str, str, int], list[bool]] = {}
    for result in results:
        groups.setdefault((result.respondent, result.scene, result.place), []).append(result.is_right)
    return _same_each_time(groups.values())


def consistency(results: Sequence[Result]) -> Tally:
    """Of the facts that one conversation asks for several times, how many were right or wrong each time.

    A character that lives in Lewes in its first answer and elsewhere in its third contradicts itself.
    """
    sessions = (by_session for by_session in _asked(results).values())
    return _same_each_time(asked for by_session in sessions for asked in by_session.values())


def retest(results: Sequence[Result]) -> Tally:
    """Of the facts that several conversations of a scene ask for, how many were right or wrong in each.

    The first reply of each conversation counts. PICON (arXiv:2603.25620) calls it retest stability.
    """
    return _same_each_time(
        [asked[0] for asked in by_session.values()] for by_session in _asked(results).values()
    )


def _asked(results: Sequence[Result]) -> dict[tuple[str, int, str, tuple[str, ...]], dict[int, list[bool]]]:
    """Whether each fact of each scene was told, by session, in the order of asking."""
    groups: dict[tuple[str, int, str, tuple[str, ...]], dict[int, list[bool]]] = {}
    for result in results:
        if result.about:
            key = (result.respondent, result.repeat, result.scene, result.about)
            groups.setdefault(key, {}).setdefault(result.session, []).append(result.is_right)
    return groups


def repetition(results: Sequence[Result]) -> Tally:
    """How many replies hold a whole sentence of an earlier reply in the same scene, of five words or more."""
    said: dict[tuple[str, int, str], set[str]] = {}
    num_repeating = 0
    for result in results:
        sentences = {
            letters(sentence)
            for sentence in split_sentences(result.text)
            if num_words(sentence) >= _LEAST_WORDS_REPEATED
        }
        before = said.setdefault((result.respondent, result.repeat, result.scene), set())
        num_repeating += bool(sentences & before)
        before |= sentences
    return Tally(right=num_repeating, n=len(results))


def _same_each_time(groups: Iterable[Sequence[bool]]) -> Tally:
    several = [group for group in groups if len(group) > 1]
    return Tally(right=sum(len(set(group)) == 1 for group in several), n=len(several))


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How much replies sound like their persona.

    Attributes:
        own: mean likeness to the persona's own utterances, a cosine.
        others: mean likeness to those of whichever other persona is nearest.
        is_own: how many replies are nearer to their own persona than to any other.
    """

    own: float
    others: float
    is_own: Tally


Results = Mapping[str, Sequence[Result]]
"""Those of each respondent, by its name; the first is the one under test."""

NO_VOICES: Mapping[str, Voice] = MappingProxyType({})


def summary(results: Sequence[Result], voice: Voice | None = None) -> dict[str, Any]:  # Any: JSON
    """All figures of one respondent, as JSON takes them.

    Keys: ``right``, ``n``, ``share``, ``interval``, ``by_kind`` (kind -> the same four), ``stable``,
    ``consistent``, ``retest`` and ``repeating`` (likewise; see `stability`, `consistency`, `retest` and
    `repetition`),
    ``seconds_per_turn`` and ``first_token_s`` (medians), ``prompt_tokens``, ``output_tokens`` and ``words``
    (means a turn), ``cut`` (replies to a prompt from which something was left out), and ``voice`` if it was
    measured: ``own`` and ``others`` (mean cosines) and ``is_own`` (a tally).
    """
    return {
        **_figures(tally(results)),
        "by_kind": {kind: _figures(each) for kind, each in by_kind(results).items()},
        "stable": _figures(stability(results)),
        "consistent": _figures(consistency(results)),
        "retest": _figures(retest(results)),
        "repeating": _figures(repetition(results)),
        "seconds_per_turn": round(median([each.seconds for each in results] or [0.0]), 2),
        "first_token_s": round(median([each.first_token_s for each in results] or [0.0]), 2),
        "prompt_tokens": _mean(each.prompt_tokens for each in results),
        "output_tokens": _mean(each.output_tokens for each in results),
        "words": _mean(num_words(each.text) for each in results),
        "cut": sum(bool(each.omitted) for each in results),
        **({"voice": _figures_of_voice(voice)} if voice else {}),
    }


def _figures_of_voice(voice: Voice) -> dict[str, Any]:
    return {
        "own": round(voice.own, 4),
        "others": round(voice.others, 4),
        "is_own": _figures(voice.is_own),
    }


def _figures(counted: Tally) -> dict[str, Any]:
    low, high = counted.interval
    return {
        "right": counted.right,
        "n": counted.n,
        "share": round(counted.share, 4),
        "interval": [round(low, 4), round(high, 4)],
    }


def _mean(values: Iterable[int]) -> float:
    listed = list(values)
    return round(sum(listed) / len(listed), 1) if listed else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A kind of probe that got better or worse than in a baseline."""

    kind: str
    before: Tally
    now: Tally

    @property
    def is_worse(self) -> bool:
        """Whether the share fell by more than chance would explain: the intervals do not overlap."""
        return self.now.interval[1] < self.before.interval[0]


def compare(results: Sequence[Result], baseline: Mapping[str, Any]) -> list[Change]:
    """Each kind of probe beside its figure in a baseline, which `summary` made; "all" is the whole.

    An empty baseline has nothing to compare with.
    """
    kinds = {"all": tally(results), **by_kind(results)}
    before = {"all": baseline, **baseline.get("by_kind", {})} if baseline else {}
    return [
        Change(kind=kind, before=Tally(right=before[kind]["right"], n=before[kind]["n"]), now=now)
        for kind, now in kinds.items()
        if kind in before
    ]
