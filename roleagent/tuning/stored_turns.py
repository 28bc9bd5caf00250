"""Turns as a record keeps them, and the prompt that the model read for one, made again.

A record keeps what was said, not what the prompt held. Made again are the persona, what was known of the
user at that moment, the conversation before, what was perceived, and the facts that a ranker finds for the
words. Not made again are older utterances that were recalled, summaries, lore, surroundings and feelings. A
critic log has nearly all of these: with one, use its scene.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from roleagent.graph.graph import PersonaGraph
from roleagent.learning.rules import USER
from roleagent.persona.persona import Persona
from roleagent.persona.spoken import spoken
from roleagent.persona.view import view
from roleagent.protocols import FactRanker, MemoryWithRecord, Scene
from roleagent.tuning.dialogues import Message, Role
from roleagent.types import Episode, Fact, Grounds, Owner, Turn
from roleagent.workflow.prompt import Briefing, build_messages, build_system_message
from roleagent.workflow.recalling import speaks_of_itself
from roleagent.workflow.responding import as_noted
from roleagent.workflow.state import Limits
from roleagent.workflow.steady_start import last_of

_ROLES: dict[str, Role] = {"system": "system", "human": "user", "ai": "assistant"}
_BEFORE = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTurn:
    """One turn of a conversation.

    Attributes:
        said: what the user said.
        reply: what the persona answered.
        before: the conversation so far as the listener may know it, oldest first.
    """

    said: Episode
    reply: Episode
    before: tuple[Episode, ...]

    @property
    def id(self) -> str:
        """`Turn.id`."""
        return self.said.turn_id


def stored_turns(episodes: Sequence[Episode]) -> list[StoredTurn]:
    """The complete turns among a user's episodes, which are in the order of the record."""
    threads: dict[str, list[Episode]] = {}
    for episode in episodes:
        threads.setdefault(episode.thread.thread_id, []).append(episode)
    return [turn for thread in threads.values() for turn in _turns_of(thread)]


def _turns_of(thread: Sequence[Episode]) -> list[StoredTurn]:
    turns, said = [], dict[str, tuple[int, Episode]]()
    for at, episode in enumerate(thread):
        if episode.speaker == "user":
            said[episode.turn_id] = at, episode
        elif episode.turn_id in said:
            first, asked = said.pop(episode.turn_id)
            before = tuple(each for each in thread[:first] if episode.sight.may_see(each.sight))
            turns.append(StoredTurn(said=asked, reply=episode, before=before))
    return turns


def prompt_of_scene(scene: Scene) -> tuple[Message, ...]:
    """What the model read for the first draft in a scene, except summaries and pictures."""
    system = str(build_system_message(scene.persona, graph=scene.graph).text)
    return _messages(
        Briefing(
            persona=scene.persona,
            turn=scene.turn,
            graph=scene.graph,
            grounds=as_noted(scene.grounds, scene.persona, scene.graph),
            left_out=() if scene.prompt.startswith(system) else ("system_prompt",),
            history=scene.history,
            warnings=scene.warnings,
            user_name=_name_in(scene.graph),
        )
    )


def prompt_of_record(
    turn: StoredTurn, persona: Persona, memory: MemoryWithRecord, *, ranker: FactRanker | None = None
) -> tuple[Message, ...]:
    """What the model may have read for a turn; see the module.

    Args:
        turn: from the memory's record.
        persona: as it is now, uncut.
        memory: has what was learned, with all versions.
        ranker: finds facts; None for none but those at the start of every prompt.
    """
    said, owner = turn.said, turn.said.owner
    seen = view(persona, listener=said.sight.listener, user_id=owner.user_id, as_of=said.sight.as_of)
    known = seen.with_learned(memory.learned(owner, said.sight), tuple(memory.versions(owner, said.sight)))
    graph = known.as_of(recorded=said.at - _BEFORE)
    user = _name_in(graph)
    met = spoken(seen.persona, user=user, seed=said.thread.thread_id, now=said.at)
    least = Limits().history
    history = last_of(turn.before[-2 * least :], least)
    learned = (fact for fact in graph.facts.values() if fact.layer == "learned" and fact.valid_to is None)
    grounds = Grounds(
        learned=tuple(learned),
        facts=_facts_for(said.text, met, history, ranker),
        observations=said.observations,
    )
    asked = Turn(
        thread=said.thread, sight=said.sight, text=said.text, at=said.at, attachments=said.attachments
    )
    told = as_noted(grounds, met, graph)
    return _messages(
        Briefing(persona=met, turn=asked, graph=graph, grounds=told, history=history, user_name=user)
    )


def names_told(
    memory: MemoryWithRecord, owner: Owner, episodes: Sequence[Episode], persona: Persona
) -> set[str]:
    """Names of a user and of the people they told of, without those of the persona's own world."""
    learned = memory.store.learned(owner)
    facts = (*learned.added, *memory.store.versions(owner))
    own = {fact.object for fact in facts if fact.subject == USER and fact.relation == "is_called"}
    of_user = {node.label for node in learned.nodes if node.id in own}
    of_user |= {each.speaker_name for each in episodes if each.speaker == "user"}
    parts = {word for name in of_user for word in name.split() if word[:1].isupper()}
    people = (node for node in learned.nodes if node.type == "person" and node.id != USER)
    names = of_user | parts | {name for node in people for name in (node.label, *node.aliases)}
    world = {name.casefold() for node in persona.graph.nodes.values() for name in (node.label, *node.aliases)}
    world |= {persona.name.casefold(), persona.nickname.casefold()}
    return {name for name in names if len(name.strip()) > 1 and name.casefold() not in world}


def _facts_for(
    said: str, persona: Persona, history: Sequence[Episode], ranker: FactRanker | None
) -> tuple[Fact, ...]:
    if ranker is None or not said.strip():
        return ()
    if speaks_of_itself(said) and not persona.graph.mentioned_in(said):
        return ()  # as in a turn
    find = partial(ranker.rank, persona.graph, said, limit=Limits().facts)
    before = tuple(episode.text for episode in history[-4:])
    return tuple(find(before=before, character=persona.node_id))


def _name_in(graph: PersonaGraph) -> str:
    names = [fact.object for fact in graph.values(USER, "is_called") if fact.subject == USER]
    return graph.nodes[names[0]].label if names else ""


def _messages(briefing: Briefing) -> tuple[Message, ...]:
    return tuple(Message(role=_ROLES[each.type], text=str(each.text)) for each in build_messages(briefing))
