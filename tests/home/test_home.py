"""Tests of a home: what is forgotten is gone from every byte of it, and nothing else is."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import shutil
import sqlite3
import subprocess
import sys
import threading
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint
from PIL import Image

from roleagent import Parts
from roleagent.agent.agent import Agent
from roleagent.embedding.cache import EmbeddingCache
from roleagent.embedding.embedders import embed
from roleagent.errors import InputError, StoreError
from roleagent.formats.load import load_persona
from roleagent.home.forgetting import JOURNAL_NAME
from roleagent.home.home import Home
from roleagent.home.retention import Retention
from roleagent.language.unicode import folded
from roleagent.memory.in_process import InProcessMemory
from roleagent.memory.on_disk import INDEX_NAME, STORE_NAME, OnDiskMemory
from roleagent.persona.identity import plain_id
from roleagent.persona.persona import Persona
from roleagent.settings import get_settings
from roleagent.store import Store
from roleagent.store.items import ItemChange
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, ScriptedModel
from roleagent.types import (
    STRANGER,
    Attachment,
    Episode,
    Fact,
    ForgetReceipt,
    GraphUpdate,
    Node,
    Observation,
    Owner,
    Selection,
    Summary,
    Thread,
    content_id,
)
from tests.parts import in_parts

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
EMBEDDER = HashEmbedder()
PLACES = ("text", "name", "bytes", "seen", "fact", "node", "summary", "lore", "thread", "turn", "cached")


def owner_of(user: str) -> Owner:
    return Owner(persona_id="holmes", user_id=user)


class Canary:
    """One utterance that leaves a word of its own in every place of a home."""

    def __init__(self, home: Path, user: str, number: int) -> None:
        self.home, self.user, self.number = home, user, number
        self.thread = Thread(owner=owner_of(user), thread_id=self.word("thread"))
        self.id = f"{user}-{number}"

    def word(self, place: str) -> str:
        return f"canary{self.user}{self.number}{place}"

    def words(self) -> list[str]:
        return [self.word(place) for place in PLACES]

    def traces(self) -> list[bytes]:
        """All that gives it away, in the forms that a file may hold."""
        texts = self.words()
        encoded = [text.encode() for text in texts] + [text.encode("utf-16-le") for text in texts]
        encoded += [base64.b64encode(text.encode())[:-4] for text in texts]
        return [*encoded, self.vector().tobytes(), self.cached_vector().tobytes()]

    def vector(self) -> np.ndarray:
        """As the record and the index have it."""
        vector: np.ndarray = embed(EMBEDDER, [self.episode().text_and_seen])[0].astype("<f4")
        return vector

    def cached_vector(self) -> np.ndarray:
        return -self.vector()

    def file(self) -> Path:
        data = self.word("bytes").encode()
        return self.home / "media" / self.thread.owner.name / f"{self.id}-{len(data)}.png"

    def episode(self) -> Episode:
        path = self.file()
        shown = Attachment(
            id=path.stem, media_type="image/png", path=str(path), name=self.word("name"), num_bytes=1
        )
        seen = Observation(kind="caption", text=self.word("seen"), source="x", attachment_id=shown.id)
        return Episode(
            id=self.id,
            thread=self.thread,
            turn_id=f"t{self.number}",
            speaker="user",
            text=f"{self.word('text')} {self.word('cached')}",
            at=NOW + timedelta(days=self.number),
            attachments=(shown,),
            observations=(seen,),
            mentions=(self.word("node"),),
            lore_state=json.dumps(self.word("lore")),
        )

    def update(self) -> GraphUpdate:
        node = Node(id=self.word("node"), type="place", label=self.word("node"))
        fact = Fact(
            id=f"user.lives_in.{self.word('fact')}",
            subject="user",
            relation="lives_in",
            object=node.id,
            text=self.word("fact"),
            layer="learned",
            recorded_at=NOW + timedelta(days=self.number),
            evidence=(self.id,),
        )
        return GraphUpdate(nodes=(node,), added=(fact,))

    def summary(self) -> Summary:
        at = NOW + timedelta(days=self.number)
        return Summary(
            id=f"s{self.id}", thread=self.thread, level="session", text=self.word("summary"),
            sources=(self.id,), first_at=at, last_at=at, made_at=at, made_by="extract",
        )  # fmt: skip

    def plant(self, memory: OnDiskMemory) -> None:
        self.file().parent.mkdir(parents=True, exist_ok=True)
        self.file().write_bytes(self.word("bytes").encode())
        memory.remember([self.episode()], self.update(), self.thread.owner)
        assert memory.store.write_summaries(self.thread.owner, [self.summary()]) == 1


def birds_of(home: Path) -> dict[str, list[Canary]]:
    return {user: [Canary(home, user, number) for number in range(3)] for user in ("ada", "bob")}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two users with three utterances each, in the record, the index, checkpoints, media and caches."""
    home = tmp_path_factory.mktemp("filled")
    all_birds = [bird for flock in birds_of(home).values() for bird in flock]
    with closing(OnDiskMemory(home, EMBEDDER, exact_rows=0)) as memory:
        for bird in all_birds:
            bird.plant(memory)
            memory.wait_for_index(bird.thread.owner)
    with closing(Home(home)) as opened:
        for bird in all_birds:
            write_checkpoint(opened, bird)
    with closing(EmbeddingCache(home / "embeddings.db")) as cache:
        for bird in all_birds:
            cache.cache_embeddings("hash", {bird.episode().text: bird.cached_vector()})
    return home


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    """A copy of the filled home, for one test."""
    return Path(shutil.copytree(filled, tmp_path / "home"))


