"""The shared engine: one a file, usable after every mishap, and gone without noise when Python exits."""

import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from roleagent.errors import ModelError
from roleagent.models import engine as engine_module
from roleagent.models import llama_server
from roleagent.models.background import Run
from roleagent.models.engine import Engine
from roleagent.models.llama_cpp import LlamaCppChat
from roleagent.models.llama_server import Chunk

pytestmark = pytest.mark.slow

REQUEST = {"messages": [{"role": "user", "content": "Tell me a story."}], "max_tokens": 12, "temperature": 0}
LONG = {**REQUEST, "max_tokens": 1500}
EXIT = """
import sys, threading, time
from roleagent.models.llama_cpp import LlamaCppChat
from roleagent.models.llama_server import Chunk
model = LlamaCppChat(path=sys.argv[1], num_ctx=512, num_threads=1, max_tokens=400)
{use}
print("done", flush=True)
"""
USES = {
    "after an answer": "model.invoke('Hi', max_tokens=2)",
    "with a stream left open": "stream = model.stream('Tell me a story.'); next(stream)",
    "while another thread is answering": (
        "threading.Thread(target=model.invoke, args=('Tell me a story.',), daemon=True).start()\n"
        "time.sleep(1)"
    ),
    "on an error": "stream = model.stream('Tell me a story.'); next(stream); sys.exit(3)",
}


@pytest.fixture
def engine(smollm: LlamaCppChat) -> Engine:
    """The engine that the other tests use, too."""
    return smollm._engine()


def text_of(engine: Engine, request: dict) -> str:
    pieces: list[str] = []

    def take(chunk: Chunk) -> None:
        pieces.extend(choice["delta"].get("content") or "" for choice in chunk["choices"])

    engine.run(request, take, Run())
    return "".join(pieces)


def test_the_same_settings_share_one_engine(smollm: LlamaCppChat, engine: Engine) -> None:
    """Weights are loaded once, however many objects name the file."""
    other = LlamaCppChat(path=smollm.path, num_ctx=2048, num_threads=1, temperature=1.0)
    assert other._engine() is engine


def test_what_the_reader_raises_comes_back(engine: Engine) -> None:
    """The library swallows it; we do not."""

    def explode(chunk: Chunk) -> None:
        raise ZeroDivisionError("in the reader")

    with pytest.raises(ZeroDivisionError, match="in the reader"):
        engine.run(LONG, explode, Run())
    assert text_of(engine, REQUEST)


def test_a_request_that_makes_no_sense_is_a_model_error(engine: Engine) -> None:
    """With what the engine says of it."""
    with pytest.raises(ModelError, match="messages"):
        engine.run({"messages": "hello"}, print, Run())
    with pytest.raises(ModelError, match="refused a request"):
        engine.run({**REQUEST, "grammar": "root ::= ("}, print, Run())
    assert text_of(engine, REQUEST)


def test_who_is_cancelled_while_waiting_never_starts(engine: Engine) -> None:
    """A queue of abandoned drafts must not delay anybody."""
    started, chunks = threading.Event(), []
    first, second = Run(), Run()
    busy = threading.Thread(target=engine.run, args=(LONG, lambda _: started.set(), first))
    busy.start()
    assert started.wait(30)
    waiting = threading.Thread(target=engine.run, args=(REQUEST, chunks.append, second))
    waiting.start()
    second.cancel()
    first.cancel()
    busy.join(30)
    waiting.join(30)
    assert not busy.is_alive()
    assert not waiting.is_alive()
    assert chunks == []


def test_reading_a_long_prompt_can_be_cancelled(engine: Engine) -> None:
    """On a CPU a prompt may take a minute before the first word."""
    prompt = "The sea is wide. " * 350
    request = {**REQUEST, "messages": [{"role": "user", "content": prompt}]}
    chunks: list[Chunk] = []
    run = Run()
    threading.Timer(0.2, run.cancel).start()
    engine.run(request, chunks.append, run)
    assert not any(choice["delta"].get("content") for chunk in chunks for choice in chunk["choices"])


