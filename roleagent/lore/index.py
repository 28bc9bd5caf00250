"""An index of a lorebook: all plain keys of a book in one Aho-Corasick automaton.

Building takes a moment for a large book, so the last few indexes are cached by the identity of the book.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from roleagent.lore.book import Lorebook, LoreEntry
from roleagent.lore.decorators import Directives, carry_out
from roleagent.lore.keys import compiled, exact, folded, has_borders, is_word_key, regex_literal

if TYPE_CHECKING:
    from regex import Pattern

MAX_READY = 16  # books
MAX_PATTERNS = 2_000  # regular expressions of a book
MAX_COMPILE_S = 2.0
MAX_HITS = 500_000  # of keys in one text


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of an entry, parsed.

    Attributes:
        text: as the entry has it.
        word: a plain key's number in the index, else -1.
        exact: a plain key as `keys.exact` returns it.
        whole: whether it is a single word.
        source: a regular expression in JavaScript's syntax, with `flags`.
        pattern: the same, compiled; None for a key with macros, which is compiled when the names are known.
        problem: why it can never be found; empty if it can.
    """

    text: str
    word: int = -1
    exact: str = ""
    whole: bool = False
    source: str | None = None
    flags: str = ""
    pattern: Pattern[str] | None = None
    problem: str = ""

    @property
    def is_template(self) -> bool:
        """Whether names must be filled in before the key can be searched for."""
        return "{{" in self.text and self.pattern is None and not self.problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An entry with its decorators carried out and its keys parsed.

    Attributes:
        position: index of the entry in its book.
        entry: with the changes of its decorators.
        original: as the book has it.
        excluding: keys of which none may be found; `excluding_all`: not all.
    """

    position: int
    entry: LoreEntry
    original: LoreEntry
    directives: Directives
    primary: tuple[Key, ...]
    secondary: tuple[Key, ...]
    additional: tuple[Key, ...]
    excluding: tuple[Key, ...]
    excluding_all: tuple[Key, ...]
    notes: tuple[str, ...]

    @property
    def needed(self) -> tuple[Key, ...]:
        """The keys that may trigger the entry, or that it needs besides those."""
        return (*self.primary, *self.secondary, *self.additional)


class BookIndex:
    """The rules of one book, with a search for all their plain keys at once.

    Attributes:
        rules: one for each entry, in the book's order.
        always: positions of the rules that need no key.
        deepest: the largest scan depth that an entry sets for itself.
        unindexed: positions of the rules with a regular expression or a macro among their primary keys.
        patterned: the same, among all keys that they need.
        delays: the recursion levels that rules wait for, ascending.
    """

    def __init__(self, book: Lorebook, *, sections: tuple[str, ...] = (), whole_words: bool = True) -> None:
        self.book = book
        self._whole_words = whole_words if book.whole_words is None else book.whole_words
        maker = _KeyMaker(book)
        self.rules = tuple(
            _rule(position, entry, maker, sections) for position, entry in enumerate(book.entries)
        )
        live = [rule for rule in self.rules if rule.entry.enabled]
        self.always = tuple(rule.position for rule in live if rule.entry.constant or rule.directives.activate)
        self.unindexed = _with_patterns((rule, rule.primary) for rule in live)
        self.patterned = _with_patterns((rule, rule.needed) for rule in live)
        self.delays = tuple(sorted({rule.entry.delay_until_recursion for rule in live} - {0}))
        self.deepest = max((rule.entry.scan_depth or 0 for rule in live), default=0)
        self._lengths = [len(word) for word in maker.words]
        num_words = len(maker.words)
        self._rules_of = _rules_by_word(((rule, rule.primary) for rule in live), num_words)
        loose_keys = (  # those that are found within longer words, too
            (rule, [key for key in rule.primary if not (key.whole and self.wants_whole_words(rule))])
            for rule in live
        )
        self._loose_rules_of = _rules_by_word(loose_keys, num_words)
        self._others_of = _rules_by_word(
            ((rule, (*rule.secondary, *rule.additional)) for rule in live), num_words
        )
        self._automaton = _automaton(maker.words)

    def words_in(self, text: str) -> dict[int, bool]:
        """Numbers of the plain keys in a folded text, and whether each is a whole word there."""
        found: dict[int, bool] = {}
        if self._automaton is None:
            return found
        for last, word in itertools.islice(self._automaton.iter(text), MAX_HITS):
            if not found.get(word):
                found[word] = has_borders(text, last + 1 - self._lengths[word], last + 1)
        return found

    def rules_with(self, words: Mapping[int, bool]) -> set[int]:
        """Positions of the rules that one of these keys may trigger; `words` comes from `words_in`."""
        return set(
            itertools.chain.from_iterable(
                (self._rules_of if as_word else self._loose_rules_of)[word] for word, as_word in words.items()
            )
        )

    def rules_also_with(self, words: Mapping[int, bool]) -> set[int]:
        """Positions of the rules that have one of these among their secondary or additional keys."""
        return set(itertools.chain.from_iterable(self._others_of[word] for word in words))

    def wants_whole_words(self, rule: Rule) -> bool:
        """Whether a rule's keys of one word are looked for as whole words."""
        own = rule.entry.whole_words
        return self._whole_words if own is None else own


