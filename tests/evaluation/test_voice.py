"""Likeness to the persona's own utterances."""

from __future__ import annotations

import pytest
from langchain_core.embeddings import Embeddings

from roleagent.evaluation import Result, voice_of
from roleagent.evaluation.results import Tally, Voice, summary
from roleagent.evaluation.voice import other_voices, utterances_of
from roleagent.formats.load import load_persona
from tests.evaluation.cast import LONE, persona

OTHER = """\
roleagent: 1
id: other
name: Other
summary: You are somebody else.
greeting: How do you do, sir?
nodes: [{id: other, type: person, label: Other}]
"""


class Directions(Embeddings):
    """Love points one way, sir another, and everything else between them."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[2.0 * ("love" in text) + 1e-9, 3.0 * ("sir" in text)] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def said(*texts: str) -> list[Result]:
    """Replies."""
    told = {"respondent": "ours", "scene": "s", "kind": "fact", "asked": "?", "faults": ()}
    return [Result(text=text, place=place, **told) for place, text in enumerate(texts)]  # type: ignore[arg-type]


def test_likeness_is_the_mean_of_the_nearest_utterances():
    """Marta says "love" in all three of hers, the other one "sir" in the only one."""
    replies = said("Come in, my love.", "Very well, good sir.", "Yes.", "Well, love, come with sir.")
    voice = voice_of(replies, persona(), [persona(OTHER)], Directions())
    assert voice is not None
    # Cosines to (1, 0) and (0, 1): (1, 0), (0, 1), and for both words 2/√13 and 3/√13.
    assert voice.own == pytest.approx((1 + 0 + 0.5547) / 3, abs=1e-4)
    assert voice.others == pytest.approx((0 + 1 + 0.8321) / 3, abs=1e-4)
    assert voice.is_own == Tally(right=1, n=3)


def test_nothing_to_compare_is_no_voice():
    """No other persona, no utterances, or no reply long enough."""
    replies = said("Come in, my love.")
    assert voice_of(replies, persona(), [], Directions()) is None
    assert voice_of(replies, persona(LONE), [persona(OTHER)], Directions()) is None
    assert voice_of(said("Yes, love."), persona(), [persona(OTHER)], Directions()) is None


def test_the_figure_stands_in_the_summary():
    """It is no pass or fail, so it changes nothing else."""
    voice = Voice(own=0.5, others=0.25, is_own=Tally(right=1, n=2))
    told = summary(said("Come in, my love."), voice)
    assert told["voice"]["own"] == 0.5
    assert told["voice"]["is_own"]["right"] == 1
    assert "voice" not in summary(said("Come in, my love."))


def test_utterances_are_those_of_the_file():
    """Each once."""
    assert utterances_of(persona()) == [
        "Come in, love, and mind the step.",
        "There is, if you like the river for company, love.",
        "That is nothing I would know, love.",
    ]


def test_others_speak_the_same_language():
    """English replies are never nearest to Chinese utterances, which would prove nothing."""
    assert [each.name for each in other_voices(load_persona("holmes"))] == ["Michael Faraday", "Mira"]
    assert [each.language for each in other_voices(load_persona("sunwukong"))] == ["zh"]
    assert "Michael Faraday" in [each.name for each in other_voices(persona())]
