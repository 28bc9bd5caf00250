"""More data from the same dialogues: the user's last words said otherwise, or fewer facts to choose from.

A reply is never changed, nor is anything in the user's words that it needs.
"""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from roleagent.errors import ConfigurationError
from roleagent.language.nearest import nearest
from roleagent.tuning.dialogues import Dialogue, Message
from roleagent.tuning.fewer_facts import with_fewer_facts
from roleagent.tuning.noise import Noise, code_switch, pieces_of, transcript, typo
from roleagent.tuning.rewording import REWORDINGS, Rewording
from roleagent.tuning.said import parted, said_last

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_log = logging.getLogger(__name__)

_NOISES: Mapping[str, Noise] = MappingProxyType(
    {"typo": typo, "transcript": transcript, "code_switch": code_switch}
)
_FACTS = "facts"
WAYS = (*_NOISES, _FACTS, *REWORDINGS)
"""The ways there are; `REWORDINGS` need a model."""


def augmented(
    dialogues: Iterable[Dialogue],
    *,
    ways: Sequence[str],
    seed: int,
    model: BaseChatModel | None = None,
    skipped: Counter[str] | None = None,
) -> Iterator[Dialogue]:
    """Each dialogue, and after it one variant for each way that has one.

    * ``typo``: slips of the keyboard, missing capitals and marks.
    * ``transcript``: as speech recognition writes it.
    * ``code_switch``: one or two words in Chinese among English, or in English among Chinese.
    * ``facts``: facts about the character that the reply does not need are left out of the system message.
    * ``paraphrase``: said in other words by the model.
    * ``back_translation``: translated by the model into the other of English and Chinese, and back.

    Of a conversation the user's last words change, and only the last reply of the variant is learned. What
    the reply needs stays: see `roleagent.tuning.noise.pieces_of`. A way that changes nothing, or makes what
    there already is, has no variant. The note of a variant says ``augmented`` and its way. With one seed, the
    variants are the same; those of a model are as far as the model is.

    Args:
        dialogues: free of duplicates: variants are near duplicates.
        ways: some of `WAYS`.
        seed: draws what changes.
        model: for the ways that need one; it is asked at a temperature over 0 and with the seed, as far as it
            has such settings.
        skipped: is counted up, by way, for each variant that the model failed to give; the sum is logged too.

    Raises:
        ConfigurationError: there is no such way, or it needs a model.
        ModelError: the model raised several times in a row.
    """
    check_ways(ways, has_model=model is not None)
    rewording = Rewording(model, seed) if model is not None else None
    return _augmented(dialogues, ways, seed, rewording, Counter() if skipped is None else skipped)


def check_ways(ways: Sequence[str], *, has_model: bool) -> None:
    """Refuse a way to augment that there is not, or that needs a model and has none.

    Raises:
        ConfigurationError: the message names the ways.
    """
    for way in ways:
        if way not in WAYS:
            hint = f" Did you mean {near!r}?" if (near := nearest(way, WAYS)) else ""
            raise ConfigurationError(f"{way!r} is no way to augment.{hint} Known: {', '.join(WAYS)}.")
        if way in REWORDINGS and not has_model:
            raise ConfigurationError(
                f"{way!r} needs a chat model: name one with --teacher, or pass it as `model`."
            )


def _augmented(
    dialogues: Iterable[Dialogue],
    ways: Sequence[str],
    seed: int,
    rewording: Rewording | None,
    skipped: Counter[str],
) -> Iterator[Dialogue]:
    before = skipped.total()
    for dialogue in dialogues:
        yield dialogue
        seen = {_as_read(dialogue)}
        for way in ways:
            variant = _variant(dialogue, way, random.Random(f"{seed} {way} {dialogue.id}"), rewording)  # noqa: S311
            if variant is None and way in REWORDINGS and said_last(dialogue):
                skipped[way] += 1
            if variant is not None and _as_read(variant) not in seen:
                seen.add(_as_read(variant))
                yield variant
    if num := skipped.total() - before:
        _log.warning("The model gave no usable wording %d times: %s.", num, dict(skipped))


def _variant(
    dialogue: Dialogue, way: str, rng: random.Random, rewording: Rewording | None
) -> Dialogue | None:
    if way == _FACTS:
        system = with_fewer_facts(dialogue, rng)
        return _marked(dialogue, way, 0, system) if system else None
    if not (said := said_last(dialogue)):
        return None
    pieces = pieces_of(said, dialogue.reply)
    if way in _NOISES:
        language = "zh" if dialogue.language.startswith("zh") else dialogue.language
        new = _NOISES[way](pieces, language, rng)
    else:
        new = rewording.reworded(way, pieces, dialogue.language) if rewording else ""
    if not new:
        return None
    at = max(place for place, each in enumerate(dialogue.messages) if each.role == "user")
    return _marked(dialogue, way, at, parted(dialogue.messages[at].text)[0] + new)


def _marked(dialogue: Dialogue, way: str, at: int, text: str) -> Dialogue:
    """The dialogue with another text for one message; of its replies only the last is learned."""
    messages = [replace(each, learn=False) for each in dialogue.messages[:-1]]
    messages[at] = replace(messages[at], text=text)
    note = MappingProxyType({**dialogue.note, "augmented": way})
    return replace(dialogue, messages=(*messages, dialogue.messages[-1]), note=note)


def _as_read(dialogue: Dialogue) -> tuple[str, ...]:
    return tuple(map(_text, dialogue.messages))


def _text(message: Message) -> str:
    return message.text
