"""Files of wordings from strangers: what is wrong with one is said in a line, with the place."""

from pathlib import Path

import pytest

from benchmarks.update_correctness import PARTS, main
from benchmarks.wordings import read_wordings
from roleagent.errors import InputError

TINY = """
[en.words]
places = ["Ulm", "Ghent"]
employers = ["Acme"]
jobs = ["cook"]
hobbies = ["chess"]
names = ["Ann"]
pets = ["Rex"]
kinds = ["dog"]

[en.say]
home = ["I live in {place}."]
hobby = ["I like {hobby}."]
employer = ["I work at {employer}."]
"""


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "theirs.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", PARTS.values(), ids=list(PARTS))
def test_our_own_files_are_sound(path: Path) -> None:
    """A slot that is misspelt in our wordings would count against the reader."""
    assert set(read_wordings(path)) == {"en", "zh"}


def test_the_held_out_set_comes_last_as_its_figures_have_no_prefix() -> None:
    """A reader of the flat figures must get those of the wordings that nobody mended patterns on."""
    assert list(PARTS)[-1] == "held out"


def test_a_file_with_the_three_kinds_that_open_a_life_is_enough(tmp_path: Path) -> None:
    """A stranger may begin with three sentences."""
    assert read_wordings(_written(tmp_path, TINY))["en"]["say"]["home"] == ["I live in {place}."]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[en.words]", "[en.words", "no TOML: Expected"),
        (TINY, "", "no language"),
        (TINY, "en = 3", "must be a table with the tables 'words' and 'say', not 3"),
        ('pets = ["Rex"]', "", "en.words.pets is missing"),
        ('pets = ["Rex"]', "pets = []", "en.words.pets must be a list of at least one text"),
        ('pets = ["Rex"]', "pets = [7]", r"en.words.pets must be .*not \[7\]"),
        ('places = ["Ulm", "Ghent"]', 'places = ["Ulm", "Ulm"]', "en.words.places names 'Ulm' twice"),
        ('places = ["Ulm", "Ghent"]', 'places = ["Ulm"]', "en.words.places must hold 2 words"),
        ("[en.say]", '[en.say]\nnew_job = ["I am a {job} now."]', "en.words.jobs must hold 2 words"),
        ('home = ["I live in {place}."]', "", "en.say.home is missing: every life opens with it"),
        ("home =", "hoem =", "en.say.hoem is no kind of event. Did you mean 'home'"),
        ("{place}", "{plaec}", "has the slot 'plaec'; plain slots here are {place}"),
        ("{place}", "{place.__class__}", "has the slot 'place.__class__'"),
        ("{place}", "{place:>9999}", "has the slot 'place'; plain slots"),
        ("{place}", "Ulm", "lacks {place}, so nothing could be learned"),
        ("{place}", "{place", "Write a brace as"),
        ("[en.say]", '[en.say]\nmove = ["I moved to {place}."]', "move_from is missing: 'move' needs it"),
        ("[en.say]", '[en.say]\nmove_dated = ["{place}, {month}"]', "month_format must be a text"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    """A stack of calls would not tell a stranger which line to mend."""
    with pytest.raises(InputError, match=f"theirs.toml: .*{complaint}"):
        read_wordings(_written(tmp_path, TINY.replace(old, new)))


def test_what_is_no_file_of_text_is_said(tmp_path: Path) -> None:
    """A wrong path, a folder or a picture is the commonest slip of all."""
    (tmp_path / "picture.toml").write_bytes(b"\xff\xd8")
    for name, complaint in (("none.toml", "No such file"), (".", "directory"), ("picture.toml", "not UTF-8")):
        with pytest.raises(InputError, match=complaint):
            read_wordings(tmp_path / name)


def test_the_command_measures_a_strangers_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Five lives told in three plain sentences are all read rightly."""
    assert main(["--templates", str(_written(tmp_path, TINY)), "--num-cases", "5", "--seed", "9"]) == 0
    assert (
        capsys.readouterr().out.splitlines()[-1].startswith("theirs.toml, 5 lives: live_correct_rate 1.0000")
    )


def test_the_command_ends_with_one_line_on_a_faulty_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, as for any wrong argument."""
    with pytest.raises(SystemExit, match="2"):
        main(["--templates", str(_written(tmp_path, "en = 3"))])
    assert "theirs.toml: en must be a table" in capsys.readouterr().err
