"""A harm scorer made of a guard model behind an OpenAI-compatible address, such as that of vLLM or Ollama.

Where the server gives log-probabilities, the verdict is a probability; otherwise its word is taken as
certain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from roleagent.critics.guard_families import (
    MAX_WORDS_BEFORE,
    clipped,
    family_of_name,
    hazards_in,
    probability,
    scores_of,
    verdict_of,
)
from roleagent.errors import ConfigurationError, ModelError, ModelUnavailableError
from roleagent.registry import import_extra

if TYPE_CHECKING:
    import httpx

_NUM_LIKELIEST = 20  # tokens of each place, the most that servers give
_MAX_TOKENS = MAX_WORDS_BEFORE + 8  # of the answer
_TIMEOUT_S = 60.0
_MIN_NAMED = 0.5  # probability from which the hazards in the answer count
_CONTROL = re.compile(r"<[|｜]|[|｜]>|<(?=/?(?:start|end)_of_|/?s>|bos>|eos>)|\[(?=/?INST\])")


class ServedGuard:
    """A `HarmScorer` of a guard model on a server.

    Args:
        model: its name there, which tells the family.
        address: base URL of the server, up to ``/v1``.
        http_client: carries the requests; None for the default of the library `openai`.

    Raises:
        MissingExtraError: the library `openai` is not installed.
        ConfigurationError: the name tells of no guard that is known.
    """

    languages: tuple[str, ...] = ()

    def __init__(self, model: str, address: str, *, http_client: httpx.Client | None = None) -> None:
        self.name = f"openai:{model}@{address}"
        self._model, self._family = model, family_of_name(model)
        self._openai = import_extra("openai", extra="openai", what=f"'{self.name}'")
        given = {"base_url": address, "timeout": _TIMEOUT_S, "max_retries": 1, "http_client": http_client}
        try:
            self._client = self._openai.OpenAI(**given)
        except self._openai.OpenAIError:  # no OPENAI_API_KEY: local servers ask for none
            self._client = self._openai.OpenAI(**given, api_key="none")

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """The probability of a harmful verdict for each text, by what the guard was asked about.

        Raises:
            ModelUnavailableError: the server cannot be reached.
            ModelError: it answers with an error, or with no verdict.
        """
        return [self._scores(text) for text in texts]

    def _scores(self, text: str) -> Mapping[str, float]:
        found: dict[str, float] = {}
        for category, told in self._family.questions.items():
            choice = self._ask(text, told)
            answer = str((choice.get("message") or {}).get("content") or "")
            found[category] = self._chance(choice, answer)
            if found[category] >= _MIN_NAMED:
                found |= dict.fromkeys(hazards_in(self._family, answer), found[category])
        return scores_of(found)

    def _ask(self, text: str, told: Mapping[str, Any]) -> Mapping[str, Any]:  # Any: JSON
        """The first choice of the server's answer."""
        said = _CONTROL.sub(lambda found: f"{found.group()} ", clipped(text))
        try:
            answer = self._client.chat.completions.create(
                model=self._model,
                messages=[{"role": "user", "content": said}],
                temperature=0,
                max_tokens=_MAX_TOKENS,
                logprobs=True,
                top_logprobs=_NUM_LIKELIEST,
                extra_body={"chat_template_kwargs": dict(told)} if told else None,
            )
            choice: Mapping[str, Any] = answer.model_dump()["choices"][0]
        except self._openai.APIConnectionError as error:
            raise ModelUnavailableError(
                f"{self.name} cannot be reached: {error}. Is the server running?"
            ) from error
        except self._openai.OpenAIError as error:
            raise ModelError(f"{self.name} answers with an error: {error}.") from error
        except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
            raise ModelError(
                f"{self.name} gives something else than a chat completion: {error!r}."
            ) from error
        return choice

    def _chance(self, choice: Mapping[str, Any], answer: str) -> float:  # Any: JSON
        places = (choice.get("logprobs") or {}).get("content") or []
        for place in places[:MAX_WORDS_BEFORE]:
            if verdict_of(self._family, str(place.get("token", ""))) is not None:
                likeliest = place.get("top_logprobs") or [place]
                return probability(self._family, {each["token"]: each["logprob"] for each in likeliest})
        for word in re.findall(r"[a-z]+", answer.lower()):
            if word in self._family.harmful or word in self._family.harmless:
                return float(word in self._family.harmful)
        raise ModelError(f"{self.name} gave no verdict, but {answer[:80]!r}.")


def load_served_guard(argument: str) -> ServedGuard:
    """The harm scorer ``openai:MODEL@BASE_URL``; the key comes from OPENAI_API_KEY, if one is needed.

    Raises:
        ConfigurationError: there is no model or no http address, or the model is no guard that is known.
    """
    model, _, address = argument.rpartition("@")
    if not model or urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname:
        raise ConfigurationError(
            f"'openai:{argument}' names no guard on a server. "
            "Write 'openai:llama-guard3@http://localhost:11434/v1', for example."
        )
    return ServedGuard(model, address)
