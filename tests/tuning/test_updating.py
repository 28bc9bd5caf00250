"""An update goes on from the adapter, shows old dialogues again, and leaves the old adapter as it was."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from roleagent.errors import ConfigurationError, InputError, ModelError
from roleagent.models.adapters import Base, write_manifest
from roleagent.models.transformers import TransformersChat
from roleagent.testing.models import build_tiny_text_model
from roleagent.tuning.bases import open_base
from roleagent.tuning.checkpoints import COMPLETE, Checkpoints
from roleagent.tuning.dialogues import Dialogue, Fault, Message, Rejected
from roleagent.tuning.opened_adapter import opened_adapter
from roleagent.tuning.options import LoraOptions, Options
from roleagent.tuning.saving import save_adapter
from roleagent.tuning.training import Trained, train
from roleagent.tuning.updating import base_of, mix, objective_of

pytestmark = pytest.mark.xdist_group("torch")
OPTIONS = Options(
    epochs=4, learning_rate=2e-2, sequences_per_step=1, device="cpu", half=False, check_every=2,
    lora=LoraOptions(rank=4, alpha=8, dropout=0.0),
)  # fmt: skip


def dialogue(number: int, *, of: str = "red") -> Dialogue:
    said = Message(role="user", text=f"{number}?")
    return Dialogue(messages=(said, Message(role="assistant", text=f"{of} {number}")))


def numbered(first: int, last: int, **options: str) -> list[Dialogue]:
    return [dialogue(number, **options) for number in range(first, last)]


# ── mix ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("share", "num_old"), [(0.5, 18), (0.25, 6), (0.0, 0)])
def test_the_share_is_that_of_old_ones(share: float, num_old: int):
    """Of 20 new ones 2 are held out; old ones are drawn to the share, and a tenth of them is held out."""
    mixture = mix(numbered(0, 20), numbered(100, 200), share=share)
    assert mixture.num_old == num_old
    assert len(mixture.learned) == 18 + num_old


def test_nothing_held_out_is_learned():
    """Else the training would be stopped by what it has seen."""
    mixture = mix(numbered(0, 20), numbered(100, 200))
    assert not {each.id for each in mixture.learned} & {each.id for each in mixture.held_out}
    assert {each.messages[0].text for each in mixture.held_out} & {f"{number}?" for number in range(100, 200)}


def test_all_old_ones_if_there_are_few():
    """What there is, is shown once; nothing is shown twice to make up the share."""
    mixture = mix(numbered(0, 20), numbered(100, 103))
    assert len(mixture.learned) + len(mixture.held_out) == 23


def test_what_is_new_does_not_count_as_old():
    """A file of all dialogues may be named for replay."""
    both = [*numbered(0, 4), *numbered(100, 104)]
    mixture = mix(numbered(0, 4), both)
    assert len({each.id for each in (*mixture.learned, *mixture.held_out)}) == 8


def test_the_seed_draws():
    """The same seed the same, another one others."""
    first, again, other = (mix(numbered(0, 10), numbered(100, 200), seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("new", "old", "share"),
    [
        (numbered(0, 1), numbered(9, 12), 0.5),
        (numbered(0, 5), [], 0.5),
        (numbered(0, 5), numbered(9, 12), 1.0),
    ],
)
def test_what_cannot_be_mixed(new: list[Dialogue], old: list[Dialogue], share: float):
    """Too few, nothing to show again, and no room for what is new."""
    with pytest.raises(InputError):
        mix(new, old, share=share)


# ── update ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_text_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def taught(model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Trained]:
    """An adapter that learned some dialogues, and how that went."""
    folder = tmp_path_factory.mktemp("adapter")
    dialogues = numbered(0, 6)
    trained = train(
        open_base(f"transformers:{model}", device="cpu"),
        dialogues,
        dialogues,
        OPTIONS,
        folder=folder / "steps",
    )
    trained.model.save_pretrained(str(folder / "made"))
    return folder / "made", trained


def test_it_starts_from_what_was_learned(model: Path, taught: tuple[Path, Trained], tmp_path: Path):
    """The first look is the last adapter's loss, and not the base's."""
    adapter, before = taught
    files = {path.name: path.read_bytes() for path in adapter.iterdir()}
    base = open_base(f"transformers:{model}", device="cpu")
    further = replace(OPTIONS, adapter=str(adapter))
    course = train(base, numbered(20, 26, of="blue"), numbered(0, 6), further, folder=tmp_path).course
    best = next(look.loss for look in before.course.looks if look.step == before.course.best)
    assert math.isclose(course.looks[0].loss, best, rel_tol=1e-3)
    assert course.looks[0].loss < before.course.looks[0].loss
    assert course.num_trained == before.course.num_trained
    assert {path.name: path.read_bytes() for path in adapter.iterdir()} == files


def test_no_step_is_looked_at_twice(taught: tuple[Path, Trained]):
    """Where an epoch ends, too: else a look would count twice among those without a better one."""
    steps = [look.step for look in taught[1].course.looks]
    assert len(steps) == len(set(steps))


def test_the_base_is_named_by_the_adapter(model: Path, taught: tuple[Path, Trained], tmp_path: Path):
    """So that nobody has to remember it."""
    assert base_of(taught[0]) == f"transformers:{model}"
    with pytest.raises(InputError, match="holds no adapter"):
        base_of(tmp_path)


def test_a_moved_checkpoint_is_found_by_its_folder(model: Path, taught: tuple[Path, Trained], tmp_path: Path):
    """The manifest has its name alone; peft's file says where it was."""
    folder = shutil.copytree(taught[0], tmp_path / "old")
    shape = Base(name=model.name, architecture="llama", hidden_size=32, num_layers=2, vocab_size=400)
    write_manifest(folder, name="x", base=shape, made_by="train")
    assert base_of(folder) == f"transformers:{model}"
    told = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    for place, named in [(str(tmp_path / "gone"), ""), ("OWNER/NAME", "OWNER/NAME")]:
        told["base_model_name_or_path"] = place
        (folder / "adapter_config.json").write_text(json.dumps(told), encoding="utf-8")
        write_manifest(folder, name="x", base=shape.model_copy(update={"name": place}), made_by="train")
        if named:
            assert base_of(folder) == named
        else:
            with pytest.raises(InputError, match="not there any more"):
                base_of(folder)


