"""Conversations in the format of LoCoMo (Maharana et al., arXiv:2402.17753), as a memory lives them.

A list of objects with `conversation` (`speaker_a`, `speaker_b`, `session_1`, `session_1_date_time`, …) and
`qa` (`question`, `category`, and as `evidence` the `dia_id`s of the turns that hold the answer).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from roleagent.graph.graph import PersonaGraph
from roleagent.types import Episode, Node, Owner, Speaker, Thread, content_id
from roleagent.workflow.remembering import importance

Json = Mapping[str, Any]  # Any: as `json` reads it

_SESSION = re.compile(r"session_(\d+)$")
_TURN_ID = re.compile(r"D:?(\d+):(\d+)")  # some are written D:11:26, some are two in one string
_MOMENT_FORMATS = ("%I:%M %p on %d %B, %Y", "%I:%M %p on %d %B %Y")
_BETWEEN_TURNS = timedelta(seconds=30)  # the data tell when a session began, not when each turn was
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*")  # not at the start of a sentence
_MIN_SESSIONS = 2  # in which a name occurs before it becomes a node


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question and the ids of the episodes that answer it.

    Attributes:
        category: 1 several hops, 2 time, 3 open domain, 4 one hop, 5 adversarial (about the wrong speaker).
    """

    text: str
    category: int
    evidence: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """All that two people said to each other, and what is asked about it.

    Attributes:
        episodes: in the order in which they were said.
        ended_at: when the last was said.
        graph: the names that occur in several sessions, as nodes without facts.
    """

    name: str
    episodes: tuple[Episode, ...]
    questions: tuple[Question, ...]
    ended_at: datetime
    graph: PersonaGraph


def read_conversations(path: Path) -> list[Conversation]:
    """All conversations of a file. Evidence that names no turn is dropped, and questions left without any.

    Raises:
        ValueError: the file does not have the format.
    """
    try:
        return [_conversation(record) for record in json.loads(path.read_text(encoding="utf-8"))]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path}: not in LoCoMo's format ({error!r}): a list of objects with 'conversation' and 'qa'."
        ) from error


def _conversation(record: Json) -> Conversation:
    name, talk = str(record["sample_id"]), record["conversation"]
    turns = list(_turns(talk))
    graph = _graph_of_names([(number, str(turn["text"])) for number, _, turn in turns])
    episodes = [_episode(name, talk, number, at, turn, graph) for number, at, turn in turns]
    ids = {episode.turn_id: episode.id for episode in episodes}
    return Conversation(
        name=name,
        episodes=tuple(episodes),
        questions=tuple(_questions(record["qa"], ids)),
        ended_at=max(episode.at for episode in episodes),
        graph=graph,
    )


def _turns(talk: Json) -> Iterator[tuple[int, datetime, Json]]:
    """Each turn with the number of its session and its moment."""
    numbers = sorted(int(match[1]) for match in map(_SESSION.match, talk) if match)
    for number in numbers:
        begun = _moment(str(talk[f"session_{number}_date_time"]))
        for place, turn in enumerate(talk[f"session_{number}"]):
            yield number, begun + place * _BETWEEN_TURNS, turn


def _moment(text: str) -> datetime:
    for form in _MOMENT_FORMATS:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ValueError(f"The moment {text!r} of a session is in none of the forms {_MOMENT_FORMATS}.")


def _episode(name: str, talk: Json, number: int, at: datetime, turn: Json, graph: PersonaGraph) -> Episode:
    speaker: Speaker = "user" if turn["speaker"] == talk["speaker_a"] else "persona"
    said = str(turn["text"])
    text = f"{said} [caption: {turn['blip_caption']}]" if turn.get("blip_caption") else said
    return Episode(
        id=content_id(name, turn["dia_id"]),
        thread=Thread(owner=Owner(persona_id=name, user_id="reader"), thread_id=f"session {number}"),
        turn_id=str(turn["dia_id"]),
        speaker=speaker,
        text=text,
        at=at,
        speaker_name=str(turn["speaker"]),
        mentions=graph.mentioned_in(text),
        importance=importance(said, num_attachments=len(turn.get("img_url") or ())),
    )


def _graph_of_names(said: Sequence[tuple[int, str]]) -> PersonaGraph:
    """Names as nodes, told by their capital letter."""
    found = {(number, name) for number, text in said for name in _NAME.findall(text)}
    sessions = Counter(name for _, name in found)
    names = sorted(name for name, count in sessions.items() if count >= _MIN_SESSIONS)
    nodes = [Node(id=name.lower().replace(" ", "_"), type="thing", label=name) for name in names]
    return PersonaGraph(nodes=nodes, facts=(), relations={})


def _questions(records: Sequence[Json], ids: Mapping[str, str]) -> Iterator[Question]:
    for record in records:
        turns = (f"D{int(a)}:{int(b)}" for a, b in _TURN_ID.findall(str(record.get("evidence") or "")))
        evidence = frozenset(ids[turn] for turn in turns if turn in ids)
        if evidence:
            yield Question(text=str(record["question"]), category=int(record["category"]), evidence=evidence)
