"""Values that a sentence takes for the character's own: birthplace, home, trade, instrument, animal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from roleagent.critics.agreement import agrees, names_agree
from roleagent.critics.consistency import Claim, contradicted, read_claims, templates_of
from roleagent.critics.premises_known import Known, pattern_of
from roleagent.critics.premises_words import telling_words
from roleagent.language.scripts import has_han
from roleagent.protocols import Scene
from roleagent.types import Doubt, Fact

_SHORTEST_UNSPACED = 2
_AS_FIRST_PERSON = (
    (re.compile(r"\byou are\b|\byou're\b", re.I), "I am"),
    (re.compile(r"\byou were\b", re.I), "I was"),
    (re.compile(r"\byours?\b", re.I), "my"),
    (re.compile(r"\byou\b", re.I), "I"),
    (re.compile(r"[你您]"), "我"),
)
_LEAD = re.compile(r"^(?:in|on|at|near|to|the) +", re.I)
_ASKED = re.compile(
    r"[的哪谁吗]|什么|任何|多少|\b(?:what|which|where|who|whom)\b", re.I
)  # a value that is asked for
_AS_SECOND_PERSON = (
    (r"\bI am\b", "you are"),
    (r"\bI was\b", "you were"),
    (r"\bI\b", "you"),
    (r"\bmy\b", "your"),
)


def of_claims(text: str, known: Known) -> Iterator[Doubt]:
    """What is said of the character, held against its facts as if it had said it of itself."""
    scene = known.scene
    templates = templates_of(scene.graph, scene.persona.language)
    for match in pattern_of(known.table["claims"]).finditer(_with_subject(text)):
        clause = match.group()
        for pattern, first in _AS_FIRST_PERSON:
            clause = pattern.sub(first, clause)
        for claim in read_claims(clause, templates):
            against = None if _ASKED.search(claim.value) else contradicted(claim, scene)
            fact = against or _other_value(claim, scene)
            if fact is not None and not _is_named(claim.value, fact, scene):
                quote = _said_of_you(claim.quote)
                yield known.doubt("other", quote, facts=[fact])


def _is_named(value: str, fact: Fact, scene: Scene) -> bool:
    """Whether a value names the true one in fewer words, or in more."""
    true, said = scene.graph.nodes[fact.object], _LEAD.sub("", re.split("[,，]", value)[0].strip())
    return any(names_agree(said, name) for name in (true.label, *true.aliases))


def _other_value(claim: Claim, scene: Scene) -> Fact | None:
    """The fact whose value a claim does not name; a value that cannot be compared may still be the same."""
    relation = {"born": "born_in"}.get(claim.relation, claim.relation)
    facts = scene.graph.values(scene.persona.node_id, relation) if claim.subject == "I" else ()
    is_name = re.search(r"\b[A-Z]", claim.value) is not None or has_han(claim.value)
    if (
        claim.denied
        or _ASKED.search(claim.value)
        or not is_name
        or len(facts) != 1
        or relation in ("is", "is_called")
    ):
        return None
    return facts[0] if agrees(claim.value, facts[0], scene) is None else None


_AS_ONE = re.compile(
    r"\b(?:as|being) (?:somebody|someone|a (?:man|woman|person)|one)(?: who (?:is|was))? "
    r"(?=born|raised|living|married)"
    r"|\b(?:what's it like|what is it like|how is it|how does it feel),? (?:being )?(?=born|living|married)"
    r"|\bbeing (?=born|married)",
    re.IGNORECASE,
)
_MARRIED = re.compile(r"\bdid you marry\b", re.IGNORECASE)


def _with_subject(text: str) -> str:
    """The same text with "you were born in Lisbon" for "as somebody born in Lisbon"."""

    def you(found: re.Match[str]) -> str:
        return "you were " if found.string.startswith("born", found.end()) else "you are "

    return _AS_ONE.sub(you, _MARRIED.sub("you married", text))


def _said_of_you(quote: str) -> str:
    """A claim in the first person, said to the character again."""
    for one, other in _AS_SECOND_PERSON:
        quote = re.sub(one, other, quote)
    return re.split("[,，]", quote.replace("我", "你"))[0].strip()


def of_values(sentence: str, known: Known, *, of_you: bool) -> Iterator[Doubt]:
    """Trades, instruments and animals that are taken for the character's own.

    Args:
        sentence: addressed to the character.
        known: what is known.
        of_you: take the patterns that say "you" themselves, or the others.
    """
    for entry in known.table["values"]:
        if entry.get("of_you", False) is not of_you or not pattern_of(entry["beside"]).search(sentence):
            continue
        for match in pattern_of(entry["pattern"]).finditer(sentence):
            value = next(filter(None, match.groups()), "")
            is_asked = _ASKED.search(value) or (has_han(value) and len(value) < _SHORTEST_UNSPACED)
            if (
                value
                and not is_asked
                and any(telling_words(value))
                and not any(known.holds_word(each) for each in _parts(value))
            ):
                yield known.doubt("value", value)


def _parts(value: str) -> Sequence[str]:
    """What of a value may be known: its last word; in Chinese any two characters."""
    if not has_han(value):
        return [value.split()[-1]]
    return [value[at : at + 2] for at in range(len(value) - 1)]
