"""Drafts that contradict a fact or an earlier line in words that no rule reads, by a trained scorer.

The rules of `roleagent.critics.consistency` know a relation and its one value. Here a scorer compares a
sentence with facts and with what the character said before, as sentences. It is less sure than a rule. So it
is asked only if `consistency` is set above its default, and its verdicts are mild: the model is asked for
another draft, and if it insists the draft passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from roleagent.critics.contradiction import LateScorer, load_cross_encoder, load_head
from roleagent.critics.pair_clues import read_line
from roleagent.critics.text import is_question, new_sentences, without_quotations
from roleagent.critics.version import rules_version
from roleagent.errors import ConfigurationError
from roleagent.graph.schema import in_its_time
from roleagent.language.sentences import split_sentences
from roleagent.language.tokens import words
from roleagent.persona.address import by_character
from roleagent.protocols import ContradictionScorer, Scene
from roleagent.types import Fact, Verdict

NAME = "contradiction"

OF_LINES, OF_FACTS = 0.2, 0.1
"""How far below 1 the score that rejects lies at a `consistency` of 1; see docs/critic.md.

It is nearer to 1 for facts, since rules read them better than the scorer does.
"""
RULES_ALONE = 0.5
"""The highest `consistency` at which the scorer is not asked."""

_FEWEST_WORDS = 3
_MOST_FACTS = 8
_MOST_LINES = 6
_LAST = 40  # utterances of the talk that are looked at
_SAID = "It says “{said}”, but earlier: “{earlier}”"
_KNOWN = "It says “{said}”, but: {earlier}"


class _Ground(NamedTuple):
    """What a sentence may contradict: a fact, or a line of the character's own."""

    id: str
    text: str
    is_fact: bool


class ContradictionCritic:
    """Rejects a sentence that a scorer takes for a contradiction of a fact or of an earlier line.

    Args:
        scorer: None for the shipped head, which is loaded when it is first needed.
    """

    name = NAME
    fails_open = True

    def __init__(self, scorer: ContradictionScorer | None = None) -> None:
        self._scorer: ContradictionScorer = scorer or LateScorer()

    @property
    def version(self) -> str:
        """Of the rules, and of the scorer by its name."""
        return f"{NAME} {rules_version()} {self._scorer.name}".rstrip()

    def warm_up(self) -> None:
        """Load the scorer, if it has something to load."""
        if hasattr(self._scorer, "warm_up"):
            self._scorer.warm_up()

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """Compare every new sentence with the facts and the earlier lines that share a word with it."""
        languages = self._scorer.languages
        if (
            not scene.drafts_left
            or scene.consistency <= RULES_ALONE
            or (languages and scene.persona.language[:2] not in languages)
        ):
            return Verdict(critic=NAME, ok=True)
        for sentence in filter(_says_something, new_sentences(draft, scene)):
            grounds = list(_grounds_for(sentence, scene))
            scores = self._scorer.score([each.text for each in grounds], without_quotations(sentence))
            for ground, score in zip(grounds, scores, strict=False):
                threshold = threshold_of(scene.consistency, is_fact=ground.is_fact)
                if score < threshold:
                    continue
                form = _KNOWN if ground.is_fact else _SAID
                return Verdict(
                    critic=NAME,
                    ok=False,
                    reason=form.format(said=sentence, earlier=ground.text.strip()),
                    quote=sentence,
                    evidence=(ground.id,),
                    score=score,
                    threshold=threshold,
                    is_mild=True,
                )
        return Verdict(critic=NAME, ok=True)


def threshold_of(consistency: float, *, is_fact: bool) -> float:
    """The score from which on a sentence is rejected."""
    return 1 - consistency * (OF_FACTS if is_fact else OF_LINES)


def _says_something(sentence: str) -> bool:
    return not is_question(sentence) and len(words(without_quotations(sentence))) >= _FEWEST_WORDS


def _grounds_for(sentence: str, scene: Scene) -> Iterator[_Ground]:
    """The facts, then the earlier lines, that share a telling word with a sentence."""
    said = read_line(sentence).terms
    facts = (
        _Ground(fact.id, by_character(in_its_time(fact), scene.persona), is_fact=True)
        for fact in _facts(scene)
    )
    yield from _sharing(said, facts, _MOST_FACTS)
    yield from _sharing(said, _own_lines(scene), _MOST_LINES)


def _sharing(said: frozenset[str], grounds: Iterator[_Ground], most: int) -> Sequence[_Ground]:
    """The grounds that share the most words, those that share none left out."""
    shared = [(len(said & read_line(each.text).terms), each) for each in grounds]
    best = sorted((pair for pair in shared if pair[0]), key=lambda pair: -pair[0])
    return [each for _, each in best[:most]]


def _facts(scene: Scene) -> Iterator[Fact]:
    """What was ranked for this turn, then the other facts about the character that hold now."""
    ranked = {fact.id: fact for fact in (*scene.grounds.facts, *scene.grounds.learned)}
    yield from ranked.values()
    own = scene.graph.facts_of(scene.persona.node_id)
    yield from (fact for fact in own if fact.id not in ranked and fact.valid_to is None)


def _own_lines(scene: Scene) -> Iterator[_Ground]:
    """What the character said in this talk, the newest first, and in what was recalled."""
    said = (*reversed(scene.history[-_LAST:]), *scene.grounds.episodes)
    known: set[str] = set()
    for episode in said:
        if episode.speaker == "persona" and episode.id not in known:
            known.add(episode.id)
            for sentence in split_sentences(episode.text):
                if _says_something(sentence):
                    yield _Ground(episode.id, sentence, is_fact=False)


def load_contradiction_critic(argument: str = "") -> ContradictionCritic:
    """What the name `contradiction` stands for.

    Args:
        argument: empty for the shipped head; ``head:FILE`` for one of yours; ``cross-encoder:NAME`` for any
            model for natural-language inference, by its folder or its name on the hub.

    Raises:
        ConfigurationError: it is none of these.
    """
    kind, _, name = argument.partition(":")
    if not argument:
        return ContradictionCritic()
    if kind == "head":
        return ContradictionCritic(load_head(name))
    if kind == "cross-encoder":
        return ContradictionCritic(load_cross_encoder(name))
    raise ConfigurationError(
        f"contradiction:{argument} is none of contradiction, contradiction:head:FILE and "
        "contradiction:cross-encoder:NAME."
    )
