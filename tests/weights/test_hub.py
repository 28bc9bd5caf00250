"""A GGUF file of the hub by name, from an imitation of the hub: pinned, verified, kept; faults explained."""

from __future__ import annotations

import json
import logging

import httpx
import pytest
from huggingface_hub import constants

from roleagent import weights
from roleagent.errors import (
    ConfigurationError,
    HashMismatchError,
    ModelFetchError,
    ModelNotFoundError,
    ModelUnavailableError,
)
from roleagent.settings import Settings
from roleagent.weights import hub
from roleagent.weights.download import Downloader
from roleagent.weights.fetch import Fetcher
from roleagent.weights.hub_name import HubName

from .conftest import sha256

COMMIT = "a" * 40
MODEL = b"GGUF" + b"m" * 30_000
FILES = {"m-Q4_K_M.gguf": MODEL, "m-Q4_K_S.gguf": b"GGUFs", "README.md": b"# M"}
NAME = "hf:ann/m-GGUF:m-Q4_K_M.gguf"


class Imitation:
    """The hub's own answers about one repository, on the site."""

    def __init__(self, site, repo="ann/m-GGUF"):
        self.site, self.repo = site, repo

    def listing(self, revision="main"):
        at = "" if revision == "main" else f"/revision/{revision}"
        return f"/api/models/{self.repo}{at}?blobs=true"

    def file(self, path, commit=COMMIT):
        return f"/{self.repo}/resolve/{commit}/{path}"

    def offer(self, files, commit=COMMIT, revision="main", **more):
        siblings = [
            {
                "rfilename": path,
                "size": len(content),
                "blobId": "b",
                "lfs": {"sha256": sha256(content), "size": len(content), "pointerSize": 134},
            }
            for path, content in files.items()
        ]
        told = {"id": self.repo, "sha": commit, "gated": False, "tags": ["gguf", "license:apache-2.0"]}
        self.site.files[self.listing(revision)] = json.dumps({**told, "siblings": siblings, **more}).encode()
        for path, content in files.items():
            self.site.files[self.file(path, commit)] = content


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


def test_a_file_is_pulled_and_kept_with_what_the_hub_said(pull, settings, told):
    """The record is all that a later load needs."""
    path = pull(NAME)
    assert path == settings.models_dir / "_hub/ann/m-GGUF/main/m-Q4_K_M.gguf"
    assert path.read_bytes() == MODEL
    record = json.loads(path.with_name("m-Q4_K_M.gguf.json").read_text())
    assert (record["repo"], record["revision"], record["commit"]) == ("ann/m-GGUF", "main", COMMIT)
    assert record["licence"] == "apache-2.0"
    assert record["files"] == [{"path": path.name, "size": len(MODEL), "sha256": sha256(MODEL)}]
    assert told.notes == [f"0 MB, licence apache-2.0, commit {COMMIT}"]


def test_a_pulled_file_is_an_entry_like_any_other(pull, settings):
    """List, load, verify and path need nothing new."""
    path = pull(NAME)
    assert weights.local_path(NAME, settings) == path
    assert weights.is_present(NAME, settings)
    assert weights.verify(NAME, settings) == {}
    entry = weights.entries(settings)[NAME]
    assert (entry.licence, entry.role, entry.size) == ("apache-2.0", "llm", len(MODEL))


def test_a_part_of_the_name_is_enough_to_pull_and_to_load(pull, settings):
    """And the full name is what is kept."""
    path = pull("hf:ann/m-GGUF:q4_k_m")
    assert path.name == "m-Q4_K_M.gguf"
    assert weights.local_path("hf:ann/m-GGUF:Q4_K_M", settings) == path
    assert not weights.is_present("hf:ann/m-GGUF:Q4_K_S", settings)


def test_a_part_that_several_files_have_is_refused(pull):
    """With the names to choose from; nothing is downloaded."""
    with pytest.raises(
        ModelNotFoundError, match=r"(?s)several GGUF models.*m-Q4_K_M\.gguf\n.*m-Q4_K_S\.gguf"
    ):
        pull("hf:ann/m-GGUF:Q4_K")


def test_a_part_that_several_pulled_files_have_is_refused(pull, settings):
    """On this machine too."""
    pull(NAME)
    pull("hf:ann/m-GGUF:m-Q4_K_S.gguf")
    with pytest.raises(ModelNotFoundError, match=r"this machine has several GGUF models called 'Q4_K'"):
        weights.local_path("hf:ann/m-GGUF:Q4_K", settings)


