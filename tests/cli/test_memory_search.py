"""`roleagent memory search`: what a character would recall, and why."""

from __future__ import annotations

import doctest
import importlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from roleagent.cli.memory import app
from roleagent.cli.memory.paint import marked
from roleagent.cli.memory.search import stage_effects
from roleagent.errors import InputError
from roleagent.language.bm25 import query_terms
from roleagent.types import Episode, Owner, Thread
from tests.cli.home_of_ann import START, fill


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where Mira remembers Ann and Bob."""
    fill(tmp_path)
    return tmp_path


def run(home: Path, *words: str) -> Result:
    """Search by words alone, which needs no weights."""
    line = ["search", "--profile", "words", *words, "-p", "mira", "-u", "ann", "--home", str(home)]
    return CliRunner().invoke(app, line, catch_exceptions=False, terminal_width=100)


def test_it_finds_what_was_said_in_any_conversation_and_by_nobody_else(home: Path):
    """Best first, with when, who and how well it fits."""
    lines = run(home, "my red bicycle squeaks").output.splitlines()
    assert lines[0].split() == ["when", "(UTC)", "who", "what", "score"]
    assert lines[1].startswith("2026-03-03 12:00  ann   My red Brompton squeaks.")
    assert "zebra" not in run(home, "a zebra").output


def test_a_limit_a_conversation_and_a_budget_narrow_it(home: Path):
    """The flags of the command line are those of recall."""
    found = json.loads(run(home, "Lewes", "-n", "1", "--json").output)["found"]
    assert [episode["text"] for episode in found] == ["I moved to Lewes last week."]
    in_trip = json.loads(run(home, "Lewes", "--thread", "trip", "--json").output)["found"]
    assert {episode["thread"]["thread_id"] for episode in in_trip} == {"trip"}
    short = json.loads(run(home, "Lewes", "--tokens", "5", "--json").output)["found"]
    assert "I moved to Lewes last week." not in [episode["text"] for episode in short]


def test_it_says_what_each_stage_did(home: Path):
    """Whoever asks why something was recalled gets numbers."""
    output = run(home, "Lewes", "--explain").output
    line = next(line for line in output.splitlines() if line.startswith("1. "))
    assert "words +" in line
    without = run(home, "Lewes", "--explain", "--without", "words").output
    [_, reasons] = without.split("What would be lost of the score without each stage:\n")
    assert "priors" in reasons
    assert "words" not in reasons


def test_nothing_in_sight_is_exit_code_1(home: Path):
    """A script can tell it from an error, which is 2."""
    done = run(home, "Lewes", "--thread", "no-such")
    assert done.exit_code == 1


@pytest.mark.parametrize("words", [["--without", "guess"], ["--profile", "best"]])
def test_a_name_that_is_none_is_told_with_those_that_are(home: Path, words: list[str]):
    """Nobody should have to read the source for a name."""
    with pytest.raises(InputError, match=r"which is none of .*words"):
        run(home, "Lewes", *words)


def test_words_stand_out_whatever_their_endings_and_in_chinese_by_pairs():
    """The eye finds why a line is there."""
    asked = frozenset(query_terms("Which bicycles squeak?"))
    assert _marked("A bicycle squeaked.", asked) == ["bicycle", "squeaked"]
    assert _marked("我昨天去了苏州。", frozenset(query_terms("苏州在哪里"))) == ["苏州"]


def _marked(text: str, asked: frozenset[str]) -> list[str]:
    return [text[span.start : span.end] for span in marked(text, asked).spans]


def test_a_stage_is_worth_what_is_lost_without_it():
    """Worked out by hand: 3.0 with all, 1.0 without words, and not found at all without meaning."""
    thread = Thread(owner=Owner(persona_id="p", user_id="u"), thread_id="t")
    hit = Episode(id="a", thread=thread, turn_id="1", speaker="user", text="Hi.", at=START, score=3.0)
    other = replace(hit, id="b", score=0.5)
    given = {"words": [replace(hit, score=1.0), other], "meaning": [other]}
    assert stage_effects([hit], ["words", "meaning"], given.__getitem__) == {
        "a": {"words": 2.0, "meaning": 2.5}
    }
    assert doctest.testmod(importlib.import_module("roleagent.cli.memory.search")).failed == 0
