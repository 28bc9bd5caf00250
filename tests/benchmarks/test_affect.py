"""The measurement of affect: figures by hand, and a picture that is one."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from benchmarks.affect_meld import read_meld, weighted_f1, with_before
from benchmarks.affect_trust import TALKS, Talk, picture, show, talks
from roleagent.errors import InputError
from roleagent.types import Relationship
from tests.gnn.hearing import WordEmbedder, hearing

pytestmark = pytest.mark.xdist_group("torch")

HEADER = (
    "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime"
)
ROWS = (
    '1,"Oh, no.",Ann,sadness,negative,0,0,1,1,a,b',
    "2,What?,Ann,surprise,negative,0,1,1,1,a,b",
    "3,Well.,Bob,neutral,neutral,0,2,1,1,a,b",
    "4,Ha!,Bob,joy,positive,1,0,1,1,a,b",
)


def test_weighted_f1_by_hand():
    """Neutral 2 of 3 found without error: F1 0.8, weight 3/4; joy found twice for one: F1 2/3, weight 1/4."""
    wanted, found = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])
    assert weighted_f1(found, wanted) == pytest.approx(0.75 * 0.8 + 0.25 * 2 / 3)
    assert weighted_f1(wanted, wanted) == 1


def test_the_utterance_before_is_of_the_same_dialogue(tmp_path: Path):
    """The first one has none, and gets zeros."""
    path = tmp_path / "x.csv"
    path.write_text("\n".join((HEADER, *ROWS)) + "\n", encoding="utf-8")
    said = read_meld(path)
    assert said.texts[0] == "Oh, no."
    assert said.before.tolist() == [-1, 0, 1, -1]
    features = np.array([[1.0], [2.0], [3.0], [4.0]], np.float32)
    assert with_before(said, features).tolist() == [[1, 0, 0], [2, 1, 1], [3, 2, 0], [4, 0, 0]]
    with pytest.raises(InputError, match="Pass the folder of MELD"):
        read_meld(tmp_path / "y.csv")


def talk(user: str, *trust: float) -> Talk:
    after = [Relationship(trust=each) for each in trust]
    return Talk(language="en", user=user, said=["…"] * len(after), tones=(), after=after)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (talk("kind", 0.52, 0.65), True),
        (talk("kind", 0.4, 0.65), False),
        (talk("rude", 0.3, 0.2), True),
        (talk("rude", 0.45, 0.4), False),
        (talk("apologetic", 0.3, 0.42), True),
        (talk("apologetic", 0.3, 0.31), False),
        (talk("apologetic", 0.3, 0.7), False),
        (talk("mixed", 0.52, 0.4, 0.46), True),
        (talk("mixed", 0.5, 0.5), False),
    ],
)
def test_what_people_expect(held: Talk, expected: bool):
    """A talk in which nothing moves is no success."""
    assert held.is_as_expected() is expected


def test_every_talk_has_twelve_turns_in_both_languages(capsys: pytest.CaptureFixture[str]):
    """Four users each; the picture is XML with a line for each talk."""
    held = list(talks(WordEmbedder(), hearing(), TALKS))
    assert [(each.language, each.user) for each in held] == [
        (language, user) for language in ("en", "zh") for user in ("kind", "rude", "apologetic", "mixed")
    ]
    assert {len(each.said) for each in held} == {12}
    assert len(show(held)) == 8
    assert "en kind" in capsys.readouterr().out
    lines = ElementTree.fromstring(picture(held)).findall(".//{*}path/{*}title")
    assert len(lines) == 8
