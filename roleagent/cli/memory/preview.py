"""What forgetting would erase, shown before it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
    """What would go, as far as it has words of its own; summaries, names and vectors go with it.

    Attributes:
        facts: those on record now, ended ones included, for which nothing else speaks.
    """

    episodes: tuple[Episode, ...]
    facts: tuple[Fact, ...]

    def __bool__(self) -> bool:
        return bool(self.episodes or self.facts)


def preview(store: Store, scope: Scope, what: Selection) -> Preview:
    """What `Store.forget` would erase.

    Raises:
        InputError: `matching` is blank, or `before` has no zone.
    """
    episodes = tuple(store.select(scope, what))
    ids = {episode.id for episode in episodes}
    facts = (fact for fact in store.learned(scope).added if _goes(fact, ids, what))
    return Preview(episodes=episodes, facts=tuple(facts))


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
    said = [f"{moment(each.at)} {speaker(each, persona_name)}: {_cut(each.text)}" for each in shown.episodes]
    for lines in (said, [fact.text for fact in shown.facts]):
        yield from (Padding(Text(f"- {line}", style="dim"), (0, 0, 0, 2)) for line in lines[:_MOST])
        if len(lines) > _MOST:
            yield Padding(Text(words["more"].format(number=len(lines) - _MOST), style="dim"), (0, 0, 0, 2))


def _cut(text: str) -> str:
    """A text on one line, its beginning where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _WIDTH else f"{line[:_WIDTH]} …"
