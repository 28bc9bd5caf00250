"""Pictures and recordings through the whole agent: shown, kept, asked for, and handed back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langchain_core.tools import StructuredTool

from roleagent.agent.agent import Agent
from roleagent.perception.media import load_attachment
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, FixedUpdater, ScriptedModel
from roleagent.testing.perceptors import FakePerceptor, write_tiny_png, write_tiny_wav
from roleagent.types import Attachment, HandedBack, Observation
from tests.agent.ada import call, make_persona, told
from tests.parts import in_parts

ASKED = "Show me the photo with the red bridge again."


class Hearer:
    """Hears two sentences in any recording."""

    name = "hearer"
    media_types = ("audio/*",)

    def perceive(self, attachment: Attachment) -> list[Observation]:
        said = {"Good morning.": (0.0, 2.0), "The storm took the roof.": (12.0, 15.0)}
        return [
            Observation(kind="transcript", text=text, source=self.name, attachment_id=attachment.id,
                        span_s=span)
            for text, span in said.items()
        ]  # fmt: skip


def open_agent(home: Path, *script: str | AIMessage, **options: Any) -> tuple[Agent, ScriptedModel]:
    model = ScriptedModel(list(script))
    perceptors = [FakePerceptor("a red bridge over a river", media_types=("image/*",)), Hearer()]
    chosen: dict[str, Any] = dict(
        model=model, embedder=HashEmbedder(), updater=FixedUpdater(), ranker=FirstFacts(),
        perceptors=perceptors, guards=[], critics=[], home=home,
    )  # fmt: skip
    return Agent(make_persona(), **in_parts(**(chosen | options))), model


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return write_tiny_png(tmp_path / "IMG_0001.png", size=(9, 7))


def media_files(home: Path) -> list[Path]:
    return [path for path in (home / "media").rglob("*") if path.is_file()]


async def test_a_picture_comes_back_byte_for_byte_after_a_restart(tmp_path: Path, picture: Path) -> None:
    """The user's own file may be long gone."""
    home, content = tmp_path / "home", picture.read_bytes()
    agent, _ = open_agent(home, "A fine bridge.")
    with agent:
        await agent.run("Look what I saw!", user_id="ann", attachments=[picture])
    picture.unlink()
    agent, model = open_agent(home, "Here it is.")
    with agent:
        reply = await agent.run(ASKED, user_id="ann", thread_id="another day")
    (file,) = reply.attachments
    assert file.name == "IMG_0001.png"
    assert Path(file.path).read_bytes() == content
    assert (
        f"- IMG_0001.png, shown on {reply.turn.at:%Y-%m-%d}; a picture of: a red bridge over a river"
        in told(model, 0)
    )
    assert "what they once showed you" in told(model, 0)


async def test_the_reply_says_what_it_hands_back_and_why(tmp_path: Path, picture: Path) -> None:
    """As a page for people, and as plain data for programs."""
    agent, _ = open_agent(tmp_path / "home", "A fine bridge.", "Here it is.")
    with agent:
        await agent.run("Look!", user_id="ann", attachments=[picture])
        reply = await agent.run(ASKED, user_id="ann")
    page = reply.explain().as_markdown()
    path = reply.attachments[0].path
    assert f"found by its caption: a red bridge over a river `{path}`" in page
    data = json.loads(json.dumps(reply.explain().as_dict()))
    assert data["grounds"]["handed_back"][0]["attachment"]["path"] == path


async def test_a_recording_comes_back_with_the_second_that_answers(tmp_path: Path) -> None:
    """The prompt, the page and the data say where to listen."""
    memo = write_tiny_wav(tmp_path / "memo.wav")
    agent, model = open_agent(tmp_path / "home", "I hear.", "Here.")
    with agent:
        await agent.run("Listen!", user_id="ann", attachments=[memo])
        reply = await agent.run("Play me the recording about the storm.", user_id="ann")
    (handed,) = reply.grounds.handed_back
    assert handed.found_by is not None
    assert handed.found_by.span_s == (12.0, 15.0)
    assert "from second 12, a voice says: “The storm took the roof.”" in told(model, 1)
    assert "found by its transcript at 12.0–15.0 s" in reply.explain().as_markdown()


