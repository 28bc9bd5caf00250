"""Decorators: lines ``@@name value`` at the top of an entry's content that say when and where it enters.

``@@@name value`` is a fall-back: it is used if the line above cannot be used. There may be several. Of two
decorators with one name, the first counts. A decorator that is unknown, wrong or useless here is skipped
and noted, and its fall-back is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from roleagent.lore.book import LoreEntry

MAX_DECORATORS = 100
MAX_NUMBER = 1_000_000
PROMPTS = ("post_history_instructions", "system_prompt")
_POSITIONS: Final = {
    "after_desc": "after_char", "before_desc": "before_char", "personality": "personality",
    "scenario": "scenario",
}  # fmt: skip
_SECTIONS = ("personality", "scenario")  # positions that a prompt may not have
_ROLES = ("assistant", "system", "user")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decorator:
    """One line that begins with ``@@``.

    Attributes:
        value: the text after the name.
        is_fallback: whether the line begins with ``@@@``.
    """

    name: str
    value: str = ""
    is_fallback: bool = False

    def __str__(self) -> str:
        return f"@@{self.name}{' ' + self.value if self.value else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Directives:
    """What decorators ask for beyond the fields of an entry.

    Attributes:
        activate: enter always.
        dont_activate: never enter, unless `activate`.
        keep_after_match: enter always once it has entered.
        once: never enter again once it has entered.
        only_after: replies that the character must have given.
        only_every: enter only when the number of replies is a multiple of this.
        greeting: index of the greeting that the conversation must have begun with.
        reverse_depth: messages from the beginning, for the position ``at_depth``.
        additional_keys: one of these must be found too.
        exclude_keys: none of these may be found.
        exclude_keys_all: not all of these may be found.
        ignore_on_max_context: removed first when the budget is full.
        disabled_prompts: prompts of the card or the user that are turned off when the entry enters.
    """

    activate: bool = False
    dont_activate: bool = False
    keep_after_match: bool = False
    once: bool = False
    only_after: int = 0
    only_every: int = 1
    greeting: int | None = None
    reverse_depth: int | None = None
    additional_keys: tuple[str, ...] = ()
    exclude_keys: tuple[str, ...] = ()
    exclude_keys_all: tuple[str, ...] = ()
    ignore_on_max_context: bool = False
    disabled_prompts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decorated:
    """An entry with its decorators carried out.

    Attributes:
        entry: the entry after its decorators changed its fields; its content no longer has them.
        notes: decorators that were skipped, and why.
    """

    entry: LoreEntry
    directives: Directives = Directives()
    notes: tuple[str, ...] = ()


def decorators_of(content: str) -> tuple[tuple[Decorator, ...], str]:
    r"""The decorators at the top of a content, and the text below them.

    >>> decorators_of("@@depth 4\n@@@role user\n\nA cow.")[1]
    'A cow.'
    """
    found: list[Decorator] = []
    lines = content.split("\n")
    at = 0
    while at < len(lines) and len(found) < MAX_DECORATORS:
        line = lines[at].strip()
        if line.startswith("@@"):
            name, _, value = line.lstrip("@").partition(" ")
            is_fallback = line.startswith("@@@")
            found.append(Decorator(name=name.strip().lower(), value=value.strip(), is_fallback=is_fallback))
        elif line:
            break
        at += 1
    if not found:
        return (), content
    return tuple(found), "\n".join(lines[at:]).strip("\n")


def carry_out(entry: LoreEntry, *, sections: tuple[str, ...] = ()) -> Decorated:
    """Read an entry's decorators and do what they say.

    Args:
        entry: as its book has it.
        sections: which of ``personality`` and ``scenario`` the prompt has.
    """
    found, text = decorators_of(entry.content)
    if not found:
        return Decorated(entry=entry)
    chosen, notes = _chosen(found, sections)
    changes, directives = _changes(chosen)
    changed = replace(entry, content=text, **changes)
    return Decorated(entry=changed, directives=Directives(**directives), notes=notes)


def _chosen(
    found: tuple[Decorator, ...], sections: tuple[str, ...]
) -> tuple[dict[str, object], tuple[str, ...]]:
    """Name and value of the decorators that count, and notes on the others."""
    chosen: dict[str, object] = {}
    notes: list[str] = []
    is_settled = False
    for decorator in found:
        if decorator.is_fallback and is_settled:
            continue
        is_settled = False
        value, problem = _value(decorator, chosen, sections)
        if problem:
            notes.append(f"{decorator} is ignored: {problem}")
        else:
            chosen[decorator.name] = value
            is_settled = True
    return _without_conflicts(chosen, notes), tuple(notes)


def _value(
    decorator: Decorator, chosen: Mapping[str, object], sections: tuple[str, ...]
) -> tuple[object, str]:
    """A decorator's value, or why it cannot be used."""
    if decorator.name in chosen:
        return None, "there is one of this name already"
    if decorator.name in _NOT_HERE:
        return None, _NOT_HERE[decorator.name]
    if decorator.name == "position" and decorator.value in _SECTIONS and decorator.value not in sections:
        return None, f"the prompt has no place for the {decorator.value} of its own"
    reader = _READERS.get(decorator.name)
    if reader is None:
        return None, "it is unknown here"
    try:
        return reader(decorator.value), ""
    except ValueError as error:
        return None, str(error)


