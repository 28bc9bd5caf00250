"""Transfers go on where they broke off, stop at what was promised, and blame the right party."""

from __future__ import annotations

import hashlib
import re
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from roleagent.errors import HashMismatchError, ModelFetchError
from roleagent.weights.download import Downloader
from roleagent.weights.files import Meter

CONTENT = bytes(range(256)) * 40


@pytest.fixture
def fetch(site, downloader, told, tmp_path):
    """Fetch /w.bin of the site, expecting CONTENT, into the test's folder."""

    def go(path="/w.bin", content=CONTENT):
        return downloader.fetch(
            site.url + path,
            tmp_path / "w.bin",
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            origin="the site",
            meter=Meter(told, model="m", doing="fetching", total=len(content)),
        )

    return go


def test_a_file_arrives_whole_with_progress_to_the_end(site, fetch, told):
    """The plain case."""
    site.files["/w.bin"] = CONTENT
    assert fetch().read_bytes() == CONTENT
    assert told.events[-1].done == told.events[-1].total == len(CONTENT)


def test_a_cut_connection_is_taken_up_where_it_broke(site, fetch):
    """A bad line costs what was lost, not the whole file again."""
    site.files["/w.bin"], site.cuts["/w.bin"] = CONTENT, [5000, 3000]
    assert fetch().read_bytes() == CONTENT
    assert site.asked == [("/w.bin", None), ("/w.bin", "bytes=5000-"), ("/w.bin", "bytes=8000-")]


def test_a_later_call_goes_on_from_what_an_earlier_one_left(site, fetch, tmp_path):
    """Switching the computer off is a cut connection too."""
    (tmp_path / "w.bin.part").write_bytes(CONTENT[:6000])
    site.files["/w.bin"] = CONTENT
    assert fetch().read_bytes() == CONTENT
    assert site.asked == [("/w.bin", "bytes=6000-")]


def test_a_finished_part_needs_no_transfer(site, fetch, tmp_path):
    """All bytes were there, only the name was missing."""
    (tmp_path / "w.bin.part").write_bytes(CONTENT)
    assert fetch().read_bytes() == CONTENT
    assert site.asked == []


def test_a_server_without_ranges_is_read_from_the_start(site, fetch, told, tmp_path):
    """Old servers answer with everything: it must not be appended to what is there."""
    (tmp_path / "w.bin.part").write_bytes(CONTENT[:6000])
    site.files["/w.bin"], site.knows_ranges = CONTENT, False
    assert fetch().read_bytes() == CONTENT
    assert len(site.asked) == 1
    assert told.events[-1].done == len(CONTENT)


def test_a_server_that_goes_on_elsewhere_is_not_believed(site, fetch, tmp_path):
    """Bytes from another place than asked would be spliced into the file."""
    (tmp_path / "w.bin.part").write_bytes(CONTENT[:6000])
    site.files["/w.bin"], site.shift = CONTENT, 10
    assert fetch().read_bytes() == CONTENT
    assert site.asked == [("/w.bin", "bytes=6000-"), ("/w.bin", None)]


def test_a_leftover_of_a_longer_file_is_settled_by_the_server(site, fetch, tmp_path):
    """The server knows fewer bytes than are there: the file is not the promised one."""
    (tmp_path / "w.bin.part").write_bytes(CONTENT[:6000])
    site.files["/w.bin"] = CONTENT[:5000]
    with pytest.raises(HashMismatchError, match=r"the site has 5,000 bytes"):
        fetch()
    assert not (tmp_path / "w.bin.part").exists()


def test_a_server_that_never_gets_on_is_given_up(site, fetch):
    """No endless loop; what came stays for the next attempt."""
    site.files["/w.bin"], site.cuts["/w.bin"] = CONTENT, [100, 0, 0, 0, 0, 0]
    with pytest.raises(ModelFetchError, match=r"/w\.bin broke off after 100 of 10,240 bytes"):
        fetch()
    assert len(site.asked) == 4
    site.cuts.clear()
    assert fetch().read_bytes() == CONTENT
    assert site.asked[-1] == ("/w.bin", "bytes=100-")


def test_altered_bytes_are_refused_and_the_source_named(site, fetch, tmp_path):
    """A source that lies delivers nothing."""
    site.files["/w.bin"] = CONTENT[:-1] + b"?"
    with pytest.raises(HashMismatchError, match=r"the site delivered other bytes for 'w\.bin'"):
        fetch()
    assert list(tmp_path.glob("w.bin*")) == []


def test_a_wrong_length_is_refused_before_the_transfer(site, fetch, told):
    """A login page or another version is seen at once, not after a gigabyte."""
    site.files["/w.bin"] = CONTENT + b"more"
    with pytest.raises(HashMismatchError, match=r"the site has 10,244 bytes for 'w\.bin', where 10,240"):
        fetch()
    assert all(event.done == 0 for event in told.events)


def test_a_spoilt_leftover_is_not_blamed_on_the_source(site, fetch, told, tmp_path):
    """After resuming over bad bytes the file is fetched once more from the start."""
    (tmp_path / "w.bin.part").write_bytes(b"?" * 6000)
    site.files["/w.bin"] = CONTENT
    assert fetch().read_bytes() == CONTENT
    assert site.asked == [("/w.bin", "bytes=6000-"), ("/w.bin", None)]
    assert "from the start" in told.notes[0]


def test_a_refusal_tells_the_status_without_credentials(site, downloader, told, tmp_path):
    """Signed links and passwords stay out of messages and logs."""
    url = site.url.replace("http://", "http://ada:secret@") + "/gone?signature=secret"
    meter = Meter(told, model="m", doing="fetching", total=1)
    with pytest.raises(ModelFetchError, match=r"/gone answered 404 Not Found$") as caught:
        downloader.fetch(url, tmp_path / "f", size=1, sha256="0" * 64, origin="x", meter=meter)
    assert "secret" not in str(caught.value)


def test_a_server_in_trouble_is_asked_again(site, fetch):
    """A 503 passes; after so many attempts it is given up."""
    site.statuses["/w.bin"] = 503
    with pytest.raises(ModelFetchError, match=r"the server answered 503"):
        fetch()
    assert len(site.asked) == 3


def test_redirects_are_followed_and_ranges_go_along(site, fetch, tmp_path):
    """Hubs send the caller on to a storage host."""
    (tmp_path / "w.bin.part").write_bytes(CONTENT[:6000])
    site.redirects["/here"], site.files["/there"] = "/there", CONTENT
    assert fetch("/here").read_bytes() == CONTENT
    assert site.asked[-1] == ("/there", "bytes=6000-")


def test_an_unreachable_host_is_met_only_once(downloader, told, tmp_path):
    """A closed network costs one wait, not one a file."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as reserved:
        port = reserved.server_port
    meter = Meter(told, model="m", doing="fetching", total=1)

    def ask(downloader: Downloader):
        downloader.fetch(
            f"http://127.0.0.1:{port}/f", tmp_path / "f", size=1, sha256="0" * 64, origin="x", meter=meter
        )

    refused = re.escape("127.0.0.1 cannot be reached")
    with pytest.raises(ModelFetchError, match=refused):
        ask(downloader)
    with HTTPServer(("127.0.0.1", port), BaseHTTPRequestHandler) as late:
        late.timeout = 0
        with pytest.raises(ModelFetchError, match=refused):
            ask(downloader)