def write_checkpoint(home: Home, bird: Canary) -> None:
    """A turn that waits for approval."""
    config: RunnableConfig = {"configurable": {"thread_id": bird.thread.checkpoint_id, "checkpoint_ns": ""}}
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = {"turn": bird.word("turn"), "episodes": (bird.episode(),)}
    checkpoint["channel_versions"] = {"turn": "1", "episodes": "1"}
    home.checkpointer.put(config, checkpoint, {}, {"turn": "1", "episodes": "1"})


def found(home: Path, birds: list[Canary]) -> dict[str, set[str]]:
    """Which files hold what of the canaries: by file, the traces' beginnings; names count too."""
    holding: dict[str, set[str]] = {}
    traces = [trace for bird in birds for trace in bird.traces()]
    for path in home.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for trace in traces:
            if trace in content or trace in str(path).encode():
                holding.setdefault(path.name, set()).add(repr(trace[:40]))
    return holding


def places_left(home: Path, bird: Canary) -> set[str]:
    contents = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    return {
        place for place in PLACES if any(bird.word(place).encode() in content for content in contents)
    } - {"cached"}


PLANTED = set(PLACES) - {"cached"}


def test_the_canaries_are_where_they_are_looked_for(folder: Path) -> None:
    """A scan that finds nothing anywhere would pass every test below."""
    birds = birds_of(folder)
    for bird in birds["ada"] + birds["bob"]:
        assert places_left(folder, bird) == PLANTED
    holding = found(folder, birds["ada"])
    assert {"memory.sqlite3", "checkpoints.db", "embeddings.db"} <= holding.keys()
    vector = birds["ada"][0].vector().tobytes()
    in_index = [path for path in (folder / INDEX_NAME).rglob("*") if path.is_file()]
    assert any(vector in path.read_bytes() for path in in_index)


@pytest.mark.parametrize(
    ("what", "gone"),
    [
        (Selection(), {0, 1, 2}),
        (Selection(episodes=("ada-1",)), {1}),
        (Selection(before=NOW + timedelta(days=2)), {0, 1}),
        (Selection(matching="CanaryAda0text"), {0}),
        (Selection(thread_id="canaryada2thread"), {2}),
    ],
    ids=["everything", "one episode", "before", "matching", "thread"],
)
def test_what_is_forgotten_is_in_no_byte_of_the_home(folder: Path, what: Selection, gone: set[int]) -> None:
    """Rows, logs, indexes, vectors, states of turns, pictures and their names: erased means erased."""
    birds = birds_of(folder)
    with closing(Home(folder, embedder=EMBEDDER)) as home:
        receipt = home.forget(owner_of("ada"), what)
        told = receipt.as_text() + json.dumps(receipt.as_dict())
        assert found(folder, [birds["ada"][number] for number in gone]) == {}, "while it is open"
    assert found(folder, [birds["ada"][number] for number in gone]) == {}
    for number in {0, 1, 2} - gone:
        left = places_left(folder, birds["ada"][number])
        assert left == PLANTED - {"turn"}, "what was not meant stays, but for states of turns"
    for bird in birds["bob"]:
        assert places_left(folder, bird) == PLANTED
    assert (
        receipt.removed["episodes"] == receipt.removed["summaries"] == receipt.removed["media"] == len(gone)
    )
    assert receipt.removed["checkpoints"] == 3
    assert "canary" not in told
    assert not (folder / JOURNAL_NAME).exists()


