"""Critics over synthesised replies: what they reject does not become data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from roleagent import registry
from roleagent.persona.persona import Persona
from roleagent.protocols import Critic
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.prompts import Staged, scene_of
from roleagent.types import Verdict
from roleagent.workflow.parts import DEFAULT_CRITICS

_FIXED = ("care",)  # in the words of the policy, which step out of the role


@dataclass(slots=True)
class Judge:
    """Judges replies as in a conversation, and counts what it rejects.

    Attributes:
        critics: in the order in which they are asked.
        num_judged: replies that it has judged.
        rejected: verdicts, each with the reply, in order.
    """

    critics: tuple[Critic, ...]
    num_judged: int = 0
    rejected: list[tuple[str, Verdict]] = field(default_factory=list)

    def passes(self, dialogue: Dialogue, persona: Persona, staged: Staged) -> bool:
        """Whether no critic rejects the last reply.

        Args:
            dialogue: with the reply.
            persona: as the listener meets it, with its facts.
            staged: the moment of the reply.
        """
        if dialogue.kind in _FIXED:
            return True
        self.num_judged += 1
        scene = scene_of(persona, staged)
        for critic in self.critics:
            verdict = critic.check(dialogue.reply, scene, complete=True)
            if not verdict.ok:
                self.rejected.append((dialogue.reply, verdict))
                return False
        return True

    @property
    def by_critic(self) -> Counter[str]:
        """How many replies each critic has rejected."""
        return Counter(verdict.critic for _, verdict in self.rejected)


def judge_of(names: Iterable[str] = DEFAULT_CRITICS) -> Judge:
    """A judge with critics by registry name; the defaults are those of an agent."""
    return Judge(tuple(registry.get("critic", name) for name in names))
