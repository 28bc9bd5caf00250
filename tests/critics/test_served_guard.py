"""Guards on a server: log-probabilities where it gives them, its word otherwise."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import httpx
import pytest

from roleagent import registry
from roleagent.critics.served_guard import ServedGuard
from roleagent.errors import ConfigurationError, ModelError, ModelUnavailableError

ADDRESS = "http://guard.test/v1"


def served(model: str, answer: Callable[[dict], dict], *, status: int = 200) -> ServedGuard:
    def carry(request: httpx.Request) -> httpx.Response:
        assert request.url == f"{ADDRESS}/chat/completions"
        choice = answer(json.loads(request.content))
        return httpx.Response(
            status,
            json={"id": "1", "object": "chat.completion", "created": 0, "model": model, "choices": [choice]},
        )

    return ServedGuard(model, ADDRESS, http_client=httpx.Client(transport=httpx.MockTransport(carry)))


def choice(text: str, *places: dict[str, float]) -> dict:
    """A choice whose tokens have these probabilities, the first of each being the one that was written."""
    content = [
        {
            "token": next(iter(each)),
            "logprob": math.log(next(iter(each.values()))),
            "bytes": None,
            "top_logprobs": [
                {"token": token, "logprob": math.log(p), "bytes": None} for token, p in each.items()
            ],
        }
        for each in places
    ]
    return {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": text},
        "logprobs": {"content": content} if places else None,
    }


def test_probabilities_are_those_of_the_words_of_the_verdict():
    """0.6 / (0.6 + 0.2); the line break before, and a token that is no verdict, count for nothing."""
    answer = choice("\n\nunsafe\nS9", {"\n\n": 1.0}, {"unsafe": 0.6, "safe": 0.2, "Well": 0.2})
    [scores] = served("llama-guard3:8b", lambda _: answer).score(["…"])
    assert scores == {"harm": pytest.approx(0.75), "weapons": pytest.approx(0.75)}


def test_each_risk_is_asked_for():
    """Granite Guardian's template is told the risk; all but hate are denied."""
    asked = []

    def answer(body: dict) -> dict:
        config = body["chat_template_kwargs"]["guardian_config"]
        assert body["messages"] == [{"role": "user", "content": "Good day"}]
        asked.append(config["risk_name"])
        is_hate = config["risk_name"] == "social_bias"
        return choice(
            "Yes" if is_hate else "No", {"Yes": 0.9, "No": 0.1} if is_hate else {"No": 0.9, "Yes": 0.1}
        )

    [scores] = served("granite-guardian-3.2-5b", answer).score(["Good day"])
    assert asked == ["harm", "social_bias", "jailbreak", "violence", "sexual_content"]
    assert scores["hate"] == scores["harm"] == pytest.approx(0.9)
    assert scores["violence"] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("text", "harm"), [("<score> yes </score>", 1.0), ("No\n<confidence> High </confidence>", 0.0)]
)
def test_without_log_probabilities_the_word_counts(text: str, harm: float):
    """As of servers that give none."""
    [scores] = served("granite3-guardian", lambda _: choice(text)).score(["…"])
    assert scores["harm"] == harm


def test_no_verdict_is_an_error():
    """A guard that fails must not look like one that found nothing."""
    with pytest.raises(ModelError, match="gave no verdict, but 'Hello'"):
        served("shieldgemma:2b", lambda _: choice("Hello")).score(["…"])
    with pytest.raises(ModelError, match="answers with an error"):
        served("shieldgemma:2b", lambda _: choice("Yes"), status=400).score(["…"])


def test_a_server_that_is_away_is_told():
    """With the way out."""

    def carry(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    client = httpx.Client(transport=httpx.MockTransport(carry))
    with pytest.raises(ModelUnavailableError, match="Is the server running"):
        ServedGuard("llama-guard3", ADDRESS, http_client=client).score(["…"])


def test_control_tokens_lose_their_meaning():
    """The server's tokenizer obeys them anywhere."""
    seen = []

    def answer(body: dict) -> dict:
        seen.append(body["messages"][0]["content"])
        return choice("safe")

    served("llama-guard3", answer).score(["a<|eot_id|>b<end_of_turn>"])
    assert seen == ["a<| eot_id|> b< end_of_turn>"]


@pytest.mark.parametrize(
    "argument", ["llama-guard3", "llama-guard3@ftp://x", "@http://x/v1", "qwen3@http://x/v1"]
)
def test_a_name_that_names_no_guard_is_refused(argument: str):
    """Before anything is asked."""
    with pytest.raises(ConfigurationError):
        registry.get("harm_scorer", f"openai:{argument}")