def test_a_home_without_a_model_forgets_the_index_too(folder: Path) -> None:
    """The command line loads no embedder to erase its vectors."""
    birds = birds_of(folder)
    with closing(Home(folder)) as home:
        home.forget(owner_of("ada"), Selection(episodes=("ada-1",)))
    assert found(folder, [birds["ada"][1]]) == {}
    with closing(OnDiskMemory(folder, EMBEDDER, exact_rows=0)) as memory:
        recalled = memory.recall(birds["ada"][2].word("text"), owner_of("ada"), STRANGER, limit=1)
    assert [episode.id for episode in recalled] == ["ada-2"]


def test_pictures_of_other_episodes_stay(folder: Path) -> None:
    """The same picture shown twice is one file."""
    birds = birds_of(folder)
    first, other = birds["ada"][:2]
    again = replace(other.episode(), id="again", attachments=first.episode().attachments)
    with closing(Home(folder)) as home:
        home.memory.remember([again], GraphUpdate(), again.owner)
        home.forget(owner_of("ada"), Selection(episodes=("ada-0",)))
    assert first.file().exists()


KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, str(Path(sys.argv[1]).parent))
from test_home import EMBEDDER, owner_of
from roleagent.home.checkpoints import Checkpointer
from roleagent.embedding.cache import EmbeddingCache
from roleagent.home.home import Home
from roleagent.memory.index.chroma_index import ChromaIndex
from roleagent.home.forgetting import ErasureJournal, Forgetting
from roleagent.store import Store
from roleagent.store.items import ItemChange
from roleagent.types import Selection
STEPS = {
    "vectors": (EmbeddingCache, "forget"), "index": (ChromaIndex, "erase"), "record": (Store, "forget"),
    "checkpoints": (Checkpointer, "delete_threads"), "media": (Forgetting, "_erase_unused_media"),
    "journal": (ErasureJournal, "end"),
}
for folder in map(Path, sys.argv[2:]):
    if not (child := os.fork()):  # modules are slow to load
        setattr(*STEPS[folder.name], lambda *_, **__: os._exit(9))
        Home(folder, embedder=EMBEDDER).forget(owner_of("ada"), Selection(episodes=("ada-1",)))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
"""


@pytest.mark.slow
def test_an_erasure_that_a_kill_breaks_off_is_finished_at_the_next_opening(
    filled: Path, tmp_path: Path
) -> None:
    """Half a promise is none: before each step the process dies, as by kill -9."""
    steps = ("vectors", "index", "record", "checkpoints", "media", "journal")
    folders = [Path(shutil.copytree(filled, tmp_path / step)) for step in steps]
    subprocess.run([sys.executable, "-c", KILLED, __file__, *map(str, folders)], timeout=120, check=True)
    for folder in folders:
        birds = birds_of(folder)
        assert (folder / JOURNAL_NAME).exists()
        Home(folder).close()
        assert found(folder, [birds["ada"][1]]) == {}, folder.name
        assert places_left(folder, birds["ada"][0]) == PLANTED - {"turn"}
        assert places_left(folder, birds["bob"][1]) == PLANTED
        assert not (folder / JOURNAL_NAME).exists()


def test_what_cannot_be_meant_is_not_tried_again(tmp_path: Path) -> None:
    """A blank word in the journal would fail every opening."""
    with closing(Home(tmp_path)) as home:
        with pytest.raises(InputError, match="matching"):
            home.forget(owner_of("ada"), Selection(matching=" "))
        assert not (tmp_path / JOURNAL_NAME).exists()


def test_a_home_opens_while_an_erasure_cannot_be_finished(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An index server that is down must not lock people out; the erasure stays noted."""

    def fails(*_: object) -> None:
        raise StoreError("The index is down.")

    with monkeypatch.context() as patch, closing(Home(folder)) as home:
        patch.setattr(OnDiskMemory, "forget", fails)
        with pytest.raises(StoreError, match="down"):
            home.forget(owner_of("ada"))
        with caplog.at_level(logging.ERROR), closing(Home(folder)):
            assert "tried again" in caplog.text
    Home(folder).close()
    with closing(Store(folder / STORE_NAME)) as store:
        assert store.users("holmes") == ["bob"]


