"""What a tool found in this turn has to be used."""

from __future__ import annotations

from dataclasses import replace

import pytest

from roleagent.critics.looked_up import unused_result
from roleagent.critics.recollection import RecollectionCritic
from roleagent.types import Fact, Grounds

RESULT = "On Wednesday there are 9 boats, and the ferry rests."


@pytest.mark.parametrize(
    ("draft", "ok"),
    [
        ("Yes, you can still cross.", False),
        ("I could not say.", False),
        ("Only on Wednesday.", True),
        ("There will be nine.", True),
    ],
)
def test_a_result_is_used_or_told(make_scene, holmes, draft, ok) -> None:
    """An answer from the air is replaced by what was found."""
    scene = replace(make_scene(holmes, "can i still cross this week?"), looked_up=(RESULT,))
    verdict = RecollectionCritic().check(draft, scene, complete=True)
    assert verdict.ok is ok
    assert verdict.instead == ("" if ok else RESULT)


def test_data_is_not_quoted_to_the_user(make_scene, holmes) -> None:
    """The model has to put it into words; it is told what it missed."""
    scene = replace(make_scene(holmes, "can i cross?"), looked_up=('{"boats": 9, "ferry": "rests"}',))
    verdict = RecollectionCritic().check("Certainly you can.", scene, complete=True)
    assert (verdict.ok, verdict.instead) == (False, "")
    assert "rests" in verdict.reason


@pytest.mark.parametrize("result", ["", "x " * 300, "can i still cross"])
def test_a_result_that_tells_nothing_asks_for_nothing(make_scene, holmes, result) -> None:
    """Nothing, too much for one answer, or only the question's own words."""
    scene = replace(make_scene(holmes, "can i still cross this week?"), looked_up=(result,))
    assert unused_result("Certainly you can.", scene) == ""


def test_a_tool_called_in_vain_does_not_spoil_an_answer(make_scene, holmes) -> None:
    """The answer rests on a fact instead."""
    fact = Fact(id="tea", subject="holmes", relation="likes", object="oolong", text="Holmes likes oolong.")
    scene = replace(
        make_scene(holmes, "which tea do you like?"), looked_up=(RESULT,), grounds=Grounds(facts=(fact,))
    )
    assert unused_result("Oolong, always.", scene) == ""


def test_chinese_results_are_compared_by_pairs_of_characters(make_scene, holmes) -> None:
    """Numbers count as digits and as words."""
    scene = replace(make_scene(holmes, "渡船还走得成不？"), looked_up=("河水涨了，渡船停了，明天九点再来。",))
    assert unused_result("走得成。", scene)
    assert not unused_result("明天9点。", scene)
