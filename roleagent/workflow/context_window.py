"""Make a prompt fit the language model's context: how much it can read, and what is left out.

The persona and what the user says now always stay. Long tool results are cut first. Then the oldest
utterances of the conversation are left out, then episodes, lore, summaries, facts and what was learned, and
last the ends of long observations. If a model refuses a prompt as too long all the same, it gets half of it.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Any

from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import BaseMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

from roleagent.errors import InputError, ModelError
from roleagent.types import Episode, Omitted, PromptBlock
from roleagent.workflow.prompt import (
    NOTES,
    Briefing,
    Note,
    build_history,
    build_messages,
    build_system_message,
    named_blocks,
)
from roleagent.workflow.state import AgentContext
from roleagent.workflow.steady_start import steady_start

MAX_REFUSALS = 4  # prompts that a model may call too long before the turn fails

_log = logging.getLogger(__name__)
_LENGTHS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "num_predict", "max_new_tokens")
_ANSWER = 1_024  # tokens kept free for an answer if the model has no limit of its own
_LEAST_SHARE = 0.5  # of the rough count: no tokenizer counts fewer tokens than that
# OpenAI and those who follow it, Anthropic, Gemini, Mistral, Cohere, Bedrock, xAI, llama.cpp, Ollama, vLLM,
# SGLang, TGI, LM Studio, our own models, and vendors who say it in Chinese.
_TOO_LONG = re.compile(
    r"context_length_exceeded|context length|context size|context window|context of [\d,]+ tokens"
    r"|maximum model length|max_model_len|maximum prompt length|prompt is too long|prompt too long"
    r"|input is too (?:long|large)|too many (?:input |total )?(?:text )?tokens|total number of tokens"
    r"|exceed[a-z_]{0,3}[ _]context|exceeds? (?:the )?(?:maximum|max|limit)[^.]{0,40}tokens"
    r"|input token count|(?:reduce|shorten) (?:the|your) (?:length|prompt|input|messages)"
    r"|prompt contains [\d,]+ tokens|range of input length|must have less than [\d,]+ tokens"
    r"|max_new_tokens[^.]{0,10} must be|longer than the model|input length"
    r"|上下文(?:长度|窗口)|(?:输入|提示词?|prompt)[^。]{0,12}(?:超长|过长|超过|超出)|(?:超过|超出)[^。]{0,12}(?:长度|上下文)",
    re.IGNORECASE,
)
_NOT_TOO_LONG = re.compile(r"rate.?limit|per minute|quota|\bTPM\b", re.IGNORECASE)

CountTokens = Callable[[str], int]

TOKENS_BESIDE = 8  # of a message: its role and its ends
TOKENS_OF_PICTURE = 1_000
_STEP = 4  # a quarter of what fits of a conversation may go at once, so that the rest stays where it is
_LEAST = 100  # tokens that are always left of a long text
_LEAVING = sorted((note for note in NOTES if note.leaves is not None), key=lambda note: note.leaves or 0)
_AND_SO_ON = " […]"
_SHARE_OF_TOOLS = 2  # results may fill half of the prompt before anything else is left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A prompt that fits.

    Attributes:
        briefing: the rest of the briefing.
        exchange: tool calls and results of the turn.
        num_tokens: of the whole prompt, estimated.
        omitted: what was left out; None if everything fits.
    """

    briefing: Briefing
    exchange: tuple[BaseMessage, ...]
    num_tokens: int
    omitted: Omitted | None = None


