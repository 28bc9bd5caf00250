"""How memories look in a terminal, and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

from rich.text import Text

from roleagent.types import Episode

SHORT_ID = 8
"""How many characters of an episode's id are shown: enough to name it on the command line."""

_WORD = re.compile(r"[^\W_]+")


def moment(at: datetime) -> str:
    """A moment as tables show it, to the minute, in UTC."""
    return f"{at:%Y-%m-%d %H:%M}"


def speaker(episode: Episode, persona_name: str) -> str:
    """The name or id of the speaker, and the listener if it was said in confidence."""
    known = persona_name if episode.speaker == "persona" else episode.owner.user_id
    name = episode.speaker_name or known
    return f"{name} (to {episode.sight.listener})" if episode.sight.listener else name


def marked(text: str, asked: frozenset[str], *, style: str = "bold yellow") -> Text:
    """A text with the words of a query marked, whatever their endings.

    Args:
        text: what was said.
        asked: `language.bm25.query_terms` of the query.
        style: style of the marked words.
    """
    painted = Text(text)
    for word in _WORD.finditer(text):
        for start, end in _matches(word.group(), asked):
            painted.stylize(style, word.start() + start, word.start() + end)
    return painted


def _matches(run: str, asked: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Where a run of letters has terms of a query: the whole word, or pairs of Chinese characters."""
    from roleagent.language.tokens import stem, terms

    if len(terms(run)) == 1:
        if stem(terms(run)[0]) in asked:
            yield 0, len(run)
        return
    for start in range(len(run) - 1):
        if run[start : start + 2] in asked:
            yield start, start + 2


def as_json(value: Any) -> str:
    """Our dataclasses and collections of them as JSON; moments in ISO 8601."""
    return json.dumps(_plain(value), ensure_ascii=False, indent=2, default=datetime.isoformat)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