async def test_the_same_picture_shown_twice_is_kept_once(tmp_path: Path, picture: Path) -> None:
    """Under another name, by bytes or by path: it is one content."""
    copy = tmp_path / "copy.png"
    copy.write_bytes(picture.read_bytes())
    agent, _ = open_agent(tmp_path / "home", "One.", "Two.", "Three.", "Here.")
    with agent:
        for shown in (picture, copy, picture.read_bytes()):
            await agent.run("Look!", user_id="ann", attachments=[shown])
        assert len(media_files(tmp_path / "home")) == 1
        reply = await agent.run("Show me the photos of the bridge.", user_id="ann")
    assert len(reply.attachments) == 1


async def test_another_users_picture_is_never_handed_out(tmp_path: Path, picture: Path) -> None:
    """Neither by asking in any words, nor through a tool that the model calls."""
    asking = call("recall_media", about="the red bridge")
    agent, model = open_agent(tmp_path / "home", "Fine.", "No.", asking, "No.", asking, "Here.",
                              tools=["recall_media"])  # fmt: skip
    with agent:
        await agent.run("Look!", user_id="ann", attachments=[picture])
        refused = [await agent.run(ASKED, user_id="bob"), await agent.run("The bridge?", user_id="bob")]
        given = await agent.run("The bridge?", user_id="ann")
    assert [reply.attachments for reply in refused] == [(), ()]
    assert refused[1].tool_uses[0].result == "They have shown you nothing of the kind."
    assert len(given.attachments) == 1
    assert "red bridge over" not in "".join(told(model, number) for number in (1, 2, 3))


async def test_a_tool_hands_back_what_it_found(tmp_path: Path, picture: Path) -> None:
    """A model that understands more than our patterns may ask in its own words."""
    agent, model = open_agent(
        tmp_path / "home", "Fine.", call("recall_media", about="a bridge", kind="picture"), "Here.",
        tools=["recall_media"],
    )  # fmt: skip
    with agent:
        await agent.run("Look!", user_id="ann", attachments=[picture])
        reply = await agent.run("That thing across the water?", user_id="ann")
    (use,) = reply.tool_uses
    assert use.ok
    assert use.handed_back == reply.grounds.handed_back
    assert reply.attachments[0].name == "IMG_0001.png"
    assert str(use.result).startswith("You hand back IMG_0001.png, shown on ")
    assert reply.attachments[0].path not in told(model, 2)


async def test_no_other_tool_puts_a_file_into_a_reply(tmp_path: Path, picture: Path) -> None:
    """Nor one that took a built-in tool's name."""

    def recall_media(about: str) -> tuple[str, tuple[HandedBack, ...]]:
        """Give a file."""
        file = load_attachment(picture)
        return "Here.", (HandedBack(attachment=file, episode_id="e", shown_at=datetime.now(UTC)),)

    tool = StructuredTool.from_function(recall_media, response_format="content_and_artifact")
    agent, _ = open_agent(tmp_path / "home", call("recall_media", about="it"), "Done.", tools=[tool])
    with agent:
        reply = await agent.run("The bridge?", user_id="ann")
    assert reply.tool_uses[0].ok
    assert reply.attachments == ()


async def test_a_waiting_turn_keeps_what_it_is_to_hand_back(tmp_path: Path, picture: Path) -> None:
    """Approval may come after a restart."""
    calls = call("recall_episode", about="the bridge")
    agent, _ = open_agent(tmp_path / "home", "Fine.", calls, tools=["recall_episode"], approve=True)
    with agent:
        await agent.run("Look!", user_id="ann", attachments=[picture])
        waiting = await agent.run(ASKED, user_id="ann")
    assert waiting.pending
    agent, _ = open_agent(tmp_path / "home", "Here.", tools=["recall_episode"], approve=True)
    with agent:
        reply = await agent.conversation(user_id="ann").resume(approve=True)
    assert reply.grounds.handed_back == waiting.grounds.handed_back != ()
