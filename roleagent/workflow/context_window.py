"""How much the language model can read, and what to do if it refuses a prompt as too long."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence

from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import BaseMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

from roleagent.errors import InputError, ModelError
from roleagent.types import Omitted
from roleagent.workflow.prompt import Briefing, build_system_message
from roleagent.workflow.state import AgentContext
from roleagent.workflow.trimming import TOKENS_BESIDE, CountTokens, Fitted, fit, rough_tokens

MAX_REFUSALS = 4  # prompts that a model may call too long before the turn fails

_log = logging.getLogger(__name__)
_LENGTHS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "num_predict", "max_new_tokens")
_ANSWER = 1_024  # tokens kept free for an answer whose length nobody bounds
_LEAST_SHARE = 0.5  # of the rough count: below that no tokenizer goes
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
    return max(1, window - _tokens_of_answer(context, window) - _tokens_of_tools(context))


def window_of(context: AgentContext) -> int | None:
    """The size of the model's context in tokens, for prompt and answer: as set, or as the model says."""
    if context.limits.context_tokens is not None:
        return context.limits.context_tokens
    told = (
        (context.parts.model.profile or {}).get("max_input_tokens"),
        getattr(context.parts.model, "num_ctx", None),
    )
    return min((each for each in told if isinstance(each, int) and each > 0), default=None)


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
    count: CountTokens | None = getattr(context.parts.model, "count_tokens", None)
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


def _tokens_of_answer(context: AgentContext, window: int) -> int:
    lengths = (getattr(context.parts.model, name, None) for name in _LENGTHS)
    asked = next((each for each in lengths if isinstance(each, int) and each > 0), None)
    if asked is None or asked > window * 3 // 4:
        return min(_ANSWER, window // 4)
    return asked


def _tokens_of_tools(context: AgentContext) -> int:
    schemas = (json.dumps(convert_to_openai_tool(tool)) for tool in context.tools.values())
    return sum(rough_tokens(schema) + TOKENS_BESIDE for schema in schemas)
