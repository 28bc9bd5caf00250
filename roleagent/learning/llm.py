"""Reads facts about the user with a language model, for idle hours: it takes seconds a turn.

The model fills a JSON schema, so it can only name relations that there are. What it says is checked against
the words it was shown, and judged by the same rules as what patterns read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from roleagent import registry
from roleagent.errors import ModelError
from roleagent.graph.graph import PersonaGraph
from roleagent.language.scripts import has_han
from roleagent.language.sentences import split_sentences
from roleagent.language.tokens import words
from roleagent.learning import chinese, english
from roleagent.learning.grammar import NODE_TYPES, Grammar, Reader
from roleagent.learning.rules import USER, Candidate, Stance, propose
from roleagent.learning.rules.labels import label_key
from roleagent.learning.statements import statements
from roleagent.learning.updater import graph_language
from roleagent.learning.when import TIMED, Interval, interval, read_when
from roleagent.types import GraphUpdate

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

MAX_CHARS = 2000
MAX_FACTS = 4
_MAX_KNOWN = 20
_CONFIDENCE = 0.54

_Relation = Literal[
    "is_called",
    "lives_in",
    "comes_from",
    "born_in",
    "works_as",
    "works_at",
    "studied_at",
    "likes",
    "dislikes",
    "fears",
    "plays",
    "speaks",
    "has_pet",
    "married_to",
    "sibling_of",
    "parent_of",
    "friend_of",
]
# What patterns hold a value to, (English, Chinese): a small model calls "a lovely day" a place.
_READERS: dict[str, tuple[Reader, Reader]] = {
    "is_called": (english.name, chinese.name),
    "lives_in": (english.place, chinese.place),
    "comes_from": (english.place, chinese.place),
    "born_in": (english.place, chinese.place),
    "works_as": (english.job, chinese.job),
    "works_at": (english.workplace, chinese.workplace),
    "studied_at": (english.workplace, chinese.workplace),
    "speaks": (english.languages, chinese.languages),
    "married_to": (english.name, chinese.name),
    "sibling_of": (english.name, chinese.name),
    "parent_of": (english.name, chinese.name),
    "friend_of": (english.name, chinese.name),
}
_MAX_WORDS = 5
_STANCES: dict[str, Stance] = {"now": "holds", "in the past": "held", "no longer": "ended", "never": "never"}

_INSTRUCTION = (
    "You keep notes about one person, called the writer. Note only what the writer plainly says of "
    "themselves in the text below, in the writer's own words. Note nothing about other people, nothing "
    "that is only a wish, a plan, a joke, a question, a quotation or a guess. If the text says "
    "nothing lasting about the writer, note nothing.\n"
    "For each note give: about (the writer, or somebody else), relation, value (a name or a thing, copied "
    "from the text), and when it holds (now, in the past, no longer, never)."
)


class _Note(BaseModel):
    """One thing the model read."""

    model_config = ConfigDict(extra="forbid")

    about: Literal["the writer", "somebody else"]
    relation: _Relation
    value: str = Field(max_length=40)
    holds: Literal["now", "in the past", "no longer", "never"]


class _Notes(BaseModel):
    """What a text says of the writer."""

    model_config = ConfigDict(extra="forbid", title="notes")

    notes: list[_Note] = Field(max_length=MAX_FACTS)


class LlmUpdater:
    """A `GraphUpdater` that asks a chat model; meant for `consolidate`, not for the hot path.

    Questions, quotations, play and jokes are taken out before the model sees the text. A note whose value is
    not in the text, or that is about somebody else, is dropped.

    Args:
        model: any chat model that can be held to a schema.
    """

    def __init__(self, model: BaseChatModel) -> None:
        self._model = model.with_structured_output(_Notes.model_json_schema())

    def propose(self, graph: PersonaGraph, said: str, at: datetime, evidence: tuple[str, ...]) -> GraphUpdate:
        """What the words teach, as the model reads them.

        Raises:
            ModelError: the model failed, or answered outside the schema.
        """
        candidates = self._read(said, graph, at.date(), evidence)
        return propose(graph, candidates, at=at, language=graph_language(graph))

    def _read(
        self, text: str, graph: PersonaGraph, today: date, evidence: tuple[str, ...]
    ) -> Iterator[Candidate]:
        stated = in_earnest(text)
        if not words(stated):
            return
        for note in self._ask(stated, graph).notes:
            if note.about == "the writer" and is_grounded(note.value, stated) and _is_plausible(note):
                since, until = times_of(note.relation, note.value, _STANCES[note.holds], stated, today)
                yield Candidate(
                    relation=note.relation,
                    value=note.value.strip(),
                    node_type=NODE_TYPES.get(note.relation, "literal"),
                    stance=_STANCES[note.holds],
                    valid_from=since,
                    valid_to=until,
                    confidence=_CONFIDENCE,
                    evidence=evidence,
                )

    def _ask(self, text: str, graph: PersonaGraph) -> _Notes:
        known = [fact.text for fact in graph.facts_of(USER) if fact.valid_to is None][:_MAX_KNOWN]
        about = "\n".join(("Known already:", *known, "")) if known else ""
        messages = [("system", _INSTRUCTION), ("human", f"{about}Text:\n{text}")]
        try:
            answer = self._model.invoke(messages)
        except ModelError:
            raise
        except Exception as error:  # whatever a model of another package raises
            raise ModelError(f"The model failed while it read {text[:40]!r}: {error}") from error
        return _checked(answer, text)


def load_llm_updater(argument: str = "") -> LlmUpdater:
    """What the registry calls; the argument names a model, such as ``llama-cpp:qwen2.5-0.5b``."""
    return LlmUpdater(registry.get("model", argument or "auto"))


def in_earnest(text: str) -> str:
    """The sentences of a text that state something, at most `MAX_CHARS` characters."""
    return " ".join(statements(text[:MAX_CHARS], _grammar(text).filter))


def _is_plausible(note: _Note) -> bool:
    """Whether a value looks like one of its relation, as the patterns see it."""
    is_chinese = has_han(note.value)
    readers = _READERS.get(note.relation)
    if not is_chinese and len(note.value.split()) > _MAX_WORDS:
        return False
    return readers is None or bool(readers[is_chinese](note.value, True))


def times_of(relation: str, value: str, stance: Stance, text: str, today: date) -> Interval:
    """The dates in the sentence that names a value, read by patterns: they count better than small models."""
    sentence = next((each for each in split_sentences(text) if value.strip() in each), "")
    if relation not in TIMED or not sentence:
        return None, None
    return interval(read_when(_grammar(sentence).fold(sentence), today), stance, today)


def _grammar(text: str) -> Grammar:
    return chinese.chinese() if has_han(text) else english.english()


def is_grounded(value: str, text: str) -> bool:
    """Whether all words of a value stand in a text, in whatever form.

    >>> is_grounded("hiking", "I like to hike"), is_grounded("Paris", "I live in Rome")
    (True, False)
    """
    said = {label_key(word) for word in words(text)}
    parts = words(value)
    return bool(parts) and all(label_key(word) in said for word in parts)


def _checked(answer: Any, text: str) -> _Notes:  # Any: what a model of any package gives
    try:
        return _Notes.model_validate(answer)
    except ValidationError as error:
        raise ModelError(
            f"The model's notes on {text[:40]!r} do not fit the schema ({error.error_count()} faults): "
            "try a larger model."
        ) from error