class _KeyMaker:
    """Parses keys, and numbers the plain ones."""

    def __init__(self, book: Lorebook) -> None:
        self._book = book
        self._numbers: dict[str, int] = {}
        self._num_patterns = 0
        self._compile_s_left = MAX_COMPILE_S

    @property
    def words(self) -> list[str]:
        return list(self._numbers)

    def plain(self, texts: Sequence[str]) -> tuple[Key, ...]:
        """Parse keys; those between slashes are regular expressions."""
        return tuple(self._key(text) for text in _distinct(texts))

    def patterns(self, entry: LoreEntry, texts: Sequence[str]) -> tuple[Key, ...]:
        """Parse keys that are all regular expressions."""
        own = entry.case_sensitive
        matters = self._book.case_sensitive if own is None else own
        flags = "" if matters else "i"
        literals = ((text, regex_literal(text)) for text in _distinct(texts))
        return tuple(self._pattern(text, *(literal or (text, flags))) for text, literal in literals)

    def _key(self, text: str) -> Key:
        literal = regex_literal(text)
        if literal is not None:
            return self._pattern(text, *literal)
        if "{{" in text:
            return Key(text=text)
        word = folded(text)
        number = self._numbers.setdefault(word, len(self._numbers))
        return Key(text=text, word=number, exact=exact(text), whole=is_word_key(text))

    def _pattern(self, text: str, source: str, flags: str) -> Key:
        if "{{" in source:
            return Key(text=text, source=source, flags=flags)
        self._num_patterns += 1
        if self._num_patterns > MAX_PATTERNS or self._compile_s_left <= 0:
            return Key(text=text, problem="the book has too many regular expressions, or too large ones")
        start = time.perf_counter()
        made = compiled(source, flags)
        self._compile_s_left -= time.perf_counter() - start
        if isinstance(made, str):
            return Key(text=text, problem=f"it is no regular expression: {made}")
        return Key(text=text, source=source, flags=flags, pattern=made)


def _distinct(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(text.strip() for text in texts if text.strip()))


