"""What `train persona` refuses before it trains, and what it leaves alone."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from roleagent.errors import ConfigurationError, InputError, ModelError, ModelUnavailableError
from roleagent.models.adapters import read_adapter
from roleagent.models.checkpoint import shared_checkpoint
from roleagent.testing.models import build_tiny_text_model
from roleagent.tuning.bases import open_base
from roleagent.tuning.data_card import card_of
from roleagent.tuning.data_files import write_dialogues
from roleagent.tuning.dialogues import Dialogue, Message
from roleagent.tuning.leaks import leaks_in, probes_of
from roleagent.tuning.options import LoraOptions, Options
from roleagent.tuning.recipes import Data, Recipe, carry_out, persona_data, role_play_data
from roleagent.weights.files import sha256_of
from tests.tuning.small_persona import small_persona
from tests.tuning.test_updating import dialogue, numbered

pytestmark = pytest.mark.xdist_group("torch")
OPTIONS = Options(
    epochs=1, most_steps=1, most_tokens=64, device="cpu", half=False, lora=LoraOptions(rank=2, alpha=4)
)  # fmt: skip


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    model = build_tiny_text_model(tmp_path_factory.mktemp("tiny"))
    data = Data(learned=numbered(0, 4), held_out=numbered(9, 11), origin="A test.")
    return Recipe(
        name="x", model=f"transformers:{model}", persona=None, options=OPTIONS, data=data, command="train"
    )


def test_a_folder_with_something_else_is_left_alone(recipe: Recipe, tmp_path: Path):
    """A README of somebody's own must not become a model card."""
    (tmp_path / "README.md").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="something else"):
        carry_out(recipe, tmp_path)
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == "mine"


def test_only_checkpoints_are_removed(recipe: Recipe, tmp_path: Path):
    """Not whatever else is in a folder of that name."""
    (tmp_path / "training").mkdir()
    (tmp_path / "training" / "thesis.txt").write_text("mine", encoding="utf-8")
    carry_out(recipe, tmp_path)
    assert [each.name for each in (tmp_path / "training").iterdir()] == ["thesis.txt"]


def test_an_ended_training_does_not_start_again(recipe: Recipe, tmp_path: Path):
    """To go on is not to train again; without `resume` it does."""
    carry_out(recipe, tmp_path)
    with pytest.raises(InputError, match="has ended"):
        carry_out(recipe, tmp_path, resume=True)
    carry_out(recipe, tmp_path)


def test_a_name_that_no_adapter_can_have_is_told_first(recipe: Recipe, tmp_path: Path):
    """Not after hours of training."""
    with pytest.raises(InputError, match="name of an adapter"):
        carry_out(replace(recipe, name="Foo Bar"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_it_is_told_how_many_were_too_long(recipe: Recipe, tmp_path: Path):
    """On the screen and on the card."""
    data = replace(recipe.data, learned=[*recipe.data.learned, dialogue(7, of="red " * 99)])
    made = carry_out(replace(recipe, data=data), tmp_path)
    assert "1 dialogues were left out" in made.told
    assert "1 of all were too long" in (tmp_path / "README.md").read_text(encoding="utf-8")


def test_an_adapter_of_a_checkpoint_is_tied_to_its_bytes(recipe: Recipe, tmp_path: Path):
    """Its shape alone is that of every other training of the same model."""
    carry_out(recipe, tmp_path)
    weights = Path(recipe.model.removeprefix("transformers:")) / "model.safetensors"
    base = read_adapter(tmp_path).manifest.base
    assert (base.file, base.sha256) == (weights.name, sha256_of(weights))


@pytest.mark.parametrize(("num", "num_held_out", "told"), [(3, 0, "to stop on"), (0, 3, "to learn")])
def test_an_empty_file_is_not_passed_over(tmp_path: Path, num: int, num_held_out: int, told: str):
    """Whoever names a file means it."""
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for path, count in zip(files, (num, num_held_out), strict=True):
        write_dialogues(path, numbered(0, count))
    with pytest.raises(InputError, match=told):
        persona_data(small_persona(), files=files[:1], held_out_files=files[1:])


def test_test_probes_among_the_data_are_refused(tmp_path: Path):
    """Also in files that did not come from `train data`."""
    asked = dialogue(0).messages[0]
    probe = next(each.text for each in probes_of() if len(each.text.split()) > 7 and "{" not in each.text)
    leak = Dialogue(messages=(replace(asked, text=probe), Message(role="assistant", text="Well.")))
    write_dialogues(tmp_path / "a.jsonl", [*numbered(0, 4), leak])
    with pytest.raises(InputError, match="test probe"):
        persona_data(small_persona(), files=[tmp_path / "a.jsonl"])


def test_a_data_card_shows_no_secret():
    """The data may tell one to who may know it; the card is for everybody."""
    secret = replace(dialogue(1), kind="secret")
    shown = card_of([*numbered(2, 6), secret], title="x", command="make", notes=[])
    assert "red 2" in shown
    assert secret.reply not in shown


@pytest.mark.parametrize("load", [open_base, partial(shared_checkpoint, device="cpu", dtype="float32")])
def test_code_of_a_checkpoint_is_not_run(load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Not even if somebody at the terminal would say yes."""
    ran = tmp_path / "ran"
    config = {"model_type": "strange", "auto_map": {"AutoConfig": "code.Config"}}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (tmp_path / "code.py").write_text(
        f"import pathlib\nfrom transformers import PretrainedConfig\npathlib.Path({str(ran)!r}).touch()\n"
        "class Config(PretrainedConfig):\n    model_type = 'strange'\n",
        encoding="utf-8",
    )
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    prefix = "transformers:" if load is open_base else ""
    with pytest.raises((ModelError, ModelUnavailableError)):
        load(f"{prefix}{tmp_path}")
    assert not ran.exists()


def test_the_data_for_any_character_hold_no_test_probe():
    """Else its measurement would mean nothing."""
    data = role_play_data(("zh",))
    assert len(data.learned) > 300
    assert {each.language for each in data.learned} == {"zh"}
    assert not list(leaks_in((*data.learned, *data.held_out), probes_of()))
    assert {each.id for each in data.learned}.isdisjoint({each.id for each in data.held_out})


def test_a_language_without_data_is_refused():
    """There are scripts in two languages."""
    with pytest.raises(ConfigurationError, match="no dialogues in fr: choose en or zh"):
        role_play_data(("en", "fr"))


def test_a_mistake_in_the_policy_leaves_no_folder_behind(recipe: Recipe, tmp_path: Path):
    """It is told before anything is loaded or made."""
    wrong = replace(recipe, model="transformers:nowhere", options=replace(OPTIONS, policy="nonsense"))
    with pytest.raises(ConfigurationError, match="'nonsense' does not say what to train"):
        carry_out(wrong, tmp_path / "new")
    assert not (tmp_path / "new").exists()
