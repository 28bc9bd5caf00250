"""Tests of the store of record: one transaction a commit, nothing half written, nothing mixed up."""

import os
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roleagent.errors import InputError, StoreError
from roleagent.store import Store
from roleagent.types import STRANGER, Attachment, Episode, Fact, GraphUpdate, Node, Owner, Sight, Thread

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
ADA = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=ADA, thread_id="one")


def episode(number: int, thread: Thread = TALK, text: str = "", sight: Sight = STRANGER) -> Episode:
    return Episode(
        id=f"e{number}",
        thread=thread,
        sight=sight,
        turn_id=f"t{number}",
        speaker="user",
        text=text or f"utterance {number}",
        at=NOW + timedelta(minutes=number),
    )


def fact(id_: str = "f1", object_: str = "tea", **changes: object) -> Fact:
    plain = Fact(
        id=id_,
        subject="ada",
        relation="drinks",
        object=object_,
        text=f"Ada drinks {object_}.",
        layer="learned",
        recorded_at=NOW,
        evidence=("e1",),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def vector(*numbers: float) -> np.ndarray:
    return np.array(numbers, np.float32)


def test_what_was_committed_is_there_after_reopening(place: Any) -> None:
    """The whole point of a store: values come back equal, to the microsecond and the byte."""
    picture = Attachment(id="a", media_type="image/png", path="猫.png", name="猫.png", num_bytes=3)
    told = Sight(listener="watson", as_of="1887-04")
    said = replace(
        episode(1, sight=told, text="你好 🐈"),
        attachments=(picture,),
        at=NOW + timedelta(microseconds=7),
        lore_state='{"sticky": 2}',
    )
    node = Node(id="tea", type="artifact", label="Tea", aliases=("茶", "cha"), description="hot")
    secret = fact("f9", visibility=("watson", "user:ada"), layer="current", fixed=True, confidence=0.25)
    known = GraphUpdate(nodes=(node,), added=(fact(), secret))
    store = Store(place)
    store.commit(ADA, [(said, vector(0.6, 0.8))], known, embedder="x")
    store.close()
    store = Store(place)
    assert list(store.episodes(ADA)) == [said]
    assert [(id_, found.tolist()) for id_, found in store.embeddings(ADA) if found is not None] == [
        ("e1", vector(0.6, 0.8).tolist())
    ]
    assert store.learned(ADA) == known
    store.close()


def test_the_same_ids_again_change_nothing(store: Store) -> None:
    """A node of the workflow may run twice."""
    update = GraphUpdate(added=(fact(),))
    assert store.commit(ADA, [(episode(1), None)], update) == 1
    assert store.commit(ADA, [(replace(episode(1), text="other"), None)], update) == 0
    assert [each.text for each in store.episodes(ADA)] == ["utterance 1"]
    assert store.learned(ADA).added == (fact(),)


def test_recent_is_this_thread_oldest_first(store: Store) -> None:
    """The prompt continues one conversation, in the order it was held."""
    other = replace(TALK, thread_id="two")
    pairs = [(episode(n), None) for n in (3, 1, 2)] + [(episode(9, other), None)]
    store.commit(ADA, pairs)
    assert [each.id for each in store.recent(TALK, STRANGER, limit=2)] == ["e2", "e3"]
    assert [each.id for each in store.recent(other, STRANGER, limit=5)] == ["e9"]
    assert store.recent(TALK, STRANGER, limit=0) == []


def test_threads_are_listed_latest_first(store: Store) -> None:
    """The history command shows them so."""
    store.commit(ADA, [(episode(1), None), (episode(5, replace(TALK, thread_id="two")), None)])
    first, second = store.threads(ADA)
    assert (first.thread_id, first.num_episodes, first.last_at) == ("two", 1, NOW + timedelta(minutes=5))
    assert second.thread_id == "one"
    assert store.threads(Owner(persona_id="holmes", user_id="bob")) == []


def test_another_users_episode_is_refused_whole(store: Store) -> None:
    """A tenant's data never slips in beside another's; the rest of the commit is undone too."""
    bobs = episode(2, replace(TALK, owner=replace(ADA, user_id="bob")))
    with pytest.raises(InputError, match=r"'e2' belongs to persona 'holmes' and user 'bob'"):
        store.commit(ADA, [(episode(1), None), (bobs, None)])
    assert list(store.episodes(ADA)) == []


def test_a_time_without_zone_is_refused(store: Store) -> None:
    """A naive time sorts wrongly once the machine's zone changes."""
    with pytest.raises(InputError, match="no time zone"):
        store.commit(ADA, [(replace(episode(1), at=datetime(2026, 1, 1)), None)])


def test_times_of_other_zones_sort_as_time_does(store: Store) -> None:
    """Nine in Shanghai is before two in London."""
    shanghai = replace(episode(1), at=datetime(2026, 5, 1, 9, tzinfo=timezone(timedelta(hours=8))))
    store.commit(ADA, [(replace(episode(2), at=datetime(2026, 5, 1, 2, tzinfo=UTC)), None), (shanghai, None)])
    assert [each.id for each in store.recent(TALK, STRANGER, limit=2)] == ["e1", "e2"]


def test_text_that_is_no_unicode_is_one_clear_error(store: Store) -> None:
    """Half a surrogate pair can come from a broken client."""
    with pytest.raises(InputError, match="no valid Unicode"):
        store.commit(ADA, [(episode(1), None), (episode(2, text="\ud83d"), None)])
    assert list(store.episodes(ADA)) == []  # the first was undone
    assert store.commit(ADA, [(episode(1), None)]) == 1  # and no transaction left open


def test_episodes_are_given_by_number_only_to_whom_they_may_be_told(store: Store) -> None:
    """An index that is wrong must not be able to give away a secret."""
    sights = [STRANGER, Sight(listener="mary"), Sight(as_of="1894")]
    store.commit(ADA, [(episode(number, sight=sight), None) for number, sight in enumerate(sights)])
    seqs = [row.seq for row in store.index_rows(ADA)]
    given = {sight: [each.id for each in store.episodes_at(ADA, sight, seqs).values()] for sight in sights}
    assert given == {sights[0]: ["e0", "e2"], sights[1]: ["e0", "e1", "e2"], sights[2]: ["e2"]}


def test_users_of_a_persona_are_listed(store: Store) -> None:
    """A snapshot of everybody has to know who they are."""
    for user in ("bob", "ada"):
        store.commit(replace(ADA, user_id=user), [])
    store.commit(replace(ADA, persona_id="watson", user_id="eve"), [])
    assert store.users("holmes") == ["ada", "bob"]
    store.forget(ADA)
    assert store.users("holmes") == ["bob"]


def test_forgetting_leaves_no_byte_and_nobody_else_is_touched(tmp_path: Path) -> None:
    """Erased means erased: not in the file, not in its log."""
    store = Store(tmp_path / "m.sqlite3")
    bob = replace(ADA, user_id="bob")
    update = GraphUpdate(
        nodes=(Node(id="n", type="place", label="Zanzibar"),), added=(fact(text="Zanzibar!"),)
    )
    store.commit(ADA, [(episode(n, text=f"Zanzibar {n} " * 200), None) for n in range(30)], update)
    store.commit(bob, [(episode(1, replace(TALK, owner=bob)), None)], GraphUpdate(added=(fact(),)))
    erased = {place: count for place, count in store.forget(ADA).items() if count}
    assert erased == {"episodes": 30, "facts": 1, "nodes": 1}
    assert not any(b"Zanzibar" in file.read_bytes() for file in tmp_path.iterdir())
    assert len(list(store.episodes(bob))) == len(store.learned(bob).added) == 1
    assert not any(store.forget(ADA).values())
    store.close()


KILLED_WHILE_FORGETTING = """
import os, sys
from pathlib import Path
from typing import Any
sys.path.insert(0, str(Path(sys.argv[1]).parent))
from test_record import ADA, Store, episode
from roleagent.store.database import Database
store = Store(sys.argv[2])
store.commit(ADA, [(episode(1, text="Zanzibar"), None)])
Database.erase_traces = lambda self: os._exit(9)
store.forget(ADA)
"""


@pytest.mark.slow
def test_a_kill_in_the_midst_of_forgetting_leaves_no_byte_after_reopening(tmp_path: Path) -> None:
    """The log of the database still held what was deleted."""
    path = tmp_path / "m.sqlite3"
    done = subprocess.run([sys.executable, "-c", KILLED_WHILE_FORGETTING, __file__, str(path)], timeout=60)
    assert done.returncode == 9
    assert any(b"Zanzibar" in file.read_bytes() for file in tmp_path.iterdir())
    store = Store(path)
    assert not any(b"Zanzibar" in file.read_bytes() for file in tmp_path.iterdir())
    store.close()


def test_many_threads_write_and_read_at_once(store: Store) -> None:
    """The workflow calls the store from worker threads."""

    def work(user: int) -> None:
        owner = replace(ADA, user_id=str(user))
        thread = replace(TALK, owner=owner)
        for number in range(20):
            store.commit(owner, [(episode(number, thread), vector(1, 0))])
            assert store.recent(thread, STRANGER, limit=1)[0].id == f"e{number}"

    threads = [threading.Thread(target=work, args=(user,)) for user in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(len(list(store.episodes(replace(ADA, user_id=str(user))))) == 20 for user in range(4))


def test_pages_are_joined_without_loss(store: Store) -> None:
    """More episodes than one page holds."""
    store.commit(ADA, [(episode(n), None) for n in range(2_345)])
    assert [each.id for each in store.episodes(ADA)] == [f"e{n}" for n in range(2_345)]
    assert len(store.known(ADA, [f"e{n}" for n in range(3_000)])) == 2_345


def test_a_newer_schema_is_refused_with_the_way_out(tmp_path: Path) -> None:
    """An old program must not write into what it does not understand."""
    path = tmp_path / "m.sqlite3"
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match=r"newer roleagent.*Upgrade"):
        Store(path)


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    """A wrong path must not add our tables to somebody's data."""
    path = tmp_path / "m.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(StoreError, match="another program"):
        Store(path)


@pytest.mark.parametrize("content", [b"not a database" * 50, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_file_is_one_clear_error_and_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    """What can still be rescued from it must not be overwritten."""
    path = tmp_path / "m.sqlite3"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"m\.sqlite3: .*(put back a copy|another program)"):
        Store(path)
    assert path.read_bytes() == content


def test_a_home_that_is_a_file_is_one_clear_error(tmp_path: Path) -> None:
    """A slip of the hand on the command line."""
    (tmp_path / "home").write_text("")
    with pytest.raises(StoreError, match="Choose another home"):
        Store(tmp_path / "home" / "m.sqlite3")


FILL_THE_DISK = """
import resource, sys
from pathlib import Path
from typing import Any
sys.path.insert(0, str(Path(sys.argv[1]).parent))
from test_record import ADA, Store, StoreError, episode
store = Store(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
number = 0
try:
    while number < 1000:
        store.commit(ADA, [(episode(number, text="x" * 5_000), None), (episode(number + 1), None)])
        print(number, flush=True)
        number += 2
except StoreError as error:
    print("StoreError:", error)
assert len(list(store.episodes(ADA))) == number
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="limits of file size are of POSIX")
def test_a_full_disk_is_one_clear_error_and_nothing_is_half_written(tmp_path: Path) -> None:
    """Every acknowledged turn is whole, the refused one is not there at all, and the store works on."""
    path = tmp_path / "m.sqlite3"
    command = [sys.executable, "-c", FILL_THE_DISK, __file__, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    *acknowledged, last = done.stdout.splitlines()
    assert last.startswith("StoreError:"), done.stderr
    assert "disk" in last
    assert done.returncode == 0, done.stderr
    store = Store(path)
    numbers = [each.id for each in store.episodes(ADA)]
    assert numbers == [f"e{n}" for n in range(2 * len(acknowledged))]
    assert len(acknowledged) > 5
    assert store.commit(ADA, [(episode(5_000), None)]) == 1  # with space again
    store.close()


def test_the_home_is_closed_to_other_users_of_the_machine(tmp_path: Path) -> None:
    """What people tell a character is private."""
    Store(tmp_path / "home" / "m.sqlite3").close()
    assert os.name == "nt" or (tmp_path / "home").stat().st_mode & 0o077 == 0
