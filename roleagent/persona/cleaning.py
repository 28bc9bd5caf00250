"""A persona's texts and graph without a word of what was taken out of the graph."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import LITERAL, fact_sentence
from roleagent.graph.visibility import Listener, may_learn
from roleagent.language.dates import parse_date
from roleagent.lore.book import Lorebook, LoreEntry
from roleagent.persona.persona import Example, Persona, Rendering
from roleagent.persona.withheld import Teller, Withheld
from roleagent.types import Fact, Node

_PROSE = ("summary", "personality", "scenario", "greeting", "system_prompt", "post_history_instructions")
_LISTS = ("greetings", "group_greetings", "speech", "rules", "fall_backs")
_RENDERED_PROSE = ("summary", "personality", "scenario", "greeting")
_RENDERED_LISTS = ("greetings", "speech", "rules", "fall_backs")
_BY_SENTENCE = frozenset({"greetings", "group_greetings"})  # lists of long texts; items of others go whole
_NOBODY = {"zh": "你是{name}。", "en": "You are {name}."}


@dataclass(frozen=True, slots=True, kw_only=True)
class WithheldText:
    """A part of a persona's text that a view leaves out.

    Attributes:
        place: where it stands, such as ``summary`` or ``lorebooks.World.12``.
        because: ids of the withheld facts and nodes that it tells; for an entry of a lorebook that has a
            visibility of its own, none.
    """

    place: str
    text: str
    because: tuple[str, ...] = ()


class Cleaner:
    """Takes what is withheld out of one persona.

    Args:
        persona: the whole.
        graph: its graph as it was cut.
        facts: what was taken out of it.
        nodes: the same.
        listeners: for the entries of lorebooks, which have a visibility of their own.
        until: the date at which the persona is placed, where its knowledge ends.

    Attributes:
        teller: finds what tells of it in other texts; None if nothing was taken out.
        withheld_texts: what was left out so far.
    """

    def __init__(
        self,
        persona: Persona,
        graph: PersonaGraph,
        *,
        facts: tuple[Fact, ...],
        nodes: tuple[Node, ...],
        listeners: Set[Listener],
        until: str = "",
    ) -> None:
        self._persona, self._graph, self._listeners, self._until = persona, graph, listeners, until
        self.withheld_texts: list[WithheldText] = []
        withheld = _withheld(persona, graph, facts, nodes, until)
        self.teller = Teller(withheld) if facts or nodes or until else None
        self._gone_nodes = {node.id for node in withheld.nodes}
        self._gone_facts = {fact.id for fact in facts}

    def persona(self) -> Persona:
        """The persona without it; the same object if there is nothing to take out."""
        made = replace(self._persona, lorebooks=tuple(self._books()))
        if made.lorebooks == self._persona.lorebooks:
            made = self._persona
        if self.teller is not None:
            made = replace(made, **self._texts(), graph=self._clean_graph(), extensions=())
        if self._until:
            made = replace(made, horizon=replace(made.horizon, until=self._until))
        return made

    # ── texts ────────────────────────────────────────────────────────────────────────────────

    def _texts(self) -> dict[str, Any]:
        persona = self._persona
        texts = self._fields(persona, _PROSE, _LISTS, place="")
        if not texts["summary"]:
            nobody = _NOBODY["zh" if persona.language.startswith("zh") else "en"]
            texts["summary"] = nobody.format(name=persona.name)
        texts["examples"] = self._examples(persona.examples, "examples")
        texts["renderings"] = tuple(map(self._rendering, persona.renderings))
        texts["credits"] = replace(persona.credits, notes="", notes_in=())
        return texts

    def _fields(
        self, value: Persona | Rendering, prose: Iterable[str], lists: Iterable[str], *, place: str
    ) -> dict[str, Any]:
        texts: dict[str, Any] = {name: self._text(getattr(value, name), place + name) for name in prose}
        for name in lists:
            texts[name] = self._items(getattr(value, name), place + name, whole=name not in _BY_SENTENCE)
        return texts

    def _text(self, text: str, place: str, *, named: Collection[str] = ()) -> str:
        if self.teller is None:
            return text
        left, dropped = self.teller.clean(text, named=named)
        self.withheld_texts += [
            WithheldText(place=place, text=each.text, because=each.because) for each in dropped
        ]
        return left

    def _items(self, items: Iterable[str], place: str, *, whole: bool) -> tuple[str, ...]:
        """A list without the items that tell something; of a long item, only the sentences go."""
        places = ((item, f"{place}.{number}") for number, item in enumerate(items))
        if not whole:
            return tuple(filter(None, (self._text(item, where) for item, where in places)))
        return tuple(item for item, where in places if self._may_stay(item, where))

    def _may_stay(self, text: str, place: str) -> bool:
        """Whether no sentence of a text tells something; if one does, the whole text is noted as withheld."""
        _, dropped = self.teller.clean(text) if self.teller else ("", ())
        told = tuple(sorted({each for sentence in dropped for each in sentence.because}))
        if told:
            self.withheld_texts.append(WithheldText(place=place, text=text, because=told))
        return not told

    def _examples(self, examples: Iterable[Example], place: str) -> tuple[Example, ...]:
        """The exchanges that tell nothing. Each stays or goes whole: an answer is about its question."""
        kept = []
        for number, shown in enumerate(examples):
            exchange = "\n".join(" ".join(text.split()) for text in (shown.user, shown.reply))
            if self._may_stay(exchange, f"{place}.{number}"):
                kept.append(shown)
        return tuple(kept)

    def _rendering(self, rendering: Rendering) -> Rendering:
        place = f"renderings.{rendering.language}."
        texts = self._fields(rendering, _RENDERED_PROSE, _RENDERED_LISTS, place=place)
        return replace(
            rendering,
            **texts,
            examples=self._examples(rendering.examples, f"{place}examples"),
            labels=tuple(row for row in rendering.labels if row[0] not in self._gone_nodes),
            texts=tuple(row for row in rendering.texts if self._is_sayable(*row)),
        )

    def _is_sayable(self, fact_id: str, sentence: str) -> bool:
        if fact_id in self._gone_facts or self.teller is None:
            return False
        fact = self._persona.graph.facts.get(fact_id)
        return fact is None or not self._tells_another(fact, sentence)

    # ── lorebooks ────────────────────────────────────────────────────────────────────────────

    def _books(self) -> Iterator[Lorebook]:
        for number, book in enumerate(self._persona.lorebooks):
            place = f"lorebooks.{book.name or number}"
            entries = tuple(self._entries(book, place))
            yield book if entries == book.entries else replace(book, entries=entries)

    def _entries(self, book: Lorebook, place: str) -> Iterator[LoreEntry]:
        for entry in book.entries:
            where = f"{place}.{entry.id}"
            if not may_learn(entry.visibility, self._listeners):
                self.withheld_texts.append(WithheldText(place=where, text=entry.content))
                continue
            content = self._text(entry.content, where)
            if content or not entry.content:
                yield entry if content == entry.content else replace(entry, content=content)

    # ── the graph ────────────────────────────────────────────────────────────────────────────

    def _clean_graph(self) -> PersonaGraph:
        """The graph, without words of remaining nodes and facts that tell of what is gone."""
        nodes = [self._node(node) for node in self._graph.nodes.values()]
        facts = [fact for fact in map(self._fact, self._graph.facts.values()) if fact is not None]
        history = [fact for fact in map(self._fact, self._graph.history) if fact is not None]
        old = self._graph
        if nodes == [*old.nodes.values()] and facts == [*old.facts.values()] and history == [*old.history]:
            return old
        return PersonaGraph(nodes=nodes, facts=facts, relations=old.relations, history=history)

    def _node(self, node: Node) -> Node:
        if self.teller is None:
            return node
        place = f"nodes.{node.id}"
        aliases = []
        for alias in node.aliases:
            told = self.teller.told_by(alias, named=(node.id,))
            if told:
                self.withheld_texts.append(WithheldText(place=f"{place}.aliases", text=alias, because=told))
            else:
                aliases.append(alias)
        description = self._description(node, f"{place}.description")
        if len(aliases) == len(node.aliases) and description == node.description:
            return node
        return replace(node, aliases=tuple(aliases), description=description)

    def _description(self, node: Node, place: str) -> str:
        """A node's description; empty if a fact about the node is withheld, as it may tell it unnamed."""
        about = self.teller.facts_at(node.id) if self.teller else ()
        if not about or node.id == self._persona.node_id or not node.description:
            return self._text(node.description, place)
        because = tuple(fact.id for fact in about)
        self.withheld_texts.append(WithheldText(place=place, text=node.description, because=because))
        return ""

    def _fact(self, fact: Fact) -> Fact | None:
        """A fact whose own words tell of another is told by its relation's template, or dropped."""
        years = self.teller.years_in(fact.text) if self.teller else ()
        told = self._tells_another(fact, fact.text) + years
        if not told:
            return fact
        self.withheld_texts.append(WithheldText(place=f"facts.{fact.id}", text=fact.text, because=told))
        plain = self._plain(fact)
        whole = self._persona.graph.facts.get(fact.id, fact)
        last_year = (whole.valid_to or "")[:4]  # to say when a fact ends does not make it a later fact
        if not plain or any(year != last_year for year in years) or self._tells_another(fact, plain):
            return None
        return replace(fact, text=plain)

    def _tells_another(self, fact: Fact, text: str) -> tuple[str, ...]:
        """Ids of what a text tells beyond the withheld facts between a fact's own ends."""
        if self.teller is None:
            return ()
        ends = {fact.subject, fact.object}
        withheld = self.teller.facts_at(fact.subject)
        return self.teller.told_by(
            text, but=[each.id for each in withheld if {each.subject, each.object} == ends]
        )

    def _plain(self, fact: Fact) -> str | None:
        relation, nodes = self._graph.relations.get(fact.relation), self._graph.nodes
        if relation is None or not relation.text:
            return None
        return fact_sentence(
            relation,
            subject_label=nodes[fact.subject].label,
            object_label=nodes[fact.object].label,
            language=self._persona.language,
            valid_from=fact.valid_from,
            valid_to=fact.valid_to,
        )


