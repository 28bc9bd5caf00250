"""The llama.cpp engine, in process: one for each GGUF file, shared by all chat models on that file."""

from __future__ import annotations

import atexit
import gc
import hashlib
import http.client
import importlib.metadata
import json
import logging
import os
import secrets
import threading
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from roleagent.concurrency.openmp import passive_waiting
from roleagent.errors import ModelError
from roleagent.models.background import Run
from roleagent.models.gguf import control_tokens
from roleagent.models.kept_prompts import KeptPrompts
from roleagent.registry import import_extra

Chunk = dict[str, Any]  # an OpenAI-style streaming chunk; Any: JSON
Request = dict[str, Any]  # an OpenAI-style request; Any: JSON

BEAT_S = 1.0  # how often a stream without text shows that it is alive
_PROMPT_BATCH = 256  # tokens read between two chances to cancel
_PROMPT_CACHE_MIB = 512  # for prompts that are kept while another one is in use
_MAX_TALKS = 100  # conversations that are recognised when they go on; the engine's cache seldom holds more
_STATE_TIMEOUT_S = 60.0  # for saving or restoring some 10 to 100 MB

_log = logging.getLogger(__name__)
_engines: dict[tuple[Path, int, int, Path | None], Engine] = {}
_engines_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Begun:
    """How a request begins, as hashes: by this, later requests of the same conversation are recognised.

    Attributes:
        system: of the system message and the tools.
        talk: of these and the first two messages after them; empty if the conversation only begins.
    """

    system: str = ""
    talk: str = ""

    @classmethod
    def by(cls, request: Request) -> _Begun:
        messages, tools = request["messages"], request.get("tools")
        return cls(
            system=_hash([messages[:1], tools]),
            talk=_hash([messages[:3], tools]) if len(messages) > 3 else "",
        )


