"""The conversation in a prompt begins at the same utterance for some turns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from roleagent.types import Episode, Owner, Thread
from roleagent.workflow.steady_start import last_of

START = datetime(2026, 1, 1, tzinfo=UTC)
LEAST = 12


def talk(num_turns: int) -> list[Episode]:
    """What a user and the character said in turn."""
    thread = Thread(owner=Owner(persona_id="ada", user_id="ann"), thread_id="main")
    return [
        Episode(
            id=f"utterance {number}",
            thread=thread,
            turn_id=f"turn {number // 2}",
            speaker="persona" if number % 2 else "user",
            text=f"{number}",
            at=START + timedelta(minutes=number),
        )
        for number in range(2 * num_turns)
    ]


def kept(num_turns: int) -> tuple[Episode, ...]:
    return last_of(talk(num_turns)[-2 * LEAST :], LEAST)


@pytest.mark.parametrize("num_turns", range(40))
def test_enough_is_kept_up_to_the_end(num_turns: int):
    """Up to twice as much, and it begins with what the user said."""
    said = talk(num_turns)
    history = kept(num_turns)
    assert min(len(said), LEAST) <= len(history) <= 2 * LEAST
    assert list(history) == said[len(said) - len(history) :]
    assert not history or history[0].speaker == "user"


def test_the_start_stays_for_some_turns():
    """A window that slides would begin elsewhere in each of these turns."""
    starts = [kept(num_turns)[0].id for num_turns in range(20, 120)]
    changes = sum(one != other for one, other in pairwise(starts))
    assert 0 < changes < 40


def test_a_history_of_none_stays_so():
    """An application may want no history in its prompts."""
    assert last_of([], 0) == ()
