"""What a question takes for granted, and the graph does not bear out."""

from __future__ import annotations

import time
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks.role_worlds import make_character
from roleagent.critics.premises import PremiseCritic, doubts_about
from roleagent.critics.text import compile_pattern, read_table
from roleagent.evaluation.wordings import denials_in
from roleagent.formats.load import load_persona
from roleagent.formats.values import as_table
from roleagent.persona.build import build_persona
from roleagent.persona.view import view
from roleagent.types import Episode, Owner, Thread

DATA = Path(__file__).parent / "data"


def read_data(name: str) -> Any:
    return tomllib.loads((DATA / f"{name}.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def holmes():
    """The bundled one, of whom the graph holds more than a hundred facts."""
    return load_persona("holmes")


@pytest.fixture(scope="module")
def monkey():
    """The bundled Sun Wukong, who speaks Chinese."""
    return load_persona("sunwukong")


def doubts(make_scene, persona, said, **more):
    return doubts_about(said, make_scene(persona, said), **more)


@pytest.mark.parametrize(
    ("said", "note", "fact"),
    [
        ("How is your daughter Clara?", "no daughter", None),
        ("How's your sister Clara?", "no sister called Clara", "holmes.sibling_of.mycroft"),
        ("How is your wife?", "never married", "holmes.has_trait.bachelor"),
        ("Why did you marry Irene Adler?", "never married", "holmes.has_trait.bachelor"),
        ("You live in Paris, don't you?", "221B Baker Street", "holmes.lives_in.baker_street"),
        ("At nineteen, aren't you too young for this?", "forty-one", "holmes.aged.literal:41"),
        ("Why did you sell the lighthouse to the Danish brothers?", "sell the lighthouse", None),
        ("What was in the green trunk that you buried behind the mill?", "green trunk", None),
        ("Is your shoulder better since the camel bit you?", "camel", None),
        ("Where did you learn to play the xylophone?", "xylophone", None),
        ("Would you lend me your smartphone?", "smartphone", None),
    ],
)
def test_what_nothing_bears_out_is_doubted(make_scene, holmes, said, note, fact) -> None:
    """A false premise is the graph's to refuse: the model would play along."""
    found = doubts(make_scene, holmes, said)
    assert found
    assert note in found[0].note
    assert fact is None or fact in found[0].evidence


@pytest.mark.parametrize(
    "said",
    [
        "How is your brother Mycroft?",
        "Why do you play the violin?",
        "How did you survive the Reichenbach Falls?",
        "What happened after you came back from Tibet?",
        "Where were you born?",
        "Who is your mother?",
        "How did you meet Dr Watson?",
        "Good evening, Mr Holmes. I am Violet Hunter.",
        "My sister Clara has lost her dog in Lisbon.",
        "Do you remember what I told you about my dog Rex?",
        "What do you think of the weather?",
        "Why can't I take the hill road?",
        "What do you think of Napoleon?",
        "Have you read Plato?",
    ],
)
def test_what_is_known_or_told_of_oneself_is_not_doubted(make_scene, holmes, said) -> None:
    """A false alarm would have the character deny its own life."""
    assert not doubts(make_scene, holmes, said)


@pytest.mark.parametrize(
    ("said", "note"),
    [
        ("你外甥小红还好吗？", "外甥"),
        ("你为什么把金箍棒卖给了牛魔王？", "卖给"),
        ("你住在长安吧？", "花果山"),
        ("你弹的那琵琶是谁教的？", "琵琶"),
        ("把手机借我用用。", "手机"),
    ],
)
def test_chinese_premises_are_doubted(make_scene, monkey, said, note) -> None:
    """The same in Chinese."""
    found = doubts(make_scene, monkey, said)
    assert any(note in each.note for each in found)


@pytest.mark.parametrize(
    "said", ["你大闹天宫的时候怕不怕？", "你住的地方在哪里？", "你的师父是谁？", "你好！"]
)
def test_chinese_questions_are_not_doubted(make_scene, monkey, said) -> None:
    """Questions are no premises."""
    assert not doubts(make_scene, monkey, said)


def said_before(text: str, speaker: str = "user") -> Episode:
    thread = Thread(owner=Owner(persona_id="holmes", user_id="ada"), thread_id="first")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    who: Any = speaker
    return Episode(id=text, thread=thread, turn_id=text, speaker=who, text=text, at=at)


def test_what_the_talk_has_told_is_known(make_scene, holmes) -> None:
    """What the character said before, or the user told of themselves, is no false premise."""
    said = "Why did you sell the lighthouse to the Danish brothers?"
    for history in (
        [said_before("I sold the lighthouse to two Danish brothers.")],
        [said_before("I sold the lighthouse to two Danish brothers.", "persona")],
    ):
        assert not doubts(make_scene, holmes, said, history=history)


@pytest.mark.parametrize(
    ("said", "before"),
    [
        ("How is your daughter Clara?", "How is your daughter Clara?"),
        ("How is your daughter Clara?", "You have a daughter called Clara."),
        ("Why did you sell the lighthouse?", "Why did you sell the lighthouse?"),
        ("Would you lend me your smartphone?", "I know no smartphone."),
    ],
)
def test_asking_twice_makes_nothing_true(make_scene, holmes, said, before) -> None:
    """Neither the user's questions and claims nor the character's denials are evidence."""
    speaker = "persona" if before.startswith("I know no") else "user"
    history = [
        said_before(before, speaker),
        said_before("I know of no such thing, nor any daughter.", "persona"),
    ]
    assert doubts(make_scene, holmes, said, history=history)


@pytest.mark.parametrize(
    "said",
    [
        "Is it true that you are Mycroft's brother?",
        "What were you like at twenty?",
        "Have you been to Bond Street lately?",
        "What do you think of Edgar Allan Poe's Dupin?",
    ],
)
def test_names_and_ages_that_contradict_nothing_are_left_alone(make_scene, holmes, said) -> None:
    """A name that the graph does not know may still be known to the character."""
    assert not doubts(make_scene, holmes, said)


def test_a_true_value_in_fewer_words_is_true(make_scene) -> None:
    """Newington is Newington Butts."""
    assert not doubts(make_scene, load_persona("faraday"), "You were born in Newington, weren't you?")


@pytest.mark.parametrize(
    ("draft", "ok"),
    [
        ("I have no daughter.", True),
        ("You are mistaken, madam. I never had a child.", True),
        ("Clara? I have no daughter.", True),
        ("She is well, and sends her love.", False),
        ("Yes, she is with Mrs Hudson now. She will be back at nine.", False),
    ],
)
def test_a_draft_has_to_set_it_right(make_scene, holmes, draft, ok) -> None:
    """Going along is rejected, with what the character may say instead."""
    said = "How is your daughter Clara?"
    scene = make_scene(holmes, said)
    scene = replace(scene, grounds=replace(scene.grounds, doubts=doubts_about(said, scene)))
    verdict = PremiseCritic().check(draft, scene, complete=True)
    assert verdict.ok is ok
    assert ok or "daughter" in verdict.instead


def test_a_short_first_sentence_may_lead_to_a_denial(make_scene, holmes) -> None:
    """While a draft grows, a question or an address decides nothing."""
    said = "How is your daughter Clara?"
    scene = make_scene(holmes, said)
    scene = replace(scene, grounds=replace(scene.grounds, doubts=doubts_about(said, scene)))
    critic = PremiseCritic()
    assert critic.check("My dear sir.", scene, complete=False).ok
    assert not critic.check("She has grown so much this year.", scene, complete=False).ok


@pytest.mark.parametrize(
    ("said", "draft", "ok"),
    [
        ("Is it noisy where you live, over there in Palermo?", "No, it's not noisy in Palermo.", False),
        ("How much did you pay for the blind elephant in the end?", "A lot, but I didn't like it.", False),
        ("How much did you pay for the blind elephant in the end?", "I never paid for one.", True),
        ("Which smartphone would you recommend?", "I don't have one.", False),
        ("Which smartphone would you recommend?", "The word means nothing to me.", True),
    ],
)
def test_a_no_about_something_else_is_no_denial(make_scene, holmes, said, draft, ok) -> None:
    """A sentence that swallows the premise may well hold a "not"."""
    scene = make_scene(holmes, said)
    scene = replace(scene, grounds=replace(scene.grounds, doubts=doubts_about(said, scene)))
    assert scene.grounds.doubts
    assert PremiseCritic().check(draft, scene, complete=True).ok is ok


# ── strangers' wordings ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("persona", "said", "named"),
    [
        (persona, said, named)
        for persona, by_language in read_data("false_premises").items()
        for rows in by_language.values()
        for said, named in rows
    ],
)
def test_each_trigger_of_a_presupposition_is_seen(make_scene, persona, said, named) -> None:
    """Possessives, names, verbs of change, wh-questions, clefts, ages, places: not a list of wordings."""
    found = doubts(make_scene, load_persona(persona), said)
    assert found
    assert named in found[0].note + found[0].answer


@pytest.mark.parametrize("persona", ["holmes", "faraday", "mira", "sunwukong", "an invented one"])
def test_ordinary_questions_are_not_doubted(make_scene, persona) -> None:
    """Habits, likes, suppositions, advice, the world, the user and small talk: a false alarm is the worse."""
    invented = persona == "an invented one"
    loaded = view(make_character(15, seed=1) if invented else load_persona(persona)).persona
    language = "chinese" if loaded.language.startswith("zh") else "english"
    asked = read_data("ordinary")[language]
    assert [said for said in asked if doubts(make_scene, loaded, said)] == []


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("Why did you sell the old lighthouse last year?", "never sold any old lighthouse."),
        ("Since you buried the green trunk, have you slept well?", "never buried any green trunk."),
        ("What did the sailor offer you for the silver anchor?", "silver anchor."),
        ("Do you regret pushing the baker into the vat?", "pushing the baker into the vat"),
        ("How is your daughter?", "no daughter."),
    ],
)
def test_a_refusal_names_what_it_refuses(make_scene, holmes, said, answer) -> None:
    """A denial of just anything reads as if the character had not listened."""
    assert answer in doubts(make_scene, holmes, said)[0].answer


