"""The name that somebody meant."""

from __future__ import annotations

import pytest

from roleagent.language.nearest import nearest

MODELS = ("auto", "llama-cpp", "openai", "transformers", "smollm2-135m", "qwen2.5-0.5b", "qwen2.5-1.5b")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lama-cpp", "llama-cpp"), ("OPENAI", "openai"), ("penai", "openai"), ("smolm2-135m", "smollm2-135m"),
        ("qwen", "qwen2.5-0.5b"), ("qwen2.5-1.5", "qwen2.5-1.5b"), ("tranformers", "transformers"),
        ("nope", ""), ("gpt-4", ""), ("mistral", ""), ("claude", ""), ("", ""), ("a", ""), ("x" * 10_000, ""),
    ],
)  # fmt: skip
def test_only_a_name_that_is_near_is_meant(typed: str, meant: str):
    """A hint at something far away sends people the wrong way."""
    assert nearest(typed, MODELS) == meant
