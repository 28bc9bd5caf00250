"""The manner of a draft: no assistant's or narrator's voice, no tiresome habits, and no false alarms."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from roleagent.critics.style import StyleCritic
from roleagent.persona.persona import Example
from roleagent.testing.critics import check_critic
from roleagent.types import Episode, Grounds, Owner, Thread

THREAD = Thread(owner=Owner(persona_id="holmes", user_id="ada"), thread_id="first")
AT = datetime(2026, 1, 1, tzinfo=UTC)


def talk(*texts: str) -> tuple[Episode, ...]:
    """Utterances of the user and the character in turn."""
    return tuple(
        Episode(
            id=str(number),
            thread=THREAD,
            turn_id=str(number // 2),
            speaker="persona" if number % 2 else "user",
            text=text,
            at=AT,
        )
        for number, text in enumerate(texts)
    )


def replies(*texts: str) -> tuple[Episode, ...]:
    """Replies of the character, each to another remark."""
    return talk(*(part for number, text in enumerate(texts) for part in (f"Remark {number}.", text)))


def judge(scene, draft: str):
    return StyleCritic().check(draft, scene, complete=True)


VOICES = [
    "I see. Feel free to ask if you have other doubts.",
    "It is in the drawer. Is there anything else I can help you with?",
    "Please don't hesitate to reach out.",
    "Great question! The boots tell me.",
    "Certainly! Here is what I found in the ash.",
    "Here are some tips for a better sleep.",
    "It's important to note that fog is wet.",
    "In conclusion, the butler did it.",
    "As a detective, I would recommend rest.",
    "I would recommend seeking the help of a doctor.",
    "I don't have enough information.",
    "Could you please provide more context?",
    "我明白了。请随时告诉我。",
    "很高兴为您服务。",
    "好的，以下是我的看法。",
    "这是一个非常好的问题。",
    "综上所述，凶手是管家。",
    "作为一名侦探，我可以为您提供线索。",
    "我没有足够的信息。",
]


@pytest.mark.parametrize("draft", VOICES)
def test_an_assistants_voice_is_rejected(make_scene, holmes, draft) -> None:
    """None of these is an admission of being a machine, so that the critic `role` lets them pass."""
    assert not judge(make_scene(holmes), draft).ok


@pytest.mark.parametrize("draft", VOICES)
def test_an_assistant_may_speak_as_one(make_scene, holmes, draft) -> None:
    """Whoever is declared to be a machine or an assistant has that voice by right."""
    helper = replace(holmes, summary="You are Ada, the customer-support assistant of Acme Bank.")
    robot = replace(holmes, summary="You are Seven, an android on a cargo ship.")
    assert judge(make_scene(helper), draft).ok
    assert judge(make_scene(robot), draft).ok


@pytest.mark.parametrize(
    ("asked", "draft"),
    [
        ("May I ask you something?", "Ask, and feel free to smoke."),
        ("Where is it?", "Certainly. Here, on the table."),
        ("Is it far?", "That is a good question, and the cabman could tell you."),
        ("What did you see?", "I had too little information then. Wiggins brought me more."),
        ("Who was that?", "As a boy I knew him well."),
        ("What should I do?", "Lock your door tonight. I would recommend the back stairs."),
        ("再见！", "总之，路上小心。"),
        ("你怎么看？", "这个问题好！俺也想知道。"),
        ("Do you never rest?", 'One letter ended: "Please feel free to ask for anything." I burned it.'),
    ],
)
def test_what_a_person_says_is_no_assistants_voice(make_scene, holmes, asked, draft) -> None:
    """The same words in a person's mouth."""
    assert judge(make_scene(holmes, asked), draft).ok


@pytest.mark.parametrize(
    "draft",
    ["Do this:\n1. Lock the door.\n2. Wait.", "- The boot.\n- The thumb.", "首先，锁门。其次，等我。"],
)
def test_small_talk_is_not_answered_in_points(make_scene, holmes, draft) -> None:
    """Who asks for a list gets one, and a character that writes lists may go on."""
    assert not judge(make_scene(holmes, "I slept badly."), draft).ok
    assert judge(make_scene(holmes, "Give me a list of what to do."), draft).ok
    assert judge(make_scene(replace(holmes, greeting="1. Sit.\n2. Speak.")), draft).ok


