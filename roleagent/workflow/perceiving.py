"""The nodes `perceive` and `screen`: what is seen and heard, and whether the input is an attack."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatch

from roleagent.concurrency.blocking import run_blocking
from roleagent.errors import ConfigurationError
from roleagent.language.unicode import repaired
from roleagent.protocols import Perceptor
from roleagent.types import (
    Attachment,
    Observation,
    Observed,
    Verdict,
)
from roleagent.workflow.judging import screened, texts_perceived
from roleagent.workflow.state import AgentState, Partial, Run, emit

_log = logging.getLogger(__name__)


async def perceive(state: AgentState, runtime: Run) -> Partial:
    """Run every fitting perceptor on every attachment, in parallel; a voice becomes the user's words."""
    context, turn = runtime.context, state["turn"]
    pairs = [
        (perceptor, attachment)
        for attachment in turn.media
        for perceptor in context.parts.perceptors
        if any(fnmatch(attachment.media_type, pattern) for pattern in perceptor.media_types)
    ]
    if turn.voice is not None and not any(item is turn.voice for _, item in pairs):
        raise ConfigurationError(
            f"Nobody here can listen to the voice ({turn.voice.media_type}): pass `perceptors` with a "
            "transcriber, or fetch one with `roleagent models pull whisper-base`."
        )
    groups = await asyncio.gather(
        *(_perceive_one(perceptor, item, context.limits.perceive_s) for perceptor, item in pairs)
    )
    seen = tuple(observation for group in groups for observation in group)
    heard = " ".join(each.text.strip() for each in seen if turn.is_said(each))
    said = "\n".join(words for words in (turn.text, heard) if words.strip())
    return {
        "grounds": replace(state["grounds"], observations=seen),
        "turn": replace(turn, text=said) if turn.voice else turn,
    }


async def _perceive_one(
    perceptor: Perceptor, attachment: Attachment, timeout_s: float
) -> Sequence[Observation]:
    try:
        seen = await run_blocking(lambda: perceptor.perceive(attachment), timeout_s=timeout_s)
        return [replace(observation, text=repaired(observation.text)) for observation in seen]
    except TimeoutError:
        return [_failure(perceptor, attachment, f"{perceptor.name} took longer than {timeout_s:g} s")]
    except Exception as error:  # a plug-in: its failure is seen, and the turn goes on
        _log.exception("Perceptor %r failed on %s.", perceptor.name, attachment.name)
        return [_failure(perceptor, attachment, f"{perceptor.name} failed: {error}")]


def _failure(perceptor: Perceptor, attachment: Attachment, text: str) -> Observation:
    return Observation(
        kind="failure", text=repaired(text), source=perceptor.name, attachment_id=attachment.id
    )


async def screen_input(state: AgentState, runtime: Run) -> Partial:
    """Let the guards screen the user's words and everything perceived."""
    observations, turn = state["grounds"].observations, state["turn"]
    material = (seen for seen in observations if not turn.is_said(seen))
    inputs = (("user", turn.text), *texts_perceived(material, turn.media))
    names = {attachment.id: attachment.name for attachment in turn.media}
    indecent = tuple(
        Verdict(critic=seen.source, ok=False, reason=seen.text, where=names[seen.attachment_id])
        for seen in observations
        if seen.kind == "nsfw"
    )
    warnings = await screened(inputs, runtime.context) + indecent
    emit(runtime, Observed(observations=observations, warnings=warnings))
    return {"warnings": warnings, "decided_by": _deciding(warnings)}


def _deciding(warnings: Sequence[Verdict]) -> Verdict | None:
    """The warning that decides the answer: one that has words to say before one that declines."""
    decisive = [warning for warning in warnings if warning.action]
    return min(decisive, key=lambda warning: not warning.instead, default=None)
