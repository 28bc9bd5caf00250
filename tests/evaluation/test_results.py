"""Tallies, intervals and comparisons, by hand."""

from __future__ import annotations

import pytest

from roleagent.evaluation.results import (
    Result,
    Tally,
    by_kind,
    compare,
    consistency,
    repetition,
    retest,
    stability,
    summary,
    tally,
)


def result(right: bool, kind: str = "fact", **more: object) -> Result:
    """A result of which only this matters."""
    told = {"respondent": "ours", "scene": "s", "place": 0, "asked": "?", "text": "Yes, love."}
    return Result(**{**told, **more}, kind=kind, faults=() if right else ("No.",))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [  # (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n) with z = 1.96
        (8, 10, 0.4902, 0.9433),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (50, 100, 0.4038, 0.5962),
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_interval_is_wilsons(right: int, n: int, low: float, high: float):
    """It stays within 0 and 1, also where all or none are right."""
    assert Tally(right=right, n=n).interval == pytest.approx((low, high), abs=5e-5)


def test_a_tally_reads_as_a_line():
    """What the terminal shows."""
    assert str(Tally(right=8, n=10)) == "8/10 (80 %, 49–94)"
    assert str(Tally(right=0, n=0)) == "0/0 (0 %, 0–100)"


def test_a_summary_holds_every_figure():
    """The keys are documented; medians for times, means for tokens."""
    results = [
        result(True, seconds=1.0, first_token_s=0.5, prompt_tokens=100, output_tokens=4),
        result(False, seconds=3.0, first_token_s=0.7, prompt_tokens=300, output_tokens=8, place=1),
        result(True, "role", seconds=2.0, first_token_s=0.6, prompt_tokens=200, output_tokens=6, place=2),
    ]
    told = summary(results)
    assert (told["right"], told["n"], told["share"]) == (2, 3, 0.6667)
    assert told["by_kind"]["fact"] == {"right": 1, "n": 2, "share": 0.5, "interval": [0.0945, 0.9055]}
    assert told["by_kind"]["role"]["right"] == 1
    assert (told["seconds_per_turn"], told["first_token_s"]) == (2.0, 0.6)
    assert (told["prompt_tokens"], told["output_tokens"], told["words"]) == (200.0, 6.0, 2.0)
    assert summary([])["n"] == 0


def test_kinds_keep_the_order_of_the_suite():
    """A table that jumps around is hard to compare."""
    assert list(by_kind([result(True, "z"), result(True, "a"), result(True, "z")])) == ["z", "a"]
    assert tally([result(True), result(False)]) == Tally(right=1, n=2)


def test_stable_means_right_or_wrong_every_time():
    """Probes that were asked once say nothing of it."""
    results = [
        result(True, place=0, repeat=0), result(True, place=0, repeat=1),
        result(False, place=1, repeat=0), result(False, place=1, repeat=1),
        result(True, place=2, repeat=0), result(False, place=2, repeat=1),
        result(True, place=3, repeat=0),
    ]  # fmt: skip
    assert stability(results) == Tally(right=2, n=3)


def test_worse_means_that_the_intervals_do_not_overlap():
    """Continuous integration must not fail for one unlucky reply."""
    baseline = summary([result(True, place=place) for place in range(30)])
    ours = [result(place >= 15, place=place) for place in range(30)]
    assert [(change.kind, change.is_worse) for change in compare(ours, baseline)] == [
        ("all", True),
        ("fact", True),
    ]
    nearly = [result(place > 1, place=place) for place in range(30)]
    assert not any(change.is_worse for change in compare(nearly, baseline))
    assert [change.kind for change in compare([result(True, "role")], baseline)] == ["all"]
    assert compare(ours, {}) == []


def test_a_character_contradicts_itself_if_it_is_right_only_sometimes():
    """The same fact, asked several times in one scene; other scenes and facts do not count."""
    results = [
        result(True, scene="a", place=0, about=("x",)), result(True, scene="a", place=3, about=("x",)),
        result(True, scene="b", place=0, about=("x",)), result(False, scene="b", place=3, about=("x",)),
        result(False, scene="c", place=0, about=("x",)), result(False, scene="c", place=3, about=("x",)),
        result(True, scene="d", place=0, about=("x",)), result(False, scene="d", place=3, about=("y",)),
        result(True, scene="e", place=0), result(False, scene="e", place=3),
    ]  # fmt: skip
    assert consistency(results) == Tally(right=2, n=3)
    assert summary(results)["consistent"]["n"] == 3


def test_the_first_reply_of_each_conversation_counts_for_retest_stability():
    """What is asked twice in one conversation is a matter of consistency."""
    x = ("x",)
    results = [
        result(True, scene="a", place=0, about=x), result(False, scene="a", place=3, about=x),
        result(True, scene="a", place=6, session=1, about=x),
        result(True, scene="b", place=0, about=x), result(True, scene="b", place=3, about=x),
        result(False, scene="b", place=6, session=1, about=x),
        result(True, scene="c", place=0, about=x), result(True, scene="c", place=6, session=1, about=("y",)),
    ]  # fmt: skip
    assert retest(results) == Tally(right=1, n=2)
    assert consistency(results) == Tally(right=1, n=2)
    assert summary(results)["retest"] == summary(results)["consistent"]


def test_a_reply_repeats_if_it_holds_a_sentence_of_an_earlier_one():
    """Small models fall into a loop; a short greeting may come back, and other scenes do not count."""
    loop = "It is an old inn by the river."
    results = [
        result(True, text=f"Well. {loop}"),
        result(True, text=f"{loop} Come in!"),
        result(True, text="Well. Come in!"),
        result(True, text=loop, scene="another"),
        result(True, text=loop, repeat=1),
        result(True, text="我老家在花果山水帘洞。"),
        result(True, text="嘿嘿！我老家在花果山水帘洞。"),
    ]
    assert repetition(results) == Tally(right=2, n=7)
