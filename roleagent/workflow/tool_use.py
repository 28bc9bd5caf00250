"""The node `use_tools`: run the calls within a time limit; a failure becomes a line for the model."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, NamedTuple

from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, ToolException
from langgraph.errors import GraphBubbleUp
from langgraph.types import interrupt
from pydantic import ValidationError

from roleagent.concurrency.blocking import run_blocking
from roleagent.types import (
    HandedBack,
    ToolUse,
    ToolUsed,
)
from roleagent.workflow.calls import no_such_tool
from roleagent.workflow.judging import screened
from roleagent.workflow.state import AgentContext, AgentState, Partial, Run, emit, with_more
from roleagent.workflow.tool_results import Told, as_told

_log = logging.getLogger(__name__)
MAX_RESULT_CHARS = 8_000
_MAX_CAUSES = 5  # of a group of errors, in one line

Pictures = tuple[str, ...]  # data URLs


class ToolAnswer(NamedTuple):
    """The result of a tool call.

    Attributes:
        text: for the model, at most `MAX_RESULT_CHARS` long.
        ok: whether the call worked.
        artifact: a tool's result for the program, which the model does not read.
        pictures: data URLs, for a model that accepts pictures.
    """

    text: str
    ok: bool
    artifact: Any = None  # Any: whatever the tool makes
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Failure:
    """A tool raised, or was cancelled from within."""

    why: str


async def run_tool(
    tool: BaseTool, arguments: Mapping[str, object], *, timeout_s: float, sees: bool = False
) -> ToolAnswer:
    """Call a tool. Only a cancellation of the turn itself is raised.

    The tool has a task of its own, so that its cancellation is not taken for the turn's. A tool that ignores
    the time limit is abandoned. A synchronous tool runs in a worker thread until it ends.

    Args:
        tool: the tool to call.
        arguments: what the model wrote.
        timeout_s: the time limit, in seconds.
        sees: whether the model accepts pictures.
    """
    running = asyncio.create_task(_run(tool, arguments, sees=sees))
    try:
        done, _ = await asyncio.wait({running}, timeout=timeout_s)
    finally:
        running.cancel()
    if not done:
        return ToolAnswer(f"{tool.name} took longer than {timeout_s:g} s.", False)
    if running.cancelled():
        return ToolAnswer(f"{tool.name} failed: it was cancelled.", False)
    return running.result()


async def _run(tool: BaseTool, arguments: Mapping[str, object], *, sees: bool) -> ToolAnswer:
    try:
        result = await _call(tool, arguments)
        ok, artifact, content = True, None, result
        if isinstance(result, ToolMessage):
            ok, artifact, content = result.status != "error", result.artifact, result.content
        told = await run_blocking(lambda: as_told(content, max_chars=MAX_RESULT_CHARS, sees=sees))
    except BaseException as error:  # a plug-in: the model is told, and may try otherwise
        if _is_meant_for_us(error):
            raise
        _log.warning("Tool %r failed.", tool.name, exc_info=True)
        result, told = _Failure(_words(error)), Told()
        ok, artifact = False, None
    if isinstance(result, _Failure):
        line = as_told(f"{tool.name} failed: {result.why}", max_chars=MAX_RESULT_CHARS).text
        return ToolAnswer(line, False)
    return ToolAnswer(told.text, ok, artifact, told.pictures)


async def _call(tool: BaseTool, arguments: Mapping[str, object]) -> Any:  # Any: whatever the tool returns
    """Call the tool in the form that models use, because only then does it return artifacts."""
    request: Any = dict(arguments)
    if tool.response_format == "content_and_artifact":
        request = {"type": "tool_call", "id": tool.name, "name": tool.name, "args": request}
    if not _is_synchronous(tool):
        return await _without_exits(tool).ainvoke(request)

    def attempt() -> Any:
        try:
            return tool.invoke(request)
        except BaseException as error:  # some, such as StopIteration, no future can carry
            _log.warning("Tool %r failed.", tool.name, exc_info=True)
            return _Failure(_words(error))

    return await run_blocking(attempt)


def _is_synchronous(tool: BaseTool) -> bool:
    """Whether langchain-core would run it in the event loop's few threads, which a hanging tool blocks."""
    if hasattr(tool, "coroutine"):
        return tool.coroutine is None
    return type(tool)._arun is BaseTool._arun


def _without_exits(tool: BaseTool) -> BaseTool:
    """Catch exits inside the coroutine, since an exit in LangChain's own task would end the event loop."""
    coroutine = getattr(tool, "coroutine", None)
    if coroutine is None:
        return tool

    @wraps(coroutine)
    async def guarded(*args: Any, **options: Any) -> Any:
        try:
            return await coroutine(*args, **options)
        except (SystemExit, KeyboardInterrupt) as error:
            if _is_meant_for_us(error):
                raise
            raise RuntimeError(_words(error)) from error

    return tool.model_copy(update={"coroutine": guarded})