def test_a_gguf_file_of_ones_own_has_to_be_named(taught: tuple[Path, Trained], tmp_path: Path):
    """Nothing says where it lies; one of the catalogue is known by its name."""
    folder = shutil.copytree(taught[0], tmp_path / "old")
    shape = Base(
        name="tiny", file="tiny.gguf", architecture="llama", hidden_size=32, num_layers=2, vocab_size=400
    )
    write_manifest(folder, name="x", base=shape, made_by="train")
    with pytest.raises(InputError, match=r"is for 'tiny.gguf': name that file with --model"):
        base_of(folder)
    write_manifest(folder, name="x", base=shape.model_copy(update={"name": "smollm2-135m"}), made_by="train")
    assert base_of(folder) == "smollm2-135m"


def test_a_damaged_adapter_is_refused(taught: tuple[Path, Trained], tmp_path: Path):
    """Before anything is trained."""
    shutil.copytree(taught[0], tmp_path / "old")
    shape = Base(name="tiny", architecture="llama", hidden_size=32, num_layers=2, vocab_size=400)
    write_manifest(tmp_path / "old", name="holmes", base=shape, made_by="train")
    (tmp_path / "old" / "adapter_model.safetensors").write_bytes(b"else")
    with pytest.raises(ModelError, match="cannot be used"):
        base_of(tmp_path / "old")