def _without_conflicts(chosen: dict[str, object], notes: list[str]) -> dict[str, object]:
    """Keep one of the decorators that say where: a position before a depth, a depth before a reversed one."""
    rivals = [name for name in ("position", "depth", "end", "reverse_depth") if name in chosen]
    for name in rivals[1:]:
        notes.append(f"@@{name} is ignored: @@{rivals[0]} is there")
        del chosen[name]
    return chosen


# ── values ───────────────────────────────────────────────────────────────────────────────────


def _number(value: str) -> int:
    try:
        number = int(float(value))
    except (ValueError, OverflowError):
        raise ValueError("it needs a number") from None
    if not 0 <= number <= MAX_NUMBER:
        raise ValueError(f"the number must be 0 to {MAX_NUMBER}")
    return number


def _positive(value: str) -> int:
    number = _number(value)
    if number == 0:
        raise ValueError("the number must be 1 or more")
    return number


def _percent(value: str) -> float:
    number = _number(value)
    if number > 100:
        raise ValueError("the number must be 0 to 100")
    return number


def _names(value: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in value.split(",") if name.strip())
    if not names:
        raise ValueError("it needs one name or more")
    return names


def _one_of(allowed: tuple[str, ...]) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"it knows {', '.join(allowed)} only")
        return value

    return read


def _nothing(_value: str) -> bool:
    return True


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "activate_only_after": _number,
    "activate_only_every": _positive,
    "keep_activate_after_match": _nothing,
    "dont_activate_after_match": _nothing,
    "depth": _number,
    "reverse_depth": _number,
    "role": _one_of(_ROLES),
    "scan_depth": _number,
    "is_greeting": _number,
    "position": _one_of(tuple(_POSITIONS)),
    "ignore_on_max_context": _nothing,
    "additional_keys": _names,
    "exclude_keys": _names,
    "activate": _nothing,
    "dont_activate": _nothing,
    "disable_ui_prompt": _one_of(PROMPTS),
    "end": _nothing,
    "probability": _percent,
    "priority": _number,
    "match_full_word": _nothing,
    "match_partial_word": _nothing,
    "exclude_keys_all": _names,
    "recursive": _nothing,
    "unrecursive": _nothing,
    "no_recursive_search": _nothing,
}
_NOT_HERE: Final[Mapping[str, str]] = {
    "instruct_depth": "the prompt is a chat, whose depth is counted in messages",
    "reverse_instruct_depth": "the prompt is a chat, whose depth is counted in messages",
    "instruct_scan_depth": "the prompt is a chat, whose depth is counted in messages",
    "is_user_icon": "users have no icons here",
}


def _changes(chosen: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fields of the entry, and directives, that the decorators set."""
    fields: dict[str, Any] = {}
    directives: dict[str, Any] = {}
    for name, value in chosen.items():
        if name in _FIELDS:
            fields |= _FIELDS[name](value)
        else:
            directives |= _DIRECTIVES[name](value)
    if "reverse_depth" in chosen:
        fields["position"] = "at_depth"
    return fields, directives


_Effect = Callable[[Any], dict[str, Any]]
_FIELDS: Final[Mapping[str, _Effect]] = {
    "depth": lambda depth: {"position": "at_depth", "depth": depth},
    "end": lambda _: {"position": "at_depth", "depth": 0},
    "position": lambda name: {"position": _POSITIONS[name]},
    "role": lambda role: {"role": role},
    "scan_depth": lambda depth: {"scan_depth": depth},
    "probability": lambda percent: {"probability": percent},
    "priority": lambda number: {"priority": number},
    "match_full_word": lambda _: {"whole_words": True},
    "match_partial_word": lambda _: {"whole_words": False},
    "recursive": lambda _: {"prevent_recursion": False},
    "unrecursive": lambda _: {"prevent_recursion": True},
    "no_recursive_search": lambda _: {"exclude_recursion": True},
}
_DIRECTIVES: Final[Mapping[str, _Effect]] = {
    "activate": lambda _: {"activate": True},
    "dont_activate": lambda _: {"dont_activate": True},
    "keep_activate_after_match": lambda _: {"keep_after_match": True},
    "dont_activate_after_match": lambda _: {"once": True},
    "activate_only_after": lambda number: {"only_after": number},
    "activate_only_every": lambda number: {"only_every": number},
    "is_greeting": lambda index: {"greeting": index},
    "reverse_depth": lambda depth: {"reverse_depth": depth},
    "additional_keys": lambda keys: {"additional_keys": keys},
    "exclude_keys": lambda keys: {"exclude_keys": keys},
    "exclude_keys_all": lambda keys: {"exclude_keys_all": keys},
    "ignore_on_max_context": lambda _: {"ignore_on_max_context": True},
    "disable_ui_prompt": lambda name: {"disabled_prompts": (name,)},
}
