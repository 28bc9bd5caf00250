"""`roleagent memory forget`: erase some or all of what is kept of one user with one character."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from roleagent.cli.memory.paint import as_json, moment, speaker
from roleagent.cli.memory.whose import AsJson, CharacterName, find_home, find_pair, open_pair
from roleagent.cli.options import HomeFolder, UserName
from roleagent.cli.words import counted, words_of
from roleagent.errors import InputError
from roleagent.types import Episode, Fact, ForgetReceipt, Owner, Selection
from roleagent.types.receipt import asked_for

if TYPE_CHECKING:
    from roleagent.store import Store


_WIDTH = 160  # characters of a message, enough to know it by
_MOST = 12  # messages and facts that are shown; of more, their number


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The messages and facts that would be erased; what rests on them alone goes with them.

    Attributes:
        facts: facts on record, including ended ones, that rest only on these messages.
        num_others: the number of an application's items; if no messages and facts would go, also of names and
            summaries.
    """

    episodes: tuple[Episode, ...]
    facts: tuple[Fact, ...]
    num_others: int = 0

    def __bool__(self) -> bool:
        return bool(self.episodes or self.facts or self.num_others)


def preview(store: Store, owner: Owner, what: Selection) -> Preview:
    """What `Store.forget` would erase.

    Raises:
        InputError: `matching` is blank, or `before` has no zone.
    """
    episodes = tuple(store.select(owner, what))
    ids = {episode.id for episode in episodes}
    facts = (fact for fact in store.learned(owner).added if _goes(fact, ids, what))
    shown = Preview(episodes=episodes, facts=tuple(facts))
    counts = store.would_forget(owner, what)
    tables = ("items",) if shown else ("items", "facts", "nodes", "summaries")
    return replace(shown, num_others=sum(counts.get(table, 0) for table in tables))


def _goes(fact: Fact, ids: set[str], what: Selection) -> bool:
    from roleagent.store.forgetting import holds_all, words_to_match

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
    """A text on one line, cut if it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _WIDTH else f"{line[:_WIDTH]} …"


def forget(
    persona: CharacterName,
    user: UserName,
    everything: Annotated[bool, typer.Option("--everything", help="All that is kept of this user.")] = False,
    episode: Annotated[
        list[str] | None,
        typer.Option("--episode", metavar="ID", help="One message, as `memory show` names it; repeatable."),
    ] = None,
    thread: Annotated[str, typer.Option("--thread", "-t", help="Only in this conversation.")] = "",
    before: Annotated[
        str, typer.Option(metavar="DATE", help="Only what was said before a date, such as 2026-03-01 (UTC).")
    ] = "",
    matching: Annotated[
        str, typer.Option(metavar="WORDS", help="Only what contains all of these words, and facts that do.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    home: HomeFolder = None,
    as_json_: AsJson = False,
) -> None:
    """Erase memories for good, with what was learned from them, and print a receipt.

    Conditions narrow each other. Shows what would be erased and asks first. Exits with 1 if nothing was.
    """
    from roleagent.home.home import Home

    if as_json_ and not yes:
        raise InputError("--json cannot ask: add --yes once you have seen what would be erased.")
    pair, console = find_pair(persona, user), Console()
    with open_pair(pair, home) as store:
        what = _selection(
            everything,
            Selection(
                episodes=_whole_ids(store, pair.owner, episode or ()),
                thread_id=thread,
                before=_moment(before),
                matching=matching,
            ),
        )
        shown = preview(store, pair.owner, what)
    if not shown and not everything:
        receipt = ForgetReceipt(owner=pair.owner, removed={}, asked=asked_for(what), at=datetime.now(UTC))
        typer.echo(as_json(receipt.as_dict()) if as_json_ else "Nothing matches: nothing was erased.")
        raise typer.Exit(1)
    if not as_json_:
        for line in preview_lines(shown, pair.name):
            console.print(line)
    if not (yes or typer.confirm("Erase this for good?")):
        raise typer.Exit(1)
    with Home(find_home(home)) as opened:
        receipt = opened.forget(pair.owner, what)
    typer.echo(as_json(receipt.as_dict()) if as_json_ else f"\n{receipt.as_text()}", nl=as_json_)


def _selection(everything: bool, what: Selection) -> Selection:
    """What to erase. Erasing everything needs --everything.

    Raises:
        InputError: nothing was asked for, or both everything and a part of it.
    """
    if everything and not what.is_everything:
        raise InputError("--everything stands alone: leave it out, or leave out what narrows it.")
    if not everything and what.is_everything:
        raise InputError(
            "Say what to forget: --everything, or --episode, --thread, --before and --matching, which narrow "
            "each other."
        )
    return what


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"--before is {text!r}: write 2026-03-01, or 2026-03-01T18:30.") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _whole_ids(store: Store, owner: Owner, starts: Sequence[str]) -> tuple[str, ...]:
    """The whole ids of messages, given how they begin.

    Raises:
        InputError: no id begins that way, or several do.
    """
    ids = [mark.id for mark in store.episode_marks(owner)] if starts else []
    whole = []
    for start in starts:
        found = [each for each in ids if each.startswith(start)]
        if len(found) != 1 or not start:
            raise InputError(
                f"--episode is {start!r}, and {len(found) or 'no'} messages have an id that begins with it. "
                "`roleagent memory show --thread` lists them."
            )
        whole += found
    return tuple(whole)