def test_a_damaged_journal_is_told(tmp_path: Path) -> None:
    """Somebody asked for something to be forgotten, and nobody knows what."""
    (tmp_path / JOURNAL_NAME).mkdir()
    (tmp_path / JOURNAL_NAME / "x.json").write_text("{")
    with pytest.raises(StoreError, match="forget again"):
        Home(tmp_path)


def test_stats_count_what_is_kept_of_everybody(folder: Path) -> None:
    """The first thing that one asks of a home."""
    with closing(Home(folder)) as home:
        ada, bob = home.stats()
    assert (ada.owner.user_id, bob.owner.user_id) == ("ada", "bob")
    assert (ada.counts["episodes"], ada.counts["facts"], ada.num_threads, ada.num_media) == (3, 3, 3, 3)
    assert ada.media_bytes == sum(len(f"canaryada{number}bytes") for number in range(3))


# ── handing over ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["ada", "ada.zip"])
def test_a_person_gets_all_that_is_kept_of_them_and_nothing_of_others(folder: Path, name: str) -> None:
    """Every canary of hers in words she can read, her pictures byte for byte, and no canary of his."""
    birds, to = birds_of(folder), folder.parent / "out" / name
    with closing(Home(folder)) as home:
        home.memory.store.items.write(  # type: ignore[attr-defined]  # it is a OnDiskMemory
            owner_of("ada"), [ItemChange(namespace=("n",), key="k", value={"item": "canaryitem"})], now=NOW
        )
        document = home.export_to(to, "ada")
        assert json.loads(json.dumps(document)) == document
        with pytest.raises(InputError, match="there already"):
            home.export_to(to, "ada")
    if name.endswith(".zip"):
        with zipfile.ZipFile(to) as archive:
            archive.extractall(to.with_suffix(""))
    else:
        assert to.stat().st_mode & 0o077 == 0
    read = folder.parent / "out" / "ada"
    data, files = (read / "export.json").read_text("utf-8"), sorted((read / "files").iterdir())
    for bird in birds["ada"]:
        told = PLANTED - {"bytes"}
        assert {place for place in told if bird.word(place) in data} == told
    assert "canaryitem" in data
    assert "canarybob" not in data
    assert [path.read_text() for path in files] == [bird.word("bytes") for bird in birds["ada"]]
    assert "last_states" in (read / "README.txt").read_text("utf-8")
    (holmes,) = document["personas"]
    shown = [one["file"] for talk in holmes["conversations"] for m in talk["messages"] for one in m["shown"]]
    assert shown == [f"files/{path.name}" for path in files]


def test_one_personas_part_is_handed_over_alone(folder: Path) -> None:
    """An agent speaks for its own persona only."""
    with closing(Home(folder)) as home:
        assert home.export("ada", persona_id="watson")["personas"][0]["conversations"] == []
        assert [each["persona_id"] for each in home.export("ada")["personas"]] == ["holmes"]
        assert home.export("nobody")["personas"] == []


# ── retention ────────────────────────────────────────────────────────────────────────────────────


def test_a_moment_without_a_zone_is_refused(tmp_path: Path) -> None:
    """It would be hours off, and what goes does not come back."""
    with closing(Home(tmp_path)) as home, pytest.raises(InputError, match="time zone"):
        home.apply_retention(Retention(max_age=timedelta(days=1)), now=datetime(2026, 1, 1))


def test_a_time_to_live_erases_for_good(folder: Path) -> None:
    """What is older is gone from every byte, of every user; the rest is not touched."""
    birds = birds_of(folder)
    policy = Retention(max_age=timedelta(days=10))
    now = NOW + timedelta(days=11)
    with closing(Home(folder)) as home:
        receipts = home.apply_retention(policy, now=now)
        assert home.apply_retention(policy, now=now) == []
    assert [receipt.removed["episodes"] for receipt in receipts] == [1, 1]
    assert found(folder, [birds["ada"][0], birds["bob"][0]]) == {}
    assert places_left(folder, birds["ada"][1]) == PLANTED - {"turn"}


def test_a_policy_of_one_persona_leaves_others_alone(folder: Path) -> None:
    """Agents share a home by default, each with a policy of its own."""
    with closing(Home(folder)) as home:
        policy = Retention(max_age=timedelta(days=1))
        assert home.apply_retention(policy, persona_id="watson", now=NOW + timedelta(days=99)) == []