def test_two_refusals_in_a_row_are_not_the_same_words(make_scene, holmes) -> None:
    """What was said in the last replies is not said again while there are other words."""
    said = "How is your daughter?"
    first = doubts(make_scene, holmes, said)[0].answer
    second = doubts(make_scene, holmes, said, history=[said_before(first, "persona")])[0].answer
    assert first != second


@pytest.mark.parametrize("language", ["english", "chinese"])
def test_every_refusal_counts_as_one(language) -> None:
    """The critic and the checks of a suite both have to see that it refuses."""
    table = read_table("premises")[language]
    values = dict.fromkeys(("kin", "name", "quote", "thing"), "trunk" if language == "english" else "阿德")
    event = {"event": "sold any trunk" if language == "english" else "卖掉灯塔"}
    patterns, _ = denials_in(language[:2].replace("ch", "zh"))
    seen = [*table["denials"]["patterns"], *table["denials"]["puzzled"], *patterns]
    for kind, answers in table["answers"].items():
        for answer in answers:
            words = answer.format(**{**values, **event})
            assert any(compile_pattern(each, {}).search(words) for each in seen), (kind, words)


@pytest.mark.parametrize("piece", ["you ", "did you sell the ", "your own ", "Mr Aa ", "since you had ", "A"])
def test_a_hostile_message_is_read_fast(make_scene, holmes, piece) -> None:
    """Patterns are bounded, and only the beginning of a message is read."""
    doubts(make_scene, holmes, piece)
    start = time.perf_counter()
    doubts(make_scene, holmes, (piece * 20_000)[:20_000])
    assert time.perf_counter() - start < 2.0


