"""A home: the folder in which everything is kept, looked after without any model."""

from __future__ import annotations

import logging
import shutil
import tempfile
import weakref
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from roleagent.concurrency.turn_order import order_of
from roleagent.embedding.cache import EmbeddingCache
from roleagent.errors import InputError, StoreError
from roleagent.formats.load import known_personas
from roleagent.home.checkpoints import open_checkpointer
from roleagent.home.export import export_document, persona_entry, write_export
from roleagent.home.forgetting import Erasure, ErasureJournal, texts_of
from roleagent.home.media_folder import attachment_id, erase_unused, media_files, move_media
from roleagent.memory.in_process import InProcessMemory
from roleagent.memory.on_disk import OnDiskMemory
from roleagent.persona.identity import former_id, is_edited, marks_of, name_key, says_all
from roleagent.protocols import MemoryWithRecord
from roleagent.settings import get_settings
from roleagent.types import EVERYTHING, ForgetReceipt, Owner, Selection, Turn

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from roleagent.home.checkpoints import Checkpointer
    from roleagent.home.retention import Retention
    from roleagent.persona.persona import Persona
    from roleagent.protocols import EpisodicMemory
    from roleagent.store import Store

CHECKPOINTS_NAME = "checkpoints.db"
EMBEDDINGS_NAME = "embeddings.db"
MEDIA_NAME = "media"

_log = logging.getLogger(__name__)

