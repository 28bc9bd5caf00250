"""Put each statement to a model, and read how far it agrees.

Each statement is a question of its own: a small model answers a list of them in a pattern. Each is asked with
the scale in both directions, because models prefer some numbers and places over others (arXiv:2309.03882).
"""

from __future__ import annotations

import math
import re
import reprlib
import unicodedata
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from roleagent.errors import ModelError, RoleAgentError
from roleagent.evaluation.traits.items import CHOICES, Item, Questionnaire
from roleagent.language.thinking import spoken
from roleagent.workflow.failing import model_failure

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

_LONE_NUMBER = re.compile(r"(?<![\d.])[1-5](?![\d.]\d|\d)")

Way = Literal["probabilities", "words"]
"""How an answer is read: the expected number by the model's probabilities, or the number that it writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """How far a model agrees with a statement: 0 not at all, 1 entirely.

    Attributes:
        item: the statement.
        upright: by the scale on which 5 is agreement; None if the model answered with no number.
        upside_down: by the scale on which 1 is agreement; likewise.
        on_scale: the probability of the five numbers together, where it is known; else 1 or 0.
    """

    item: Item
    upright: float | None
    upside_down: float | None
    on_scale: float

    @property
    def agreement(self) -> float | None:
        """The mean of both directions; None if neither was answered."""
        answered = [each for each in (self.upright, self.upside_down) if each is not None]
        return sum(answered) / len(answered) if answered else None

    @property
    def score(self) -> float | None:
        """How much the answer speaks for the trait, 0–1."""
        agreement = self.agreement
        if agreement is None:
            return None
        return 1 - agreement if self.item.is_reversed else agreement


def way_of(model: BaseChatModel) -> Way:
    """How the answers of a model are read."""
    return "probabilities" if hasattr(model, "weigh") else "words"


async def rate(model: BaseChatModel, questionnaire: Questionnaire, system: str) -> AsyncIterator[Rating]:
    """A rating for each statement, in order, after every statement was asked both ways.

    All statements are asked one way and then all the other way, so that a prompt cache keeps everything but
    the statement.

    Args:
        model: the language model.
        questionnaire: the statements.
        system: the persona's own prompt; empty for the model without persona.

    Raises:
        ModelError: the model failed.
    """
    upright = [await _agreement(model, questionnaire.question(item), system) for item in questionnaire.items]
    for item, (first, first_on) in zip(questionnaire.items, upright, strict=True):
        question = questionnaire.question(item, is_upside_down=True)
        second, second_on = await _agreement(model, question, system)
        yield Rating(
            item=item,
            upright=first,
            upside_down=None if second is None else 1 - second,
            on_scale=(first_on + second_on) / 2,
        )


async def _agreement(model: BaseChatModel, question: str, system: str) -> tuple[float | None, float]:
    """The answer as a number 0–1, and how likely the model is to answer on the scale at all."""
    from langchain_core.messages import HumanMessage, SystemMessage

    messages: list[BaseMessage] = [SystemMessage(system)] if system else []
    messages.append(HumanMessage(question))
    try:
        if way_of(model) == "probabilities":
            return _expected(await model.weigh(messages, CHOICES))  # type: ignore[attr-defined]
        sober = getattr(model, "sober_options", None) or {}
        return _written(str((await model.ainvoke(messages, **sober)).text))
    except RoleAgentError:
        raise
    except Exception as error:  # whatever a vendor's model raises
        raise model_failure(error) from error


def _expected(probabilities: Sequence[float]) -> tuple[float | None, float]:
    """The expected place on the scale, given that the answer is on it.

    Raises:
        ModelError: these are no probabilities.
    """
    if len(probabilities) != len(CHOICES) or not all(0 <= each < math.inf for each in probabilities):
        shown = reprlib.repr(list(probabilities))
        raise ModelError(f"The language model weighs {len(CHOICES)} answers as {shown}: no probabilities.")
    total = sum(probabilities)
    if not total:
        return None, 0.0
    last = len(probabilities) - 1
    return sum(at * share for at, share in enumerate(probabilities)) / (last * total), min(total, 1.0)


def _written(text: str) -> tuple[float | None, float]:
    """The first number of the scale in a text."""
    found = _LONE_NUMBER.search(unicodedata.normalize("NFKC", spoken(text)))
    return (CHOICES.index(found[0]) / (len(CHOICES) - 1), 1.0) if found else (None, 0.0)
