"""What follows from several sessions, and from which episodes."""

from collections.abc import Sequence
from datetime import timedelta

from roleagent.graph.graph import PersonaGraph
from roleagent.memory.summaries.plan import (
    Finding,
    SummaryPolicy,
    as_summary,
    cut_sessions,
    findings,
)
from roleagent.store import EpisodeMark
from roleagent.types import STRANGER, Fact, Node, Relation
from tests.memory.summaries.talk import START, TALK

NODES = [
    Node(id="user", type="person", label="the user"),
    Node(id="lyon", type="place", label="Lyon"),
    Node(id="oslo", type="place", label="Oslo"),
    Node(id="milo", type="animal", label="Milo"),
]
POLICY = SummaryPolicy(min_sessions=3, reflection_sources=2)


def home(place: str, *evidence: str, since: str | None = None, until: str | None = None) -> Fact:
    return Fact(
        id=f"user.lives_in.{place}",
        subject="user",
        relation="lives_in",
        object=place,
        text=f"The user lives in {place.title()}.",
        layer="learned",
        valid_from=since,
        valid_to=until,
        evidence=evidence,
    )


def marks_on(*days: float, mentions: Sequence[str] = ()) -> list[EpisodeMark]:
    return [
        EpisodeMark(
            id=f"e{number}",
            thread=TALK,
            sight=STRANGER,
            at=START + timedelta(days=day),
            mentions=tuple(mentions),
        )
        for number, day in enumerate(days)
    ]


def found(
    marks: list[EpisodeMark], *facts: Fact, language: str = "en", nodes: Sequence[Node] = NODES
) -> list[Finding]:
    relations = {"lives_in": Relation(name="lives_in", text={"en": "{subject} lives in {object}."})}
    graph = PersonaGraph(nodes=list(nodes), facts=list(facts), relations=relations)
    sessions = cut_sessions(marks, pause=POLICY.pause, now=START + timedelta(days=99))
    return findings(graph, marks, sessions, POLICY, language=language)


MOVED = (
    home("lyon", "e0", until="2026-03-09"),
    home("oslo", "e1", since="2026-03-09"),
)


def test_a_change_is_told_with_the_episodes_of_both_facts() -> None:
    """The old one and the new one, as the graph says them."""
    [change] = found(marks_on(0, 7), *MOVED)
    assert change.text == (
        "Since 2026-03-09 it is so: “The user lives in Oslo.” Before, it was so: “The user lives in Lyon.”"
    )
    assert [mark.id for mark in change.sources] == ["e0", "e1"]
    [in_chinese] = found(marks_on(0, 7), *MOVED, language="zh")
    assert in_chinese.text.startswith("自2026-03-09起：")


def test_an_end_without_a_successor_is_told_alone() -> None:
    """A new fact of another day has nothing to do with it."""
    [end] = found(marks_on(0, 7), MOVED[0], home("oslo", "e1", since="2026-05-01"))
    assert end.text == "Since 2026-03-09 this holds no more: “The user lives in Lyon.”"


def test_what_no_episode_of_the_audience_told_is_not_told_to_it() -> None:
    """A change learned in confidence does not appear in what others may be given."""
    elsewhere = (home("lyon", "other", until="2026-03-09"), home("oslo", "secret", since="2026-03-09"))
    assert found(marks_on(0, 7), *elsewhere) == []
    assert found(marks_on(0, 7), MOVED[0], elsewhere[1])[0].text.startswith("Since 2026-03-09 this holds")


def test_what_is_named_in_several_sessions_is_counted_by_session() -> None:
    """Twice in one conversation is one; and only the latest episodes are named as sources."""
    assert found(marks_on(0, 0.01, 1, mentions=["milo"])) == []
    [often] = found(marks_on(0, 0.01, 1, 2, mentions=["milo"]))
    assert often.text == "Milo was spoken of in 3 conversations, from 2026-03-02 to 2026-03-04."
    assert [mark.id for mark in often.sources] == ["e2", "e3"]


def test_the_user_and_what_the_audience_may_not_know_are_not_counted() -> None:
    """A label that is not in the graph as this listener meets it would give it away."""
    assert found(marks_on(0, 1, 2, mentions=["user", "a secret node"])) == []


def test_the_same_sources_give_the_same_id_and_others_another() -> None:
    """Written twice, it is written once; and two findings of one episode stay two."""
    one, again = (as_summary(found(marks_on(0, 7), *MOVED)[0], now=START) for _ in range(2))
    end = as_summary(found(marks_on(0, 7), MOVED[0])[0], now=START)
    assert one == again
    assert one.level == "reflection"
    assert end.id != one.id
