"""Ask the guards about what came in, and the critics about a draft."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from roleagent.blocking import run_blocking
from roleagent.protocols import Critic, Guard, Scene
from roleagent.types import Observation, Turn, Verdict

_log = logging.getLogger(__name__)


async def judge(
    draft: str, scene: Scene, critics: Sequence[Critic], *, complete: bool
) -> tuple[Verdict, ...]:
    """Every critic's verdict on a draft; an empty draft fails without asking anybody."""
    if not draft.strip():
        return (Verdict(critic="answer", ok=False, reason="Nothing was said. Give an answer."),)
    return await run_blocking(
        lambda: tuple(_ask_critic(critic, draft, scene, complete=complete) for critic in critics)
    )


class SentenceJudge:
    """Asks the critics about a growing draft, each time about what they have not passed yet.

    Attributes:
        verdicts: what they said the last time.
    """

    def __init__(self, scene: Scene, critics: Sequence[Critic], *, passed: str = "") -> None:
        self._scene, self._critics = scene, critics
        self._num_passed = len(passed)
        self.verdicts: tuple[Verdict, ...] = ()

    async def __call__(self, draft: str) -> bool:
        """Whether all of them let the draft pass, up to its end."""
        scene = replace(self._scene, judged=self._num_passed)
        self.verdicts = await judge(draft, scene, self._critics, complete=False)
        passes = all(verdict.ok for verdict in self.verdicts)
        if passes:
            self._num_passed = len(draft)
        return passes


async def screen(
    turn: Turn, observations: Sequence[Observation], guards: Sequence[Guard]
) -> tuple[Verdict, ...]:
    """The guards' verdicts that are not ok, on the user's words and on all that was perceived."""
    names = {attachment.id: attachment.name for attachment in turn.media}
    inputs = [("user", turn.text)]
    inputs += [
        (names.get(seen.attachment_id, "attachment"), seen.text)
        for seen in observations
        if seen.kind != "failure" and not turn.is_said(seen)
    ]
    verdicts = await run_blocking(
        lambda: [_ask_guard(guard, text, where) for where, text in inputs if text.strip() for guard in guards]
    )
    return tuple(verdict for verdict in verdicts if not verdict.ok)


def _ask_critic(critic: Critic, draft: str, scene: Scene, *, complete: bool) -> Verdict:
    try:
        return critic.check(draft, scene, complete=complete)
    except Exception as error:  # a plug-in: a critic that breaks must not let a draft through
        _log.exception("Critic %r failed.", critic.name)
        return Verdict(critic=critic.name, ok=False, reason=f"The critic itself failed: {error!r}")


def _ask_guard(guard: Guard, text: str, where: str) -> Verdict:
    try:
        return guard.screen(text, where=where)
    except Exception as error:  # a plug-in: what could not be screened counts as suspicious
        _log.exception("Guard %r failed.", guard.name)
        reason = f"The guard itself failed: {error!r}"
        return Verdict(critic=guard.name, ok=False, reason=reason, where=where)
