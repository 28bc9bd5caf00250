"""Sentences that fall out of the role in words that no pattern knows, by a trained head.

The critics `role` and `style` know the wordings that somebody wrote down. Here a `KernelHead` over the
embedding and the words of a sentence tells an assistant's voice, a machine's, a narrator's, one that decides
what the user does, and one that speaks of its prompt. It is less sure than a pattern, so that its verdicts
are mild: the model is asked for another draft, and if it insists the draft passes.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from roleagent.critics.kernel_head import WEIGHTS, KernelHead
from roleagent.critics.role import nature_of
from roleagent.critics.text import new_sentences, sentences, without_quotations
from roleagent.critics.version import rules_version
from roleagent.embedding.text_vectors import TextVectors
from roleagent.errors import ModelUnavailableError
from roleagent.language.sentences import letters
from roleagent.language.tokens import words
from roleagent.persona.persona import Persona
from roleagent.protocols import Scene
from roleagent.types import Verdict

NAME = "voice"
MADE_BY = "roleagent train critic voice"
EMBEDDER = "use-m3"
"""Whose vectors the shipped head reads."""

FAULT = "fault"
"""The output for any fault, beside those of `VOICES`."""

VOICES = ("assistant", "machine", "narrator", "puppet", "prompt")
OUTPUTS = (FAULT, *VOICES)

REJECTED = ("assistant", "machine", "prompt")
"""The voices that are rejected. The others are scored, but too many short remarks about the listener ("You
believe too easily.") pass for one of them; patterns judge those."""

LANGUAGES = ("en", "zh")

_REASONS = {
    "assistant": "It speaks as an assistant would. Say it as somebody who lives in this story.",
    "machine": "It speaks as a program would. Say it as somebody who lives in this story.",
    "narrator": "It tells the scene from outside. Say only what you say, as I.",
    "puppet": "It decides what the other person does or feels. Leave that to them.",
    "prompt": "It speaks of its instructions. Answer what was said.",
}
_FEWEST_WORDS = 4
_MAX_CHARS = 500  # of a sentence that are read

_log = logging.getLogger(__name__)


class VoiceCritic:
    """Rejects a sentence that the trained head takes for another voice than the character's.

    Without the embedder's weights it passes everything, and says so once in the log.

    Args:
        head: None for the shipped one. Its embedder is loaded when it is first needed.
    """

    name = NAME
    fails_open = True

    def __init__(self, head: KernelHead | None = None) -> None:
        self._head = head or KernelHead.load(shipped_weights(), made_by=MADE_BY)
        self._vectors: TextVectors | None = None
        self._lock = threading.Lock()
        self._is_missing = False

    @property
    def version(self) -> str:
        """Of the rules, and of the head."""
        return f"{NAME} {rules_version()} {self._head.version}"

    def warm_up(self) -> None:
        """Load the embedder."""
        with self._lock:
            if self._vectors is None and not self._is_missing:
                try:
                    self._vectors = _vectors_of(self._head)
                except ModelUnavailableError as error:
                    _log.warning("The critic of voice passes everything: %s", error)
                    self._is_missing = True

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """Judge every new sentence of some length."""
        self.warm_up()
        persona = scene.persona
        if not scene.drafts_left or self._vectors is None or persona.language[:2] not in LANGUAGES:
            return Verdict(critic=NAME, ok=True)
        own = _own_lines(persona)
        said = [
            each for each in new_sentences(draft, scene) if _is_long_enough(each) and letters(each) not in own
        ]
        rejected = set(REJECTED) - _allowed(persona)
        for sentence, scores in zip(said, self.scores(said), strict=True):
            if scores[FAULT] < self._head.threshold:
                continue
            voice = max(VOICES, key=scores.__getitem__)
            if voice in rejected:
                return Verdict(
                    critic=NAME,
                    ok=False,
                    reason=_REASONS[voice],
                    quote=sentence,
                    score=scores[FAULT],
                    threshold=self._head.threshold,
                    parts=tuple((name, scores[name]) for name in VOICES),
                    is_mild=True,
                )
        return Verdict(critic=NAME, ok=True)

    def scores(self, sentences: Sequence[str]) -> list[Mapping[str, float]]:
        """For each sentence the probability 0–1 of each of `OUTPUTS`; call `warm_up` first."""
        if not sentences or self._vectors is None:
            return [dict.fromkeys(OUTPUTS, 0.0) for _ in sentences]
        texts = [without_quotations(each)[:_MAX_CHARS] for each in sentences]
        rows = self._head.read(texts, self._vectors.of(texts))
        return [dict(zip(self._head.outputs, map(float, row), strict=True)) for row in rows]


def shipped_weights(embedder: str = EMBEDDER) -> Path:
    """The file of the head for an embedder."""
    return WEIGHTS / f"voice-{embedder}.safetensors"


def _vectors_of(head: KernelHead) -> TextVectors:
    from roleagent import registry

    return TextVectors(registry.get("embedder", head.embedder))


def _is_long_enough(sentence: str) -> bool:
    return len(words(sentence)) >= _FEWEST_WORDS


@lru_cache(maxsize=64)
def _allowed(persona: Persona) -> frozenset[str]:
    """The voices that are a character's own: a robot's is a machine's."""
    nature = nature_of(persona)
    own = {"assistant"} if nature.is_assistant or nature.is_machine else set()
    own |= {"machine", "prompt"} if nature.is_machine or nature.works_with_machines else set()
    return frozenset(own)


@lru_cache(maxsize=64)
def _own_lines(persona: Persona) -> frozenset[str]:
    """The letters of each sentence that the persona's author wrote for it: they are in character."""
    told = (
        persona.greeting,
        *persona.greetings,
        *persona.fall_backs,
        *(example.reply for example in persona.examples),
        *(fact.text for fact in persona.graph.facts.values()),
    )
    return frozenset(letters(each) for text in told for each in sentences(text))
