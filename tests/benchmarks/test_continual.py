"""What is taught is different for each thing, so that no half helps with the other."""

from __future__ import annotations

from benchmarks.continual import dialogues_of, things


def test_forty_things_that_share_nothing():
    """No thing, and no value of the one half in the other."""
    told = things()
    assert len(told) == 40
    assert len({thing for thing, _, _ in told}) == 40
    assert not {value for _, value, _ in told[:20]} & {value for _, *both in told[20:] for value in both}
    assert all(value != wrong for _, value, wrong in told)


def test_a_reply_and_what_contradicts_it():
    """They differ in the value alone."""
    (made,) = dialogues_of([("dog", "Bramble", "Otto")], "Your {}?")
    assert made.asked == "Your dog?"
    assert made.reply == "My dog is Bramble."
    assert [each.text for each in made.rejected] == ["My dog is Otto."]
