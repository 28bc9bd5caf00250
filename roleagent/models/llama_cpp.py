"""A chat model on a GGUF file, in process, through llama.cpp.

>>> from roleagent.models import LlamaCppChat
>>> model = LlamaCppChat(path="qwen2.5-1.5b.gguf", temperature=0.2)   # doctest: +SKIP
>>> for piece in model.stream("Who are you?"):                        # doctest: +SKIP
...     print(piece.text, end="")
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, closing
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput, ModelProfile
from langchain_core.language_models.chat_models import agenerate_from_stream, generate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field, PrivateAttr, model_validator

from roleagent.errors import MissingExtraError, ModelUnavailableError
from roleagent.models.adapter_check import check_base
from roleagent.models.adapter_folders import find_adapter
from roleagent.models.adapters import Adapter
from roleagent.models.background import Emit, Run, aiterate, iterate
from roleagent.models.base_shape import shape_of_gguf
from roleagent.models.choices import LikelyTokens, choice_request
from roleagent.models.engine import Completer, Engine, UnderAdapter, expect_adapter, shared_engine
from roleagent.models.gguf_adapter import gguf_adapter_for
from roleagent.models.llama_answer import LlamaAnswer
from roleagent.models.llama_server import Chunk, Request, load_library
from roleagent.models.messages import text_messages
from roleagent.registry import is_installed
from roleagent.settings import get_settings
from roleagent.weights import local_path

ToolChoiceMode = Literal["ask", "free"]

# Where the default is not the better one by `python -m benchmarks.tool_choice`.
_TOOL_CHOICE_MODES: dict[str, ToolChoiceMode] = {"qwen2.5-0.5b": "free"}

_MOST_DECLINED = 100  # turns for which the base of an adapter is known to call no tool


class LlamaCppChat(BaseChatModel):
    """Talks through a GGUF file on this machine: streams, calls tools, answers by a JSON schema.

    The weights are loaded at the first call (or by `load`) and shared with every other object with the same
    file and settings. Loading blocks the whole interpreter for one to several seconds.

    Attributes:
        path: the GGUF file.
        model: a name for it; by default the file's.
        num_ctx: tokens of prompt and answer together.
        num_threads: CPU threads; None for as many as the CPUs that the process may use.
        temperature: 0 always takes the likeliest token.
        top_p: share 0–1 of the likeliest tokens to draw from.
        repeat_penalty: above 1 discourages saying the same again.
        max_tokens: the longest answer.
        stop: words that end the answer and are not part of it.
        seed: makes sampling repeatable; None for different answers each time.
        tool_choice_mode: how the model chooses a tool. ``"ask"``, for small models, first asks it to choose
            one of the tools or none; it then writes the arguments under a grammar, and calls each tool at
            most once between two user messages. ``"free"``, for models trained to call tools, shows the tools
            in the prompt and reads calls from the answer.
        keep_prompts_in: a folder for what `read_ahead` has read, so that the next start reads it from there;
            None keeps nothing. The files contain the text of the prompt. They take up to 1 GiB together.
        adapter: the name or the folder of an adapter to answer under; empty for the base alone. Models with
            different adapters share the weights of one base. Which tool is
            called is decided without it.
    """

    takes_opening: ClassVar[bool] = True
    sober_options: ClassVar[Mapping[str, Any]] = {"temperature": 0.0}  # Any: as `bind` takes them

    path: Path
    model: str = ""
    num_ctx: int = Field(default=4096, ge=64)
    num_threads: int | None = Field(default=None, ge=1)
    temperature: float = Field(default=0.5, ge=0)
    top_p: float = Field(default=0.95, gt=0, le=1)
    repeat_penalty: float = Field(default=1.05, gt=0)
    max_tokens: int = Field(default=256, ge=1)
    stop: list[str] | None = None
    seed: int | None = None
    tool_choice_mode: ToolChoiceMode = "ask"
    keep_prompts_in: Path | None = None
    adapter: str | Path = ""
    _adapter: Adapter | None = PrivateAttr(default=None)
    _adapter_file: Path | None = PrivateAttr(default=None)
    _declined: deque[str] = PrivateAttr(default_factory=partial(deque, maxlen=_MOST_DECLINED))

    @model_validator(mode="after")
    def _find_file(self) -> Self:
        if not self.path.is_file():
            raise ModelUnavailableError(
                f"{str(self.path)!r} is no file. Give the path of a GGUF file, "
                "or a name that `roleagent models list` shows."
            )
        self.model = self.model or self.path.stem
        if self.adapter:
            found = find_adapter(self.adapter, base=self.model)
            self._adapter = found
            expect_adapter(self.path, str(found.folder), partial(_gguf_of, found, self.path, self.model))
        return self

    def with_adapter(self, adapter: str | Path) -> Self:
        """The same model under an adapter, or without any if it is empty. Nothing is loaded again.

        Raises:
            ModelNotFoundError: no adapter of that name is there for this model.
            ModelUnavailableError: it lacks a file.
            ModelError: it is damaged.
        """
        fields = {name: getattr(self, name) for name in self.model_fields_set}
        return type(self)(**{**fields, "model": self.model, "adapter": adapter})

    @property
    def trained_adapter(self) -> Adapter | None:
        """The adapter that it answers under."""
        return self._adapter

    def load(self) -> None:
        """Load the weights now rather than at the first call.

        Raises:
            ModelError: llama.cpp cannot load the file.
            ConfigurationError: the adapter was trained for another base.
        """
        self._completer()

    async def read_ahead(self, messages: Sequence[BaseMessage]) -> None:
        """Read a prompt now, so that prompts that begin in the same way are answered sooner.

        With `keep_prompts_in`, what was read also serves later processes. So the prompt must hold nothing
        private, only what is the same for every user, such as a persona's system message.

        Raises:
            ModelError: the engine failed.
        """
        request = {"messages": text_messages(messages, model=self.model), "max_tokens": 1}

        def read(emit: Emit[Chunk], run: Run) -> None:
            self._completer().run(request, emit, run, keep=True)

        async with aclosing(aiterate(read)) as chunks:
            async for _ in chunks:
                pass

    async def weigh(self, messages: Sequence[BaseMessage], choices: Sequence[str]) -> list[float]:
        """The probability of each choice as the first token of the answer, before any sampling.

        Args:
            messages: what is asked; the prompt's beginning stays in the engine's cache.
            choices: answers of one token each.

        Returns:
            A number 0–1 for each choice. They add up to less than 1 if the model may also answer otherwise.

        Raises:
            ModelError: the engine failed, or none of the choices is among the likeliest hundred tokens.
        """
        request = choice_request(text_messages(messages, model=self.model), choices)
        likely = LikelyTokens()

        def read(emit: Emit[Chunk], run: Run) -> None:
            self._completer().run(request, emit, run)

        async with aclosing(aiterate(read)) as chunks:
            async for chunk in chunks:
                likely.receive(chunk)
        return likely.of(choices, self.model)

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | bool | dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Offer tools. `tool_choice` is "auto", "none", "any", or the name of a tool that must be called."""
        schemas = [convert_to_openai_tool(tool) for tool in tools]
        return self.bind(tools=schemas, tool_choice=tool_choice, **kwargs)

    @property
    def _llm_type(self) -> str:
        return "llama-cpp"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        adapter = {"adapter": self._adapter.fingerprint} if self._adapter else {}
        return {"path": str(self.path), "num_ctx": self.num_ctx, **adapter, **self._sampling({})}

    def _resolve_model_profile(self) -> ModelProfile:
        return ModelProfile(
            max_input_tokens=self.num_ctx,
            text_inputs=True,
            image_inputs=False,
            audio_inputs=False,
            text_outputs=True,
            tool_calling=True,
            tool_choice=True,
            structured_output=True,
        )

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        pieces: list[AIMessageChunk] = []
        self._answer(messages, stop, kwargs).write(pieces.append, Run())
        return generate_from_stream(
            ChatGenerationChunk(message=piece) for piece in pieces if not _is_progress(piece)
        )

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        chunks = self._astream(messages, stop, None, **kwargs)
        return await agenerate_from_stream(chunk async for chunk in chunks if not _is_progress(chunk.message))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with closing(iterate(self._answer(messages, stop, kwargs).write)) as pieces:
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
        async with aclosing(aiterate(self._answer(messages, stop, kwargs).write)) as pieces:
            async for piece in pieces:
                chunk = ChatGenerationChunk(message=piece)
                if run_manager:
                    await run_manager.on_llm_new_token(piece.text, chunk=chunk)
                yield chunk

    def _engine(self) -> Engine:
        return shared_engine(
            self.path,
            num_ctx=self.num_ctx,
            num_threads=self.num_threads,
            keep_prompts_in=self.keep_prompts_in,
        )

    def _completer(self) -> Completer:
        """The engine, under the adapter if there is one."""
        if self._adapter is None:
            return self._engine()
        if self._adapter_file is None:
            load_library()  # before torch, which may read the adapter
            self._adapter_file = _gguf_of(self._adapter, self.path, self.model)
        return UnderAdapter(self._engine(), self._adapter_file)

    def _answer(
        self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> LlamaAnswer:
        return LlamaAnswer(
            open_engine=self._completer,
            open_base=self._engine if self._adapter else None,
            declined=self._declined,
            model=self.model,
            messages=text_messages(messages, model=self.model),
            options={**self._sampling(options), "stop": stop or self.stop or []},
            tools=options.get("tools") or (),
            tool_choice=options.get("tool_choice"),
            ask_first=options.get("tool_choice_mode", self.tool_choice_mode) == "ask",
            format=options.get("response_format"),
            opening=options.get("opening") or "",
        )

    def _sampling(self, options: dict[str, Any]) -> Request:
        """The sampling options of a request: those of the call, else those of the model."""
        names = ("temperature", "top_p", "repeat_penalty", "max_tokens", "seed")
        chosen = {name: options.get(name, getattr(self, name)) for name in names}
        return {
            **{name: value for name, value in chosen.items() if value is not None},
            "stream_options": {"include_usage": True},
        }


def _gguf_of(adapter: Adapter, base: Path, model: str) -> Path:
    """The adapter's file, once it is known to fit the base."""
    shape, _ = shape_of_gguf(base)
    check_base(adapter, shape, model=model, weights=base)
    return gguf_adapter_for(adapter, base)


def _is_progress(piece: BaseMessage) -> bool:
    return "prompt_progress" in piece.additional_kwargs


def load_llama_cpp(name: str) -> LlamaCppChat:
    """The chat model of ``llama-cpp:NAME``. The library is loaded now, the weights at the first call.

    Args:
        name: one of the catalogue, the path of a GGUF file, or ``hf:OWNER/REPO:FILE`` for a file that
            ``roleagent models pull`` has fetched from the Hugging Face hub.

    Raises:
        ConfigurationError: a name beginning with ``hf:`` goes on in another form.
        ModelNotFoundError: neither a file nor in the catalogue.
        ModelUnavailableError: its weights are not on this machine.
        MissingExtraError: llama.cpp is not installed.
    """
    if not is_installed("xllamacpp"):
        raise MissingExtraError(
            f"'llama-cpp:{name}' needs llama.cpp. Install it: pip install 'roleagent[llama-cpp]', or use a "
            "model elsewhere: 'openai:MODEL@http://host/v1', or 'transformers:NAME'."
        )
    load_library()  # before torch, which may come with other parts
    settings = get_settings()
    keep_prompts_in = settings.prompts_dir if settings.keep_prompts else None
    path = Path(name).expanduser()
    if path.suffix != ".gguf" or name.startswith("hf:"):
        return LlamaCppChat(
            path=local_path(name),
            model=name,
            num_threads=settings.num_threads,
            tool_choice_mode=_TOOL_CHOICE_MODES.get(name, "ask"),
            keep_prompts_in=keep_prompts_in,
        )
    return LlamaCppChat(path=path, num_threads=settings.num_threads, keep_prompts_in=keep_prompts_in)
