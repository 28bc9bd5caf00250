"""What sees and hears is loaded after the first reply: in the background, never in a turn's way."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from roleagent.agent.agent import Agent
from roleagent.agent.late_loading import LateLoading
from roleagent.errors import ModelUnavailableError
from roleagent.perception import Once
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, FixedUpdater, ScriptedModel
from roleagent.testing.perceptors import write_tiny_png
from roleagent.types import Attachment, Observation
from tests.agent.ada import make_persona
from tests.parts import in_parts

LONG_S = 30.0
SOON_S = 5.0  # within which a thread does what it can do at once


class Loader:
    """Notes that it was called, and may take until it is let go."""

    def __init__(self, *, is_held: bool = False) -> None:
        self.began, self.may_end, self.ended = threading.Event(), threading.Event(), threading.Event()
        if not is_held:
            self.may_end.set()

    def __call__(self) -> None:
        self.began.set()
        assert self.may_end.wait(LONG_S)
        self.ended.set()


def test_loading_begins_when_nobody_talks_for_a_while():
    """An application that shows a picture first, hours later, should not wait then."""
    late, load = LateLoading(quiet_s=0.05), Loader()
    late.start([load])
    assert load.ended.wait(SOON_S)


def test_loading_begins_after_the_first_turn():
    """Until then the first reply needs the processor."""
    late, load = LateLoading(quiet_s=LONG_S), Loader()
    late.start([load])
    with late.postponed():
        assert not load.began.wait(0.1)
    assert load.ended.wait(SOON_S)


def test_no_loading_begins_within_a_turn():
    """Whoever talks comes first; what has begun cannot be stopped."""
    late, first, second = LateLoading(quiet_s=0.0), Loader(is_held=True), Loader()
    late.start([first, second])
    assert first.began.wait(SOON_S)
    with late.postponed(), late.postponed():  # two users at once
        first.may_end.set()
        assert first.ended.wait(SOON_S)
        assert not second.began.wait(0.1)
    assert second.ended.wait(SOON_S)


def test_what_cannot_be_loaded_is_logged_and_the_rest_is_loaded(caplog: pytest.LogCaptureFixture):
    """Damaged weights of one model must not cost the others; the turn that needs them says so."""

    def fail() -> None:
        raise ModelUnavailableError("The file is damaged.")

    late, load = LateLoading(quiet_s=0.0), Loader()
    with caplog.at_level(logging.WARNING):
        late.start([fail, load])
        assert load.ended.wait(SOON_S)
    assert "The file is damaged." in caplog.text


def test_closing_waits_for_nothing_and_begins_nothing():
    """A chat must end when it is told to."""
    late, first, second = LateLoading(quiet_s=0.0), Loader(is_held=True), Loader()
    late.start([first, second])
    assert first.began.wait(SOON_S)
    before = time.monotonic()
    late.close()
    assert time.monotonic() - before < SOON_S
    first.may_end.set()
    assert first.ended.wait(SOON_S)
    assert not second.began.wait(0.1)


@pytest.mark.parametrize("is_closed", [True, False])
def test_loading_starts_once(is_closed: bool):
    """Each call of `warm_up` starts it, and one may come too late."""
    late, first, again = LateLoading(quiet_s=0.0), Loader(), Loader()
    if is_closed:
        late.close()
    else:
        late.start([first])
        assert first.ended.wait(SOON_S)
    late.start([again])
    assert not again.began.wait(0.1)


def test_a_process_that_ends_lets_an_import_end_first():
    """An interpreter that goes away under an extension module being loaded crashes."""
    script = (
        "import time\n"
        "from roleagent.agent.late_loading import LateLoading\n"
        "def load():\n"
        "    print('begun', flush=True)\n"
        "    time.sleep(0.3)\n"
        "    print('loaded', flush=True)\n"
        "late = LateLoading(quiet_s=0.0)\n"
        "late.start([load, load])\n"
        "time.sleep(0.15)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=LONG_S)
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["begun", "loaded"], "")


class Eye:
    """A perceptor whose model takes as long to load as the test wants."""

    name = "eye"
    media_types = ("image/*",)

    def __init__(self, load: Callable[[], None]) -> None:
        self._model = Once(load)

    def warm_up(self) -> None:
        self._model()

    def perceive(self, attachment: Attachment) -> Sequence[Observation]:
        self._model()
        return [Observation(kind="caption", text="a red door", source=self.name, attachment_id=attachment.id)]


def open_agent(load: Callable[[], None], *script: str, **options: Any) -> tuple[Agent, ScriptedModel]:
    model = ScriptedModel(["…", *script])
    chosen: dict[str, Any] = dict(
        model=model, embedder=HashEmbedder(), updater=FixedUpdater(), ranker=FirstFacts(),
        perceptors=[Eye(load)], guards=[], critics=[], on_disk=False,
    )  # fmt: skip
    return Agent(make_persona(), **in_parts(**(chosen | options))), model


async def test_warming_up_does_not_wait_for_what_sees():
    """It would cost the first reply seconds, and most turns bring no picture."""
    load = Loader(is_held=True)
    agent, _ = open_agent(load, "Good day.")
    with agent:
        await agent.warm_up()
        assert not load.began.is_set()
        assert (await agent.run("Hello", user_id="ann")).text == "Good day."
        assert await asyncio.to_thread(load.began.wait, SOON_S)
        load.may_end.set()


async def test_warming_up_everything_waits_for_what_sees_and_says_what_is_wrong():
    """A server takes no requests before all is there."""
    load = Loader()
    agent, _ = open_agent(load)
    with agent:
        await agent.warm_up(everything=True)
        assert load.ended.is_set()

    def fail() -> None:
        raise ModelUnavailableError("The file is damaged.")

    agent, _ = open_agent(fail)
    with agent, pytest.raises(ModelUnavailableError, match="damaged"):
        await agent.warm_up(everything=True)


@pytest.mark.parametrize("is_loading", [False, True])
async def test_a_picture_in_the_first_turn_is_read(tmp_path: Path, is_loading: bool):
    """It waits for the model, which is loaded once, whoever asked for it first."""
    load, times = Loader(is_held=True), []

    def count() -> None:
        times.append(1)
        load()

    agent, model = open_agent(count, "A fine door.", "A fine door.")
    with agent:
        await agent.warm_up()
        if is_loading:
            await agent.run("Hello", user_id="ann")
            assert await asyncio.to_thread(load.began.wait, SOON_S)
        picture = write_tiny_png(tmp_path / "door.png")
        turn = asyncio.create_task(agent.run("Look!", user_id="ann", attachments=[picture]))
        assert await asyncio.to_thread(load.began.wait, SOON_S)
        await asyncio.sleep(0.05)  # the loop is free while the turn waits
        assert not turn.done()
        load.may_end.set()
        await turn
    assert times == [1]
    assert "a red door" in "\n".join(message.text for message in model.prompts[-1])


async def test_an_agent_closes_while_models_load():
    """What is loading belongs to all agents of the process, so nobody waits for it."""
    load = Loader(is_held=True)
    agent, _ = open_agent(load, "Good day.")
    await agent.warm_up()
    await agent.run("Hello", user_id="ann")
    assert await asyncio.to_thread(load.began.wait, SOON_S)
    agent.close()
    assert not load.ended.is_set()
    load.may_end.set()
    assert await asyncio.to_thread(load.ended.wait, SOON_S)
