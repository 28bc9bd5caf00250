"""Short ways to write messages, entries and books, and to activate them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from roleagent.lore.activation import Activation, LoreSettings, LoreState, Message
from roleagent.lore.book import Lorebook, LoreEntry
from roleagent.lore.engine import activate


def count_words(text: str) -> int:
    return len(text.split())


def as_message(line: str) -> Message:
    """``Ann: hello`` by the user; ``Holmes: hello`` by the character."""
    name, _, text = line.partition(": ")
    return Message(name=name, text=text, role="assistant" if name == "Holmes" else "user")


@pytest.fixture
def enter() -> Callable[..., Activation]:
    """Activate entries (or books) for lines of talk; one word is one token."""

    def _enter(
        what: Sequence[LoreEntry] | Sequence[Lorebook],
        lines: Sequence[str],
        *,
        state: LoreState | None = None,
        seed: int = 0,
        book: dict[str, Any] | None = None,
        texts: dict[str, str] | None = None,
        num_messages: int | None = None,
        **settings: Any,
    ) -> Activation:
        books = [each for each in what if isinstance(each, Lorebook)]
        entries = tuple(each for each in what if isinstance(each, LoreEntry))
        if entries:
            books.append(Lorebook(entries=entries, **(book or {})))
        return activate(
            books,
            [as_message(line) for line in lines],
            state=state or LoreState(),
            settings=LoreSettings(**settings),
            generator=random.Random(seed),
            count_tokens=count_words,
            texts=texts,
            num_messages=num_messages,
        )

    return _enter


@pytest.fixture
def entry() -> Callable[..., LoreEntry]:
    """An entry; its content is ``ID text`` unless told."""

    def _entry(name: str, *keys: str, **fields: Any) -> LoreEntry:
        return LoreEntry(**{"id": name, "keys": keys, "content": f"{name} text", **fields})

    return _entry


@pytest.fixture
def ids() -> Callable[[Activation], list[str]]:
    """The ids of the entries that entered, in prompt order."""
    return lambda activation: [insertion.entry for insertion in activation.insertions]


@pytest.fixture
def why() -> Callable[[Activation], dict[str, str]]:
    """The reason for each entry, by id."""
    return lambda activation: {each.entry: each.reason for each in activation.decisions}
