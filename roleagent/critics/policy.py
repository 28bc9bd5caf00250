"""What an application does about danger: the safety policy, as a value and as a YAML file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

from roleagent.critics.help_lines import region_of, regions
from roleagent.errors import ConfigurationError
from roleagent.formats.own.yaml_file import read as read_yaml
from roleagent.language.nearest import nearest
from roleagent.persona.problems import ReadError, Table, locate

Action = Literal["allow", "refuse", "step_out", "hand_over"]
AgeRating = Literal["everyone", "teen", "mature"]

ACTIONS: tuple[Action, ...] = get_args(Action)
AGE_RATINGS: tuple[AgeRating, ...] = get_args(AgeRating)
TOPICS = (
    *("crisis", "minors", "weapons", "drugs", "violence", "cyber", "fraud", "theft", "sexual", "hate"),
    *("privacy", "harassment", "extremism", "advice"),
)
THRESHOLDS = ("user", "draft")
MAX_BYTES = 64 * 1024

_KEYS = ("age_rating", "locale", "topics", "thresholds", "help_lines", "handover")
_ALLOWED: Mapping[str, tuple[Action, ...]] = {
    "crisis": ("step_out", "hand_over"),
    "minors": ("refuse", "step_out", "hand_over"),
}
_WHY = {
    "crisis": "whoever is in danger always gets help",
    "minors": "sexual content with minors is never allowed",
}
_MAX_WORDS = 2_000
_MAX_TOLD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyPolicy:
    """What is done about each topic, and where people find help.

    Attributes:
        age_rating: ``mature`` allows explicit sexual content between adults, unless `topics` say otherwise.
        locale: whose help lines are named: language and region (``en-GB``), or ``any``.
        topics: what is done about each of `TOPICS`; one that is left out is refused, a crisis steps out.
        thresholds: from which score of a scorer on a topic counts, 0–1, in the words of the user and in a
            draft.
        help_lines: the application's own words on where to find help, in place of the table's.
        handover: what is said when something is handed to a person, such as who will write and when.

    Raises:
        ConfigurationError: a value is not allowed.
    """

    age_rating: AgeRating = "teen"
    locale: str = "any"
    topics: Mapping[str, Action] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    help_lines: str = ""
    handover: str = ""

    def __post_init__(self) -> None:
        """Refuse values that are not allowed."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        problems = [message for _, message in _mistakes(given)]
        if problems:
            raise ConfigurationError("SafetyPolicy: " + " ".join(problems))

    def action(self, topic: str) -> Action:
        """What is done about a topic."""
        if topic in self.topics:
            return self.topics[topic]
        if topic == "sexual" and self.age_rating == "mature":
            return "allow"
        return "step_out" if topic == "crisis" else "refuse"

    def threshold(self, of: str) -> float:
        """From which score on a topic counts in the words of ``user``, or in a ``draft``."""
        return self.thresholds.get(of, {"user": 0.8, "draft": 0.9}[of])

    @property
    def forbidden(self) -> frozenset[str]:
        """The topics about which something is done."""
        return frozenset(topic for topic in TOPICS if self.action(topic) != "allow")


def read_policy(path: str | Path) -> SafetyPolicy:
    """The policy in a YAML file.

    Raises:
        ConfigurationError: it cannot be read, or breaks the format; the message has a line for each mistake,
            with its place.
    """
    file = Path(path).expanduser()
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{path}: the policy cannot be read: {error.strerror or error}.") from error
    if len(data) > MAX_BYTES:
        raise ConfigurationError(f"{path}: a policy may have {MAX_BYTES // 1024} KiB, and this has more.")
    try:
        return parse_policy(data.decode("utf-8-sig"), name=str(path))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 at byte {error.start}: save it as UTF-8.") from error