def test_a_policy_with_nothing_to_erase_touches_nothing(folder: Path) -> None:
    """No ids at all would mean everything, and a turn that waits would be lost at every start."""
    birds = birds_of(folder)
    with closing(Home(folder)) as home:
        policy = Retention(half_life=timedelta(days=30), max_episodes=9)
        assert home.apply_retention(policy, now=NOW + timedelta(days=3)) == []
    assert places_left(folder, birds["ada"][0]) == PLANTED


# ── through an agent ─────────────────────────────────────────────────────────────────────────────


def make_agent(home: Path, *answers: str | AIMessage, **options: Any) -> Agent:
    return Agent(
        "holmes",
        model=ScriptedModel(list(answers)),
        home=home,
        **in_parts(
            embedder=EMBEDDER,
            recall="fast",
            ranker=FirstFacts(),
            perceptors=[],
            critics=[],
            guards=[],
            **options,
        ),
    )


def holding(home: Path, *words: str) -> set[str]:
    """Which of the words stand in a byte of the home."""
    contents = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    return {word for word in words if any(word.encode() in content for content in contents)}


async def test_an_agent_forgets_some_words_and_what_it_learned_from_them(tmp_path: Path) -> None:
    """Said, learned, shown and in a state that waits: gone after a restart; the rest is still known."""
    png = tmp_path / "Zanzibar.png"
    Image.new("RGB", (2, 2)).save(png)
    home = tmp_path / "home"
    call = AIMessage("", tool_calls=[{"name": "look_up_fact", "args": {"query": "Zanzibar"}, "id": "1"}])
    with make_agent(home, "Fine.", "Ah.", call, tools=["look_up_fact"], approve=True) as agent:
        await agent.run("I live in Zanzibar.", user_id="ann", attachments=[png])
        await agent.run("My cat is called Milo.", user_id="ann")
        waiting = await agent.run("Where do I live?", user_id="ann", thread_id="other")
        assert waiting.pending
        assert holding(home, "Zanzibar", "Milo") == {"Zanzibar", "Milo"}
        assert "Zanzibar" in json.dumps(await agent.conversation(user_id="ann").export())
        receipt = await agent.conversation(user_id="ann").forget(what=Selection(matching="zanzibar"))
        assert receipt.removed["media"] == 1
    with make_agent(home) as agent:
        learned = [
            fact.text
            for fact in (await agent.conversation(user_id="ann").knowledge()).facts.values()
            if fact.evidence
        ]
        said = [each.text for each in await agent.conversation(user_id="ann").history()]
    assert holding(home, "Zanzibar", "zanzibar", "Milo") == {"Milo"}
    assert learned
    assert not any("Zanzibar" in text for text in learned)
    assert said[-2:] == ["My cat is called Milo.", "Ah."]


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("My landlord is O’Brien.", "o'brien"),
        ("I live in İstanbul.", "istanbul"),
        ("My pass\u200bword is hunter2.", "password"),
        ("I live in 哈利・波特 street.", "哈利·波特"),
        ("My name is Zoe\u0308.", "Zoë"),
    ],
)
async def test_what_looks_like_the_words_is_in_no_byte_of_the_home(
    tmp_path: Path, said: str, asked: str
) -> None:
    """In the record, in what was learned, in states that wait, and in names of files."""
    png = tmp_path / f"{said}.png"
    Image.new("RGB", (2, 2)).save(png)
    home, call = tmp_path / "home", {"name": "look_up_fact", "args": {"about": said}, "id": "1"}
    options: dict[str, Any] = {"tools": ["look_up_fact"], "approve": True}
    with make_agent(home, f"So: {said}", "Ah.", AIMessage("", tool_calls=[call]), **options) as agent:
        await agent.run(said, user_id="ann", attachments=[png])
        await agent.run("My cat is called Milo.", user_id="ann")
        assert (await agent.run("Well?", user_id="ann", thread_id="other")).pending
        assert holding_folded(home, asked, "Milo") == {asked, "Milo"}
        await agent.conversation(user_id="ann").forget(what=Selection(matching=asked))
    assert holding_folded(home, asked, "Milo") == {"Milo"}


