"""Secrets: what a listener may learn, and a graph without the rest."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from roleagent.graph.cuts import Cut, cut_base, cut_over
from roleagent.graph.graph import PersonaGraph
from roleagent.types import PUBLIC, UNKNOWN, USER_PREFIX, Fact, Node

Listener = str | frozenset[str]
"""Somebody who hears the reply: the id of a person or ``user:ID``, or all the names that one listener has."""

_Audience = frozenset[frozenset[str]]


def listeners_of(user_id: str, listener: str = "") -> frozenset[Listener]:
    """The one listener of a conversation: the user, and the person they stand for, if any.

    Args:
        user_id: empty if the user is unknown.
        listener: see `Sight`.

    >>> [sorted(one) for one in listeners_of("ada", "watson")]
    [['user:ada', 'watson']]
    """
    names = {USER_PREFIX + user_id} if user_id else set()
    return frozenset({frozenset(names | {listener} if listener else names)})


def may_learn(visibility: tuple[str, ...], listeners: Set[Listener]) -> bool:
    """Whether everybody who listens may learn a fact.

    Args:
        visibility: as `Fact.visibility` says.
        listeners: each by one name, or by a set of names of which any will do. Without anybody only what
            is public may be said.

    >>> may_learn(("public",), frozenset()), may_learn((), frozenset({"watson"}))
    (True, False)
    >>> may_learn(("watson",), {"watson"}), may_learn(("watson",), {"watson", "moriarty"})
    (True, False)
    >>> may_learn(("watson",), {frozenset({"watson", "user:ada"})})
    True
    """
    if UNKNOWN in visibility:
        return False
    if PUBLIC in visibility:
        return True
    return bool(listeners) and all(not names.isdisjoint(visibility) for names in _audience(listeners))


def secrecy(visibility: tuple[str, ...]) -> str:
    """For whom a fact is, in a few words; empty if it is for everybody.

    >>> secrecy(("public",)), secrecy(()), secrecy(("watson", "user:ada"))
    ('', 'secret', 'secret: for watson, user:ada')
    >>> secrecy(("unknown",))
    'unknown to the character'
    """
    if UNKNOWN in visibility:
        return "unknown to the character"
    if PUBLIC in visibility:
        return ""
    return f"secret: for {', '.join(visibility)}" if visibility else "secret"


def cut_secrets(graph: PersonaGraph, listeners: Set[Listener], *, own: str = "") -> Cut[PersonaGraph]:
    """Take out what the listeners may not learn, and what the character itself does not know.

    A node that had such facts and has no others goes with them, so that not even its label is left. The
    author keeps secrets out of the descriptions of other nodes, and out of texts outside the graph.

    Args:
        graph: the whole.
        listeners: see `may_learn`.
        own: id of the character's own node, which stays.
    """
    base = graph.base
    audience = _audience(listeners) or frozenset({frozenset()})
    named = confidants(base)
    if named is None:
        below = Cut(graph=base)
    else:
        heard = frozenset(names & named for names in audience)
        rule = _SecretRule(audience=heard, own=own)
        below = base.cached(("secrets", heard, own), lambda: cut_base(base, rule))
    return cut_over(graph, below, _SecretRule(audience=audience, own=own))


@dataclass(frozen=True, slots=True)
class _SecretRule:
    audience: _Audience
    own: str

    def kept(self, fact: Fact) -> Fact | None:
        return fact if may_learn(fact.visibility, self.audience) else None

    def drops(self, node: Node) -> bool:
        return node.id != self.own


def _audience(listeners: Set[Listener]) -> _Audience:
    return frozenset(frozenset({one}) if isinstance(one, str) else one for one in listeners)


def confidants(graph: PersonaGraph) -> frozenset[str] | None:
    """Everybody to whom a fact is entrusted by name; None if nothing is a secret.

    Listeners whom no fact names see one and the same graph.
    """

    def find() -> frozenset[str] | None:
        facts = (*graph.facts.values(), *graph.history)
        guarded = [fact.visibility for fact in facts if fact.visibility != (PUBLIC,)]
        return frozenset(name for names in guarded for name in names) if guarded else None

    found: frozenset[str] | None = graph.cached("confidants", find)
    return found
