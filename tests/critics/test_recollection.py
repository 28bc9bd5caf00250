"""A draft has to use what the character was told, and what it knows."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from roleagent.critics.recollection import RecollectionCritic
from roleagent.formats.load import load_persona
from roleagent.graph.graph import PersonaGraph
from roleagent.types import Episode, Fact, Grounds, Node, Owner, Thread

ANN = "The user is called Ann."
AT = datetime(2026, 1, 1, tzinfo=UTC)


def told(text: str, *, days: int = 0, score: float = 3.0, speaker: str = "user") -> Episode:
    thread = Thread(owner=Owner(persona_id="holmes", user_id="ada"), thread_id="first")
    at = AT + timedelta(days=days)
    return Episode(
        id=text,
        thread=thread,
        turn_id=text,
        speaker=speaker,
        text=text,
        at=at,
        score=score,  # type: ignore[arg-type]
    )


def verdict_on(make_scene, persona, said, draft, *episodes, facts=(), complete=True, drafts_left=2):
    grounds = Grounds(episodes=episodes, facts=facts)
    scene = replace(make_scene(persona, said), grounds=grounds, drafts_left=drafts_left)
    return RecollectionCritic().check(draft, scene, complete=complete)


@pytest.mark.parametrize(
    ("draft", "ok"),
    [
        ("Your dog is called Rex.", True),
        ("Rex, I believe.", True),
        ("I do not remember.", False),
        ("It is called Toby.", False),
        ("I have a dog of my own to look after here.", False),
    ],
)
def test_what_the_user_told_is_used_or_quoted(make_scene, holmes, draft, ok) -> None:
    """Not to remember is a fault while the user's own words lie there."""
    verdict = verdict_on(make_scene, holmes, "What is my dog called?", draft, told("My dog is called Rex."))
    assert verdict.ok is ok
    assert verdict.instead == ("" if ok else "You told me: “My dog is called Rex.”")
    assert verdict.evidence == (() if ok else ("My dog is called Rex.",))


@pytest.mark.parametrize(
    "asked", ["Tell me what you know of dogs.", "What is your dog called?", "说说你的狗。"]
)
def test_what_the_user_only_asked_is_not_what_they_told(make_scene, holmes, asked) -> None:
    """A request that is quoted back answers nothing."""
    assert verdict_on(make_scene, holmes, "What is my dog called?", "I do not remember.", told(asked)).ok


def test_of_two_that_bear_on_it_both_are_quoted_in_order(make_scene, holmes) -> None:
    """Either may hold the answer; the reader sees which came later."""
    old, new = told("I live in Oslo.", score=3), told("I have moved to Porto.", days=3, score=2.5)
    said = "Where do I live?"
    assert verdict_on(make_scene, holmes, said, "In Porto.", old, new).ok
    verdict = verdict_on(make_scene, holmes, said, "In Rome.", old, new)
    assert verdict.instead == "You told me: “I live in Oslo.”, and later: “I have moved to Porto.”"


def test_a_right_answer_stays_though_something_newer_is_near(make_scene, holmes) -> None:
    """The newest memory is not always the one that was asked for."""
    old, new = told("I live in Lewes.", score=3), told("I live very happily with my aunt.", days=3, score=2.5)
    assert verdict_on(make_scene, holmes, "Where do I live?", "You live in Lewes.", old, new).ok


@pytest.mark.parametrize(
    ("draft", "ok"), [("The zither.", False), ("The bagpipes, you said.", True), ("I cannot say.", False)]
)
def test_what_was_taken_back_is_no_answer(make_scene, holmes, draft, ok) -> None:
    """A later utterance that takes an earlier one back counts, even where the earlier one fits better."""
    old, new = (
        told("I practise the zither.", score=2),
        told("From the zither I changed to the bagpipes.", days=3),
    )
    new = replace(new, score=1.4)
    verdict = verdict_on(make_scene, holmes, "What do I practise in the evenings?", draft, old, new)
    assert verdict.ok is ok
    if not ok:
        assert verdict.instead == f"You told me: “{old.text}”, and later: “{new.text}”"


def test_small_talk_is_not_quoted_beside_what_was_asked_for(make_scene, holmes) -> None:
    """Of what was recalled by chance, nothing is quoted."""
    job, chat = told("People come to me for locks.", score=1.2), told("I walked here.", days=3, score=0.9)
    asked, draft = "What do I do for a living?", "I do not know."
    verdict = verdict_on(make_scene, holmes, asked, draft, job, chat, drafts_left=1)
    assert verdict.instead == "You told me: “People come to me for locks.”"


def test_when_two_things_may_be_meant_the_model_chooses_first(make_scene, holmes) -> None:
    """Neither shares a word with the question, so the first that recall found may be the wrong one."""
    job, chat = told("People come to me for locks.", score=1.2), told("I walked here.", days=3, score=0.9)
    verdict = verdict_on(make_scene, holmes, "What do I do for a living?", "I do not know.", job, chat)
    assert verdict.is_mild
    assert verdict.instead == ""
    assert "for locks.” or “I walked" in verdict.reason.replace(", or", " or")


