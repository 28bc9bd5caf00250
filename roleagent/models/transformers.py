"""A chat model on a transformers checkpoint, which may see pictures.

>>> from roleagent.models import TransformersChat
>>> model = TransformersChat(path_or_id="HuggingFaceTB/SmolVLM-256M-Instruct")            # doctest: +SKIP
>>> picture = {"type": "image", "url": "file:///home/ada/engine.png"}                     # doctest: +SKIP
>>> model.invoke([HumanMessage([picture, {"type": "text", "text": "What is this?"}])])    # doctest: +SKIP
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput, ModelProfile
from langchain_core.language_models.chat_models import agenerate_from_stream, generate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field, PrivateAttr, model_validator

from roleagent.concurrency.blocking import run_blocking
from roleagent.errors import ConfigurationError, ModelUnavailableError
from roleagent.models.adapter_folders import find_adapter
from roleagent.models.adapters import Adapter
from roleagent.models.background import Emit, Run, aiterate, iterate
from roleagent.models.checkpoint import MEMORY, Checkpoint, Dtype, shared_checkpoint
from roleagent.models.generation import (
    Question,
    Sampling,
    batch_key,
    first_token_probabilities,
    hf_messages,
    write_answer,
    write_answers,
)

Q = TypeVar("Q")
A = TypeVar("A")


class Batcher(Generic[Q, A]):
    """Collects questions from many threads and answers those with the same key together.

    The first thread answers all questions that wait by then; the other threads find their answers ready.

    Args:
        answer: answers a batch, with one answer or exception for each question.
        key: questions with equal keys may share a batch; None for a question that must be alone.
        max_batch: the most questions in one batch.
        wait_s: seconds to wait for others before a batch begins, again and again while others still arrive
            and it is not full; 0 begins at once.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Q]], Sequence[A | Exception]],
        *,
        key: Callable[[Q], Hashable | None],
        max_batch: int,
        wait_s: float = 0.0,
    ) -> None:
        self._answer, self._key, self._max_batch, self._wait_s = answer, key, max_batch, wait_s
        self._waiting: list[tuple[Q, Future[A]]] = []
        self._waiting_lock = threading.Lock()
        self._busy = threading.Lock()

    def submit(self, question: Q) -> A:
        """The answer to one question; blocks until it is there.

        Raises:
            Exception: whatever was raised when it was answered.
        """
        future: Future[A] = Future()
        with self._waiting_lock:
            self._waiting.append((question, future))
        while not future.done():
            with self._busy:
                if not future.done():
                    self._let_others_join()
                    self._work(self._next_batch())
        return future.result()

    def _let_others_join(self) -> None:
        num_before = 0
        while self._wait_s and num_before < len(self._waiting) < self._max_batch:
            num_before = len(self._waiting)
            time.sleep(self._wait_s)

    def _next_batch(self) -> list[tuple[Q, Future[A]]]:
        """The question that has waited longest, and those that may share its batch."""
        with self._waiting_lock:
            first = self._waiting[0]
            key = self._key(first[0])
            alike = [entry for entry in self._waiting if key is not None and self._key(entry[0]) == key]
            batch = alike[: self._max_batch] or [first]
            self._waiting = [entry for entry in self._waiting if entry not in batch]
            return batch

    def _work(self, batch: Sequence[tuple[Q, Future[A]]]) -> None:
        try:
            answers = self._answer([question for question, _ in batch])
        except BaseException as error:
            for _, future in batch:
                future.set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)


