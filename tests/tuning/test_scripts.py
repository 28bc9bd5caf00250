"""Scripts: what a language model wrote for training."""

from pathlib import Path

import pytest

from roleagent.errors import InputError
from roleagent.gnn.training.characters import FOLDER as CHARACTERS
from roleagent.gnn.training.characters import read_character
from roleagent.tuning.scripts import HELD_OUT, read_script, scripts

SCRIPT = """
= en_a01
summary: You are Hester Quill.
greeting: Mind the goose.
speech: Speak in short dry sentences.
speech: You are blunt.
fall_back: Ask me something else.

# fact 41
> Where did you learn your trade?
< Edinburgh.
! London.

# told
@ My mare is called Clover.
@ I live in Ludlow.
> What's my mare called?
< Clover.

# small_talk
> Lord, what weather.
< It'll get wetter.
! How can I help you today?
> Does she do that often?
< He. And only when he's right.
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "en_a01.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_script_is_read(tmp_path):
    """Heads, kinds, facts, what is given, and several exchanges."""
    script = read_script(write(tmp_path, SCRIPT))
    assert (script.name, script.language, script.greeting) == ("en_a01", "en", "Mind the goose.")
    assert script.speech == ("Speak in short dry sentences.", "You are blunt.")
    fact, told, small = script.talks
    assert (fact.kind, fact.facts, fact.fault, fact.is_grounded) == ("fact", (41,), "contradiction", True)
    assert fact.exchanges[0].rejected == "London."
    assert told.given == ("My mare is called Clover.", "I live in Ludlow.")
    assert (told.is_grounded, told.exchanges[0].rejected) == (True, "")
    assert [each.reply for each in small.exchanges] == ["It'll get wetter.", "He. And only when he's right."]
    assert (small.fault, small.is_grounded) == ("voice", False)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("# fact 41", "# gossip 41", "11|'gossip' is no kind|# gossip"),
        ("< Edinburgh.\n", "", "'!' cannot stand here"),
        ("> What's my mare called?\n< Clover.\n", "", "a talk ends with a reply"),
        ("greeting: Mind the goose.\n", "", "'greeting' is missing"),
        ("# fact 41", "# fact forty-one", "invalid literal"),
        ("speech: You are blunt.", "manner: You are blunt.", "a line begins with"),
    ],
)
def test_a_broken_script_is_refused_with_file_and_line(tmp_path, old, new, said):
    """A typo in a file of hundreds of lines has to be found."""
    assert old in SCRIPT
    path = write(tmp_path, SCRIPT.replace(old, new))
    with pytest.raises(InputError) as error:
        read_script(path)
    assert "en_a01.txt" in str(error.value)
    assert any(part in str(error.value) for part in said.split("|")[-2:])


def test_shipped_scripts_fit_their_characters():
    """Every number names a fact, and every fact's talk has a rejected reply that differs."""
    found = [*scripts(), *scripts(held_out=True)]
    assert len(found) >= 40
    for script in found:
        facts = read_character(CHARACTERS / f"{script.name}.txt").graph.facts
        for talk in script.talks:
            assert all(1 <= number <= len(facts) for number in talk.facts), (script.name, talk)
            for exchange in talk.exchanges:
                assert exchange.reply != exchange.rejected


def test_held_out_scripts_are_never_learned():
    """A training stops on characters that it has not seen."""
    learned, held_out = ({each.name for each in scripts(held_out=flag)} for flag in (False, True))
    assert held_out == set(HELD_OUT)
    assert not learned & held_out
