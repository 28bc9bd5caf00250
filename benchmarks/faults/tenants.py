"""Many people and personas in one memory, step by step against plain dictionaries.

Hypothesis draws the steps. Each is taken with a memory on disk, whose vectors are nearly all in Chroma, and
with one in RAM, and whatever they give back is compared with what the dictionaries say.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import ClassVar, NamedTuple

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from roleagent.memory import recorded
from roleagent.memory.in_process import InProcessMemory
from roleagent.memory.index.chroma_index import ChromaIndex
from roleagent.memory.on_disk import INDEX_NAME, OnDiskMemory
from roleagent.protocols import Cue
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import (
    STRANGER,
    Episode,
    Fact,
    GraphUpdate,
    Node,
    Owner,
    Selection,
    Sight,
    Summary,
    Thread,
    content_id,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
TENANTS = tuple(  # some differ by a space or a capital, or give the same when joined
    Owner(persona_id=persona_id, user_id=user_id)
    for persona_id, user_id in (
        ("holmes", "ada"),
        ("holmes", "Ada"),
        ("holmes", "a ada"),
        ("holmes a", "ada"),
        ("华生", "ada"),
        ("华生", "' OR 1=1 --"),
    )
)
THREADS = ("one", "two")
LISTENERS = ("", "mary")
COMMON = ("the cat is black", "the violin needs strings", "it rains in Bath", "我的狗叫旺财")
EXACT_ROWS = 2  # so that the third episode of anybody is in Chroma
EVERYTHING_FOUND = 200  # more than any tenant has
OPEN_OWNERS = 3  # fewer than there are tenants, so that they push each other out of RAM


class Place(NamedTuple):
    """A conversation, and to whom it is held."""

    thread: Thread
    sight: Sight

    @property
    def owner(self) -> Owner:
        """The tenant."""
        return self.thread.owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the model keeps of an episode.

    Attributes:
        text: as it was stored.
        place: where and to whom it was said.
        at: when.
        order: its place in the record.
    """

    text: str
    place: Place
    at: datetime
    order: int


