"""llama.cpp's server object, opened in this process: it completes chats and saves what it has read."""

from __future__ import annotations

import gc
import http.client
import json
import logging
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from roleagent.concurrency.openmp import passive_waiting
from roleagent.errors import ModelError
from roleagent.registry import import_extra

Chunk = dict[str, Any]  # an OpenAI-style streaming chunk; Any: JSON
Request = dict[str, Any]  # an OpenAI-style request; Any: JSON

_PROMPT_BATCH = 256  # tokens read between two chances to cancel
_PROMPT_CACHE_MIB = 512  # for prompts that are kept while another one is in use
_STATE_TIMEOUT_S = 60.0  # for saving or restoring some 10 to 100 MB

_log = logging.getLogger(__name__)


class LlamaServer:
    """A GGUF file and its adapters in memory.

    The library always opens a port on localhost; a random key, known to no client, protects it.

    Args:
        path: the model.
        num_ctx: tokens of prompt and answer together.
        num_threads: CPU threads.
        states: the folder for `save` and `restore`; None if they are not used.
        adapters: GGUF adapters, loaded beside the model and applied only where a request asks for it.
        num_slots: prompts that are held at once. With more than one, each request names its slot, and the
            library's cache of prompts is off: it tells prompts apart by their tokens alone, so it would
            answer under one adapter from what was read under another.

    Raises:
        ModelError: llama.cpp cannot load the model or an adapter.
    """

    def __init__(
        self,
        path: Path,
        *,
        num_ctx: int,
        num_threads: int,
        states: Path | None = None,
        adapters: Sequence[Path] = (),
        num_slots: int = 1,
    ) -> None:
        self.path, self._is_awake = path, False
        self._password = secrets.token_urlsafe(32)
        xllamacpp = load_library()
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = num_ctx * num_slots
        params.n_parallel = num_slots
        params.n_batch = _PROMPT_BATCH
        params.n_ubatch = _PROMPT_BATCH
        params.cpuparams.n_threads = num_threads
        params.cpuparams_batch.n_threads = num_threads
        params.cache_ram_mib = _PROMPT_CACHE_MIB
        if num_slots > 1:
            params.kv_unified, params.cache_idle_slots, params.cache_ram_mib = False, False, 0
        params.verbosity = 0
        params.api_keys = [self._password]
        if states is not None:
            params.slot_save_path = f"{states}{os.sep}"
        params.n_threads_http = 1
        if adapters:
            params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(file), 0.0) for file in adapters]
            params.lora_init_without_apply = True
        _log.debug("loading %s with %d adapters", path, len(adapters))
        try:
            self.raw: Any = xllamacpp.Server(params)  # Any: an untyped extension class
        except Exception as error:  # the library raises many kinds
            also = f" with the adapters {', '.join(map(str, adapters))}" if adapters else ""
            raise ModelError(
                f"llama.cpp cannot load {str(path)!r}{also}: {error} "
                "Is it a whole GGUF file, and is there memory for it?"
            ) from error

    @property
    def listening_address(self) -> str:
        """The address of the port."""
        address: str = self.raw.listening_address
        return address

    def complete(self, request: Request, receive: Callable[[Chunk], bool]) -> None:
        """Do a streaming chat completion; `receive` gets each chunk and returns True to stop.

        Raises:
            ModelError: the library failed.
        """
        try:
            self.raw.handle_chat_completions(request, receive)
            self._is_awake = True
        except Exception as error:  # the library raises many kinds
            raise ModelError(f"llama.cpp failed on {str(self.path)!r}: {error}") from error

    def touch(self, fields: Request) -> None:
        """Have a prompt of one token read, and write nothing.

        Args:
            fields: which slot is to read it, and under which adapter.

        Raises:
            ModelError: the library failed.
        """
        try:
            self.raw.handle_completions({"prompt": "x", "n_predict": 0, **fields})
            self._is_awake = True
        except Exception as error:  # the library raises many kinds
            raise ModelError(f"llama.cpp failed on {str(self.path)!r}: {error}") from error

    def close(self) -> None:
        """Free the memory. Nothing may be running.

        The library waits for ever if it is closed before its threads have begun, so they are given something
        to do first.
        """
        if not self._is_awake:
            self.touch({})
        self.raw = None
        gc.collect()  # the library frees the weights when its object goes

    def move_state(self, action: Literal["save", "restore"], name: str, *, slot: int = 0) -> None:
        """Save what a slot holds to a file in the folder of states, or restore it from there.

        The library offers this on its port alone.

        Raises:
            OSError: the library refused or could not be reached.
        """
        address = urlsplit(self.listening_address)
        connection = http.client.HTTPConnection(
            address.hostname or "", address.port, timeout=_STATE_TIMEOUT_S
        )
        with closing(connection):
            try:
                connection.request(
                    "POST",
                    f"/slots/{slot}?action={action}",
                    json.dumps({"filename": name}),
                    {"Authorization": f"Bearer {self._password}", "Content-Type": "application/json"},
                )
                answer = connection.getresponse()
                told = answer.read()
            except http.client.HTTPException as error:
                raise OSError(f"the engine's port answered nonsense: {error!r}") from error
        if answer.status != HTTPStatus.OK:
            raise OSError(f"the engine cannot {action} {name!r}: {told.decode(errors='replace')}")


def load_library() -> Any:  # Any: an untyped extension class
    """Load llama.cpp so that its threads sleep while they wait for each other.

    If torch is imported first, llama.cpp gets torch's OpenMP, which spins.
    """
    with passive_waiting():
        return import_extra("xllamacpp", extra="llama-cpp", what="A model in a GGUF file")


def raise_engine_error(chunk: Chunk, path: Path) -> None:
    """Raise what a chunk says went wrong, if it says so.

    Raises:
        ModelError: with the library's words.
    """
    error = chunk.get("error")
    if error is None:
        return
    if error.get("type") == "exceed_context_size_error":
        raise ModelError(
            f"The prompt of {error.get('n_prompt_tokens')} tokens does not fit the context of "
            f"{error.get('n_ctx')} tokens (num_ctx) of {path.name!r}. Shorten it or raise num_ctx."
        )
    raise ModelError(f"llama.cpp refused a request to {path.name!r}: {error.get('message', error)!r}")