def holding_folded(home: Path, *words: str) -> set[str]:
    """Which of the words stand in a file of the home, as a reader sees them."""
    contents = [path.read_bytes().decode(errors="ignore") for path in home.rglob("*") if path.is_file()]
    return {word for word in words if any(folded(word) in folded(content) for content in contents)}


@pytest.mark.parametrize("is_asked_again", [True, False])
def test_an_erasure_that_failed_takes_nothing_that_was_said_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_asked_again: bool
) -> None:
    """A server was down; whoever goes on talking, or asks again, loses no later talk at the next opening."""

    def fails(*_: object) -> None:
        raise StoreError("The index is down.")

    ann = owner_of("ann")
    talk = Thread(owner=ann, thread_id="main")
    said = Episode(id="e1", thread=talk, turn_id="t1", speaker="user", text="before", at=datetime.now(UTC))
    with Home(tmp_path) as home:
        home.memory.remember([said], GraphUpdate(), ann)
        with monkeypatch.context() as patch:
            patch.setattr(home.memory, "forget", fails)
            with pytest.raises(StoreError, match="down"):
                home.forget(ann)
        if is_asked_again:
            home.forget(ann)
        later = replace(said, id="e2", turn_id="t2", text="after", at=datetime.now(UTC))
        home.memory.remember([later], GraphUpdate(), ann)
    with Home(tmp_path) as home:
        assert [each.text for each in home.memory.recent(talk, STRANGER, limit=9)] == ["after"]
    assert not (tmp_path / JOURNAL_NAME).exists()


async def test_a_turn_that_begins_meanwhile_waits_and_keeps_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its saved state would hold what it had recalled, in a conversation that was not there before."""
    erase, begun, may_end = Home.forget, threading.Event(), threading.Event()

    def slowly(home: Home, owner: Owner, what: Selection) -> ForgetReceipt:
        begun.set()
        may_end.wait(5)
        return erase(home, owner, what)

    monkeypatch.setattr(Home, "forget", slowly)
    with make_agent(tmp_path, "Ah.", "No.") as agent:
        await agent.run("My secret is Zanzibar.", user_id="ann")
        forgetting = asyncio.create_task(
            agent.conversation(user_id="ann").forget(what=Selection(matching="zanzibar"))
        )
        assert await asyncio.to_thread(begun.wait, 5)
        turn = asyncio.create_task(agent.run("What is my secret?", user_id="ann", thread_id="new"))
        await asyncio.sleep(0.05)
        may_end.set()
        await forgetting
        assert "Zanzibar" not in str((await turn).grounds)
    assert holding(tmp_path, "Zanzibar") == set()


async def test_an_agent_forgets_only_after_the_turn_that_runs(tmp_path: Path) -> None:
    """A turn that were remembered after the erasure would bring it back."""
    agent = make_agent(tmp_path, "A b c d e f g.")
    agent._running.model.word_delay_s = 0.02  # type: ignore[union-attr]
    with agent:
        turn = asyncio.create_task(agent.run("Zanzibar!", user_id="ann"))
        await asyncio.sleep(0.05)
        assert not turn.done()
        await agent.conversation(user_id="ann").forget()
        assert turn.done()
    assert holding(tmp_path, "Zanzibar") == set()


async def test_an_agent_keeps_no_longer_than_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its next start, by argument or by setting."""
    with make_agent(tmp_path, "Ah.") as agent:
        await agent.run("My cat is called Milo.", user_id="ann")
    with make_agent(tmp_path, retention=Retention(max_age=timedelta(days=1))) as agent:
        assert len(await agent.conversation(user_id="ann").history()) == 2
    monkeypatch.setenv("ROLEAGENT_MAX_AGE_DAYS", "1e-9")
    get_settings.cache_clear()
    try:
        with make_agent(tmp_path) as agent:
            assert await agent.conversation(user_id="ann").history() == []
    finally:
        get_settings.cache_clear()
    assert holding(tmp_path, "Milo") == set()


async def test_a_memory_of_ones_own_has_to_see_to_its_age_itself(tmp_path: Path) -> None:
    """A policy that is silently not followed is worse than none."""

    class OwnMemory:
        def __init__(self) -> None:
            self.inner = InProcessMemory()

        def __getattr__(self, name: str) -> Any:
            if name == "store":
                raise AttributeError(name)  # it has no record that a home could look after
            return getattr(self.inner, name)

    policy = Retention(max_episodes=1)
    agent = make_agent(tmp_path, memory=OwnMemory(), retention=policy)
    with agent, pytest.raises(InputError, match="OwnMemory"):
        await agent.conversation(user_id="ann").history()


