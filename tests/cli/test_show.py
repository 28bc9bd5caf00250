"""What a person sees of a turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from roleagent.cli.show import EventPrinter
from roleagent.types import (
    Done,
    Event,
    Fact,
    GraphUpdate,
    Lift,
    Observation,
    Observed,
    Owner,
    Reading,
    Recalled,
    Repair,
    Repaired,
    Reply,
    Revised,
    Revision,
    TextDelta,
    Thread,
    Turn,
    Verdict,
)

TURN = Turn(
    thread=Thread(owner=Owner(persona_id="a", user_id="b"), thread_id="c"),
    text="Hi",
    at=datetime(2026, 1, 1, tzinfo=UTC),
)
FACT = Fact(id="a.b.c", subject="a", relation="b", object="c", text="A lives in C.", score=0.5)
FAILED = Verdict(
    critic="role", ok=False, reason="It speaks as a machine.", quote="As an AI", evidence=("a.b.c",)
)


def shown(*events: Event, width: int = 40, details: bool = False) -> list[str]:
    """The lines that a terminal shows."""
    console = Console(file=StringIO(), width=width, color_system=None)
    printer = EventPrinter(console, "Holmes", details=details)
    for event in events:
        printer.show(event)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


def deltas(*texts: str) -> list[Event]:
    return [TextDelta(text=text) for text in texts]


def test_a_reply_is_wrapped_between_words_however_it_is_cut():
    """A word broken at the edge of the screen is hard to read."""
    lines = shown(*deltas("I live in Baker", " Street, Lon", "don, with my friend."), width=24)
    assert lines == ["Holmes: I live in Baker", "Street, London, with my", "friend."]


def test_chinese_is_wrapped_between_any_characters():
    """Chinese sets no spaces, and its characters are two columns wide."""
    assert shown(*deltas("俺老孙来也，你是何人？"), width=20) == ["Holmes: 俺老孙来也，", "你是何人？"]


def test_the_lines_of_one_text_come_together():
    """Eight lines for a telegram push the talk off the screen."""
    seen = [Observation(kind="text", text=text, source="ocr", attachment_id="x") for text in ("COME", "SOON")]
    assert shown(Observed(observations=tuple(seen))) == ["  perceived · ocr · text: COME / SOON"]


def test_a_rejected_draft_is_told_by_its_reason_and_the_cited_fact():
    """Whoever asks for details sees that the critic worked, and on what."""
    revised = Revised(revision=Revision(draft="As an AI, no.", verdicts=(FAILED,)))
    detailed = " ".join(shown(revised, width=200, details=True))
    assert "It speaks as a machine. “As an AI” [cites a.b.c]" in detailed
    assert "As an AI, no." in detailed


def test_a_repaired_sentence_is_told_with_details_and_marked_without():
    """What was said, what is said instead, why, and by which fact."""
    repaired = Repaired(repair=Repair(was="I am an AI.", now="I am Holmes.", verdicts=(FAILED,)))
    detailed = " ".join(shown(repaired, width=200, details=True))
    assert "“I am an AI.” → “I am Holmes.”" in detailed
    assert "[cites a.b.c]" in detailed
    done = Done(reply=Reply(turn=TURN, text="I am Holmes."))
    assert shown(repaired, *deltas("I am Holmes."), done) == ["Holmes: I am Holmes. ↻"]


def test_without_details_a_rejected_draft_leaves_a_quiet_mark():
    """A critic's remark in the midst of the talk breaks the illusion that it guards."""
    revised = Revised(revision=Revision(draft="As an AI, no.", verdicts=(FAILED,)))
    done = Done(reply=Reply(turn=TURN, text="No."))
    assert shown(revised, revised, *deltas("No."), done) == ["Holmes: No. ↻↻"]
    assert shown(*deltas("No."), done) == ["Holmes: No."]


def test_details_name_facts_what_was_learned_verdicts_and_times():
    """The demo shows everything that a reply rests on."""
    reply = Reply(
        turn=TURN,
        text="Yes.",
        update=GraphUpdate(added=(FACT,)),
        verdicts=(Verdict(critic="role", ok=True),),
        timings_ms={"recall": 12.0, "respond": 1500.0},
    )
    lifted = replace(FACT, lifted_by=(Lift(weight=2.0), Lift(facts=("a.b",), weight=0.7)))
    events = [Recalled(episodes=(), facts=(lifted,)), *deltas("Yes."), Done(reply=reply)]
    assert shown(*events, width=120, details=True) == [
        "  fact: A lives in C.  (0.50), lifted by what was talked about before (+2.0), "
        "lifted by `a.b` (+0.7)",
        "Holmes: Yes.",
        "  learned: A lives in C.",
        "  critics: role passed; 0 draft(s) rejected, 0 sentence(s) repaired",
        "  time: recall 12 ms · respond 1.5 s",
    ]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("I have no sister.", "the answer of the critic role was given"),
        ("It rains.", "the answer ends before the rejected sentence"),
        ("Ask me of tea.", "the persona's own line of declining was given"),
    ],
)
def test_it_is_told_whose_words_stand_in_place_of_a_draft(text: str, note: str):
    """A critic's answer, the beginning of a draft, and a line of declining are three things."""
    said = replace(FAILED, instead="I have no sister.")
    rejected = Revision(draft="It rains. My sister is well.", verdicts=(said,))
    reply = Reply(turn=TURN, text=text, fell_back=True, revisions=(rejected,))
    assert f"  fall-back: {note}" in shown(Done(reply=reply), width=80, details=True)


def test_reading_is_shown_on_a_terminal_and_leaves_no_line_behind():
    """On a slow machine the prompt is read for minutes; a log file gets none of it."""
    reading = [Reading(done=done, total=100) for done in (40, 80, 100)]
    console = Console(file=StringIO(), width=40, color_system=None, force_terminal=True)
    printer = EventPrinter(console, "Holmes")
    for event in reading[:2]:
        printer.show(event)
    assert console._live_stack
    printer.show(reading[2])
    assert not console._live_stack
    assert "reading … 80%" in console.file.getvalue()
    assert shown(*reading, *deltas("Good evening.")) == ["Holmes: Good evening."]


def test_no_escape_code_reaches_the_terminal():
    """A model, a picture or a tool could clear the screen with one."""
    seen = Observation(kind="text", text="\x1b[2Ja letter", source="fake", attachment_id="a")
    lines = shown(
        Observed(observations=(seen,)), *deltas("Good \x1b]0;title\x07day.\n", "Yes."), details=True
    )
    assert "\ufffd[2Ja letter" in "".join(lines)
    assert "Good \ufffd]0;title\ufffdday." in " ".join(lines)
    assert not {"\x1b", "\x07"} & set("".join(lines))
