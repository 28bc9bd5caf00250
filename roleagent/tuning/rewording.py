"""What a user says, in other words by a chat model, as long as what the reply needs survives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from roleagent.errors import ModelError
from roleagent.language.scripts import has_han
from roleagent.language.thinking import spoken
from roleagent.language.unicode import folded
from roleagent.tuning.noise import Piece, joined, kept_words, tables

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

REWORDINGS = ("paraphrase", "back_translation")
"""The ways that need a model."""

_TEMPERATURE = 0.8
_MOST_GROWTH = 3.0  # times the length; more is an explanation
_LEAST_GROWTH = 0.3
_MOST_FAILURES = 5  # in a row, before the model is given up
_QUOTES = "\"'“”「」"


class Rewording:
    """Asks a chat model for other wordings.

    Args:
        model: a copy of it is asked, at a temperature over 0 and with the seed if it has such settings.
        seed: for the model.
    """

    def __init__(self, model: BaseChatModel, seed: int) -> None:
        settings = {"temperature": _TEMPERATURE, "seed": seed}
        known = {name: value for name, value in settings.items() if name in type(model).model_fields}
        self._model = model.model_copy(update=known) if known else model
        self._num_failures = 0

    def reworded(self, way: str, pieces: Sequence[Piece], language: str) -> str:
        """Another wording; empty if the model raises, or its wording will not do.

        A wording does if it is one line of about the length, in the same script, and holds every word that
        has to be kept.

        Raises:
            ModelError: the model raised several times in a row.
        """
        own = "zh" if language.startswith("zh") else "en"
        kept = kept_words(pieces)
        if way == "paraphrase":
            new = self._ask(tables()["paraphrase"][own], joined(pieces), kept, own)
        else:
            other = "en" if own == "zh" else "zh"
            there = self._ask(tables()["translate"][other], joined(pieces), kept, other)
            new = self._ask(tables()["translate"][own], there, kept, own) if there else ""
        return new if _will_do(new, joined(pieces), kept) else ""

    def _ask(self, instruction: str, said: str, kept: Sequence[str], language: str) -> str:
        words = (", " if language == "en" else "、").join(kept)
        keep = tables()["keep"][language].format(words=words) if kept else ""
        try:
            answer = self._model.invoke([("system", instruction.format(keep=keep).strip()), ("human", said)])
        except Exception as error:  # whatever a model of another package raises
            self._num_failures += 1
            if self._num_failures >= _MOST_FAILURES:
                raise ModelError(
                    f"The model failed {self._num_failures} times in a row, last with: {error}"
                ) from error
            return ""
        self._num_failures = 0
        return spoken(str(answer.text)).strip().strip(_QUOTES).strip()


def _will_do(new: str, said: str, kept: Sequence[str]) -> bool:
    return (
        bool(new)
        and "\n" not in new
        and _LEAST_GROWTH * len(said) <= len(new) <= _MOST_GROWTH * len(said)
        and has_han(new) == has_han(said)
        and all(folded(word) in folded(new) for word in kept)
    )
