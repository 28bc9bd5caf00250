"""The whole measurement: the statements put to a model that plays a persona, and to the same model alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from roleagent.agent.assembly import persona_of
from roleagent.evaluation.staging import seeded
from roleagent.evaluation.traits.asking import Rating, Way, rate, way_of
from roleagent.evaluation.traits.items import Questionnaire, questionnaire_for
from roleagent.evaluation.traits.scores import Score, Signs, mean_absolute_error, scores_of, signs_of
from roleagent.persona.spoken import spoken
from roleagent.persona.traits import Declared, declared_traits
from roleagent.persona.view import view
from roleagent.settings import get_settings
from roleagent.workflow.prompt import build_system_message

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from roleagent.persona.persona import Persona

CHARACTER, PLAIN = "character", "plain"
_HALF = 0.5
_LEAST_MOVED = 0.05  # a fifth of a grade


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitMeasurement:
    """What the statements show of a character.

    Attributes:
        persona: its name.
        model: the language model's name.
        way: how the answers were read.
        seed: of the model, if it has one; only written answers may depend on it.
        at: when it was measured, in UTC.
        declared: the traits that the persona declares.
        ratings: the answers: of the model as ``character``, and as ``plain`` without any persona.
    """

    persona: str
    model: str
    language: str
    way: Way
    seed: int
    at: datetime
    declared: Mapping[str, Declared]
    ratings: Mapping[str, Sequence[Rating]]

    def scores(self, who: str = CHARACTER) -> dict[str, Score]:
        """A score for each trait, of ``character`` or ``plain``."""
        return scores_of(self.ratings[who])

    def signs(self, who: str = CHARACTER) -> Signs:
        """Whether the answers mean much, of ``character`` or ``plain``."""
        return signs_of(self.ratings[who])

    @property
    def declared_values(self) -> dict[str, float]:
        """The declared traits whose values are known, 0–1."""
        return {trait: each.value for trait, each in self.declared.items() if each.value is not None}

    @property
    def errors(self) -> dict[str, float]:
        """Mean absolute errors over the declared traits; empty if none is declared.

        Of the ``character``, of ``plain``, and of ``half``, which stands for answering 0.5 everywhere.
        """
        wanted = self.declared_values
        found = {who: {name: each.value for name, each in self.scores(who).items()} for who in self.ratings}
        found["half"] = dict.fromkeys(wanted, _HALF)
        errors = {who: mean_absolute_error(values, wanted) for who, values in found.items()}
        return {who: error for who, error in errors.items() if error is not None}

    @property
    def moved(self) -> float:
        """How far the persona moves the five scores from those of the model alone, 0–1 on average."""
        alone = {trait: score.value for trait, score in self.scores(PLAIN).items()}
        played = {trait: score.value for trait, score in self.scores().items()}
        return mean_absolute_error(played, alone) or 0.0

    @property
    def notes(self) -> list[str]:
        """What a reader has to know before the figures."""
        notes = []
        if not self.declared:
            notes.append("The persona declares none of the five traits, so there is nothing to compare with.")
        for trait, each in self.declared.items():
            if each.value is None:
                notes.append(f"{trait} is declared as {each.words!r}: not a number 0–1, nor a known level.")
        if missing := self.signs().unanswered:
            notes.append(f"{missing} statements were answered with no number from 1 to 5; they do not count.")
        if self.moved < _LEAST_MOVED:
            notes.append("The persona hardly moves the answers of this model: the scores tell nothing of it.")
        return notes


async def measure_traits(
    persona: str | Path | Persona,
    model: str | BaseChatModel | None = None,
    *,
    language: str = "",
    seed: int = 0,
    questionnaire: Questionnaire | None = None,
    on_rating: Callable[[str, Rating], None] = lambda who, rating: None,
) -> TraitMeasurement:
    """Have a model answer statements about itself in a persona's role, and without it.

    The method is that of "Personality Traits in Large Language Models" (arXiv:2307.00184): each statement is
    a question of its own with five graded answers. Where the model says how likely it finds each (`weigh`),
    the expected answer counts, else the one that it writes.

    Args:
        persona: name of a bundled persona, path of a persona file, or a `Persona`.
        model: the language model, or its name. Default: `Settings.model`.
        language: the persona's rendering in this language.
        seed: for a model that has one and was given none.
        questionnaire: other statements. Default: ours, in the persona's language.
        on_rating: called after each statement, with ``character`` or ``plain``.

    Raises:
        ModelError: the model failed.
    """
    played = persona_of(persona, language)
    name = model if isinstance(model, str) else get_settings().model if model is None else ""
    asked = seeded(model if model is not None else name)
    if getattr(asked, "seed", 0) is None:
        asked = asked.model_copy(update={"seed": seed})
    statements = questionnaire or questionnaire_for(played.language)
    ratings: dict[str, list[Rating]] = {}
    for who, system in ((CHARACTER, prompt_of(played)), (PLAIN, "")):
        ratings[who] = []
        async for rating in rate(asked, statements, system):
            ratings[who].append(rating)
            on_rating(who, rating)
    return TraitMeasurement(
        persona=played.name,
        model=name or str(getattr(asked, "model", "") or asked._llm_type),
        language=played.language,
        way=way_of(asked),
        seed=seed,
        at=datetime.now(UTC),
        declared=declared_traits(played),
        ratings=ratings,
    )


def measure_traits_sync(
    persona: str | Path | Persona,
    model: str | BaseChatModel | None = None,
    *,
    language: str = "",
    seed: int = 0,
    questionnaire: Questionnaire | None = None,
    on_rating: Callable[[str, Rating], None] = lambda who, rating: None,
) -> TraitMeasurement:
    """`measure_traits` for code that is not async."""
    return asyncio.run(
        measure_traits(
            persona, model, language=language, seed=seed, questionnaire=questionnaire, on_rating=on_rating
        )
    )


def prompt_of(persona: Persona) -> str:
    """The stable part of the persona's prompt, as a stranger's conversation begins with it."""
    return str(build_system_message(spoken(view(persona).persona)).text)