def parse_policy(text: str, *, name: str = "policy") -> SafetyPolicy:
    """The policy in a YAML text; `name` is what messages call it.

    Raises:
        ConfigurationError: it breaks the format.
    """
    try:
        tree = read_yaml(text)
    except ReadError as error:
        line, column = error.place
        raise ConfigurationError(f"{name}:{line}:{column}: {error.message}.") from error
    if not isinstance(tree, Table):
        raise ConfigurationError(f"{name}: a policy is a table of the keys {', '.join(_KEYS)}.")
    found = [(locate(tree, steps, on_key=True), message) for steps, message in _mistakes(tree)]
    if found:
        lines = [f"{name}:{place.line}:{place.column}: {message}" for place, message in sorted(found)]
        more = [f"… and {len(lines) - _MAX_TOLD} more."] if len(lines) > _MAX_TOLD else []
        raise ConfigurationError("\n".join(lines[:_MAX_TOLD] + more))
    limits = {key: float(value) for key, value in tree.get("thresholds", {}).items()}
    return SafetyPolicy(**{**tree, "topics": dict(tree.get("topics", {})), "thresholds": limits})


@cache
def default_policy() -> SafetyPolicy:
    """The policy of an application that has none of its own."""
    text = resources.files("roleagent.critics").joinpath("policies/default.yaml").read_text("utf-8")
    return parse_policy(text, name="policies/default.yaml")


_Mistake = tuple[tuple[str, ...], str]  # the keys that lead to it, and what is wrong


def _mistakes(given: Mapping[str, Any]) -> Iterator[_Mistake]:  # Any: whatever a file or a caller gives
    """What is wrong with the values of a policy, read from a file or passed."""
    yield from _unknown(given, _KEYS, "the policy")
    rating, locale = given.get("age_rating", "teen"), given.get("locale", "any")
    if rating not in AGE_RATINGS:
        yield ("age_rating",), f"age_rating {rating!r} is none of {', '.join(AGE_RATINGS)}."
    if not isinstance(locale, str) or region_of(locale) is None:
        yield (
            ("locale",),
            f"locale {locale!r} has no help lines: write any, or a language and one of the regions "
            f"{', '.join(sorted(regions()))}, such as en-GB. Other lines go under `help_lines`.",
        )
    yield from _mistakes_in_topics(given.get("topics", {}))
    yield from _mistakes_in_thresholds(given.get("thresholds", {}))
    for key in ("help_lines", "handover"):
        words = given.get(key, "")
        if not isinstance(words, str) or len(words) > _MAX_WORDS:
            yield (key,), f"{key} must be a text of up to {_MAX_WORDS:,} characters."
        elif words and not words.strip():
            yield (key,), f"{key} is blank: write what the user is to read, or leave the key out."


def _mistakes_in_topics(topics: object) -> Iterator[_Mistake]:
    if not isinstance(topics, Mapping):
        yield ("topics",), f"topics must be a table of topics and what is done: {', '.join(ACTIONS)}."
        return
    yield from _unknown(topics, TOPICS, "topics")
    for topic in topics.keys() & set(TOPICS):
        action, allowed = topics[topic], _ALLOWED.get(topic, ACTIONS)
        if action not in allowed:
            why = f", for {_WHY[topic]}" if action in ACTIONS else ""
            yield ("topics", topic), f"topics.{topic} is {action!r}: it may be {_either(allowed)}{why}."


def _mistakes_in_thresholds(limits: object) -> Iterator[_Mistake]:
    if not isinstance(limits, Mapping):
        yield ("thresholds",), f"thresholds must be a table with numbers for {' and '.join(THRESHOLDS)}."
        return
    yield from _unknown(limits, THRESHOLDS, "thresholds")
    for of in limits.keys() & set(THRESHOLDS):
        if not _is_share(limits[of]):
            yield (
                ("thresholds", of),
                f"thresholds.{of} is {limits[of]!r}: it must be a number above 0, up to 1.",
            )


def _either(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _is_share(value: object) -> bool:
    try:
        return not isinstance(value, bool) and 0 < float(value) <= 1  # type: ignore[arg-type]  # tried
    except (TypeError, ValueError):
        return False


def _unknown(given: Mapping[str, Any], known: Sequence[str], where: str) -> Iterator[_Mistake]:
    steps = () if where == "the policy" else (where,)
    for key in given:
        if key not in known:
            near = nearest(str(key), known)
            hint = f"Did you mean {near!r}?" if near else f"Known: {', '.join(known)}."
            yield (*steps, str(key)), f"unknown key {key!r} in {where}. {hint}"
