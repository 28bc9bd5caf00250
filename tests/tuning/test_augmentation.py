"""Variants of a dialogue: other words of the user, the same reply."""

from __future__ import annotations

import logging
from collections import Counter

import pytest

from roleagent.errors import ConfigurationError
from roleagent.testing.fakes import ScriptedModel
from roleagent.tuning.augmentation import WAYS, augmented
from roleagent.tuning.dialogues import Dialogue, Message, Rejected
from roleagent.workflow.prompt_words import words_in

NOTES = "[What you know that may bear on what they say:\n- Geese bite.]\n\n"
TALK = Dialogue(
    messages=(
        Message(role="system", text="About you:\n- Orla fears geese.\n- Orla owns a mill."),
        Message(role="user", text="Good evening, whoever you may be."),
        Message(role="assistant", text="Evening.", learn=True),
        Message(role="user", text=f"{NOTES}Please tell me honestly whether anything frightens you today."),
        Message(role="assistant", text="Geese.", learn=True),
    ),
    kind="fact",
    grounded=True,
    rejected=(Rejected(text="Nothing.", fault="contradiction"),),
    note={"template": "7"},
)
OFFLINE = ("typo", "transcript", "code_switch", "facts")


def test_a_dialogue_is_followed_by_its_variants():
    """Only the user's last words change, or the facts; notes, replies and all the rest stay."""
    first, *variants = augmented([TALK], ways=OFFLINE, seed=1)
    assert first is TALK
    assert [each.note["augmented"] for each in variants] == [*OFFLINE]
    for each in variants:
        assert each.reply == TALK.reply
        assert (each.kind, each.grounded, each.rejected) == (TALK.kind, True, TALK.rejected)
        assert each.note["template"] == "7"
        assert each.messages[1].text == TALK.messages[1].text
        assert each.asked.startswith(NOTES)
        assert (each.asked != TALK.asked) != (each.system != TALK.system)


def test_earlier_replies_are_not_learned_twice():
    """The conversation before the variant is the same."""
    variants = list(augmented([TALK], ways=OFFLINE, seed=1))[1:]
    assert all([m.learn for m in each.messages] == [False] * 4 + [True] for each in variants)


def test_a_seed_gives_the_same_and_another_seed_others():
    """Whatever else is augmented with it."""
    alone = list(augmented([TALK], ways=OFFLINE, seed=1))
    other = Dialogue(messages=(Message(role="assistant", text="Hm."),))
    assert list(augmented([other, TALK], ways=OFFLINE, seed=1))[-len(alone) :] == alone
    assert list(augmented([TALK], ways=OFFLINE, seed=2)) != alone


def test_without_words_of_the_user_there_are_no_variants():
    """Silence cannot be misspelt."""
    silent = Message(role="user", text=words_in("en")["silent"])
    one = Dialogue(messages=(silent, Message(role="assistant", text="Well?")))
    assert list(augmented([one], ways=OFFLINE, seed=1)) == [one]


def test_what_the_model_does_not_give_is_counted(caplog: pytest.LogCaptureFixture):
    """And said in the log, for whoever does not count."""
    new = "Honestly now, tell me please if anything frightens you today."
    model, skipped = ScriptedModel([new, "No."]), Counter[str]()
    with caplog.at_level(logging.WARNING):
        made = list(augmented([TALK, TALK], ways=["paraphrase"], seed=1, model=model, skipped=skipped))
    assert [each.asked for each in made] == [TALK.asked, f"{NOTES}{new}", TALK.asked]
    assert skipped == {"paraphrase": 1}
    assert "no usable wording 1 times" in caplog.text


def test_unknown_ways_and_a_missing_model_are_refused_at_once():
    """Not after the first dialogue."""
    with pytest.raises(ConfigurationError, match="Did you mean 'typo'"):
        augmented([], ways=["typos"], seed=1)
    for way in set(WAYS) - set(OFFLINE):
        with pytest.raises(ConfigurationError, match="needs a chat model"):
            augmented([], ways=[way], seed=1)
