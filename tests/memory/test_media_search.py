"""From a request to the file, and to no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from roleagent.language.media_requests import read_request
from roleagent.memory.in_process import InProcessMemory
from roleagent.memory.media_search import recall_media
from roleagent.perception.media import load_attachment
from roleagent.protocols import Cue
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.perceptors import write_tiny_png, write_tiny_wav
from roleagent.types import (
    STRANGER,
    Attachment,
    Episode,
    GraphUpdate,
    HandedBack,
    Observation,
    Owner,
    Sight,
    Thread,
)

ANN = Owner(persona_id="ada", user_id="ann")
TALK = Thread(owner=ANN, thread_id="main")
BOBS_TALK = replace(TALK, owner=replace(ANN, user_id="bob"))
START = datetime(2026, 5, 1, tzinfo=UTC)


class Album:
    """Pictures and recordings that people showed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.memory = InProcessMemory(HashEmbedder())
        self.num_shown = 0

    def picture(self, name: str) -> Attachment:
        """A picture of its own content."""
        colour = (self.num_shown, len(name), 0)
        return load_attachment(write_tiny_png(self.folder / name, colour=colour))

    def show(
        self,
        file: Attachment,
        *seen: tuple[str, str],
        said: str = "Look!",
        thread: Thread = TALK,
        sight: Sight = STRANGER,
        spans: Sequence[tuple[float, float]] = (),
    ) -> Attachment:
        """One utterance with a file and what was perceived in it."""
        self.num_shown += 1
        observations = tuple(
            Observation(
                kind=kind,
                text=text,
                source="fake",
                attachment_id=file.id,
                span_s=spans[place] if spans else None,
            )
            for place, (kind, text) in enumerate(seen)
        )
        episode = Episode(
            id=f"e{self.num_shown}",
            thread=thread,
            sight=sight,
            turn_id=f"t{self.num_shown}",
            speaker="user",
            text="\n".join([said, *(f"[{kind}: {text}]" for kind, text in seen)]),
            at=START + timedelta(hours=self.num_shown),
            attachments=(file,),
            observations=observations,
        )
        self.memory.remember([episode], GraphUpdate(), thread.owner)
        return file

    def ask(self, text: str, thread: Thread = TALK, sight: Sight = STRANGER) -> list[HandedBack]:
        request = read_request(text)
        assert request is not None, text
        return recall_media(self.memory, thread, sight, request, Cue(text=text))

    def names(self, text: str, thread: Thread = TALK, sight: Sight = STRANGER) -> list[str]:
        return [handed.attachment.name for handed in self.ask(text, thread, sight)]


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album(tmp_path)


def test_a_picture_is_found_by_what_is_to_be_seen_in_it(album: Album) -> None:
    """By its caption, its tags, the writing on it, its name, and the words it was shown with."""
    album.show(album.picture("IMG_1.png"), ("caption", "a red bridge over a river"))
    album.show(album.picture("IMG_2.png"), ("tags", "sports car, garage"), said="It is red.")
    album.show(album.picture("IMG_3.png"), ("text", "Platform 9"))
    album.show(album.picture("my_timetable.png"))
    album.show(album.picture("IMG_5.png"), said="This is Rex, my dog.")
    assert album.names("Show me the photo with the red bridge.") == ["IMG_1.png"]
    assert album.names("Where is the picture of my red car?") == ["IMG_2.png"]
    assert album.names("Find the photo of the platform.") == ["IMG_3.png"]
    assert album.names("Can I see the picture of the timetable?") == ["my_timetable.png"]
    assert album.names("Show me the photo of Rex!") == ["IMG_5.png"]
    assert album.names("Show me the photo of the volcano.") == []