def test_an_adapter_of_another_base_is_refused(taught: tuple[Path, Trained], tmp_path: Path):
    """Its matrices do not fit."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(base_of(taught[0]).removeprefix("transformers:"))
    other = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=64, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=4,
    )  # fmt: skip
    with torch.random.fork_rng():
        LlamaForCausalLM(other).save_pretrained(tmp_path / "other")
    tokenizer.save_pretrained(tmp_path / "other")
    base = open_base(f"transformers:{tmp_path / 'other'}", device="cpu")
    with pytest.raises(ModelError, match="cannot be opened over"):
        opened_adapter(base, taught[0])


def test_a_folder_without_weights_is_refused(model: Path, tmp_path: Path):
    """Also where there is a pickle instead, which is never opened."""
    (tmp_path / "adapter_config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "adapter_model.bin").write_bytes(b"")
    base = open_base(f"transformers:{model}", device="cpu")
    with pytest.raises(InputError, match=r"adapter_model\.safetensors is missing"):
        opened_adapter(base, tmp_path)


@pytest.mark.parametrize(
    "config",
    [
        {
            "peft_type": "PROMPT_TUNING", "task_type": "CAUSAL_LM", "num_virtual_tokens": 2,
            "prompt_tuning_init": "TEXT", "prompt_tuning_init_text": "hi", "tokenizer_name_or_path": "a/b",
        },
        {"peft_type": "XLORA", "task_type": "CAUSAL_LM", "hidden_size": 32, "adapters": {"0": "a/b"}},
        {"peft_type": "LORA", "init_lora_weights": "pissa"},
        {"peft_type": "LORA", "layer_replication": [[0, 2], [1, 2]]},
        {"peft_type": "LORA", "megatron_config": {"a": 1}, "megatron_core": "megatron.core"},
        [],
    ],
)  # fmt: skip
def test_other_methods_than_lora_are_refused(
    config: object, model: Path, taught: tuple[Path, Trained], tmp_path: Path
):
    """They name tokenizers, adapters and libraries that peft would fetch and open."""
    folder = shutil.copytree(taught[0], tmp_path / "old")
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    base = open_base(f"transformers:{model}", device="cpu")
    with pytest.raises(ModelError, match=r"only plain LoRA|would change the weights|cannot be read"):
        opened_adapter(base, folder)
    shape = Base(name="tiny", architecture="llama", hidden_size=32, num_layers=2, vocab_size=400)
    write_manifest(folder, name="x", base=shape, made_by="train")
    with pytest.raises(ModelError, match=r"only plain LoRA|would change the weights|cannot be read"):
        TransformersChat(path_or_id=str(model)).with_adapter(folder).load()


def test_other_weights_of_the_same_shape_are_refused(
    model: Path, taught: tuple[Path, Trained], tmp_path: Path
):
    """Else the manifest would say that the new adapter is for the old base."""
    folder = shutil.copytree(taught[0], tmp_path / "old")
    shape = Base(
        name="tiny", architecture="llama", hidden_size=32, num_layers=2, vocab_size=400,
        file="model.safetensors", sha256="0" * 64,
    )  # fmt: skip
    write_manifest(folder, name="x", base=shape, made_by="train")
    base = open_base(f"transformers:{model}", device="cpu")
    with pytest.raises(ConfigurationError, match="other weights"):
        opened_adapter(base, folder)


@pytest.mark.parametrize(
    ("faults", "weights"),
    [((), (0, 0)), (("contradiction",), (1, 0)), (("voice",), (0, 1)), (("safety", "contradiction"), (1, 1))],
)
def test_a_term_is_on_where_a_reply_was_rejected_for_it(faults: tuple[Fault, ...], weights: tuple[int, int]):
    """A term without anything to learn from would be of no use."""
    rejected = tuple(Rejected(text=fault, fault=fault) for fault in faults)
    objective = objective_of([dialogue(1), replace(dialogue(2), rejected=rejected)])
    assert (objective.con, objective.safe) == weights


def test_saving_looks_for_no_base_on_the_hub(
    model: Path, taught: tuple[Path, Trained], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The base is at hand, whatever the adapter's configuration says of it."""
    asked: list[object] = []
    monkeypatch.setattr(
        "peft.utils.save_and_load.check_file_exists_on_hf_hub", lambda *names, **_: asked.append(names)
    )
    config = taught[1].model.peft_config["default"]
    monkeypatch.setattr(config, "base_model_name_or_path", "someone/else")
    base = open_base(f"transformers:{model}", device="cpu")
    save_adapter(taught[1], base, tmp_path / "new", name="x", made_by="update")
    assert not asked


# ── going on ─────────────────────────────────────────────────────────────────────────────────────


def resumed(model: Path, folder: Path, **more: object) -> None:
    dialogues = [replace(each, **more) for each in numbered(0, 6)]  # type: ignore[arg-type]
    base = open_base(f"transformers:{model}", device="cpu")
    train(base, dialogues, numbered(0, 6), replace(OPTIONS, epochs=1), folder=folder, resume=True)


def test_other_rejected_replies_are_other_data(model: Path, tmp_path: Path):
    """They are learned from, too."""
    resumed(model, tmp_path)
    resumed(model, tmp_path)
    with pytest.raises(InputError, match=r"other data or options \(dialogues\)"):
        resumed(model, tmp_path, rejected=(Rejected(text="no", fault="voice"),))


@pytest.mark.parametrize("told", ["[]", "{}", "null", '{"fingerprint": 1}', "[" * 100_000])
def test_a_broken_seal_is_told(told: str, tmp_path: Path):
    """By the file's name."""
    (tmp_path / "checkpoint-1").mkdir()
    (tmp_path / "checkpoint-1" / COMPLETE).write_text(told, encoding="utf-8")
    with pytest.raises(InputError, match=COMPLETE):
        Checkpoints(tmp_path).told()


@pytest.mark.parametrize("name", ["adapter_model.safetensors", "optimizer.pt", "trainer_state.json"])
def test_a_broken_checkpoint_is_told(name: str, model: Path, tmp_path: Path):
    """Not as a failure of the library that read it."""
    resumed(model, tmp_path)
    last = Checkpoints(tmp_path).last
    assert last is not None
    seal = last / COMPLETE
    seal.write_text(seal.read_text(encoding="utf-8").replace('"ended": true', '"ended": false'))
    whole = (last / name).read_bytes()
    (last / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cannot be read"):
        resumed(model, tmp_path)
