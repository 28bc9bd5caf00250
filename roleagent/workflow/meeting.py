"""One user before the persona: the view they may have, what was learned from them, and names in the texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from roleagent.graph.graph import PersonaGraph
from roleagent.learning.rules import USER
from roleagent.persona.persona import Persona
from roleagent.persona.spoken import spoken
from roleagent.persona.view import View, view
from roleagent.types import Fact, GraphUpdate, Sight


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """All of a persona that one conversation is about.

    Attributes:
        persona: as the listener may meet it, with names in place of macros.
        graph: the same persona's graph, with what was learned from the user over it.
        view: what both were made from.
        user: the user's name, if it is known.
    """

    persona: Persona
    graph: PersonaGraph
    view: View
    user: str


def meet(
    persona: Persona,
    user_id: str,
    sight: Sight,
    learned: GraphUpdate,
    history: Sequence[Fact] = (),
    *,
    seed: str = "",
    now: datetime | None = None,
) -> Meeting:
    """Show a persona as one user may know it.

    Args:
        persona: the whole.
        user_id: who the user is.
        sight: who listens, and when in the story.
        learned: what was learned from the user: nodes, and facts as `added`.
        history: former versions of facts.
        seed: what random words in the persona's texts depend on, such as the conversation's id.
        now: for texts that contain the time, in UTC; None leaves the time out.
    """
    seen = view(persona, listener=sight.listener, user_id=user_id, as_of=sight.as_of)
    graph = seen.with_learned(learned, tuple(history))
    user = _name_of_user(graph)
    met = spoken(seen.persona, user=user, seed=seed, now=now)
    return Meeting(persona=met, graph=graph, view=seen, user=user)


def _name_of_user(graph: PersonaGraph) -> str:
    names = [fact for fact in graph.values(USER, "is_called") if fact.subject == USER]
    return graph.nodes[names[0].object].label if names else ""
