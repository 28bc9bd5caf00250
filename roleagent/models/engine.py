"""The llama.cpp engine, in process: one for each GGUF file, shared by all chat models on that file."""

from __future__ import annotations

import atexit
import importlib.metadata
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from roleagent.errors import ModelError, RoleAgentError
from roleagent.models.background import Run
from roleagent.models.gguf import control_tokens
from roleagent.models.kept_prompts import KeptPrompts
from roleagent.models.llama_server import Chunk, LlamaServer, Request, raise_engine_error
from roleagent.models.prompt_slots import NO_ADAPTER, NUM_SLOTS, AdapterSlots, OneSlot, hash_of

BEAT_S = 1.0  # how often a stream without text shows that it is alive

_log = logging.getLogger(__name__)
_engines: dict[tuple[Path, int, int, Path | None], Engine] = {}
_engines_lock = threading.Lock()
_expected: dict[Path, dict[str, Callable[[], Path]]] = {}


class Completer(Protocol):
    """What completes chats: an engine, or an engine under one of its adapters."""

    def run(
        self, request: Request, on_chunk: Callable[[Chunk], None], run: Run, *, keep: bool = False
    ) -> None:
        """As `Engine.run`."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    """An adapter's file as it was when it was loaded."""

    path: Path
    size: int
    changed_ns: int

    @classmethod
    def of(cls, path: Path) -> _Loaded:
        try:
            status = path.stat()
        except OSError as error:
            raise ModelError(
                f"The adapter {str(path)!r} cannot be read: {error.strerror or error}."
            ) from error
        return cls(path, status.st_size, status.st_mtime_ns)


