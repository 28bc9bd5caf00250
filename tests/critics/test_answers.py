"""Some answers can only be judged beside their question."""

from __future__ import annotations

import pytest

from roleagent.critics.answers import agreed_to, completed, mistaken_for_the_other, told_of_itself


@pytest.mark.parametrize(
    ("answer", "question", "whole"),
    [
        ("Mycroft Holmes.", "What's your name?", "My name is Mycroft Holmes."),
        ("In Paris!", "Where do you live now?", "I live in Paris."),
        ("Forty.", "How old are you?", "I am Forty."),
        ("北京。", "你住在哪里？", "我住在北京。"),
        ("I am Holmes.", "What's your name?", None),
        ("Why?", "What's your name?", None),
        ("Mycroft Holmes.", "Who is your brother?", None),
        ("Mycroft Holmes.", "Good day! Who are you?", "My name is Mycroft Holmes."),
        ("Mycroft Holmes.", "Who are you", "My name is Mycroft Holmes."),
        ("Mycroft Holmes.", "Who are you really?", "My name is Mycroft Holmes."),
        ("Mycroft Holmes.", "Who are you, and what do you want?", "My name is Mycroft Holmes."),
        ("孙悟空。", "你是谁？", "我叫孙悟空。"),
        ("孙悟空。", "你是谁啊", "我叫孙悟空。"),
        ("孙悟空。", "你叫什么名字来着？", "我叫孙悟空。"),
        ("孙悟空。", "请问你的名字是？", "我叫孙悟空。"),
        ("1620年。", "你是哪年生的？", "我出生于1620年。"),
        ("", "What's your name?", None),
    ],
)
def test_a_bare_answer_is_completed(answer, question, whole) -> None:
    """Whole sentences speak for themselves."""
    assert completed(answer, question) == whole


@pytest.mark.parametrize(
    ("answer", "question"),
    [
        ("Mycroft Holmes.", "Who are you waiting for?"),
        ("Dr Watson.", "Who are you with tonight?"),
        ("Lestrade.", "Who are you going to see?"),
        ("Aunt Clara.", "Who is your mother visiting?"),
        ("Colonel Ross.", "Who is your wife dancing with?"),
        ("玉帝。", "你是谁派来的？"),
        ("唐僧。", "你是谁的徒弟？"),
        ("菩提祖师。", "你的名字是谁起的？"),
        ("面条。", "你叫什么外卖？"),
        ("白骨精。", "你的妻子是谁杀的？"),
        ("去年。", "你什么时候生病的？"),
    ],
)
def test_a_question_that_only_begins_like_one_about_the_persona_completes_nothing(answer, question) -> None:
    """The name that answers "Who are you waiting for?" is not the persona's, and contradicts nothing."""
    assert completed(answer, question) is None


@pytest.mark.parametrize(
    "answer",
    [
        "Hello, sir! I'm Mira.",
        "Good evening. The name is Holmes.",
        "Ah, good day to the visitor!",
        "Welcome to Tern Street Cycles!",
        "A pleasure.",
        "Delighted!",
        "Well, hello there!",
        "Of course!",
        "Just a traveller.",
        "The best detective in London.",
        "Nobody of consequence.",
        "Somebody who likes bees, sir.",
    ],
)
def test_a_greeting_is_no_name(answer: str) -> None:
    """A character that greets before it says its name has not given itself out for somebody else."""
    for question in ("Who are you?", "What's your name?"):
        assert completed(answer, question) is None


@pytest.mark.parametrize(
    "answer",
    ["嘿嘿！俺是孙悟空。", "哈哈哈！", "阿弥陀佛！", "幸会幸会。", "欢迎光临！", "当然！", "哎呀，施主！"],
)
def test_a_chinese_greeting_is_no_name(answer: str) -> None:
    """Monkeys laugh before they speak."""
    assert completed(answer, "你是谁？") is None


@pytest.mark.parametrize(
    ("answer", "question", "whole"),
    [
        ("Ah, Mycroft Holmes.", "Who are you?", "My name is Mycroft Holmes."),
        ("Well, Mycroft Holmes, sir.", "Who are you?", "My name is Mycroft Holmes, sir."),
        ("Ludwig van Beethoven.", "What's your name?", "My name is Ludwig van Beethoven."),
        ("Irene Adler.", "Who is your wife?", "My wife is Irene Adler."),
        ("Oh, in Paris.", "Where do you live?", "I live in Paris."),
        ("嘿嘿，猪八戒。", "你是谁？", "我叫猪八戒。"),
        ("喜来乐。", "你叫什么名字？", "我叫喜来乐。"),
    ],
)
def test_an_exclamation_before_a_bare_answer_hides_nothing(answer: str, question: str, whole: str) -> None:
    """Another name remains another name."""
    assert completed(answer, question) == whole


def test_whose_it_is_follows_from_the_question() -> None:
    """Saying 'your home' is right when the user asks about their own."""
    assert mistaken_for_the_other("Your home is in Paris.", "Where is your home?") == "Your home is"
    assert mistaken_for_the_other("Your home is in Paris.", "Is my home in Paris, like your home?") is None
    assert mistaken_for_the_other("My home is in Paris.", "Where is your home?") is None
    assert mistaken_for_the_other("你的住所在巴黎。", "你住在哪里？")
    assert mistaken_for_the_other("你的住所在巴黎。", "我和你住哪？") is None


def test_a_character_asked_as_you_answers_as_i() -> None:
    """Its name in the question makes the third person natural."""
    told = "Ada Lovelace was a mathematician."
    assert told_of_itself(told, "What are you?", "Ada Lovelace") == "Ada Lovelace was"
    assert told_of_itself(told, "Who was Ada Lovelace to you?", "Ada Lovelace") is None
    assert told_of_itself("I was a mathematician.", "What are you?", "Ada Lovelace") is None


@pytest.mark.parametrize(
    ("answer", "question", "whole"),
    [
        ("Yes.", "Are you an AI?", "I am an AI."),
        ("No, sir.", "Do you live in London?", "I do not live in London."),
        ("Certainly.", "Is it true that you are married?", "I am married."),
        ("Indeed.", "Were you born in your uncle's house?", "I was born in my uncle's house."),
        ("No.", "Have you ever flown?", "I have not ever flown."),
        ("Sure... yes. No.", "Can you swim?", None),
        ("是的。", "你住在巴黎吗？", "我住在巴黎。"),
        ("Nonsense.", "Are you an AI?", None),
        ("Yes.", "Who are you?", None),
        ("Yesterday I was.", "Are you well?", None),
    ],
)
def test_yes_and_no_say_what_was_asked(answer, question, whole) -> None:
    """A "yes" to "Are you an AI?" gives the character up in one word."""
    assert agreed_to(answer, question) == whole
