"""What enters a turn, one thing or many."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from roleagent import Parts
from roleagent.agent.agent import Agent
from roleagent.agent.intake import check_input, take_in
from roleagent.errors import InputError
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, FixedUpdater, ScriptedModel
from roleagent.testing.perceptors import write_tiny_png
from roleagent.types import STRANGER, Owner, Thread, Turn
from tests.agent.ada import make_persona

ANN = Owner(persona_id="ada", user_id="ann")
TALK = Thread(owner=ANN, thread_id="main")


def taken(attachments: Any, folder: Path) -> Turn:
    return take_in("Look!", attachments, TALK, STRANGER, at=datetime(2026, 1, 1, tzinfo=UTC), folder=folder)


def test_one_attachment_needs_no_list(tmp_path: Path) -> None:
    """And a generator is as good as a list."""
    path = write_tiny_png(tmp_path / "a.png")
    assert len(taken(str(path), tmp_path / "kept").attachments) == 1
    assert len(taken(path.read_bytes(), tmp_path / "kept").attachments) == 1
    assert len(taken((each for each in [path, path]), tmp_path / "kept").attachments) == 2
    assert taken(None, tmp_path / "kept").attachments == ()


@pytest.mark.parametrize("wrong", [7, {"image": "x" * 10_000}, object()])
def test_what_is_no_list_is_refused_in_a_short_line(wrong: Any, tmp_path: Path) -> None:
    """A TypeError from within says nothing about what to pass."""
    with pytest.raises(InputError, match="Pass a path, bytes") as error:
        taken(wrong, tmp_path)
    assert len(str(error.value)) < 400


def test_an_endless_list_is_not_read_to_its_end(tmp_path: Path) -> None:
    """It may be a stream."""
    path = write_tiny_png(tmp_path / "a.png")
    with pytest.raises(InputError, match="More than 8 attachments"):
        taken(iter(lambda: path, None), tmp_path)


async def test_bytes_are_taken_where_nothing_is_kept_on_disk(tmp_path: Path) -> None:
    """They lie in a folder that goes with the agent, or when they are forgotten."""
    png = write_tiny_png(tmp_path / "a.png").read_bytes()
    agent = Agent(
        make_persona(),
        model=ScriptedModel(["One.", "Two."]),
        parts=Parts(
            embedder=HashEmbedder(),
            updater=FixedUpdater(),
            ranker=FirstFacts(),
            perceptors=[],
            guards=[],
            critics=[],
        ),
        on_disk=False,
    )
    reply = await agent.run("Look!", user_id="ann", attachments=[png])
    kept = Path(reply.turn.attachments[0].path)
    assert kept.read_bytes() == png
    assert (await agent.conversation(user_id="ann").forget()).removed["media"] == 1
    assert not kept.exists()
    kept = Path((await agent.run("Look!", user_id="ann", attachments=png)).turn.attachments[0].path)
    assert kept.exists()
    agent.close()
    assert not kept.parents[2].exists()


async def test_values_of_another_type_are_refused_by_name() -> None:
    """A caller learns which argument is wrong, before anything is loaded."""
    agent = Agent("holmes", model=ScriptedModel([]), on_disk=False)
    wrong: Any = 5
    with pytest.raises(InputError, match="listener is 5"):
        agent.conversation(user_id="ann", listener=wrong)
    with pytest.raises(InputError, match="as_of is 5"):
        agent.conversation(user_id="ann", as_of=wrong)
    with pytest.raises(InputError, match="what is 5"):
        await agent.conversation(user_id="ann").forget(wrong)
    with pytest.raises(InputError, match="text is 5"):
        check_input(wrong, [])
