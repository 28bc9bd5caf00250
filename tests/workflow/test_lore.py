"""Lorebooks in a turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from roleagent.graph.graph import PersonaGraph
from roleagent.lore.book import Lorebook, LoreEntry
from roleagent.persona.persona import Persona
from roleagent.types import Episode, Owner, Speaker, Thread
from roleagent.workflow.lore import Lore, consult

ANN = Owner(persona_id="ada", user_id="ann")
TALK = Thread(owner=ANN, thread_id="main")
TEA = LoreEntry(id="1", keys=("tea",), content="{{user}} may have tea with {{char}}.")


def make_persona(*entries: LoreEntry, **fields: str) -> Persona:
    graph = PersonaGraph(nodes=[], facts=[], relations={})
    book = Lorebook(name="World", entries=entries)
    return Persona(
        id="ada", name="Ada", summary="You are Ada.", graph=graph, node_id="ada", lorebooks=(book,), **fields
    )


def said(*texts: str, state: str = "") -> list[Episode]:
    """Utterances in turn, the user's first; the last keeps a state."""
    speakers: tuple[Speaker, ...] = ("user", "persona")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    episodes = [
        Episode(id=str(i), thread=TALK, turn_id=str(i), speaker=speakers[i % 2], text=text, at=at)
        for i, text in enumerate(texts)
    ]
    return [*episodes[:-1], replace(episodes[-1], lore_state=state)] if episodes else []


def look(persona: Persona, history: list[Episode], text: str, **options: object) -> Lore:
    defaults = {"user": "Ann", "seed": "t1", "max_tokens": 400}
    return consult(persona, history, text, **(defaults | options))  # type: ignore[arg-type]


def test_names_stand_in_place_of_macros():
    """What enters the prompt is finished text."""
    persona = make_persona(TEA)
    assert look(persona, [], "Some tea?").texts == ("Ann may have tea with Ada.",)
    assert look(persona, [], "Some tea?", user="").texts == ("the user may have tea with Ada.",)
    assert look(persona, [], "Some milk?").texts == ()


def test_texts_stay_within_their_budget():
    """A book of a thousand pages must not crowd out the conversation."""
    entries = [LoreEntry(id=str(i), keys=("tea",), content="word " * 40) for i in range(50)]
    texts = look(make_persona(*entries), [], "tea").texts
    assert 0 < sum(map(len, texts)) <= 400 * 4


def test_the_count_of_messages_goes_on_where_history_is_cut_short():
    """Timed effects count messages of the whole conversation, not those in sight."""
    persona = make_persona(replace(TEA, delay=5))
    state = look(persona, said("a", "b"), "c").state
    assert look(persona, said("a", "b"), "tea").texts == ()
    assert look(persona, said("a", "b", state=state), "tea").texts != ()


@pytest.mark.parametrize("state", ["nonsense", "[1]", '[1, 2, "{}"]', "[null, 1, 2]"])
def test_a_state_that_cannot_be_read_ends_the_effects_and_not_the_talk(state: str):
    """A home outlives versions."""
    assert look(make_persona(TEA), said("a", "b", state=state), "tea").texts != ()


def test_equal_turns_draw_alike():
    """A turn that is run again has the same prompt."""
    persona = make_persona(*(replace(TEA, id=str(i), probability=50) for i in range(20)))
    assert look(persona, [], "tea") == look(persona, [], "tea")
    assert len({look(persona, [], "tea", seed=str(i)).texts for i in range(5)}) > 1


def test_an_entry_may_ask_to_leave_the_personas_instructions_out():
    """Some cards switch their prompts by what is talked of."""
    entry = replace(TEA, content="@@disable_ui_prompt system_prompt\nTea!")
    assert look(make_persona(entry), [], "tea").left_out == ("system_prompt",)