# ── all the words for what was taken out ─────────────────────────────────────────────────────────


def _withheld(
    persona: Persona, graph: PersonaGraph, facts: tuple[Fact, ...], nodes: tuple[Node, ...], until: str
) -> Withheld:
    """What must not be told: not a fact that another one, still there, says in the same terms."""
    known = {(fact.subject, fact.relation, fact.object) for fact in graph.facts.values()} if facts else set()
    facts = tuple(fact for fact in facts if (fact.subject, fact.relation, fact.object) not in known)
    gone = {node.id: node for node in nodes}
    about = {*gone, *(end for fact in facts for end in (fact.subject, fact.object))}
    named = {node_id: gone.get(node_id) or persona.graph.nodes[node_id] for node_id in about}
    labels, sentences = _rendered(persona)
    others = [node for node in graph.nodes.values() if node.id not in about] if about else []
    return Withheld(
        facts=facts,
        nodes=nodes,
        own=persona.node_id,
        names={
            node_id: (node.label, *node.aliases, *labels.get(node_id, ())) for node_id, node in named.items()
        },
        values=frozenset(node_id for node_id, node in named.items() if node.type == LITERAL),
        texts={fact.id: (fact.text, *sentences.get(fact.id, ())) for fact in facts},
        others=[label for node in others for label in (node.label, *labels.get(node.id, ()))],
        year=(parse_date(until) or (None,))[0],
    )


def _rendered(persona: Persona) -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:
    """Labels by node id and sentences by fact id, in the persona's further languages."""
    labels: dict[str, list[str]] = {}
    sentences: dict[str, list[str]] = {}
    for rendering in persona.renderings:
        for node_id, label in rendering.labels:
            labels.setdefault(node_id, []).append(label)
        for fact_id, sentence in rendering.texts:
            sentences.setdefault(fact_id, []).append(sentence)
    return labels, sentences
