"""The guard and the critic of safety: what the user says, and what the character is about to say.

Both act on a `SafetyPolicy`. Patterns come first; a trained `HarmScorer`, if there is one, adds what they
miss.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from roleagent.critics.dangers import (
    Danger,
    find_crisis,
    find_harm,
    find_minors,
    find_request,
    names_a_minor,
    version,
)
from roleagent.critics.disguise import readings, unmasked
from roleagent.critics.help_lines import fixed_words, help_message, language_of
from roleagent.critics.injection import AUTHORED
from roleagent.critics.policy import TOPICS, SafetyPolicy, default_policy, read_policy
from roleagent.critics.text import new_sentences, plain
from roleagent.language.patterns import passages
from roleagent.protocols import HarmScorer, Scene
from roleagent.types import Verdict

NAME = "safety"

# Of a draft: what a character may say in a story, and what patterns judge.
_IN_STORY = ("violence", "harassment", "advice")
_IN_DRAFTS = ("advice",)  # a user may ask for it
_MOST_SCORED = 16  # passages of a text, from its beginning and its end
_SAID = 600  # characters of the user's words, and of the draft's end, that are read together
_ASKED = 299  # of each, so that both fit into one passage


class SafetyGuard:
    """Finds out whether the user is in danger, or asks for what the policy does not allow.

    Its verdict's `action` says what is done, and `instead` what is said when the character steps out of the
    story. What the persona's author wrote is not judged: a villain's lorebook may hold anything.

    Args:
        policy: Default: `policies/default.yaml`.
        scorer: adds to the patterns.
        language: of the answer if that of the user's words is not clear.
    """

    name = NAME

    def __init__(
        self, policy: SafetyPolicy | None = None, *, scorer: HarmScorer | None = None, language: str = "en"
    ) -> None:
        self._policy, self._scorer, self._language = policy or default_policy(), scorer, language

    def screen(self, text: str, *, where: str) -> Verdict:
        """Judge what came in; `where` says what it is, see `protocols.Guard`."""
        if where.startswith(AUTHORED):
            return Verdict(critic=NAME, ok=True, where=where)
        seen = unmasked(text)
        found = _by_pattern(seen, self._policy)
        if found is not None:
            return self._verdict(found, seen, where, score=1.0, parts={})
        return self._by_score(seen, where)

    def warm_up(self) -> None:
        """Compile the patterns, and load the scorer if it loads anything."""
        _warm_up(self._scorer)

    def _by_score(self, text: str, where: str) -> Verdict:
        threshold = self._policy.threshold("user")
        scored = _scores(self._scorer, _sampled(list(passages(plain(text)))))
        reached = [
            (score, topic, passage, parts)
            for passage, parts in scored
            for topic, score in _by_topic(parts, passage).items()
            if topic in self._policy.forbidden.difference(_IN_DRAFTS)
        ]
        best = max(reached, key=lambda each: each[0], default=None)
        if best is None or best[0] < threshold:
            return Verdict(
                critic=NAME,
                ok=True,
                where=where,
                score=None if best is None else best[0],
                parts=() if best is None else tuple(best[3].items()),
                version=self._version,
            )
        score, topic, passage, parts = best
        reason = f"A trained scorer takes it for {topic.replace('_', ' ')}."
        found = Danger(topic=topic, kind=topic, reason=reason, quote=passage[:200])
        return self._verdict(found, text, where, score=score, parts=parts)

    def _verdict(
        self, found: Danger, text: str, where: str, *, score: float, parts: Mapping[str, float]
    ) -> Verdict:
        return Verdict(
            critic=NAME,
            ok=False,
            reason=found.reason,
            quote=found.quote,
            where=where,
            score=score,
            threshold=self._policy.threshold("user"),
            parts=tuple({found.topic: score, **parts}.items()),
            version=self._version,
            action=self._policy.action(found.topic),
            instead=self._words(found, text),
        )

    def _words(self, found: Danger, text: str) -> str:
        """What is said out of the story; empty if the character declines in its own words."""
        policy, action = self._policy, self._policy.action(found.topic)
        if action == "refuse":
            return ""
        language = language_of(text, otherwise=self._language)
        handover = policy.handover if action == "hand_over" else ""
        if found.topic == "crisis":
            said = help_message(found.kind, language=language, locale=policy.locale, lines=policy.help_lines)
            return "\n\n".join(filter(None, (said, handover)))
        return handover or fixed_words(action, language)

    @property
    def _version(self) -> str:
        return _version(self._scorer)


class SafetyCritic:
    """Rejects drafts that do harm, whatever the story. A villain may threaten, and a character may die.

    If the critic itself breaks, the draft is not let through.

    Args:
        policy: Default: `policies/default.yaml`.
        scorer: adds to the patterns.
    """

    name = NAME
    fails_open = False

    def __init__(self, policy: SafetyPolicy | None = None, *, scorer: HarmScorer | None = None) -> None:
        self._policy, self._scorer = policy or default_policy(), scorer

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """Judge every new sentence, and what several say together."""
        said = [unmasked(sentence) for sentence in new_sentences(draft, scene)]
        asked = unmasked(scene.turn.text)[-_SAID:]
        found = self._by_pattern(said) or self._together(said, unmasked(draft[-_SAID:]), asked)
        if found is not None:
            return self._verdict(found, score=1.0, parts={})
        return self._by_score(said, asked)

    def warm_up(self) -> None:
        """Compile the patterns, and load the scorer if it loads anything."""
        _warm_up(self._scorer)

    def _by_pattern(self, said: Sequence[str]) -> Danger | None:
        for at, sentence in enumerate(said):
            nearby = " ".join(said[max(0, at - 1) : at + 3])
            for reading in readings(sentence):
                found = find_harm(reading, self._policy.forbidden, nearby=nearby)
                if found is not None:
                    return found
        return None

    def _together(self, said: Sequence[str], draft: str, asked: str) -> Danger | None:
        """What no sentence says alone: one cut by line breaks, or an act and somebody's age."""
        found = find_harm(" ".join(said), {"crisis"}) if len(said) > 1 else None
        if found is not None or "minors" not in self._policy.forbidden:
            return found
        return find_minors(draft) or find_minors(f"{asked[-_ASKED:]}\n{draft[-_ASKED:]}")

    def _by_score(self, said: Sequence[str], asked: str) -> Verdict:
        sentences = _sampled(said)
        texts = [*sentences, *(f"{asked}\n{sentence}" for sentence in sentences if asked.strip())]
        topics = self._policy.forbidden.difference(_IN_STORY)
        reached = [
            (score, topic, text.rpartition("\n")[2], parts)
            for text, parts in _scores(self._scorer, texts)
            for topic, score in _by_topic(parts, text).items()
            if topic in topics
        ]
        best = max(reached, key=lambda each: each[0], default=None)
        if best is None or best[0] < self._policy.threshold("draft"):
            score = None if best is None else best[0]
            return Verdict(critic=NAME, ok=True, score=score, version=_version(self._scorer))
        score, topic, quote, parts = best
        reason = f"It helps with {topic.replace('_', ' ')}. Leave that out."
        return self._verdict(
            Danger(topic=topic, kind=topic, reason=reason, quote=quote), score=score, parts=parts
        )

    def _verdict(self, found: Danger, *, score: float, parts: Mapping[str, float]) -> Verdict:
        return Verdict(
            critic=NAME,
            ok=False,
            reason=found.reason,
            quote=found.quote,
            score=score,
            threshold=self._policy.threshold("draft"),
            parts=tuple({found.topic: score, **parts}.items()),
            version=_version(self._scorer),
        )