@pytest.mark.parametrize(
    "draft",
    [
        "Holmes smiled and lit his pipe.",
        'Sherlock Holmes said: "Come in."',
        '"Come in," said Holmes.',
        "Holmes's eyes narrowed.",
        '"Did you break it?" Mrs. Hudson: "Yes, I did."',
    ],
)
def test_a_character_does_not_tell_of_itself_as_a_narrator(make_scene, holmes, draft) -> None:
    """A character whose own texts are told so may, and so may one whose user tells so."""
    assert not judge(make_scene(holmes), draft).ok
    told = Example(user="Hello.", reply='"Sit down," he said. *He lights his pipe.*')
    assert judge(make_scene(replace(holmes, examples=(told,))), draft).ok


def test_chinese_narration(make_scene, wukong) -> None:
    """The novel's own way to open a speech is not the character's."""
    assert not judge(make_scene(wukong, "你好"), f"{wukong.name}笑道：“俺来也。”").ok
    assert judge(make_scene(wukong, "你好"), "八戒笑道：“哥哥来也。”").ok


@pytest.mark.parametrize(
    ("asked", "draft", "ok"),
    [
        ("How do you spend the winter?", "In the fog. Holmes never sleeps when it snows.", False),
        ("Who is Holmes?", "Holmes is the man to whom you are speaking.", True),
        ("What is your name?", "Sherlock Holmes is my name.", True),
        ("Tell me a fact.", "Holmes has a brother.", True),
        ("How do you spend the winter?", "Watson never sleeps when it snows.", True),
    ],
)
def test_who_is_spoken_to_says_i(make_scene, holmes, asked, draft, ok) -> None:
    """Unless it was asked about by its name."""
    assert judge(make_scene(holmes, asked), draft).ok is ok


@pytest.mark.parametrize(
    ("mark", "asked_for"),
    [
        ("Come in! 😊", "Use an emoji."),
        ("Done. #mystery", "Add a hashtag."),
        ("**So** it is.", "In bold."),
    ],
)
def test_marks_that_the_characters_texts_lack(make_scene, holmes, mark, asked_for) -> None:
    """Each may be used by a character that does, by one told to, and for a user who asks."""
    assert not judge(make_scene(holmes), mark).ok
    assert judge(make_scene(holmes, asked_for), mark).ok
    assert judge(make_scene(replace(holmes, greeting=mark)), mark).ok
    assert judge(make_scene(replace(holmes, speech=(asked_for,))), mark).ok
    assert not judge(make_scene(replace(holmes, speech=("No emoji, no hashtags, never bold.",))), mark).ok


def test_a_persona_without_texts_has_no_marks_to_compare(make_scene, holmes) -> None:
    """Nothing is known of how it writes."""
    silent = replace(holmes, greeting="", greetings=(), examples=(), fall_backs=())
    assert judge(make_scene(silent), "Come in! 😊").ok


OPENED = replies("Ah, my dear fellow, what fog!", "Ah, my dear fellow, sit down.")


@pytest.mark.parametrize(
    ("draft", "ok"),
    [
        ("Ah, my dear fellow, you are wet. Sit.", False),
        ("ah my dear madam, you are wet.", False),
        ("Ah, my good man, you are wet.", True),
        ("Sit down.", True),
    ],
)
def test_three_replies_do_not_open_the_same(make_scene, holmes, draft, ok) -> None:
    """Three words are enough to notice."""
    verdict = judge(replace(make_scene(holmes), history=OPENED), draft)
    assert verdict.ok is ok
    assert ok or verdict.quote.casefold().replace(",", "").startswith("ah my dear")


def test_two_openings_alike_are_no_habit(make_scene, holmes) -> None:
    """Neither is a reply to the same question, or a line of declining."""
    draft = "Ah, my dear fellow, you are wet."
    assert judge(replace(make_scene(holmes), history=OPENED[2:]), draft).ok
    assert judge(replace(make_scene(holmes, "Remark 1."), history=OPENED), draft).ok
    declines = replace(holmes, fall_backs=(draft,))
    assert judge(replace(make_scene(declines), history=OPENED), draft).ok


def test_chinese_openings_count_by_characters(make_scene, wukong) -> None:
    """Four characters; an interjection alone is a manner of speaking."""
    scene = make_scene(wukong, "下雨了。")
    before = talk("你好", "嘿嘿，小施主，坐！", "我来了", "嘿嘿，小施主，喝茶！")
    assert not judge(replace(scene, history=before), "嘿嘿，小施主，避一避。").ok
    assert judge(replace(scene, history=before), "嘿嘿，避一避。").ok


