"""Drafts that contradict a fact or an earlier line in words that no rule reads, by a trained scorer.

The rules of `roleagent.critics.consistency` know a relation and its one value. Here a scorer compares a
sentence with facts and with what the character said before, as sentences. It is less sure than a rule, so
that its verdicts are mild: the model is asked for another draft, and if it insists the draft passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from roleagent.critics.contradiction import LateScorer, load_cross_encoder, load_head
from roleagent.critics.pair_clues import read_line
from roleagent.critics.text import is_question, new_sentences, without_quotations
from roleagent.errors import ConfigurationError
from roleagent.graph.schema import in_its_time
from roleagent.language.sentences import split_sentences
from roleagent.language.tokens import words
from roleagent.persona.address import by_character
from roleagent.protocols import ContradictionScorer, Scene
from roleagent.types import Fact, Verdict

NAME = "contradiction"

STRICT, LOOSE = 0.98, 0.8
"""The score from which on a sentence is rejected, for a `consistency` of 0 and of 1; see docs/critic.md."""

_FREE_WORDS = 0.25  # consistency under which what was only said, or learned, may change
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
        """The scorer's name, which tells its version."""
        return self._scorer.name

    def warm_up(self) -> None:
        """Load the scorer, if it has something to load."""
        if hasattr(self._scorer, "warm_up"):
            self._scorer.warm_up()

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """Compare every new sentence with the facts and the earlier lines that share a word with it."""
        languages = self._scorer.languages
        if not scene.drafts_left or (languages and scene.persona.language[:2] not in languages):
            return Verdict(critic=NAME, ok=True)
        threshold = STRICT + (LOOSE - STRICT) * scene.consistency
        for sentence in filter(_says_something, new_sentences(draft, scene)):
            grounds = list(_grounds_for(sentence, scene))
            scores = self._scorer.score([each.text for each in grounds], without_quotations(sentence))
            score, ground = max(
                zip(scores, grounds, strict=False), key=lambda pair: pair[0], default=(0.0, None)
            )
            if ground is not None and score >= threshold:
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
        return Verdict(critic=NAME, ok=True, threshold=threshold)


def _says_something(sentence: str) -> bool:
    return not is_question(sentence) and len(words(without_quotations(sentence))) >= _FEWEST_WORDS


def _grounds_for(sentence: str, scene: Scene) -> Iterator[_Ground]:
    """The facts, then the earlier lines, that share a telling word with a sentence."""
    said = read_line(sentence).terms
    free = scene.consistency < _FREE_WORDS
    facts = (
        _Ground(fact.id, by_character(in_its_time(fact), scene.persona), is_fact=True)
        for fact in _facts(scene)
        if not (free and fact.layer == "learned")
    )
    yield from _sharing(said, facts, _MOST_FACTS)
    if not free:
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
