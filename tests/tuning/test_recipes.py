"""What `train persona` refuses before it trains, and what it leaves alone."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from roleagent.errors import (
    ConfigurationError,
    InputError,
    ModelError,
    ModelNotFoundError,
    ModelUnavailableError,
)
from roleagent.formats.load import load_persona
from roleagent.models import TransformersChat
from roleagent.models.adapters import read_adapter
from roleagent.models.checkpoint import shared_checkpoint
from roleagent.persona.persona import Persona
from roleagent.testing.adapters import build_tiny_gguf
from roleagent.testing.models import build_tiny_text_model
from roleagent.tuning.bases import open_base
from roleagent.tuning.data_card import card_of
from roleagent.tuning.data_files import write_dialogues
from roleagent.tuning.dialogues import Dialogue, Message
from roleagent.tuning.fidelity import Fidelity
from roleagent.tuning.leaks import leaks_in, probes_of
from roleagent.tuning.objective import Objective
from roleagent.tuning.options import LoraOptions, Options
from roleagent.tuning.recipe_data import Data, persona_data, with_held_out
from roleagent.tuning.recipes import Recipe, carry_out, check_recipe
from roleagent.tuning.role_play import role_play_data
from roleagent.tuning.updating import base_of
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


def test_an_adapter_lies_where_its_model_finds_it_by_name(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Also that of a checkpoint; and there, too, an ended training is not resumed."""
    monkeypatch.setenv("ROLEAGENT_MODELS_DIR", str(tmp_path))
    made = carry_out(recipe)
    talking = TransformersChat(path_or_id=recipe.model.removeprefix("transformers:")).with_adapter("x")
    assert talking.trained_adapter is not None
    assert talking.trained_adapter.folder == made.folder
    assert talking.trained_adapter.name == recipe.name
    with pytest.raises(InputError, match="has ended"):
        carry_out(recipe, resume=True)


def test_a_whole_model_never_lies_beside_an_adapter(recipe: Recipe, tmp_path: Path):
    """Transformers would load the two together."""
    carry_out(recipe, tmp_path)
    whole = replace(recipe, options=replace(OPTIONS, policy="all"))
    with pytest.raises(InputError, match="holds an adapter"):
        carry_out(whole, tmp_path)
    with pytest.raises(InputError, match="name one with --out"):
        carry_out(whole)


def test_an_adapter_can_be_saved_at_half_its_strength(recipe: Recipe, tmp_path: Path):
    """Its alpha is halved, and its weights are those of the training."""
    lora = replace(OPTIONS.lora, strength=0.5)
    whole = carry_out(recipe, tmp_path / "whole").folder
    half = carry_out(replace(recipe, options=replace(OPTIONS, lora=lora)), tmp_path / "half").folder
    one, other = (json.loads((folder / "adapter_config.json").read_text()) for folder in (whole, half))
    assert other["lora_alpha"] == one["lora_alpha"] / 2
    name = "adapter_model.safetensors"
    assert (whole / name).read_bytes() == (half / name).read_bytes()
    assert "at 50 % of its strength" in (half / "README.md").read_text(encoding="utf-8")
    with pytest.raises(ConfigurationError, match="strength is 0"):
        LoraOptions(strength=0)


def test_an_old_gguf_file_is_not_taken_for_the_new_adapter(recipe: Recipe, tmp_path: Path):
    """A checkpoint makes none."""
    carry_out(recipe, tmp_path)
    (tmp_path / "adapter.gguf").write_bytes(b"of before")
    assert read_adapter(carry_out(recipe, tmp_path).folder).gguf is None


