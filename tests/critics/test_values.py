"""Genders and names agree however they are written."""

from __future__ import annotations

from roleagent.critics.agreement import genders_agree, names_agree


def test_genders_and_names_agree_across_wordings() -> None:
    """A title or a missing first name changes nobody."""
    assert genders_agree("gentleman", "男") is True
    assert genders_agree("a woman", "male") is False
    assert genders_agree("fine", "male") is None
    assert names_agree("Mr Holmes", "Sherlock Holmes")
    assert names_agree("悟空", "孙悟空")
    assert not names_agree("Mycroft Holmes", "Sherlock Holmes")
    assert not names_agree("42", "Sherlock Holmes")
