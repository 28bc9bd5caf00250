"""A home that holds telltale words in every place, so that a test can look for what is left of them."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint

from roleagent.embedding.embedders import embed
from roleagent.home.home import Home
from roleagent.memory.on_disk import OnDiskMemory
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import (
    Attachment,
    Episode,
    Fact,
    GraphUpdate,
    Node,
    Observation,
    Owner,
    Summary,
    Thread,
)

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
EMBEDDER = HashEmbedder()
PLACES = ("text", "name", "bytes", "seen", "fact", "node", "summary", "lore", "thread", "turn", "cached")
PLANTED = set(PLACES) - {"cached"}  # as words: of the cached text there is only the vector


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
        """Everything that would give it away, in the forms that a file may hold."""
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


def write_checkpoint(home: Home, bird: Canary) -> None:
    """A turn that waits for approval."""
    config: RunnableConfig = {"configurable": {"thread_id": bird.thread.checkpoint_id, "checkpoint_ns": ""}}
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = {"turn": bird.word("turn"), "episodes": (bird.episode(),)}
    checkpoint["channel_versions"] = {"turn": "1", "episodes": "1"}
    home.checkpointer.put(config, checkpoint, {}, {"turn": "1", "episodes": "1"})


def found(home: Path, birds: list[Canary]) -> dict[str, set[str]]:
    """File name -> the beginnings of the canaries' traces in its content or its path."""
    holding: dict[str, set[str]] = {}
    traces = [trace for bird in birds for trace in bird.traces()]
    for path in home.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for trace in traces:
            if trace in content or trace in str(path).encode():
                holding.setdefault(path.name, set()).add(repr(trace[:40]))
    return holding


def places_left(home: Path, bird: Canary) -> set[str]:
    """The places in which a file of the home still holds the bird's word."""
    contents = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    return {place for place in PLANTED if any(bird.word(place).encode() in each for each in contents)}
