"""Load everything a turn will need before the first one, and let the model read the persona."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial

from roleagent.blocking import run_blocking
from roleagent.prompt import Briefing, build_messages
from roleagent.types import Turn
from roleagent.workflow.generate import first_chunk
from roleagent.workflow.state import AgentContext


async def warm_up(context: AgentContext) -> None:
    """Call `warm_up()` on every part that has one, rank the facts and let the model read the persona."""
    parts = (*context.perceptors, *context.guards, *context.critics)
    loaders = [part.warm_up for part in parts if hasattr(part, "warm_up")]
    rank = partial(context.ranker.rank, context.persona.graph, context.persona.summary, limit=1)
    await asyncio.gather(_read_persona(context), *(run_blocking(load) for load in (*loaders, rank)))


async def _read_persona(context: AgentContext) -> None:
    """Fill the model's prompt cache with what stands at the head of every prompt."""
    nobody = Turn(persona_id=context.persona.id, user_id="-", thread_id="-", text="…", at=datetime.now(UTC))
    messages = build_messages(Briefing(persona=context.persona, turn=nobody))
    await first_chunk(context.model, messages, timeout_s=context.limits.model_s)