@pytest.mark.parametrize(
    ("said", "is_doubted"),
    [
        ("How is your husband today?", True),
        ("Will Emil join us tonight?", True),
        ("Does Emil come home late?", True),
        ("When did your husband die?", False),
        ("What was your husband like?", False),
        ("Do you still think of Emil?", False),
        ("How is your cat?", False),
        ("How is your spaniel?", False),
        ("How is your dog?", False),
        ("How is your parrot?", True),
        ("Why did you stop teaching?", True),
        ("Why did you become a teacher?", False),
        ("Why did you leave the house so early this morning?", False),
        ("Why do you hate Schubert?", True),
        ("Why do you love Schubert?", False),
        ("Do you hate Schubert?", False),
        ("When did you open the inn by the sea?", True),
        ("Do you still want to open an inn by the sea?", False),
        ("You look splendid for ninety!", True),
        ("How does it feel to be sixty-two?", False),
        ("Will you dance when you turn seventy?", False),
    ],
)
def test_facts_that_say_otherwise(make_scene, said, is_doubted) -> None:
    """The dead do nothing today, a goal is not reached, a trade goes on, a spaniel is a dog."""
    assert bool(doubts(make_scene, teacher(), said)) is is_doubted


@pytest.mark.parametrize(
    ("said", "is_doubted"),
    [
        ("How is your wife keeping?", True),
        ("Will your wife come to the fair?", True),
        ("What was your wife like?", False),
        ("That boy of yours must be tall by now.", True),
        ("That girl of yours must be tall by now.", False),
    ],
)
def test_a_dead_wife_and_a_son_that_is_none(make_scene, said, is_doubted) -> None:
    """Whoever is called by kin, or by "that boy of yours", is looked up too."""
    nodes = [
        {"id": "halvard", "type": "person", "label": "Halvard"},
        {"id": "borghild", "type": "person", "label": "Borghild"},
        {"id": "ragna", "type": "person", "label": "Ragna"},
    ]
    edges = [
        {"source": "halvard", "relation": "married_to", "target": "borghild"},
        {"source": "borghild", "relation": "died_on", "value": "1929",
         "text": "Halvard's wife Borghild died."},
        {"source": "halvard", "relation": "parent_of", "target": "ragna",
         "text": "Ragna is Halvard's daughter."},
    ]  # fmt: skip
    table = {
        "roleagent": 1, "id": "halvard", "name": "Halvard", "summary": "You are Halvard, a captain.",
        "nodes": nodes, "edges": edges,
    }  # fmt: skip
    persona = build_persona(as_table(table), source="halvard")
    assert bool(doubts(make_scene, persona, said)) is is_doubted


