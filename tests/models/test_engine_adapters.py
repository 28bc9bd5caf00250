"""One base, several adapters: each request is answered under its own, whatever was read before it."""

import logging
import threading
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from roleagent.errors import ModelError
from roleagent.models import engine as engine_module
from roleagent.models.background import Run
from roleagent.models.base_shape import shape_of_gguf
from roleagent.models.engine import Engine, expect_adapter
from roleagent.models.gguf_adapter import write_gguf_adapter
from roleagent.models.kept_prompts import KeptPrompts
from roleagent.models.llama_server import Chunk
from roleagent.models.prompt_slots import NUM_SLOTS
from roleagent.testing.adapters import build_tiny_adapter, build_tiny_gguf
from roleagent.testing.models import build_tiny_text_model

SYSTEM = {"role": "system", "content": "Stay yourself. " * 10}
PLAIN = None  # no adapter
TEXTS = ("Good evening.", "0 1 2 3 yes no")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A base and three adapters as GGUF files."""
    folder = tmp_path_factory.mktemp("adapters")
    checkpoint = build_tiny_text_model(folder / "base", spread=0.3)
    base = build_tiny_gguf(checkpoint, folder / "base.gguf")
    shape, heads = shape_of_gguf(base)
    found = {"base": base}
    for seed, name in enumerate("abc"):
        made = build_tiny_adapter(checkpoint, folder / name, name=name, seed=seed)
        found[name] = write_gguf_adapter(made.folder, folder / f"{name}.gguf", shape=shape, heads=heads)
    return found


@pytest.fixture
def engine(files: dict[str, Path], tmp_path: Path) -> Iterator[Engine]:
    opened = Engine(files["base"], num_ctx=512, num_threads=1, kept=KeptPrompts(tmp_path / "prompts"))
    yield opened
    opened.close()


def said(engine: Engine, text: str, adapter: Path | None = PLAIN, *, keep: bool = False) -> tuple[str, int]:
    """What the engine answers, and how many tokens of the prompt it had to read."""
    return talked(engine, SYSTEM, {"role": "user", "content": text}, adapter=adapter, keep=keep)


def talked(engine: Engine, *messages: dict, adapter: Path | None, keep: bool = False) -> tuple[str, int]:
    chunks: list[Chunk] = []
    request = {
        "messages": list(messages),
        "max_tokens": 8,
        "temperature": 0,
        "stream_options": {"include_usage": True},
    }
    engine.run(request, chunks.append, Run(), adapter=adapter, keep=keep)
    text = "".join(c["delta"].get("content") or "" for chunk in chunks for c in chunk.get("choices", ()))
    usage = next(chunk["usage"] for chunk in reversed(chunks) if chunk.get("usage"))
    return text, usage["prompt_tokens"] - usage["prompt_tokens_details"]["cached_tokens"]


@pytest.fixture(scope="module")
def alone(files: dict[str, Path]) -> dict[tuple[str, str], str]:
    """What a fresh engine answers to each text under each adapter, with nothing read before."""
    found = {}
    for text in TEXTS:
        for name in ("", "a", "b"):
            fresh = Engine(files["base"], num_ctx=512, num_threads=1)
            found[text, name] = said(fresh, text, files.get(name))[0]
            fresh.close()
    for text in TEXTS:  # else nothing below could tell them apart
        assert len({found[text, name] for name in ("", "a", "b")}) == 3
    return found


def test_each_answer_is_that_of_a_fresh_engine(engine: Engine, files: dict, alone: dict) -> None:
    """Two texts under two adapters and none, so that each follows each."""
    order = [(text, name) for name in ("a", "b", "", "a", "", "b", "a") for text in TEXTS]
    order += [(text, name) for text in TEXTS for name in ("a", "b", "", "b", "a", "")]
    for text, name in order:
        assert said(engine, text, files.get(name))[0] == alone[text, name], (text, name)


def test_what_was_read_under_one_adapter_serves_it_alone(engine: Engine, files: dict) -> None:
    """And is still there when the other one has answered."""
    whole = said(engine, "Good evening.", files["a"])[1]
    assert whole > 30
    assert said(engine, "Good evening.", files["b"])[1] == whole  # loads all again
    assert said(engine, "Good evening.", files["a"])[1] == whole
    for name in ("a", "b", "a", "b"):
        assert said(engine, "Good evening.", files[name])[1] == 1
    assert said(engine, "Good evening.", PLAIN)[1] == whole
    assert said(engine, "Good evening.", PLAIN)[1] == 1


def test_conversations_keep_a_slot_each_while_there_are_enough(engine: Engine, files: dict) -> None:
    """Two users of two personas in turn read only what is new."""
    talks = {name: [SYSTEM, {"role": "user", "content": f"I am {name}. " * 5}] for name in "ab"}
    said(engine, "loads both", files["b"])
    said(engine, "loads both", files["a"])
    for turn in range(3):
        for name, messages in talks.items():
            text, num_read = talked(engine, *messages, adapter=files[name])
            assert turn == 0 or num_read < 40
            messages += [{"role": "assistant", "content": text}, {"role": "user", "content": "And you?"}]


def test_more_prompts_than_slots_are_read_again_and_right(engine: Engine, files: dict, alone: dict) -> None:
    """The least recently used one makes room."""
    said(engine, "Good evening.", files["a"])
    for number in range(NUM_SLOTS + 1):
        other = {"role": "system", "content": f"{number} " * 20}
        talked(engine, other, {"role": "user", "content": "Hi"}, adapter=files["b"])
    text, num_read = said(engine, "Good evening.", files["a"])
    assert (text, num_read > 30) == (alone["Good evening.", "a"], True)


def test_adapters_that_are_expected_are_loaded_at_once(
    files: dict, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Agents made before the first turn cost no second load; one that comes later costs one."""
    monkeypatch.setattr(engine_module, "_expected", {})
    expect_adapter(files["base"], "a", lambda: files["a"])
    expect_adapter(files["base"], "b", lambda: files["b"])
    with caplog.at_level(logging.INFO, "roleagent.models.engine"):
        opened = Engine(files["base"], num_ctx=256, num_threads=1)
        for name in ("a", "b", "a"):
            said(opened, "Hi", files[name])
        assert caplog.messages == []
        said(opened, "Hi", files["c"])
        said(opened, "Hi", files["a"])
    opened.close()
    assert caplog.messages == [f"Loading {files['base']} again, with the adapter {files['c']}"]


