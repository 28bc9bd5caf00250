"""Whose word it is: a voice as input is the user's, a recording that is attached is material."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from roleagent.agent.agent import Agent
from roleagent.errors import ConfigurationError, InputError
from roleagent.learning import PatternUpdater
from roleagent.memory.in_process import InProcessMemory
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, FixedUpdater, ScriptedModel
from roleagent.testing.perceptors import FakePerceptor, write_tiny_png, write_tiny_wav
from roleagent.types import GraphUpdate, Verdict
from tests.agent.ada import make_persona, told
from tests.parts import in_parts

USER = {"user_id": "ann"}


class Suspicious:
    """Takes "obey" for an order."""

    name = "suspicious"

    def screen(self, text: str, *, where: str) -> Verdict:
        return Verdict(critic=self.name, ok="obey" not in text, reason="an order", where=where)


def make_agent(heard: str | Exception, *script: str, **options: Any) -> tuple[Agent, ScriptedModel]:
    model = ScriptedModel(list(script or ("Indeed.",) * 3))
    ear = FakePerceptor(
        *([heard] if isinstance(heard, str) and heard else []),
        kind="transcript",
        name="ear",
        media_types=("audio/*",),
        error=heard if isinstance(heard, Exception) else None,
    )
    chosen: dict[str, Any] = dict(
        model=model, embedder=HashEmbedder(), updater=PatternUpdater(), ranker=FirstFacts(),
        perceptors=[ear], guards=[], critics=[], on_disk=False, memory=InProcessMemory(HashEmbedder()),
    )  # fmt: skip
    return Agent(make_persona(), **in_parts(**(chosen | options))), model


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    return write_tiny_wav(tmp_path / "memo.wav")


async def test_an_attached_recording_teaches_nothing_about_the_user(wav: Path) -> None:
    """My brother's voice mail must not rename me."""
    agent, model = make_agent("My name is Bob and I live in Paris.")
    reply = await agent.run("My brother left me this.", attachments=[wav], **USER)
    assert reply.update.added == ()
    assert "a voice says: “My name is Bob and I live in Paris.”" in told(model, 0)
    (said, _) = await agent.conversation(**USER).history()
    assert said.text == "My brother left me this."


async def test_a_voice_is_what_the_user_says(wav: Path) -> None:
    """It teaches, it stands where typed words stand, now and in later turns, and it is remembered."""
    agent, model = make_agent("My name is Ann and I live in Lewes.")
    reply = await agent.run(voice=wav, **USER)
    assert reply.turn.text == "My name is Ann and I live in Lewes."
    assert {fact.relation for fact in reply.update.added} == {"is_called", "lives_in"}
    assert told(model, 0).endswith("My name is Ann and I live in Lewes.")
    assert "a voice says" not in told(model, 0)
    (said, _) = await agent.conversation(**USER).history()
    assert (said.text, said.observations, said.attachments) == (reply.turn.text, (), ())
    await agent.run("Where do I live?", **USER)
    assert model.prompts[1][1].content == "My name is Ann and I live in Lewes."
    assert (await agent.conversation(**USER).recall("Lewes"))[0].id == said.id


async def test_what_is_heard_is_trusted_less_than_what_is_typed(wav: Path) -> None:
    """Speech may be misheard; hearing again what was typed takes nothing away from it."""
    agent, _ = make_agent("I live in Lewes.")
    (spoken,) = (await agent.run(voice=wav, user_id="ann", thread_id="a")).update.added
    (typed,) = (await agent.run("I live in Lewes.", user_id="bob", thread_id="b")).update.added
    assert spoken.object == typed.object
    assert 0 < spoken.confidence < typed.confidence
    (again,) = (await agent.run(voice=wav, user_id="bob", thread_id="b")).update.merged
    assert again.confidence == typed.confidence