class TransformersChat(BaseChatModel):
    """Talks through a transformers checkpoint: a text model, or one that takes pictures too.

    It reads only safetensors and runs no code of the checkpoint. The weights are loaded at the first call (or
    by `load`) and shared. Calls that wait at the same time, such as those of `batch`, are answered together.

    Attributes:
        path_or_id: a directory, the id of a model on the Hugging Face hub, or what `hold_in_memory` returned.
        model: a name for it; by default the last part of `path_or_id`.
        device: ``"auto"`` (CUDA if there is a GPU, else CPU) or a torch device.
        dtype: number format of the weights; ``"auto"`` is bfloat16 on a GPU and float32 on a CPU.
        temperature: 0 always takes the likeliest token.
        top_p: share 0–1 of the likeliest tokens to draw from.
        max_tokens: the longest answer.
        stop: words that end the answer and are not part of it.
        seed: makes sampling repeatable; such calls are not batched.
        max_batch: the most calls answered together.
        batch_wait_s: seconds that a call waits for others to join its batch, and again while others arrive.
            Useful on a server with many users; with 0, the first of many calls is mostly answered alone.
        adapter: the name or the folder of an adapter to answer under; empty for the base alone. Models with
            different adapters share the weights of one base, and a batch has one adapter.
    """

    sober_options: ClassVar[Mapping[str, Any]] = {"temperature": 0.0}  # Any: as `bind` takes them

    path_or_id: str
    model: str = ""
    device: str = "auto"
    dtype: Dtype = "auto"
    temperature: float = Field(default=0.7, ge=0)
    top_p: float = Field(default=0.95, gt=0, le=1)
    max_tokens: int = Field(default=512, ge=1)
    stop: list[str] | None = None
    seed: int | None = None
    max_batch: int = Field(default=8, ge=1)
    batch_wait_s: float = Field(default=0.0, ge=0)
    adapter: str | Path = ""
    _adapter: Adapter | None = PrivateAttr(default=None)
    _batcher: Batcher[Question, list[AIMessageChunk]] = PrivateAttr()

    @model_validator(mode="after")
    def _check_path(self) -> Self:
        path = Path(self.path_or_id).expanduser()
        if path.is_dir():
            self.path_or_id = str(path)
        elif path.is_absolute() or self.path_or_id.startswith((".", "~")):
            raise ModelUnavailableError(
                f"{self.path_or_id!r} is no directory. Give a saved checkpoint's directory, or a hub id."
            )
        self.model = self.model or path.name
        self._batcher = Batcher(
            lambda questions: write_answers(self._checkpoint(), questions),
            key=batch_key,
            max_batch=self.max_batch,
            wait_s=self.batch_wait_s,
        )
        if self.adapter:
            self._adapter = find_adapter(self.adapter, base=self.model)
        return self

    def with_adapter(self, adapter: str | Path) -> Self:
        """The same model under an adapter, or without any if it is empty. Nothing is loaded again.

        Raises:
            ModelNotFoundError: no adapter of that name is there for this model.
            ModelUnavailableError: it lacks a file.
            ModelError: it is damaged.
        """
        found = find_adapter(adapter, base=self.model) if adapter else None
        other = self.model_copy(update={"adapter": adapter})
        other._adapter = found
        return other

    @property
    def trained_adapter(self) -> Adapter | None:
        """The adapter that it answers under."""
        return self._adapter

    def load(self) -> None:
        """Load the weights now rather than at the first call.

        Raises:
            ModelUnavailableError: the checkpoint is not on this machine and cannot be fetched.
            ModelError: it or its adapter cannot be loaded.
            ConfigurationError: the adapter was trained for another base.
        """
        with self._checkpoint().in_use(self._adapter):
            pass

    async def weigh(self, messages: Sequence[BaseMessage], choices: Sequence[str]) -> list[float]:
        """The probability of each choice as the first token of the answer, before any sampling.

        Args:
            messages: what is asked.
            choices: answers of one token each.

        Returns:
            A number 0–1 for each choice. They add up to less than 1 if the model may also answer otherwise.

        Raises:
            InputError: a choice has several tokens.
            ModelError: the model failed.
        """
        asked = list(messages)
        return await run_blocking(
            lambda: first_token_probabilities(self._checkpoint(), self._question(asked, None, {}), choices)
        )

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | bool | dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Offer tools through the chat template; calls are read from the answer.

        Raises:
            ConfigurationError: `tool_choice` demands a call, which needs a grammar that this back end lacks.
        """
        if tool_choice not in (None, False, "auto", "none"):
            raise ConfigurationError(
                f"tool_choice={tool_choice!r}: a transformers model cannot be made to call a tool. "
                "Use 'auto', or a llama-cpp or openai model."
            )
        offered = [] if tool_choice == "none" else [convert_to_openai_tool(tool) for tool in tools]
        return self.bind(tools=offered, **kwargs)

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, by the checkpoint's own tokenizer."""
        checkpoint = self._checkpoint()
        with checkpoint.free:  # a tokenizer is used by one thread at a time
            return len(checkpoint.tokenizer.encode(text, add_special_tokens=False))

    @property
    def _llm_type(self) -> str:
        return "transformers"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        fields = ("path_or_id", "device", "dtype", "temperature", "top_p", "max_tokens", "stop", "seed")
        adapter = {"adapter": self._adapter.fingerprint} if self._adapter else {}
        return {**{name: getattr(self, name) for name in fields}, **adapter}

    def _resolve_model_profile(self) -> ModelProfile | None:
        """What the saved configuration says; None for a hub id, which is only looked up when it is used."""
        file = Path(self.path_or_id) / "config.json"
        if self.path_or_id.startswith(MEMORY):
            config = self._checkpoint().model.config.to_dict()
        elif file.is_file():
            config = json.loads(file.read_text(encoding="utf-8"))
        else:
            return None
        sees = "vision_config" in config
        longest = config.get("text_config", config).get("max_position_embeddings")
        return ModelProfile(
            **({"max_input_tokens": longest} if longest else {}),
            text_inputs=True,
            image_inputs=sees,
            image_url_inputs=False,
            audio_inputs=False,
            text_outputs=True,
            tool_choice=False,
            structured_output=False,
        )

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        pieces = self._batcher.submit(self._question(messages, stop, kwargs))
        return generate_from_stream(ChatGenerationChunk(message=piece) for piece in pieces)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        def work(emit: Emit[AIMessageChunk], run: Run) -> None:
            for piece in self._batcher.submit(self._question(messages, stop, kwargs)):
                emit(piece)

        async with aclosing(aiterate(work)) as pieces:
            return await agenerate_from_stream(ChatGenerationChunk(message=p) async for p in pieces)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with closing(iterate(self._writer(messages, stop, kwargs))) as pieces:
            for piece in pieces:
                chunk = ChatGenerationChunk(message=piece)
                if run_manager:
                    run_manager.on_llm_new_token(piece.text, chunk=chunk)
                yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        async with aclosing(aiterate(self._writer(messages, stop, kwargs))) as pieces:
            async for piece in pieces:
                chunk = ChatGenerationChunk(message=piece)
                if run_manager:
                    await run_manager.on_llm_new_token(piece.text, chunk=chunk)
                yield chunk

    def _checkpoint(self) -> Checkpoint:
        return shared_checkpoint(self.path_or_id, device=self.device, dtype=self.dtype)

    def _writer(
        self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> Callable[[Emit[AIMessageChunk], Run], None]:
        def write(emit: Emit[AIMessageChunk], run: Run) -> None:
            write_answer(self._checkpoint(), self._question(messages, stop, options), emit, run)

        return write

    def _question(
        self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> Question:
        sees = self._checkpoint().sees
        return Question(
            model=self.model,
            messages=hf_messages(messages, sees=sees, model=self.model),
            sampling=Sampling(
                temperature=options.get("temperature", self.temperature),
                top_p=options.get("top_p", self.top_p),
                max_tokens=options.get("max_tokens", self.max_tokens),
                seed=options.get("seed", self.seed),
            ),
            stop=stop or self.stop or (),
            tools=options.get("tools") or (),
            adapter=self._adapter,
        )


def load_transformers(name: str) -> TransformersChat:
    """The chat model of ``transformers:NAME``: a directory, or a hub id."""
    if not name:
        raise ConfigurationError(
            "'transformers:' needs a directory or a hub id, such as "
            "'transformers:HuggingFaceTB/SmolVLM-256M-Instruct'."
        )
    return TransformersChat(path_or_id=name)