@pytest.mark.parametrize(
    "said",
    ["你的骡子叫什么？", "你这身赶马的功夫是跟谁学来的？", "你腰里那把刀挺亮，哪来的？"],
)
def test_what_is_told_in_passing_is_not_doubted(make_scene, said) -> None:
    """Mules that are told of in passing, a trade in other words, a knife that is pointed at."""
    table = {
        "roleagent": 1, "id": "luo", "name": "罗大川", "language": "zh",
        "summary": "你是罗大川，带着三十二匹骡马走茶马古道。",
        "nodes": [
            {"id": "luo", "type": "person", "label": "罗大川"},
            {"id": "mu", "type": "person", "label": "木老四"},
            {"id": "dao", "type": "artifact", "label": "一把藏刀"},
            {"id": "bao", "type": "animal", "label": "黑豹"},
        ],
        "edges": [
            {"source": "luo", "relation": "student_of", "target": "mu",
             "text": "罗大川赶马的本事是木老四教的，折过七匹骡子。"},
            {"source": "luo", "relation": "owns", "target": "dao"},
            {"source": "luo", "relation": "has_pet", "target": "bao"},
        ],
    }  # fmt: skip
    assert not doubts(make_scene, build_persona(as_table(table), source="luo"), said)


def teacher():
    nodes = [
        {"id": "otti", "type": "person", "label": "Otti Kern"},
        {"id": "emil", "type": "person", "label": "Emil Kern", "aliases": ["Emil"]},
        {"id": "piano", "type": "occupation", "label": "piano teacher"},
        {"id": "rex", "type": "animal", "label": "Rex", "description": "An old spaniel."},
        {"id": "mog", "type": "animal", "label": "Mog", "description": "A grey cat."},
        {"id": "schubert", "type": "topic", "label": "Schubert"},
        {"id": "inn", "type": "goal", "label": "to open an inn by the sea"},
    ]
    edges = [
        {"source": "otti", "relation": "born_on", "value": "1900-05-01"},
        {"source": "otti", "relation": "works_as", "target": "piano"},
        {"source": "otti", "relation": "has_pet", "target": "rex"},
        {"source": "otti", "relation": "has_pet", "target": "mog"},
        {"source": "otti", "relation": "likes", "target": "schubert"},
        {"source": "otti", "relation": "has_goal", "target": "inn"},
        {"source": "otti", "relation": "married_to", "target": "emil", "valid_from": "1925",
         "valid_to": "1951", "text": "Otti was married to Emil Kern, who died in 1951."},
    ]  # fmt: skip
    return build_persona(
        as_table(
            {
                "roleagent": 1, "id": "otti", "name": "Otti Kern", "summary": "You are Otti Kern, a teacher.",
                "horizon": {"until": "1962-06-01"}, "nodes": nodes, "edges": edges,
            }
        ),
        source="otti",
    )  # fmt: skip
