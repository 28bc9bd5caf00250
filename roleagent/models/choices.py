"""How likely a model finds each of several answers of one token, such as the numbers of a scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from roleagent.errors import ModelError
from roleagent.models.llama_server import Chunk, Request
from roleagent.models.messages import ChatDict, to_json

_NUM_LIKELIEST = 100  # tokens that the engine reports; a choice beyond them is as good as impossible


def choice_request(messages: Sequence[ChatDict], choices: Sequence[str]) -> Request:
    """A request for one token, one of the choices, and for how likely the others were.

    The engine reports likelihoods before it applies grammar and sampling, so they are the model's own.
    """
    return {
        "messages": list(messages),
        "grammar": f"root ::= {' | '.join(map(to_json, choices))}",
        "temperature": 0,
        "max_tokens": 1,
        "logprobs": True,
        "top_logprobs": _NUM_LIKELIEST,
    }


@dataclass(slots=True)
class LikelyTokens:
    """Collects the likeliest first tokens of an answer, with their probabilities."""

    probabilities: dict[str, float] = field(default_factory=dict)

    def receive(self, chunk: Chunk) -> None:
        """Take one chunk of the engine; only the first token counts."""
        for choice in chunk.get("choices", ()):
            for token in (choice.get("logprobs") or {}).get("content") or ():
                if not self.probabilities:
                    self._read(token["top_logprobs"])

    def of(self, choices: Sequence[str], model: str) -> list[float]:
        """The probability of each choice; 0 for one that is not among the likeliest tokens.

        Raises:
            ModelError: the engine reported no probabilities, or none of the choices is likely.
        """
        found = [self.probabilities.get(choice, 0.0) for choice in choices]
        if not sum(found):
            raise ModelError(f"{model!r} finds none of the answers {', '.join(choices)} likely.")
        return found

    def _read(self, likeliest: Sequence[dict[str, float | str | None]]) -> None:
        for each in likeliest:
            logprob = each["logprob"]
            if isinstance(logprob, (int, float)):
                text = str(each["token"])
                self.probabilities[text] = self.probabilities.get(text, 0.0) + math.exp(logprob)