def test_the_bytes_are_asked_for_at_the_commit(pull, imitation):
    """Between listing and download a branch may move."""
    pull(NAME)
    assert [path for path, _ in imitation.site.asked] == [
        imitation.listing(),
        imitation.file("m-Q4_K_M.gguf"),
    ]


def test_a_revision_has_a_folder_of_its_own(pull, imitation, settings):
    """Two revisions of a file can be compared."""
    imitation.offer({"m-Q4_K_M.gguf": b"GGUFold"}, commit="b" * 40, revision="v1%2Fold")
    old = pull("hf:ann/m-GGUF@v1/old:m-Q4_K_M.gguf")
    assert old.read_bytes() == b"GGUFold"
    assert pull(NAME).read_bytes() == MODEL
    assert len([name for name in weights.entries(settings) if name.startswith("hf:")]) == 2


def test_a_model_split_into_files_is_pulled_whole(pull, imitation, settings):
    """The first file is what llama.cpp is given."""
    parts = {f"big/b-Q8_0-0000{n}-of-00002.gguf": b"GGUF" + bytes([n]) * 9 for n in (1, 2)}
    imitation.offer(parts)
    path = pull("hf:ann/m-GGUF:Q8_0")
    assert path.name == "b-Q8_0-00001-of-00002.gguf"
    assert sorted(each.read_bytes() for each in path.parent.glob("*.gguf")) == sorted(parts.values())
    (name,) = [name for name in weights.entries(settings) if name.startswith("hf:")]
    assert name == "hf:ann/m-GGUF:big/b-Q8_0-00001-of-00002.gguf"
    path.with_name("b-Q8_0-00002-of-00002.gguf").unlink()
    assert not weights.is_present(name, settings)


def test_a_split_model_of_which_a_file_is_missing_is_refused(pull, imitation):
    """Before the first gigabyte."""
    imitation.offer({"b-00001-of-00002.gguf": b"GGUF"})
    with pytest.raises(ModelFetchError, match=r"'b-00002-of-00002\.gguf' is not among them"):
        pull("hf:ann/m-GGUF:b-")


def test_a_transfer_that_breaks_off_is_resumed(pull, imitation):
    """The existing download code does it."""
    imitation.site.cuts[imitation.file("m-Q4_K_M.gguf")] = [10_000]
    assert pull(NAME).read_bytes() == MODEL
    assert imitation.site.asked[-1][1] == "bytes=10000-"


def test_a_second_pull_asks_nobody_and_mends_what_is_damaged(pull, imitation):
    """The kept record says what the bytes must be, even if the branch has moved."""
    path = pull(NAME)
    num_asked = len(imitation.site.asked)
    pull(NAME)
    assert len(imitation.site.asked) == num_asked
    imitation.offer({"m-Q4_K_M.gguf": b"GGUFnew"}, commit="c" * 40)
    path.unlink()
    path.write_bytes(MODEL[:-1] + b"?")
    assert pull(NAME).read_bytes() == MODEL


def test_update_takes_what_the_branch_has_now(pull, imitation, settings):
    """An author mends a chat template."""
    pull(NAME)
    imitation.offer({"m-Q4_K_M.gguf": b"GGUFnew"}, commit="c" * 40)
    assert pull(NAME, update=True).read_bytes() == b"GGUFnew"
    assert weights.verify(NAME, settings) == {}


def test_an_absent_model_names_the_command_that_pulls_it(imitation, settings):
    """Nothing is downloaded by asking for its path."""
    with pytest.raises(ModelUnavailableError, match=rf"Run: roleagent models pull {NAME}"):
        weights.local_path(NAME, settings)
    assert not weights.is_present(NAME, settings)
    assert imitation.site.asked == []


def test_a_file_that_is_cut_short_or_changed_is_not_loaded(pull, settings):
    """The kept record is compared with what is on the disk."""
    path = pull(NAME)
    path.write_bytes(MODEL[:-1])
    with pytest.raises(ModelUnavailableError, match=r"not on this machine"):
        weights.local_path(NAME, settings)
    path.write_bytes(MODEL[:-1] + b"?")
    with pytest.raises(
        ModelUnavailableError, match=r"is damaged.*sha256.*models pull hf:ann/m-GGUF:m-Q4_K_M"
    ):
        weights.local_path(NAME, settings)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:20],
        lambda text: text.replace('"m-Q4_K_M.gguf"', '"../../../../x.gguf"'),
        lambda text: text.replace('"ann/m-GGUF"', '"bob/m-GGUF"'),
        lambda text: text.replace(COMMIT, "main"),
        lambda text: "[" * 100_000,
        lambda text: " " * (2 << 20),
    ],
)
def test_a_damaged_record_is_named_left_out_of_the_list_and_replaced(pull, settings, change, caplog):
    """A record is a file that anybody may have edited."""
    record = pull(NAME).with_name("m-Q4_K_M.gguf.json")
    record.write_text(change(record.read_text()))
    with pytest.raises(ModelUnavailableError, match=r"The record of a model, .*gguf\.json', cannot be used"):
        weights.local_path(NAME, settings)
    assert NAME not in weights.entries(settings)
    assert "cannot be used" in caplog.text
    pull(NAME)
    assert NAME in weights.entries(settings)


