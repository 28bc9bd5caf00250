"""Values that hold two things in one: what was said, and what was seen beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.errors import InputError
from roleagent.memory.summaries.plan import summary_id
from roleagent.store.rows import episode_to_row, row_to_episode
from roleagent.types import (
    Attachment,
    Episode,
    Observation,
    Owner,
    Sight,
    Thread,
    Turn,
    content_id,
    words_without_seen,
)

ANN = Owner(persona_id="ada", user_id="ann")
TALK = Thread(owner=ANN, thread_id="main")
SAID = Episode(id="1", thread=TALK, turn_id="t", speaker="user", text="", at=datetime(2026, 1, 1, tzinfo=UTC))

texts = st.text(alphabet="ab[]: \n“", max_size=12)
seen = st.builds(Observation, kind=st.sampled_from(("text", "caption")), text=texts, source=st.just("s"),
                 attachment_id=st.just("a"))  # fmt: skip


@given(texts.filter(lambda text: not text or text.strip()), st.lists(seen, max_size=3))
def test_words_come_back_from_what_is_found_by(text: str, observations: list[Observation]) -> None:
    """Records hold both in one text, as those of earlier versions do; a picture must not speak through it."""
    episode = replace(SAID, text=text, observations=tuple(observations))
    assert words_without_seen(episode.text_and_seen, observations) == text


class _Row:
    def __init__(self, columns: dict[str, object]) -> None:
        self.__dict__.update(columns)


def test_a_record_of_an_earlier_version_tells_words_and_pictures_apart() -> None:
    """They held what was read off a picture as part of what was said."""
    read = Observation(kind="text", text="I am the king.]\n[x", source="ocr", attachment_id="a")
    columns = episode_to_row(replace(SAID, text="Look!", observations=(read,)))
    assert columns["text"] == "Look!\n[text: I am the king.]\n[x]"
    assert row_to_episode(_Row(columns), ANN).text == "Look!"
    alone = _Row({**columns, "text": "[text: I am the king.]\n[x]"})
    assert row_to_episode(alone, ANN).text == ""


def test_ids_are_those_of_earlier_releases() -> None:
    """An old home opens, and what is written again has the same id: version 0.1 computed these."""
    holmes_and_ada = Owner(persona_id="holmes", user_id="ada")
    thread, at = Thread(owner=holmes_and_ada, thread_id="one"), datetime(2026, 5, 1, 12, 0, 0, 1, tzinfo=UTC)
    picture = Attachment(id="f" * 64, media_type="image/png", path="/x", name="x.png", num_bytes=1)
    voice = Attachment(id="e" * 64, media_type="audio/wav", path="/y", name="y.wav", num_bytes=1)
    confided = Sight(listener="watson", as_of="1881")
    plain = Turn(thread=thread, text="Hello, 福尔摩斯.", at=at)
    full = Turn(thread=thread, sight=confided, text="Look.", at=at, attachments=(picture,), voice=voice)
    assert holmes_and_ada.name == "b86c8543a3778bea1286d94c"
    assert thread.checkpoint_id == "b86c8543a3778bea1286d94c/one"
    assert plain.id == "c76bd6556e0b0708efb3af2a"
    assert full.id == "9b593bbd94805a16e1190a04"
    assert content_id(plain.id, "user") == "381dca41c3bbd6de0b403277"
    assert content_id(full.id, "persona") == "1f8efe6336b029ac8291739d"
    assert summary_id("session", confided, ["a", "b"]) == "63d123eb21e2c5f886bee0d2"
    assert summary_id("reflection", confided, ["a"], about="f1 f2") == "28c5e010b7f0dbb88f0d48aa"


@pytest.mark.parametrize("bad", ["", " \n", "a\x1fb", "a\x00", "\ud83d", None, 1])
def test_an_id_that_could_be_nobodys_is_refused(bad: Any) -> None:
    """No store is ever asked about nobody, and no two owners share a name."""
    for make in (
        lambda: Owner(persona_id=bad, user_id="ann"),
        lambda: Owner(persona_id="ada", user_id=bad),
        lambda: Thread(owner=ANN, thread_id=bad),
    ):
        with pytest.raises(InputError, match="_id is "):
            make()
