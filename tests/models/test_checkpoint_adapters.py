"""Adapters of a transformers model: several in one base, each answering for itself."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from langchain_core.messages import HumanMessage

from roleagent.errors import ConfigurationError, ModelError, ModelNotFoundError
from roleagent.models.adapters import CONFIG, Base, write_manifest
from roleagent.models.checkpoint import shared_checkpoint
from roleagent.models.checkpoint_adapters import without_noise
from roleagent.models.transformers import TransformersChat
from roleagent.testing.adapters import build_tiny_adapter
from roleagent.testing.models import build_tiny_text_model
from roleagent.weights.files import sha256_of

pytestmark = pytest.mark.slow

ASKED = "Good evening."


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A base and two adapters."""
    folder = tmp_path_factory.mktemp("peft")
    base = build_tiny_text_model(folder / "base", spread=0.3)
    made = {
        name: build_tiny_adapter(base, folder / name, name=name, seed=seed).folder
        for seed, name in enumerate("ab")
    }
    return {"base": base, **made}


@pytest.fixture
def plain(folders: dict[str, Path]) -> TransformersChat:
    return TransformersChat(path_or_id=str(folders["base"]), temperature=0, max_tokens=8)


def expected(folders: dict[str, Path], name: str) -> str:
    """What peft's own model answers, apart from everything here."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(folders["base"])
    with without_noise():
        model = PeftModel.from_pretrained(model, folders[name]) if name else model
    tokenizer = AutoTokenizer.from_pretrained(folders["base"])
    inputs = tokenizer(f"user: {ASKED}\nassistant: ", return_tensors="pt")
    tokens = model.eval().generate(**inputs, max_new_tokens=8, do_sample=False)
    return tokenizer.decode(tokens[0][inputs["input_ids"].shape[1] :], skip_special_tokens=True)


def test_each_answers_under_its_own_and_the_base_under_none(plain, folders: dict[str, Path]) -> None:
    """In any order, in one copy of the base."""
    models = {"": plain, "a": plain.with_adapter(folders["a"]), "b": plain.with_adapter(str(folders["b"]))}
    right = {name: expected(folders, name) for name in models}
    assert len(set(right.values())) == 3
    for name in ("", "a", "b", "a", "", "b", ""):
        assert models[name].invoke(ASKED).text == right[name], name
    assert {id(model._checkpoint()) for model in models.values()} == {id(plain._checkpoint())}
    assert models["a"].trained_adapter.name == "a"
    assert plain.trained_adapter is None


def test_calls_at_once_are_batched_by_adapter(plain, folders: dict[str, Path]) -> None:
    """A batch has one adapter, though the models share their queue."""
    models = [plain, plain.with_adapter(folders["a"]), plain.with_adapter(folders["b"])]
    right = [model.invoke(ASKED).text for model in models]
    with ThreadPoolExecutor(9) as pool:
        found = list(pool.map(lambda model: model.invoke(ASKED).text, models * 3))
    assert found == right * 3
    streamed = ["".join(chunk.text for chunk in model.stream(ASKED)) for model in models]
    assert streamed == right


async def test_answers_are_weighed_under_the_adapter(plain, folders: dict[str, Path]) -> None:
    """As they are written under it."""
    asked = [HumanMessage(ASKED)]
    weighed = [
        await model.weigh(asked, ["1", "2"])
        for model in (plain, plain.with_adapter(folders["a"]), plain.with_adapter(""))
    ]
    assert weighed[0] == pytest.approx(weighed[2])
    assert weighed[0] != pytest.approx(weighed[1])


def test_an_adapter_for_another_base_is_refused(plain, folders: dict[str, Path], tmp_path: Path) -> None:
    """By its shape, and by the bytes of the checkpoint."""
    weights = folders["base"] / "model.safetensors"
    shape = {"architecture": "llama", "hidden_size": 32, "num_layers": 2, "vocab_size": 400}
    kinds = {
        "wide": ({**shape, "hidden_size": 64}, "hidden_size 64 instead of 32"),
        "other": ({**shape, "file": weights.name, "sha256": "0" * 64}, "other weights"),
    }
    for name, (values, told) in kinds.items():
        base = Base(name="else", **values)
        made = build_tiny_adapter(folders["base"], tmp_path / name, name=name, base=base)
        with pytest.raises(ConfigurationError, match=told):
            plain.with_adapter(made.folder).load()
    same = Base(name="base", **shape, file=weights.name, sha256=sha256_of(weights))
    made = build_tiny_adapter(folders["base"], tmp_path / "same", name="same", base=same)
    plain.with_adapter(made.folder).load()


@pytest.mark.parametrize("is_first", [True, False])
def test_an_adapter_that_peft_cannot_load_is_a_model_error(
    folders: dict[str, Path], tmp_path: Path, is_first: bool
) -> None:
    """And the base still answers, as do other adapters, whichever came first."""
    copy = shutil.copytree(folders["base"], tmp_path / "base")
    plain = TransformersChat(path_or_id=str(copy), temperature=0, max_tokens=8)
    before = plain.invoke(ASKED).text
    if not is_first:
        plain.with_adapter(folders["b"]).load()
    made = build_tiny_adapter(folders["base"], tmp_path / "x", name="x")
    text = (made.folder / CONFIG).read_text()
    (made.folder / CONFIG).write_text(text.replace('"q_proj"', '"nowhere_proj"').replace('"r": 4', '"r": 5'))
    write_manifest(made.folder, name="x", base=made.manifest.base, made_by="a test")
    with pytest.raises(ModelError, match="cannot be put into"):
        plain.with_adapter(made.folder).invoke(ASKED)
    assert plain.invoke(ASKED).text == before
    assert plain.with_adapter(folders["a"]).invoke(ASKED).text == expected(folders, "a")
    with pytest.raises(ModelError, match="cannot be put into"):
        plain.with_adapter(made.folder).invoke(ASKED)
    assert plain.with_adapter(folders["b"]).invoke(ASKED).text == expected(folders, "b")
    assert plain.invoke(ASKED).text == before


def test_an_unknown_name_is_told_when_the_model_is_made(folders: dict[str, Path]) -> None:
    """Not in the first turn."""
    with pytest.raises(ModelNotFoundError, match="'base' has no adapter 'holmes'"):
        TransformersChat(path_or_id=str(folders["base"]), adapter="holmes")
    assert shared_checkpoint(str(folders["base"]), device="auto", dtype="auto").sees is False
