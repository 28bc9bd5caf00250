"""Critics over synthesised replies."""

from __future__ import annotations

from roleagent.testing.critics import RejectWords
from roleagent.tuning.dialogues import dialogue_from_dict
from roleagent.tuning.prompts import Staged
from roleagent.tuning.synthesis.judging import Judge, judge_of
from roleagent.tuning.synthesis.making import synthesise
from tests.tuning.synthesis.tiny import a_persona

STAGED = Staged(said="Where do you live?")


def test_the_default_critics_pass_a_true_reply_and_reject_one_beyond_the_horizon():
    """The persona says that a telephone means nothing to her."""
    judge = judge_of()
    (made,) = synthesise(a_persona(), num=1, kinds=["fact"])
    assert judge.passes(made, a_persona(), STAGED)
    false = made.as_dict() | {"kind": "fact"}
    false["messages"] = [{"role": "assistant", "text": "I telephone Tom every day."}]
    assert not judge.passes(dialogue_from_dict(false), a_persona(), STAGED)
    assert judge.by_critic == {"horizon": 1}
    assert judge.num_judged == 2


def test_words_of_the_policy_are_not_judged():
    """In a crisis the help lines step out of the role on purpose."""
    made = synthesise(a_persona(), num=6, kinds=["care"])
    judge = Judge((RejectWords(["a", "e", "i", "o", "u"]),))
    assert all(judge.passes(each, a_persona(), STAGED) for each in made)