def test_not_every_turn_ends_with_a_question(make_scene, holmes) -> None:
    """The fourth in a row is too much, unless the character's own texts end so."""
    before = replies("Sit. Are you wet?", "Is it far?", "And then?”")
    scene = replace(make_scene(holmes, "I came by train."), history=before)
    assert not judge(scene, "I see. Was it late?").ok
    assert judge(scene, "I see. It was late.").ok
    assert judge(replace(scene, history=before[2:]), "I see. Was it late?").ok
    asks = replace(
        holmes, greeting="Who are you?", examples=(Example(user="I am Jo.", reply="Well, what is it?"),)
    )
    assert judge(replace(scene, persona=asks), "I see. Was it late?").ok


@pytest.mark.parametrize(
    ("said", "draft", "ok"),
    [
        ("My old neighbour sings in the night.", "Your old neighbour sings in the night.", False),
        ("I lost my gloves in the omnibus.", "You lost your gloves in the omnibus.", False),
        ("What do you think of the police?", "I think of the police.", False),
        ("我昨天在公园丢了手套。", "你昨天在公园丢了手套。", False),
        ("我昨天在公园丢了手套。", "好的，你昨天在公园丢了手套。", False),
        ("I lost my gloves in the omnibus.", "I see. You lost your gloves in the omnibus.", False),
        ("I lost my gloves in the omnibus.", "You lost your gloves? In the omnibus?", True),
        ("I lost my gloves in the omnibus.", "You lost your gloves in the omnibus, and found a thief.", True),
        ("I lost my gloves.", "Your gloves.", True),
        ("Do you like the sound of rain?", "I like the sound of rain.", True),
        ("Where does the last train go?", "I do not know where the last train goes.", True),
        ("Repeat after me: I lost my gloves in the omnibus.", "I lost my gloves in the omnibus.", True),
        ("你喜欢下雨天的声音吗？", "我喜欢下雨天的声音。", True),
        ("Thank you very much, sir.", "Thank you very much, sir.", True),
    ],
)
def test_the_users_own_words_are_no_reply(make_scene, holmes, said, draft, ok) -> None:
    """Short acknowledgements, answers to a yes-or-no question and refusals pass."""
    assert judge(make_scene(holmes, said), draft).ok is ok


@pytest.mark.parametrize(
    ("draft", "ok"),
    [
        ("Where do you suppose he lives?", False),
        ("That is a good question.", False),
        ("Ah! A curious question. Where do you suppose he lives?", False),
        ("Do you mean the house in Pall Mall?", True),
        ("Where do you suppose? I shall not say it aloud.", True),
    ],
)
def test_a_question_is_not_answered_with_a_question(make_scene, holmes, draft, ok) -> None:
    """If a fact answers; the verdict names it."""
    graph = holmes.graph
    mycroft = next(
        fact
        for fact in graph.facts.values()
        if graph.nodes[fact.subject].label.startswith("Mycroft") and fact.relation == "lives_in"
    )
    grounds = Grounds(facts=(replace(mycroft, score=0.95),))
    verdict = judge(make_scene(holmes, "Where does your brother live?", grounds=grounds), draft)
    assert verdict.ok is ok
    assert ok or verdict.evidence == (mycroft.id,)
    assert judge(make_scene(holmes, "Where does your brother live?"), draft).ok


def test_every_verdict_is_mild_and_the_last_draft_passes(make_scene, holmes) -> None:
    """Style is no reason to leave a user without an answer."""
    draft = "Feel free to ask. 😊"
    assert judge(make_scene(holmes), draft).is_mild
    assert judge(make_scene(holmes, drafts_left=0), draft).ok
    assert StyleCritic.fails_open


def test_a_growing_draft_is_judged_where_it_is_new(make_scene, holmes) -> None:
    """What was passed is not judged again; an opening that spans two sentences is."""
    draft = "Certainly! Here is what I found."
    assert not StyleCritic().check(draft, make_scene(holmes, judged=10), complete=False).ok
    passed = "Feel free to ask. It rains."
    assert StyleCritic().check(passed, make_scene(holmes, judged=17), complete=False).ok


def test_it_keeps_the_promises_of_a_critic(make_scene, holmes) -> None:
    """The published suite, with drafts that it must reject."""
    check_critic(StyleCritic(), make_scene(holmes), rejects=["Great question!", "😊"])
