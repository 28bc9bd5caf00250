"""The persona as one listener may meet it at one moment of its story: everything else is gone from it.

Not only from the graph: no text of the persona tells what the graph no longer holds. So nothing that is made
from a view (a prompt, a tool's answer, a critic's reason) can hold a secret, whatever anybody asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from roleagent.errors import InputError
from roleagent.graph.cache import LastUsed
from roleagent.graph.cuts import ends
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.timeline import cut_time, ends_after, starts_after
from roleagent.graph.visibility import Listener, confidants, cut_secrets, listeners_of, may_learn
from roleagent.language.dates import parse_date
from roleagent.persona.cleaning import Cleaner, WithheldText
from roleagent.persona.persona import Persona
from roleagent.persona.problems import did_you_mean
from roleagent.persona.withheld import Teller
from roleagent.types import PUBLIC, Fact, GraphUpdate, Node

_NUM_VIEWS = 16
_VIEWS = LastUsed(_NUM_VIEWS)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a listener may meet.

    Attributes:
        persona: without what the listener may not learn, and without what is later than the moment.
        listeners: who hears the reply, for `may_learn`.
        as_of: the moment as a date; empty for the end of the story.
        withheld_texts: what was left out of the persona's texts, and why. For the author's eyes alone: it
            never belongs in a prompt.
    """

    persona: Persona
    listeners: frozenset[Listener]
    as_of: str = ""
    withheld_texts: tuple[WithheldText, ...] = field(default=(), repr=False)
    teller: Teller | None = field(default=None, repr=False, compare=False)

    def clean(self, text: str, *, beside: str = "") -> str:
        """A text from elsewhere, such as a tool's, without the sentences that tell what is withheld.

        Args:
            text: what to judge.
            beside: what the text answers; the names in it count in every sentence.
        """
        if self.teller is None:
            return text
        return self.teller.clean(text, named=self.teller.names_in(beside))[0]

    def quoted_in(self, text: str) -> bool:
        """Whether a text names a node or value that is gone, or holds the sentence of a fact that is.

        For reasons of critics: they name both ends of facts that are known, so pairs say nothing there.
        """
        return self.teller is not None and self.teller.is_quoted_in(text)

    def with_learned(self, learned: GraphUpdate, history: tuple[Fact, ...] = ()) -> PersonaGraph:
        """The persona's graph, and over it what was learned from the user and the listener may learn.

        Args:
            learned: nodes, and facts as `added`.
            history: former versions of facts.
        """
        graph = self.persona.graph
        nodes = {node.id: node for node in learned.nodes}
        facts = [fact for fact in learned.added if self._may_hear(fact, nodes)]
        past = [fact for fact in history if self._may_hear(fact, nodes)]
        needed = ends((*facts, *past))
        return graph.with_learned([node for node in learned.nodes if node.id in needed], facts, past)

    def _may_hear(self, fact: Fact, nodes: dict[str, Node]) -> bool:
        """Whether a learned fact is for the listener; one about a withheld node is not."""
        known = self.persona.graph.nodes
        is_told = all(end in known or end in nodes for end in (fact.subject, fact.object))
        return is_told and may_learn(fact.visibility, self.listeners)


def view(persona: Persona, *, listener: str = "", user_id: str = "", as_of: str = "") -> View:
    """The persona that a listener may meet at a moment; the last few views are kept.

    Args:
        persona: the whole.
        listener: id of the person of the persona's world whom the user stands for; empty for a stranger.
        user_id: who the user is, for facts that are for ``user:ID`` alone.
        as_of: a date of any precision, or a chapter's id; empty for the end of the story.

    Raises:
        InputError: `listener` is no person of the graph, or `as_of` neither a date nor a chapter.
    """
    check_listener(persona, listener)
    date = resolve_moment(persona, as_of)
    listeners = listeners_of(user_id, listener)
    of_lore = {name for book in persona.lorebooks for entry in book.entries for name in entry.visibility}
    entrusted = of_lore | (confidants(persona.graph) or frozenset())
    # Listeners to whom the persona entrusts nothing are all strangers to it, and share a view.
    key = (id(persona), frozenset(frozenset(one) & entrusted for one in listeners), date)
    # The persona is kept beside its view, so that no other one gets its id.
    made: View
    _, made = _VIEWS.get(key, lambda: (persona, _make(persona, listeners, date)))
    return made if made.listeners == listeners else replace(made, listeners=listeners)


