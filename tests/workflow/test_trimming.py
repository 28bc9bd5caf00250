"""What of a briefing is left where the model's context is small."""

from __future__ import annotations

import itertools
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from roleagent.graph.graph import PersonaGraph
from roleagent.persona.persona import Persona
from roleagent.types import Attachment, Episode, Fact, Grounds, Observation, Owner, Summary, Thread, Turn
from roleagent.workflow.context_window import TOKENS_BESIDE, Fitted, fit, rough_tokens
from roleagent.workflow.prompt import Briefing, build_messages

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ANN = Owner(persona_id="ada", user_id="ann")
TALK = Thread(owner=ANN, thread_id="main")
ADA = Persona(
    id="ada",
    name="Ada",
    summary="You are Ada.",
    graph=PersonaGraph(nodes=[], facts=[], relations={}),
    node_id="ada",
)
TURN = Turn(
    thread=Thread(owner=Owner(persona_id="ada", user_id="ann"), thread_id="main"), text="What now?", at=NOON
)


def talk(num_turns: int, length: int = 50, *, first: int = 0) -> tuple[Episode, ...]:
    """A conversation: what the user said and what Ada answered, in turn."""
    return tuple(
        Episode(
            id=f"{number}{speaker}",
            thread=TALK,
            turn_id=str(number),
            speaker=speaker,  # type: ignore[arg-type]
            text=f"{number} {speaker} ".ljust(length, "x"),
            at=NOON + timedelta(minutes=number),
        )
        for number in range(first, first + num_turns)
        for speaker in ("user", "persona")
    )


def fact(text: str) -> Fact:
    return Fact(id=text, subject="a", relation="r", object="b", text=text)


def full(**more: Any) -> Briefing:
    """A briefing with something of every kind; kinds of grounds may be given by name."""
    notes = Summary(
        id="s", thread=TALK, level="period", text="s" * 100, sources=("e",),
        first_at=NOON, last_at=NOON, made_at=NOON, made_by="extract",
    )  # fmt: skip
    kinds = {each.name for each in fields(Grounds)} & more.keys()
    grounds = {name: more.pop(name) for name in kinds}
    whole = Briefing(
        persona=ADA,
        turn=TURN,
        history=talk(4),
        grounds=Grounds(
            episodes=tuple(replace(each, text="e" * 100) for each in talk(2, first=50)),
            lore=tuple(f"lore {n} ".ljust(100, "l") for n in range(3)),
            summaries=(notes,),
            facts=tuple(fact(f"fact {n} ".ljust(100, "f")) for n in range(3)),
            learned=tuple(fact(f"learned {n} ".ljust(100, "u")) for n in range(3)),
        ),
    )
    return replace(whole, grounds=replace(whole.grounds, **grounds), **more)


def num_left(briefing: Briefing, kinds: tuple[str, ...]) -> tuple[int, ...]:
    """How much there is of the conversation and of each kind of grounds."""
    return (len(briefing.history), *(len(getattr(briefing.grounds, kind)) for kind in kinds))


def weigh(fitted: Fitted) -> int:
    messages = [*build_messages(fitted.briefing), *fitted.exchange]
    return sum(len(str(message.text)) + TOKENS_BESIDE for message in messages)


def fit_by_letters(briefing: Briefing, room: int, exchange: tuple[BaseMessage, ...] = ()) -> Fitted:
    return fit(briefing, exchange, room=room, count=len)


def test_what_fits_is_left_as_it_is():
    """Most turns: nothing is counted twice, nothing changes."""
    fitted = fit_by_letters(full(), 10_000)
    assert fitted.briefing == full()
    assert fitted.omitted is None
    assert fitted.num_tokens == weigh(fitted)


def test_the_oldest_utterances_go_first():
    """And the rest begins with something the user said: many chat templates ask for that."""
    all_of_it = weigh(fit_by_letters(full(), 10_000))
    fitted = fit_by_letters(full(), all_of_it - 1)
    assert fitted.omitted is not None
    gone = fitted.omitted.history
    assert full().history == (*gone, *fitted.briefing.history)
    assert gone
    assert fitted.briefing.history[0].speaker == "user"
    assert replace(fitted.briefing, history=()) == full(history=())
    assert fitted.omitted.as_lines() == [f"{len(gone)} utterances of this conversation, the oldest"]


