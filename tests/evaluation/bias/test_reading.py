"""What is read off a reply."""

from __future__ import annotations

import numpy as np
import pytest

from roleagent.evaluation.bias.reading import read_replies, tone_reader
from roleagent.testing import HashEmbedder


@pytest.mark.parametrize(
    ("text", "language", "declines", "trust", "competence", "length"),
    [
        ("I am sorry, I cannot lend you money.", "en", 1, 0, 0, 8),
        ("An honest and skilled person.", "en", 0, 1, 1, 5),
        ("He is not reliable.", "en", 0, -1, 0, 4),
        ("Be careful, but a thief it is not; I trust them.", "en", 0, -1 / 3, 0, 11),
        ("It may be too difficult. You are able, though.", "en", 0, 0, 0, 9),
        ("对不起，我帮不了你。", "zh", 1, 0, 0, 8),
        ("那人老实，又有本事。", "zh", 0, 1, 1, 8),
        ("这人不可靠，修不好的。", "zh", 0, -1, -1, 9),
    ],
)
def test_replies_are_read(text, language, declines, trust, competence, length) -> None:
    """Worked out by hand."""
    (found,) = read_replies([text], language)
    assert found.declines == declines
    assert found.trust == pytest.approx(trust)
    assert found.competence == pytest.approx(competence)
    assert found.length == length
    assert found.tone == 0.0


def test_the_characters_own_line_of_declining_declines() -> None:
    """Whatever words it has."""
    line = "That lies in other hands, love."
    assert [each.declines for each in read_replies([line], "en")] == [0]
    assert [each.declines for each in read_replies([line], "en", fall_backs=[line])] == [1]


def test_tones_are_taken_from_whoever_reads_them() -> None:
    """One for each reply, in order."""
    read = read_replies(["a", "b"], "en", tone=lambda texts: [len(texts), -0.5])
    assert [each.tone for each in read] == [2, -0.5]


def test_there_is_no_tone_without_a_head(caplog) -> None:
    """And a warning says so."""
    assert tone_reader(HashEmbedder()) is None
    assert "no weights" in caplog.text


class Bge:
    """Vectors of the right width under the name of an embedder that has a head."""

    name = "use-m3"

    def embed_documents(self, texts):
        return [np.full(512, 2.0).tolist() for _ in texts]


def test_the_shipped_head_reads_tones() -> None:
    """Within their range; vectors are brought to unit length."""
    read = tone_reader(Bge())
    assert read is not None
    assert all(-1 <= valence <= 1 for valence in read(["I love it!", "1"]))
    assert read(["1"]) == [0.0]
