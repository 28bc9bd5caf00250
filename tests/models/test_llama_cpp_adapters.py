"""LlamaCppChat under adapters: found by name or folder, converted once, refused for another base."""

from pathlib import Path

import pytest

from roleagent.errors import ConfigurationError, ModelNotFoundError
from roleagent.models import engine as engine_module
from roleagent.models.adapter_folders import adapter_folder
from roleagent.models.adapters import GGUF, Base, write_manifest
from roleagent.models.base_shape import shape_of_gguf
from roleagent.models.llama_cpp import LlamaCppChat
from roleagent.settings import get_settings
from roleagent.testing.adapters import build_tiny_adapter, build_tiny_gguf
from roleagent.testing.models import build_tiny_text_model
from roleagent.weights.files import sha256_of

pytestmark = pytest.mark.slow

ASKED = "Good evening."


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_text_model(tmp_path_factory.mktemp("cpp") / "base", spread=0.3)


@pytest.fixture(scope="module")
def gguf(checkpoint: Path) -> Path:
    return build_tiny_gguf(checkpoint, checkpoint.with_name("tiny.gguf"))


@pytest.fixture
def plain(gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LlamaCppChat:
    """The base, with a folder of models and engines of its own."""
    monkeypatch.setenv("ROLEAGENT_MODELS_DIR", str(tmp_path / "models"))
    get_settings.cache_clear()
    monkeypatch.setattr(engine_module, "_expected", {})
    monkeypatch.setattr(engine_module, "_engines", {})
    yield LlamaCppChat(path=gguf, num_ctx=256, num_threads=1, temperature=0, max_tokens=8)
    engine_module.close_engines()
    get_settings.cache_clear()


def test_by_name_or_folder_over_one_base(plain: LlamaCppChat, checkpoint: Path, tmp_path: Path) -> None:
    """A copy under an adapter leaves the model as it is, and the GGUF file is made once."""
    build_tiny_adapter(checkpoint, adapter_folder("ada", base="tiny"), name="ada", seed=1)
    other = build_tiny_adapter(checkpoint, tmp_path / "other", name="other", seed=2)
    models = [plain, plain.with_adapter("ada"), plain.with_adapter(other.folder)]
    found = [model.invoke(ASKED).text for model in models * 2]
    assert found[:3] == found[3:]
    assert len(set(found)) == 3
    assert plain.with_adapter("ada").with_adapter("").invoke(ASKED).text == found[0]
    assert "".join(chunk.text for chunk in models[1].stream(ASKED)) == found[1]
    assert {model._engine() for model in models} == {plain._engine()}
    converted = tmp_path / "models" / "_adapters" / ".converted"
    assert len(list(converted.glob("*.gguf"))) == 2
    assert models[1].trained_adapter.name == "ada"
    assert "adapter" not in plain._identifying_params
    assert models[1]._identifying_params["adapter"] != models[2]._identifying_params["adapter"]


async def test_answers_are_weighed_and_prompts_read_ahead_under_it(
    plain: LlamaCppChat, checkpoint: Path, tmp_path: Path
) -> None:
    """Both go to the engine by themselves."""
    from langchain_core.messages import HumanMessage, SystemMessage

    made = build_tiny_adapter(checkpoint, tmp_path / "a", name="a", seed=1)
    adapted = plain.with_adapter(made.folder)
    asked = [SystemMessage("Stay."), HumanMessage(ASKED)]
    await adapted.read_ahead(asked)
    weighed = [await model.weigh(asked, ["1", "2"]) for model in (plain, adapted, plain)]
    assert weighed[0] == pytest.approx(weighed[2], rel=0.05)
    assert weighed[0] != pytest.approx(weighed[1], rel=0.5)


def test_a_gguf_file_that_comes_with_it_is_used(
    plain: LlamaCppChat, gguf: Path, checkpoint: Path, tmp_path: Path
) -> None:
    """Then nothing is converted."""
    from roleagent.models.gguf_adapter import write_gguf_adapter

    made = build_tiny_adapter(checkpoint, tmp_path / "a", name="a", seed=1)
    converted = plain.with_adapter(made.folder).invoke(ASKED).text
    shape, heads = shape_of_gguf(gguf)
    write_gguf_adapter(made.folder, made.folder / GGUF, shape=shape, heads=heads)
    write_manifest(made.folder, name="a", base=made.manifest.base, made_by="a test")
    adapted = plain.with_adapter(made.folder)
    assert adapted._completer().adapter == made.folder / GGUF
    assert adapted.invoke(ASKED).text == converted


def test_an_adapter_for_another_base_is_refused(
    plain: LlamaCppChat, gguf: Path, checkpoint: Path, tmp_path: Path
) -> None:
    """Others on the same engine go on."""
    shape, _ = shape_of_gguf(gguf)
    of_other = Base(name="else", file="else.gguf", sha256="0" * 64, **shape.model_dump())
    made = build_tiny_adapter(checkpoint, tmp_path / "a", name="a", base=of_other)
    refused = plain.with_adapter(made.folder)
    with pytest.raises(ConfigurationError, match=r"trained for other weights than .*tiny.gguf"):
        refused.load()
    with pytest.raises(ConfigurationError, match="trained for other weights"):
        refused.invoke(ASKED)
    assert plain.invoke(ASKED).text
    right = of_other.model_copy(update={"file": "tiny.gguf", "sha256": sha256_of(gguf)})
    made = build_tiny_adapter(checkpoint, tmp_path / "b", name="b", base=right)
    plain.with_adapter(made.folder).load()


def test_an_unknown_name_is_told_when_the_model_is_made(plain: LlamaCppChat) -> None:
    """Not in the first turn."""
    with pytest.raises(ModelNotFoundError, match="'tiny' has no adapter 'holmes'"):
        plain.with_adapter("holmes")
