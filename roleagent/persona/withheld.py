"""Does a text tell what is withheld? By names and by the facts' own sentences, without reading the language.

A text is judged sentence by sentence. A sentence tells something withheld where it

- names a node that was taken out of the graph, or holds a value that was and that is no common word,
- holds the sentence of a fact that was taken out,
- names both ends of such a fact. The character's own node counts as named in all that it may say or read, so
  that for a fact about itself the far end is enough. What the sentence before names counts too. Or
- names a year that is still to come, for a persona that is placed at a date.

Names are labels and aliases in every language of the persona, compared as `mentions` compares them. So this
takes out too much rather than too little: with a secret about the character and Watson, every sentence that
names Watson goes. It finds no paraphrase: "the doctor" is not Watson unless that is an alias.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from roleagent.graph.mentions import MentionFinder
from roleagent.graph.schema import LITERAL
from roleagent.language.scripts import has_unspaced
from roleagent.language.sentences import split_sentences
from roleagent.types import Fact, Node

_MIN_LETTERS, _MIN_CJK = 3, 2  # shorter values, such as "no", are in too many texts
_MIN_CODE, _MIN_PHRASE, _MIN_LONG_CJK = 6, 10, 4  # longer ones are hardly in a text by chance
_ARTICLE = re.compile(r"(?:the|an?)\s+(?=\S)", re.IGNORECASE)
_END_MARKS = " .!?…。！？"
_YEAR = re.compile(r"(?<![\d.,])[12]\d{3}(?![\d])")
_FIRST_YEAR = 1000
_NAME = "name"  # a type of node that `MentionFinder` does not leave out


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """What was taken out of a persona's graph, and all the words for it.

    Attributes:
        facts: those taken out.
        nodes: those taken out, values among them.
        own: id of the character's own node.
        names: node id -> its label, then its aliases, of the taken nodes and of the ends of the taken facts.
        texts: fact id -> sentences of the taken facts.
        values: ids of those of the named nodes that are literal values.
        others: labels of nodes that are still there; one that holds a withheld name is not that name.
        year: the last that the character knows; a later one, in four digits, tells of the time to come.
    """

    facts: tuple[Fact, ...]
    nodes: tuple[Node, ...]
    own: str
    names: Mapping[str, Sequence[str]]
    texts: Mapping[str, Collection[str]]
    values: Collection[str] = ()
    others: Iterable[str] = field(default=(), repr=False)
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """A sentence that was left out, and the ids of the nodes and facts that it told."""

    text: str
    because: tuple[str, ...]


class Teller:
    """Finds the sentences of a text that tell what is withheld."""

    def __init__(self, withheld: Withheld) -> None:
        self._own, self._year = withheld.own, withheld.year
        self._gone = {node.id for node in withheld.nodes}
        self._gone_things = {
            node.id for node in withheld.nodes if node.type != LITERAL or is_distinctive(node.label)
        }
        self._facts_at: defaultdict[str, list[Fact]] = defaultdict(list)
        for fact in withheld.facts:
            if fact.subject != fact.object:
                self._facts_at[fact.subject].append(fact)
                self._facts_at[fact.object].append(fact)
        self._nodes_of: defaultdict[str, set[str]] = defaultdict(set)  # by the name as the finder gives it
        self._texts_of: defaultdict[str, set[str]] = defaultdict(set)
        self._finder = self._make_finder(withheld)

    def _make_finder(self, withheld: Withheld) -> MentionFinder:
        """A finder whose "nodes" are names, since one name may be many nodes'."""
        named = [*_names(withheld)]
        told = [
            (fact_id, text.strip(_END_MARKS)) for fact_id, each in withheld.texts.items() for text in each
        ]
        words = dict.fromkeys(text for _, text in (*named, *told))
        telling = MentionFinder(map(_as_node, words))
        longer = [other for other in withheld.others if other not in words and telling.find(other)]
        finder = MentionFinder(map(_as_node, [*words, *longer]))
        for node_id, name in named:
            self._nodes_of[_known_as(name, finder)].add(node_id)
        for fact_id, text in told:
            self._texts_of[_known_as(text, finder)].add(fact_id)
        return finder

    def told_by(
        self, text: str, *, named: Collection[str] = (), but: Collection[str] = ()
    ) -> tuple[str, ...]:
        """Ids of the withheld nodes and facts that one sentence or name tells.

        Args:
            text: a sentence.
            named: ids of nodes that count as named.
            but: ids of facts that are left aside.
        """
        found = self._finder.find(text)
        nodes = {node_id for name in found for node_id in self._nodes_of.get(name, ())}
        texts = {fact_id for name in found for fact_id in self._texts_of.get(name, ())}
        present = {*nodes, *named}
        pairs = {
            fact.id
            for node_id in nodes
            for fact in self._facts_at.get(node_id, ())
            if fact.subject in present and fact.object in present
        }
        return tuple(sorted((nodes & self._gone_things) | ((texts | pairs) - set(but))))

    def is_quoted_in(self, text: str) -> bool:
        """Whether a text names a node or value that is gone, or holds the sentence of a fact that is."""
        found = self._finder.find(text)
        return any(
            self._texts_of.get(name) or not self._gone.isdisjoint(self._nodes_of.get(name, ()))
            for name in found
        )

    def years_in(self, text: str) -> tuple[str, ...]:
        """Years later than the last that is known; a story of invented years below 1000 has none."""
        if self._year is None or self._year < _FIRST_YEAR:
            return ()
        found = _YEAR.findall(unicodedata.normalize("NFKC", text))
        return tuple(dict.fromkeys(year for year in found if int(year) > (self._year or 0)))

    def facts_at(self, node_id: str) -> tuple[Fact, ...]:
        """The withheld facts of which a node is an end."""
        return tuple(self._facts_at.get(node_id, ()))

    def names_in(self, text: str) -> set[str]:
        """Ids of the withheld nodes, and of ends of withheld facts, that a text names."""
        return {node_id for name in self._finder.find(text) for node_id in self._nodes_of.get(name, ())}

    def clean(self, text: str, *, named: Collection[str] = ()) -> tuple[str, tuple[Dropped, ...]]:
        """A text without the sentences that tell what is withheld, and those; else as it is, to the letter.

        Args:
            text: what the character says or reads, so that it counts as named itself.
            named: ids of further nodes that count as named.
        """
        kept: list[str] = []
        dropped: list[Dropped] = []
        before: set[str] = set()
        for piece in _pieces(text):
            told = self.told_by(piece, named={self._own, *named, *before}) + self.years_in(piece)
            if told:
                dropped.append(Dropped(piece.strip(), told))
            else:
                kept.append(piece)
            before = self.names_in(piece)
        return ("".join(kept).strip(), tuple(dropped)) if dropped else (text, ())


