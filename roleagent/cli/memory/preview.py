"""What forgetting would erase, shown before it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from roleagent.cli.memory.paint import moment, speaker
from roleagent.cli.remembered import counted, words_of
from roleagent.types import Episode, Fact, Scope, Selection

if TYPE_CHECKING:
    from roleagent.store import Store

_WIDTH = 160  # characters of a message, enough to know it by
_MOST = 12  # messages and facts that are shown; of more, their number


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would go, as far as it has words of its own; what rests on it alone goes with it.

    Attributes:
        facts: those on record now, ended ones included, for which nothing else speaks.
        num_others: an application's items; and where no messages and facts go, names and summaries that do.
    """

    episodes: tuple[Episode, ...]
    facts: tuple[Fact, ...]
    num_others: int = 0

    def __bool__(self) -> bool:
        return bool(self.episodes or self.facts or self.num_others)


def preview(store: Store, scope: Scope, what: Selection) -> Preview:
    """What `Store.forget` would erase.

    Raises:
        InputError: `matching` is blank, or `before` has no zone.
    """
    episodes = tuple(store.select(scope, what))
    ids = {episode.id for episode in episodes}
    facts = (fact for fact in store.learned(scope).added if _goes(fact, ids, what))
    shown = Preview(episodes=episodes, facts=tuple(facts))
    return replace(shown, num_others=_num_others(store.would_forget(scope, what), shown))


def _num_others(counts: Mapping[str, int], shown: Preview) -> int:
    tables = ("items",) if shown else ("items", "facts", "nodes", "summaries")
    return sum(counts.get(table, 0) for table in tables)


def _goes(fact: Fact, ids: set[str], what: Selection) -> bool:
    from roleagent.store.matching import holds_all, words_to_match

    if what.is_everything or (fact.evidence and ids.issuperset(fact.evidence)):
        return True
    is_words_alone = what.matching and what == Selection(matching=what.matching)
    return bool(is_words_alone) and holds_all(fact.text, words_to_match(what.matching))


def preview_lines(shown: Preview, persona_name: str, language: str = "en") -> Iterator[RenderableType]:
    """How many messages and facts would go, and the first of each."""
    words = words_of(language)
    messages = counted(len(shown.episodes), "message", language)
    facts = counted(len(shown.facts), "fact", language)
    yield Text(words["would_go"].format(messages=messages, facts=facts))
    if shown.num_others:
        yield Text(words["others"].format(number=shown.num_others))
    said = [
        f"{moment(each.at)} {speaker(each, persona_name)}: {_cut(each.text_and_seen)}"
        for each in shown.episodes
    ]
    for lines in (said, [fact.text for fact in shown.facts]):
        yield from (Padding(Text(f"- {line}", style="dim"), (0, 0, 0, 2)) for line in lines[:_MOST])
        if len(lines) > _MOST:
            yield Padding(Text(words["more"].format(number=len(lines) - _MOST), style="dim"), (0, 0, 0, 2))


def _cut(text: str) -> str:
    """A text on one line, its beginning where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _WIDTH else f"{line[:_WIDTH]} …"
