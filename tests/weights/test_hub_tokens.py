"""Tokens and passwords go to nobody else, and odd addresses are refused."""

from __future__ import annotations

import logging

import httpx
import pytest
from huggingface_hub import constants

from roleagent import weights
from roleagent.errors import (
    ConfigurationError,
    ModelFetchError,
)
from roleagent.weights import hub
from roleagent.weights.download import Downloader
from roleagent.weights.hub_name import HubName

from .conftest import sha256
from .imitation import FILES, MODEL, NAME


def test_a_token_is_not_sent_to_a_mirror_nor_written_anywhere(pull, imitation, settings, caplog, told):
    """A mirror is somebody else's machine."""
    caplog.set_level(logging.DEBUG)
    pull(NAME)
    assert imitation.site.tokens == [None, None]
    kept = b"".join(path.read_bytes() for path in settings.models_dir.rglob("*") if path.is_file())
    assert b"hf_secret" not in kept
    assert "hf_secret" not in caplog.text + repr(told.events)


@pytest.mark.parametrize(
    ("url", "is_sent"),
    [
        ("https://huggingface.co/api/models/a/b", True),
        ("http://huggingface.co/api/models/a/b", False),
        ("https://huggingface.co:8443/a", False),
        ("https://huggingface.co.example.org/a", False),
        ("https://example.org/huggingface.co", False),
        ("https://huggingface.co@example.org/a", False),
        ("https://cdn-lfs.huggingface.co/a", False),
    ],
)
def test_a_token_goes_to_the_hubs_own_host_only(monkeypatch, url, is_sent):
    """By scheme, host and port, not by looks."""
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert hub.headers_for(url) == ({"Authorization": "Bearer hf_secret"} if is_sent else {})


@pytest.mark.parametrize("token", ["hf_se cret", "hf_sécret", "hf_se\x01cret"])
def test_a_token_that_cannot_be_sent_is_not_shown(monkeypatch, token):
    """The HTTP library would print it."""
    monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(ConfigurationError, match=r"HF_TOKEN is no token") as caught:
        hub.headers_for("https://huggingface.co/a")
    assert "cret" not in str(caught.value)


@pytest.mark.parametrize("size", ["", "x", "9" * 5000, "-1"])
def test_a_size_that_makes_no_sense_is_refused(pull, imitation, size):
    """A header is foreign too."""
    imitation.offer(FILES, siblings=[{"rfilename": "m-Q4_K_M.gguf"}])
    linked = {"X-Linked-Etag": f'"{sha256(MODEL)}"', "X-Linked-Size": size}
    imitation.site.linked[imitation.file("m-Q4_K_M.gguf")] = linked
    with pytest.raises(ModelFetchError, match=r"has no sha256 of|could not be fetched"):
        pull(NAME)


def test_a_token_stays_behind_when_the_hub_sends_elsewhere(monkeypatch, tmp_path):
    """Large files lie on other machines, with signed addresses."""
    seen = []

    def answer(request):
        seen.append((request.url.host, request.headers.get("Authorization")))
        if request.url.host == "huggingface.co":
            return httpx.Response(302, headers={"Location": "https://cdn.example.org/x?sig=1"})
        return httpx.Response(200, content=iter([b"{}"]))

    downloader = Downloader()
    downloader._client = httpx.Client(transport=httpx.MockTransport(answer), follow_redirects=True)
    downloader.read("https://huggingface.co/x", most=10, headers={"Authorization": "Bearer hf_secret"})
    assert seen == [("huggingface.co", "Bearer hf_secret"), ("cdn.example.org", None)]


def test_a_listing_does_not_come_over_an_unprotected_connection():
    """The listing is what vouches for the bytes; the token stays behind here too."""
    tokens = []

    def answer(request):
        tokens.append(request.headers.get("Authorization"))
        if request.url.scheme == "https":
            return httpx.Response(302, headers={"Location": "http://huggingface.co/x"})
        return httpx.Response(200, content=iter([b"{}"]))

    downloader = Downloader()
    downloader._client = httpx.Client(transport=httpx.MockTransport(answer), follow_redirects=True)
    with pytest.raises(ModelFetchError, match=r"https://huggingface\.co/x leads to http://huggingface\.co/x"):
        downloader.read("https://huggingface.co/x", most=10, headers={"Authorization": "Bearer hf_secret"})
    assert tokens == ["Bearer hf_secret", None]


@pytest.mark.parametrize("address", ["hub", "", "file:///x", "https://"])
def test_an_endpoint_that_is_no_address_is_refused(pull, monkeypatch, address):
    """With the variable's name."""
    monkeypatch.setattr(constants, "ENDPOINT", address)
    with pytest.raises(ConfigurationError, match=r"HF_ENDPOINT is '.*'\. Write an address such as"):
        pull(NAME)


def test_a_hub_out_of_reach_is_said(pull, monkeypatch):
    """As for every other source."""
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(
        ModelFetchError, match=r"127\.0\.0\.1 cannot be reached.*Check the network and HF_ENDPOINT"
    ):
        pull(NAME)


def test_an_endpoints_password_is_not_kept(site, downloader, imitation, monkeypatch):
    """A company's mirror may have one."""
    monkeypatch.setattr(constants, "ENDPOINT", site.url.replace("//", "//ann:secret@"))
    record = hub.ask(HubName.parse(NAME), downloader)
    assert record.endpoint == site.url


def test_a_name_with_tricks_reaches_nobody(pull, imitation, settings):
    """Neither the hub nor the disk."""
    with pytest.raises(ConfigurationError, match=r"FILE is not a plain relative path"):
        pull("hf:ann/m-GGUF:../../x.gguf")
    with pytest.raises(ConfigurationError):
        weights.local_path("hf:ann/m-GGUF:../../x.gguf", settings)
    assert imitation.site.asked == []
