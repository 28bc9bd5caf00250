"""Facts that surely answer, and drafts that tell something else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from roleagent.critics.known import sure_facts, tells
from roleagent.critics.recollection import RecollectionCritic
from roleagent.formats.load import load_persona
from roleagent.protocols import Scene
from roleagent.types import Fact, Grounds, Observation

HOLMES = load_persona("holmes")
PALL_MALL, BROTHER, VIOLIN = (
    HOLMES.graph.facts[each]
    for each in ("mycroft.lives_in.pall_mall", "holmes.sibling_of.mycroft", "holmes.plays.violin")
)
PLAYS = "What instrument do you play?"


def scored(fact: Fact, score: float) -> Fact:
    return replace(fact, score=score)


def scene_of(make_scene, said: str, *facts: Fact, **grounds: object) -> Scene:
    return replace(make_scene(HOLMES, said), grounds=Grounds(facts=facts, **grounds))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "facts", "sure"),
    [
        (PLAYS, [scored(VIOLIN, 0.9), scored(PALL_MALL, 0.1)], [VIOLIN]),
        (PLAYS, [scored(VIOLIN, 0.6)], []),
        (PLAYS, [scored(VIOLIN, 0.9), scored(PALL_MALL, 0.5)], []),
        ("Where does your brother live?", [scored(BROTHER, 0.9), scored(PALL_MALL, 0.8)], [PALL_MALL]),
        ("Where does your brother live? What?", [scored(PALL_MALL, 0.8)], [PALL_MALL]),
        ("Why do you play the violin?", [scored(VIOLIN, 0.9)], []),
        ("What do you play? And where do you live?", [scored(VIOLIN, 0.9)], []),
        ("I heard music.", [scored(VIOLIN, 0.9)], []),
        ("Are you playing an instrument at the moment?", [scored(VIOLIN, 0.9)], []),
    ],
)
def test_what_answers_is_sure_alone_or_at_the_end_of_its_way(make_scene, said, facts, sure):
    """A reason, a moment and two questions at once are more than one fact can answer."""
    assert [each.id for each in sure_facts(scene_of(make_scene, said, *facts), said)] == [
        each.id for each in sure
    ]


def test_what_is_over_is_quoted_with_its_time(make_scene):
    """Its sentence alone might be taken for what holds."""
    said = "Where did you live before Baker Street?"
    before = scored(HOLMES.graph.facts["holmes.lives_in.montague_street"], 0.9)
    bare = replace(before, text="Holmes lodges in Montague Street.")
    for fact, told in ((before, "Before 1881 I lodged"), (bare, "I lodge in Montague Street (until 1881).")):
        scene = scene_of(make_scene, said, fact)
        assert list(sure_facts(scene, said)) == [fact]
        verdict = RecollectionCritic().check("I do not know where I lived.", scene, complete=True)
        assert verdict.instead.startswith(told)


def test_what_began_and_ended_around_a_year_is_meant(make_scene):
    """Holmes lived in Baker Street then too, and was in Tibet."""
    said = "Where were you in 1892?"
    assert not sure_facts(scene_of(make_scene, "Where were you in 1920?", VIOLIN), "Where were you in 1920?")
    facts = (HOLMES.graph.facts[each] for each in ("holmes.lives_in.baker_street", "holmes.visited.tibet"))
    home, tibet = (scored(fact, 0.9) for fact in facts)
    assert list(sure_facts(scene_of(make_scene, said, home, tibet), said)) == [tibet]
    assert not sure_facts(scene_of(make_scene, "Where were you?", home, tibet), "Where were you?")


def test_who_denies_what_is_over_is_right(make_scene):
    """The fact held once."""
    said = "Who shares your rooms with you these days?"
    text = "Watson shares rooms with Sherlock Holmes."
    shared = Fact(id="f", subject="watson", relation="knows", object="holmes", text=text, score=0.6)
    for fact, ok in ((shared, False), (replace(shared, valid_to="1889"), True)):
        scene = scene_of(make_scene, said, fact)
        draft = "I share my rooms with nobody."
        assert RecollectionCritic().check(draft, scene, complete=True).ok is ok


def test_nothing_is_sure_beside_what_was_shown_or_looked_up(make_scene):
    """They may be what is asked about."""
    seen = Observation(kind="caption", text="a lute", source="x", attachment_id="a")
    scene = scene_of(make_scene, PLAYS, scored(VIOLIN, 0.9), observations=(seen,))
    assert not sure_facts(scene, PLAYS)
    assert not sure_facts(
        replace(scene_of(make_scene, PLAYS, scored(VIOLIN, 0.9)), looked_up=("A lute.",)), PLAYS
    )


def test_what_a_rule_speaks_of_may_be_kept(make_scene):
    """An author's rule goes before a ranker's probability."""
    scene = scene_of(make_scene, PLAYS, scored(VIOLIN, 0.9))
    shy = replace(scene.persona, rules=(*scene.persona.rules, "You never mention your violin."))
    assert sure_facts(scene, PLAYS)
    assert not sure_facts(replace(scene, persona=shy), PLAYS)


@pytest.mark.parametrize(
    "said",
    [
        "Do you play an instrument?",
        "Would you play me something?",
        "What should I play on the violin?",
        "If you played, what would it be?",
        "Where do you play?",
        "When do you play?",
    ],
)
def test_yes_or_no_suppositions_and_other_kinds_are_not_sure(make_scene, said):
    """Any words may answer them, or another fact."""
    assert not sure_facts(scene_of(make_scene, said, scored(VIOLIN, 0.95)), said)


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        ("The violin, badly.", True),
        ("I am a violinist of sorts.", True),
        ("A Stradivarius.", True),
        ("The flute.", False),
        ("I play.", False),
    ],
)
def test_a_draft_tells_a_fact_by_its_words(make_scene, draft, told):
    """A word of the question only says it back; a word of the same kin will do."""
    assert tells(draft, VIOLIN, PLAYS, scene_of(make_scene, PLAYS)) is told


@pytest.mark.parametrize(
    ("draft", "mild", "instead"),
    [
        ("I do not care for music.", False, "I play the violin"),
        ("I cannot say.", False, "I play the violin"),
        ("The flute, when I am tired.", True, ""),
    ],
)
def test_a_draft_that_tells_something_else_is_written_again_or_replaced(make_scene, draft, mild, instead):
    """A denial is replaced at once. Other words may be right in a way that no list knows: one more draft."""
    scene = scene_of(make_scene, PLAYS, replace(VIOLIN, text="Sherlock Holmes plays the violin.", score=0.9))
    verdict = RecollectionCritic().check(draft, scene, complete=True)
    assert not verdict.ok
    assert verdict.is_mild is mild
    assert verdict.instead.startswith(instead)
    assert verdict.evidence == (VIOLIN.id,)
    assert RecollectionCritic().check(draft, replace(scene, drafts_left=1), complete=True).ok is mild


@pytest.mark.parametrize(
    "draft", ["The violin.", "Do you mean in company?", "I would rather not say.", "Ah."]
)
def test_a_draft_that_tells_it_asks_back_or_declines_passes(make_scene, draft):
    """And one that only began is waited for."""
    scene = scene_of(make_scene, PLAYS, scored(VIOLIN, 0.9))
    assert RecollectionCritic().check(draft, scene, complete=draft != "Ah.").ok


def test_another_thing_of_the_kind_is_wrong_also_where_something_is_supposed(make_scene):
    """Whom else it may concern: the draft names what somebody else has."""
    said = "If I wanted to write to your brother, where would the letter go?"
    facts = scored(BROTHER, 0.9), scored(PALL_MALL, 0.9)
    assert not sure_facts(scene_of(make_scene, said, *facts), said)
    scene = scene_of(make_scene, said, *facts)
    another = RecollectionCritic().check("To Montague Street, I should say.", scene, complete=True)
    assert "Pall Mall" in another.instead
    for draft in ("To Pall Mall.", "Wherever the letter finds him idle."):
        assert RecollectionCritic().check(draft, scene, complete=True).ok
