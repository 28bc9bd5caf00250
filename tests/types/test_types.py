"""Values that hold two things in one: what was said, and what was seen beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from roleagent.store.rows import episode_to_row, row_to_episode
from roleagent.types import Episode, Observation, Owner, Thread, words_without_seen

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
