"""Make a prompt fit the language model's context: leave out what matters least, and say what. Pure functions.

The persona and what the user says now always stay. Long tool results are cut first. Then the oldest
utterances of the conversation are left out, then episodes, lore, summaries, facts and what was learned, and
last the ends of long observations.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from roleagent.types import Episode, Grounds, Omitted
from roleagent.workflow.prompt import NOTES, Briefing, Note, build_messages

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

CountTokens = Callable[[str], int]

TOKENS_BESIDE = 8  # of a message: its role and its ends
TOKENS_OF_PICTURE = 1_000
_STEP = 4  # a quarter of what fits of a conversation may go at once, so that the rest stays where it is
_LEAST = 100  # tokens that are left of a long text, whatever happens
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
    scale = _Scale(count)
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
    told = build_messages(replace(trimmed, history=briefing.history))[1:-1]
    costs = [scale.messages([message]) for message in told]
    history = _last_that_fit(briefing.history, costs, room - scale.weigh(trimmed, kept))
    trimmed = replace(trimmed, history=history)
    omitted = Omitted(
        room=room,
        history=briefing.history[: len(briefing.history) - len(history)],
        grounds=_gone(briefing.grounds, trimmed.grounds),
        shortened=shortened,
    )
    return Fitted(
        briefing=trimmed,
        exchange=tuple(kept),
        num_tokens=scale.weigh(trimmed, kept),
        omitted=omitted if omitted.anything else None,
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """Counts the tokens of messages, and caches the count of each text."""

    count: CountTokens
    _known: dict[str, int] = field(default_factory=dict)

    def text(self, text: str) -> int:
        if text not in self._known:
            self._known[text] = self.count(text)
        return self._known[text]

    def weigh(self, briefing: Briefing, exchange: Sequence[BaseMessage]) -> int:
        return self.messages([*build_messages(briefing), *exchange])

    def messages(self, messages: Sequence[BaseMessage]) -> int:
        return sum(map(self._message, messages))

    def _message(self, message: BaseMessage) -> int:
        calls = getattr(message, "tool_calls", ())
        blocks = message.content if isinstance(message.content, list) else ()
        pictures = sum(isinstance(block, dict) and block.get("type") == "image" for block in blocks)
        called = sum(self.text(f"{call['name']} {call['args']}") + TOKENS_BESIDE for call in calls)
        words = self.text(str(message.text))
        return words + int(called) + int(pictures) * TOKENS_OF_PICTURE + TOKENS_BESIDE


def _drop(briefing: Briefing, note: Note, fits: Callable[[Briefing], bool]) -> Briefing:
    """As many items of one kind as fit."""
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


def _gone(before: Grounds, after: Grounds) -> Grounds:
    """What was left out; observations stay, though perhaps only their beginnings."""
    return replace(before.without(after), observations=())


def _last_that_fit(history: Sequence[Episode], costs: Sequence[int], room: int) -> tuple[Episode, ...]:
    """The last part of a conversation that fits, starting with something the user said.

    It starts within the first quarter of what fits, at the utterance whose id has the smallest checksum.
    While that utterance is within the quarter, the start stays the same, so that a prompt cache stays valid
    for some turns.
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
    start = min(
        starts, key=lambda place: zlib.crc32(history[place].id.encode()) if place < len(history) else 0
    )
    return tuple(history[start:])


def _shorten_results(
    exchange: Sequence[BaseMessage], room: int, scale: _Scale
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


def _cut_message(message: BaseMessage, cap: int, scale: _Scale) -> BaseMessage:
    text = _cut(str(message.text), cap, scale)
    if text == str(message.text):
        return message
    pictures = [
        block for block in message.content if isinstance(block, dict) and block.get("type") == "image"
    ]
    content: Any = [{"type": "text", "text": text}, *pictures] if pictures else text
    return message.model_copy(update={"content": content})


def _shorten_observations(briefing: Briefing, over: int, scale: _Scale) -> tuple[Briefing, tuple[str, ...]]:
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


def _cut(text: str, num_tokens: int, scale: _Scale) -> str:
    """The beginning of a text, about that many tokens long."""
    if scale.text(text) <= num_tokens:
        return text
    room, cut = num_tokens - scale.text(_AND_SO_ON), text
    while (cost := scale.count(cut)) > room:
        cut = cut[: int(len(cut) * min(0.95, room / cost))]
    return f"{cut.rstrip()}{_AND_SO_ON}"
