"""Which stages recall runs, and their weights: a few round numbers set by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

from roleagent.memory.recall.pool import RECENCY_HALF_LIFE_S

STAGES = (
    "words",
    "meaning",
    "history",
    "time",
    "speaker",
    "questions",
    "neighbours",
    "session",
    "facts",
    "graph",
    "priors",
    "rerank",
    "amendments",
)  # fmt: skip - in the order in which they run


def _check(stages: tuple[str, ...]) -> None:
    if unknown := [stage for stage in stages if stage not in STAGES]:
        raise ValueError(f"Recall has no stage {unknown[0]!r}. Its stages: {', '.join(STAGES)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallProfile:
    """The weights and budgets of recall.

    Scores are in standard deviations of the cosine over all episodes in sight; each weight says how many of
    them a full signal is worth. docs/recall.md says how they were chosen, and what each stage contributes.

    Attributes:
        stages: names out of `STAGES`.
        words: of BM25, where 1 is what singles out one episode of all (see `pool.information`).
        meaning: of the cosine.
        history: of what the last utterances are about, added to the vector of a vague cue.
        time: of being said within the time that the cue names.
        speaker: of being said by somebody the cue names.
        questions: subtracted from an episode that only asks.
        answer: how much of a question's score goes to the next utterance.
        answer_when: the same if the cue asks for a time, which a question seldom contains.
        before: how much of an episode's score goes to the one before it.
        session: how much of the best score of a session goes to all of it.
        facts: of naming what a fact that is surely in mind is about.
        graph: of the episode that spreading reaches most.
        recency: of the newest episode.
        half_life_s: after this many seconds an episode's recency is halved.
        importance: of an episode of full importance.
        rerank: of one logit of the reranker.
        rerank_top: up to how many of the best it reads.
        rerank_budget_s: the time after which it stops reading.
    """

    stages: tuple[str, ...] = STAGES
    words: float = 1.9
    meaning: float = 0.6
    history: float = 0.8
    time: float = 1.5
    speaker: float = 1.2
    questions: float = 2.0
    answer: float = 0.6
    answer_when: float = 0.2
    before: float = 0.1
    session: float = 0.3
    facts: float = 3.0
    graph: float = 0.3
    recency: float = 0.1
    half_life_s: float = RECENCY_HALF_LIFE_S
    importance: float = 0.5
    rerank: float = 0.4
    rerank_top: int = 40
    rerank_budget_s: float = 1.0

    def has(self, stage: str) -> bool:
        """Whether a stage runs."""
        return stage in self.stages

    def without(self, *stages: str) -> RecallProfile:
        """The same with stages switched off.

        Raises:
            ValueError: there is no stage of that name.
        """
        _check(stages)
        return replace(self, stages=tuple(stage for stage in self.stages if stage not in stages))

    def only(self, *stages: str) -> RecallProfile:
        """The same with these stages and no others.

        Raises:
            ValueError: there is no stage of that name.
        """
        _check(stages)
        return replace(self, stages=tuple(stage for stage in STAGES if stage in stages))


QUALITY = RecallProfile()
FAST = QUALITY.without("rerank")
WORDS_ONLY = FAST.without("meaning", "history")
PROFILES = {"quality": QUALITY, "fast": FAST, "words": WORDS_ONLY}
