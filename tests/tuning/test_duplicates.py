"""What says the same twice is kept once."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.tuning.dialogues import Dialogue, Message
from roleagent.tuning.duplicates import _are_near, _near_earlier, without_duplicates


def dialogue(said: str, reply: str, *, persona: str = "orla", system: str = "") -> Dialogue:
    told = (Message(role="user", text=said), Message(role="assistant", text=reply))
    before = (Message(role="system", text=system),) if system else ()
    return Dialogue(messages=(*before, *told), persona=persona)


LONG = "I bought it at the fair from a man with a wooden leg, who swore that it had been to sea."


def test_case_marks_notes_and_the_system_message_make_no_difference():
    """They are the same to whoever reads them."""
    first = dialogue("Where is the mill?", "By the river.")
    again = dialogue("[Noon.]\n\nwhere is the MILL", "By the river!", system="You are Orla.")
    kept = without_duplicates([first, again])
    assert (kept.dialogues, kept.num_exact, kept.num_near) == ((first,), 1, 0)


def test_another_persona_may_say_the_same():
    """Both have to learn it."""
    pair = (dialogue("Where?", "Here."), dialogue("Where?", "Here.", persona="piet"))
    assert without_duplicates(pair).dialogues == pair
    imported = tuple(replace(each, persona="", note={"character": each.persona}) for each in pair)
    assert without_duplicates(imported).dialogues == imported


def test_question_and_answer_are_told_apart():
    """The same words in the other mouth are something else."""
    pair = (dialogue("By the river.", "Where?"), dialogue("By the river. Where?", "Where?"))
    assert without_duplicates(pair).num_exact == 0


def test_near_ones_go_and_others_stay():
    """One word of twenty-five is near, another answer is not, and the first of its kind stays."""
    first = dialogue("Where is the cup from?", LONG)
    near = dialogue("Where is the cup from?", LONG.replace("fair", "market"))
    far = dialogue("Where is the cup from?", "I have no cup, and never had one.")
    kept = without_duplicates([first, near, far])
    assert (kept.dialogues, kept.num_exact, kept.num_near) == ((first, far), 0, 1)
    assert without_duplicates([first, near, far], near=1.1).num_near == 0


def test_near_ones_are_found_in_chinese():
    """By characters."""
    said = "这只杯子是我在庙会上从一个装着木腿的人手里买来的，他发誓说杯子出过海。"
    pair = [dialogue("杯子哪来的？", said), dialogue("杯子哪来的？", said.replace("庙会", "集市"))]
    assert without_duplicates(pair).num_near == 1


def test_a_conversation_is_compared_whole():
    """Two that end with the same farewell are two."""

    def talk(first: str) -> Dialogue:
        texts = [first, "Aye, so it is.", "Good night.", "Good night."]
        return Dialogue(
            messages=tuple(
                Message(role="assistant" if at % 2 else "user", text=text, learn=bool(at % 2))
                for at, text in enumerate(texts)
            )
        )

    pair = (talk("The mill has burned down to the ground."), talk("Your brother is back from the sea."))
    assert without_duplicates(pair).dialogues == pair


@given(seed=st.integers(0, 10_000), near=st.sampled_from([0.3, 0.5, 0.7, 0.8, 0.9, 1.0]))
def test_the_index_finds_what_comparing_all_finds(seed: int, near: float):
    """The two ways agree on every set of sets."""
    rng = random.Random(seed)
    shingles = [(str(at),) for at in range(rng.choice((8, 60, 400)))]
    sets = [frozenset(rng.sample(shingles, rng.randrange(1, min(len(shingles), 25)))) for _ in range(40)]
    sets += [frozenset({*rng.choice(sets), rng.choice(shingles)}) for _ in range(40)]
    wanted: set[int] = set()
    for at, each in enumerate(sets):
        if any(_are_near(each, sets[other], near) for other in range(at) if other not in wanted):
            wanted.add(at)
    assert _near_earlier(sets, near) == wanted


@pytest.mark.parametrize("num", [0, 1])
def test_few_dialogues_are_kept(num: int):
    """Nothing to compare."""
    assert len(without_duplicates([dialogue("Where?", "Here.")] * num).dialogues) == num
