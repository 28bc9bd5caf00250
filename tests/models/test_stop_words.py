"""Stop words: the answer ends before the first, and no half of one is ever shown."""

from hypothesis import given
from hypothesis import strategies as st

from roleagent.models.generation import StopWords


def run(text: str, words: list[str], size: int) -> tuple[str, bool]:
    stop = StopWords(words)
    shown = "".join(stop.feed(text[at : at + size]) for at in range(0, len(text), size))
    return shown + stop.finish(), stop.hit


@given(
    st.text(alphabet="abc ", max_size=40),
    st.lists(st.text(alphabet="abc", min_size=1, max_size=4), max_size=3),
    st.integers(1, 9),
)
def test_pieces_give_what_the_whole_text_gives(text: str, words: list[str], size: int) -> None:
    """How the model's tokens fall must not matter."""
    shown, hit = run(text, words, size)
    assert (shown, hit) == run(text, words, 1)
    assert hit == any(word in text for word in words)
    assert text.startswith(shown)
    assert not any(word in shown for word in words)


def test_without_stop_words_all_passes_at_once() -> None:
    """The usual case costs nothing."""
    stop = StopWords([])
    assert [stop.feed("a"), stop.feed("b"), stop.finish()] == ["a", "b", ""]


def test_nothing_is_shown_after_a_hit() -> None:
    """The model may run on for a token or two."""
    stop = StopWords(["END"])
    assert [stop.feed("one END two"), stop.feed("three"), stop.finish()] == ["one ", "", ""]
