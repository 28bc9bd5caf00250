"""The commands that train chat models have grown from several hands; their options must not show it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import typer
from typer.testing import CliRunner

from roleagent.cli.app import app

TRAINING = ("persona", "role-play", "distil", "update")
OWN_HELP = {"--out", "--data", "--model", "--language"}
"""What one of them says otherwise, because a default or a number of values is another one."""
OWN_DEFAULT = {
    ("role-play", "--epochs"),
    ("role-play", "--strength"),
    ("update", "--learning-rate"),
    ("update", "--model"),
}
MISTAKES = re.compile(r"^(?:Of|To|The highest|Among)\b")


def commands() -> dict[str, typer.core.TyperCommand]:
    """Those of `roleagent train`, also the nested ones."""
    group = typer.main.get_command(app).commands["train"]  # type: ignore[attr-defined]
    return dict(walked(group.commands))


def walked(some: dict[str, typer.core.TyperCommand]) -> Iterator[tuple[str, typer.core.TyperCommand]]:
    for name, each in some.items():
        if nested := getattr(each, "commands", None):
            yield from walked(nested)
        else:
            yield name, each


def test_one_meaning_has_one_name_one_help_and_one_default():
    """Whoever knows one command knows them all."""
    seen: dict[str, tuple[str, object]] = {}
    for command in TRAINING:
        for option in commands()[command].params:
            name, told = option.opts[0], getattr(option, "help", "")
            if name == "--help":
                continue
            said, usual = seen.setdefault(name, (told, option.default))
            assert name in OWN_HELP or said == told, (command, name)
            if (command, name) not in OWN_DEFAULT:
                assert option.default == usual or name in OWN_HELP, (command, name)


@pytest.mark.parametrize(
    "name",
    ["--train", "--steps", "--most-tokens", "--sequences", "--check-every", "--patience", "--warm-up"],
)
def test_the_names_of_old_are_gone(name: str):
    """`train distil` and `train persona` call the same things the same."""
    for command in ("persona", "distil"):
        assert name in [option.opts[0] for option in commands()[command].params]
    for old in ("--policy", "--most-steps", "--sequences-per-step"):
        assert old not in [option.opts[0] for option in commands()["distil"].params]


def test_every_help_text_stands_by_itself():
    """It is read in a table, where "Of what is drawn." says nothing."""
    texts = {
        (command, option.name): getattr(option, "help", None) or ""
        for command, each in commands().items()
        for option in each.params
    }
    assert [where for where, text in texts.items() if MISTAKES.match(text)] == []
    assert [where for where, text in texts.items() if not text] == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--preference", "ppo"], "orpo or dpo"),
        (["--language", "zh", "--data", "x.jsonl"], "--language is for dialogues that are made"),
        (["--data", "gone.jsonl"], "does not exist"),
        (["--dropout", "2"], "dropout"),
        (["--patience", "0"], "patience"),
    ],
)
def test_a_wrong_option_is_told_at_once(options: list[str], told: str, tmp_path, monkeypatch):
    """Before anything slow is loaded."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.jsonl").touch()
    result = CliRunner().invoke(app, ["train", "persona", "mira", *options])
    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())