def test_the_port_that_the_library_opens_lets_nobody_in(engine: Engine) -> None:
    """A web page could otherwise talk to the model through localhost."""
    address = f"{engine._server.listening_address}/v1/chat/completions"
    asked = urllib.request.Request(address, data=b'{"messages": []}', method="POST")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(asked, timeout=5)


def test_a_closed_engine_says_so(smollm: LlamaCppChat) -> None:
    """And closing stops what runs."""
    own = Engine(smollm.path, num_ctx=256, num_threads=1)
    started = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(own.run, {**LONG, "max_tokens": 200}, lambda _: started.set(), Run())
        assert started.wait(30)
        own.close()
        with pytest.raises(ModelError, match="was closed"):
            busy.result(30)
    with pytest.raises(ModelError, match="was closed"):
        text_of(own, REQUEST)


@pytest.mark.parametrize("use", USES)
def test_python_exits_cleanly_and_quietly(smollm: LlamaCppChat, use: str) -> None:
    """Neither a hang, nor a crash, nor the engine's log on the user's terminal."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", EXIT.format(use=USES[use]), str(smollm.path)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    expected = (3, "") if use == "on an error" else (0, "done\n")
    assert (done.returncode, done.stdout) == expected
    if "another thread" not in use:  # which may say that its answer was cut off, as far as Python lets it
        assert done.stderr == ""
    assert time.perf_counter() - began < 90


def test_who_waits_in_line_hears_that_the_engine_is_at_work(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting for another user's answer is not silence; when that one hangs, it is."""
    monkeypatch.setattr(engine_module, "BEAT_S", 0.05)
    first, second, heard = Run(), Run(), threading.Event()
    started = threading.Event()
    busy = threading.Thread(target=engine.run, args=(LONG, lambda _: started.set(), first))
    busy.start()
    assert started.wait(30)
    waiting = threading.Thread(target=engine.run, args=(REQUEST, lambda _: heard.set(), second))
    waiting.start()
    assert heard.wait(30)
    assert busy.is_alive()
    first.cancel()
    busy.join(30)
    waiting.join(30)
    assert not waiting.is_alive()


def test_reading_a_long_prompt_is_reported(smollm: LlamaCppChat) -> None:
    """From nothing to all of it, in a stream; a whole answer is free of it."""
    prompt = "The moor is dark. " * 100
    told = [
        point
        for chunk in smollm.stream(prompt, max_tokens=2)
        for point in chunk.additional_kwargs.get("prompt_progress", ())
    ]
    shares = [point["processed"] / point["total"] for point in told]
    assert len(shares) > 2
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert smollm.invoke(prompt + "!", max_tokens=2).additional_kwargs == {}


@pytest.mark.parametrize(
    ("quota", "share"), [("max 100000", None), ("50000 100000", 1), ("100000 100000", 1), ("nonsense", None)]
)
def test_a_container_counts_what_it_gets(tmp_path: Path, quota: str, share: int | None) -> None:
    """Threads for all CPUs of the machine would wait for each other most of the time."""
    (tmp_path / "cpu.max").write_text(quota)
    everything = engine_module.available_cpus(tmp_path / "missing")
    assert everything >= 1
    assert engine_module.available_cpus(tmp_path / "cpu.max") == (share or everything)


@pytest.mark.parametrize("chosen", [None, "active"])
def test_threads_sleep_while_they_wait_unless_the_user_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, chosen: str | None
) -> None:
    """Spinning threads bring a shared machine to a standstill; the environment is left as it was."""
    seen: list[str | None] = []
    for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
        monkeypatch.delenv(name, raising=False)
    if chosen:
        monkeypatch.setenv("OMP_WAIT_POLICY", chosen)
    monkeypatch.setattr(
        llama_server, "import_extra", lambda *_, **__: seen.append(os.environ.get("OMP_WAIT_POLICY"))
    )
    llama_server.load_library()
    assert (seen, os.environ.get("OMP_WAIT_POLICY")) == ([chosen or "passive"], chosen)