class Engine:
    """One loaded GGUF file. Requests are served in the order in which they arrive.

    The library always opens a port on localhost; a random key, known to no client, protects it. Loading takes
    one to several seconds and holds the interpreter lock, so event loops stand still during that time.

    Args:
        kept: prompts of earlier processes, and where to keep those of this one; None keeps none.
    """

    def __init__(
        self, path: Path, *, num_ctx: int, num_threads: int, kept: KeptPrompts | None = None
    ) -> None:
        self.path, self.num_ctx = path, num_ctx
        self._kept = kept
        self._last = _Begun()
        self._talks: deque[str] = deque(maxlen=_MAX_TALKS)  # conversations that were read in this process
        self._line: deque[Run] = deque()  # the running request, then those that wait
        self._moved = threading.Condition()
        self._num_chunks = 0
        self._closed = False
        self._password = secrets.token_urlsafe(32)
        self._server = _open_server(
            path, num_ctx, num_threads, password=self._password, states=kept.folder if kept else None
        )
        self._control_tokens = control_tokens(path)

    def run(
        self, request: Request, on_chunk: Callable[[Chunk], None], run: Run, *, keep: bool = False
    ) -> None:
        """Do one streaming chat completion on the calling thread.

        All text of messages and tools is data: the model's control tokens in it are broken up. `on_chunk`
        gets every chunk, and now and then an empty one while another request runs. If it raises, the run ends
        and the exception is raised here.

        Args:
            request: what to complete.
            on_chunk: receives the answer.
            run: cancels the request.
            keep: keep what was read for the next start. Only for a prompt without anything private in it.

        Raises:
            ModelError: the engine refused the request or failed.
        """
        with self._moved:
            self._line.append(run)
        try:
            self._wait(on_chunk, run)
            if not run.cancelled and not self._closed:
                self._recall(request)
                self._complete(request, on_chunk, run)
                if keep and not run.cancelled:
                    self._keep(request)
            if self._closed:
                raise ModelError(f"The engine of {str(self.path)!r} was closed. Open the model again.")
        finally:
            with self._moved:
                self._line.remove(run)
                self._moved.notify_all()

    def _wait(self, on_chunk: Callable[[Chunk], None], run: Run) -> None:
        """Wait in line until it is our turn; an empty chunk a second shows that the engine is working."""
        heard = self._num_chunks
        while not run.cancelled:
            with self._moved:
                if self._moved.wait_for(lambda: self._line[0] is run, BEAT_S):
                    return
            if self._num_chunks > heard:
                heard = self._num_chunks
                on_chunk({"choices": []})

    def _complete(self, request: Request, on_chunk: Callable[[Chunk], None], run: Run) -> None:
        failures: list[BaseException] = []

        def receive(chunk: Chunk) -> bool:
            """Pass a chunk on; True stops the engine, which would swallow an exception."""
            self._num_chunks += 1
            if run.cancelled:
                return True
            try:
                _raise_engine_error(chunk, self.path)
                on_chunk(chunk)
            except BaseException as failure:
                failures.append(failure)
            return bool(failures)

        texts = {name: request[name] for name in ("messages", "tools") if name in request}
        streaming = {
            **request,
            **self._control_tokens.break_up_in(texts),
            "stream": True,
            "return_progress": True,
        }
        try:
            self._server.handle_chat_completions(streaming, receive)
        except Exception as error:  # the library raises many kinds
            raise ModelError(f"llama.cpp failed on {str(self.path)!r}: {error}") from error
        if failures:
            raise failures[0]

    def _recall(self, request: Request) -> None:
        """Bring back what was read of this prompt earlier, unless the engine does so by itself.

        A conversation that begins finds its system message in what the engine holds, or among the kept
        prompts. One that goes on is in the engine's cache. The engine looks there only if it holds something
        quite different, so not if it holds another conversation with the same system message.
        """
        begun, last = _Begun.by(request), self._last
        self._last = begun
        if begun.talk and begun.talk in self._talks:
            if begun.system == last.system and begun.talk != last.talk:
                self._put_aside()
            return
        self._talks.append(begun.talk)
        if begun.system != last.system:
            self._restore(self._key(request), is_empty=last == _Begun())

    def _put_aside(self) -> None:
        """Have the engine move what it holds to its cache; a short prompt in between does that."""
        try:
            self._server.handle_completions({"prompt": "x", "n_predict": 0})
        except Exception as error:  # the library raises many kinds
            raise ModelError(f"llama.cpp failed on {str(self.path)!r}: {error}") from error

    def _restore(self, key: str, *, is_empty: bool) -> None:
        """Restore what was kept under a key, unless nothing was; what the engine holds goes to its cache."""
        name = self._kept.find(key) if self._kept and key else None
        if self._kept is None or name is None:
            return
        if not is_empty:
            self._put_aside()
        try:
            self._move_state("restore", name)
        except OSError as error:
            _log.warning("What was kept of a prompt is of no use, so it is read again: %s", error)
            self._kept.forget(name)

    def _keep(self, request: Request) -> None:
        key = self._key(request)
        if self._kept is not None and key and self._kept.find(key) is None:
            self._kept.keep(key, partial(self._move_state, "save"))

    def _key(self, request: Request) -> str:
        """Whose state can be used for this prompt: the same for the same file, engine and system message."""
        messages = request["messages"]
        if self._kept is None or not messages or messages[0]["role"] != "system":
            return ""
        file = self.path.stat()
        told = [
            importlib.metadata.version("xllamacpp"),
            str(self.path),
            file.st_size,
            file.st_mtime_ns,
            self.num_ctx,
            messages[0]["content"],
            request.get("tools"),
        ]
        return _hash(told)

    def _move_state(self, action: Literal["save", "restore"], name: str) -> None:
        """Have the engine save what it holds to a file among the kept prompts, or restore it from there.

        The library offers this on its port alone.

        Raises:
            OSError: the engine refused or could not be reached.
        """
        address = urlsplit(self._server.listening_address)
        connection = http.client.HTTPConnection(
            address.hostname or "", address.port, timeout=_STATE_TIMEOUT_S
        )
        with closing(connection):
            try:
                connection.request(
                    "POST",
                    f"/slots/0?action={action}",
                    json.dumps({"filename": name}),
                    {"Authorization": f"Bearer {self._password}", "Content-Type": "application/json"},
                )
                answer = connection.getresponse()
                told = answer.read()
            except http.client.HTTPException as error:
                raise OSError(f"the engine's port answered nonsense: {error!r}") from error
        if answer.status != HTTPStatus.OK:
            raise OSError(f"the engine cannot {action} {name!r}: {told.decode(errors='replace')}")

    def close(self) -> None:
        """Stop all requests and free the memory."""
        self._closed = True
        with self._moved:
            for run in self._line:
                run.cancel()
            self._moved.wait_for(lambda: not self._line)
            self._server = None
            gc.collect()  # the library frees the weights when its object goes


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:32]