def is_telling(value: str) -> bool:
    """Whether a literal value says enough to be looked for in texts: "no" and "3" do not.

    >>> is_telling("no"), is_telling("42"), is_telling("red"), is_telling("红"), is_telling("红色")
    (False, True, True, False, True)
    """
    num_letters = sum(char.isalnum() for char in value)
    if has_unspaced(value):
        return num_letters >= _MIN_CJK
    return num_letters >= _MIN_LETTERS or (num_letters == 2 and value.strip().isdigit())


def _names(withheld: Withheld) -> Iterator[tuple[str, str]]:
    """Each node's id with each of its names, those without their article too.

    Short values are left out. So is an alias that holds the name of a node that is gone: in a text, that name
    must be found instead.
    """
    gone = {node.id for node in withheld.nodes if node.type != LITERAL}
    among_gone = MentionFinder(
        _as_node(name) for node_id in gone for each in withheld.names[node_id] for name in (each, _bare(each))
    )
    for node_id, names in withheld.names.items():
        label, *aliases = names
        if node_id not in gone:
            aliases = [alias for alias in aliases if not among_gone.find(alias)]
        for name in dict.fromkeys((label, *aliases, _bare(label), *map(_bare, aliases))):
            if node_id not in withheld.values or is_telling(name):
                yield node_id, name


def _bare(name: str) -> str:
    article = _ARTICLE.match(name)
    return name[article.end() :] if article else name


def is_distinctive(value: str) -> bool:
    """Whether a literal value is hardly ever in a text by chance, so that the value alone tells.

    >>> [is_distinctive(value) for value in ("K7-4711", "silver", "the third stair", "第三级台阶")]
    [True, False, True, True]
    """
    num_letters = sum(char.isalnum() for char in value)
    if has_unspaced(value):
        return num_letters >= _MIN_LONG_CJK
    has_digit = any(char.isdigit() for char in value)
    return num_letters >= (_MIN_CODE if has_digit else _MIN_PHRASE)


def _as_node(name: str) -> Node:
    return Node(id=name, type=_NAME, label=name)


def _known_as(name: str, finder: MentionFinder) -> str:
    """The first of the names that read the same; the name itself if the finder does not know it."""
    return next(iter(finder.find(name)), name)


def _pieces(text: str) -> Iterator[str]:
    """The sentences of a text, each with the white space after it: joined, they are the text."""
    start, position = 0, 0
    for number, sentence in enumerate(split_sentences(text)):
        position = text.index(sentence, position)
        if number:
            yield text[start:position]
            start = position
        position += len(sentence)
    if text:
        yield text[start:]
