"""Replies that do not take up what was said, by the trained scorer of relevance."""

from __future__ import annotations

import logging
import threading

from roleagent.critics.relevance import load_relevance_head
from roleagent.critics.text import plain
from roleagent.critics.version import rules_version
from roleagent.errors import ModelUnavailableError
from roleagent.language.tokens import words
from roleagent.protocols import RelevanceScorer, Scene
from roleagent.types import Verdict

NAME = "relevance"
THRESHOLD = 0.02
"""The score below which a reply is rejected; see docs/critic.md."""

_FEWEST_WORDS = 4  # of what was said, and of the reply
_MAX_CHARS = 600
_REASON = "It does not take up what they said. Answer that."
_log = logging.getLogger(__name__)


class RelevanceCritic:
    """Rejects a complete reply that the scorer takes for one to something else.

    It is not on by default: of the replies that miss the point it finds one in five. Its verdicts are mild.
    Without the embedder's weights it passes everything, and says so once in the log.

    Args:
        scorer: None for the shipped head, which is loaded when it is first needed.
    """

    name = NAME
    fails_open = True

    def __init__(self, scorer: RelevanceScorer | None = None) -> None:
        self._scorer = scorer
        self._lock = threading.Lock()
        self._is_missing = False

    @property
    def version(self) -> str:
        """Of the rules; the weights are of the same package."""
        return f"{NAME} {rules_version()}"

    def warm_up(self) -> None:
        """Load the scorer."""
        with self._lock:
            if self._scorer is None and not self._is_missing:
                try:
                    self._scorer = load_relevance_head()
                except ModelUnavailableError as error:
                    _log.warning("The critic of relevance passes everything: %s", error)
                    self._is_missing = True

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """Compare a complete reply with what was said; a line of declining takes up anything."""
        if not complete or not scene.drafts_left or draft.strip() in scene.persona.fall_backs:
            return Verdict(critic=NAME, ok=True)
        self.warm_up()
        said, reply = plain(scene.turn.text)[-_MAX_CHARS:], plain(draft)[:_MAX_CHARS]
        is_long_enough = all(len(words(each)) >= _FEWEST_WORDS for each in (said, reply))
        if self._scorer is None or not is_long_enough:
            return Verdict(critic=NAME, ok=True)
        [score] = self._scorer.score(said, [reply])
        return Verdict(
            critic=NAME,
            ok=score >= THRESHOLD,
            reason="" if score >= THRESHOLD else _REASON,
            quote="" if score >= THRESHOLD else reply,
            score=score,
            threshold=THRESHOLD,
            is_mild=score < THRESHOLD,
        )