# ── memories under a former id ───────────────────────────────────────────────────────────────


def card_of(folder: Path, name: str, *, creator: str = "") -> Path:
    data = {"name": name, "description": f"{{{{char}}}} is {name}.", "first_mes": "Hi.", "mes_example": ""}
    path = folder / f"{content_id(name, creator)}.json"
    raw = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {**data, "creator": creator}}
    path.write_text(json.dumps(raw), encoding="utf-8")
    return path


def talk(home: Path, persona: Any, said: str, **more: Any) -> str:
    """Say something; gives the whole prompt."""
    model = ScriptedModel(["I see."])
    with Agent(
        persona,
        model=model,
        home=home,
        parts=Parts(embedder=EMBEDDER, critics=[], perceptors=[]),
    ) as agent:
        agent.run_sync(said, user_id="dana", **more)
    return "\n".join(str(message.content) for message in model.prompts[-1])


def as_an_earlier_release_left_it(home: Path) -> None:
    with closing(sqlite3.connect(home / STORE_NAME)) as record, record:
        record.execute("UPDATE scopes SET settled = 0")


def old_home(home: Path, card: Path, said: str, **more: Any) -> Persona:
    """A home in which a character was kept under the id that its name had formerly."""
    persona = load_persona(card)
    former = replace(persona, id=plain_id(persona.name))
    talk(home, former, said, **more)
    as_an_earlier_release_left_it(home)
    return former


def test_two_characters_whose_names_share_their_ascii_have_two_memories(tmp_path: Path):
    """The whole talk with one stood in the other's prompt."""
    one, other = card_of(tmp_path, "雷电将军 v2"), card_of(tmp_path, "测试角色 v2")
    talk(tmp_path / "home", one, "My code word is marzipan.")
    assert "marzipan" not in talk(tmp_path / "home", other, "What is my code word?")
    assert "marzipan" in talk(tmp_path / "home", one, "What is my code word?")


@pytest.mark.parametrize(("name", "creator"), [("雷电将军 v2", "qa"), ("Zoë", ""), ("Tilda Marrow", "qa")])
def test_an_old_home_keeps_its_memories(tmp_path: Path, caplog, name, creator):
    """Words, facts and files; and nothing of them stays under the old name."""
    home, card = tmp_path / "home", card_of(tmp_path, name, creator=creator)
    picture = tmp_path / "bicycle.png"
    Image.new("RGB", (8, 8), "red").save(picture)
    former = old_home(home, card, "My code word is marzipan.", attachments=[picture])
    assert former.id != load_persona(card).id
    assert "marzipan" in talk(home, card, "What is my code word?")
    assert "is now under the id" in caplog.text
    with Home(home) as opened:
        (kept,) = opened.stats()
        assert (kept.owner.persona_id, kept.num_media) == (load_persona(card).id, 1)
        shown = opened.memory.export(kept.owner).episodes[0].attachments[0]
        assert Path(shown.path).read_bytes() == picture.read_bytes()
        assert Path(shown.path).parent == opened.media_folder(kept.owner)
        opened.forget(kept.owner)
    assert not [path for path in home.rglob("*") if path.is_file() and b"marzipan" in path.read_bytes()]


def test_mixed_memories_go_to_neither_and_the_way_out_is_told(tmp_path: Path, caplog):
    """Two characters spoke under one id: nobody can part them again."""
    home, one, other = tmp_path / "home", card_of(tmp_path, "雷电将军 v2"), card_of(tmp_path, "测试角色 v2")
    old_home(home, one, "My code word is marzipan.")
    old_home(home, other, "My code word is nougat.")
    for card in (one, other):
        prompt = talk(home, card, "What is my code word?")
        assert "marzipan" not in prompt
        assert "nougat" not in prompt
        way_out = f"roleagent memory move --persona v2 --user dana --to {load_persona(card).id}"
        assert way_out in caplog.text


def test_a_namesake_takes_nothing_from_one_who_has_come_first(tmp_path: Path):
    """The card without a maker keeps its id; one of the same name comes later."""
    home = tmp_path / "home"
    own, newcomer = card_of(tmp_path, "Alice"), card_of(tmp_path, "Alice", creator="bob")
    old_home(home, own, "My code word is marzipan.")
    assert "marzipan" in talk(home, own, "What is my code word?")
    assert "marzipan" not in talk(home, newcomer, "What is my code word?")
    assert "marzipan" in talk(home, own, "What is my code word?")


