"""A persona that was read is not read again: not by the next user, and not at the next start."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from roleagent.models.background import Run
from roleagent.models.engine import Engine
from roleagent.models.kept_prompts import KeptPrompts
from roleagent.models.llama_cpp import LlamaCppChat
from roleagent.models.llama_server import Chunk
from roleagent.models.prompt_slots import OneSlot

pytestmark = pytest.mark.slow

NUM_SYSTEM = 200  # at least so many tokens has each system message below


def system(name: str) -> dict:
    lines = (f"You are {name}, and you live at number {number}." for number in range(20))
    return {"role": "system", "content": " ".join(lines)}


def user(text: str) -> dict:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict:
    return {"role": "assistant", "content": text}


def num_read(engine: Engine, *messages: dict, keep: bool = False) -> int:
    """How many tokens of the prompt the engine had to read."""
    usage: dict = {}

    def take(chunk: Chunk) -> None:
        usage.update(chunk.get("usage") or {})

    request = {"messages": list(messages), "max_tokens": 1, "temperature": 0}
    engine.run({**request, "stream_options": {"include_usage": True}}, take, Run(), keep=keep)
    return usage["prompt_tokens"] - usage["prompt_tokens_details"]["cached_tokens"]


class Starts:
    """Opens an engine as a new process would."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path, self.folder = path, folder
        self.engines: list[Engine] = []

    def __call__(self, *, num_ctx: int = 1024) -> Engine:
        kept = KeptPrompts(self.folder)
        self.engines.append(Engine(self.path, num_ctx=num_ctx, num_threads=1, kept=kept))
        return self.engines[-1]

    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*")) if self.folder.exists() else []


@pytest.fixture
def start(smollm: LlamaCppChat, tmp_path: Path) -> Iterator[Starts]:
    """Engines that share one folder of kept prompts."""
    starts = Starts(smollm.path, tmp_path / "prompts")
    yield starts
    for engine in starts.engines:
        engine.close()


def test_the_next_start_restores_what_was_read(start: Starts) -> None:
    """On a slow machine this is the difference between a second and a minute."""
    assert num_read(start(), system("Ann"), user("…"), keep=True) > NUM_SYSTEM
    second = start()
    assert num_read(second, system("Ann"), user("Good evening.")) < 20
    assert num_read(second, system("Bob"), user("Good evening.")) > NUM_SYSTEM


def test_a_fresh_engine_has_nothing_to_put_aside(start: Starts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Putting it aside costs a run of the whole network before the first word."""
    num_read(start(), system("Ann"), user("…"), keep=True)
    monkeypatch.setattr(OneSlot, "_put_aside", lambda _: pytest.fail("it holds nothing"))
    assert num_read(start(), system("Ann"), user("Good evening.")) < 20


def test_a_user_who_begins_a_conversation_shares_the_persona(start: Starts) -> None:
    """Whatever the engine did in between."""
    engine = start(num_ctx=2048)
    num_read(engine, system("Ann"), user("…"), keep=True)
    talk = [user("I am Tobias. " + "The sea is wide. " * 260), assistant("I see."), user("And you?")]
    num_read(engine, system("Ann"), *talk)
    assert num_read(engine, system("Ann"), user("I am Clara.")) < 20
    num_read(engine, system("Sort messages."), user("Which one?"))
    assert num_read(engine, system("Ann"), user("I am Edith.")) < 20


def test_two_users_in_turn_keep_their_conversations_cached(start: Starts) -> None:
    """Left alone, the engine takes the short one that it holds and reads the rest of the long one again."""
    engine = start()
    tobias = [user("I am Tobias. " + "The sea is wide. " * 80), assistant("I see."), user("And you?")]
    clara = [user("I am Clara."), assistant("I see."), user("And you?")]
    num_read(engine, system("Ann"), *tobias)
    num_read(engine, system("Ann"), *clara)
    assert num_read(engine, system("Ann"), *tobias, assistant("I, too."), user("Where?")) < 30
    assert num_read(engine, system("Ann"), *clara, assistant("I, too."), user("Where?")) < 30


def test_restoring_one_persona_leaves_the_other_conversation_cached(start: Starts) -> None:
    """A restored state takes the place of what the engine holds, which must not be lost."""
    num_read(start(), system("Bob"), user("…"), keep=True)
    engine = start()
    talk = [user("I am Tobias. " + "The sea is wide. " * 40), assistant("I see."), user("And you?")]
    num_read(engine, system("Ann"), *talk)
    assert num_read(engine, system("Bob"), user("Hello.")) < 20
    assert num_read(engine, system("Ann"), *talk) < 20


def test_only_what_is_to_be_kept_is_written(start: Starts) -> None:
    """A conversation belongs in the home, where it can be erased, and nowhere else."""
    engine = start()
    num_read(engine, system("Ann"), user("My secret is a long one. " * 20))
    assert start.files() == []
    num_read(engine, system("Ann"), user("…"), keep=True)
    (after_a_talk,) = start.files()
    size = after_a_talk.stat().st_size
    after_a_talk.unlink()
    num_read(start(), system("Ann"), user("…"), keep=True)
    (alone,) = start.files()
    assert size == alone.stat().st_size


@pytest.mark.parametrize("content", [b"", b"no state at all", b"\0" * 5000])
def test_a_file_that_the_engine_refuses_is_read_again_and_replaced(start: Starts, content: bytes) -> None:
    """Such as one of a build with another format."""
    num_read(start(), system("Ann"), user("…"), keep=True)
    (file,) = start.files()
    key = file.name.split(".")[0]
    KeptPrompts(start.folder).keep(key, lambda name: (start.folder / name).write_bytes(content))
    assert num_read(start(), system("Ann"), user("…"), keep=True) > NUM_SYSTEM
    assert num_read(start(), system("Ann"), user("…")) < 20


def test_another_context_size_is_another_state(start: Starts) -> None:
    """The engine's settings belong to what was read under them."""
    num_read(start(), system("Ann"), user("…"), keep=True)
    assert num_read(start(num_ctx=512), system("Ann"), user("…")) > NUM_SYSTEM


async def test_a_model_reads_ahead_and_keeps_it(smollm: LlamaCppChat, tmp_path: Path) -> None:
    """The method that `Agent.warm_up` calls."""
    model = smollm.model_copy(update={"num_ctx": 512, "keep_prompts_in": tmp_path})
    await model.read_ahead([SystemMessage("You are Ann."), HumanMessage("…")])
    assert len(list(tmp_path.iterdir())) == 1
    model._engine().close()
