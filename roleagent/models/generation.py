"""The answers of a transformers checkpoint: one piece by piece, or several in one padded batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata

from roleagent.errors import InputError, ModelError
from roleagent.models.adapters import Adapter
from roleagent.models.background import Emit, Run
from roleagent.models.checkpoint import Checkpoint
from roleagent.models.chunks import call_chunks, last_chunk
from roleagent.models.messages import ChatDict, blocks_of, chat_dict, is_image, is_other_media, open_image
from roleagent.models.structured import ToolSchema, tool_name
from roleagent.models.tool_calls import ToolCallFilter


class StopWords:
    r"""Passes a growing text on, up to the first complete stop word.

    >>> stop = StopWords(["\nUser:"])
    >>> stop.feed("Good evening.\nUs"), stop.feed("ed books."), stop.hit
    ('Good evening.', '\nUsed books.', False)
    >>> stop.feed("\nUser: hello"), stop.hit
    ('', True)
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words = [word for word in words if word]
        self._held = ""
        self.hit = False

    def feed(self, piece: str) -> str:
        """Take the next piece; return the text that may be shown now."""
        if self.hit:
            return ""
        text = self._held + piece
        found = [(at + len(word), at) for word in self._words if (at := text.find(word)) >= 0]
        if found:
            self.hit, self._held = True, ""
            return text[: min(found)[1]]
        cut = len(text) - self._num_pending(text)
        self._held = text[cut:]
        return text[:cut]

    def finish(self) -> str:
        """The text that is still held back at the end."""
        held, self._held = self._held, ""
        return held

    def _num_pending(self, text: str) -> int:
        """How many of the last characters may begin a stop word."""
        longest = max(map(len, self._words), default=1) - 1
        sizes = range(min(longest, len(text)), 0, -1)
        return next((size for size in sizes if any(word.startswith(text[-size:]) for word in self._words)), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How tokens are drawn; requests with equal sampling can share a batch."""

    temperature: float
    top_p: float
    max_tokens: int
    seed: int | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """What was asked of a checkpoint, and how.

    Attributes:
        model: the model's name, for metadata and errors.
        messages: the conversation; pictures as PIL images in the blocks.
        stop: words that end the answer.
        tools: what the prompt offers.
        adapter: what the model is to answer under.
    """

    model: str
    messages: list[ChatDict]
    sampling: Sampling
    stop: Sequence[str] = ()
    tools: Sequence[ToolSchema] = ()
    adapter: Adapter | None = None


def write_answer(checkpoint: Checkpoint, question: Question, emit: Emit[AIMessageChunk], run: Run) -> None:
    """Answer on the calling thread, a piece at a time.

    Raises:
        ModelError: the model failed, answered nothing, or the prompt is too long for it.
    """
    answer = _Answer(question, emit)
    with checkpoint.in_use(question.adapter):
        if run.cancelled:
            return
        inputs = _encode(checkpoint, [question])
        streamer = _streamer(checkpoint, answer.feed)
        _generate(checkpoint, inputs, question, lambda: run.cancelled or answer.stopped, streamer=streamer)
    if not run.cancelled:
        answer.finish(num_prompt=inputs["input_ids"].shape[1], num_answer=streamer.num_tokens)


def write_answers(
    checkpoint: Checkpoint, questions: Sequence[Question]
) -> list[list[AIMessageChunk] | ModelError]:
    """Answer questions with the same `batch_key` together; if one fails, its row is the error."""
    with checkpoint.in_use(questions[0].adapter):
        inputs = _encode(checkpoint, questions)
        tokens = _generate(checkpoint, inputs, questions[0], lambda: False)
    width = inputs["input_ids"].shape[1]
    num_prompt = inputs["attention_mask"].sum(dim=1).tolist()
    rows = [
        [token for token in row if token != checkpoint.tokenizer.pad_token_id]
        for row in tokens[:, width:].tolist()
    ]
    return [
        _whole_answer(checkpoint, question, row, num)
        for question, row, num in zip(questions, rows, num_prompt, strict=True)
    ]


def first_token_probabilities(
    checkpoint: Checkpoint, question: Question, choices: Sequence[str]
) -> list[float]:
    """The probability of each choice as the first token of the answer, before any sampling.

    Raises:
        InputError: a choice has several tokens.
        ModelError: the model failed, or the prompt is too long for it.
    """
    import torch

    with checkpoint.in_use(question.adapter):
        tokens = [_only_token(checkpoint, choice) for choice in choices]
        inputs = _encode(checkpoint, [question])
        try:
            with torch.inference_mode():
                answer = checkpoint.model.generate(
                    **inputs,
                    max_new_tokens=1,
                    do_sample=False,
                    output_logits=True,
                    return_dict_in_generate=True,
                    pad_token_id=checkpoint.tokenizer.pad_token_id,
                )
        except (RuntimeError, ValueError, IndexError) as error:
            raise ModelError(f"{question.model!r} failed while weighing answers: {error}") from error
    found: list[float] = answer.logits[0][0].float().softmax(-1)[tokens].tolist()
    return found


def _only_token(checkpoint: Checkpoint, choice: str) -> int:
    """The token of a choice; some tokenizers put one for a space before it."""
    *before, token = checkpoint.tokenizer.encode(choice, add_special_tokens=False) or [-1]
    if token < 0 or checkpoint.tokenizer.decode(before).strip():
        raise InputError(f"{choice!r} is not one token of this model: give choices such as '1' or 'A'.")
    return int(token)


def batch_key(question: Question) -> tuple[object, ...] | None:
    """A key for batches: sampling, tools, adapter and number of pictures. With a seed None: no batch."""
    if question.sampling.seed is not None:
        return None
    blocks = [block for message in question.messages for block in message["content"]]
    num_images = sum(isinstance(block, dict) and block["type"] == "image" for block in blocks)
    adapter = question.adapter.fingerprint if question.adapter else ""
    return question.sampling, num_images, tuple(map(tool_name, question.tools)), adapter


def hf_messages(messages: Sequence[BaseMessage], *, sees: bool, model: str) -> list[ChatDict]:
    """Messages as the library's chat templates take them: blocks for a model that sees, else plain text.

    Raises:
        InputError: a picture cannot be opened, or a message holds media that the model cannot take.
    """
    return [_hf_message(message, sees=sees, model=model) for message in messages]


def _hf_message(message: BaseMessage, *, sees: bool, model: str) -> ChatDict:
    entry = chat_dict(message, arguments_as_text=False)
    for block in blocks_of(message):
        if is_other_media(block) or (is_image(block) and not sees):
            raise InputError(
                f"{model!r} cannot take {block['type']!r}. "
                "Use a model that can, or let a perceptor turn it into words."
            )
    if sees:
        entry["content"] = _hf_blocks(message)
    return entry


def _hf_blocks(message: BaseMessage) -> list[ChatDict]:
    """Its texts and pictures. Neighbouring texts are joined, so that no control token hides across two."""
    if isinstance(message.content, str):
        return [{"type": "text", "text": message.content}]
    blocks: list[ChatDict] = []
    for block in message.content:
        if not isinstance(block, str) and is_image(block):
            blocks.append({"type": "image", "image": open_image(block)})
        elif isinstance(block, str) or block.get("type") == "text":
            text = block if isinstance(block, str) else block["text"]
            if blocks and blocks[-1]["type"] == "text":
                text = blocks.pop()["text"] + text
            blocks.append({"type": "text", "text": text})
    return blocks


class _Answer:
    """Turns generated text into message chunks, without stop words and with tool calls taken out."""

    def __init__(self, question: Question, emit: Emit[AIMessageChunk]) -> None:
        self._question, self._emit = question, emit
        self._stop = StopWords(question.stop)
        self._calls = ToolCallFilter({tool_name(tool) for tool in question.tools}) if question.tools else None
        self._said_anything = False

    @property
    def stopped(self) -> bool:
        return self._stop.hit

    def feed(self, text: str) -> None:
        free = self._stop.feed(text)
        self._say(self._calls.feed(free) if self._calls else free)

    def finish(self, *, num_prompt: int, num_answer: int) -> None:
        rest = self._stop.finish()
        if self._calls:
            self._say(self._calls.feed(rest))
            rest, found = self._calls.finish()
            if calls := call_chunks(found):
                self._said_anything = True
                self._emit(AIMessageChunk(content="", tool_call_chunks=calls))
        self._say(rest)
        if not self._said_anything:
            raise ModelError(f"{self._question.model!r} answered nothing. Ask again or raise max_tokens.")
        cut_off = num_answer >= self._question.sampling.max_tokens and not self.stopped
        usage = UsageMetadata(
            input_tokens=num_prompt, output_tokens=num_answer, total_tokens=num_prompt + num_answer
        )
        self._emit(last_chunk(self._question.model, "length" if cut_off else "stop", usage))

    def _say(self, text: str) -> None:
        if text:
            self._said_anything = True
            self._emit(AIMessageChunk(content=text))


def _whole_answer(
    checkpoint: Checkpoint, question: Question, tokens: Sequence[int], num_prompt: int
) -> list[AIMessageChunk] | ModelError:
    chunks: list[AIMessageChunk] = []
    answer = _Answer(question, chunks.append)
    answer.feed(checkpoint.tokenizer.decode(tokens, skip_special_tokens=True))
    try:
        answer.finish(num_prompt=num_prompt, num_answer=len(tokens))
    except ModelError as error:
        return error
    return chunks


def _encode(checkpoint: Checkpoint, questions: Sequence[Question]) -> Any:  # Any: the library's tensor dict
    harmless = checkpoint.control_tokens.break_up_in
    padding = {"padding": True, "return_tensors": "pt"}
    try:
        inputs = checkpoint.processor.apply_chat_template(
            [harmless(question.messages) for question in questions],
            tools=harmless(list(questions[0].tools)) or None,
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            **({"processor_kwargs": padding} if checkpoint.sees else padding),
        )
    except Exception as error:  # a chat template is a program of the model's maker
        raise ModelError(
            f"{questions[0].model!r}: its chat template refused the messages: {error}"
        ) from error
    num_prompt = inputs["input_ids"].shape[1]
    if checkpoint.max_tokens is not None and num_prompt >= checkpoint.max_tokens:
        raise ModelError(
            f"The prompt of {num_prompt} tokens does not fit the context of {checkpoint.max_tokens} tokens "
            f"of {questions[0].model!r}. Shorten it."
        )
    pixels = {name: value for name, value in inputs.items() if value.is_floating_point()}
    inputs.update({name: value.to(checkpoint.model.dtype) for name, value in pixels.items()})
    return inputs.to(checkpoint.model.device)


def _generate(
    checkpoint: Checkpoint,
    inputs: Any,  # Any: the library's tensor dict
    question: Question,
    stopped: Callable[[], bool],
    *,
    streamer: Any = None,  # Any: the library's streamer
) -> Any:  # Any: a tensor of tokens, [num_questions, length]
    import torch
    from transformers import StoppingCriteriaList

    def check(input_ids: torch.Tensor, _scores: object, **_options: object) -> torch.Tensor:
        return torch.full((input_ids.shape[0],), stopped(), device=input_ids.device)

    sampling, room = question.sampling, question.sampling.max_tokens
    if checkpoint.max_tokens is not None:
        room = min(room, checkpoint.max_tokens - int(inputs["input_ids"].shape[1]))
    drawn = {"do_sample": True, "temperature": sampling.temperature, "top_p": sampling.top_p}
    try:
        with torch.inference_mode(), torch.random.fork_rng(enabled=sampling.seed is not None):
            if sampling.seed is not None:
                torch.manual_seed(sampling.seed)
            return checkpoint.model.generate(
                **inputs,
                max_new_tokens=room,
                stopping_criteria=StoppingCriteriaList([check]),
                streamer=streamer,
                pad_token_id=checkpoint.tokenizer.pad_token_id,
                **(drawn if sampling.temperature > 0 else {"do_sample": False}),
            )
    except (RuntimeError, ValueError, IndexError) as error:
        raise ModelError(f"{question.model!r} failed while generating: {error}") from error


def _streamer(
    checkpoint: Checkpoint, feed: Callable[[str], None]
) -> Any:  # Any: the library's class, counting
    from transformers import TextStreamer

    class Streamer(TextStreamer):
        num_tokens = -1  # the first call hands over the prompt

        def put(self, value: Any) -> None:
            self.num_tokens += 1
            super().put(value)  # type: ignore[no-untyped-call]

        def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
            feed(text)

    return Streamer(checkpoint.tokenizer, skip_prompt=True, skip_special_tokens=True)
