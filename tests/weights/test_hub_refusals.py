"""What the hub refuses, lacks or tells wrongly."""

from __future__ import annotations

import pytest
from huggingface_hub import constants

from roleagent import weights
from roleagent.errors import (
    HashMismatchError,
    ModelFetchError,
    ModelNotFoundError,
    ModelUnavailableError,
)
from roleagent.settings import Settings
from roleagent.weights import hub
from roleagent.weights.fetch import Fetcher

from .conftest import sha256
from .imitation import FILES, MODEL, NAME


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