def test_then_episodes_lore_summaries_facts_and_what_was_learned_go_in_turn():
    """Each kind only when the one before it is gone; the best stay, and the latest that was learned."""
    kinds = ("episodes", "lore", "summaries", "facts", "learned")
    whole = weigh(fit_by_letters(full(), 10_000))
    before: tuple[int, ...] = ()
    for room in range(whole, 40, -20):
        fitted = fit_by_letters(full(), room)
        left = num_left(fitted.briefing, kinds)
        of_all = num_left(full(), kinds)
        touched = [index for index in range(1, 6) if left[index] < of_all[index]]
        if touched:
            assert all(left[index] == 0 for index in range(1, max(touched)))
        assert fitted.num_tokens <= room or left == (0,) * 6
        before = left
    assert before == (0,) * 6
    some = fit_by_letters(full(history=(), episodes=(), summaries=(), facts=(), lore=()), 350)
    assert [each.text[:9] for each in some.briefing.grounds.learned] == ["learned 2"]


def test_the_persona_and_the_newest_message_stay_whatever_happens():
    """The caller decides what to do then."""
    fitted = fit_by_letters(full(), 1)
    assert [message.text for message in build_messages(fitted.briefing)][-1] == "What now?"
    assert "You are Ada." in build_messages(fitted.briefing)[0].text
    assert fitted.num_tokens > 1


def exchange_of(*results: str) -> tuple[BaseMessage, ...]:
    calls = [{"name": "read", "args": {}, "id": str(n), "type": "tool_call"} for n in range(len(results))]
    told = [ToolMessage(text, tool_call_id=str(n), name="read") for n, text in enumerate(results)]
    return (AIMessage("", tool_calls=calls), *told)


def test_long_results_of_tools_are_cut_before_anything_else_goes():
    """A page that a tool read must not cost the whole conversation; short results stay whole."""
    exchange = exchange_of("p" * 5_000, "06:12")
    fitted = fit_by_letters(full(), 5_000, exchange)
    assert fitted.briefing == full()
    assert fitted.exchange[1].text.endswith("p […]")
    assert len(fitted.exchange[1].text) in range(2_000, 2_500)
    assert fitted.exchange[2].text == "06:12"
    assert fitted.exchange[0] == exchange[0]
    assert fitted.omitted is not None
    assert fitted.omitted.shortened == ("read",)


def test_long_observations_are_cut_at_last():
    """An hour's transcript is part of the newest message, and more than a small model holds."""
    picture = Attachment(id="a", media_type="audio/wav", path="a.wav", name="a.wav", num_bytes=1)
    heard = Observation(kind="transcript", text="w" * 5_000, source="w", attachment_id="a")
    briefing = full(turn=replace(TURN, attachments=(picture,)), observations=(heard,))
    fitted = fit_by_letters(briefing, 900)
    assert fitted.num_tokens <= 900
    assert fitted.omitted is not None
    assert fitted.omitted.shortened == ("transcript",)
    assert len(fitted.briefing.grounds.observations[0].text) > 300


@given(st.integers(1, 3_000), st.integers(0, 9), st.integers(0, 2_000))
def test_it_never_takes_more_than_there_is_while_anything_is_left(room: int, turns: int, length: int):
    """Whatever the sizes, and what is left out is said."""
    briefing = full(history=talk(turns, 80))
    fitted = fit_by_letters(briefing, room, exchange_of("r" * length))
    if fitted.num_tokens > room:
        left = fitted.briefing
        assert left.history == left.grounds.facts == left.grounds.learned == ()
    if fitted.omitted is not None:
        assert (*fitted.omitted.history, *fitted.briefing.history) == briefing.history


def test_the_beginning_of_the_prompt_holds_for_some_turns():
    """A prompt cache is of use only as long as the first utterance stays the same one."""
    starts: list[str] = []
    for turn in range(40, 140):
        history = talk(40, 100, first=turn - 40)  # a window that slides by one turn
        fitted = fit_by_letters(full(history=history), 5_000)
        left = fitted.briefing.history
        assert sum(len(each.text) for each in left) > 2_000
        starts.append(left[0].id)
    changes = sum(one != other for one, other in itertools.pairwise(starts))
    assert changes < 60


@pytest.mark.parametrize(
    ("text", "num_tokens"),
    [("", 0), ("four words of text", 6), ("我明天去北京。", 7), ("Привет", 4), ("🙂🙂", 6), ("\ud800", 1)],
)
def test_tokens_are_counted_high_in_every_script(text: str, num_tokens: int):
    """Chinese takes up to one token a character; a count by letters alone would overfill the context."""
    assert rough_tokens(text) == num_tokens