def _is_meant_for_us(error: BaseException) -> bool:
    """Whether the turn itself is cancelled, or somebody pressed Ctrl-C."""
    if isinstance(error, GeneratorExit):
        return True
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0
    return (
        isinstance(error, KeyboardInterrupt)
        and threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )


def _words(error: BaseException) -> str:
    """The message of an error, in one line."""
    match error:
        case BaseExceptionGroup():
            return "; ".join(_words(cause) for cause in error.exceptions[:_MAX_CAUSES])
        case ValidationError():
            details = error.errors(include_url=False)[:_MAX_CAUSES]
            places = (".".join(map(str, detail["loc"])) for detail in details)
            told = zip(places, details, strict=True)
            return "; ".join(f"{at}: {detail['msg']}" if at else detail["msg"] for at, detail in told)
        case asyncio.CancelledError():
            return f"it was cancelled: {error}" if str(error) else "it was cancelled."
        case GraphBubbleUp():
            return (
                "it tried to interrupt the graph, which a tool cannot do here. "
                "To have somebody agree first, name it in Parts(approve=[…])."
            )
        case OSError() | RuntimeError() | ValueError() | ToolException() if str(error):
            return str(error)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


async def use_tools(state: AgentState, runtime: Run) -> Partial:
    """Run the tools that the model called, after approval if they need it."""
    context, calls = runtime.context, state["calls"]
    allowed = _ask_approval([call for call in calls if call.result is None], context.approve)
    answers = await asyncio.gather(*(_answer(call, context, allowed=call.id in allowed) for call in calls))
    uses = [use for use, _ in answers]
    for use in uses:
        emit(runtime, ToolUsed(use=use))
    warnings = await screened(((use.name, use.result or "") for use in uses), context)
    files = (*(each for use in uses for each in use.handed_back), *state["grounds"].handed_back)
    by_content = {each.attachment.id: each for each in files}
    return {
        "warnings": with_more(state["warnings"], warnings),
        "exchange": [*state["exchange"], *_results(answers, context)],
        "tool_uses": (*state["tool_uses"], *uses),
        "calls": (),
        "grounds": replace(state["grounds"], handed_back=tuple(by_content.values())),
        "draft": state["released"],
    }


def _results(answers: Sequence[tuple[ToolUse, Pictures]], context: AgentContext) -> list[BaseMessage]:
    """One message for each call, and one for pictures, which few vendors accept in a tool's message."""
    in_place = (context.parts.model.profile or {}).get("image_tool_message", False)
    results: list[BaseMessage] = []
    beside: list[dict[str, str]] = []
    for use, pictures in answers:
        text, blocks = use.result or "", [{"type": "image", "url": url} for url in pictures]
        content: Any = [{"type": "text", "text": text}, *blocks] if blocks and in_place else text
        results.append(ToolMessage(content, tool_call_id=use.id, name=use.name))
        if blocks and not in_place:
            beside += [{"type": "text", "text": f"[{use.name}]"}, *blocks]
    return [*results, HumanMessage(beside)] if beside else results  # type: ignore[arg-type]  # invariance


def _ask_approval(calls: Sequence[ToolUse], approve: frozenset[str]) -> frozenset[str]:
    """Ids of the calls that may run. Interrupts the run; once resumed, returns what was decided."""
    asking = [call for call in calls if call.name in approve]
    if not asking:
        return frozenset(call.id for call in calls)
    approved = interrupt(asking)
    return frozenset(call.id for call in calls if call not in asking or approved)


async def _answer(call: ToolUse, context: AgentContext, *, allowed: bool) -> tuple[ToolUse, Pictures]:
    """Run one call and return its result and its pictures."""
    if call.result is not None:
        return call, ()
    if not allowed:
        return replace(call, result="This was not allowed.", ok=False), ()
    if call.name not in context.tools:  # the agent that asked for approval may have had other tools
        return replace(call, result=no_such_tool(call.name, context.tools), ok=False), ()
    answer = await run_tool(
        context.tools[call.name],
        call.arguments,
        timeout_s=context.limits.tool_s,
        sees=context.sees_pictures,
    )
    if call.name in context.own_tools:  # only these may put a file into a reply
        found = answer.artifact if isinstance(answer.artifact, tuple) else ()
        files = tuple(each for each in found if isinstance(each, HandedBack))
        return replace(call, result=answer.text, ok=answer.ok, handed_back=files), ()
    # any other tool may say what the listener may not learn
    asked = " ".join(str(value) for value in call.arguments.values())
    told = context.meeting.view.clean(answer.text, beside=asked) or "Nothing."
    return replace(call, result=told, ok=answer.ok), answer.pictures
