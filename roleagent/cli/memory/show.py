"""`roleagent memory show` prints what is kept of one user with one character; `stats` prints how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from roleagent.cli.memory.paint import SHORT_ID, as_json, moment, speaker
from roleagent.cli.memory.whose import AsJson, CharacterName, OneThread, Pair, find_home, find_pair, open_pair
from roleagent.cli.options import HomeFolder, UserName
from roleagent.cli.words import counted
from roleagent.errors import InputError
from roleagent.types import Episode, Fact

if TYPE_CHECKING:
    from roleagent.home.home import Kept
    from roleagent.store import Store, ThreadSummary


def show(
    persona: CharacterName,
    user: UserName,
    thread: OneThread = "",
    home: HomeFolder = None,
    as_json_: AsJson = False,
) -> None:
    """Show the conversations, what was learned in them, and summaries; with --thread, one word by word."""
    pair = find_pair(persona, user)
    console = Console()
    with open_pair(pair, home) as store:
        if thread:
            episodes = _episodes_of(store, pair, thread)
            _print(console, as_json_, episodes, _talk(episodes, pair))
        else:
            kept = _kept(store, pair)
            _print(console, as_json_, kept, _overview(kept, pair))


def _print(console: Console, as_json_: bool, values: Any, rendered: Iterator[RenderableType]) -> None:
    if as_json_:
        typer.echo(as_json(values))
        return
    for each in rendered:
        console.print(each)


def _episodes_of(store: Store, pair: Pair, thread: str) -> list[Episode]:
    episodes = [each for each in store.episodes(pair.owner) if each.thread.thread_id == thread]
    if not episodes:
        known = ", ".join(repr(each.thread_id) for each in store.threads(pair.owner))
        raise InputError(f"{pair} had no conversation {thread!r}. They had: {known or 'none'}.")
    return episodes


def _kept(store: Store, pair: Pair) -> dict[str, Any]:  # Any: sequences of different values
    """All but the words of the conversations, by kind."""
    facts = store.learned(pair.owner).added
    now = {fact.id for fact in facts}
    taken_back = [fact for fact in store.versions(pair.owner) if fact.id not in now]
    sources = {source for fact in (*facts, *taken_back) for source in fact.evidence}
    return {
        "threads": store.threads(pair.owner),
        "facts": facts,
        "taken_back": taken_back,
        "evidence": store.episodes_of(pair.owner, [*sources]),
        "summaries": store.summaries(pair.owner),
    }


# ── to read ──────────────────────────────────────────────────────────────────────────────────


def _overview(kept: Mapping[str, Any], pair: Pair) -> Iterator[RenderableType]:
    counts = (
        counted(len(kept["threads"]), "conversation"),
        counted(sum(each.num_episodes for each in kept["threads"]), "message"),
        counted(len(kept["facts"]), "fact"),
    )
    yield Text.assemble((str(pair), "bold"), ": ", ", ".join(counts))
    if kept["threads"]:
        yield _thread_table(kept["threads"])
    evidence = {episode.id: episode for episode in kept["evidence"]}
    for title, facts in (("Learned", kept["facts"]), ("Taken back", kept["taken_back"])):
        if facts:
            yield Text(f"\n{title} about {pair.owner.user_id}", style="bold")
        for fact in facts:
            yield from _fact_lines(fact, evidence, pair)
    if kept["summaries"]:
        yield Text("\nSummaries (derived: they may be wrong, and are no evidence)", style="bold")
    for each in kept["summaries"]:
        span = f"{moment(each.first_at)} to {moment(each.last_at)}"
        made = f"{each.level}, {span}, of {counted(len(each.sources), 'source')}, by {each.made_by}"
        yield Text.assemble("- ", each.text)
        yield Padding(Text(made, style="dim"), (0, 0, 0, 4))


def _thread_table(threads: Sequence[ThreadSummary]) -> Table:
    table = Table("conversation", "messages", "last (UTC)", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for each in threads:
        table.add_row(Text(each.thread_id), f"{each.num_episodes:,}", moment(each.last_at))
    return table


def _fact_lines(fact: Fact, evidence: Mapping[str, Episode], pair: Pair) -> Iterator[RenderableType]:
    holds, span = fact.valid_to is None, _span(fact)
    details = f"  {span}  [{fact.id}]" if span else f"  [{fact.id}]"
    yield Text.assemble("- ", (fact.text, "" if holds else "strike dim"), (details, "dim"))
    for source in fact.evidence:
        if source in evidence:
            said = evidence[source]
            line = f"{moment(said.at)} {speaker(said, pair.name)}: {said.text}"
            yield Padding(Text(line, style="dim"), (0, 0, 0, 4))


def _span(fact: Fact) -> str:
    """When a fact held, as far as it is known."""
    if fact.valid_to is not None and fact.valid_to == fact.valid_from:
        return "never so"
    since = f"since {fact.valid_from}" if fact.valid_from else ""
    until = f"until {fact.valid_to}" if fact.valid_to else ""
    return " ".join(part for part in (since, until) if part)


def _talk(episodes: Sequence[Episode], pair: Pair) -> Iterator[RenderableType]:
    for episode in episodes:
        style = "bold cyan" if episode.speaker == "persona" else "bold green"
        head = Text.assemble((f"{moment(episode.at)} ", "dim"), (f"{speaker(episode, pair.name)}: ", style))
        yield Text.assemble(head, episode.text_and_seen, (f"  [{episode.id[:SHORT_ID]}]", "dim"))
        for attachment in episode.attachments:
            yield Padding(
                Text(f"attached: {attachment.name} ({attachment.media_type})", style="dim"), (0, 0, 0, 4)
            )


_COLUMNS = {
    "conversations": "num_threads",
    "messages": "num_episodes",
    "facts": "num_fact_versions",
    "summaries": "num_summaries",
    "files": "num_media",
    "bytes": "media_bytes",
    "index": "index_bytes",
}


def stats(home: HomeFolder = None, as_json_: AsJson = False) -> None:
    """Show how much is kept of every user with every character.

    The number of facts includes former versions. An index is only built once there are so many messages that
    it is quicker.
    """
    from roleagent.home.home import Home

    folder = find_home(home)
    with Home(folder) as opened:
        rows = [_row(kept, folder) for kept in opened.stats()]
    total = _size(folder)
    if as_json_:
        typer.echo(as_json({"home": str(folder), "home_bytes": total, "kept": rows}))
        return
    console = Console()
    console.print(_table(rows))
    console.print(Text(f"\n{folder} takes {_readable(total)}."), soft_wrap=True)


def _row(kept: Kept, home: Path) -> dict[str, Any]:  # Any: names and numbers
    from roleagent.memory.on_disk import INDEX_NAME

    return {
        "persona_id": kept.owner.persona_id,
        "user_id": kept.owner.user_id,
        "num_threads": kept.num_threads,
        "num_episodes": kept.counts.get("episodes", 0),
        "num_fact_versions": kept.counts.get("facts", 0),
        "num_summaries": kept.counts.get("summaries", 0),
        "num_media": kept.num_media,
        "media_bytes": kept.media_bytes,
        "index_bytes": _size(home / INDEX_NAME / kept.owner.name),
    }


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("persona", "user", *_COLUMNS, box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
    for row in rows:
        numbers = (
            _readable(row[name]) if name.endswith("bytes") else f"{row[name]:,}" for name in _COLUMNS.values()
        )
        table.add_row(Text(row["persona_id"]), Text(row["user_id"]), *numbers)
    return table


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _readable(num_bytes: int) -> str:
    """A size in its largest unit.

    >>> _readable(0), _readable(2_500), _readable(3_000_000)
    ('–', '3 kB', '3.0 MB')
    """
    if num_bytes >= 1_000_000:
        return f"{num_bytes / 1e6:,.1f} MB"
    return f"{-(-num_bytes // 1_000):,} kB" if num_bytes else "–"
