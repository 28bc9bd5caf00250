"""What one language says of oneself, read from its cue file: `english_cues.toml` or `chinese_cues.toml`.

Cues stand under ``[cues.RELATION.READER]`` by stance: ``holds``, ``began``, ``held``, ``ended``, ``never``
(see `Stance`), and ``took_over`` for what began and replaces what was ("my new job is at Lidl"). ``[kin]``
holds ways to name a relative that are the same for all of them.

Each is a template: a regular expression in which ``<name>`` stands for a slot, a space for any white space,
and brackets group without catching: ``<I> (live|dwell) in <words>``. A line break and the spaces after it
count for nothing. Case is ignored, and a group repeats at most five times.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from importlib.resources import files
from typing import Any

from roleagent.graph.schema import LITERAL
from roleagent.language.patterns import bounded
from roleagent.learning.rules import Stance
from roleagent.learning.statements import Filter

_SLOT = re.compile(r"(?<!\?P)<(\w+)>")
_NOTATION = re.compile(r"\\(u\w{4}|.)|\?P[<=]\w+")  # what has letters in a pattern and does not match them
_MAX_NESTED = 12  # slots within slots
_TOOK_OVER = "took_over"  # in a cue file: it began, and took the place of what was

Reader = Callable[[str, bool], tuple[str, ...]]
"""From the words a cue caught, and whether their sentence uses capitals, to clean values.

No value means that the words do not fit the cue: "I live in fear" names no place.
"""

NODE_TYPES = {
    "lives_in": "place",
    "comes_from": "place",
    "born_in": "place",
    "works_at": "organisation",
    "studied_at": "organisation",
    "has_pet": "animal",
    "married_to": "person",
    "sibling_of": "person",
    "parent_of": "person",
    "has_mother": "person",
    "has_father": "person",
    "friend_of": "person",
}
"""What the value of a relation becomes in the graph; a literal if the relation is not listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A way of saying something, and the relation it stands for.

    Attributes:
        pattern: its group ``value`` catches the value, ``kind`` a further word on it, and ``elided``
            something if the subject was left out.
        read: turns the caught words into values.
        stance: how the words stand to the value.
        replaces: see `Claim`.
    """

    relation: str
    pattern: re.Pattern[str]
    read: Reader
    stance: Stance = "holds"
    replaces: bool = False

    @property
    def node_type(self) -> str:
        """What the value becomes in the graph; an ending that names no value is of no type."""
        has_value = "value" in self.pattern.groupindex
        return NODE_TYPES.get(self.relation, LITERAL) if has_value else LITERAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """How one language corrects.

    Attributes:
        mark: says that what was said before was wrong, so that what follows corrects it.
        instead: matches, just after a value, the ``wrong`` one that it takes the place of.
        swaps: name the ``right`` value, and most the ``wrong`` one.
        denials: name a value (``wrong``) that was made up.
        moves: name the ``right`` value, and the ``wrong`` one that it follows: both held.
        partings: name a value (``wrong``) that was left, whether a place or a job.
        no_value: matches caught words that are no value ("I meant it").
        strip: matches the words around a value that are no part of it ("in", "the name").
    """

    mark: re.Pattern[str]
    instead: re.Pattern[str]
    swaps: tuple[re.Pattern[str], ...]
    denials: tuple[re.Pattern[str], ...]
    moves: tuple[re.Pattern[str], ...]
    partings: tuple[re.Pattern[str], ...]
    no_value: re.Pattern[str]
    strip: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """How one language says things of oneself.

    Attributes:
        filter: what marks a sentence as not said in earnest.
        disowned: matches words before a cue that give the claim to somebody else ("he says …").
        others: matches a sentence about somebody else; one that follows without a subject is theirs.
        boundary: parts a sentence into clauses, each with a time of its own.
        vague: matches a value that describes a place and does not name it.
        corrections: how it takes back what was said.
        fold: a rewriting that keeps the length, on which the patterns match; identity if none is needed.
        read_kind: turns the further word that a cue caught into its plain form.
    """

    cues: tuple[Cue, ...]
    filter: Filter
    disowned: re.Pattern[str]
    others: re.Pattern[str]
    boundary: re.Pattern[str]
    vague: re.Pattern[str]
    corrections: Corrections
    fold: Callable[[str], str] = str
    read_kind: Callable[[str], str] = str


def load_grammar(
    language: str,
    readers: Mapping[str, Reader],
    *,
    fold: Callable[[str], str] = str,
    read_kind: Callable[[str], str] = str,
) -> Grammar:
    """The grammar that ``<language>_cues.toml`` describes.

    Args:
        language: ``english`` or ``chinese``.
        readers: what the cues call by name.
        fold: see `Grammar`.
        read_kind: see `Grammar`.
    """
    text = files("roleagent.learning").joinpath(f"{language}_cues.toml").read_text(encoding="utf-8")
    return grammar_from(tomllib.loads(text), readers, fold=fold, read_kind=read_kind)


def grammar_from(
    document: Mapping[str, Any],  # as TOML gives it
    readers: Mapping[str, Reader],
    *,
    fold: Callable[[str], str] = str,
    read_kind: Callable[[str], str] = str,
) -> Grammar:
    """The grammar that a cue file's content describes; see `load_grammar`."""
    slots, sentence = document["slots"], document["filter"]

    def made(template: str | list[str]) -> Any:  # one pattern, or several
        if isinstance(template, list):
            return tuple(compiled(each, slots) for each in template)
        return compiled(template, slots)

    return Grammar(
        cues=tuple(_cues(document, readers, slots)),
        filter=Filter(**{each.name: made(sentence[each.name]) for each in fields(Filter)}),
        **{name: made(sentence[name]) for name in ("disowned", "others", "boundary", "vague")},
        corrections=Corrections(**{name: made(each) for name, each in document["corrections"].items()}),
        fold=fold,
        read_kind=read_kind,
    )


def _cues(document: Mapping[str, Any], readers: Mapping[str, Reader], slots: Mapping[str, str]) -> list[Cue]:
    found = [
        Cue(
            relation=relation,
            pattern=compiled(template, slots),
            read=readers[reader],
            stance="began" if stance == _TOOK_OVER else stance,
            replaces=stance == _TOOK_OVER,
        )
        for relation, tables in document["cues"].items()
        for reader, stances in tables.items()
        for stance, templates in stances.items()
        for template in templates
    ]
    kin = dict(document.get("kin", {}))
    for template in kin.pop("say", ()):  # the same ways to name every relative
        for relation, who in kin.items():
            pattern = compiled(template, {**slots, "who": who})
            found.append(Cue(relation=relation, pattern=pattern, read=readers["names"]))
    return found


def compiled(template: str, slots: Mapping[str, str]) -> re.Pattern[str]:
    r"""A template as a pattern.

    >>> print(compiled("<I> (really )?like", {"I": r"\bI"}).pattern)
    \bI\s+(?:really\s+)?like
    """
    for _ in range(_MAX_NESTED):
        template = _SLOT.sub(lambda slot: slots[slot[1]], template)
    spaced = re.sub(r" +", r"\\s+", re.sub(r"\n *", "", template))
    letters = _NOTATION.sub(
        "", spaced
    )  # ignoring the case of a script without case takes a third of the time
    flags = re.IGNORECASE if letters.upper() != letters.lower() else re.NOFLAG
    return re.compile(bounded(re.sub(r"(?<!\\)\((?!\?)", "(?:", spaced)), flags)
