"""Is a rule triggered? Primary keys first, then secondary ones by the rule's logic, then decorators' keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from roleagent.lore.activation import Reason
from roleagent.lore.index import Key, Rule
from roleagent.lore.scan import Document, Scanner


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a search for a rule's keys came to.

    Attributes:
        reason: ``key`` or ``constant`` where the rule is triggered, else what it lacks.
        key: the key found, or the one that stands in the way.
        document: where it was found.
        other_keys: secondary and additional keys that were found too.
        score: for groups that go by the number of keys.
    """

    reason: Reason
    key: str = ""
    document: Document | None = None
    other_keys: tuple[str, ...] = ()
    score: int = 0

    @property
    def is_triggered(self) -> bool:
        """Whether nothing is lacking."""
        return self.reason in ("key", "constant")


def match(rule: Rule, documents: Sequence[Document], scanner: Scanner) -> Match:
    """Look for a rule's keys in the documents in its reach."""
    hit = _Hits(rule, documents, scanner)
    found = _primary(rule, hit)
    if not found.is_triggered:
        return found
    blocked = _blocked(rule, hit)
    if blocked is not None:
        return blocked
    additional = hit.among(rule.additional)
    if rule.additional and not additional:
        return Match(reason="additional", key=found.key, document=found.document)
    others = (*found.other_keys, *(key.text for key in additional))
    return Match(
        reason=found.reason, key=found.key, document=found.document, other_keys=others, score=found.score
    )


class _Hits:
    """The keys of one rule in one set of documents."""

    def __init__(self, rule: Rule, documents: Sequence[Document], scanner: Scanner) -> None:
        self._rule, self._documents, self._scanner = rule, documents, scanner

    def where(self, key: Key) -> Document | None:
        return self._scanner.first(key, self._rule, self._documents)

    def among(self, keys: Sequence[Key]) -> list[Key]:
        return [key for key in keys if self.where(key) is not None]


def _primary(rule: Rule, hit: _Hits) -> Match:
    places = ((key, hit.where(key)) for key in rule.primary)
    key, place = next(((key, place) for key, place in places if place is not None), (None, None))
    text = key.text if key else ""
    if rule.entry.constant:
        return Match(reason="constant", key=text, document=place, score=_score(rule, hit, []))
    if key is None:
        return Match(reason="no_match" if rule.primary else "no_keys")
    secondary = hit.among(rule.secondary)
    others = tuple(each.text for each in secondary)
    if not _logic_holds(rule, len(secondary)):
        return Match(reason="secondary", key=text, document=place, other_keys=others)
    score = _score(rule, hit, secondary)
    return Match(reason="key", key=text, document=place, other_keys=others, score=score)


def _logic_holds(rule: Rule, num_found: int) -> bool:
    if not rule.secondary:
        return True
    holds = {
        "and_any": num_found > 0,
        "and_all": num_found == len(rule.secondary),
        "not_any": num_found == 0,
        "not_all": num_found < len(rule.secondary),
    }
    return holds[rule.entry.logic]


def _score(rule: Rule, hit: _Hits, secondary: Sequence[Key]) -> int:
    """One for each primary key; for each secondary one found (and_any), or for all of them (and_all)."""
    if not rule.entry.group:
        return 0
    counts = rule.entry.logic in ("and_any", "and_all")
    return len(hit.among(rule.primary)) + (len(secondary) if counts else 0)


def _blocked(rule: Rule, hit: _Hits) -> Match | None:
    for key in rule.excluding:
        place = hit.where(key)
        if place is not None:
            return Match(reason="excluded", key=key.text, document=place)
    if rule.excluding_all and len(hit.among(rule.excluding_all)) == len(rule.excluding_all):
        return Match(reason="excluded", key=", ".join(key.text for key in rule.excluding_all))
    return None
