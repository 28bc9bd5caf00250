"""Lives of made-up users: what they expect must be so, or the figures say nothing."""

import random

import pytest

from benchmarks.persona_events import make_life
from benchmarks.persona_lives import Life
from benchmarks.update_correctness import PARTS
from benchmarks.wordings import Wordings, read_wordings


def _short_lists(wordings: Wordings) -> Wordings:
    """The same wordings with three words of each kind."""
    return {
        language: {
            "say": table["say"],
            "words": {k: v if "month" in k else v[:3] for k, v in table["words"].items()},
        }
        for language, table in wordings.items()
    }


def _life(seed: int = 0) -> Life:
    """A life that has three places to choose from."""
    english = _short_lists(read_wordings(PARTS["mended 3"]))["en"]
    return Life("en", random.Random(seed), english["words"], english["say"])


def test_a_word_is_not_drawn_twice_before_all_were() -> None:
    """A former home that is drawn again as a new one would be a return that nobody told."""
    life = _life()
    assert {life.pick("places") for _ in range(3)} == {"Leicester", "Stoke-on-Trent", "Salt Lake City"}


@pytest.mark.parametrize("seed", range(5))
def test_when_all_words_were_drawn_what_holds_now_is_left_out(seed: int) -> None:
    """A move to where one lives would ask that a place both holds and is over."""
    life = _life(seed)
    for _ in range(3):
        life.pick("places")
    life.begin("lives_in", "Leicester")
    assert {life.pick("places"), life.pick("places")} == {"Stoke-on-Trent", "Salt Lake City"}


@pytest.mark.parametrize("part", list(PARTS))
def test_no_turn_asks_for_a_value_and_against_it(part: str) -> None:
    """Such a turn would count as a miss whatever the updater does."""
    wordings = read_wordings(PARTS[part])
    lives = [
        make_life(wordings, language, random.Random(f"{seed}")) for language in wordings for seed in range(30)
    ]
    assert not [said for life in lives for said in life.turns if set(said.must_hold) & set(said.must_not)]
