"""A home: the folder that keeps everything. It can be maintained without any model."""

from __future__ import annotations

import logging
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from roleagent.formats.load import known_personas
from roleagent.home.checkpoints import open_checkpointer
from roleagent.home.export import export_document, persona_entry, write_export
from roleagent.home.forgetting import Forgetting, store_of
from roleagent.home.media_folder import attachment_id, media_files, move_media
from roleagent.memory.in_process import InProcessMemory
from roleagent.memory.on_disk import OnDiskMemory
from roleagent.persona.identity import former_id, is_edited, marks_of, name_key, says_all
from roleagent.protocols import MemoryWithRecord
from roleagent.settings import get_settings
from roleagent.types import EVERYTHING, ForgetReceipt, Owner, Selection

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from roleagent.home.checkpoints import Checkpointer
    from roleagent.home.retention import Retention
    from roleagent.persona.persona import Persona
    from roleagent.protocols import EpisodicMemory

CHECKPOINTS_NAME = "checkpoints.db"
MEDIA_NAME = "media"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How much is kept of one user with one persona.

    Attributes:
        counts: table of the record -> number of rows.
        num_threads: conversations.
        num_media: pictures and recordings.
        media_bytes: the size of these files.
    """

    owner: Owner
    counts: Mapping[str, int]
    num_threads: int
    num_media: int
    media_bytes: int


class Home:
    """Everything that is kept on disk: the record, its index, checkpoints, pictures and recordings.

    An agent has one. Without an agent it needs no model. Opening a home finishes an erasure that was
    interrupted.

    Args:
        folder: created if missing; None keeps nothing on disk.
        record: where the record lies if not in the folder, see `OnDiskMemory`. Default: `Settings.record`.
        index: the server of the index, see `OnDiskMemory`. Default: `Settings.index`.
        embedder: makes vectors; None if nothing is searched by meaning.
        memory: keeps the episodes instead of the one in the folder; closed together with the home.

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
        root = self._passing.path if self._passing else self.folder
        assert root is not None
        self._media = root / MEDIA_NAME
        self.memory = memory or _open_memory(self.folder, record, index, embedder)
        try:
            self.checkpointer: Checkpointer = open_checkpointer(
                self.folder / CHECKPOINTS_NAME if self.folder else ":memory:"
            )
            self._forgetting = Forgetting(self.folder, self.memory, self.checkpointer, media=self._media)
            self._forgetting.finish()
            self._forgetting.collect_media()
        except BaseException:
            self.memory.close()
            raise

    # ── forgetting: see `home.forgetting` ────────────────────────────────────────────────

    def forget(self, owner: Owner, what: Selection = EVERYTHING) -> ForgetReceipt:
        """Erase the selected data of a user with a persona, everywhere in the home; see docs/memory.md.

        No turn of theirs may run at the same time: `Conversation.forget` waits for those of this process.

        Raises:
            InputError: words to match are blank, or a moment has no zone. Nothing was erased.
            StoreError: something cannot be erased. The next opening of the home finishes it, unless it is
            requested again before; data from after the request stays.
        """
        return self._forgetting.forget(owner, what)

    def apply_retention(
        self, retention: Retention, *, persona_id: str = "", now: datetime | None = None
    ) -> list[ForgetReceipt]:
        """Erase what a policy no longer keeps; return a receipt for each user with erased data.

        Pictures and recordings that no episode shows any more are erased, too.

        Args:
            retention: the policy.
            persona_id: of one persona alone; empty for all.
            now: a moment with a time zone. Default: the present.

        Raises:
            InputError: `now` has no time zone; or the memory is the application's own, which must apply
            retention itself.
            StoreError: see `forget`.
        """
        return self._forgetting.apply_retention(retention, persona_id=persona_id, now=now)

    def drop_unused_media(self, owner: Owner) -> int:
        """Erase a user's pictures and recordings that no episode shows, nor a turn that waits for approval.

        Does nothing while turns of this user run in this process, because these may be about to show the
        files.

        Returns:
            The number of files that were erased.
        """
        return self._forgetting.drop_unused_media(owner)

    # ── handing over ─────────────────────────────────────────────────────────────────────

    def export(self, user_id: str, *, persona_id: str = "") -> dict[str, Any]:  # Any: JSON
        """Everything that is kept of a user, with every persona or with one, as JSON values.

        Raises:
            InputError: `persona_id` is empty, and the memory is one of the application's own.
        """
        entries = [
            persona_entry(
                owner.persona_id,
                self.memory.export(owner),
                last_states=self.checkpointer.values(f"{owner.name}/"),
                files={attachment_id(path): path for path in media_files(self.media_folder(owner))},
            )
            for owner in self._owners_of(user_id, persona_id)
        ]
        return export_document(user_id, entries, at=datetime.now(UTC))

    def export_to(self, path: Path | str, user_id: str, *, persona_id: str = "") -> dict[str, Any]:
        """`export` to a new folder, or to a file that ends in ``.zip``, with their files and a README.

        Raises:
            InputError: see `export`; or the path exists.
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
        return [owner for owner in store_of(self.memory).owners() if owner.user_id == user_id]

    # ── another id ───────────────────────────────────────────────────────────────────────

    def adopt(self, persona: Persona) -> None:
        """Take over what earlier releases kept of a character under the id that they gave it.

        Only if these are certainly its own, because no speaker in them has another name. Others stay where
        they are, with a warning. See docs/memory.md.

        Raises:
            StoreError: it cannot be read or written.
        """
        if not isinstance(self.memory, MemoryWithRecord):
            return
        store = self.memory.store
        former = former_id(persona.id, persona.name)
        names = {
            name_key(name) for name in (persona.name, *(each.name for each in persona.renderings)) if name
        }
        is_anothers = former in known_personas()

        def is_own(spoke: tuple[str, ...]) -> bool:
            known = {name_key(name) for name in spoke if name}
            return not is_anothers and known <= names and (bool(known) or says_all(persona.name))

        adoption = store.adopt(persona.id, former, is_own)
        if former is None:
            return
        self._follow_edits(persona)
        for user_id in store.users(persona.id):
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
        """Take over the memories of the character from before its file was edited, which changed its id."""
        from roleagent.store import Character

        store, marks = store_of(self.memory), marks_of(persona.summary)
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
        """Move everything of a persona and user to another persona's id, except a turn waiting for approval.

        No turn of this user may run at the same time.

        Raises:
            InputError: nothing is kept, or something is under that id already; or the memory is one of the
                application's own.
            StoreError: it cannot be read or written.
        """
        store_of(self.memory).move(owner, persona_id)
        self._bring_along(owner, persona_id)

    def _bring_along(self, owner: Owner, persona_id: str) -> None:
        """Move what is filed under the owner's name after the record. Repeating it changes nothing."""
        if store_of(self.memory).state(owner) is not None:
            return
        self.checkpointer.delete_threads(f"{owner.name}/")
        if isinstance(self.memory, MemoryWithRecord):
            self.memory.rebuild(owner)  # nothing is left to index: the index under the former name is erased
        move_media(self.media_folder(owner), self.media_folder(replace(owner, persona_id=persona_id)))

    # ── looking after it ─────────────────────────────────────────────────────────────────

    def stats(self) -> list[Kept]:
        """How much is kept of every user with every persona, sorted.

        Raises:
            InputError: the memory is one of the application's own.
        """
        store = store_of(self.memory)
        media = {owner: media_files(self.media_folder(owner)) for owner in store.owners()}
        return [
            Kept(
                owner=owner,
                counts=store.counts(owner),
                num_threads=len(store.threads(owner)),
                num_media=len(files),
                media_bytes=sum(path.stat().st_size for path in files),
            )
            for owner, files in media.items()
        ]

    def media_folder(self, owner: Owner) -> Path:
        """The folder of a user's pictures and recordings with a persona.

        If nothing is kept on disk, it is a temporary folder that is deleted when the home is closed.
        """
        return self._media / owner.name

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


class _PassingFolder:
    """A temporary folder that is deleted when it is removed or no longer referenced."""

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
