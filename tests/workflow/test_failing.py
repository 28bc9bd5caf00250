"""What is told of a language model that raised."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import httpx
import pytest
from langchain_core.messages import HumanMessage

from roleagent.errors import ModelError
from roleagent.models.openai import load_openai
from roleagent.workflow.drafting import write_draft
from roleagent.workflow.failing import model_failure
from roleagent.workflow.gate import SentenceGate

ASKED = httpx.Request("POST", "http://ann:secret@localhost:11434/v1/chat?key=secret")


async def test_a_server_that_is_not_there_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch):
    """`OpenAIConnectionError('Connection error.')` says neither where nor what to do."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    model = load_openai(f"qwen3@{address}/v1")
    model.max_retries = 0
    gate = SentenceGate(judge=None, release=lambda _: None, speaker="Ada")
    with pytest.raises(ModelError) as error:
        await write_draft(model, [HumanMessage("Hello")], gate, timeout_s=20)
    assert str(error.value) == (
        f"The language model's server at '{address}' cannot be reached. Start it or mend its address, "
        "or use another model (--model, ROLEAGENT_MODEL)."
    )


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (httpx.ConnectError("refused", request=ASKED), "at 'http://localhost:11434' cannot"),
        (ConnectionResetError(), "The language model's server cannot be reached."),
        (httpx.ReadError("cut", request=ASKED), "at 'http://localhost:11434' failed: ReadError"),
        (httpx.ReadError("cut"), "The language model failed: ReadError('cut')"),
        (ValueError("out of memory"), "The language model failed: ValueError('out of memory')"),
    ],
)  # fmt: skip
def test_each_failure_says_where_it_was(error: Exception, message: str):
    """The server's address without what may be secret in it."""
    told = str(model_failure(error))
    assert message in told
    assert "secret" not in told


def test_a_wrong_key_is_told_as_such():
    """A status of 401 means one thing."""

    class Refused(Exception):
        status_code = 401
        request = SimpleNamespace(url=ASKED.url)

    told = str(model_failure(Refused("No such key.")))
    assert "at 'http://localhost:11434' refuses the key: No such key. Set the right one" in told
