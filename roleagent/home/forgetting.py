"""A journal of erasures that have begun: one that a kill broke off is finished when the home is opened."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from roleagent.errors import StoreError
from roleagent.memory.recall.text_form import index_text
from roleagent.store import UserRecord
from roleagent.store.database import make_private_folder
from roleagent.types import Owner, Selection

JOURNAL_NAME = "forgetting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What somebody asked to be erased.

    Attributes:
        begun_at: when, UTC; None in journals of earlier days.
    """

    owner: Owner
    what: Selection
    begun_at: datetime | None = None

    def meant(self, record: UserRecord) -> Selection:
        """The selection without what came after it was asked for: it may be finished much later.

        Ids and moments mean nothing later anyway, and words whatever holds them.
        """
        at, what = self.begun_at, self.what
        if at is None or what.episodes or what.matching or what.before is not None:
            return what
        is_later = (
            *(each.at >= at for each in record.episodes),
            *(each.updated_at >= at for each in record.items),
        )
        return replace(what, before=at) if any(is_later) else what


class ErasureJournal:
    """A folder with one file for each erasure that has begun and is not done.

    Args:
        home: where the folder is made, for as long as there is a file in it.
    """

    def __init__(self, home: Path) -> None:
        self.folder = home / JOURNAL_NAME

    def begin(self, erasure: Erasure) -> Path:
        """Note an erasure, durably; gives the name under which it is to be ended.

        Raises:
            StoreError: it cannot be written; nothing has been erased.
        """
        make_private_folder(self.folder)
        path = self.folder / f"{secrets.token_hex(8)}.json"
        partial = path.with_suffix(".part")
        try:
            with open(
                os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
            ) as file:
                file.write(_to_json(erasure))
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise StoreError(
                f"{path}: {error.strerror or error}. Nothing was erased: make room, and forget again."
            ) from error
        return path

    def end(self, path: Path) -> None:
        """Take an erasure that is done out of the journal, which then holds nothing of it."""
        path.unlink(missing_ok=True)
        self._drop_folder()

    def end_as_done(self, done: Erasure) -> None:
        """Take out earlier ones that asked for the same: one that had failed is done by this one."""
        for path in sorted(self.folder.glob("*.json")):
            if replace(_read(path), begun_at=done.begun_at) == done:
                self.end(path)

    def pending(self) -> Iterator[tuple[Path, Erasure]]:
        """The erasures that have begun and are not done.

        Raises:
            StoreError: a file of the journal is damaged.
        """
        if not self.folder.is_dir():
            return
        for partial in self.folder.glob("*.part"):
            partial.unlink()  # of one that was never begun
        for path in sorted(self.folder.glob("*.json")):
            yield path, _read(path)
        self._drop_folder()

    def _drop_folder(self) -> None:
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()


def texts_of(record: UserRecord) -> set[str]:
    """Every text of a user that something may have embedded."""
    episodes = record.episodes
    return {
        *(each.text for each in episodes),
        *(each.text_and_seen for each in episodes),
        *(index_text(each.text_and_seen, each.speaker_name) for each in episodes),
        *(seen.text for each in episodes for seen in each.observations),
        *(version.fact.text for version in record.versions),
        *(text for node in record.nodes for text in (node.label, node.description, *node.aliases)),
        *(summary.text for summary in record.summaries),
    }


def _to_json(erasure: Erasure) -> str:
    owner, what = erasure.owner, erasure.what
    fields = {
        "persona_id": owner.persona_id,
        "user_id": owner.user_id,
        "episodes": what.episodes,
        "only_thread": what.thread_id,
        "before": what.before.isoformat() if what.before else None,
        "matching": what.matching,
        "begun_at": erasure.begun_at.isoformat() if erasure.begun_at else None,
    }
    return json.dumps(fields)  # in ASCII, which takes half a character too


def _read(path: Path) -> Erasure:
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return Erasure(
            owner=Owner(persona_id=fields["persona_id"], user_id=fields["user_id"]),
            what=Selection(
                episodes=tuple(fields["episodes"]),
                thread_id=fields["only_thread"],
                before=datetime.fromisoformat(fields["before"]) if fields["before"] else None,
                matching=fields["matching"],
            ),
            begun_at=datetime.fromisoformat(fields["begun_at"]) if fields.get("begun_at") else None,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{path}: what was to be forgotten cannot be read ({error!r}). Delete the file, and forget again."
        ) from error
