"""The model card, and the curves beside it."""

import math
from dataclasses import replace

from roleagent.evaluation.results import Result
from roleagent.tuning.adapter_card import Origin, card_of
from roleagent.tuning.course import Course, Look, Step
from roleagent.tuning.course_curves import draw_course
from roleagent.tuning.dialogues import Dialogue, Message, Rejected
from roleagent.tuning.fidelity import Fidelity
from roleagent.tuning.options import Options

COURSE = Course(
    steps=(
        Step(number=1, total=2, loss=3.0, terms={"lm": 2.0, "con": 4.0}),
        Step(number=2, total=2, loss=2.0, terms={"lm": 1.5}),
    ),
    looks=(
        Look(step=0, loss=3.5, terms={"lm": 2.5, "con": 4.5}, preferred=0.5),
        Look(step=2, loss=2.5, terms={"lm": 1.75, "con": 3.5}, preferred=0.75),
    ),
    best=2,
    seconds=120.0,
    num_trained=1234,
    num_tokens=5678,
    num_left_out=0,
)
ORIGIN = Origin(
    name="berit",
    base="smollm2-135m",
    persona="berit",
    command="roleagent train persona berit.yaml",
    data="Written by hand.",
)


def dialogue(reply: str, kind: str = "fact") -> Dialogue:
    return Dialogue(
        messages=(Message(role="user", text="Where?"), Message(role="assistant", text=reply)),
        kind=kind,
        rejected=(Rejected(text="In Rome.", fault="contradiction"),),
    )


def test_the_card_tells_data_training_and_how_to_make_it_again():
    """Somebody who finds the file has to know what it is."""
    card = card_of(
        ORIGIN, [dialogue("Here."), dialogue("There.", "told")], [dialogue("Yes.")], Options(), COURSE
    )
    assert "base_model: smollm2-135m" in card
    assert "1,234 weights" in card
    assert "| fact | 1 | 1 |" in card
    assert "| told | 1 | 0 |" in card
    assert "| 0 | 2.500 | 4.500 | 3.500 | 0.500 |" in card
    assert "| 2 (kept) | 1.750 | 3.500 | 2.500 | 0.750 |" in card
    assert "    roleagent train persona berit.yaml" in card
    assert "Written by hand." in card
    assert "Not measured" in card


def test_the_card_shows_no_raw_values():
    """Neither nan nor an empty option."""
    look = Look(step=0, loss=2.5, terms={"lm": 2.5}, preferred=math.nan)
    card = card_of(ORIGIN, [dialogue("Here.")], [], Options(), replace(COURSE, looks=(look,)))
    assert "| 0 | 2.500 | 2.500 | – |" in card
    assert "nan" not in card
    assert "adapter none" in card
    assert "targets default" in card


def test_the_card_says_how_to_use_what_lies_elsewhere():
    """By its folder, and a whole model as a model."""
    origin = replace(ORIGIN, folder="out/berit")
    assert "adapter='out/berit'" in card_of(origin, [dialogue("Here.")], [], Options(), COURSE)
    whole = card_of(origin, [dialogue("Here.")], [], Options(policy="top:2"), COURSE)
    assert "Agent('berit', model='transformers:out/berit')" in whole
    assert "library_name: transformers" in whole
    assert "n adapter" not in whole


def result(*, respondent: str, kind: str, is_right: bool) -> Result:
    faults = () if is_right else ("It does not tell.",)
    return Result(respondent=respondent, scene=kind, place=0, kind=kind, asked="?", text="!", faults=faults)


def test_the_card_compares_probes_without_and_with_the_adapter():
    """By kind and in all."""
    before = (
        result(respondent="before", kind="fact", is_right=False),
        result(respondent="before", kind="role", is_right=True),
    )
    after = (
        result(respondent="after", kind="fact", is_right=True),
        result(respondent="after", kind="role", is_right=True),
    )
    card = card_of(ORIGIN, [dialogue("Here.")], [], Options(), COURSE, Fidelity(before=before, after=after))
    assert "| fact | 0/1 | 1/1 |" in card
    assert "| role | 1/1 | 1/1 |" in card
    assert "| all | 1/2" in card


def test_the_curves_are_drawn(tmp_path):
    """A panel for the steps, one for the looks, one for the preferred replies if there are any."""
    files = draw_course(tmp_path, "Training of berit", COURSE)
    svg = files[0].read_text(encoding="utf-8")
    assert "Training of berit" in svg
    assert "consistency" in svg
    assert "Good reply before the bad one" in svg
    bare = Course(
        steps=COURSE.steps,
        looks=tuple(
            Look(step=each.step, loss=each.loss, terms=each.terms, preferred=math.nan)
            for each in COURSE.looks
        ),
        best=2,
        seconds=1.0,
        num_trained=1,
        num_tokens=1,
        num_left_out=0,
    )
    (again, *_) = draw_course(tmp_path, "Training of berit", bare)
    assert "Good reply before the bad one" not in again.read_text(encoding="utf-8")
