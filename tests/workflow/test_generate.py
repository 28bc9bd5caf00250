"""What the model writes, and how it comes to an end."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk

from roleagent.workflow.generate import was_cut


@pytest.mark.parametrize(
    "metadata",
    [
        {"finish_reason": "length"},
        {"stop_reason": "max_tokens"},
        {"finish_reason": "MAX_TOKENS"},
        {"finish_reason": "FinishReason.MAX_TOKENS"},
        {"finishReason": "MAX_TOKENS"},
        {"done_reason": "length", "done": True},
        {"stopReason": "max_tokens"},
        {"stop_reason": "model_context_window_exceeded"},
        {"finish_reason": "model_length"},
        {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
        {"completionReason": "LENGTH"},
        {"stop_type": "limit"},
        {"finish_reason": "content_filter"},
        {"finish_reason": "SAFETY"},
    ],
)
def test_an_answer_that_was_cut_is_known_at_every_vendor(metadata: dict[str, Any]) -> None:
    """Each vendor has another word for it; half a sentence or half a call must be seen as one."""
    assert was_cut(AIMessage("I live", response_metadata=metadata))
    assert was_cut(AIMessage("I live", additional_kwargs=metadata))


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"finish_reason": "stop"},
        {"finish_reason": None},
        {"finish_reason": "STOP"},
        {"stop_reason": "end_turn"},
        {"stop_reason": "stop_sequence", "stop_sequence": "length"},
        {"done_reason": "stop", "eval_length": 12},
        {"finish_reason": "tool_calls"},
        {"stop_type": "eos"},
        {"status": "completed", "incomplete_details": None},
        {"finish_reason": "eos_token", "model_name": "max_tokens-length"},
    ],
)
def test_an_answer_that_came_to_its_end_was_not_cut(metadata: dict[str, Any]) -> None:
    """A whole answer must not lose its last sentence."""
    assert not was_cut(AIMessage("I live here.", response_metadata=metadata))


def test_a_reason_that_several_chunks_give_is_still_read() -> None:
    """Joined chunks have such words run together: "stop" told twice is "stopstop"."""
    pieces = [
        AIMessageChunk(content="I", response_metadata={"finish_reason": "MAX_TOKENS"}) for _ in range(2)
    ]
    assert was_cut(pieces[0] + pieces[1])
