"""`roleagent memory forget`: it shows what would go, asks, and tells what went."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from roleagent.cli.memory import app
from roleagent.cli.options import open_record
from roleagent.errors import InputError
from roleagent.store.items import ItemChange
from roleagent.types import Owner, Thread
from tests.cli.home_of_ann import START, fill

ANN = Owner(persona_id="mira", user_id="ann")
ANN_TALK = Thread(owner=ANN, thread_id="-")
BOB = Owner(persona_id="mira", user_id="bob")
BOB_TALK = Thread(owner=BOB, thread_id="-")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where Mira remembers Ann and Bob."""
    fill(tmp_path)
    return tmp_path


def run(home: Path, *words: str, typed: str = "") -> Result:
    line = ["forget", *words, "-p", "mira", "-u", "ann", "--home", str(home)]
    return CliRunner().invoke(app, line, input=typed, catch_exceptions=False, terminal_width=100)


def kept(home: Path, owner: Owner) -> tuple[list[str], list[str]]:
    """What is said to be remembered: words, and facts that hold."""
    with open_record(home) as store:
        facts = [fact.text for fact in store.learned(owner).added if fact.valid_to is None]
        return [episode.text for episode in store.episodes(owner)], facts


def test_it_shows_what_would_go_and_erases_nothing_unless_told_to(home: Path):
    """It cannot be undone."""
    before = kept(home, ANN)
    done = run(home, "--matching", "LEWES", typed="n\n")
    assert done.exit_code == 1
    assert "This would be erased: 1 message, 1 fact, and what rests on them alone." in done.output
    assert "- 2026-03-02 12:00 ann: I moved to Lewes last week." in done.output
    assert "- The user lives in Lewes." in done.output
    assert kept(home, ANN) == before


def test_what_matches_goes_with_what_was_learned_from_it_and_nothing_else(home: Path):
    """Who takes back Lewes lives in Oxford again, as if it had never been said."""
    done = run(home, "--matching", "lewes", typed="y\n")
    assert done.exit_code == 0
    assert "Receipt of forgetting" in done.output
    assert "- 1 message\n" in done.output
    said, facts = kept(home, ANN)
    assert "I moved to Lewes last week." not in said
    assert "My red Brompton squeaks." in said
    assert facts == ["The user lives in Oxford."]
    assert kept(home, BOB)[0] == ["I ride a zebra.", "I doubt it."]


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["--episode", "p2"], ["I live in Oxford.", "A fine town.", "I moved to Lewes last week.",
                               "Then you will want lights.", "My red Brompton squeaks."]),
        (["--thread", "main"], ["My red Brompton squeaks.", "Bring it in."]),
        (["--before", "2026-03-03"], ["My red Brompton squeaks.", "Bring it in."]),
        (["--thread", "main", "--matching", "lights"], ["I live in Oxford.", "A fine town.",
                                                        "I moved to Lewes last week.",
                                                        "My red Brompton squeaks.", "Bring it in."]),
    ],
)  # fmt: skip
def test_conditions_choose_and_narrow_each_other(home: Path, words: list[str], left: list[str]):
    """One message, one conversation, what is old, or what holds some words."""
    assert run(home, *words, "--yes").exit_code == 0
    assert kept(home, ANN)[0] == left


def test_everything_goes_of_one_user_alone_and_json_gives_the_receipt(home: Path):
    """A program that answers an erasure request files the receipt."""
    receipt = json.loads(run(home, "--everything", "--yes", "--json").output)
    assert receipt["user_id"] == "ann"
    assert receipt["removed"]["episodes"] == 6
    assert kept(home, ANN) == ([], [])
    assert len(kept(home, BOB)[0]) == 2


def test_what_matches_nothing_is_exit_code_1(home: Path):
    """A script can tell it from an erasure."""
    done = run(home, "--matching", "Zanzibar", "--yes")
    assert (done.exit_code, done.output) == (1, "Nothing matches: nothing was erased.\n")
    assert json.loads(run(home, "--matching", "Zanzibar", "--yes", "--json").output)["removed"] == {}
    assert len(kept(home, ANN)[0]) == 6


def test_what_only_an_item_of_an_application_holds_goes_too(home: Path):
    """No message says it, and it is remembered all the same."""
    with open_record(home) as store:
        store.items.write(
            ANN, [ItemChange(namespace=("likes",), key="1", value={"at": "Zanzibar"})], now=START
        )
    done = run(home, "--matching", "zanzibar", typed="y\n")
    assert done.exit_code == 0
    assert "names and summaries: 1." in done.output
    assert "- 1 item that an application kept" in done.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "Say what to forget"),
        (["--everything", "--thread", "main"], "stands alone"),
        (["--before", "yesterday"], "write 2026-03-01"),
        (["--episode", "zz"], "no messages have an id that begins with it"),
        (["--episode", "u"], "3 messages have an id that begins with it"),
        (["--everything", "--json"], "add --yes"),
    ],
)
def test_a_mistake_erases_nothing(home: Path, words: list[str], told: str):
    """A wrong date must not be taken for none."""
    with pytest.raises(InputError, match=told):
        run(home, *words)
    assert len(kept(home, ANN)[0]) == 6