def test_layers_that_llama_cpp_has_no_adapter_for_are_told_first(recipe: Recipe, tmp_path: Path):
    """Not after hours of training."""
    gguf = build_tiny_gguf(Path(recipe.model.removeprefix("transformers:")), tmp_path / "tiny.gguf")
    lora = LoraOptions(rank=2, alpha=4, targets=("q_proj", "lm_head"))
    wish = replace(recipe, model=f"llama-cpp:{gguf}", options=replace(OPTIONS, lora=lora))
    with pytest.raises(ModelError, match="An adapter of 'lm_head'"):
        carry_out(wish, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_full_disk_at_the_end_is_told_in_plain_words(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """And `--resume` writes what was trained."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("roleagent.tuning.recipes.draw_course", full)
        with pytest.raises(InputError, match=r"No space left.*--resume"):
            carry_out(recipe, tmp_path)
    assert (carry_out(recipe, tmp_path, resume=True).folder / "README.md").is_file()


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


# ── what is trained with a teacher, or further ───────────────────────────────────────────────────


def test_a_name_that_no_model_has_is_told_first(recipe: Recipe, tmp_path: Path):
    """Of the model to train as of the teacher; nothing is made or loaded."""
    kd = replace(OPTIONS, objective=Objective(kd=0.5))
    for wrong in (replace(recipe, model="smollm"), replace(recipe, teacher="smollm", options=kd)):
        with pytest.raises(ModelNotFoundError, match="There is no model 'smollm'"):
            check_recipe(wrong, tmp_path / "new")
        with pytest.raises(ModelNotFoundError, match="There is no model 'smollm'"):
            carry_out(wrong, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_logits_of_a_teacher_are_learned(recipe: Recipe, tmp_path: Path):
    """By the same way as everything else, with the same card; the teacher is named on it."""
    teacher = build_tiny_text_model(tmp_path / "big", seed=1)
    options = replace(OPTIONS, objective=Objective(lm=0.5, kd=0.5))
    made = carry_out(replace(recipe, teacher=f"transformers:{teacher}", options=options), tmp_path / "small")
    assert "kd" in made.course.looks[0].terms
    card = (made.folder / "README.md").read_text(encoding="utf-8")
    assert "Teacher whose logits are learned: `transformers:big`." in card
    assert str(tmp_path) not in card
    assert (made.folder / "curves.svg").is_file()


def test_what_is_trained_further_keeps_its_persona_and_languages(recipe: Recipe, tmp_path: Path):
    """The data of an update may say nothing of either."""
    persona = small_persona()
    old = carry_out(replace(recipe, persona=persona), tmp_path / "old").folder
    chinese = [replace(each, language="zh") for each in numbered(20, 24)]
    further = replace(
        recipe, options=replace(OPTIONS, adapter=str(old)), data=replace(recipe.data, learned=chinese)
    )
    manifest = read_adapter(carry_out(further, tmp_path / "new").folder).manifest
    assert manifest.persona is not None
    assert manifest.persona == read_adapter(old).manifest.persona
    assert manifest.languages == ("en", "zh")
    card = (tmp_path / "new" / "README.md").read_text(encoding="utf-8")
    assert f"to play **{persona.id}**" in card
    assert "Trained further from the adapter `old`" in card
    assert "- LoRA:" not in card


def test_card_and_manifest_show_no_folders_of_this_machine(recipe: Recipe, tmp_path: Path):
    """Both go along with the adapter; only names are of use elsewhere."""
    made = carry_out(recipe, tmp_path / "x")
    place = str(Path(recipe.model.removeprefix("transformers:")).parent)
    for name in ("README.md", "roleagent.json"):
        told = (made.folder / name).read_text(encoding="utf-8")
        assert place not in told
        assert str(tmp_path) not in told
    assert base_of(made.folder) == recipe.model


def test_data_are_made_in_the_language_that_is_asked_for():
    """Of a persona that has several; who is played stays the same."""
    data = persona_data(load_persona("mira"), num=6, language="zh")
    assert data.languages == ("zh",)
    with pytest.raises(InputError, match="no rendering in 'fr'"):
        persona_data(load_persona("mira"), num=6, language="fr")


@pytest.mark.parametrize(("language", "asked_in"), [("zh", "zh"), ("en", "en"), ("fr", "en")])
def test_probes_are_asked_in_the_language_of_the_data(
    language: str, asked_in: str, recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """An adapter that learned Chinese is not measured in English; what the persona lacks is not asked for."""
    asked: list[str] = []

    def measured(persona: Persona, *_: object, **__: object) -> Fidelity:
        asked.append(persona.language)
        return Fidelity(before=(), after=())

    monkeypatch.setattr("roleagent.tuning.fidelity.measure_fidelity", measured)
    learned = [replace(each, language=language) for each in recipe.data.learned]
    told = replace(recipe, persona=load_persona("mira"), data=replace(recipe.data, learned=learned))
    carry_out(told, tmp_path / "x").probed(told, share=1)
    assert asked == [asked_in]


def test_one_in_eight_is_held_out_unless_some_are():
    """Whether they come from files or from a teacher."""
    told = Data(learned=numbered(0, 16), held_out=[], origin="")
    assert [len(each) for each in (with_held_out(told).learned, with_held_out(told).held_out)] == [14, 2]
    kept = replace(told, held_out=numbered(20, 21))
    assert with_held_out(kept) is kept