def test_other_bytes_than_the_hub_promised_are_refused(pull, imitation, settings):
    """A mirror that lies, or a broken proxy; nothing is left that could be loaded."""
    imitation.site.files[imitation.file("m-Q4_K_M.gguf")] = MODEL[:-1] + b"?"
    with pytest.raises(ModelFetchError, match=r"delivered other bytes for 'm-Q4_K_M\.gguf'.*were promised"):
        pull(NAME)
    assert not weights.is_present(NAME, settings)
    assert issubclass(HashMismatchError, ModelFetchError)


REFUSALS = [
    ("listing", 401, "", ModelNotFoundError, r"there is no 'ann/m-GGUF'.*or it is private.*HF_TOKEN"),
    ("listing", 404, "RepoNotFound", ModelNotFoundError, r"there is no 'ann/m-GGUF'"),
    (
        "listing",
        404,
        "RevisionNotFound",
        ModelNotFoundError,
        r"no revision 'main', or no longer.*Choose one at",
    ),
    (
        "listing",
        403,
        "GatedRepo",
        ModelFetchError,
        r"is gated\. Accept its terms at https://huggingface\.co/ann",
    ),
    ("listing", 429, "", ModelFetchError, r"too many requests\. Wait"),
    ("listing", 503, "", ModelFetchError, r"answered 503.*Try again later"),
    ("file", 401, "GatedRepo", ModelFetchError, r"is gated.*HF_TOKEN.*sent to huggingface\.co only"),
    ("file", 403, "", ModelFetchError, r"refuses access and is probably gated"),
    ("file", 404, "EntryNotFound", ModelFetchError, r"the file is not in 'ann/m-GGUF'"),
    ("file", 404, "RevisionNotFound", ModelFetchError, r"no revision 'a{40}'.*models pull --update NAME"),
]


@pytest.mark.parametrize(("where", "status", "code", "kind", "message"), REFUSALS)
def test_a_refusal_is_explained_with_the_way_out(pull, imitation, where, status, code, kind, message):
    """One clear error each."""
    path = imitation.listing() if where == "listing" else imitation.file("m-Q4_K_M.gguf")
    imitation.site.statuses[path] = status
    if code:
        imitation.site.codes[path] = code
    with pytest.raises(kind, match=message):
        pull(NAME)


def test_a_file_that_is_not_there_is_named_with_those_that_are(pull):
    """A typing mistake costs one look."""
    with pytest.raises(
        ModelNotFoundError, match=r"no GGUF model called 'Q8_0'. Choose one:\n.*m-Q4_K_M\.gguf"
    ):
        pull("hf:ann/m-GGUF:Q8_0")
    with pytest.raises(ModelNotFoundError, match=r"no GGUF model called 'README\.md'"):
        pull("hf:ann/m-GGUF:README.md")


def test_a_commit_must_be_the_one_that_was_asked_for(pull, imitation):
    """A commit is a promise of certain bytes."""
    imitation.offer(FILES, revision="b" * 40)
    with pytest.raises(ModelFetchError, match=r"answers for commit a{40}, not for b{40}"):
        pull(f"hf:ann/m-GGUF@{'b' * 40}:Q4_K_M")


@pytest.mark.parametrize(
    "answer",
    [b"<html>", b"[]", b'{"sha": "x"}', b'{"siblings": 3}', b"[" * 200_000, b"\xff", b""],
)
def test_an_answer_that_is_no_listing_is_said(pull, imitation, answer):
    """A captive portal, say."""
    imitation.site.files[imitation.listing()] = answer
    with pytest.raises(ModelFetchError, match=r"gives no listing of 'ann/m-GGUF'.*Is HF_ENDPOINT"):
        pull(NAME)


def test_a_listing_beyond_all_measure_is_broken_off(pull, imitation, monkeypatch):
    """Memory is not the server's to fill."""
    monkeypatch.setattr(hub, "_LARGEST_LISTING", 1000)
    imitation.offer({f"{n}.gguf": b"GGUF" for n in range(20)})
    with pytest.raises(
        ModelFetchError, match=r"answers with more than 1,000 bytes.*Check the network and HF_ENDPOINT"
    ):
        pull(NAME)


