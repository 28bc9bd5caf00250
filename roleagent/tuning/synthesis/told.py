"""What the user told: earlier in the conversation, in former ones, and what they changed later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.prompts import Staged
from roleagent.tuning.synthesis.stage import Stage, capitalised

_CHANGED = 0.4  # share of what can change that did
_LONG_AGO = 0.5  # share that was told in former conversations
_NOT_TOLD = 0.2  # share of the questions about what the user never told


def told_dialogues(stage: Stage) -> Iterator[Dialogue]:
    """Questions about what the user told; and, of the kind `unknown`, about what they did not."""
    for topic in stage.deck(sorted(stage.words.table("told"))):
        yield _not_told(stage, topic) if stage.rng.random() < _NOT_TOLD else _told(stage, topic)


def _told(stage: Stage, topic: str) -> Dialogue:
    lines = stage.words.table("told", topic)
    value, other = stage.rng.sample(lines["values"], 2)
    said = [stage.one("told", topic, "tell").format(value=other)]
    changes = stage.words.asked("told", topic, "change")
    if changes and stage.rng.random() < _CHANGED:
        said.append(stage.rng.choice(changes).format(old=other, new=value))
    else:
        said = [stage.one("told", topic, "tell").format(value=value)]
    ask = stage.one("told", topic, "ask")
    if stage.rng.random() < _LONG_AGO:
        staged = Staged(said=ask, remembered=tuple(reversed(said)), before=_between(stage, 1))
    else:
        answers = [stage.rng.choice(stage.words.lines("talk", "thanked_news")) for _ in said]
        pairs = tuple(zip(said, answers, strict=True))
        staged = Staged(said=ask, before=(*pairs, *_between(stage, 2)))
    reply = stage.rng.choice(lines["reply"])
    return stage.dialogue(staged, _said(reply, value), kind="told", grounded=True, twin=_said(reply, other))


def _not_told(stage: Stage, topic: str) -> Dialogue:
    lines = stage.words.table("told", topic)
    wrong = _said(stage.rng.choice(lines["reply"]), stage.rng.choice(lines["values"]))
    staged = Staged(said=stage.one("told", topic, "ask"), before=_between(stage, 2))
    reply = capitalised(stage.manner.dressed(lines["unsure"], stage.rng))
    return stage.dialogue(staged, reply, kind="unknown", twin=wrong)


def _said(reply: str, value: str) -> str:
    """A reply with the user's value, as it is said to them."""
    to_them = value.replace("my ", "your ").replace("我", "你")
    return capitalised(reply.format(value=to_them, Value=capitalised(to_them)))


def _between(stage: Stage, most: int) -> tuple[tuple[str, str], ...]:
    """A few exchanges of everyday talk, or none."""
    pairs: Sequence[Sequence[str]] = stage.words.table("talk", "between")
    return tuple((pair[0], pair[1]) for pair in stage.rng.sample(pairs, stage.rng.randint(0, most)))
