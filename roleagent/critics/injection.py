"""The guard against prompt injection in what the user writes and in what pictures and recordings say.

Patterns in English and Chinese look at every character; a small linear model, where its weights are present,
adds its score for the windows that look most like orders. Its work is bounded however long the text is.
"""

from __future__ import annotations

import heapq
import logging
import re
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from roleagent.critics.disguise import decoded, unmasked
from roleagent.critics.guardian import Guardian, load_guardian
from roleagent.critics.rules import Rule, read_rules
from roleagent.errors import ModelUnavailableError
from roleagent.types import Verdict

if TYPE_CHECKING:
    from roleagent.persona.persona import Persona

NAME = "injection"
AUTHORED = ("lore/", "card/")  # how `where` begins for what the persona's author wrote
THRESHOLD = 0.75
_ATTACKS = ("prompt_injection", "jailbreak", "data_exfiltration", "model_attack")

_WINDOW_WORDS = 40
_STRIDE_WORDS = 25
_WINDOW_CHARS = 600
_MAX_WINDOWS = 48
_PATTERN_CHARS = 4000
_PATTERN_OVERLAP = 300
# On a short text the model's score rests on little; it counts only next to a word of command.
_CUES = re.compile(
    r"\b(?:ignor|disregard|overrid|bypass|instruct|prompt|system|assistant|a\.?i\b|llm|gpt|model|jailbreak|developer"
    r"|unrestrict|unfilter|uncensor|guideline|polic|comply|program|roleplay|role-play|persona\b|character|password"
    r"|configur|confidential|simulat|previous|above)",
    re.I,
)
_CARD_FIELDS = ("summary", "personality", "scenario", "system_prompt", "post_history_instructions",
                "greeting", "speech", "rules")  # fmt: skip
_MODEL_REASON = "It reads like an attempt to command the model behind the character."
_log = logging.getLogger(__name__)


class InjectionGuard:
    """Flags words that try to set aside the character's instructions, to get at them, or to end the role.

    Args:
        weights: the guardian's file; None for patterns alone.
        threshold: score 0–1 from which the model's word counts.
    """

    name = NAME

    def __init__(self, weights: Path | None = None, *, threshold: float = THRESHOLD) -> None:
        self._weights = weights
        self._threshold = threshold
        self._guardian: Guardian | None = None
        self._lock = threading.Lock()

    def screen(self, text: str, *, where: str) -> Verdict:
        """Judge what came in; `where` says what it is, see `protocols.Guard`.

        The score is the model's, 1.0 if a pattern matched, and None if neither had anything to say. An
        author's texts are compared with patterns alone: they may tell the model what to do, and the linear
        model takes one in five real cards for an attack.
        """
        plain_text = unmasked(text)
        in_one_line = " ".join(plain_text.split())  # an order may go over several
        for candidate in dict.fromkeys((plain_text, in_one_line, *decoded(plain_text))):
            if found := _by_pattern(candidate, where):
                return found
        guardian = None if where.startswith(AUTHORED) else self._model()
        return _by_model(plain_text, where, guardian, self._threshold) if guardian else _passed(where, None)

    def warm_up(self) -> None:
        """Load the weights."""
        self._model()

    def _model(self) -> Guardian | None:
        with self._lock:
            if self._guardian is None and self._weights is not None:
                self._guardian = load_guardian(self._weights)
        return self._guardian


def orders_in(persona: Persona, *, max_chars: int | None = None) -> Iterator[Verdict]:
    """What in a persona's own texts reads like an attack, by patterns; `where` is ``card/FIELD``.

    What its examples let others say is left out: it may quote attacks, to show how they are declined.

    Args:
        persona: its lorebooks come last.
        max_chars: how many characters are read in all. Default: everything.
    """
    guard = InjectionGuard()
    for field, text in _texts_of(persona):
        if max_chars is not None:
            text, max_chars = text[:max_chars], max_chars - len(text)
            if max_chars <= 0:
                break
        verdict = guard.screen(text, where=f"card/{field}")
        if not verdict.ok:
            yield verdict


def _texts_of(persona: Persona) -> Iterator[tuple[str, str]]:
    for field in _CARD_FIELDS:
        text = getattr(persona, field)
        yield from [(field, text)] if isinstance(text, str) else ((field, each) for each in text)
    yield from (("examples", shown.reply) for shown in persona.examples)
    yield from ((f"facts.{fact.id}", fact.text) for fact in persona.graph.facts.values())
    for number, book in enumerate(persona.lorebooks):
        yield from ((f"lorebooks[{number}].entries.{entry.id}", entry.content) for entry in book.entries)


def load_injection_guard(argument: str = "") -> InjectionGuard:
    """What the name `injection` stands for; ``injection:patterns`` leaves the model out.

    Without the model's weights on this machine the patterns work alone, and the log says so once.
    """
    return InjectionGuard(None if argument == "patterns" else _weights())


def _weights() -> Path | None:
    from roleagent.weights import local_path

    try:
        return local_path("guardian") / "guardian.runtime.json.gz"
    except ModelUnavailableError as error:
        _log.warning("The injection guard works with its patterns alone: %s", error)
        return None


def _passed(where: str, score: float | None) -> Verdict:
    return Verdict(critic=NAME, ok=True, where=where, score=score)


def _by_pattern(text: str, where: str) -> Verdict | None:
    for piece in _pieces(text):
        for rule in _rules(where == "user" or where.startswith(AUTHORED)):
            if match := rule.find(piece):
                quote = match.group().strip()
                return Verdict(critic=NAME, ok=False, reason=rule.reason, quote=quote, where=where, score=1.0)
    return None


def _by_model(text: str, where: str, guardian: Guardian, threshold: float) -> Verdict:
    windows = (window for window in _windows(text) if _CUES.search(window))
    scored = [(guardian.score(window, classes=_ATTACKS), window) for window in windows]
    score, window = max(scored, default=(0.0, ""))
    if score < threshold:
        return _passed(where, score)
    return Verdict(critic=NAME, ok=False, reason=_MODEL_REASON, quote=window[:200], where=where, score=score)


@cache
def _rules(to_character: bool) -> tuple[Rule, ...]:
    groups = ("marks", "orders", "role", "prompt")
    return read_rules("injection", *groups) if to_character else read_rules("injection", *groups, "planted")


def _pieces(text: str) -> Iterator[str]:
    """Overlapping pieces, so that one pattern never runs over a megabyte at once."""
    for start in range(0, max(1, len(text)), _PATTERN_CHARS):
        yield text[max(0, start - _PATTERN_OVERLAP) : start + _PATTERN_CHARS]


def _windows(text: str) -> list[str]:
    """The whole of a short text; of a long one the windows that hold the most words of command."""
    words = text.split()
    if len(words) <= _WINDOW_WORDS:
        return [" ".join(words)[:_WINDOW_CHARS]] if words else []
    starts = range(0, len(words), _STRIDE_WORDS)
    windows = (" ".join(words[start : start + _WINDOW_WORDS])[:_WINDOW_CHARS] for start in starts)
    return heapq.nlargest(_MAX_WINDOWS, windows, key=lambda window: len(_CUES.findall(window)))
