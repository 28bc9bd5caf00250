"""How likely a model finds each of several answers: what the engine is asked, and how its report is read."""

from __future__ import annotations

import math
from typing import Any

import pytest

from roleagent.errors import ModelError
from roleagent.models.choices import LikelyTokens, choice_request

USER = {"role": "user", "content": "How many?"}


def chunk(**probabilities: float) -> dict[str, Any]:
    """A chunk in which the engine reports tokens, likeliest first; `_1` stands for the token "1"."""
    likeliest = [
        {"token": name.removeprefix("_"), "logprob": math.log(share) if share else None}
        for name, share in probabilities.items()
    ]
    content = {"token": likeliest[0]["token"], "top_logprobs": likeliest}
    return {"choices": [{"delta": {}, "logprobs": {"content": [content]}}]}


def test_the_grammar_leaves_only_the_choices():
    """A model may otherwise end its answer before it begins, and report nothing."""
    request = choice_request([USER], ["1", "2", '"'])
    assert request["grammar"] == r'root ::= "1" | "2" | "\""'
    assert request["messages"] == [USER]
    assert request["max_tokens"] == 1


def test_probabilities_are_those_of_the_first_token():
    """Chunks without tokens come before it, and the end of the answer after it."""
    likely = LikelyTokens()
    for each in ({"choices": [{"delta": {}}]}, chunk(_1=0.5, _2=0.25, x=0.2), chunk(_2=1.0), {"choices": []}):
        likely.receive(each)
    assert likely.of(["1", "2", "3"], "fake") == pytest.approx([0.5, 0.25, 0.0])


def test_two_tokens_with_one_text_count_together():
    """A vocabulary may hold a text twice."""
    likely = LikelyTokens()
    likely._read([{"token": "1", "logprob": math.log(0.5)}, {"token": "1", "logprob": math.log(0.25)}])
    assert likely.of(["1"], "fake") == pytest.approx([0.75])


def test_no_likely_choice_is_an_error():
    """Five zeros would be read as the middle of the scale, or divide by zero."""
    likely = LikelyTokens()
    likely.receive(chunk(x=0.9, y=0.1, z=0.0))
    with pytest.raises(ModelError, match="'fake' finds none of the answers 1, 2 likely"):
        likely.of(["1", "2"], "fake")
