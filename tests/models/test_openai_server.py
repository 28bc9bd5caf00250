"""The `openai:` chat model end to end: against `transformers serve` on the tiny LLaVA, started here."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from roleagent import registry
from roleagent.models.transformers import TransformersChat

if TYPE_CHECKING:
    from langchain_openai import ChatOpenAI

pytestmark = [pytest.mark.slow, pytest.mark.soak, pytest.mark.timeout(240)]

SERVE = "import sys; from transformers.cli.transformers import main; sys.exit(main())"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_healthy(server: subprocess.Popen[str], address: str, log: Path, *, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"transformers serve ended with {server.returncode}: {log.read_text()[-2000:]}")
        try:
            if httpx.get(f"{address}/health", timeout=2).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.3)
    pytest.fail(f"transformers serve was not up after {timeout_s} s: {log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def address(tiny_llava: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running server."""
    port = free_port()
    log = tmp_path_factory.mktemp("serve") / "log.txt"
    command = [
        sys.executable,
        "-c",
        SERVE,
        "serve",
        str(tiny_llava),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    with (
        log.open("w") as output,
        subprocess.Popen(command, stdout=output, stderr=output, text=True) as server,
    ):
        try:
            wait_until_healthy(server, f"http://127.0.0.1:{port}", log, timeout_s=150)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()


@pytest.fixture
def model(address: str, tiny_llava: Path, monkeypatch: pytest.MonkeyPatch) -> "ChatOpenAI":
    """Made as the registry makes it, from a name; greedy and short as the comparison needs."""
    from langchain_openai import ChatOpenAI

    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    made = registry.find("model", "openai")(f"{tiny_llava}@{address}")
    assert isinstance(made, ChatOpenAI)
    return made.model_copy(update={"temperature": 0.0, "max_tokens": 12})


def test_text(model: "ChatOpenAI") -> None:
    """The plain way, with usage."""
    answer = model.invoke([SystemMessage("Stay yourself."), HumanMessage("Good evening.")])
    assert answer.text
    assert answer.usage_metadata["output_tokens"] == 12


def test_a_picture_gives_what_the_model_gives_in_process(
    model: "ChatOpenAI", tiny_llava: Path, red_block: dict
) -> None:
    """LangChain's standard block travels over HTTP and means the same picture."""
    question = [HumanMessage([red_block, {"type": "text", "text": "What is this?"}])]
    here = TransformersChat(path_or_id=str(tiny_llava), temperature=0, max_tokens=12)
    assert model.invoke(question).text == here.invoke(question).text
    assert model.invoke("What is this?").text != model.invoke(question).text


async def test_streams(model: "ChatOpenAI") -> None:
    """In pieces, with usage at the end, sync and async alike."""
    chunks = list(model.stream("Good evening."))
    assert len([chunk for chunk in chunks if chunk.text]) > 1
    whole = chunks[0] + chunks[1:]
    assert whole.usage_metadata["output_tokens"] == 12
    assert "".join([chunk.text async for chunk in model.astream("Good evening.")]) == whole.text