def load_safety_guard(argument: str = "") -> SafetyGuard:
    """What the name ``safety`` stands for as a guard; ``safety:FILE`` takes the policy of a file."""
    return SafetyGuard(read_policy(argument) if argument else None)


def load_safety_critic(argument: str = "") -> SafetyCritic:
    """What the name ``safety`` stands for as a critic; ``safety:FILE`` takes the policy of a file."""
    return SafetyCritic(read_policy(argument) if argument else None)


def _by_pattern(text: str, policy: SafetyPolicy) -> Danger | None:
    """A crisis in any reading of a text before any request."""
    read = readings(text)
    asked = policy.forbidden - {"crisis"}
    found = chain((find_crisis(each) for each in read), (find_request(each, asked) for each in read))
    return next((danger for danger in found if danger is not None), None)


def _scores(scorer: HarmScorer | None, texts: Sequence[str]) -> list[tuple[str, Mapping[str, float]]]:
    read = [text for text in texts if text.strip()]
    return [] if scorer is None or not read else list(zip(read, scorer.score(read), strict=True))


def _by_topic(parts: Mapping[str, float], text: str) -> dict[str, float]:
    """A scorer's categories as topics of a policy; none is surer than that there is any harm at all.

    What it takes for `minors` where no text speaks of any is `sexual`.
    """
    any_harm = parts.get("harm", 1.0)
    scores = {name: min(score, any_harm) for name, score in parts.items()}
    if scores.get("minors") and not names_a_minor(text):
        scores["sexual"] = max(scores.pop("minors"), scores.get("sexual", 0.0))
    return scores


def _sampled(texts: Sequence[str]) -> list[str]:
    """All of a few texts; of many those at the beginning and at the end."""
    half = _MOST_SCORED // 2
    return list(texts) if len(texts) <= _MOST_SCORED else [*texts[:half], *texts[-half:]]


def _warm_up(scorer: HarmScorer | None) -> None:
    find_crisis("Good day."), find_request("Good day.", TOPICS), find_harm("Good day.", TOPICS)
    find_minors("Good day.")
    if scorer is not None and hasattr(scorer, "warm_up"):
        scorer.warm_up()


def _version(scorer: HarmScorer | None) -> str:
    return f"patterns {version()}" + (f", {scorer.name}" if scorer else "")