def shared_engine(
    path: Path, *, num_ctx: int, num_threads: int | None, keep_prompts_in: Path | None = None
) -> Engine:
    """The engine for a file, loaded at the first call with these settings.

    Raises:
        ModelError: llama.cpp cannot load the file.
    """
    key = (path.resolve(), num_ctx, num_threads or available_cpus(), keep_prompts_in)
    with _engines_lock:
        if not _engines:
            atexit.register(close_engines)
        if key not in _engines:
            kept = KeptPrompts(keep_prompts_in) if keep_prompts_in else None
            _engines[key] = Engine(key[0], num_ctx=num_ctx, num_threads=key[2], kept=kept)
        return _engines[key]


def close_engines() -> None:
    """Close all engines; runs by itself when the interpreter exits."""
    with _engines_lock:
        while _engines:
            _, engine = _engines.popitem()
            engine.close()
        atexit.unregister(close_engines)


def load_library() -> Any:  # Any: an untyped extension class
    """Load llama.cpp so that its threads sleep while they wait for each other.

    If torch is imported first, llama.cpp gets torch's OpenMP, which spins.
    """
    with passive_waiting():
        return import_extra("xllamacpp", extra="llama-cpp", what="A model in a GGUF file")


def available_cpus(quota: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """How many CPUs this process may use: in a container often fewer than the machine has."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    num_cpus = len(affinity(0)) if affinity else os.cpu_count() or 1
    try:
        limit, period = quota.read_text().split()
    except (OSError, ValueError):
        return num_cpus
    return num_cpus if limit == "max" else max(1, min(num_cpus, round(int(limit) / int(period))))


def _open_server(
    path: Path, num_ctx: int, num_threads: int, *, password: str, states: Path | None
) -> Any:  # Any: an untyped extension class
    xllamacpp = load_library()
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = num_ctx
    params.n_parallel = 1
    params.n_batch = _PROMPT_BATCH
    params.n_ubatch = _PROMPT_BATCH
    params.cpuparams.n_threads = num_threads
    params.cpuparams_batch.n_threads = num_threads
    params.cache_ram_mib = _PROMPT_CACHE_MIB
    params.verbosity = 0
    params.api_keys = [password]
    if states is not None:
        params.slot_save_path = f"{states}{os.sep}"
    params.n_threads_http = 1
    _log.debug("loading %s", path)
    try:
        return xllamacpp.Server(params)
    except Exception as error:  # the library raises many kinds
        raise ModelError(
            f"llama.cpp cannot load {str(path)!r}: {error} "
            "Is it a whole GGUF file, and is there memory for it?"
        ) from error


def _raise_engine_error(chunk: Chunk, path: Path) -> None:
    error = chunk.get("error")
    if error is None:
        return
    if error.get("type") == "exceed_context_size_error":
        raise ModelError(
            f"The prompt of {error.get('n_prompt_tokens')} tokens does not fit the context of "
            f"{error.get('n_ctx')} tokens (num_ctx) of {path.name!r}. Shorten it or raise num_ctx."
        )
    raise ModelError(f"llama.cpp refused a request to {path.name!r}: {error.get('message', error)!r}")