def test_a_chinese_request_finds_what_was_said_in_chinese(album: Album) -> None:
    """Characters compare one by one: 红桥 is 红色的桥."""
    album.show(album.picture("a.png"), ("caption", "河上一座红色的桥"), said="看！")
    album.show(album.picture("b.png"), ("caption", "一辆红色的汽车"), said="看！")
    assert album.names("把有红桥的那张照片给我看看") == ["a.png"]
    assert album.names("我想看汽车的图片") == ["b.png"]
    assert album.names("把那张照片给我看看") == ["b.png"]
    assert album.names("我想看雪山的图片") == []


def test_a_recording_is_found_with_the_second_at_which_it_is_said(album: Album, tmp_path: Path) -> None:
    """Nobody wants to hear ten minutes for one sentence."""
    file = load_attachment(write_tiny_wav(tmp_path / "memo.wav"))
    said = ("transcript", "Good morning."), ("transcript", "The storm took the roof off.")
    album.show(file, *said, spans=[(0.0, 2.0), (12.0, 15.5)])
    album.show(album.picture("storm.png"), ("caption", "a storm"))
    (handed,) = album.ask("Play me the recording where I talk about the storm.")
    assert handed.attachment == file
    assert handed.found_by is not None
    assert handed.found_by.span_s == (12.0, 15.5)


def test_the_last_one_is_meant_where_nothing_singles_it_out(album: Album) -> None:
    """Of several, the one that was shown last."""
    for name in ("a.png", "b.png", "c.png"):
        album.show(album.picture(name), ("caption", "a garden"))
    assert album.names("Show me that photo again.") == ["c.png"]
    assert set(album.names("Show me the photos of the garden.")) == {"a.png", "b.png", "c.png"}


def test_a_picture_that_was_shown_twice_comes_once(album: Album) -> None:
    """Its bytes are one file."""
    file = album.picture("a.png")
    for _ in range(3):
        album.show(file, ("caption", "a red bridge"))
    assert album.names("Show me the photos of the bridge.") == ["a.png"]


def test_nobody_is_handed_what_another_showed(album: Album) -> None:
    """Not another user, nor what was shown to another listener, or later in the story."""
    secret = Sight(listener="mary")
    later = Sight(as_of="1891")
    album.show(album.picture("bobs.png"), ("caption", "a red bridge"), thread=BOBS_TALK)
    album.show(album.picture("marys.png"), ("caption", "a red bridge"), sight=secret)
    album.show(album.picture("later.png"), ("caption", "a red bridge"), sight=later)
    asked = "Show me the photos with the red bridge."
    assert album.names(asked, BOBS_TALK) == ["bobs.png"]
    assert album.names(asked, sight=Sight(as_of="1887")) == []
    assert album.names(asked) == ["later.png"]
    assert set(album.names(asked, sight=secret)) == {"marys.png", "later.png"}


def test_a_file_that_is_gone_or_changed_is_not_handed_back(album: Album) -> None:
    """What comes back is what was shown, or nothing."""
    gone = album.show(album.picture("gone.png"), ("caption", "a red bridge"))
    changed = album.show(album.picture("changed.png"), ("caption", "a green door"))
    Path(gone.path).unlink()
    Path(changed.path).write_bytes(b"something else")
    assert album.names("Show me the photo with the red bridge.") == []
    assert album.names("Show me the photo with the green door.") == []


def test_what_was_only_spoken_of_crowds_no_picture_out(album: Album) -> None:
    """A thing that is on everybody's lips was shown once."""
    album.show(album.picture("a.png"), ("caption", "a red bridge over a river"))
    talk = [
        Episode(
            id=f"talk{number}",
            thread=TALK,
            turn_id=f"talk{number}",
            speaker="user",
            text=f"The red bridge is beautiful, number {number} of all bridges.",
            at=START + timedelta(days=number),
        )
        for number in range(1, 200)
    ]
    album.memory.remember(talk, GraphUpdate(), ANN)
    assert album.names("Show me the photo with the red bridge.") == ["a.png"]
    assert album.names("Show me that photo again.") == ["a.png"]
