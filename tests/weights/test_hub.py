"""A GGUF file of the hub by name, from an imitation of the hub: pinned, verified, kept; faults explained."""

from __future__ import annotations

import json

import pytest

from roleagent import weights
from roleagent.errors import (
    ModelFetchError,
    ModelNotFoundError,
    ModelUnavailableError,
)

from .conftest import sha256
from .imitation import COMMIT, MODEL, NAME


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
