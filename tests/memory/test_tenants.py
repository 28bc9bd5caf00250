"""Tests that nothing of one person or persona ever reaches another, whatever is done in whatever order."""

from __future__ import annotations

import inspect
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from benchmarks.faults.tenants import run_tenants
from roleagent.errors import InputError
from roleagent.memory.in_process import InProcessMemory
from roleagent.memory.on_disk import OnDiskMemory
from roleagent.memory.recorded import RecordedMemory
from roleagent.store import Store
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import STRANGER, Episode, GraphUpdate, Owner, Thread

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ADA = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=ADA, thread_id="one")
WITHOUT_OWNER = {"close"}
WORDS = ["cat", "dog", "tea", "rain", "violin", "bread"]


def episode(number: int, thread: Thread, text: str) -> Episode:
    return Episode(id=f"e{number}", thread=thread, turn_id=f"t{number}", speaker="user", text=text, at=NOW)


@pytest.mark.slow
@pytest.mark.soak
def test_nothing_crosses_and_nothing_comes_back(times: Callable[..., int]) -> None:
    """Random adding, searching, forgetting, reopening and losing the index, by six tenants."""
    steps = run_tenants(num_runs=times(60, sample=6), num_steps=20)
    assert steps["recall"] >= 15
    assert steps["forget"] >= 10
    assert steps["(given back)"] >= 200
    assert steps["(vectors in Chroma)"] >= 10


