"""Faults put into replies: that they are faults, and that twins are none."""

from __future__ import annotations

import json
import random
from itertools import islice
from pathlib import Path

import pytest

from benchmarks import persona_faults
from benchmarks.reply_faults.cases import HALVES, KINDS, cases_of, frames_of, put_into
from benchmarks.reply_faults.collecting import untouched
from benchmarks.reply_faults.flipping import flipped
from roleagent.formats.load import load_persona

NAMES = ("holmes", "mira", "sunwukong")
PERSONAS = {name: load_persona(name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_flipped_fact_names_another_value(name: str):
    """And its twin the right one, or the measure is of nothing."""
    persona = PERSONAS[name]
    frames = frames_of("dev", persona.language[:2])["flipped_fact"]
    for fact, wrong, right in islice(flipped(persona, frames, random.Random(1)), 40):
        ends = {persona.graph.nodes[end].label.casefold() for end in (fact.subject, fact.object)}
        assert any(end in right.casefold() for end in ends)
        assert wrong != right


def test_the_halves_share_no_sentence():
    """What is tuned on one must be blind to the other."""
    for language in ("en", "zh"):
        dev, held_out = (json.dumps(frames_of(half, language), ensure_ascii=False) for half in HALVES)
        said = frames_of("dev", language)
        for kind in ("ai_speak", "assistant_voice", "speaking_for_user"):
            assert not [each for each in said[kind]["sentences"] if each in held_out]
        assert dev != held_out


def test_every_kind_is_made_with_and_without_the_fault():
    """A kind that is never made would be measured as nothing."""
    given = untouched(persona_faults.REPLIES, PERSONAS)
    hosts = [each for each in given if each.scene.persona.id == "holmes"]
    kinds = [kind for kind in KINDS if kind != "denial"]  # asks the ranker, which loads a model
    cases = cases_of(PERSONAS["holmes"], hosts, "dev", number=3, seed=0, kinds=kinds)
    faults = [(case.kind, bool(case.fault)) for case in cases]
    assert {kind for kind, is_fault in faults if is_fault} == set(kinds)
    assert faults.count(("flipped_fact", True)) == faults.count(("flipped_fact", False)) == 3


def test_a_sentence_is_put_between_others():
    """The rest of the reply stays as it was."""
    made = {put_into("One. Two.", "New.", "en", random.Random(seed)) for seed in range(20)}
    assert made == {"New. One. Two.", "One. New. Two.", "One. Two. New."}
    assert put_into("", "User: no.", "en", random.Random(0)) == "User: no."


def test_a_run_writes_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The headline comes last, and the JSON has the counts that it is made of."""
    out = tmp_path / "out.json"
    assert persona_faults.main(
        ["--personas", "mira", "--critics", "role", "--guards", "injection:patterns", "--number", "2",
         "--kinds", "ai_speak,speaking_for_user", "--json", str(out)]
    ) == 0  # fmt: skip
    figures = json.loads(out.read_text())
    assert figures["dev_ai_speak_n"] == 2
    assert figures["dev_ai_speak_caught"] <= 2
    assert capsys.readouterr().out.strip().splitlines()[-1].startswith("held out: caught")