def rough_tokens(text: str) -> int:
    """Estimate how many tokens a text has, on the high side, in any script.

    >>> rough_tokens("four words of text"), rough_tokens("四个字吧"), rough_tokens("🙂")
    (6, 4, 3)
    """
    num_ascii = len(text.encode("ascii", "ignore"))
    num_astral = len(text.encode("utf-16-le", "surrogatepass")) // 2 - len(text)
    num_other = len(text) - num_ascii - num_astral  # of two or three bytes
    num_wide = len(text.encode("utf-8", "surrogatepass")) - num_ascii - 4 * num_astral - 2 * num_other
    return -(-num_ascii * 2 // 7) + -(-(num_other - num_wide) * 2 // 3) + num_wide + 3 * num_astral


def room_for_prompt(context: AgentContext, omitted: Omitted | None) -> int | None:
    """How many tokens a prompt may have, without the answer and the tools; None if that is unknown.

    Args:
        context: its model is asked for its size.
        omitted: what did not fit earlier in this turn; a model that refused a prompt would refuse it again.
    """
    if omitted is not None:
        return omitted.room
    window = window_of(context)
    if window is None:
        return None
    return max(1, window - _tokens_of_answer(context, window) - tokens_of_tools(context))


def tokens_of_tools(context: AgentContext) -> int:
    """How many tokens the descriptions of the turn's tools have, estimated."""
    return sum(rough_tokens(schema) + TOKENS_BESIDE for schema in _tool_schemas(context))


def _tool_schemas(context: AgentContext) -> list[str]:
    """The descriptions of the turn's tools, as the model reads them: JSON."""
    return [json.dumps(convert_to_openai_tool(tool)) for tool in context.tools.values()]


def counter_of(context: AgentContext) -> CountTokens | None:
    """Counts tokens as the model does; None if the model does not say."""
    return getattr(context.parts.model, "count_tokens", None)


def window_of(context: AgentContext) -> int | None:
    """The model's context size in tokens, for prompt and answer: as set, or as the model reports it."""
    if context.limits.context_tokens is not None:
        return context.limits.context_tokens
    told = (
        (context.parts.model.profile or {}).get("max_input_tokens"),
        getattr(context.parts.model, "num_ctx", None),
    )
    return min((each for each in told if isinstance(each, int) and each > 0), default=None)


def _tokens_of_answer(context: AgentContext, window: int) -> int:
    """How many tokens to keep free for the answer: the model's own limit, unless it is most of the window."""
    lengths = (getattr(context.parts.model, name, None) for name in _LENGTHS)
    asked = next((each for each in lengths if isinstance(each, int) and each > 0), None)
    if asked is None or asked > window * 3 // 4:
        return min(_ANSWER, window // 4)
    return asked


def fit_prompt(
    briefing: Briefing, exchange: Sequence[BaseMessage], room: int | None, context: AgentContext
) -> Fitted:
    """Cut the briefing until it fits. Tokens are estimated; if it is close, the model's own tokenizer counts.

    Raises:
        InputError: the user's message alone does not fit.
        ModelError: the persona alone does not fit.
    """
    if room is None:
        room = 2**62
    fitted = fit(briefing, exchange, room=room)
    count = counter_of(context)
    if fitted.omitted is not None and count is not None:
        fitted = fit(briefing, exchange, room=room, count=count)
    exact = count is not None and fitted.omitted is not None
    if fitted.num_tokens * (1 if exact else _LEAST_SHARE) > room:
        raise too_long(briefing, context)
    if fitted.omitted is not None:
        left_out = ", ".join(fitted.omitted.as_lines())
        _log.info("The prompt was cut to about %d tokens; left out: %s.", fitted.num_tokens, left_out)
    return fitted


def smaller(fitted: Fitted, briefing: Briefing, exchange: Sequence[BaseMessage]) -> Fitted | None:
    """Half of a refused prompt; None if nothing more can be left out."""
    half = fit(briefing, exchange, room=fitted.num_tokens // 2)
    return half if half.num_tokens < fitted.num_tokens else None


def fit(
    briefing: Briefing, exchange: Sequence[BaseMessage], *, room: int, count: CountTokens = rough_tokens
) -> Fitted:
    """Cut a briefing until it fits; it exceeds `room` only if the persona and the user's words alone do.

    Args:
        briefing: everything that the model should read.
        exchange: tool calls and results of the turn.
        room: how many tokens the prompt may have.
        count: counts the tokens of a text.
    """
    scale = Scale(count)
    whole = Fitted(briefing=briefing, exchange=tuple(exchange), num_tokens=scale.weigh(briefing, exchange))
    if whole.num_tokens <= room:
        return whole
    kept, shortened = _shorten_results(exchange, room // _SHARE_OF_TOOLS, scale)
    trimmed = replace(briefing, history=())
    for note in _LEAVING:
        trimmed = _drop(trimmed, note, lambda each: scale.weigh(each, kept) <= room)
    if (over := scale.weigh(trimmed, kept) - room) > 0:
        kept, more = _shorten_results(kept, scale.messages(kept) - over, scale)
        shortened = (*shortened, *(name for name in more if name not in shortened))
    if (over := scale.weigh(trimmed, kept) - room) > 0:
        trimmed, more = _shorten_observations(trimmed, over, scale)
        shortened = (*shortened, *more)
    told = build_history(briefing)
    costs = [scale.messages([message]) for message in told]
    history = _last_that_fit(briefing.history, costs, room - scale.weigh(trimmed, kept))
    trimmed = replace(trimmed, history=history)
    omitted = Omitted(
        room=room,
        history=briefing.history[: len(briefing.history) - len(history)],
        grounds=replace(briefing.grounds.without(trimmed.grounds), observations=()),  # these are only cut
        shortened=shortened,
    )
    return Fitted(
        briefing=trimmed,
        exchange=tuple(kept),
        num_tokens=scale.weigh(trimmed, kept),
        omitted=omitted if omitted.anything else None,
    )


@dataclass(frozen=True, slots=True)
class Scale:
    """Counts the tokens of messages, and caches the count of each text."""

    count: CountTokens
    _known: dict[str, int] = field(default_factory=dict)

    def text(self, text: str) -> int:
        """Of a text alone."""
        if text not in self._known:
            self._known[text] = self.count(text)
        return self._known[text]

    def weigh(self, briefing: Briefing, exchange: Sequence[BaseMessage]) -> int:
        """Of a whole prompt."""
        return self.messages([*build_messages(briefing), *exchange])

    def messages(self, messages: Sequence[BaseMessage]) -> int:
        """Of messages with their marks, calls and pictures."""
        return sum(map(self._message, messages))

    def _message(self, message: BaseMessage) -> int:
        calls = getattr(message, "tool_calls", ())
        blocks = message.content if isinstance(message.content, list) else ()
        pictures = sum(isinstance(block, dict) and block.get("type") == "image" for block in blocks)
        called = sum(self.text(f"{call['name']} {call['args']}") + TOKENS_BESIDE for call in calls)
        words = self.text(str(message.text))
        return words + int(called) + int(pictures) * TOKENS_OF_PICTURE + TOKENS_BESIDE


def blocks_of(briefing: Briefing, context: AgentContext, scale: Scale) -> Iterator[PromptBlock]:
    """What a prompt consists of, with the tokens of each block; all of the conversation is one."""
    if context.tools:
        schemas = "\n".join(_tool_schemas(context))
        yield PromptBlock(name="tools", text=schemas, num_tokens=tokens_of_tools(context))
    for name, group in groupby(named_blocks(briefing), key=itemgetter(0)):
        texts = [text for _, text in group]
        yield PromptBlock(name=name, text="\n\n".join(texts), num_tokens=sum(map(scale.text, texts)))
    if briefing.images:
        num_tokens = TOKENS_OF_PICTURE * len(briefing.images)
        yield PromptBlock(name="pictures", text="", num_tokens=num_tokens)


def _drop(briefing: Briefing, note: Note, fits: Callable[[Briefing], bool]) -> Briefing:
    """The briefing with as many grounds of one kind as fit."""
    items = getattr(briefing.grounds, note.name)

    def with_first(num: int) -> Briefing:
        some: dict[str, Any] = {note.name: items[len(items) - num :] if note.keeps_latest else items[:num]}
        return replace(briefing, grounds=replace(briefing.grounds, **some))

    least, most = 0, len(items)
    if fits(briefing):
        return briefing
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if fits(with_first(middle)) else (least, middle - 1)
    return with_first(least)


def _last_that_fit(history: Sequence[Episode], costs: Sequence[int], room: int) -> tuple[Episode, ...]:
    """The last part of a conversation that fits, starting with something the user said.

    It starts within the first quarter of what fits; see `roleagent.workflow.steady_start`.
    """
    fitting = [len(history)]
    for place in range(len(history) - 1, -1, -1):
        room -= costs[place]
        if room < 0:
            break
        if history[place].speaker == "user" or place == 0:
            fitting.append(place)
    first = fitting[-1]
    if first == 0:
        return tuple(history)
    before = [0, *accumulate(costs)]
    spare = (before[-1] - before[first]) // _STEP
    starts = [place for place in fitting if before[place] - before[first] <= spare]
    return tuple(history[steady_start(history, starts) :])


def _shorten_results(
    exchange: Sequence[BaseMessage], room: int, scale: Scale
) -> tuple[list[BaseMessage], tuple[str, ...]]:
    """Cut long tool results to one length, so that the exchange has up to `room` tokens."""
    results = [message for message in exchange if message.type == "tool"]
    over = scale.messages(exchange) - room
    cap = _cap([scale.text(str(message.text)) for message in results], over)
    if cap is None:
        return [*exchange], ()
    cut = [_cut_message(message, cap, scale) if message.type == "tool" else message for message in exchange]
    names = tuple(str(old.name) for old, new in zip(exchange, cut, strict=True) if old is not new)
    return cut, tuple(dict.fromkeys(names))


def _cut_message(message: BaseMessage, cap: int, scale: Scale) -> BaseMessage:
    text = _cut(str(message.text), cap, scale)
    if text == str(message.text):
        return message
    pictures = [
        block for block in message.content if isinstance(block, dict) and block.get("type") == "image"
    ]
    content: Any = [{"type": "text", "text": text}, *pictures] if pictures else text
    return message.model_copy(update={"content": content})


def _shorten_observations(briefing: Briefing, over: int, scale: Scale) -> tuple[Briefing, tuple[str, ...]]:
    """Cut this turn's observations to their beginnings."""
    cap = _cap([scale.text(seen.text) for seen in briefing.grounds.observations], over)
    if cap is None:
        return briefing, ()
    cut = tuple(replace(seen, text=_cut(seen.text, cap, scale)) for seen in briefing.grounds.observations)
    changed = (new for old, new in zip(briefing.grounds.observations, cut, strict=True) if old != new)
    trimmed = replace(briefing, grounds=replace(briefing.grounds, observations=cut))
    return trimmed, tuple(dict.fromkeys(seen.kind for seen in changed))


def _cap(costs: Sequence[int], over: int) -> int | None:
    """The length to which the longest texts must be cut to save `over` tokens; None if that saves nothing."""
    if over <= 0 or max(costs, default=0) <= _LEAST:
        return None
    least, most = _LEAST, max(costs)
    while least < most:
        middle = (least + most + 1) // 2
        saved = sum(max(0, cost - middle) for cost in costs)
        least, most = (middle, most) if saved >= over else (least, middle - 1)
    return least


def _cut(text: str, num_tokens: int, scale: Scale) -> str:
    """The beginning of a text, about that many tokens long."""
    if scale.text(text) <= num_tokens:
        return text
    room, cut = num_tokens - scale.text(_AND_SO_ON), text
    while (cost := scale.count(cut)) > room:
        cut = cut[: int(len(cut) * min(0.95, room / cost))]
    return f"{cut.rstrip()}{_AND_SO_ON}"


def says_too_long(error: BaseException | None) -> bool:
    """Whether an error says that a prompt is too long, in the words of any known vendor.

    >>> says_too_long(RuntimeError("This model's maximum context length is 8192 tokens."))
    True
    """
    while error is not None:
        words = f"{getattr(error, 'code', '')} {error!r}"[:4_000]
        if isinstance(error, ContextOverflowError):
            return True
        if _TOO_LONG.search(words) and not _NOT_TOO_LONG.search(words):
            return True
        error = error.__cause__
    return False


def too_long(briefing: Briefing, context: AgentContext, said_by: str = "") -> InputError | ModelError:
    """The error for a prompt that cannot be cut further, with the numbers and what to do.

    Args:
        briefing: what the prompt contains.
        context: the model's, and its limits.
        said_by: the model's own error.
    """
    persona = rough_tokens(str(build_system_message(briefing.persona, graph=briefing.graph).text))
    said = rough_tokens(briefing.turn.text)
    window = window_of(context)
    context_of_model = f"the context of {window:,} tokens" if window else "the context"
    held = f"{context_of_model} of {context.parts.model_name!r}"
    refused = f" It says: {said_by}" if said_by else ""
    way_out = "use a model of a longer context (num_ctx of llama-cpp, or another model)"
    numbers = f"about {persona:,} tokens of persona and {said:,} of message, beside notes and the answer"
    if said > persona:
        return InputError(f"The message does not fit {held}: {numbers}. Shorten it, or {way_out}.{refused}")
    return ModelError(
        f"The persona {briefing.persona.id!r} does not fit {held}: {numbers}. "
        f"Shorten its summary, rules and examples, or {way_out}.{refused}"
    )