class Tenants(RuleBasedStateMachine):
    """Two personas, two users, two threads: the memory on disk is compared with a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.memory = OnDiskMemory(self.folder.name, HashEmbedder(), exact_rows=2)
        self.kept: dict[Owner, set[str]] = {}

    def teardown(self) -> None:
        self.memory.close()
        self.folder.cleanup()

    owners = st.builds(
        Owner, persona_id=st.sampled_from(["holmes", "watson"]), user_id=st.sampled_from(["ada", "bob"])
    )

    @rule(owner=owners, thread_id=st.sampled_from(["one", "two"]), number=st.integers(0, 30))
    def remember(self, owner: Owner, thread_id: str, number: int) -> None:
        thread = Thread(owner=owner, thread_id=thread_id)
        text = f"{WORDS[number % 6]} {WORDS[number // 6]}"
        self.memory.remember([episode(number, thread, text)], GraphUpdate(), owner)
        self.kept.setdefault(owner, set()).add(f"e{number}")

    @rule(owner=owners)
    def forget(self, owner: Owner) -> None:
        receipt = self.memory.forget(owner)
        assert receipt.removed["episodes"] == len(self.kept.pop(owner, ()))

    @rule(owner=owners, query=st.sampled_from(WORDS))
    def recall(self, owner: Owner, query: str) -> None:
        found = self.memory.recall(query, owner, STRANGER, limit=100)
        assert {each.id for each in found} == self.kept.get(owner, set())
        assert {each.owner for each in found} <= {owner}

    @rule()
    def reopen(self) -> None:
        self.memory.close()
        self.memory = OnDiskMemory(self.folder.name, HashEmbedder(), exact_rows=2)

    @rule(owner=owners)
    def wait(self, owner: Owner) -> None:
        state = self.memory.wait_for_index(owner)
        assert state.num_episodes == len(self.kept.get(owner, ()))


@pytest.mark.slow
@pytest.mark.soak
def test_people_and_personas_never_see_each_other(times: Callable[..., int]) -> None:
    """Whatever the order of writing, forgetting, searching and reopening."""
    runs = settings(max_examples=times(30, sample=3), stateful_step_count=20)
    run_state_machine_as_test(Tenants, settings=runs)


class CountingEmbedder(HashEmbedder):
    """Counts how often it is asked."""

    num_calls = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.num_calls += 1
        return super().embed_documents(texts)


class CountingStore(Store):
    """Counts how often its database is asked for, for whatever purpose."""

    num_uses = 0

    def __getattribute__(self, name: str) -> Any:
        if name == "_record":
            type(self).num_uses += 1
        return super().__getattribute__(name)


OTHERS: dict[str, Any] = {  # what the methods take besides an owner or a thread
    "cue": "cat",
    "limit": 3,
    "episodes": [],
    "update": GraphUpdate(),
    "sight": STRANGER,
}


def calls(memory: RecordedMemory | OnDiskMemory) -> dict[str, Callable[[str, str, str], object]]:
    """Every public method, as a call that names a persona, a user and a thread."""

    def call(name: str) -> Callable[[str, str, str], object]:
        method = getattr(memory, name)
        parameters = inspect.signature(method).parameters
        others = {each: value for each, value in OTHERS.items() if each in parameters}

        def ask(persona_id: str, user_id: str, thread_id: str) -> object:
            owner = Owner(persona_id=persona_id, user_id=user_id)
            if "owner" in parameters:
                return method(owner=owner, **others)
            return method(thread=Thread(owner=owner, thread_id=thread_id), **others)

        return ask

    public = [name for name, _ in inspect.getmembers(type(memory), inspect.isfunction) if name[0] != "_"]
    return {name: call(name) for name in public if name not in WITHOUT_OWNER}


BLANKS = [
    ("", "ada", "one"),
    (" ", "ada", "one"),
    ("holmes", "", "one"),
    ("holmes", "\t\n", "one"),
    ("holmes", None, "one"),
    (None, "ada", "one"),
]


def test_a_call_for_nobody_is_refused_before_anything_is_touched() -> None:
    """Every public method of a memory, without a persona, a user or a thread."""
    store, embedder = CountingStore(":memory:"), CountingEmbedder()
    memory = RecordedMemory(store, embedder)
    asked = calls(memory)
    assert asked.keys() >= {
        "recall",
        "remember",
        "recent",
        "learned",
        "versions",
        "forget",
        "export",
        "threads",
    }
    CountingStore.num_uses = 0
    for name, ask in asked.items():
        no_threads = [("holmes", "ada", ""), ("holmes", "ada", " \n")] if name == "recent" else []
        for owner in (*BLANKS, *no_threads):
            with pytest.raises(InputError, match="pass a non-empty string"):
                ask(*owner)  # type: ignore[arg-type]
    assert (CountingStore.num_uses, embedder.num_calls) == (0, 0)
    asked["recall"]("holmes", "ada", "one")
    assert CountingStore.num_uses > 0 < embedder.num_calls  # else the counting itself would prove nothing
    memory.close()


def test_no_public_method_works_without_an_owner(tmp_path: Path) -> None:
    """One that took neither an owner nor a thread would be about everybody."""
    memory = OnDiskMemory(tmp_path, HashEmbedder())
    for name in calls(memory):
        parameters = inspect.signature(getattr(memory, name)).parameters
        (whose,) = parameters.keys() & {"owner", "thread"}
        assert parameters[whose].default is inspect.Parameter.empty, name
        assert parameters[whose].annotation == whose.capitalize(), name
        if "sight" in parameters:  # nobody is shown anything without saying who asks
            assert parameters["sight"].default is inspect.Parameter.empty, name
    memory.close()


@pytest.mark.parametrize("field", ["persona_id", "user_id", "thread_id"])
@pytest.mark.parametrize("bad", ["a\x1fb", "a\x00"])
def test_a_name_with_control_characters_is_refused(field: str, bad: str) -> None:
    """Names are joined by one of these where folders are named: two people could come to share one."""
    with pytest.raises(InputError, match=f"{field} is .*control character"):
        replace(TALK if field == "thread_id" else ADA, **{field: bad})


@pytest.mark.slow
@pytest.mark.parametrize("is_on_disk", [False, True])
def test_nothing_crosses_while_many_talk_at_once(tmp_path: Path, is_on_disk: bool) -> None:
    """Eight people in as many threads, one memory (1 s)."""
    embedder = HashEmbedder(64)
    memory = OnDiskMemory(tmp_path, embedder, exact_rows=2) if is_on_disk else InProcessMemory(embedder)
    crossed: list[str] = []
    num_given_back = [0] * 8

    def talk(person: int) -> None:
        owner = replace(ADA, user_id=f"user {person}")
        thread = replace(TALK, owner=owner)
        for number in range(6):
            said = episode(number, thread, f"the secret is zq{person}x{number}")
            memory.remember([said], GraphUpdate(), owner)
            found = memory.recall(f"the secret is zq{(person + 1) % 8}x0", owner, STRANGER, limit=50)
            num_given_back[person] += len(found)
            crossed.extend(each.text for each in found if f"zq{person}x" not in each.text)
            assert len(found) == number + 1

    threads = [threading.Thread(target=talk, args=(person,)) for person in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    memory.close()
    assert crossed == []
    assert num_given_back == [21] * 8
