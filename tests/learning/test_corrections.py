"""Taking back, moving on and telling of former times, in both languages, end to end through the rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS
from roleagent.learning import PatternUpdater
from roleagent.learning.rules import applied
from roleagent.learning.updater import read_all_claims

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def after(*texts: str) -> PersonaGraph:
    """The graph after turns that are a day apart."""
    graph = PersonaGraph(nodes=(), facts=(), relations=CORE_RELATIONS)
    for number, text in enumerate(texts):
        at = START + timedelta(days=number)
        graph = applied(graph, PatternUpdater().propose(graph, text, at, ()), at=at)
    return graph


def live(graph: PersonaGraph, relation: str) -> list[str]:
    return sorted(graph.nodes[fact.object].label for fact in graph.values("user", relation))


@pytest.mark.parametrize(
    ("texts", "relation", "values"),
    [
        (("I live in Lille.", "Sorry, I meant Lyon, not Lille."), "lives_in", ["Lyon"]),
        (("I live in Lille.", "I said Lille but I meant Lyon."), "lives_in", ["Lyon"]),
        (("I live in Lille.", "That was wrong. I live in Lyon."), "lives_in", ["Lyon"]),
        (("I live in Rome.", "I moved to Lille.", "I was only joking about Lille."), "lives_in", ["Rome"]),
        (("My name is John.", "It's spelled Jon."), "is_called", ["Jon"]),
        (("I like tea.", "I never liked tea."), "likes", []),
        (("I work at Tesco.", "I left Tesco and joined Lidl."), "works_at", ["Lidl"]),
        (("I work at Tesco.", "I switched from Tesco to Lidl."), "works_at", ["Lidl"]),
        (("I work at Tesco.", "I got a new job at Lidl."), "works_at", ["Lidl"]),
        (("I work at Tesco.", "I also work at Lidl."), "works_at", ["Lidl", "Tesco"]),
        (("I live in Rome.", "I used to live in Oslo."), "lives_in", ["Rome"]),
        (("I live in Rome.", "I lived in Oslo from 2001 to 2004."), "lives_in", ["Rome"]),
        (("I live in Rome.", "I moved to Oslo in 2015."), "lives_in", ["Rome"]),
        (("I live in Rome.", "I live in a small flat."), "lives_in", ["Rome"]),
        (("I live in Rome.", "I meant well, not badly."), "lives_in", ["Rome"]),
        (("I like hiking.", "I love going hiking."), "likes", ["hiking"]),
        (("我住在里尔。", "我说错了，是里昂，不是里尔。"), "lives_in", ["里昂"]),
        (("我住在里尔。", "不是里尔，是里昂。"), "lives_in", ["里昂"]),
        (("我住在罗马。", "我以前住在里昂。"), "lives_in", ["罗马"]),
        (("我在京东工作。", "我从京东辞职了，现在在小米工作。"), "works_at", ["小米"]),
        (("我住在罗马。", "我2001年到2004年住在里昂。"), "lives_in", ["罗马"]),
        (("我喜欢爬山。", "我说过，我喜欢去爬山。"), "likes", ["爬山"]),
    ],
)
def test_what_holds_after_a_talk(texts, relation, values):
    """The present state is what a character speaks from."""
    assert live(after(*texts), relation) == values


def test_a_corrected_value_never_held():
    """Asked about a day before the correction, the graph knows only the right one."""
    graph = after("I moved to Lille.", "Sorry, I meant Lyon, not Lille.")
    assert live(graph.as_of(valid="2026-03-01"), "lives_in") == ["Lyon"]


def test_a_former_stay_has_its_dates():
    """The past is told by date, and the present begins after it."""
    graph = after("I live in Rome.", "I lived in Oslo from 2001 to 2004.")
    assert live(graph.as_of(valid="2002"), "lives_in") == ["Oslo"]
    assert live(graph.as_of(valid="2010"), "lives_in") == ["Rome"]


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("I've lived in Lyon since March 2019.", "2019-03", None),
        ("I've lived in Lyon for ten years.", "2016", None),
        ("I moved to Lyon two years ago.", "2024", None),
        ("Last year I moved to Lyon.", "2025", None),
        ("I moved to Lyon.", None, None),
        ("I lived in Lyon from 2010 to 2014.", "2010", "2014"),
        ("I lived in Lyon in 2012.", "2012", "2013"),
        ("I lived in Lyon until last year.", None, "2025"),
        ("I live in Lyon, and in 2010 my sister was born.", None, None),
        ("我从2019年开始住在里昂。", "2019", None),
        ("我去年搬到里昂了。", "2025", None),
        ("我2010年到2014年住在里昂。", "2010", "2014"),
    ],
)
def test_words_of_time_become_dates(text, since, until):
    """A date that is read wrongly makes a wrong history."""
    (claim,) = read_all_claims(text, date(2026, 11, 22))
    assert (claim.valid_from, claim.valid_to) == (since, until)


def test_a_time_to_come_says_nothing_of_now():
    """Next year's move has not happened."""
    claims = read_all_claims("I moved to Lyon in 2031.", date(2026, 11, 22))
    assert [claim.valid_from for claim in claims] == [None]
