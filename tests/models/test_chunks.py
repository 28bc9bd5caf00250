"""What a stream tells while there is no text to show."""

import pytest
from langchain_core.messages import AIMessageChunk

from roleagent.models import chunks
from roleagent.models.chunks import ChunkReader, Pulse

PROGRESS = {"choices": [], "prompt_progress": {"total": 900, "cache": 4, "processed": 256, "time_ms": 12}}


def test_reading_is_told_at_once_and_the_chunk_is_passed_on() -> None:
    """On a CPU it may take minutes, and each report comes after seconds."""
    emitted: list[AIMessageChunk] = []
    passed: list[dict] = []
    Pulse(emitted.append).before(passed.append)(PROGRESS)
    assert [chunk.additional_kwargs["prompt_progress"] for chunk in emitted] == [
        [{"processed": 256, "total": 900}]
    ]
    assert passed == [PROGRESS]


def test_what_is_written_and_held_back_beats_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool call of minutes must not be taken for silence; a beat for each token would be noise."""
    now = [100.0]
    monkeypatch.setattr(chunks.time, "monotonic", lambda: now[0])
    emitted: list[AIMessageChunk] = []
    take = Pulse(emitted.append, _told_at=now[0]).before(lambda chunk: None)
    for _ in range(25):
        now[0] += 0.1
        take({"choices": []})
    assert [(chunk.content, chunk.additional_kwargs) for chunk in emitted] == [("", {})] * 2


def test_progress_can_be_added_up_like_any_chunk() -> None:
    """LangChain's users join the chunks of a stream."""
    emitted: list[AIMessageChunk] = []
    take = Pulse(emitted.append).before(lambda chunk: None)
    take(PROGRESS)
    take(PROGRESS)
    whole = emitted[0] + emitted[1] + AIMessageChunk("Hi")
    assert (whole.text, len(whole.additional_kwargs["prompt_progress"])) == ("Hi", 2)


def test_an_answer_that_is_only_thought_is_no_failure_of_the_model() -> None:
    """Whoever asked sees that nothing was said, and asks again."""
    emitted: list[AIMessageChunk] = []
    reader = ChunkReader(emit=emitted.append, model="fake")
    reader.receive({"choices": [{"delta": {"reasoning_content": "Hm."}, "finish_reason": "length"}]})
    reader.finish()
    assert [chunk.additional_kwargs.get("reasoning_content") for chunk in emitted] == ["Hm.", None]
    assert emitted[-1].response_metadata["finish_reason"] == "length"
