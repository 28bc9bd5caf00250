"""`roleagent memory stats`: who is kept, how much, and what it takes on the disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from roleagent.cli.memory.paint import as_json
from roleagent.cli.memory.whose import AsJson, find_home
from roleagent.cli.options import HomeFolder

if TYPE_CHECKING:
    from roleagent.home.home import Kept

_COLUMNS = {
    "talks": "num_threads",
    "messages": "num_episodes",
    "facts": "num_fact_versions",
    "summaries": "num_summaries",
    "files": "num_media",
    "bytes": "media_bytes",
    "index": "index_bytes",
}


def stats(home: HomeFolder = None, as_json_: AsJson = False) -> None:
    """Show how much is kept of every user with every character.

    Facts are counted with former versions. An index is made only where there are so many messages that it is
    quicker.
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
