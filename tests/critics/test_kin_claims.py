"""What a draft says of the character's family is held against the graph."""

from __future__ import annotations

import pytest

from roleagent.critics.consistency import ConsistencyCritic
from roleagent.formats.load import load_persona

HOLMES, WUKONG = load_persona("holmes"), load_persona("sunwukong")


@pytest.mark.parametrize(
    ("draft", "evidence"),
    [
        ("I live with my mother, Mrs Hudson.", "mrs_hudson.landlady_of.holmes"),
        ("My father is Dr John Watson.", "holmes.friend_of.watson"),
        ("Watson is my father.", "holmes.friend_of.watson"),
        ("I am the only child of a country squire.", "holmes.sibling_of.mycroft"),
        ("My brother Mycroft lodges in Pall Mall.", ""),
        ("Mycroft is my brother.", ""),
        ("My mother never spoke of it.", ""),
        ("Suppose Watson were my father.", ""),
        ("Is Watson my father?", ""),
        ("He said: “Watson is my father.”", ""),
        ("My uncle Ebenezer kept bees.", ""),
        ("My brother and Watson agree.", ""),
        ("My friend Watson is a doctor, and my brother is not.", ""),
        ("My brother, Watson tells me, is late.", ""),
        ("Watson, my brother is coming.", ""),
        ("My mother, Watson, died young.", ""),
        ("Mrs Hudson, my brother and I dined together.", ""),
        ("To my brother Watson is only a doctor.", ""),
        ("I told Watson my brother lodges in Pall Mall.", ""),
        ("Watson is my brother in all but blood.", ""),
        ("I am an only child no longer.", ""),
        ("Watson is not my father.", ""),
    ],
)
def test_relatives_are_those_of_the_graph(make_scene, draft: str, evidence: str):
    """Who is known as somebody else is no relative; who is not known may be one."""
    verdict = ConsistencyCritic().check(
        draft, make_scene(HOLMES, "Tell me about your family."), complete=True
    )
    assert verdict.ok is not bool(evidence), verdict
    assert not evidence or any(evidence in each for each in verdict.evidence), verdict.evidence


def test_nobody_is_their_own_brother(make_scene):
    """A small model mixes up who is asked about."""
    scene = make_scene(HOLMES, "You have a brother, have you not? Who is he?")
    verdict = ConsistencyCritic().check("Yes, I am my brother, Mycroft Holmes.", scene, complete=True)
    assert not verdict.ok
    assert verdict.quote == "I am my brother"


@pytest.mark.parametrize(
    ("draft", "ok"),
    [
        ("唐僧是我的父亲。", False),
        ("我的哥哥是猪八戒。", False),
        ("唐僧是我的师父。", True),
        ("唐僧不是我父亲。", True),
        ("唐僧好比是我的父亲。", True),
        ("我的兄弟八戒又饿了。", True),
    ],
)
def test_chinese_relatives_too(make_scene, draft: str, ok: bool):
    """The words for kin stand on either side of the name."""
    verdict = ConsistencyCritic().check(draft, make_scene(WUKONG, "说说你的家人。"), complete=True)
    assert verdict.ok is ok, verdict
