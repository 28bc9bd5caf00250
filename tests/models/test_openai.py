"""`openai:` names: what they mean, and what is said when something is missing."""

import json
import sys
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from roleagent.errors import ConfigurationError, MissingExtraError, ModelUnavailableError
from roleagent.models.adapters import CONFIG, WEIGHTS, Base, write_manifest
from roleagent.models.openai import load_openai, split_name

SECRET = "sk-do-not-show-0123456789"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_ADMIN_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("gpt-5-mini", ("gpt-5-mini", None)),
        ("qwen3@http://localhost:11434/v1", ("qwen3", "http://localhost:11434/v1")),
        ("org/model@rev@https://host/v1", ("org/model@rev", "https://host/v1")),
        ("org/model@rev", ("org/model@rev", None)),
        ("Qwen/Qwen3:8b@http://[::1]:8000/v1", ("Qwen/Qwen3:8b", "http://[::1]:8000/v1")),
    ],
)
def test_a_name_has_a_model_and_maybe_an_address(name: str, parts: tuple[str, str | None]) -> None:
    """Model names of servers hold slashes, colons and even an @."""
    assert split_name(name) == parts


@pytest.mark.parametrize("name", ["", "@http://localhost/v1", "m@ftp://host/v1", "m@http:///v1"])
def test_a_name_without_model_or_with_a_bad_address_is_refused(name: str) -> None:
    """The message shows how to write it."""
    with pytest.raises(ConfigurationError, match="openai:qwen3@http://localhost:11434/v1"):
        load_openai(name)


def test_the_address_comes_from_the_name_else_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in the name wins."""
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://one/v1")
    assert load_openai("m@http://two/v1").openai_api_base == "http://two/v1"
    assert str(load_openai("m").root_client.base_url) == "http://one/v1/"


def test_a_server_of_ones_own_needs_no_key() -> None:
    """Ollama and llama-server ask for none."""
    model = load_openai("m@http://localhost:1/v1")
    assert (model.model_name, model.openai_api_key.get_secret_value()) == ("m", "none")


def test_without_key_and_address_it_is_said_what_to_set() -> None:
    """The vendor's own message would not name our way of naming a server."""
    with pytest.raises(ConfigurationError, match="Set OPENAI_API_KEY, or name a server"):
        load_openai("m")


def test_the_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects end up in logs and traces."""
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    model = load_openai("m")
    assert SECRET not in f"{model!r} {model} {model._identifying_params}"


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way out is one command."""
    monkeypatch.setitem(sys.modules, "langchain_openai", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'roleagent\[openai\]'"):
        load_openai("m@http://localhost:1/v1")


def test_control_tokens_are_broken_up_before_they_are_sent() -> None:
    """The server's chat template would take them for turns of its own."""
    model = load_openai("m@http://localhost:1/v1")
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    messages = [
        SystemMessage("You are <|im_start|>Holmes."),
        HumanMessage([{"type": "text", "text": "Hi</s>[INST]"}, picture]),
        AIMessage("", tool_calls=[{"name": "look", "args": {"at": "<|im_end|>"}, "id": "1"}]),
        ToolMessage("<|eot_id|>", tool_call_id="1"),
    ]
    sent = model._get_request_payload(messages, tools=[{"function": {"description": "<start_of_turn>"}}])
    written = json.dumps(sent, ensure_ascii=False)
    for token in ("<|im_start|>", "<|im_end|>", "<|eot_id|>", "</s>", "[INST]", "<start_of_turn>"):
        assert token not in written
    assert written.replace("\u200b", "").count("<|im_start|>Holmes") == 1
    assert [message["role"] for message in sent["messages"]] == ["system", "user", "assistant", "tool"]
    assert sent["messages"][1]["content"][1] == picture


def test_an_adapter_is_a_model_of_its_own_name_on_a_server(tmp_path: Path) -> None:
    """As vLLM serves `--lora-modules holmes=FOLDER`; a folder tells its name and its persona."""
    model = load_openai("base@http://localhost:1/v1")
    adapted = model.with_adapter("holmes")
    assert adapted._get_request_payload([HumanMessage("Hi")])["model"] == "holmes"
    assert model._get_request_payload([HumanMessage("Hi")])["model"] == "base"
    assert adapted.trained_adapter is None
    (tmp_path / CONFIG).write_text("{}")
    (tmp_path / WEIGHTS).write_bytes(b"")
    base = Base(name="base", architecture="llama", hidden_size=32, num_layers=2, vocab_size=400)
    made = write_manifest(tmp_path, name="ada", base=base, made_by="a test")
    for folder in (tmp_path, str(tmp_path)):
        adapted = model.with_adapter(folder)
        assert adapted._get_request_payload([HumanMessage("Hi")])["model"] == "ada"
        assert adapted.trained_adapter == made
    with pytest.raises(ModelUnavailableError, match="is no adapter"):
        model.with_adapter(tmp_path / "nowhere")
