"""A clerk who declares traits, and models that answer statements in known ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from langchain_core.messages import BaseMessage

from roleagent.evaluation.traits.items import Item, Questionnaire, questionnaire_for
from roleagent.persona.persona import Persona
from roleagent.testing import WeighingModel
from tests.evaluation.cast import persona

ROBIN = """\
roleagent: 1
id: robin
name: Robin Hale
summary: You are Robin Hale, a clerk.
nodes:
  - {id: robin, type: person, label: Robin Hale}
"""


def robin(**traits: str) -> Persona:
    """A clerk who declares these traits."""
    return persona(robin_file(**traits))


def robin_file(**traits: str) -> str:
    """The same as YAML."""
    lines = (
        f'  - {{source: robin, relation: has_{name}, value: "{value}"}}' for name, value in traits.items()
    )
    return "\n".join([ROBIN.rstrip(), *(["edges:", *lines] if traits else [])]) + "\n"


Opinion = Callable[[Item], float]
"""How far somebody agrees with a statement, 0–1 in steps of a quarter."""


def answering(
    opinion: Opinion, *, alone: Opinion | None = None, questionnaire: Questionnaire | None = None
) -> WeighingModel:
    """A model that understands the scale and answers by an opinion; by another one if it plays nobody."""
    asked = questionnaire or questionnaire_for("en")

    def weights(messages: Sequence[BaseMessage]) -> list[float]:
        item, is_upside_down = read(messages[-1].text, asked)
        agreed = (opinion if len(messages) > 1 or alone is None else alone)(item)
        place = round(4 * (1 - agreed if is_upside_down else agreed))
        return [0.8 if at == place else 0.0 for at in range(5)]

    return WeighingModel(weights=weights)


def read(question: str, asked: Questionnaire) -> tuple[Item, bool]:
    """Which statement a question is about, and whether its scale is upside down."""
    [item] = [item for item in asked.items if item.text in question]
    return item, question.index(asked.grades[-1]) < question.index(asked.grades[0])


def meaning(**traits: float) -> Opinion:
    """Somebody who has these traits and understands what is asked; the others are at 0.5."""

    def agree(item: Item) -> float:
        value = traits.get(item.trait, 0.5)
        return 1 - value if item.is_reversed else value

    return agree
