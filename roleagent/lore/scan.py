"""Look for keys in the conversation and in texts that have entered."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from roleagent.lore.activation import LoreSettings, Message, Source
from roleagent.lore.index import BookIndex, Key, Rule
from roleagent.lore.keys import compiled, contains, exact, folded, is_word_key
from roleagent.lore.macros import without_comments

if TYPE_CHECKING:
    from regex import Pattern

MAX_SEARCH_S = 0.05  # for one regular expression in one text
MAX_TEXT = 100_000  # characters of one text that are looked at: its last ones
_MESSAGE_START = "\x01"  # SillyTavern puts it before each message, and some patterns rely on it
_NAME = re.compile(r"\{\{\s*(char|user)\s*\}\}", re.IGNORECASE)
_SPECIAL = re.compile(r"[\\^$.*+?()\[\]{}|/]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One text in which keys are searched for.

    Attributes:
        number: unique among the documents of an activation.
        where: index of the message, id of the entry, or name of the text.
    """

    number: int
    source: Source
    where: str
    text: str
    exact: str
    folded: str


class Documents:
    """All texts searched for one prompt: messages newest first, other texts, entries as they enter."""

    def __init__(self, messages: Sequence[Message], texts: Mapping[str, str], settings: LoreSettings) -> None:
        self._messages, self._settings = messages, settings
        self._num_made = 0
        self._newest_first: list[Document] = []
        self.texts = {name: self._document("text", name, text) for name, text in texts.items() if text}
        self.entries: list[Document] = []

    def newest(self, depth: int) -> Sequence[Document]:
        """The last messages, at most `depth`."""
        depth = max(0, min(depth, len(self._messages)))
        while len(self._newest_first) < depth:
            index = len(self._messages) - 1 - len(self._newest_first)
            message = self._messages[index]
            text = without_comments(message.text)
            if self._settings.include_names and message.name:
                text = f"{message.name}: {text}"
            self._newest_first.append(self._document("message", str(index), text))
        return self._newest_first[:depth]

    def add_entry(self, entry_id: str, text: str) -> None:
        """Add a text that has entered and may trigger others."""
        self.entries.append(self._document("entry", entry_id, text))

    def _document(self, source: Source, where: str, text: str) -> Document:
        self._num_made += 1
        text = text[-MAX_TEXT:]
        comparable = exact(text)
        return Document(
            number=self._num_made,
            source=source,
            where=where,
            text=text,
            exact=comparable,
            folded=comparable.casefold(),
        )


class RegexClock:
    """Runs regular expressions while there is time; one that takes too long is not run again."""

    def __init__(self, time_s: float) -> None:
        self._left_s = time_s
        self._slow: dict[tuple[str, str], str] = {}
        self._known: dict[tuple[str, str, int], bool] = {}

    def finds(self, key: Key, document: Document, names: Mapping[str, str]) -> tuple[bool, str]:
        """Whether a pattern is found, and a note if its search could not be completed."""
        source = with_names(key.source or "", names, as_pattern=True)
        name = (source, key.flags)
        if name in self._slow:
            return False, self._slow[name]
        pattern = key.pattern or compiled(source, key.flags)
        if isinstance(pattern, str):
            return False, f"it is no regular expression: {pattern}"
        if (*name, document.number) not in self._known:
            asks_for_start = _MESSAGE_START in source or "\\x01" in source
            subject = _MESSAGE_START + document.text if asks_for_start else document.text
            self._known[(*name, document.number)] = self._search(pattern, subject, name)
        return self._known[(*name, document.number)], self._slow.get(name, "")

    def _search(self, pattern: Pattern[str], subject: str, name: tuple[str, str]) -> bool:
        if self._left_s <= 0:
            self._slow[name] = "it was not tried: the time for regular expressions was used up"
            return False
        start = time.perf_counter()
        try:
            found = pattern.search(subject, timeout=min(MAX_SEARCH_S, self._left_s))
        except TimeoutError:
            self._slow[name] = "it takes too long, and was stopped"
            return False
        finally:
            self._left_s -= time.perf_counter() - start
        return found is not None


class Scanner:
    """Looks for the keys of one book's rules."""

    def __init__(
        self, index: BookIndex, documents: Documents, settings: LoreSettings, clock: RegexClock
    ) -> None:
        self._index, self._documents, self._settings, self._clock = index, documents, settings, clock
        self._names = {"char": settings.char, "user": settings.user}
        self._words: dict[int, dict[int, bool]] = {}
        self.notes: defaultdict[int, dict[str, None]] = defaultdict(dict)

    def rules_hit(self, documents: Sequence[Document]) -> set[int]:
        """Positions of the rules that have a plain primary key in these documents."""
        found: set[int] = set()
        for document in documents:
            found |= self._index.rules_with(self._words_in(document))
        return found

    def rules_concerned(self, positions: Set[int], documents: Sequence[Document]) -> set[int]:
        """The rules at these positions that have a key in these documents."""
        if not documents:
            return set()
        found = self.rules_hit(documents) & positions
        for document in documents:
            found |= self._index.rules_also_with(self._words_in(document)) & positions
        patterned = (self._index.rules[position] for position in (positions & self._index.patterned) - found)
        return found | {
            rule.position
            for rule in patterned
            if any(self.first(key, rule, documents) for key in rule.needed if key.word < 0)
        }

    def first(self, key: Key, rule: Rule, documents: Sequence[Document]) -> Document | None:
        """The first document in which a key is found."""
        return next((document for document in documents if self._finds(key, rule, document)), None)

    def _finds(self, key: Key, rule: Rule, document: Document) -> bool:
        if key.problem:
            return False
        if key.source is not None:
            found, note = self._clock.finds(key, document, self._names)
            if note:
                self.notes[rule.position][f"key {key.text!r}: {note}"] = None
            return found
        whole = key.whole and self._index.wants_whole_words(rule)
        if key.is_template:
            return self._finds_template(key, rule, document)
        as_word = self._words_in(document).get(key.word)
        if as_word is None or (whole and not as_word):
            return False
        return not self._case_matters(rule) or contains(document.exact, key.exact, whole=whole)

    def _finds_template(self, key: Key, rule: Rule, document: Document) -> bool:
        text = with_names(key.text, self._names).strip()
        whole = is_word_key(text) and self._index.wants_whole_words(rule)
        if self._case_matters(rule):
            return contains(document.exact, exact(text), whole=whole)
        return contains(document.folded, folded(text), whole=whole)

    def _words_in(self, document: Document) -> dict[int, bool]:
        if document.number not in self._words:
            self._words[document.number] = self._index.words_in(document.folded)
        return self._words[document.number]

    def _case_matters(self, rule: Rule) -> bool:
        own, of_book = rule.entry.case_sensitive, self._index.book.case_sensitive
        if own is not None:
            return own
        return self._settings.case_sensitive if of_book is None else of_book


def with_names(text: str, names: Mapping[str, str], *, as_pattern: bool = False) -> str:
    """A key with the names of the character and the user put in."""

    def name(match: re.Match[str]) -> str:
        value = names[match[1].lower()]
        return _SPECIAL.sub(r"\\\g<0>", value) if as_pattern else value

    return _NAME.sub(name, text) if "{{" in text else text
