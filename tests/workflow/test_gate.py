"""Sentence by sentence, as the critics pass it."""

from __future__ import annotations

import pytest

from roleagent.workflow.gate import Judge, SentenceGate


def make_gate(judge: Judge | None, *, released: str = "", speaker: str = "Sherlock Holmes"):
    """A gate and the list that its released pieces land in."""
    shown: list[str] = []
    return SentenceGate(judge=judge, release=shown.append, speaker=speaker, released=released), shown


async def passes(draft: str) -> bool:
    return "robot" not in draft


async def feed_all(gate: SentenceGate, *pieces: str) -> list[bool]:
    return [await gate.feed(piece) for piece in pieces]


async def test_a_sentence_is_shown_only_when_it_is_whole():
    """A critic cannot judge half a sentence."""
    gate, shown = make_gate(passes)
    await feed_all(gate, "I live in ", "Baker Street. And", " you?")
    assert shown == ["I live in Baker Street."]
    assert gate.finish() == "I live in Baker Street. And you?"


async def test_a_rejected_sentence_is_not_shown_and_stops_the_writing():
    """What was shown cannot be unsaid."""
    gate, shown = make_gate(passes)
    assert await feed_all(gate, "Good day. ", "I am a robot. ") == [True, False]
    assert shown == ["Good day."]


async def test_without_critics_every_token_passes_at_once():
    """Nobody should wait for a judge who is not there."""
    gate, shown = make_gate(None)
    await feed_all(gate, "I", " live", " here")
    assert shown == ["I", " live", " here"]


async def test_the_speakers_own_name_is_taken_off():
    """Small models like to begin with their name, as in a play."""
    gate, shown = make_gate(None)
    await feed_all(gate, "Sher", "lock Holmes", ": Good", " day")
    assert "".join(shown) == "Good day" == gate.draft


async def test_a_name_that_begins_a_sentence_stays():
    """Only a label goes, not a sentence about oneself."""
    gate, shown = make_gate(None)
    await feed_all(gate, "Sherlock", " Holmes is my name.")
    assert "".join(shown) == "Sherlock Holmes is my name."


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('"Good day, lad. Mind the step."', "Good day, lad. Mind the step."),
        ('Sherlock Holmes: "Good day."', "Good day."),
        ("“托您的福！请坐。”", "托您的福！请坐。"),
        ('"Admiral"', "Admiral"),
        ('"Elementary" is no word of mine. Is it?', '"Elementary" is no word of mine. Is it?'),
        ('"Good day." He bows. "Come in!"', '"Good day." He bows. "Come in!"'),
        ('"Dr. No" is a film.', '"Dr. No" is a film.'),
        ("“走！”师父说。“快走！”", "“走！”师父说。“快走！”"),
        ('"Good. day', '"Good. day'),
        ('I said "No." Twice. "No."', 'I said "No." Twice. "No."'),
    ],
)
async def test_quotation_marks_around_a_whole_reply_are_taken_off(written: str, text: str) -> None:
    """As in a play; a quoted word stays quoted, however the text is split."""
    for pieces in ([written], list(written)):
        gate, shown = make_gate(passes)
        await feed_all(gate, *pieces)
        assert gate.finish() == text
        assert text.startswith("".join(shown))


async def test_going_on_keeps_what_was_shown_and_judges_the_whole():
    """After a revision the answer continues; the pieces still join to the text."""
    judged: list[str] = []

    async def judge(draft: str) -> bool:
        judged.append(draft)
        return True

    gate, shown = make_gate(judge, released="Good day.")
    await feed_all(gate, " I am a detective. ")
    assert shown == [" I am a detective."]
    assert judged == ["Good day.\nI am a detective."]
    assert gate.released == "Good day. I am a detective."


async def test_chinese_sentences_need_no_space():
    """Full stops of Chinese end a sentence by themselves."""
    gate, shown = make_gate(passes, speaker="孙悟空")
    await feed_all(gate, "孙悟空：俺老孙来也！", "你是何人")
    assert shown == ["俺老孙来也！"]


async def test_an_attempt_that_begins_again_with_what_was_shown_is_not_shown_twice():
    """Small models often repeat their first sentence before they go on."""
    gate, shown = make_gate(passes, released="Good day.")
    await feed_all(gate, "Good", " day.", " I am a detective. ")
    assert shown == [" I am a detective."]
    assert gate.finish() == "Good day. I am a detective."
