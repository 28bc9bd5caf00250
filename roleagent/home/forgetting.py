"""Forgetting: everything in a home that erases goes through here; `store.forgetting` is the record's part.

An erasure is noted in a journal before it begins. If it is interrupted, the next opening of the home finishes
it.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from roleagent.concurrency.turn_order import order_of
from roleagent.embedding.cache import EmbeddingCache
from roleagent.errors import InputError, StoreError
from roleagent.home.media_folder import erase_unused, media_files
from roleagent.memory.recall.pool import index_text
from roleagent.protocols import EpisodicMemory, MemoryWithRecord
from roleagent.store import Store, UserRecord
from roleagent.store.database import make_private_folder
from roleagent.types import EVERYTHING, ForgetReceipt, Owner, Selection, Turn

if TYPE_CHECKING:
    from roleagent.home.checkpoints import Checkpointer
    from roleagent.home.retention import Retention

_log = logging.getLogger(__name__)

EMBEDDINGS_NAME = "embeddings.db"
JOURNAL_NAME = "forgetting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A requested erasure.

    Attributes:
        begun_at: when, UTC; None in journals of earlier releases.
    """

    owner: Owner
    what: Selection
    begun_at: datetime | None = None

    def meant(self, record: UserRecord) -> Selection:
        """The selection limited to the time of the request, because it may be finished much later.

        Ids and moments select nothing later anyway; words also select later texts.
        """
        at, what = self.begun_at, self.what
        if at is None or what.episodes or what.matching or what.before is not None:
            return what
        is_later = (
            *(each.at >= at for each in record.episodes),
            *(each.updated_at >= at for each in record.items),
            *(each.at >= at for each in record.settings),
        )
        return replace(what, before=at) if any(is_later) else what


class ErasureJournal:
    """A folder with one file for each erasure in progress.

    Args:
        home: contains the folder, which exists only while there is a file in it.
    """

    def __init__(self, home: Path) -> None:
        self.folder = home / JOURNAL_NAME

    def begin(self, erasure: Erasure) -> Path:
        """Note an erasure durably; return the name with which to end it.

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
        """Remove a finished erasure from the journal, which then has no trace of it."""
        path.unlink(missing_ok=True)
        self._drop_folder()

    def end_as_done(self, done: Erasure) -> None:
        """Remove earlier requests for the same erasure, since this one has also finished them."""
        for path in sorted(self.folder.glob("*.json")):
            if replace(_read(path), begun_at=done.begun_at) == done:
                self.end(path)

    def pending(self) -> Iterator[tuple[Path, Erasure]]:
        """The erasures in progress.

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
    """Every text of a user that may have been embedded."""
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
    return json.dumps(fields)  # in ASCII, so that half of a surrogate pair can be written too


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


# ── erasing everywhere ───────────────────────────────────────────────────────────────────────────

_KEPT_ON_PURPOSE = (
    "What the character's own file says is not about the user, and stays.",
    "A fact that other messages support stays; it no longer names what was erased.",
)
_WAITING = "Saved states of conversations went too: if a turn was waiting for approval, say it again."
_OUT_OF_REACH = (
    "Out of reach: backups, snapshots and exports of this home, critic logs, logs of the application, and "
    "what a provider of a language model has logged.",
)
_ON_SERVER = (
    "The record lies on a database server: it overwrites deleted rows when it cleans up (VACUUM), and its "
    "log and backups are its owner's."
)


