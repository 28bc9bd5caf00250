"""An agent under an adapter: given to the model, and refused where it does not belong."""

from pathlib import Path

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from pydantic import Field

from roleagent import registry
from roleagent.agent.adapters import adapted, choose_adapter
from roleagent.agent.agent import Agent
from roleagent.agent.assembly import persona_of
from roleagent.errors import ConfigurationError, ModelUnavailableError
from roleagent.models.adapters import (
    CONFIG,
    WEIGHTS,
    Adapter,
    Base,
    ForPersona,
    read_adapter,
    write_manifest,
)
from roleagent.persona.version import persona_version
from roleagent.settings import get_settings


class FakeAdaptable(FakeListChatModel):
    """Says under which adapter it answers."""

    responses: list[str] = Field(default=["I am Holmes."])
    trained_adapter: Adapter | None = None

    def with_adapter(self, adapter: str | Path) -> BaseChatModel:
        found = read_adapter(Path(adapter)) if Path(adapter).is_dir() else None
        said = [f"I am Holmes, trained as {found.name if found else adapter}."]
        return self.model_copy(update={"responses": said, "trained_adapter": found})


def adapter_for(folder: Path, *, persona: str = "holmes", version: str = "") -> Path:
    folder.mkdir()
    (folder / CONFIG).write_text("{}")
    (folder / WEIGHTS).write_bytes(b"")
    base = Base(name="fake", architecture="llama", hidden_size=32, num_layers=2, vocab_size=400)
    version = version or persona_version(persona_of("holmes", ""))
    made_for = ForPersona(id=persona, version=version) if persona else None
    write_manifest(folder, name="mine", base=base, persona=made_for, made_by="train holmes")
    return folder


def reply_of(**options: object) -> str:
    with Agent("holmes", on_disk=False, **options) as agent:
        return agent.run_sync("Who are you?", user_id="ada").text


def test_the_model_answers_under_the_adapter(tmp_path: Path) -> None:
    """By its folder, and for anybody by a name."""
    folder = adapter_for(tmp_path / "a")
    assert "trained as mine" in reply_of(model=FakeAdaptable(), adapter=folder)
    assert "trained as general" in reply_of(model=FakeAdaptable(), adapter="general")
    assert "trained" not in reply_of(model=FakeAdaptable())


def test_a_rendering_has_the_version_of_its_persona(tmp_path: Path) -> None:
    """An adapter made for Mira serves her in her other language, too."""
    mira = persona_of("mira", "")
    other = mira.renderings[0].language
    folder = adapter_for(tmp_path / "a", persona="mira", version=persona_version(mira))
    with Agent("mira", on_disk=False, model=FakeAdaptable(), adapter=folder, language=other) as agent:
        assert agent.persona.language == other != mira.language


def test_another_persona_or_version_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    """The message has both versions and the command."""
    other = adapter_for(tmp_path / "a", persona="watson")
    with pytest.raises(ConfigurationError, match="trained for the persona 'watson', not for 'holmes'"):
        Agent("holmes", on_disk=False, model=FakeAdaptable(), adapter=other)
    old = adapter_for(tmp_path / "b", version="0123456789ab")
    now = persona_version(persona_of("holmes", ""))
    with pytest.raises(
        ConfigurationError, match=f"version 0123456789ab .*version {now}: .*again: train holmes"
    ):
        Agent("holmes", on_disk=False, model="llama-cpp:smollm2-135m", adapter=old)
    with pytest.raises(ModelUnavailableError, match="is no adapter"):
        Agent("holmes", on_disk=False, model=FakeAdaptable(), adapter=tmp_path / "nowhere")


def test_what_the_model_found_by_name_is_checked_when_it_is_loaded(tmp_path: Path) -> None:
    """Until then only the model knows where its adapters are."""
    holmes = persona_of("holmes", "")
    other = adapter_for(tmp_path / "a", persona="watson")
    chosen = choose_adapter("mine", holmes, model="auto")
    found = FakeAdaptable().with_adapter(other)

    class Finds(FakeAdaptable):
        def with_adapter(self, adapter: str | Path) -> BaseChatModel:
            return found

    with pytest.raises(ConfigurationError, match="not for 'holmes'"):
        adapted(Finds(), chosen)


def test_a_model_without_adapters_is_refused() -> None:
    """Rather than used without a word."""
    with pytest.raises(ConfigurationError, match="FakeListChatModel takes no adapters"):
        Agent("holmes", on_disk=False, model=FakeListChatModel(responses=["Hm."]), adapter="mine")
    with pytest.raises(ConfigurationError, match="adapter is 3: pass the name"):
        Agent("holmes", on_disk=False, model=FakeAdaptable(), adapter=3)


def test_the_setting_counts_for_models_that_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An object is used as it was made, and "" means none."""
    monkeypatch.setenv("ROLEAGENT_ADAPTER", "general")
    get_settings.cache_clear()
    monkeypatch.setitem(registry._shared, ("model", "openai:x@http://localhost/v1"), FakeAdaptable())
    named = "openai:x@http://localhost/v1"
    assert "trained as general" in reply_of(model=named)
    assert "trained" not in reply_of(model=named, adapter="")
    assert "trained" not in reply_of(model=FakeListChatModel(responses=["I am Holmes."]))
    get_settings.cache_clear()
