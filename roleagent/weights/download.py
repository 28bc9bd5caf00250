"""One URL into one file over HTTP: resumed, retried, bounded, verified."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from roleagent.errors import HashMismatchError, ModelFetchError
from roleagent.weights.files import Meter, PartFile


class RefusedError(ModelFetchError):
    """A server answered with an error.

    Attributes:
        status: of the answer, such as 404.
        code: what the hub's servers say in ``X-Error-Code``, such as ``GatedRepo``; empty if they do not.
    """

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(
            f"{_shown(str(response.url))} answered {response.status_code} {response.reason_phrase}"
        )
        self.status = response.status_code
        self.code = response.headers.get("X-Error-Code", "")


class _BrokenOffError(Exception):
    """A transfer that ended early and can be resumed."""


class Downloader:
    """Fetches files over HTTP. A host that could not be reached once is not asked again.

    Args:
        connect_timeout_s: how long to wait for a connection; short, so that a missing network shows at once.
        read_timeout_s: how long a connection may stay silent.
        attempts: how often to resume a transfer that broke off without a single new byte.
        pause_s: wait before the first such attempt; it doubles each time.
    """

    def __init__(
        self,
        *,
        connect_timeout_s: float = 5.0,
        read_timeout_s: float = 60.0,
        attempts: int = 5,
        pause_s: float = 0.5,
    ) -> None:
        timeout = httpx.Timeout(read_timeout_s, connect=connect_timeout_s)
        self._client = httpx.Client(timeout=timeout, follow_redirects=True)
        self._attempts, self._pause_s = attempts, pause_s
        self._unreachable: dict[str, str] = {}

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def fetch(
        self,
        url: str,
        target: Path,
        *,
        size: int,
        sha256: str,
        origin: str,
        meter: Meter,
        headers: Mapping[str, str] | None = None,
    ) -> Path:
        """Fill `target` from `url`, continuing what an earlier call left in ``<target>.part``.

        `origin` is the source's name for messages; `size` is in bytes.

        Raises:
            HashMismatchError: the bytes do not match `size` and `sha256`.
            ModelFetchError: the transfer did not succeed.
        """
        part = PartFile(target, size=size, sha256=sha256, origin=origin, meter=meter)
        resumed = part.length > 0
        try:
            self._fill(part, url, headers or {})
            return part.finish()
        except HashMismatchError:
            if not resumed:
                raise
        # What an earlier run left may be at fault, so a source is blamed only for its own transfer.
        meter.note(f"{target.name!r} did not verify after resuming: fetching it again from the start")
        part.clear()
        self._fill(part, url, headers or {})
        return part.finish()

    def read(self, url: str, *, most: int, headers: Mapping[str, str] | None = None) -> bytes:
        """The bytes at `url`, an answer of up to `most` bytes.

        Raises:
            RefusedError: the server answered with an error.
            ModelFetchError: it gave no answer, a larger one, or sent from an ``https:`` address elsewhere
                without https.
        """
        with self._answer("GET", url, headers or {}) as response:
            way = [each.url.scheme for each in (*response.history, response)]
            if response.is_redirect or (way[0] == "https" and "http" in way):
                raise ModelFetchError(f"{_shown(url)} leads to {_shown(str(response.url))}")
            body = bytearray()
            for chunk in response.iter_raw():
                body += chunk
                if len(body) > most:
                    raise ModelFetchError(f"{_shown(url)} answers with more than {most:,} bytes")
            return bytes(body)

    def head(self, url: str, *, headers: Mapping[str, str] | None = None) -> Mapping[str, str]:
        """The headers of the answer of `url` itself, even if it sends elsewhere.

        Raises:
            RefusedError: the server answered with an error.
            ModelFetchError: it gave no answer.
        """
        with self._answer("HEAD", url, headers or {}, follow=False) as response:
            return response.headers

    @contextmanager
    def _answer(
        self, method: str, url: str, headers: Mapping[str, str], *, follow: bool = True
    ) -> Iterator[httpx.Response]:
        """One request without a body, whose answer is no error."""
        self._refuse_unreachable(url)
        asked = {**headers, "Accept-Encoding": "identity"}
        try:
            with self._client.stream(method, url, headers=asked, follow_redirects=follow) as response:
                if response.is_error:
                    raise RefusedError(response)
                yield response
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            self._unreachable[urlsplit(url).netloc] = str(error) or type(error).__name__
            self._refuse_unreachable(url)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ModelFetchError(f"{_shown(url)}: {str(error) or type(error).__name__}") from error

    def _fill(self, part: PartFile, url: str, headers: Mapping[str, str]) -> None:
        """Resume the transfer until it is complete, or stops making progress."""
        failures = 0
        while part.length < part.size:
            before = part.length
            try:
                self._transfer(part, url, headers)
            except _BrokenOffError as error:
                failures = 0 if part.length > before else failures + 1
                if failures >= self._attempts:
                    raise ModelFetchError(
                        f"{_shown(url)} broke off after {part.length:,} of {part.size:,} bytes ({error})"
                    ) from error
                time.sleep(self._pause_s * 2**failures)

    def _transfer(self, part: PartFile, url: str, headers: Mapping[str, str]) -> None:
        """One request, from where the part ends."""
        self._refuse_unreachable(url)
        asked = {**headers, "Accept-Encoding": "identity"}
        if part.length:
            asked["Range"] = f"bytes={part.length}-"
        try:
            with self._client.stream("GET", url, headers=asked) as response:
                _accept(response, part)
                for chunk in response.iter_raw():
                    part.append(chunk)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            self._unreachable[urlsplit(url).netloc] = str(error) or type(error).__name__
            self._refuse_unreachable(url)
        except httpx.TransportError as error:
            raise _BrokenOffError(str(error) or type(error).__name__) from error
        except httpx.HTTPError as error:
            raise ModelFetchError(f"{_shown(url)}: {error}") from error
        if part.length < part.size:
            raise _BrokenOffError("the server ended it early")

    def _refuse_unreachable(self, url: str) -> None:
        host = urlsplit(url).netloc
        if reason := self._unreachable.get(host):
            raise ModelFetchError(f"{urlsplit(url).hostname} cannot be reached ({reason})")


def _accept(response: httpx.Response, part: PartFile) -> None:
    """Check a response's headers: start over if the server cannot resume, refuse a file of another length."""
    status = response.status_code
    if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        part.clear()
        raise _BrokenOffError("the server has no more of the file than is here")
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise _BrokenOffError(f"the server answered {status}")
    if status not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
        raise RefusedError(response)
    start, total = _extent(response)
    if total is not None and total != part.size:
        part.clear()
        raise HashMismatchError(
            f"{part.origin} has {total:,} bytes for {part.target.name!r}, where {part.size:,} were promised"
        )
    if start != part.length:
        part.clear()
        if start:
            raise _BrokenOffError("the server went on at another place than asked")


def _extent(response: httpx.Response) -> tuple[int, int | None]:
    """Where the answer's bytes begin, and how long the whole file is if the server says so."""
    if response.status_code == httpx.codes.PARTIAL_CONTENT:
        match = re.match(r"bytes (\d+)-\d+/(\d+|\*)$", response.headers.get("Content-Range", ""))
        if match:
            return int(match[1]), None if match[2] == "*" else int(match[2])
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if length.isdecimal() else None


def _shown(url: str) -> str:
    """A URL without credentials and signatures."""
    pieces = urlsplit(url)
    return f"{pieces.scheme}://{pieces.hostname}{pieces.path}"
