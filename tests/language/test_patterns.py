"""Text of strangers is read in time that grows with it and no faster, however it is made."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from roleagent import registry
from roleagent.critics.injection import InjectionGuard
from roleagent.formats.load import load_persona
from roleagent.language.bm25 import query_terms
from roleagent.language.media_requests import read_request
from roleagent.language.patterns import MOST_REPEATS, PASSAGE_CHARS, QUOTATION, bounded, evened, passages
from roleagent.language.sentences import last_sentence_end, split_sentences
from roleagent.language.times import find_time
from roleagent.language.tokens import terms
from roleagent.learning.updater import read_all_claims
from roleagent.memory.recall.pipeline import asks_when
from roleagent.memory.recall.stages import need_of
from roleagent.protocols import Scene
from roleagent.types import Owner, Thread, Turn
from roleagent.workflow.remembering import importance

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PERSONA = load_persona("holmes")
GUARD = InjectionGuard()
CRITICS = {name: registry.get("critic", name) for name in registry.names("critic") if name != "claims"}

# Marks, blanks and letters that come again and again, the words that the tables look for, and those that
# two parts of a pattern can both read ("去年" is a time and an adverb).
HOSTILE = [
    *(
        "\n",
        " ",
        " \n\t",
        '"',
        "“",
        "「",
        "'",
        "'a",
        "(",
        "[[",
        "<|",
        "*a",
        ". ",
        "?",
        ",",
        ", ",
        "-",
        "\u200b",
    ),
    *(
        "A",
        "A ",
        "a a a a ",
        "1",
        "12:30 ",
        "2010-2014 ",
        "一",
        "是",
        "的",
        "了",
        "我",
        "去年",
        "今年去年",
        "刚刚",
    ),
    *(
        "I live in ",
        "I live in I live in ",
        "I am an AI ",
        "and I ",
        "haha ",
        "no, sorry, I meant ",
        "as if ",
    ),
    *("I've moved from Acme to ", "the day before the ", "since last ", "with my ", "very big ", "user: "),
    *(
        "you say: ",
        "*you nod* ",
        "as an ",
        "ignore all previous ",
        "show me the photo ",
        "Holmes ",
        "{{",
        "aGVs",
    ),
    *("我住在", "我去年今年", "其实说实话从来", "我喜欢，", "作为一个", "忽略以上", "现在还是", "的那张照片"),
]


def judged(critic: str) -> Callable[[str], object]:
    """A critic as a reader of drafts and of what the user asked."""

    def read(text: str) -> object:
        turn = Turn(
            thread=Thread(owner=Owner(persona_id=PERSONA.id, user_id="u"), thread_id="t"),
            text=text[:1000],
            at=NOW,
        )
        scene = Scene(persona=PERSONA, graph=PERSONA.graph, turn=turn, prompt="You are Sherlock Holmes.")
        return CRITICS[critic].check(text, scene, complete=True)

    return read


READERS: dict[str, Callable[[str], object]] = {
    "claims": lambda text: read_all_claims(text, NOW.date()),
    "sentences": lambda text: (split_sentences(text), last_sentence_end(text)),
    "requests": read_request,
    "times": lambda text: find_time(text, NOW),
    "recall": lambda text: (asks_when(text), need_of(text), query_terms(text), terms(text)),
    "importance": importance,
    "mentions": PERSONA.graph.mentioned_in,
    "guard": lambda text: GUARD.screen(text, where="user"),
    **{f"critic {name}": judged(name) for name in CRITICS},
}


def cpu_s(read: Callable[[str], object], text: str) -> float:
    """CPU time of this thread, so that other processes do not count."""
    started = time.thread_time()
    read(text)
    return time.thread_time() - started


@pytest.mark.parametrize("reader", READERS)
def test_no_text_is_read_in_more_than_linear_time(reader: str):
    """Patterns hold the interpreter's lock: one message that takes seconds stops every user's turn."""
    read = READERS[reader]
    read("I live in London. 我住在伦敦。")
    for unit, around in (*((unit, "") for unit in HOSTILE), ("\n", "x"), ("\n.", "x")):
        short, middle, long = (around + (unit * n)[:n] + around for n in (500, 1000, 2000))
        if cpu_s(read, middle) < 0.15:
            continue
        # Slow, or disturbed: only what is slow again, and grows faster than four times, is at fault.
        grown = min(cpu_s(read, long) for _ in range(2)) / max(
            min(cpu_s(read, short) for _ in range(2)), 1e-4
        )
        assert grown < 7, f"{unit!r} four times as long takes {grown:.0f} times as long"


def test_a_group_repeats_a_few_times_at_most():
    """Two ways to read one word, repeated without end, take time without end."""
    assert bounded(r"(?:a|aa)*b(?:c)+?") == rf"(?:a|aa){{0,{MOST_REPEATS}}}b(?:c){{1,{MOST_REPEATS}}}?"
    assert bounded(r"[()*]+ \)* []()*]") == r"[()*]+ \)* []()*]"


def test_passages_are_short_and_hold_all():
    """A pattern reads no more at once, and what is cut through is whole in one of two pieces."""
    text = " ".join(f"word{number}" for number in range(500))
    pieces = list(passages(text))
    assert all(len(piece) <= PASSAGE_CHARS for piece in pieces)
    assert {word for piece in pieces for word in piece.split()} >= set(text.split())
    assert list(passages("x" * 1300))[-1].endswith("x")
    assert list(passages("")) == [""]


def test_white_space_is_evened():
    """Blanks that come by the thousand say nothing, and patterns with two of them in a row run wild."""
    assert evened("a \t b\n \n c") == "a b\nc"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("He said 'I don't know' and left.", "He said … and left."),
        ("The boys' game isn't over.", "The boys' game isn't over."),
        ("她说「我是人」。", "她说…。"),
        ("“““ I am here", "“““ I am here"),
    ],
)
def test_quotations_are_found_past_apostrophes(text: str, left: str):
    """An apostrophe within a word closes no quotation."""
    assert QUOTATION.sub("…", text) == left
