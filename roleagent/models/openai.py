"""Chat models behind an OpenAI-compatible address: vLLM, SGLang, Ollama, llama-server or a vendor."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from pydantic import PrivateAttr, SecretStr

from roleagent.errors import ConfigurationError, MissingExtraError
from roleagent.models.adapters import MANIFEST, Adapter, read_adapter
from roleagent.models.control_tokens import COMMON_MARKERS, ControlTokens

if TYPE_CHECKING:
    from langchain_core.language_models import LanguageModelInput
    from langchain_openai import ChatOpenAI

_TEXTS = ("messages", "input", "instructions", "tools")  # of a request, what a model reads
_EXAMPLES = "'openai:gpt-5-mini' or 'openai:qwen3@http://localhost:11434/v1'"


def load_openai(name: str = "") -> ChatOpenAI:
    """The chat model of ``openai:MODEL`` or ``openai:MODEL@BASE_URL``.

    Without an address, langchain-openai reads OPENAI_BASE_URL; the key comes from OPENAI_API_KEY. A named
    address gets a placeholder if no key is set, because local servers ask for none.

    Raises:
        ConfigurationError: no model is named, the address is malformed, or there is neither key nor address.
        MissingExtraError: langchain-openai is not installed.
    """
    model, base_url = split_name(name)
    try:
        from langchain_openai import ChatOpenAI
        from openai import OpenAIError
    except ImportError as error:
        raise MissingExtraError(
            f"'openai:{name}' needs langchain-openai. Install it with: pip install 'roleagent[openai]'"
        ) from error
    chat = _chat_class(ChatOpenAI)
    try:
        return chat(model=model, base_url=base_url, stream_usage=True)
    except OpenAIError as error:
        if base_url is None:
            raise ConfigurationError(
                f"'openai:{name}' cannot be used: {error} Set OPENAI_API_KEY, or name a server: {_EXAMPLES}."
            ) from error
        return chat(model=model, base_url=base_url, stream_usage=True, api_key=SecretStr("none"))


@cache
def _chat_class(base: type[ChatOpenAI]) -> type[ChatOpenAI]:
    """A subclass of langchain-openai's class that breaks up control tokens in every request.

    The server's tokenizer cannot be asked, so the common tokens are broken up: vLLM, llama-server and Ollama
    obey them anywhere in a message. The class is made on first use because langchain-openai is optional.
    """
    control_tokens = ControlTokens(COMMON_MARKERS)

    class HarmlessChatOpenAI(base):  # type: ignore[valid-type, misc]
        _adapter: Adapter | None = PrivateAttr(default=None)

        def _get_request_payload(
            self, input_: LanguageModelInput, *, stop: list[str] | None = None, **kwargs: Any
        ) -> dict[str, Any]:  # Any: JSON
            payload: dict[str, Any] = super()._get_request_payload(input_, stop=stop, **kwargs)
            texts = {name: payload[name] for name in _TEXTS if name in payload}
            return {**payload, **control_tokens.break_up_in(texts)}

        def with_adapter(self, adapter: str | Path) -> Self:
            """The same server, asked for an adapter: vLLM serves each one as a model of its own name.

            Args:
                adapter: the name under which the server has it, or the folder of the same adapter on this
                    machine, which is then read for its name and its persona.

            Raises:
                ModelUnavailableError: the folder holds no adapter.
                ModelError: it is damaged.
            """
            found = read_adapter(Path(adapter).expanduser()) if _is_folder(adapter) else None
            other: Self = self.model_copy(update={"model_name": found.name if found else str(adapter)})
            other._adapter = found
            return other

        @property
        def trained_adapter(self) -> Adapter | None:
            """The adapter that the server answers under, if its folder was given."""
            return self._adapter

    return HarmlessChatOpenAI


def _is_folder(adapter: str | Path) -> bool:
    return isinstance(adapter, Path) or (Path(adapter).expanduser() / MANIFEST).is_file()


def split_name(name: str) -> tuple[str, str | None]:
    """``MODEL@BASE_URL`` in its two parts; the model's own name may hold an ``@``.

    >>> split_name("qwen3@http://localhost:11434/v1")
    ('qwen3', 'http://localhost:11434/v1')
    >>> split_name("gpt-5-mini")
    ('gpt-5-mini', None)
    """
    model, at, address = name.rpartition("@")
    if not at or "//" not in address:
        model, address = name, ""
    if not model:
        raise ConfigurationError(f"'openai:{name}' names no model. Write {_EXAMPLES}.")
    if address and (urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname):
        raise ConfigurationError(f"{address!r} is no http address. Write {_EXAMPLES}.")
    return model, address or None