@pytest.mark.parametrize("where", ["listing", "file"])
def test_redirects_in_a_circle_end(pull, imitation, where):
    """With the address, and soon."""
    path = imitation.listing() if where == "listing" else imitation.file("m-Q4_K_M.gguf")
    imitation.site.redirects[path] = path
    with pytest.raises(ModelFetchError, match=r"http://127\.0\.0\.1.*[Rr]edirect"):
        pull(NAME)


def test_a_renamed_repository_is_followed(pull, imitation):
    """The hub sends old names on."""
    old = imitation.listing().replace("ann", "anna")
    imitation.site.redirects[old] = imitation.listing()
    imitation.site.redirects["/anna" + imitation.file("m-Q4_K_M.gguf")[4:]] = imitation.file("m-Q4_K_M.gguf")
    assert pull(NAME.replace("ann/", "anna/")).read_bytes() == MODEL


def test_paths_with_tricks_in_a_listing_are_no_candidates(pull, imitation):
    """A repository's author chooses file names too."""
    imitation.offer({"../x-Q8_0.gguf": b"GGUF", "y\n-Q8_0.gguf": b"GGUF", "z-Q8_0.gguf": MODEL})
    assert pull("hf:ann/m-GGUF:Q8_0").name == "z-Q8_0.gguf"


def test_a_mirror_without_hashes_in_its_listing_is_asked_for_the_file(pull, imitation):
    """The header that the hub gives a file's own address."""
    imitation.offer(FILES, siblings=[{"rfilename": "m-Q4_K_M.gguf"}])
    linked = {
        "X-Linked-Etag": f'"{sha256(MODEL)}"',
        "X-Linked-Size": str(len(MODEL)),
        "Location": "/elsewhere",
    }
    imitation.site.linked[imitation.file("m-Q4_K_M.gguf")] = linked
    assert pull(NAME).read_bytes() == MODEL


@pytest.mark.parametrize(
    "lfs", [{}, {"sha256": "x", "size": 3}, {"sha256": "0" * 64, "size": -1}, {"sha256": "0" * 64}]
)
def test_a_file_without_a_hash_is_refused(pull, imitation, lfs):
    """What cannot be verified is not loaded."""
    imitation.offer(FILES, siblings=[{"rfilename": "m-Q4_K_M.gguf", "lfs": lfs}])
    with pytest.raises(ModelFetchError, match=r"has no sha256 of 'm-Q4_K_M\.gguf'.*llama-cpp:PATH\.gguf"):
        pull(NAME)


@pytest.mark.parametrize(
    ("card", "tags", "licence"),
    [
        ({"license": "llama3.2"}, [], "llama3.2"),
        ({"license": "other", "license_name": "qwen-research"}, [], "other: qwen-research"),
        ({"license": ["mit", "apache-2.0"]}, [], "mit, apache-2.0"),
        (None, ["license:gemma"], "gemma"),
        (None, [], "unknown"),
    ],
)
def test_the_licence_is_the_one_that_the_hub_tells(pull, imitation, settings, card, tags, licence):
    """In its own words."""
    imitation.offer(FILES, cardData=card, tags=tags)
    pull(NAME)
    assert weights.entries(settings)[NAME].licence == licence


def test_a_switched_off_hub_is_not_asked(pull, imitation, monkeypatch):
    """HF_HUB_OFFLINE is the user's word; what is kept still loads."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelUnavailableError, match=r"HF_HUB_OFFLINE forbids it\. Unset it and run"):
        pull(NAME)
    assert imitation.site.asked == []


def test_offline_what_is_kept_is_verified_and_nothing_else_is_looked_up(pull, imitation, settings):
    """ROLEAGENT_OFFLINE holds for the hub too."""
    path = pull(NAME)
    num_asked = len(imitation.site.asked)
    with Fetcher(settings=Settings(models_dir=settings.models_dir, offline=True)) as fetcher:
        assert fetcher.pull(NAME) == path
        with pytest.raises(ModelUnavailableError, match=r"ROLEAGENT_OFFLINE forbids it"):
            fetcher.pull("hf:ann/m-GGUF:Q4_K_S")
    assert len(imitation.site.asked) == num_asked


def test_files_of_the_users_own_are_verified_against_the_hub(pull, imitation, tmp_path):
    """Fetched by other means."""
    (tmp_path / "usb.gguf").write_bytes(MODEL)
    assert pull(NAME, from_path=tmp_path / "usb.gguf").read_bytes() == MODEL
    assert [path for path, _ in imitation.site.asked] == [imitation.listing()]


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
