"""All keys at once, or one by one: the same entries are found."""

from __future__ import annotations

import random
import time
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from roleagent.lore.activation import LoreSettings, LoreState, Message
from roleagent.lore.book import Lorebook, LoreEntry
from roleagent.lore.engine import activate
from roleagent.lore.index import BookIndex, index_of, visible_books
from roleagent.lore.keys import contains, exact, folded, is_word_key

LETTERS = st.text(alphabet="aAbßS ıİé龙'’́_.", max_size=6)
ENTRIES = st.lists(
    st.builds(
        LoreEntry,
        id=st.just(""),
        keys=st.lists(LETTERS, max_size=3).map(tuple),
        content=st.just("x"),
        case_sensitive=st.sampled_from([None, True, False]),
        whole_words=st.sampled_from([None, True, False]),
        scan_depth=st.sampled_from([None, 0, 1, 2]),
    ),
    max_size=6,
)


def one_by_one(book: Lorebook, texts: list[str]) -> set[str]:
    """What the index must find: every key in every text."""
    found = set()
    for entry in book.entries:
        depth = 4 if entry.scan_depth is None else entry.scan_depth
        make = exact if entry.case_sensitive else folded
        for key in filter(None, (key.strip() for key in entry.keys)):
            whole = is_word_key(key) and entry.whole_words is not False
            if any(contains(make(text), make(key), whole=whole) for text in texts[len(texts) - depth :]):
                found.add(entry.id)
    return found


@given(entries=ENTRIES, texts=st.lists(LETTERS, min_size=4, max_size=4))
def test_the_index_finds_what_a_loop_finds(entries, texts):
    """Whatever the letters, cases, words and depths."""
    entries = [LoreEntry(id=str(n), **{f: getattr(e, f) for f in ("keys", "content", "case_sensitive",
               "whole_words", "scan_depth")}) for n, e in enumerate(entries)]  # fmt: skip
    book = Lorebook(entries=tuple(entries))
    result = activate(
        [book], [Message(name="", text=text) for text in texts], state=LoreState(),
        settings=LoreSettings(recursive=False), generator=random.Random(0), count_tokens=len,
    )  # fmt: skip
    assert {insertion.entry for insertion in result.insertions} == one_by_one(book, texts)


WORDS = st.sampled_from(["a", "b", "c", "d", "e", "/[ab]$/", "f"])
RULES = st.lists(
    st.builds(
        LoreEntry,
        id=st.just(""),
        keys=st.lists(WORDS, min_size=1, max_size=2).map(tuple),
        secondary_keys=st.lists(WORDS, max_size=2).map(tuple),
        selective=st.booleans(),
        logic=st.sampled_from(["and_any", "and_all"]),
        content=st.lists(WORDS, min_size=1, max_size=2).map(" ".join),
        exclude_recursion=st.booleans(),
        delay_until_recursion=st.sampled_from([0, 0, 1, 3]),
    ),
    max_size=8,
)


def closure(entries: list[LoreEntry], said: str) -> set[str]:
    """What recursion must come to: look for all keys in all texts again and again."""
    found: dict[str, str] = {}
    for level in range(30):
        texts = [said, *(found.values() if level else ())]
        for entry in entries:
            reach = [said] if entry.exclude_recursion else texts

            def hit(key: str, reach: list[str] = reach) -> bool:
                if key.startswith("/"):
                    return any(text[-1:] in "ab" for text in reach)
                return any(key in text.split() for text in reach)

            others = [hit(key) for key in entry.secondary_keys] if entry.selective else []
            agree = not others or (any(others) if entry.logic == "and_any" else all(others))
            if any(map(hit, entry.keys)) and agree and (level or not entry.delay_until_recursion):
                found.setdefault(entry.id, entry.content)
    return set(found)


@given(rules=RULES, said=WORDS)
def test_recursion_comes_to_what_looking_again_and_again_comes_to(rules, said):
    """Only what a new text concerns is looked at anew, and nothing is missed by that."""
    entries = [replace(entry, id=str(number)) for number, entry in enumerate(rules)]
    result = activate(
        [Lorebook(entries=tuple(entries))], [Message(name="", text=said)], state=LoreState(),
        settings=LoreSettings(token_budget=None), generator=random.Random(0), count_tokens=len,
    )  # fmt: skip
    assert {insertion.entry for insertion in result.insertions} == closure(entries, said)


def test_a_book_is_made_ready_once():
    """An equal book is another object, and may be another book tomorrow."""
    book = Lorebook(entries=(LoreEntry(id="a", keys=("cow",)),))
    assert index_of(book) is index_of(book)
    assert index_of(book) is not index_of(Lorebook(entries=book.entries))
    assert index_of(book) is not index_of(book, sections=("scenario",))


def test_thousands_of_nested_keys_are_counted_to_a_bound():
    """A book in which each key holds every other must not delay the reply."""
    book = Lorebook(
        entries=tuple(LoreEntry(id=str(n), keys=("a" * n,), whole_words=False) for n in range(1, 1_500))
    )
    index = BookIndex(book)
    start = time.thread_time()
    index.words_in("a" * 20_000)
    assert time.thread_time() - start < 2


def test_a_book_of_too_many_patterns_says_so():
    """Making one ready takes time."""
    book = Lorebook(entries=(LoreEntry(id="a", keys=tuple(f"/a{n}/" for n in range(2_001)), content="x"),))
    assert "too many regular expressions" in index_of(book).rules[0].notes[-1]


def test_entries_that_must_not_be_told_are_not_there():
    """The rest is the same object from prompt to prompt, so that its index is kept."""
    book = Lorebook(
        entries=(
            LoreEntry(id="open"),
            LoreEntry(id="ada's", visibility=("ada",)),
            LoreEntry(id="s", visibility=()),
        )
    )

    def for_ada(visibility: tuple[str, ...]) -> bool:
        return "public" in visibility or "ada" in visibility

    (seen,) = visible_books([book], for_ada)
    assert [entry.id for entry in seen.entries] == ["open", "ada's"]
    assert visible_books([book], for_ada)[0] is seen
    assert visible_books([book], lambda _: True)[0] is book
