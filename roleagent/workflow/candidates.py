"""The node `choose`: the last drafts are written without being shown, and the best of them is the answer."""

from __future__ import annotations

import logging
from typing import Any

from roleagent.concurrency.blocking import run_blocking
from roleagent.protocols import RelevanceScorer
from roleagent.types import Repaired, Revised, Revision, Verdict
from roleagent.workflow.gate import wording
from roleagent.workflow.judging import judge_whole, may_come_again, refused_in
from roleagent.workflow.mending import Mended
from roleagent.workflow.responding import Drafted, add_usage, draft_once
from roleagent.workflow.state import AgentContext, AgentState, Partial, Run, emit, release

_log = logging.getLogger(__name__)


async def choose(state: AgentState, runtime: Run) -> Partial:
    """Write up to `Limits.candidates` drafts, and take the one that passes and answers best.

    Without a scorer of relevance the first that passes is taken, so no other is written. The model is told
    what was wrong with those before.
    """
    context = runtime.context
    now, passed = state, list[Mended]()
    scorer = _scorer_for(context)
    for number in range(context.limits.candidates):
        drafted = await draft_once(now, context, more=_seed(context, number))
        now = {**now, "usage": add_usage(now["usage"], drafted)}
        if drafted.thoughts:
            now = {**now, "thinking": "\n\n".join(filter(None, (now["thinking"], drafted.thoughts)))}
        whole = await _judged(drafted, now, context)
        if not all(verdict.ok for verdict in whole.verdicts):
            revision = Revision(draft=whole.draft, verdicts=whole.verdicts)
            emit(runtime, Revised(revision=revision))
            now = _without(now, revision, drafted)
            continue
        passed.append(whole)
        if scorer is None:
            break
    if not passed:
        return {**_kept(now), "verdicts": now["verdicts"], "draft": state["released"]}
    best = await _best(passed, scorer, state, context)
    for repair in best.repairs:
        emit(runtime, Repaired(repair=repair))
    release(runtime, best.draft[len(state["released"]) :])
    return {
        **_kept(now),
        "verdicts": best.verdicts,
        "draft": best.draft,
        "released": best.draft,
        "repairs": (*state["repairs"], *best.repairs),
    }


def _kept(now: AgentState) -> Partial:
    """What is noted of all candidates, whichever is taken."""
    return {
        "revisions": now["revisions"],
        "refused": now["refused"],
        "usage": now["usage"],
        "thinking": now["thinking"],
    }


def _seed(context: AgentContext, number: int) -> dict[str, Any]:  # Any: as `bind` takes them
    """Another seed for each candidate, so that they differ, if the model has one at all."""
    seed = getattr(context.parts.model, "seed", None)
    return {"seed": seed + 1 + number} if isinstance(seed, int) else {}


async def _judged(drafted: Drafted, state: AgentState, context: AgentContext) -> Mended:
    """A candidate with the verdicts on all of it."""
    draft = drafted.gate.draft
    if drafted.stopped:
        return Mended(draft, drafted.stopped, ())
    repairs = (*state["repairs"], *drafted.repairs)
    own: AgentState = {**state, "seam": drafted.gate.seam, "repairs": repairs}
    whole = await judge_whole(draft, own, context)
    return whole._replace(repairs=(*drafted.repairs, *whole.repairs))


def _without(state: AgentState, revision: Revision, drafted: Drafted) -> AgentState:
    """The state after a candidate was rejected."""
    refused = refused_in(revision.draft[len(state["released"]) :], revision.verdicts)
    if drafted.gate.rejected and not may_come_again(revision.verdicts):
        refused[wording(drafted.gate.rejected)] = revision.verdicts
    return {
        **state,
        "verdicts": revision.verdicts,
        "revisions": (*state["revisions"], revision),
        "refused": {**state["refused"], **refused},
    }


def _scorer_for(context: AgentContext) -> RelevanceScorer | None:
    """What tells which candidate answers best, if it reads the persona's language."""
    scorer, language = context.parts.relevance, context.meeting.persona.language[:2]
    return scorer if scorer and (not scorer.languages or language in scorer.languages) else None


async def _best(
    passed: list[Mended], scorer: RelevanceScorer | None, state: AgentState, context: AgentContext
) -> Mended:
    """The candidate that answers best; the first if nothing can tell, or if the scorer fails."""
    if scorer is None or len(passed) == 1:
        return passed[0]
    said, drafts = state["turn"].text, [each.draft for each in passed]
    try:
        scores = [
            float(score)
            for score in await run_blocking(
                lambda: scorer.score(said, drafts), timeout_s=context.limits.critic_s
            )
        ]
        if len(scores) != len(drafts):
            raise ValueError(f"{len(scores)} scores for {len(drafts)} replies")
    except Exception:  # a plug-in: any of the candidates may be said
        _log.exception(
            "The scorer of relevance %r failed: the first draft that passes is taken.", scorer.name
        )
        return passed[0]
    at = max(range(len(scores)), key=scores.__getitem__)
    chosen = Verdict(critic=scorer.name, ok=True, score=scores[at])
    return passed[at]._replace(verdicts=(*passed[at].verdicts, chosen))