def test_an_expected_adapter_that_is_broken_stops_nobody_else(
    files: dict,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    alone: dict,
) -> None:
    """Whoever asks for it is told; the others go on."""
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"nonsense")

    def refuse() -> Path:
        raise ModelError("it is for another base")

    monkeypatch.setattr(engine_module, "_expected", {})
    expect_adapter(files["base"], "broken", lambda: broken)
    expect_adapter(files["base"], "refused", refuse)
    opened = Engine(files["base"], num_ctx=512, num_threads=1)
    assert "base.gguf opens without the adapter refused: it is for another base" in caplog.text
    assert said(opened, "Good evening.", files["a"])[0] == alone["Good evening.", "a"]
    with pytest.raises(ModelError, match=r"cannot load .*base.gguf' with the adapters .*broken.gguf"):
        said(opened, "Good evening.", broken)
    assert said(opened, "Good evening.", files["a"])[0] == alone["Good evening.", "a"]
    with pytest.raises(ModelError, match=r"gone.gguf' cannot be read"):
        said(opened, "Good evening.", tmp_path / "gone.gguf")
    opened.close()


def test_an_adapter_that_was_trained_again_is_loaded_again(
    engine: Engine, files: dict, tmp_path: Path, alone: dict
) -> None:
    """Its file has the same name and other content."""
    file = tmp_path / "mine.gguf"
    file.write_bytes(files["a"].read_bytes())
    assert said(engine, "Good evening.", file)[0] == alone["Good evening.", "a"]
    other = tmp_path / "other.gguf"
    other.write_bytes(files["b"].read_bytes())
    other.replace(file)
    assert said(engine, "Good evening.", file)[0] == alone["Good evening.", "b"]


def test_a_kept_prompt_is_restored_for_its_adapter_alone(files: dict, tmp_path: Path, alone: dict) -> None:
    """In the next process: what one persona read must not answer for another."""
    start = partial(Engine, files["base"], num_ctx=512, num_threads=1, kept=KeptPrompts(tmp_path / "prompts"))
    first = start()
    for name in ("a", ""):
        said(first, "…", files.get(name), keep=True)
    first.close()
    second = start()
    for name, whole in (("a", False), ("b", True), ("", False), ("b", False)):
        text, num_read = said(second, "Good evening.", files.get(name))
        assert text == alone["Good evening.", name]
        assert (num_read > 30) == whole, name
    second.close()
    assert len(list((tmp_path / "prompts").iterdir())) == 2


def test_what_an_engine_without_adapters_kept_is_left_alone(files: dict, tmp_path: Path) -> None:
    """The library could not read it; erased, it would be missed at the next start without adapters."""
    start = partial(Engine, files["base"], num_ctx=512, num_threads=1, kept=KeptPrompts(tmp_path / "prompts"))
    plain = start()
    said(plain, "…", keep=True)
    plain.close()
    adapted = start()
    said(adapted, "Hi", files["a"])
    assert said(adapted, "Good evening.")[1] > 30
    adapted.close()
    again = start()
    assert said(again, "Good evening.")[1] < 30
    again.close()


def test_requests_from_many_threads_each_get_their_own(engine: Engine, files: dict, alone: dict) -> None:
    """While one waits in line, the engine may be loaded again for another."""
    found: list[tuple[str, str]] = []

    def ask(name: str) -> None:
        found.append((name, said(engine, "Good evening.", files[name])[0]))

    threads = [threading.Thread(target=ask, args=(name,)) for name in "abab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 4
    assert all(text == alone["Good evening.", name] for name, text in found)


def test_an_engine_that_was_never_asked_closes(files: dict) -> None:
    """The library waits for ever if it is closed before its threads have begun."""
    for before, after in pairwise([None, *(Engine(files["base"], num_ctx=64, num_threads=1) for _ in "123")]):
        del before
        after.close()
        with pytest.raises(ModelError, match="was closed"):
            said(after, "Good evening.")
