"""`roleagent models` shows, brings, checks and finds weights."""

from __future__ import annotations

import hashlib

import pytest
from typer.testing import CliRunner

from roleagent.cli.models import app
from roleagent.errors import InputError, ModelFetchError, ModelNotFoundError, ModelUnavailableError
from roleagent.models.adapter_folders import adapter_folder
from roleagent.models.adapters import Base, ForPersona, write_manifest
from roleagent.settings import get_settings

CATALOGUE = """
[models.mine]
role = "llm"
licence = "MIT"
description = "Mine [bold]."
sets = ["ours"]
main = "m.gguf"
files = [{{ path = "m.gguf", size = 3, sha256 = "{sha256}" }}]
sources = [{{ kind = "path", path = "{path}" }}]
"""


@pytest.fixture
def models_dir(tmp_path, monkeypatch):
    """A machine with one model of its own in the catalogue, to be had from a file; nothing is fetched yet."""
    folder = tmp_path / "models"
    folder.mkdir()
    (tmp_path / "download.gguf").write_bytes(b"mmm")
    sha256 = hashlib.sha256(b"mmm").hexdigest()
    text = CATALOGUE.format(sha256=sha256, path=(tmp_path / "download.gguf").as_posix())
    (folder / "catalog.toml").write_text(text)
    monkeypatch.setenv("ROLEAGENT_MODELS_DIR", str(folder))
    monkeypatch.setenv("ROLEAGENT_OFFLINE", "1")
    get_settings.cache_clear()
    yield folder
    get_settings.cache_clear()


def run(*arguments):
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "150"})


def test_list_shows_every_model_and_whether_it_is_here(models_dir):
    """What can be had, what it costs, under which licence."""
    lines = run("list").output.splitlines()
    (mine,) = [line.split() for line in lines if line.startswith("mine ")]
    assert mine == ["mine", "llm", "0", "MB", "MIT", "ours", "no", "Mine", "[bold]."]
    assert any(line.startswith("qwen2.5-1.5b") and "1,117 MB" in line for line in lines)
    run("pull", "mine")
    assert "yes" in next(line for line in run("list").output.splitlines() if line.startswith("mine "))


def test_pull_brings_a_model_and_path_tells_where(models_dir):
    """The two commands a newcomer types."""
    result = run("pull", "mine")
    assert result.exit_code == 0
    assert "mine: here and verified" in result.output
    assert run("path", "mine").output.strip() == str(models_dir / "mine" / "m.gguf")


def test_pull_takes_a_whole_set_once(models_dir):
    """A name and its set together are still one pull."""
    assert run("pull", "mine", "--set", "ours").output.count("here and verified") == 1


def test_pull_from_a_file_of_the_users_own(models_dir, tmp_path):
    """Fetched by other means, verified all the same."""
    (tmp_path / "usb.gguf").write_bytes(b"mm?")
    result = run("pull", "mine", "--from", str(tmp_path / "usb.gguf"))
    assert isinstance(result.exception, ModelFetchError)
    (tmp_path / "usb.gguf").write_bytes(b"mmm")
    assert run("pull", "mine", "--from", str(tmp_path / "usb.gguf")).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["pull"], InputError, "Nothing to pull"),
        (["pull", "--set", "our"], ModelNotFoundError, "no set 'our'. Known: demo, ours, test"),
        (["pull", "mine", "use-m3", "--from", "x"], InputError, "--from serves one model, not 2"),
        (["pull", "use-m3"], ModelUnavailableError, "run: roleagent models pull use-m3"),
        (["path", "use-m3"], ModelUnavailableError, "Run: roleagent models pull use-m3"),
        (["path", "min"], ModelNotFoundError, "Did you mean 'mine'"),
    ],
)
def test_what_cannot_be_done_is_an_error_of_ours(models_dir, arguments, error, message):
    """The command line turns these into one clear line."""
    result = run(*arguments)
    assert isinstance(result.exception, error)
    assert message in str(result.exception)


def test_verify_is_content_with_sound_models(models_dir):
    """Exit code 0 means every byte is right."""
    run("pull", "mine")
    result = run("verify")
    assert (result.exit_code, result.output) == (0, "mine: sound\n")


def test_verify_names_what_is_damaged_and_fails(models_dir):
    """A script can rely on the exit code, a person on the line."""
    run("pull", "mine")
    (models_dir / "mine/m.gguf").unlink()
    (models_dir / "mine/m.gguf").write_bytes(b"mm?")
    result = run("verify", "mine")
    assert result.exit_code == 1
    assert result.output.startswith("mine: m.gguf: sha256 ")
    assert "1 of 1 damaged. Run: roleagent models pull mine" in result.output


def test_verify_with_nothing_here_says_what_to_do(models_dir):
    """Not an empty screen."""
    assert "No model is on this machine. Run: roleagent models pull --set demo" in run("verify").output


def test_missing_leaves_alone_what_is_here(models_dir):
    """Reading gigabytes again before every start would be a poor welcome."""
    assert "mine: here and verified" in run("pull", "--set", "ours", "--missing").output
    assert run("pull", "--set", "ours", "--missing").output == ""


def test_installed_adapters_are_listed_with_their_base(models_dir):
    """Which persona can be played better, and with which model."""
    assert "Adapters:" not in run("list").output
    folder = adapter_folder("ada", base="tiny")
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text("{}")
    (folder / "adapter_model.safetensors").write_bytes(b"")
    base = Base(name="tiny", architecture="llama", hidden_size=32, num_layers=2, vocab_size=400)
    persona = ForPersona(id="ada", version="0123456789ab")
    write_manifest(folder, name="ada", base=base, persona=persona, made_by="a test")
    told = run("list").output
    assert f"Adapters:\nada\n  for tiny, plays ada, 0 MB. {folder}" in told