ROOF = "{{char}} keeps bees on a roof in Lyon, mends clocks at night and fears nothing but the rain."


def described(folder: Path, description: str, *, creator: str = "") -> Path:
    """A card of Zoë's in a file of its own, as its maker publishes one version after another."""
    data = {"name": "Zoë", "description": description, "first_mes": "Hi.", "mes_example": ""}
    path = folder / f"{content_id(description, creator)}.json"
    raw = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {**data, "creator": creator}}
    path.write_text(json.dumps(raw), encoding="utf-8")
    return path


@pytest.mark.parametrize(("before", "after"), [("", ""), ("qa", "qa"), ("", "qa")])
def test_an_edited_card_keeps_its_memories(tmp_path: Path, before: str, after: str):
    """A typo that was mended must not cost a year of talk; its pictures come along."""
    home, picture = tmp_path / "home", tmp_path / "bicycle.png"
    Image.new("RGB", (8, 8), "red").save(picture)
    first = described(tmp_path, ROOF, creator=before)
    newer = described(tmp_path, ROOF.replace("Lyon,", "Lyons, and") + " She is 40.", creator=after)
    assert load_persona(first).id != load_persona(newer).id
    talk(home, first, "My code word is marzipan.", attachments=[picture])
    assert "marzipan" in talk(home, newer, "What is my code word?")
    with Home(home) as opened:
        (kept,) = opened.stats()
        assert (kept.owner.persona_id, kept.num_media) == (load_persona(newer).id, 1)
    assert "marzipan" in talk(home, first, "What is my code word?")  # whoever goes back finds it, too


@pytest.mark.parametrize("maker", ["", "qa"])
def test_two_cards_of_one_name_have_two_memories(tmp_path: Path, maker: str):
    """The same greeting and maker make no one character of two who are described as different people."""
    home = tmp_path / "home"
    one = described(tmp_path, "{{char}} guards a shrine on a mountain.", creator=maker)
    other = described(tmp_path, "{{char}} repairs bicycles by the canal.", creator=maker)
    talk(home, one, "My code word is marzipan.")
    assert "marzipan" not in talk(home, other, "What is my code word?")
    assert "marzipan" in talk(home, one, "What is my code word?")


def test_anothers_version_of_a_card_takes_nothing(tmp_path: Path):
    """Somebody copied the text under a name of their own."""
    home = tmp_path / "home"
    talk(home, described(tmp_path, ROOF, creator="ann"), "My code word is marzipan.")
    copied = described(tmp_path, ROOF, creator="bob")
    assert "marzipan" not in talk(home, copied, "What is my code word?")


def test_what_a_kill_left_of_following_an_edit_is_done_at_the_next_opening(tmp_path: Path):
    """The record had moved, and the picture had not."""
    home, picture = tmp_path / "home", tmp_path / "bicycle.png"
    Image.new("RGB", (8, 8), "red").save(picture)
    first, newer = described(tmp_path, ROOF), described(tmp_path, ROOF + " She is 40.")
    talk(home, first, "Look.", attachments=[picture])
    old = Owner(persona_id=load_persona(first).id, user_id="dana")
    with closing(Store(home / STORE_NAME)) as store:
        store.move(old, load_persona(newer).id)
    talk(home, newer, "And now?")
    assert not (home / "media" / old.name).exists()
    with Home(home) as opened:
        (kept,) = opened.stats()
        assert kept.num_media == 1


def test_what_a_kill_left_of_a_move_is_done_at_the_next_opening(tmp_path: Path):
    """The record had moved, and the pictures had not."""
    home, card = tmp_path / "home", card_of(tmp_path, "Zoë")
    picture = tmp_path / "bicycle.png"
    Image.new("RGB", (8, 8), "red").save(picture)
    old = Owner(persona_id="zo", user_id="dana")
    old_home(home, card, "Look.", attachments=[picture])
    with closing(Store(home / STORE_NAME)) as store:
        store.move(old, load_persona(card).id)
    talk(home, card, "And now?")
    assert not (home / "media" / old.name).exists()
    with Home(home) as opened:
        (kept,) = opened.stats()
        assert kept.num_media == 1
