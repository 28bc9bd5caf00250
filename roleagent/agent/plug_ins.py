"""Check an application's parts when the agent is made, not in its first turn.

`roleagent.protocols` decides what fits: the attributes, and that each method can be called as the workflow
will call it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from roleagent import registry
from roleagent.errors import ConfigurationError
from roleagent.language.nearest import nearest
from roleagent.workflow.parts import Parts

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from roleagent.workflow.state import Limits


def check_parts(parts: Parts) -> None:
    """Refuse parts that do not fit, unknown names, and classes where objects belong.

    Nothing is loaded: a name is looked up, but its object is not made.

    Raises:
        ConfigurationError: a part does not fit; the message says which, and what would.
        ToolError: a function cannot be a tool.
    """
    if not isinstance(parts, Parts):
        raise ConfigurationError(f"parts is {parts!r}: pass Parts(…), such as Parts(critics=['role']).")
    for part in fields(parts):
        value, kind = getattr(parts, part.name), part.metadata.get("kind", "")
        if value is None and part.default is not None:
            empty = ", or [] for none" if part.metadata.get("several") else ""
            raise ConfigurationError(f"{part.name} is None: leave it out for the default{empty}.")
        if not part.metadata.get("several"):
            _check(part.name, kind, value, part.metadata.get("protocol"))
            continue
        for place, each in enumerate(_several(part.name, value)):
            if each is None:
                raise ConfigurationError(f"{part.name}[{place}] is None: pass a {kind}, or leave it out.")
            _check(f"{part.name}[{place}]", kind, each, part.metadata["protocol"])
    _check_tools(parts.tools)
    if isinstance(parts.approve, str):
        raise ConfigurationError(
            f"approve is {parts.approve!r}: pass a list, such as [{parts.approve!r}], or True."
        )
    if not isinstance(parts.approve, bool) and not _are_texts(parts.approve):
        raise ConfigurationError(f"approve is {parts.approve!r}: pass a list of names of tools, or True.")
    _check_recall(parts)


def _check_recall(parts: Parts) -> None:
    """Refuse what is neither the name of a profile nor one, and a policy that is none."""
    from roleagent.home.retention import Retention
    from roleagent.memory.recall.profile import PROFILES, RecallProfile

    recall, retention = parts.recall, parts.retention
    if isinstance(recall, str) and recall not in PROFILES:
        raise ConfigurationError(f"recall is {recall!r}, which is none of {', '.join(PROFILES)}.")
    if recall is not None and not isinstance(recall, (str, RecallProfile)):
        raise ConfigurationError(f"recall is {recall!r}: pass a name or a RecallProfile.")
    if retention is not None and not isinstance(retention, Retention):
        raise ConfigurationError(f"retention is {retention!r}: pass Retention(…).")


def check_limits(limits: Limits | None) -> None:
    """Refuse a value that is not `Limits`.

    Raises:
        ConfigurationError: the value is something else.
    """
    from roleagent.workflow.state import Limits

    _refuse_class("limits", limits)
    if limits is not None and not isinstance(limits, Limits):
        raise ConfigurationError(f"limits is {limits!r}: pass Limits(…), such as Limits(tool_rounds=2).")


def check_approve(approve: Collection[str] | bool, tools: Collection[str]) -> None:
    """Refuse a name that no tool has, because the intended tool would then run without approval.

    Raises:
        ConfigurationError: the message has the name and a near match.
    """
    if isinstance(approve, bool):
        return
    for name in approve:
        if name not in tools:
            near = nearest(name, tools)
            hint = f"Did you mean {near!r}? " if near else ""
            known = ", ".join(sorted(tools)) or "none"
            raise ConfigurationError(f"approve names {name!r}, which is no tool. {hint}The tools: {known}.")


def check_model(model: str | BaseChatModel, *, has_tools: bool) -> None:
    """Refuse a value that is not a chat model, and a model that cannot call the tools it is given.

    Raises:
        ConfigurationError: the model does not fit.
    """
    if isinstance(model, str):
        registry.check("model", model)
        return
    _refuse_class("model", model)
    from langchain_core.language_models import BaseChatModel

    if not isinstance(model, BaseChatModel):
        raise ConfigurationError(
            f"model is {model!r}, which is no langchain-core chat model (BaseChatModel). Pass one, without "
            "`bind` or other wrapping, or a name such as 'llama-cpp:qwen2.5-1.5b'."
        )
    if has_tools and type(model).bind_tools is BaseChatModel.bind_tools:
        raise ConfigurationError(
            f"{type(model).__name__} cannot call tools: it has no `bind_tools`. Pass a model that has, or no "
            "tools."
        )


def _check(where: str, kind: str, value: object, protocol: type | None) -> None:
    if value is None:
        return
    _refuse_class(where, value)
    if isinstance(value, str):
        if kind:
            registry.check(kind, value)
    elif kind == "embedder":
        from langchain_core.embeddings import Embeddings

        _check_fit(where, value, Embeddings)
    elif protocol is not None:
        _check_fit(where, value, protocol)


def _check_fit(where: str, value: object, like: type) -> None:
    for trouble in _misfits(value, like):
        raise ConfigurationError(f"{where} is {value!r}, {trouble} See {like.__module__}.{like.__name__}.")


def _misfits(value: object, like: type) -> Iterator[str]:
    """The reasons why a value does not fit a protocol."""
    for name, annotation in vars(like).get("__annotations__", {}).items():
        what = getattr(value, name, None)
        if annotation == "str" and not (isinstance(what, str) and what.strip()):
            yield f"whose `{name}` is {what!r}, not a text."
        elif annotation.startswith("tuple[str") and not _are_texts(what):
            yield f"whose `{name}` is {what!r}, not a tuple of texts."
    abstract: Collection[str] = getattr(like, "__abstractmethods__", ())
    for name, wanted in vars(like).items():
        is_needed = not abstract or name in abstract
        if inspect.isfunction(wanted) and not name.startswith("_") and is_needed:
            trouble = _misfit(getattr(value, name, None), wanted)
            if trouble:
                yield f"{trouble} {_as_called(wanted)}."


def _misfit(method: Any, wanted: Callable[..., Any]) -> str:  # Any: whatever stands there
    if not callable(method):
        return "which has no"
    if inspect.iscoroutinefunction(method):
        return "whose method must not be `async`: it is called in a worker thread, as"
    try:
        signature = inspect.signature(method)
    except (TypeError, ValueError):  # written in C, say: only calling it can tell
        return ""
    parameters = [*inspect.signature(wanted).parameters.values()][1:]
    named = {each.name: None for each in parameters if each.kind is each.KEYWORD_ONLY}
    try:
        signature.bind(*[None] * (len(parameters) - len(named)), **named)
    except TypeError as error:
        return f"which cannot be called ({error}) as"
    return ""


def _as_called(wanted: Callable[..., Any]) -> str:
    signature = inspect.signature(wanted)
    plain = [each.replace(annotation=each.empty) for each in signature.parameters.values()][1:]
    return f"`{wanted.__name__}{signature.replace(parameters=plain, return_annotation=signature.empty)}`"


def _are_texts(value: object) -> bool:
    if isinstance(value, (str, bytes)) or not isinstance(value, Collection):
        return False
    return all(isinstance(each, str) for each in value)


def _refuse_class(where: str, value: object) -> None:
    if isinstance(value, type):
        raise ConfigurationError(
            f"{where} is the class {value.__name__}, not an object: {value.__name__}(…)."
        )


def _several(where: str, value: Any) -> Sequence[Any]:  # Any: whatever was passed
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ConfigurationError(f"{where} is {value!r}: pass a list, such as [{value!r}].")
    return value


def _check_tools(tools: Any) -> None:  # Any: whatever was passed
    given = _several("tools", tools)
    for name in (tool for tool in given if isinstance(tool, str)):
        registry.check("tool", name)
    objects = [tool for tool in given if not isinstance(tool, str)]
    if objects:
        from roleagent.tools.adapt import check_tools

        check_tools(objects)