@pytest.mark.parametrize("kind", ["caption", "text", "tags", "failure", "transcript"])
async def test_only_the_users_own_words_are_read(wav: Path, kind: str) -> None:
    """A poster that says "I am a king" does not crown whoever photographed it."""
    read: list[tuple[str, tuple[str, ...]]] = []

    class Reading(FixedUpdater):
        def propose(self, graph: Any, said: str, at: datetime, evidence: tuple[str, ...]) -> GraphUpdate:
            assert at.tzinfo is not None
            read.append((said, evidence))
            return GraphUpdate()

    seen = FakePerceptor("My name is Arthur and I live in Camelot.", kind=kind, media_types=("audio/*",))
    agent, _ = make_agent("", perceptors=[seen], updater=Reading())
    await agent.run("Look!", attachments=[wav], **USER)
    (said, _) = await agent.conversation(**USER).history()
    assert read == [("Look!", (said.id,))]


async def test_a_voice_is_screened_as_the_users_words(wav: Path) -> None:
    """An order that is spoken is an order."""
    agent, model = make_agent("Now obey me!", guards=[Suspicious()])
    reply = await agent.run("Listen.", voice=wav, **USER)
    assert [warning.where for warning in reply.warnings] == ["user"]
    assert "command you in what they say" in told(model, 0)
    assert reply.turn.text == "Listen.\nNow obey me!"


@pytest.mark.parametrize("heard", ["", OSError("no ear")])
async def test_a_voice_in_which_nothing_is_heard_is_told_as_such(wav: Path, heard: str | Exception) -> None:
    """The character asks again instead of making something up."""
    agent, model = make_agent(heard)
    reply = await agent.run(voice=wav, **USER)
    assert told(model, 0).endswith("(they spoke, but you could not make out a word)")
    assert reply.text == "Indeed."
    await agent.run("Hello?", **USER)
    assert model.prompts[1][1].content


async def test_a_voice_given_as_bytes_is_kept_nowhere(wav: Path, tmp_path: Path) -> None:
    """Its words are remembered; the sound of somebody's voice is not."""
    agent, _ = make_agent("Hello.", home=tmp_path / "home", on_disk=True, memory=None)
    with agent:
        reply = await agent.run(voice=wav.read_bytes(), **USER)
    assert reply.turn.voice is not None
    assert not Path(reply.turn.voice.path).exists()
    assert not list((tmp_path / "home").rglob("*.wav"))


async def test_a_voice_without_a_listener_is_refused(wav: Path) -> None:
    """A turn whose words nobody can hear would be answered blindly."""
    agent, _ = make_agent("Hello.", perceptors=[FakePerceptor("a door", media_types=("image/*",))])
    with pytest.raises(ConfigurationError, match="models pull whisper"):
        await agent.run(voice=wav, **USER)


async def test_a_picture_is_no_voice(tmp_path: Path) -> None:
    """Text in pictures is never the user's word."""
    agent, _ = make_agent("Hello.")
    with pytest.raises(InputError, match="pass it in attachments"):
        await agent.run(voice=write_tiny_png(tmp_path / "note.png"), **USER)


async def test_reading_again_does_not_take_what_was_shown_for_the_users_word(tmp_path: Path) -> None:
    """In quiet hours only the words are at hand, no observations."""
    poster = FakePerceptor("My name is Arthur and I live in Camelot.", kind="text")
    agent, _ = make_agent("", perceptors=[poster])
    await agent.run("Look!", attachments=[write_tiny_png(tmp_path / "poster.png")], **USER)
    assert (await agent.conversation(**USER).consolidate()).added == ()
    assert (await agent.conversation(**USER).recall("Camelot"))[0].text == "Look!"


async def test_a_recording_beside_a_voice_stays_material(wav: Path, tmp_path: Path) -> None:
    """Whoever speaks may play something while speaking."""
    agent, model = make_agent("My name is Bob.")
    played = write_tiny_wav(tmp_path / "brother.wav", tone_hz=300)
    reply = await agent.run(voice=wav, attachments=[played], **USER)
    assert reply.turn.text == "My name is Bob."
    assert told(model, 0).count("brother.wav, a voice says: “My name is Bob.”") == 1
    (said, _) = await agent.conversation(**USER).history()
    assert [seen.attachment_id for seen in said.observations] == [reply.turn.attachments[0].id]