def test_an_answer_with_what_was_told_stays_although_recall_found_another_first(make_scene, holmes) -> None:
    """The right answer must not be replaced by the wrong quotation."""
    stove, dairy = told("I lit the stove.", score=1.4), told("They took me on at the Marrowby.", score=0.9)
    draft = "You are employed at the Marrowby."
    assert verdict_on(make_scene, holmes, "At which house am I employed?", draft, stove, dairy).ok
    faint = told("They took me on at the Marrowby.", score=0.1)
    assert not verdict_on(make_scene, holmes, "At which house am I employed?", draft, stove, faint).ok


@pytest.mark.parametrize(
    "said",
    [
        "Bet you've forgotten my name.",
        "I told you what I am by trade. Well?",
        "I said whom I support. Whom?",
        "Let us see how well you listened: my home town?",
    ],
)
def test_indirect_questions_ask_for_the_users_own(make_scene, holmes, said) -> None:
    """People ask for what they told in many ways."""
    own = told("I am Ann of Ostuni, a saddler for Quimbel.", score=3)
    assert not verdict_on(make_scene, holmes, said, "I could not say.", own).ok


def test_of_a_long_message_only_what_bears_on_the_question_is_said_back(make_scene, holmes) -> None:
    """Nobody says a whole letter back."""
    letter = told(
        "The weather is fine.\n\n" * 20 + "My dog is called Rex, you know.\nIt rains. " * 3, score=3
    )
    verdict = verdict_on(make_scene, holmes, "What is my dog called?", "I could not say.", letter)
    assert verdict.instead == "You told me: “My dog is called Rex, you know.”"
    endless = told("My dog is called Rex " * 50, score=3)
    verdict = verdict_on(make_scene, holmes, "What is my dog called?", "I could not say.", endless)
    assert verdict.instead.endswith("My …”")
    assert len(verdict.instead) < 330


def test_a_hostile_message_costs_no_time(make_scene, holmes) -> None:
    """Only the end of a message is read for what it asks."""
    start = time.process_time()
    verdict_on(make_scene, holmes, "I what my " * 2_000, "No.", told("My dog is called Rex."))
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    "said",
    [
        "What is your dog called?",
        "Where should I go now?",
        "Tell me of your cases.",
        "I have a dog.",
        "Hello.",
    ],
)
def test_only_questions_about_the_user_are_held_to_it(make_scene, holmes, said) -> None:
    """Everything else may be answered as the character likes."""
    assert verdict_on(make_scene, holmes, said, "I cannot say at all.", told("My dog is called Rex.")).ok


def test_a_weak_memory_proves_nothing(make_scene, holmes) -> None:
    """What hardly bears on the question is no evidence."""
    weak = told("It rains a lot here.", score=0.3)
    assert verdict_on(make_scene, holmes, "What is my dog called?", "I do not remember.", weak).ok


def test_ignorance_of_a_fact_that_was_found_is_rejected(make_scene) -> None:
    """The fact stands in the notes: "I cannot say" is wrong, and so is another place."""
    persona = load_persona("holmes")
    found = replace(persona.graph.facts["mycroft.lives_in.pall_mall"], score=0.95)

    def judged(draft: str, fact: Fact = found):
        return verdict_on(make_scene, persona, "Where does your brother live?", draft, facts=(fact,))

    assert not judged("I do not know, I am afraid.").ok
    assert not judged("He lives in Montague Street, I believe.").ok
    assert "Pall Mall" in judged("I do not know, I am afraid.").instead
    assert judged("In Pall Mall, to be sure.").ok
    assert judged("I do not know, I am afraid.", replace(found, score=0.5)).ok


def test_chinese_questions_are_read_too(make_scene, wukong) -> None:
    """The same in Chinese."""
    said, words = "我的狗叫什么来着？", told("我家的狗叫旺财。")
    assert verdict_on(make_scene, wukong, said, "叫旺财。", words).ok
    rejected = verdict_on(make_scene, wukong, said, "俺老孙不记得了。", words)
    assert rejected.instead == "你跟我说过：“我家的狗叫旺财。”"


def test_a_short_first_sentence_decides_nothing(make_scene, holmes) -> None:
    """While the draft grows, "Certainly!" may lead to the answer."""
    words = told("My dog is called Rex.")
    assert verdict_on(make_scene, holmes, "What is my dog called?", "Certainly!", words, complete=False).ok


def learned(relation: str, text: str) -> Fact:
    return Fact(id=text, subject="user", relation=relation, object="x", text=text, layer="learned")