class Forgetting:
    """Erases from every place of a home: the record, its index, checkpoints, files and cached vectors.

    Args:
        folder: the home's; None if nothing is kept on disk.
        memory: the home's.
        checkpointer: the home's.
        media: where pictures and recordings lie, in a folder for each owner.
    """

    def __init__(
        self,
        folder: Path | None,
        memory: EpisodicMemory,
        checkpointer: Checkpointer,
        *,
        media: Path,
    ) -> None:
        self._folder = folder
        self._memory = memory
        self._checkpointer = checkpointer
        self._media = media
        self._journal = ErasureJournal(folder) if folder else None
        self._order = order_of(folder)
        self._store = memory.store if isinstance(memory, MemoryWithRecord) else None

    def forget(self, owner: Owner, what: Selection = EVERYTHING) -> ForgetReceipt:
        """See `Home.forget`."""
        erasure = Erasure(owner=owner, what=what, begun_at=datetime.now(UTC))
        if self._journal is None:
            return self._erase(erasure)
        entry = self._journal.begin(erasure)
        try:
            receipt = self._erase(erasure)
        except InputError:  # an invalid selection must not be tried again at every opening
            self._journal.end(entry)
            raise
        self._journal.end(entry)
        self._journal.end_as_done(erasure)
        return receipt

    def finish(self) -> None:
        """Finish interrupted erasures; no turn may run yet."""
        if self._journal is None:
            return
        for entry, erasure in self._journal.pending():
            try:
                meant = erasure.meant(self._memory.export(erasure.owner))
                self._erase(replace(erasure, what=meant), all_unused_media=True)  # no turn runs yet
            except StoreError as error:  # for example, a server is down; no receipt was given yet
                _log.error("An erasure was interrupted and is tried again at the next opening: %s", error)
            else:
                self._journal.end(entry)
                _log.warning("Finished an interrupted erasure.")

    def _erase(self, erasure: Erasure, *, all_unused_media: bool = False) -> ForgetReceipt:
        """Erase everywhere; safe to repeat. Vectors go first, because their texts are unknown afterwards."""
        owner, what = erasure.owner, erasure.what
        with self._order.alone(owner.name) as is_alone:
            is_alone = is_alone and not self._is_shared
            were_shown = None if what.is_everything or all_unused_media or is_alone else self._shown(owner)
            num_vectors = self._erase_vectors(owner)
            receipt = self._memory.forget(owner, what)
            removed = {
                **receipt.removed,
                "checkpoints": self._checkpointer.delete_threads(f"{owner.name}/"),
                "media": self._erase_unused_media(owner, were_shown),
                "embeddings": num_vectors,
            }
        notes = _KEPT_ON_PURPOSE[: 1 if what.is_everything else 2]
        if removed["checkpoints"]:
            notes += (_WAITING,)
        if self._is_shared:
            notes += (_ON_SERVER,)
        kept = self._store.counts(owner) if self._store else {}
        return replace(receipt, removed=removed, kept=kept, notes=notes + _OUT_OF_REACH)

    def _erase_vectors(self, owner: Owner) -> int:
        """Erase the cached vectors of all texts of a user; they are made again when needed."""
        if self._folder is None or not (self._folder / EMBEDDINGS_NAME).exists():
            return 0
        cache = EmbeddingCache(self._folder / EMBEDDINGS_NAME)
        try:
            return cache.forget(texts_of(self._memory.export(owner)))
        finally:
            cache.close()

    def apply_retention(
        self, retention: Retention, *, persona_id: str = "", now: datetime | None = None
    ) -> list[ForgetReceipt]:
        """See `Home.apply_retention`."""
        now = now or datetime.now(UTC)
        if now.tzinfo is None:
            raise InputError(f"now is {now!r}, without a time zone: pass datetime.now(UTC), say.")
        receipts: list[ForgetReceipt] = []
        for owner in store_of(self._memory).owners():
            if persona_id in ("", owner.persona_id):
                receipts += [self.forget(owner, what) for what in self._expired(owner, retention, now)]
        self.collect_media()
        if receipts:
            num_episodes = sum(receipt.removed.get("episodes", 0) for receipt in receipts)
            _log.info("Retention erased %d episodes of %d users.", num_episodes, len(receipts))
        return receipts

    def _expired(self, owner: Owner, retention: Retention, now: datetime) -> list[Selection]:
        store, expired = store_of(self._memory), []
        ages = store.ages(owner)
        if retention.max_age is not None:
            limit = now - retention.max_age
            ages = [age for age in ages if age.at >= limit]
            if store.has_before(owner, limit):
                expired.append(Selection(before=limit))
        faded = retention.faded(ages, now=now)
        if faded:  # no ids at all would mean everything
            expired.append(Selection(episodes=faded))
        return expired

    def drop_unused_media(self, owner: Owner) -> int:
        """See `Home.drop_unused_media`."""
        with self._order.alone(owner.name) as is_alone:
            return self._erase_unused_media(owner, () if self._is_shared else None) if is_alone else 0

    def collect_media(self) -> None:
        """Erase files of turns that were not remembered, for example because the process was killed."""
        if self._folder is None or self._store is None:
            return
        folders = [path for path in self._media.glob("*") if path.is_dir()]
        owners = {owner.name: owner for owner in self._store.owners()} if folders else {}
        if not owners:  # an empty record may be a new one that replaced a lost one
            return
        for folder in folders:
            with self._order.alone(folder.name) as is_alone:
                if is_alone:
                    self._collect(folder, owners.get(folder.name))

    def _collect(self, folder: Path, owner: Owner | None) -> None:
        try:
            # the folder of an unknown owner may still have to be moved: see `Home.adopt`
            shown = self._shown(owner) if owner else store_of(self._memory).shown()
            num_erased = erase_unused(folder, shown, () if self._is_shared else None)
        except OSError as error:
            _log.warning("%s: unused files cannot be erased: %s", folder, error)
        else:
            if num_erased:
                _log.info("Erased %d files of turns that were not remembered.", num_erased)

    def _erase_unused_media(self, owner: Owner, were_shown: Collection[str] | None) -> int:
        folder = self._media / owner.name
        return erase_unused(folder, self._shown(owner), were_shown) if media_files(folder) else 0

    def _shown(self, owner: Owner) -> set[str]:
        """Ids of the pictures and recordings that episodes show, or turns that wait for approval."""
        states = self._checkpointer.values(f"{owner.name}/").values()
        turns = (state.get("turn") for state in states)
        waiting = {each.id for turn in turns if isinstance(turn, Turn) for each in turn.attachments}
        if self._store is not None:
            return waiting | self._store.shown(owner)
        episodes = self._memory.export(owner).episodes
        return waiting | {attachment.id for episode in episodes for attachment in episode.attachments}

    @property
    def _is_shared(self) -> bool:
        """Whether other processes may use the home: their turns are not seen here."""
        return self._store is not None and self._store.is_on_server


def store_of(memory: EpisodicMemory) -> Store:
    """The record of a memory.

    Raises:
        InputError: it has none, so its users cannot be listed.
    """
    if not isinstance(memory, MemoryWithRecord):
        raise InputError(
            f"The memory is a {type(memory).__name__}, and the home does not know its users: "
            "ask it directly, or forget and export by user and persona."
        )
    return memory.store
