"""The inspector: for every entry, why it entered or did not, as rows and as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from roleagent.lore.activation import Activation, Decision, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A decision in words.

    Attributes:
        entry: the entry's id.
        name: what to call the entry.
        entered: whether it entered.
        why: one clause.
        notes: decorators left aside, keys that are no regular expressions, and so on.
    """

    book: str
    entry: str
    name: str
    entered: bool
    why: str
    notes: tuple[str, ...] = ()


def explain_activation(activation: Activation) -> list[Row]:
    """A row for each entry of each book, in their order."""
    return [_row(decision) for decision in activation.decisions]


def activation_text(activation: Activation, *, all_entries: bool = False) -> str:
    """The rows as lines: those that entered, then those that were brought up and did not.

    Args:
        activation: what `activate` gave.
        all_entries: also those that nothing brought up.
    """
    rows = [
        _row(decision)
        for decision in activation.decisions
        if all_entries or decision.entered or decision.reason not in ("no_match", "no_keys", "disabled")
    ]
    lines = [_line(row) for row in sorted(rows, key=lambda row: not row.entered)]
    num_others = len(activation.decisions) - len(rows)
    if num_others:
        lines.append(f"and {num_others} that nothing brought up")
    return "\n".join((*lines, *activation.notes))


def _line(row: Row) -> str:
    place = f"{row.book}: " if row.book else ""
    notes = "".join(f"\n    note: {note}" for note in row.notes)
    return f"{'+' if row.entered else '-'} {place}{row.name} [{row.entry}]: {row.why}{notes}"


def _row(decision: Decision) -> Row:
    return Row(
        book=decision.book,
        entry=decision.entry,
        name=decision.name,
        entered=decision.entered,
        why=_why(decision),
        notes=decision.notes,
    )


def _why(decision: Decision) -> str:
    parts = [_REASONS[decision.reason](decision)]
    if decision.entered:
        if decision.other_keys:
            parts.append(f"and {', '.join(map(repr, decision.other_keys))}")
        if decision.roll is not None:
            parts.append(f"rolled {decision.roll:.1f} under {decision.probability:g}")
        if decision.group:
            parts.append(f"won the group {decision.group!r}{_draw(decision)}")
        parts.append(f"{decision.num_tokens} tokens")
    if decision.level:
        parts.append(f"round {decision.level} of recursion")
    return ", ".join(parts)


def _draw(decision: Decision) -> str:
    score = "" if decision.score is None else f" with {decision.score} keys"
    if decision.group_draw is None:
        return score
    draw, total = decision.group_draw
    return f"{score} by a draw of {draw:.1f} from {total:g}"


def _found(decision: Decision) -> str:
    if not decision.key:
        return "no key"
    place = {
        None: "",
        "message": f" in message {decision.where}",
        "entry": f" in the text of entry {decision.where!r}",
        "text": f" in the {decision.where}",
    }[decision.source]
    return f"key {decision.key!r}{place}"


def _always(text: str) -> Callable[[Decision], str]:
    return lambda _: text


_REASONS: Final[Mapping[Reason, Callable[[Decision], str]]] = {
    "constant": _always("enters always"),
    "key": _found,
    "sticky": _always("stays from an earlier message"),
    "activate": _always("enters by @@activate"),
    "kept": _always("enters by @@keep_activate_after_match"),
    "disabled": _always("is turned off"),
    "empty": _always("has no text"),
    "trigger": _always("is for other kinds of generation"),
    "character": _always("is for other characters"),
    "dont_activate": _always("stays out by @@dont_activate"),
    "once": _always("has entered before, and has @@dont_activate_after_match"),
    "only_after": _always("waits for more replies: @@activate_only_after"),
    "only_every": _always("waits for its turn: @@activate_only_every"),
    "greeting": _always("is for another greeting"),
    "delay": _always("waits for more messages"),
    "cooldown": _always("rests after it has entered"),
    "recursion_only": _always("can be triggered by other entries only, or in a later round"),
    "no_keys": _always("has no keys"),
    "no_match": _always("no key was found"),
    "secondary": lambda it: f"{_found(it)}, but the secondary keys do not agree",
    "additional": lambda it: f"{_found(it)}, but none of the additional keys",
    "excluded": lambda it: f"kept out by {_found(it)}",
    "probability": lambda it: f"{_found(it)}, but rolled {it.roll:.1f}, not under {it.probability:g}",
    "group": lambda it: f"{_found(it)}, but lost the group {it.group!r}{_draw(it)}",
    "budget": lambda it: f"{_found(it)}, but its {it.num_tokens} tokens do not fit: {it.left} left",
}
