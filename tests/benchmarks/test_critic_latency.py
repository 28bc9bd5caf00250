"""What critics add is measured with drafts that they pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.critic_latency import LENGTHS, SENTENCES, _draft, _when_read
from roleagent.formats.load import load_persona
from roleagent.registry import find
from roleagent.testing.critics import a_scene
from roleagent.workflow.parts import DEFAULT_CRITICS


def test_when_a_sentence_can_be_read_is_when_its_last_word_is_shown():
    """Worked out by hand, whether it comes in words or whole."""
    draft = "One two. Three."
    words = [(1.0, "One"), (2.0, " two."), (3.0, " Three."), (4.0, "")]
    assert _when_read(words, draft, 0.5) == [1.5, 2.5]
    assert _when_read([(2.0, "One two."), (5.0, " Three.")], draft, 0.0) == [2.0, 5.0]


def test_drafts_have_their_length_and_differ():
    """The critic of repetition must find nothing."""
    assert _draft(1, LENGTHS["short"]) == " ".join(SENTENCES[1:4])
    assert _draft(0, LENGTHS["long"]) == " ".join(SENTENCES)
    assert len({_draft(number, 3) for number in range(12)}) == 12


@pytest.mark.parametrize("name", DEFAULT_CRITICS)
def test_the_critics_pass_what_the_scripted_model_writes(name: str):
    """A rejection would be measured as time."""
    persona = load_persona("holmes")
    scene = replace(
        a_scene("Good evening. How do you spend a quiet day?"), persona=persona, graph=persona.graph
    )
    assert find("critic", name)().check(" ".join(SENTENCES), scene, complete=True).ok