class Tenants(RuleBasedStateMachine):
    """The memories against the model.

    Every text of a secret holds a word that is its owner's alone and never comes twice: so a text that
    belongs to another tenant, or was forgotten, is known by its looks.

    Attributes:
        steps: how many steps were taken, by name, by all machines together.
    """

    steps: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.open_owners, recorded._MAX_OPEN_OWNERS = recorded._MAX_OPEN_OWNERS, OPEN_OWNERS
        self.on_disk = self._open()
        self.in_ram = InProcessMemory(HashEmbedder(64))
        self.kept: dict[Owner, dict[str, Said]] = {}
        self.believed: dict[Owner, dict[str, str]] = {}  # fact -> the episode that it rests on
        self.num_written = 0

    def teardown(self) -> None:
        """Close and remove everything."""
        recorded._MAX_OPEN_OWNERS = self.open_owners
        self.on_disk.close()
        self.in_ram.close()
        self.folder.cleanup()

    places = st.builds(
        lambda tenant, thread_id, listener: Place(
            Thread(owner=tenant, thread_id=thread_id), Sight(listener=listener)
        ),
        st.sampled_from(TENANTS),
        st.sampled_from(THREADS),
        st.sampled_from(LISTENERS),
    )
    numbers = st.lists(st.integers(0, 11), min_size=2, max_size=12, unique=True)

    @initialize(is_secret=st.booleans(), thread_id=st.sampled_from(THREADS))
    def begin(self, is_secret: bool, thread_id: str) -> None:
        """Everybody has said something."""
        for owner in TENANTS:
            place = Place(Thread(owner=owner, thread_id=thread_id), STRANGER)
            self.remember(place, list(range(6)), is_secret)
            self.sum_up(place)

    # ── writing ──────────────────────────────────────────────────────────────────────────────

    @rule(place=places, numbers=numbers, is_secret=st.booleans())
    def remember(self, place: Place, numbers: list[int], is_secret: bool) -> None:
        """The same ids and, if they are no secrets, the same texts at many tenants; and a fact from each."""
        self._count("remember")
        kept = self.kept.setdefault(place.owner, {})
        episodes = [self._episode(number, place, is_secret) for number in numbers]
        new = [episode for episode in episodes if episode.id not in kept]
        update = GraphUpdate(
            nodes=(Node(id="said", type="literal", label="said"), Node(id="user", type="person", label="U")),
            added=tuple(map(_fact, new)),
        )
        for memory in self._memories():
            memory.remember(episodes, update, place.owner)
        for episode in new:
            self.num_written += 1
            kept[episode.id] = Said(text=episode.text, place=place, at=episode.at, order=self.num_written)
            self.believed.setdefault(place.owner, {})[f"f.{episode.id}"] = episode.id

    @rule(place=places)
    def sum_up(self, place: Place) -> None:
        """A summary that quotes all that was said to this listener in this thread."""
        self._count("sum up")
        sources = [id_ for id_, said in self._said(place).items() if said.place == place]
        text = " / ".join(self._said(place)[id_].text for id_ in sources)
        summary = Summary(
            id=content_id(text, *sources),
            thread=place.thread,
            sight=place.sight,
            level="session",
            text=text,
            sources=tuple(sources),
            first_at=START,
            last_at=START,
            made_at=START,
            made_by="extract",
        )
        for store in (self.on_disk._memory.store, self.in_ram.store):
            store.write_summaries(place.owner, [summary] if sources else [])

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    @rule(
        asker=places,
        other=places,
        as_cue=st.booleans(),
        limit=st.sampled_from([1, 5, EVERYTHING_FOUND]),
        is_indexed=st.booleans(),
    )
    def recall(self, asker: Place, other: Place, as_cue: bool, limit: int, is_indexed: bool) -> None:
        """Asked with the words of one's own secrets, or another's; perhaps once Chroma holds most vectors."""
        self._count("recall")
        if is_indexed:
            self._wait_for_index(asker)
        said = self._in_sight(asker)
        query = f"What is {_mark(other)}0? " + " ".join(each.text for each in self._said(other).values())
        cue = Cue(text=query, at=START, history=("the cat",)) if as_cue else query
        for memory in self._memories():
            found = memory.recall(cue, asker.owner, asker.sight, limit=limit)
            self._check(found, said)
            assert len(found) == min(limit, len(said)), f"{len(found)} found of {len(said)}"

    @rule(asker=places)
    def recall_within_a_budget(self, asker: Place) -> None:
        """A part of what is there, and of nothing else."""
        self._count("recall within a budget")
        for memory in self._memories():
            found = memory.recall(
                _mark(asker), asker.owner, asker.sight, limit=EVERYTHING_FOUND, token_budget=40
            )
            self._check(found, self._in_sight(asker))

    @rule(asker=places)
    def recent(self, asker: Place) -> None:
        """Of one thread alone, in the order of time."""
        self._count("recent")
        said = {id_: each for id_, each in self._in_sight(asker).items() if each.place.thread == asker.thread}
        expected = sorted(said, key=lambda id_: (said[id_].at, said[id_].order))
        for memory in self._memories():
            found = memory.recent(asker.thread, asker.sight, limit=EVERYTHING_FOUND)
            self._check(found, said)
            assert [each.id for each in found] == expected

    @rule(asker=places)
    def learned(self, asker: Place) -> None:
        """Facts of what is in sight, no more and no fewer; and nothing that was never taken back."""
        self._count("learned")
        said, facts = self._in_sight(asker), self.believed.get(asker.owner, {})
        for memory in self._memories():
            learned = memory.learned(asker.owner, asker.sight).added
            assert {fact.id for fact in learned} == {id_ for id_, source in facts.items() if source in said}
            assert {fact.text for fact in learned} <= {each.text for each in said.values()}
            assert not memory.versions(asker.owner, asker.sight)

    @rule(asker=places)
    def summaries(self, asker: Place) -> None:
        """Only of what is kept, and only what may be told."""
        self._count("summaries")
        said = self._in_sight(asker)
        for memory in self._memories():
            for summary in memory.summaries.find(asker.owner, asker.sight):
                assert set(summary.sources) <= said.keys()
                assert set(summary.text.split(" / ")) <= {each.text for each in said.values()}

    @rule(asker=places)
    def export(self, asker: Place) -> None:
        """All of one, to every listener, and nothing of others."""
        self._count("export")
        said = self._said(asker)
        for memory in self._memories():
            self._check(memory.export(asker.owner).episodes, said)

    # ── forgetting ───────────────────────────────────────────────────────────────────────────

    @rule(place=places)
    def forget_everything(self, place: Place) -> None:
        """Of one, and of nobody else."""
        self._forget(place, Selection(), lambda _id, _said: True)

    @rule(
        place=places,
        parts=st.lists(st.sampled_from(["episode", "thread", "before", "matching"]), min_size=1, max_size=3),
        number=st.integers(0, 11),
        word=st.sampled_from(["secret", "violin", "旺财"]),
    )
    def forget_parts(self, place: Place, parts: list[str], number: int, word: str) -> None:
        """Others have episodes of the same ids, threads, moments and words."""
        here, moment = place.thread.thread_id, START + timedelta(minutes=number)
        for part in parts:
            if part == "episode":
                self._forget(place, Selection(episodes=(f"e{number}",)), lambda id_, _: id_ == f"e{number}")
            elif part == "thread":
                self._forget(
                    place, Selection(thread_id=here), lambda _, said: said.place.thread.thread_id == here
                )
            elif part == "before":
                self._forget(place, Selection(before=moment), lambda _, said: said.at < moment)
            else:
                self._forget(place, Selection(matching=word), lambda _, said: word in said.text)

    def _forget(self, place: Place, what: Selection, is_meant: Callable[[str, Said], bool]) -> None:
        self._count("forget")
        kept, believed = self._said(place), self.believed.get(place.owner, {})
        gone = [id_ for id_, said in kept.items() if is_meant(id_, said)]
        for memory in self._memories():
            receipt = memory.forget(place.owner, what)
            assert receipt.removed["episodes"] == len(gone), f"{receipt.removed} of {len(gone)}"
        forgotten = " ".join(kept[id_].text for id_ in gone)
        for id_ in gone:
            del kept[id_]
            del believed[f"f.{id_}"]
        said = self._in_sight(place)
        for memory in self._memories():  # what is gone must not stand in the way of what is there, either
            found = memory.recall(forgotten, place.owner, place.sight, limit=1)
            self._check(found, said)
            assert len(found) == min(1, len(said)), "something forgotten took its place"
        self.recall(place, place, as_cue=False, limit=EVERYTHING_FOUND, is_indexed=False)
        self.learned(place)
        self.summaries(place)

    # ── what happens around it ───────────────────────────────────────────────────────────────

    @rule()
    def reopen(self) -> None:
        """The process ends and begins again."""
        self._count("reopen")
        self.on_disk.close()
        self.on_disk = self._open()

    @rule(is_open=st.booleans())
    def lose_the_index(self, is_open: bool) -> None:
        """Somebody removes it, behind the back of a memory that is open or while none is."""
        self._count("lose the index")
        if not is_open:
            self.on_disk.close()
        shutil.rmtree(Path(self.folder.name) / INDEX_NAME, ignore_errors=True)
        if not is_open:
            self.on_disk = self._open()

    # ── inside ───────────────────────────────────────────────────────────────────────────────

    def _open(self) -> OnDiskMemory:
        return OnDiskMemory(self.folder.name, HashEmbedder(64), exact_rows=EXACT_ROWS)

    def _memories(self) -> tuple[OnDiskMemory | InProcessMemory, ...]:
        return (self.on_disk, self.in_ram)

    def _episode(self, number: int, place: Place, is_secret: bool) -> Episode:
        text = COMMON[number % len(COMMON)]
        if is_secret:
            text = f"my secret is {_mark(place)}{self.num_written}x{number}"
        return Episode(
            id=f"e{number}",
            thread=place.thread,
            sight=place.sight,
            turn_id=f"t{number}",
            speaker="user",
            text=text,
            at=START + timedelta(minutes=number),
        )

    def _said(self, place: Place) -> dict[str, Said]:
        return self.kept.get(place.owner, {})

    def _in_sight(self, asker: Place) -> dict[str, Said]:
        return {id_: said for id_, said in self._said(asker).items() if asker.sight.may_see(said.place.sight)}

    def _check(self, found: Sequence[Episode], said: dict[str, Said]) -> None:
        """All of it is what the model says may be given, word for word, and nothing twice."""
        ids = [episode.id for episode in found]
        assert len(set(ids)) == len(ids)
        for episode in found:
            assert episode.id in said, f"{episode} is not this tenant's, or was forgotten"
            assert (episode.text, episode.thread, episode.sight) == (
                said[episode.id].text,
                *said[episode.id].place,
            )
            self.steps["(given back)"] += 1

    def _wait_for_index(self, place: Place) -> None:
        """It holds the vectors of this tenant alone, and lies where no other tenant has its."""
        state = self.on_disk.wait_for_index(place.owner)
        assert state.num_episodes == len(self._said(place))
        assert state.is_down or state.num_episodes - state.num_indexed <= EXACT_ROWS
        slots = self.on_disk._memory._slots
        indexes = {tenant: slot.ready.index for tenant, slot in slots.items() if slot.ready}
        if (index := indexes.get(place.owner)) is not None:
            rows = self.on_disk._memory.store.index_rows(place.owner)
            assert index.seqs() == {row.seq for row in islice(rows, state.num_indexed)}
            self.steps["(vectors in Chroma)"] += state.num_indexed
        places = [str(index._place) for index in indexes.values() if isinstance(index, ChromaIndex)]
        assert len(set(places)) == len(places), "two tenants share a collection"

    def _count(self, name: str) -> None:
        self.steps[name] += 1


def run_tenants(*, num_runs: int, num_steps: int, random_seed: int = 0) -> Counter[str]:
    """Take so many runs of so many steps; gives how many of which were taken.

    Raises:
        AssertionError: something crossed from one tenant to another, came back, or was lost; hypothesis says
            by which steps.
    """
    Tenants.steps = Counter()
    chosen = settings(
        max_examples=num_runs,
        stateful_step_count=num_steps,
        deadline=None,
        database=None,
        phases=[
            Phase.generate
        ],  # the steps of a failure are told as they were taken: shrinking takes minutes
        suppress_health_check=[*HealthCheck],
    )
    seeded = seed(random_seed)(type("Tenants", (Tenants,), {}))
    run_state_machine_as_test(seeded, settings=chosen)
    return Tenants.steps


def _mark(place: Place) -> str:
    """The beginning of the words that are one tenant's alone."""
    return f"zq{TENANTS.index(place.owner)}x"


def _fact(episode: Episode) -> Fact:
    return Fact(
        id=f"f.{episode.id}",
        subject="user",
        relation="said",
        object="said",
        text=episode.text,
        layer="learned",
        recorded_at=episode.at,
        evidence=(episode.id,),
    )