def as_confided(update: GraphUpdate, *, listener: str = "") -> GraphUpdate:
    """An update whose new facts are visible only to those who could know the facts that they replace.

    A character's hiding place, for example, stays as secret after a move as it was before.

    Args:
        update: a proposal.
        listener: the only one who may learn new facts without an episode; the others follow their episodes.
    """
    guarded = {
        (fact.subject, fact.relation): fact.visibility
        for fact in update.superseded
        if PUBLIC not in fact.visibility
    }
    added = tuple(_confided(fact, guarded, listener) for fact in update.added)
    return update if added == update.added else replace(update, added=added)


def _confided(fact: Fact, guarded: Mapping[tuple[str, str], tuple[str, ...]], listener: str) -> Fact:
    before = guarded.get((fact.subject, fact.relation))
    if before is not None:
        return replace(fact, visibility=before)
    is_open = listener and not fact.evidence and PUBLIC in fact.visibility
    return replace(fact, visibility=(listener,)) if is_open else fact


def check_listener(persona: Persona, listener: str) -> None:
    """Refuse a listener who is no person of the persona's world.

    Raises:
        InputError: the graph has no person of that id.
    """
    if not isinstance(listener, str):
        raise InputError(f"listener is {listener!r}: pass the id of a person, or nothing for a stranger.")
    node = persona.graph.nodes.get(listener)
    if not listener or (node is not None and node.type == "person"):
        return
    people = [node.id for node in persona.graph.nodes.values() if node.type == "person"]
    raise InputError(
        f"listener is {listener!r}, which is no person of {persona.id!r}.{did_you_mean(listener, people)} "
        "Pass the id of a node of the type person, or nothing for a stranger."
    )


def resolve_moment(persona: Persona, as_of: str) -> str:
    """The date that a date or a chapter's id stands for; empty for the end of the story.

    Raises:
        InputError: it is neither.
    """
    if not isinstance(as_of, str):
        raise InputError(f"as_of is {as_of!r}: pass a string, such as '1881' or a chapter's id.")
    for chapter in persona.chapters:
        if chapter.id == as_of:
            return chapter.date
    if not as_of or parse_date(as_of) is not None:
        return as_of
    chapters = [chapter.id for chapter in persona.chapters]
    raise InputError(
        f"as_of is {as_of!r}, which is neither a date nor a chapter of {persona.id!r}."
        f"{did_you_mean(as_of, chapters)} Write 1881, 1881-03, 1881-03-04 or a chapter's id."
    )


def _horizon_that_cuts(persona: Persona) -> str:
    """The horizon, if the graph tells of something later; empty otherwise."""
    until = persona.horizon.until or ""
    last = parse_date(until) if until else None
    if last is None:
        return ""
    facts = persona.graph.facts.values()
    return until if any(starts_after(fact, last) or ends_after(fact, last) for fact in facts) else ""


def _make(persona: Persona, listeners: frozenset[Listener], date: str) -> View:
    own, graph = persona.node_id, persona.graph
    facts: tuple[Fact, ...] = ()
    nodes: tuple[Node, ...] = ()
    latest = date or _horizon_that_cuts(persona)
    if latest:  # first, since a secret may say when something began
        cut = cut_time(graph, latest, own=own)
        graph, facts, nodes = cut.graph, cut.facts, cut.nodes
    cut = cut_secrets(graph, listeners, own=own)
    cleaner = Cleaner(
        persona,
        cut.graph,
        facts=(*facts, *cut.facts),
        nodes=(*nodes, *cut.nodes),
        listeners=listeners,
        until=latest,
    )
    return View(
        persona=cleaner.persona(),
        listeners=listeners,
        as_of=date,
        withheld_texts=tuple(cleaner.withheld_texts),
        teller=cleaner.teller,
    )
