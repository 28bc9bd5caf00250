"""Tests of the record on a real Postgres server: the same promises, and its own ways to fail."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from roleagent.errors import ConfigurationError, InputError, StoreError
from roleagent.memory.recorded import RecordedMemory
from roleagent.store import Store
from roleagent.testing.conformance import check_memory
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import Episode, Fact, GraphUpdate, Owner, Thread

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
ADA = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=ADA, thread_id="one")


def episode(id_: str, owner: Owner = ADA, text: str = "cat") -> Episode:
    thread = replace(TALK, owner=owner)
    return Episode(id=id_, thread=thread, turn_id="t", speaker="user", text=text, at=NOW)


@pytest.mark.slow
@pytest.mark.parametrize("embedder", [None, HashEmbedder()], ids=["words alone", "with vectors"])
def test_a_memory_on_a_server_keeps_every_promise(
    postgres: Callable[[], str], embedder: HashEmbedder | None
) -> None:
    """Where the record lies must make no difference to what is found."""
    check_memory(lambda: RecordedMemory(Store(postgres()), embedder))


@pytest.mark.slow
def test_two_processes_worth_of_stores_write_for_one_user_at_once(postgres: Callable[[], str]) -> None:
    """An index asks for what is newer than the last number it saw: none may come late under a lower one."""
    url = postgres()
    stores = [Store(url) for _ in range(3)]
    seen: list[int] = []
    done = threading.Event()

    def write(number: int) -> None:
        for turn in range(25):
            fact = Fact(id=f"f{turn % 3}", subject="a", relation="r", object=f"{number}", text=f"{number}")
            learned = replace(fact, layer="learned", evidence=(f"e{number}-{turn}",), recorded_at=NOW)
            stores[number].commit(ADA, [(episode(f"e{number}-{turn}"), None)], GraphUpdate(added=(learned,)))

    def watch() -> None:
        while not done.is_set():
            seen.extend(row.seq for row in stores[2].index_rows(ADA, after=seen[-1] if seen else 0))

    writers = [threading.Thread(target=write, args=(number,)) for number in range(2)]
    watcher = threading.Thread(target=watch)
    for thread in (*writers, watcher):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    watcher.join()
    seen.extend(row.seq for row in stores[2].index_rows(ADA, after=seen[-1] if seen else 0))
    assert seen == [row.seq for row in stores[2].index_rows(ADA)]
    assert len(seen) == 50
    assert [fact.id for fact in stores[2].learned(ADA).added] != []
    assert len({fact.id for fact in stores[2].learned(ADA).added}) == 3
    for store in stores:
        store.close()


@pytest.mark.slow
def test_text_that_a_server_cannot_store_is_one_clear_error(postgres: Callable[[], str]) -> None:
    """SQLite takes the character NUL, Postgres does not; half a surrogate pair neither takes."""
    store = Store(postgres())
    for text in ("\x00", "\ud83d"):
        with pytest.raises(InputError, match="cannot be stored"):
            store.commit(ADA, [(episode("e1"), None), (episode("e2", text=text), None)])
    assert list(store.episodes(ADA)) == []
    assert store.commit(ADA, [(episode("e1"), None)]) == 1
    store.close()


@pytest.mark.slow
def test_a_server_that_went_away_is_one_clear_error_and_none_when_it_is_back(
    postgres: Callable[[], str],
) -> None:
    """A server may be restarted under a running program."""
    from sqlalchemy import create_engine, text

    url = postgres()
    store = Store(url)
    store.commit(ADA, [(episode("e1"), None)])
    other = create_engine(url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with other.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        )
    other.dispose()
    assert store.commit(ADA, [(episode("e2"), None)]) == 1
    assert [each.id for each in store.episodes(ADA)] == ["e1", "e2"]
    store.close()


def test_a_server_that_cannot_be_reached_is_one_clear_error_without_the_password() -> None:
    """What stands in an error ends up in logs."""
    with pytest.raises(StoreError, match="Check the address, and that the server runs") as caught:
        Store("postgresql://ada:open-sesame@127.0.0.1:1/none")
    assert "open-sesame" not in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://ada:open-sesame@host/db", "postgresql://ada:open-sesame@[::/db"])
def test_a_url_of_another_kind_is_one_clear_error_without_the_password(url: str) -> None:
    """A slip in a configuration file."""
    with pytest.raises(ConfigurationError, match="postgresql://USER") as caught:
        Store(url)
    assert "open-sesame" not in str(caught.value)