_KEPT_ON_PURPOSE = (
    "What the character's own file says is not about the user, and stays.",
    "A fact for which other messages speak stays; what was erased is named in it no more.",
)
_WAITING = "Saved states of conversations went too: if a turn was waiting for approval, say it again."
_OUT_OF_REACH = (
    "Out of reach: backups, snapshots and exports of this home, logs of the application, and what a provider "
    "of a language model has logged.",
)
_ON_SERVER = (
    "The record lies on a database server: it overwrites deleted rows when it cleans up (VACUUM), and its "
    "log and backups are its owner's."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How much is kept of one user with one persona.

    Attributes:
        counts: table of the record -> number of rows.
        num_threads: conversations.
        num_media: pictures and recordings.
        media_bytes: what these take.
    """

    owner: Owner
    counts: Mapping[str, int]
    num_threads: int
    num_media: int
    media_bytes: int


class Home:
    """All that is kept on disk: the record, its index, checkpoints, pictures and recordings.

    An agent has one. Without an agent it needs no model. An erasure that a kill broke off is finished when
    its home is opened.

    Args:
        folder: made when absent; None keeps nothing on disk.
        record: where the record lies if not in the folder, see `OnDiskMemory`. Default: `Settings.record`.
        index: the server of the index, see `OnDiskMemory`. Default: `Settings.index`.
        embedder: makes vectors; None where nothing is to be found by meaning.
        memory: what keeps the episodes in place of the one in the folder; closed together with the home.

    Raises:
        StoreError: another process uses the folder, or it cannot be read or written.
    """

    def __init__(
        self,
        folder: Path | str | None,
        *,
        record: Path | str | None = None,
        index: str | None = None,
        embedder: Embeddings | None = None,
        memory: EpisodicMemory | None = None,
    ) -> None:
        self.folder = None if folder is None else Path(folder).expanduser().resolve()
        self._passing = _PassingFolder() if self.folder is None else None
        self.memory = memory or _open_memory(self.folder, record, index, embedder)
        try:
            self.checkpointer: Checkpointer = open_checkpointer(
                self.folder / CHECKPOINTS_NAME if self.folder else ":memory:"
            )
            self._journal = ErasureJournal(self.folder) if self.folder else None
            self._order = order_of(self.folder)
            self._finish_what_was_broken_off()
            self._collect_media()
        except BaseException:
            self.memory.close()
            raise

    # ── forgetting ───────────────────────────────────────────────────────────────────────

    def forget(self, owner: Owner, what: Selection = EVERYTHING) -> ForgetReceipt:
        """Erase what is meant of a user with a persona, everywhere in the home; see docs/memory.md.

        No turn of theirs may run meanwhile: `Conversation.forget` waits for those of this process.

        Raises:
            InputError: words to match are blank, or a moment has no zone. Nothing was erased.
            StoreError: something cannot be erased. What is left is, when the home is opened again, unless it
                is asked for again before; what came after it was asked for stays.
        """
        erasure = Erasure(owner=owner, what=what, begun_at=datetime.now(UTC))
        if self._journal is None:
            return self._erase(erasure)
        entry = self._journal.begin(erasure)
        try:
            receipt = self._erase(erasure)
        except InputError:  # what cannot be meant must not be tried again at every opening
            self._journal.end(entry)
            raise
        self._journal.end(entry)
        self._journal.end_as_done(erasure)
        return receipt

    def _finish_what_was_broken_off(self) -> None:
        if self._journal is None:
            return
        for entry, erasure in self._journal.pending():
            try:
                meant = erasure.meant(self.memory.export(erasure.owner))
                self._erase(replace(erasure, what=meant), all_unused_media=True)  # no turn runs yet
            except StoreError as error:  # such as a server that is down: nobody was told that it is done
                _log.error("An erasure was broken off and is tried again at the next opening: %s", error)
            else:
                self._journal.end(entry)
                _log.warning("Finished an erasure that was broken off.")

    def _erase(self, erasure: Erasure, *, all_unused_media: bool = False) -> ForgetReceipt:
        """Erase everywhere; safe to repeat. Vectors go first, since later their texts are not known."""
        owner, what = erasure.owner, erasure.what
        with self._order.alone(owner.name) as is_alone:
            is_alone = is_alone and not self._is_shared
            were_shown = None if what.is_everything or all_unused_media or is_alone else self._shown(owner)
            num_vectors = self._erase_vectors(owner)
            receipt = self.memory.forget(owner, what)
            removed = {
                **receipt.removed,
                "checkpoints": self.checkpointer.delete_threads(f"{owner.name}/"),
                "media": self._erase_unused_media(owner, were_shown),
                "embeddings": num_vectors,
            }
        notes = self._notes(removed, what)
        return replace(receipt, removed=removed, kept=self._kept(owner), notes=notes)

    def _erase_vectors(self, owner: Owner) -> int:
        """Erase the cached vectors of all texts of a user; they are made again when needed."""
        if self.folder is None or not (self.folder / EMBEDDINGS_NAME).exists():
            return 0
        cache = EmbeddingCache(self.folder / EMBEDDINGS_NAME)
        try:
            return cache.forget(texts_of(self.memory.export(owner)))
        finally:
            cache.close()

    def _erase_unused_media(self, owner: Owner, were_shown: Collection[str] | None) -> int:
        folder = self.media_folder(owner)
        return erase_unused(folder, self._shown(owner), were_shown) if media_files(folder) else 0

    def _shown(self, owner: Owner) -> set[str]:
        """Ids of the pictures and recordings that episodes show, or turns that wait for approval."""
        states = self.checkpointer.values(f"{owner.name}/").values()
        turns = (state.get("turn") for state in states)
        waiting = {each.id for turn in turns if isinstance(turn, Turn) for each in turn.attachments}
        if self._store is not None:
            return waiting | self._store.shown(owner)
        episodes = self.memory.export(owner).episodes
        return waiting | {attachment.id for episode in episodes for attachment in episode.attachments}

    # ── pictures and recordings that nobody needs ────────────────────────────────────────

    def drop_unused_media(self, owner: Owner) -> int:
        """Erase a user's pictures and recordings that no episode shows, nor a turn that waits for approval.

        Nothing is done while turns of theirs run, in this process: they may be about to show them.

        Returns:
            The number of files that were erased.
        """
        with self._order.alone(owner.name) as is_alone:
            return self._erase_unused_media(owner, () if self._is_shared else None) if is_alone else 0

    def _collect_media(self) -> None:
        """Erase what turns have left behind that were not remembered, a kill having broken them off, say."""
        if self.folder is None or self._store is None:
            return
        folders = [path for path in (self.folder / MEDIA_NAME).glob("*") if path.is_dir()]
        owners = {owner.name: owner for owner in self._store.owners()} if folders else {}
        if not owners:  # a record that knows nobody may be a new one in the place of one that was lost
            return
        for folder in folders:
            with self._order.alone(folder.name) as is_alone:
                if is_alone:
                    self._collect(folder, owners.get(folder.name))

    def _collect(self, folder: Path, owner: Owner | None) -> None:
        try:
            # one of an owner whom the record does not know may have to be moved yet: see `adopt`
            shown = self._shown(owner) if owner else self._own_store().shown()
            num_erased = erase_unused(folder, shown, () if self._is_shared else None)
        except OSError as error:
            _log.warning("%s: files that nobody needs cannot be erased: %s", folder, error)
        else:
            if num_erased:
                _log.info("Erased %d files of turns that were not remembered.", num_erased)

    @property
    def _is_shared(self) -> bool:
        """Whether other processes may use the home: their turns are not seen here."""
        return self._store is not None and self._store.is_on_server

    def _kept(self, owner: Owner) -> Mapping[str, int]:
        return self._store.counts(owner) if self._store else {}

    def _notes(self, removed: Mapping[str, int], what: Selection) -> tuple[str, ...]:
        notes = _KEPT_ON_PURPOSE[: 1 if what.is_everything else 2]
        if removed["checkpoints"]:
            notes += (_WAITING,)
        if self._store and self._store.is_on_server:
            notes += (_ON_SERVER,)
        return notes + _OUT_OF_REACH

    # ── keeping only so long ─────────────────────────────────────────────────────────────

    def apply_retention(
        self, retention: Retention, *, persona_id: str = "", now: datetime | None = None
    ) -> list[ForgetReceipt]:
        """Erase what a policy keeps no longer; gives a receipt for each user of whom something went.

        Pictures and recordings that nothing shows any more go, too.

        Args:
            retention: the policy.
            persona_id: of one persona alone; empty for all.
            now: an aware moment. Default: the present.

        Raises:
            InputError: `now` has no zone; or the memory is one of the application's own, which has to see to
                its age itself.
            StoreError: see `forget`.
        """
        now = now or datetime.now(UTC)
        if now.tzinfo is None:
            raise InputError(f"now is {now!r}, without a time zone: pass datetime.now(UTC), say.")
        receipts: list[ForgetReceipt] = []
        for owner in self._own_store().owners():
            if persona_id in ("", owner.persona_id):
                receipts += [self.forget(owner, what) for what in self._expired(owner, retention, now)]
        self._collect_media()
        if receipts:
            num_episodes = sum(receipt.removed.get("episodes", 0) for receipt in receipts)
            _log.info("Retention erased %d episodes of %d users.", num_episodes, len(receipts))
        return receipts

    def _expired(self, owner: Owner, retention: Retention, now: datetime) -> list[Selection]:
        store, expired = self._own_store(), []
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

    # ── handing over ─────────────────────────────────────────────────────────────────────

    def export(self, user_id: str, *, persona_id: str = "") -> dict[str, Any]:  # Any: JSON
        """All that is kept of a user, with every persona or with one, as JSON takes it.

        Raises:
            InputError: `persona_id` is empty, and the memory is one of the application's own.
        """
        entries = [self._export_of(owner) for owner in self._owners_of(user_id, persona_id)]
        return export_document(user_id, entries, at=datetime.now(UTC))

    def export_to(self, path: Path | str, user_id: str, *, persona_id: str = "") -> dict[str, Any]:
        """`export` to a new folder, or to a file that ends in ``.zip``, with their files and a README.

        Raises:
            InputError: see `export`; or something is there already.
            StoreError: it cannot be written.
        """
        document = self.export(user_id, persona_id=persona_id)
        files = {
            file.name: file
            for owner in self._owners_of(user_id, persona_id)
            for file in media_files(self.media_folder(owner))
        }
        write_export(Path(path).expanduser(), document, files)
        return document

    def _owners_of(self, user_id: str, persona_id: str) -> list[Owner]:
        if persona_id:
            return [Owner(persona_id=persona_id, user_id=user_id)]
        return [owner for owner in self._own_store().owners() if owner.user_id == user_id]

    def _export_of(self, owner: Owner) -> dict[str, Any]:  # Any: JSON
        return persona_entry(
            owner.persona_id,
            self.memory.export(owner),
            last_states=self.checkpointer.values(f"{owner.name}/"),
            files={attachment_id(path): path for path in media_files(self.media_folder(owner))},
        )

    # ── another id ───────────────────────────────────────────────────────────────────────

    def adopt(self, persona: Persona) -> None:
        """Take over what earlier releases kept of a character under the id that they gave it.

        Only if these are certainly its own, because no speaker in them has another name. Unclear ones stay,
        with a warning. See docs/memory.md.

        Raises:
            StoreError: it cannot be read or written.
        """
        if self._store is None:
            return
        former = former_id(persona.id, persona.name)
        names = {
            name_key(name) for name in (persona.name, *(each.name for each in persona.renderings)) if name
        }
        is_anothers = former in known_personas()

        def is_own(spoke: tuple[str, ...]) -> bool:
            known = {name_key(name) for name in spoke if name}
            return not is_anothers and known <= names and (bool(known) or says_all(persona.name))

        adoption = self._store.adopt(persona.id, former, is_own)
        if former is None:
            return
        self._follow_edits(persona)
        for user_id in self._store.users(persona.id):
            self._bring_along(Owner(persona_id=former, user_id=user_id), persona.id)
        for user_id in adoption.moved:
            _log.warning(
                "What is kept of user %r with %s is now under the id %r: %r could be other characters' too.",
                user_id, persona.name, persona.id, former,
            )  # fmt: skip
        for user_id, spoke in adoption.unclear:
            _log.warning(
                "Something is kept of user %r under %r, the id that %s had in earlier releases, and others "
                "too (who speaks there: %s). It stays there. If it is this character's: "
                "roleagent memory move --persona %s --user %s --to %s",
                user_id, former, persona.name, ", ".join(spoke) or "nobody by name",
                former, user_id, persona.id,
            )  # fmt: skip

    def _follow_edits(self, persona: Persona) -> None:
        """Take over what was kept of the character before its file was edited, which gave it another id."""
        from roleagent.store import Character

        store, marks = self._own_store(), marks_of(persona.summary)
        character = Character(
            persona_id=persona.id,
            name=name_key(persona.name),
            maker=name_key(persona.credits.creator),
            marks=marks,
        )
        former = store.earlier_versions(character, lambda other: is_edited(marks, other))
        for user_id in store.users(persona.id):
            for persona_id in former:
                self._bring_along(Owner(persona_id=persona_id, user_id=user_id), persona.id)
        store.know_character(character, former)
        if former:
            _log.info("%s was edited: what was kept of it is under %r now.", persona.name, persona.id)

    def move(self, owner: Owner, persona_id: str) -> None:
        """Keep all of a persona and user under another persona's id; a turn that waits for approval is lost.

        No turn of theirs may run meanwhile.

        Raises:
            InputError: nothing is kept, or something is under that id already; or the memory is one of the
                application's own.
            StoreError: it cannot be read or written.
        """
        self._own_store().move(owner, persona_id)
        self._bring_along(owner, persona_id)

    def _bring_along(self, owner: Owner, persona_id: str) -> None:
        """Let what goes by the owner's name follow the record. Done again, nothing is."""
        if self._own_store().state(owner) is not None:
            return
        self.checkpointer.delete_threads(f"{owner.name}/")
        if isinstance(self.memory, MemoryWithRecord):
            self.memory.rebuild(owner)  # of nothing: the index under the former name goes
        old, new = self.media_folder(owner), self.media_folder(replace(owner, persona_id=persona_id))
        if old is not None and new is not None:
            move_media(old, new)

    # ── looking after it ─────────────────────────────────────────────────────────────────

    def stats(self) -> list[Kept]:
        """How much is kept of every user with every persona, sorted.

        Raises:
            InputError: the memory is one of the application's own.
        """
        return [self._stats_of(owner) for owner in self._own_store().owners()]

    def _stats_of(self, owner: Owner) -> Kept:
        store, folder = self._own_store(), self.media_folder(owner)
        files = media_files(folder)
        return Kept(
            owner=owner,
            counts=store.counts(owner),
            num_threads=len(store.threads(owner)),
            num_media=len(files),
            media_bytes=sum(path.stat().st_size for path in files),
        )

    def media_folder(self, owner: Owner) -> Path:
        """Where the pictures and recordings of a user with a persona lie.

        Where nothing else is on disk, that is a temporary folder, which goes when the home is closed.
        """
        root = self._passing.path if self._passing else self.folder
        assert root is not None
        return root / MEDIA_NAME / owner.name

    def close(self) -> None:
        """Close the stores; closing twice does nothing."""
        self.memory.close()
        self.checkpointer.close()
        if self._passing:
            self._passing.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ── inside ───────────────────────────────────────────────────────────────────────────

    @property
    def _store(self) -> Store | None:
        return self.memory.store if isinstance(self.memory, MemoryWithRecord) else None

    def _own_store(self) -> Store:
        if self._store is None:
            raise InputError(
                f"The memory is a {type(self.memory).__name__}, of which the home knows no users: "
                "ask it directly, or forget and export by user and persona."
            )
        return self._store


class _PassingFolder:
    """A temporary folder that is gone when it is removed, or nobody holds it any more."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="roleagent-"))
        self.remove = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def _open_memory(
    folder: Path | None, record: Path | str | None, index: str | None, embedder: Embeddings | None
) -> EpisodicMemory:
    if folder is None:
        return InProcessMemory(embedder)
    settings = get_settings()
    return OnDiskMemory(
        folder, embedder, record=record or settings.record_url, index=index or settings.index_server
    )