def _rule(position: int, original: LoreEntry, maker: _KeyMaker, sections: tuple[str, ...]) -> Rule:
    decorated = carry_out(original, sections=sections)
    entry, directives = decorated.entry, decorated.directives
    secondary: tuple[Key, ...] = ()
    additional: tuple[Key, ...] = ()
    excluding: tuple[Key, ...] = ()
    excluding_all: tuple[Key, ...] = ()
    if entry.use_regex:  # card V3: secondary and excluding keys are ignored, additional ones join in
        primary = maker.patterns(entry, (*entry.keys, *directives.additional_keys))
    else:
        primary = maker.plain(entry.keys)
        secondary = maker.plain(entry.secondary_keys if entry.selective else ())
        additional = maker.plain(directives.additional_keys)
        excluding = maker.plain(directives.exclude_keys)
        excluding_all = maker.plain(directives.exclude_keys_all)
    keys = (*primary, *secondary, *additional, *excluding, *excluding_all)
    problems = tuple(f"key {key.text!r}: {key.problem}" for key in keys if key.problem)
    return Rule(
        position=position,
        entry=entry,
        original=original,
        directives=directives,
        primary=primary,
        secondary=secondary,
        additional=additional,
        excluding=excluding,
        excluding_all=excluding_all,
        notes=decorated.notes + problems,
    )


def _with_patterns(keys: Iterable[tuple[Rule, Iterable[Key]]]) -> frozenset[int]:
    return frozenset(
        rule.position for rule, own_keys in keys if any(key.word < 0 and not key.problem for key in own_keys)
    )


def _rules_by_word(keys: Iterable[tuple[Rule, Iterable[Key]]], num_words: int) -> list[list[int]]:
    positions: list[list[int]] = [[] for _ in range(num_words)]
    for rule, own_keys in keys:
        for key in own_keys:
            if key.word >= 0:
                positions[key.word].append(rule.position)
    return positions


def _automaton(words: Sequence[str]) -> Any:  # Any: ahocorasick has no types
    import ahocorasick

    if not words:
        return None
    automaton = ahocorasick.Automaton()
    for number, word in enumerate(words):
        automaton.add_word(word, number)
    automaton.make_automaton()
    return automaton


class _Ready:
    """A cache of values made from books, by the book's identity; it keeps the last MAX_READY."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[int, object], tuple[Lorebook, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, book: Lorebook, variant: object, make: Callable[[], Any]) -> Any:  # Any: made by `make`
        key = (id(book), variant)
        with self._lock:
            held = self._made.get(key)
            if held is not None and held[0] is book:
                self._made.move_to_end(key)
                return held[1]
        made = make()
        with self._lock:
            self._made[key] = (book, made)  # holding the book keeps its identity from being given again
            while len(self._made) > MAX_READY:
                self._made.popitem(last=False)
        return made


_READY: Final = _Ready()
_VISIBLE: Final = _Ready()


def index_of(book: Lorebook, *, sections: tuple[str, ...] = (), whole_words: bool = True) -> BookIndex:
    """The index of a book, built once while the book is in use.

    Args:
        book: any book.
        sections: see `LoreSettings`.
        whole_words: the reader's setting, for a book that does not say.
    """
    index: BookIndex = _READY.get(
        book, (sections, whole_words), lambda: BookIndex(book, sections=sections, whole_words=whole_words)
    )
    return index


def visible_books(
    books: Sequence[Lorebook], may_learn: Callable[[tuple[str, ...]], bool]
) -> tuple[Lorebook, ...]:
    """The books without the entries that the listener must not learn.

    Args:
        books: as the persona has them.
        may_learn: whether the listener may learn a text of this visibility; see `Fact.visibility`.
    """
    return tuple(_visible(book, may_learn) for book in books)


def _visible(book: Lorebook, may_learn: Callable[[tuple[str, ...]], bool]) -> Lorebook:
    kinds: frozenset[tuple[str, ...]] = _VISIBLE.get(
        book, "kinds", lambda: frozenset(entry.visibility for entry in book.entries)
    )
    hidden = frozenset(kind for kind in kinds if not may_learn(kind))
    if not hidden:
        return book
    visible: Lorebook = _VISIBLE.get(
        book,
        hidden,
        lambda: replace(
            book, entries=tuple(entry for entry in book.entries if entry.visibility not in hidden)
        ),
    )
    return visible