@pytest.mark.parametrize(
    ("said", "draft", "relation", "text", "instead"),
    [
        ("What is my name?", "It is Mr. Holmes.", "is_called", ANN, "You are called Ann."),
        ("Where do I live?", "In Baker Street.", "lives_in", "The user lives in Oslo.", "You live in Oslo."),
        ("Do you remember my name?", "You are Ann, of course.", "is_called", ANN, ""),
        ("What is your name?", "Sherlock Holmes.", "is_called", ANN, ""),
    ],
)  # fmt: skip
def test_what_was_learned_of_the_user_is_used(
    make_scene, holmes, said, draft, relation, text, instead
) -> None:
    """Their name stands in the graph, whatever the model makes of it."""
    grounds = Grounds(learned=(learned(relation, text),))
    scene = replace(make_scene(holmes, said), grounds=grounds)
    verdict = RecollectionCritic().check(draft, scene, complete=True)
    assert (verdict.ok, verdict.instead) == (not instead, instead)


def test_what_was_learned_of_a_chinese_user_is_used(make_scene, wukong) -> None:
    """The same in Chinese."""
    grounds = Grounds(learned=(learned("lives_in", "用户住在杭州。"),))
    scene = replace(make_scene(wukong, "我住在哪儿？"), grounds=grounds)
    verdict = RecollectionCritic().check("俺老孙是唐僧的大徒弟。", scene, complete=True)
    assert verdict.instead == "你住在杭州。"


# ── more than one thing asked for, and things said of the wrong one ──────────────────────────


def known(relation: str, node: str, text: str) -> Fact:
    return Fact(id=text, subject="user", relation=relation, object=node, text=text, layer="learned")


@pytest.mark.parametrize(
    ("draft", "ok"),
    [
        ("Miss Harper, of Winchester.", True),
        ("You are Violet Harper, I believe.", False),
        ("Yes, my name is Violet Harper, and I live in Winchester.", False),
        ("I do not remember your name.", False),
    ],
)
def test_all_that_they_ask_for_is_given_back_as_theirs(make_scene, holmes, draft, ok) -> None:
    """A small model answers "my name" with "my name": it is the user's, and so is the town."""
    facts = (
        known("is_called", "literal:Violet Harper", "The user is called Violet Harper."),
        known("lives_in", "place:Winchester", "The user lives in Winchester."),
    )
    nodes = (
        Node(id="literal:Violet Harper", type="name", label="Violet Harper"),
        Node(id="place:Winchester", type="place", label="Winchester"),
    )
    scene = make_scene(holmes, "Do you still remember my name, and which town I live in?")
    graph = PersonaGraph(nodes=[*holmes.graph.nodes.values(), *nodes], facts=[], relations={})
    scene = replace(scene, grounds=Grounds(learned=facts), graph=graph)
    verdict = RecollectionCritic().check(draft, scene, complete=True)
    assert verdict.ok is ok
    assert verdict.instead == ("" if ok else "You are called Violet Harper. You live in Winchester.")


@pytest.mark.parametrize(
    ("said", "draft", "ok"),
    [
        ("Who shares your rooms with you?", "I am not sharing my rooms with anyone.", False),
        ("Who shares your rooms with you?", "I share them with Watson.", True),
        ("Who shares your rooms and your breakfast on Sundays?", "Nobody shares my breakfast.", True),
        ("Do you share your rooms?", "I do not.", True),
    ],
)
def test_what_a_question_takes_for_granted_is_not_denied(make_scene, holmes, said, draft, ok) -> None:
    """A fact tells who it is; only a question that is about this very thing counts."""
    text = "Watson shares rooms with Sherlock Holmes."
    fact = Fact(id="f", subject="watson", relation="knows", object="holmes", text=text, score=0.9)
    verdict = verdict_on(make_scene, holmes, said, draft, facts=(fact,))
    assert verdict.ok is ok
    assert verdict.instead == ("" if ok else "Watson shares rooms with me.")


@pytest.mark.parametrize(
    ("asked", "draft", "mended"),
    [
        (
            "What did I say we named the cat?",
            "I said we named the cat Bonbon.",
            "You said you named the cat Bonbon.",
        ),
        (
            "Where did I say my journey leads?",
            "I said my journey leads to Rome. Far!",
            "You said your journey leads to Rome.",
        ),
        ("我说过我的猫叫什么？", "我说过我的猫叫雪球。", "你说过你的猫叫雪球。"),
    ],
)
def test_what_the_user_said_is_told_as_theirs(make_scene, holmes, wukong, asked, draft, mended):
    """It is turned round, and nothing else of the reply is lost."""
    persona = wukong if "我" in asked else holmes
    verdict = RecollectionCritic().check(draft, make_scene(persona, asked), complete=True)
    assert not verdict.ok
    assert verdict.repair == mended
    assert draft.startswith(verdict.quote)


@pytest.mark.parametrize(
    ("asked", "draft"),
    [
        ("What did I say we named the cat?", "You said it was Bonbon."),
        ("What did you tell Watson?", "I said my violin was out of tune."),
        ("Did I tell you of my cat?", "I said nothing of cats, I think."),
    ],
)
def test_what_the_character_said_stays(make_scene, holmes, asked, draft):
    verdict = RecollectionCritic().check(draft, make_scene(holmes, asked), complete=True)
    assert verdict.repair == ""
