"""Does the character sound like itself? Likeness of its replies to its own utterances and to those of others.

The utterances of a persona are its greetings, the replies of its examples and its fall-backs. A reply sounds
like a persona as far as it is near the three nearest of them, in the space of a frozen embedder. An embedder
hears topics as well as manner, so this is a figure to compare two runs by, and no pass or fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from roleagent.errors import InputError
from roleagent.evaluation.checks import num_words
from roleagent.evaluation.results import Result, Tally, Voice
from roleagent.persona.rendering import rendered

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from roleagent.persona.persona import Persona

_NEAREST = 3  # utterances that count
_LEAST_WORDS = 4  # of a reply that has a voice


def voice_of(
    results: Sequence[Result], persona: Persona, others: Sequence[Persona], embedder: Embeddings
) -> Voice | None:
    """The voice of some replies; None if there is nothing to compare.

    Args:
        results: of one respondent; replies of one to three words are left out.
        persona: who should speak.
        others: who could be mistaken for it, in the same language.
        embedder: any; the same for the runs that are compared.
    """
    texts = [result.text for result in results if num_words(result.text) >= _LEAST_WORDS]
    pools = [utterances_of(each) for each in (persona, *others)]
    if not texts or len(pools) < 2 or not all(pools):
        return None
    vectors = _normalised(embedder.embed_documents([*texts, *(one for pool in pools for one in pool)]))
    replies, start, likeness = vectors[: len(texts)], len(texts), list[list[float]]()
    for pool in pools:
        known = vectors[start : start + len(pool)]
        likeness.append([_likeness(reply, known) for reply in replies])
        start += len(pool)
    own, best = likeness[0], [max(each) for each in zip(*likeness[1:], strict=True)]
    nearer = sum(one > other for one, other in zip(own, best, strict=True))
    return Voice(
        own=sum(own) / len(own),
        others=sum(best) / len(best),
        is_own=Tally(right=nearer, n=len(own)),
    )


def utterances_of(persona: Persona) -> list[str]:
    """What the persona's file has it say."""
    said = (
        persona.greeting,
        *persona.greetings,
        *(example.reply for example in persona.examples),
        *persona.fall_backs,
    )
    return [text for text in dict.fromkeys(said) if text]


def other_voices(persona: Persona) -> list[Persona]:
    """The bundled personas besides this one that speak its language, or have a rendering in it."""
    from roleagent.formats.load import bundled_personas, load_persona

    found = []
    for name in bundled_personas():
        other = load_persona(name)
        if other.name == persona.name or other.id == persona.id.removesuffix("_twin"):
            continue
        try:
            found.append(rendered(other, persona.language))
        except InputError:  # it does not speak this language
            continue
    return found


def _normalised(vectors: Sequence[Sequence[float]]) -> list[list[float]]:
    lengths = [sum(value * value for value in vector) ** 0.5 or 1.0 for vector in vectors]
    return [[value / length for value in vector] for vector, length in zip(vectors, lengths, strict=True)]


def _likeness(reply: Sequence[float], known: Sequence[Sequence[float]]) -> float:
    cosines = sorted((sum(a * b for a, b in zip(reply, each, strict=True)) for each in known), reverse=True)
    nearest = cosines[:_NEAREST]
    return sum(nearest) / len(nearest)