class Engine:
    """One loaded GGUF file, with the adapters that were asked for. Requests are served one after another.

    Loading takes one to several seconds and holds the interpreter lock, so event loops stand still during
    that time. All adapters share the weights of the base. llama.cpp loads them together with the base, so the
    first request for another one loads all of it again.

    Args:
        kept: prompts of earlier processes, and where to keep those of this one; None keeps none.
    """

    def __init__(
        self, path: Path, *, num_ctx: int, num_threads: int, kept: KeptPrompts | None = None
    ) -> None:
        self.path, self.num_ctx, self._num_threads = path, num_ctx, num_threads
        self._kept = kept
        self._line: deque[Run] = deque()  # the running request, then those that wait
        self._moved = threading.Condition()
        self._num_chunks = 0
        self._closed = False
        self._server: LlamaServer | None = None
        self._slots: OneSlot | AdapterSlots | None = None
        self._adapters: list[_Loaded] = []
        self._open_with(_expected_for(path))
        self._control_tokens = control_tokens(path)

    def run(
        self,
        request: Request,
        on_chunk: Callable[[Chunk], None],
        run: Run,
        *,
        keep: bool = False,
        adapter: Path | None = None,
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
            adapter: the GGUF file of the adapter to answer under; None for the base alone.

        Raises:
            ModelError: the engine refused the request or failed, or cannot load the adapter.
        """
        with self._moved:
            self._line.append(run)
        try:
            self._wait(on_chunk, run)
            if not run.cancelled and not self._closed:
                self._answer(request, on_chunk, run, keep=keep, adapter=adapter)
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

    def _answer(
        self,
        request: Request,
        on_chunk: Callable[[Chunk], None],
        run: Run,
        *,
        keep: bool,
        adapter: Path | None,
    ) -> None:
        loaded = None if adapter is None else self._load(adapter)
        server, slots = self._server, self._slots
        if server is None or slots is None:
            raise ModelError(f"{str(self.path)!r} could not be loaded again. Free memory and start again.")
        key = self._key(request, loaded)
        number = NO_ADAPTER if loaded is None else self._adapters.index(loaded)
        fields = slots.prepare(request, key, adapter=number)
        self._complete(server, {**request, **fields}, on_chunk, run)
        if keep and not run.cancelled:
            slots.keep(key)

    def _load(self, adapter: Path) -> _Loaded:
        """Have an adapter in memory. It is our turn, so nobody else uses the engine."""
        wanted = _Loaded.of(adapter)
        if wanted not in self._adapters:
            _log.info("Loading %s again, with the adapter %s", self.path, adapter)
            still_there = [each for each in self._adapters if each.path.is_file() and each.path != adapter]
            try:
                self._open_with(_expected_for(self.path), always=[*still_there, wanted])
            except ModelError:
                self._open(still_there)
                raise
        return wanted

    def _open_with(self, expected: Sequence[_Loaded], *, always: Sequence[_Loaded] = ()) -> None:
        """Load the base with some adapters, and with those that are expected if they can be loaded, too."""
        together = list({each.path: each for each in (*expected, *always)}.values())
        try:
            self._open(together)
        except ModelError as error:
            if len(together) == len(always):
                raise
            _log.warning("The adapters that were asked for before are left out: %s", error)
            self._open(list(always))

    def _open(self, adapters: list[_Loaded]) -> None:
        """Load the base with these adapters; first, what is loaded goes."""
        if self._server is not None:
            self._server.close()
        self._server, self._slots = None, None
        server = LlamaServer(
            self.path,
            num_ctx=self.num_ctx,
            num_threads=self._num_threads,
            states=self._kept.folder if self._kept else None,
            adapters=[each.path for each in adapters],
            num_slots=NUM_SLOTS if adapters else 1,
        )
        self._adapters, self._server = adapters, server
        if adapters:
            self._slots = AdapterSlots(server, self._kept, num_adapters=len(adapters))
        else:
            self._slots = OneSlot(server, self._kept)

    def _complete(
        self, server: LlamaServer, request: Request, on_chunk: Callable[[Chunk], None], run: Run
    ) -> None:
        failures: list[BaseException] = []

        def receive(chunk: Chunk) -> bool:
            """Pass a chunk on; True stops the engine, which would swallow an exception."""
            self._num_chunks += 1
            if run.cancelled:
                return True
            try:
                raise_engine_error(chunk, self.path)
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
        server.complete(streaming, receive)
        if failures:
            raise failures[0]

    def _key(self, request: Request, adapter: _Loaded | None) -> str:
        """Whose state can be used for this prompt: the same for the same files, engine and system message."""
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
        if self._adapters:  # the library cannot read the state of an engine with another number of slots
            told += [NUM_SLOTS]
        if adapter is not None:
            told += [str(adapter.path), adapter.size, adapter.changed_ns]
        return hash_of(told)

    def close(self) -> None:
        """Stop all requests and free the memory."""
        self._closed = True
        with self._moved:
            for run in self._line:
                run.cancel()
            self._moved.wait_for(lambda: not self._line)
            if self._server is not None:
                self._server.close()
            self._server, self._slots = None, None


@dataclass(frozen=True, slots=True)
class UnderAdapter:
    """An engine that answers under one adapter."""

    engine: Engine
    adapter: Path

    def run(
        self, request: Request, on_chunk: Callable[[Chunk], None], run: Run, *, keep: bool = False
    ) -> None:
        """As `Engine.run`."""
        self.engine.run(request, on_chunk, run, keep=keep, adapter=self.adapter)


def expect_adapter(base: Path, name: str, find: Callable[[], Path]) -> None:
    """Have an engine of this base load an adapter when it opens, rather than when it is first asked for.

    Args:
        base: the GGUF file of the model.
        name: tells adapters apart; the same name replaces what was expected under it.
        find: returns the adapter's GGUF file; if it raises, the engine opens without it.
    """
    _expected.setdefault(base.resolve(), {})[name] = find


def _expected_for(base: Path) -> list[_Loaded]:
    found = []
    for name, find in list(_expected.get(base.resolve(), {}).items()):
        try:
            found.append(_Loaded.of(find()))
        except (RoleAgentError, OSError) as error:  # raised again for whoever asks for it
            _log.warning("%s opens without the adapter %s: %s", base.name, name, error)
    return list(dict.fromkeys(found))


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


def available_cpus(quota: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """How many CPUs this process may use: in a container often fewer than the machine has."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    num_cpus = len(affinity(0)) if affinity else os.cpu_count() or 1
    try:
        limit, period = quota.read_text().split()
    except (OSError, ValueError):
        return num_cpus
    return num_cpus if limit == "max" else max(1, min(num_cpus, round(int(limit) / int(period))))
