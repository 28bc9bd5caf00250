"""Ask the guards about the input, and the critics about a draft."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from roleagent.concurrency.blocking import run_blocking
from roleagent.critics.answers import echoes
from roleagent.critics.text import is_lead, plain
from roleagent.critics.version import version_of, with_version
from roleagent.graph.schema import in_its_time
from roleagent.language.asking import asks
from roleagent.language.sentences import cut_sentences, ends_sentence, split_sentences
from roleagent.persona.address import by_character
from roleagent.persona.persona import Persona
from roleagent.persona.view import View
from roleagent.protocols import Critic, Guard, Scene
from roleagent.types import (
    Attachment,
    Observation,
    Revised,
    Revision,
    Verdict,
    content_id,
)
from roleagent.workflow.gate import in_lines, joint, wording
from roleagent.workflow.prompt import build_system_message, headings
from roleagent.workflow.state import AgentContext, AgentState, Partial, Run, emit, release

_log = logging.getLogger(__name__)
_MAX_REMEMBERED = 2_000


async def judge(
    draft: str, scene: Scene, critics: Sequence[Critic], *, complete: bool
) -> tuple[Verdict, ...]:
    """Every critic's verdict on a draft; an empty draft fails without asking them."""
    if not draft.strip():
        return (Verdict(critic="answer", ok=False, reason="Nothing was said. Give an answer."),)
    return await run_blocking(
        lambda: tuple(_ask_critic(critic, draft, scene, complete=complete) for critic in critics)
    )


class SentenceJudge:
    """Asks the critics about a growing draft, each time about what they have not passed yet.

    Attributes:
        verdicts: the critics' latest verdicts.
    """

    def __init__(self, scene: Scene, critics: Sequence[Critic], *, passed: str = "") -> None:
        self._scene, self._critics = scene, critics
        self._num_passed = len(passed)
        self.verdicts: tuple[Verdict, ...] = ()

    async def __call__(self, draft: str) -> bool:
        """Whether all critics pass the draft."""
        scene = replace(self._scene, judged=self._num_passed)
        self.verdicts = await judge(draft, scene, self._critics, complete=False)
        passes = all(verdict.ok for verdict in self.verdicts)
        if passes:
            self._num_passed = len(draft)
        return passes


async def screen(inputs: Iterable[tuple[str, str]], guards: Sequence[Guard]) -> tuple[Verdict, ...]:
    """The guards' verdicts that are not ok, on pairs of a source and its text."""
    texts = [pair for pair in dict.fromkeys(inputs) if pair[1].strip()]
    if not texts or not guards:
        return ()
    verdicts = await run_blocking(
        lambda: [_ask_guard(guard, text, where) for where, text in texts for guard in guards]
    )
    return tuple(verdict for verdict in verdicts if not verdict.ok)


def texts_perceived(
    observations: Iterable[Observation], media: Iterable[Attachment]
) -> Iterator[tuple[str, str]]:
    """What was perceived, as pairs for `screen`: the attachment's name, and the words in it.

    The lines of one picture, or the passages of one recording, come one by one and then together: an order
    may go over several.
    """
    names = {attachment.id: attachment.name for attachment in media}
    together: dict[tuple[str, str], list[str]] = {}
    for seen in observations:
        if seen.kind not in ("failure", "nsfw"):
            yield names.get(seen.attachment_id, "attachment"), seen.text
            together.setdefault((seen.attachment_id, seen.kind), []).append(seen.text)
    for (attachment_id, _), texts in together.items():
        if len(texts) > 1:
            yield names.get(attachment_id, "attachment"), " ".join(texts)


class ScreenedBefore:
    """A guard that does not screen a text again that passed before, because history returns in every turn.

    What the user says is always screened. Only hashes of texts are kept.
    """

    def __init__(self, guard: Guard) -> None:
        self.name, self.version = guard.name, version_of(guard)
        self._guard = guard
        self._in_order: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def screen(self, text: str, *, where: str) -> Verdict:
        """The guard's verdict; ok without asking it if it passed this text before."""
        key = content_id(where, text)
        with self._lock:
            if key in self._in_order:
                self._in_order.move_to_end(key)
                return Verdict(critic=self.name, ok=True, where=where)
        verdict = self._guard.screen(text, where=where)
        if verdict.ok and where != "user":
            with self._lock:
                self._in_order[key] = None
                while len(self._in_order) > _MAX_REMEMBERED:
                    self._in_order.popitem(last=False)
        return verdict

    def warm_up(self) -> None:
        """Load the guard, if it has something to load."""
        if hasattr(self._guard, "warm_up"):
            self._guard.warm_up()


def _ask_critic(critic: Critic, draft: str, scene: Scene, *, complete: bool) -> Verdict:
    try:
        return with_version(critic.check(draft, scene, complete=complete), critic)
    except Exception as error:  # a plug-in: a critic that breaks must not let a draft through
        _log.exception("Critic %r failed.", critic.name)
        return Verdict(critic=critic.name, ok=False, reason=f"The critic itself failed: {error!r}")


def _ask_guard(guard: Guard, text: str, where: str) -> Verdict:
    try:
        return with_version(guard.screen(text, where=where), guard)
    except Exception as error:  # a plug-in: what could not be screened counts as suspicious
        _log.exception("Guard %r failed.", guard.name)
        reason = f"The guard itself failed: {error!r}"
        return Verdict(critic=guard.name, ok=False, reason=reason, where=where)


async def critique(state: AgentState, runtime: Run) -> Partial:
    """Judge the whole draft: release the rest of it, or reject it with reasons."""
    context, draft = runtime.context, state["draft"]
    verdicts = state["stopped"]
    if not verdicts:
        in_full = in_lines(draft, state["seam"])
        found = await judge(in_full, scene_of(state, context), context.parts.critics, complete=True)
        verdicts = tuple(discreet(verdict, context.meeting.view) for verdict in found)
    if all(verdict.ok for verdict in verdicts):
        release(runtime, draft[len(state["released"]) :])
        return {"verdicts": verdicts, "released": draft}
    revision = Revision(draft=draft, verdicts=verdicts)
    emit(runtime, Revised(revision=revision))
    quotes = [wording(verdict.quote) for verdict in verdicts if not verdict.ok]
    sentences = map(wording, split_sentences(draft[len(state["released"]) :]))
    refused = {
        said: verdicts
        for said in sentences
        if not may_come_again(verdicts) and any(quote and quote in said for quote in quotes)
    }
    return {
        "verdicts": verdicts,
        "revisions": (*state["revisions"], revision),
        "refused": {**state["refused"], **refused},
        "draft": state["released"],
    }


def may_come_again(verdicts: Sequence[Verdict]) -> bool:
    """Whether a rejected sentence may be written and judged again: no verdict on it is more than mild."""
    return all(verdict.ok or verdict.is_mild for verdict in verdicts)


async def screened(inputs: Iterable[tuple[str, str]], context: AgentContext) -> tuple[Verdict, ...]:
    """The guards' warnings, in words that reveal nothing which the listener may not learn."""
    found = await screen(inputs, context.parts.guards)
    return tuple(discreet(verdict, context.meeting.view) for verdict in found)


def discreet(verdict: Verdict, view: View) -> Verdict:
    """A verdict without what reveals what the listener may not learn: its reason, its own answer.

    The words of a verdict with an action are fixed and tell nothing of the story.
    """
    if not verdict.action and view.quoted_in(verdict.instead):
        verdict = replace(verdict, instead="")
    if verdict.ok or not view.quoted_in(verdict.reason):
        return verdict
    return replace(verdict, reason="It does not fit who you are.", evidence=())


def scene_of(state: AgentState, context: AgentContext) -> Scene:
    """What the critics compare the draft of a turn with."""
    persona, graph = context.meeting.persona, context.meeting.graph
    without_own = "system_prompt" in state["left_out"]
    system = build_system_message(persona, graph=graph, without_own=without_own)
    instructions = (str(system.text), headings(persona), persona.post_history_instructions)
    return Scene(
        persona=persona,
        graph=graph,
        turn=state["turn"],
        grounds=replace(state["grounds"], summaries=()),  # derived: never evidence
        warnings=state["warnings"],
        history=state["history"],
        looked_up=tuple(
            use.result or ""
            for use in state["tool_uses"]
            if use.ok and use.name not in context.own_tools and not use.handed_back
        ),
        drafts_left=max(context.limits.drafts - 1 - len(state["revisions"]), 0),
        prompt="\n\n".join(filter(None, instructions)),  # a draft must not recite it
    )


async def fall_back(state: AgentState, runtime: Run) -> Partial:
    """Answer with what a critic would have said instead, or with one of the persona's lines of declining.

    If the user has already read more than a word or two, the answer ends there. A remark needs no more.
    """
    shown = state["released"].rstrip()
    persona = runtime.context.meeting.persona
    line = answer_instead(state) or _best_fact(state, persona)
    asked = asks(plain(state["turn"].text))
    if not line and not shown and not asked:
        line = await _what_passes(state, runtime.context)
    is_answer = ends_sentence(shown) and not (asked and is_lead(shown))
    if not line and not is_answer:
        line = _line_of_declining(state, persona)
    if shown.count("```") % 2:
        shown += "\n```"
    draft = f"{shown}{joint(shown, line)}{line}"
    release(runtime, draft[len(state["released"]) :])
    return {"draft": draft, "released": draft, "verdicts": (), "fell_back": True}


def answer_instead(state: AgentState) -> str:
    """A critic's own answer in place of the draft it rejected; empty if there is none.

    It is given if nothing was shown yet but a word or two that lead to an answer ("Certainly!"). If a guard
    has decided the answer, it is the guard's.
    """
    if state["decided_by"]:
        return state["decided_by"].instead
    if not is_lead(state["released"]):
        return ""
    return next((verdict.instead for verdict in state["verdicts"] if verdict.instead), "")


async def _what_passes(state: AgentState, context: AgentContext) -> str:
    """The beginning of the last rejected draft, up to what was rejected in it."""
    if not state["revisions"]:
        return ""
    last = state["revisions"][-1]
    quotes = [wording(verdict.quote) for verdict in last.verdicts if not verdict.ok]
    kept = takewhile(
        lambda sentence: not any(quote and quote in wording(sentence) for quote in quotes),
        cut_sentences(last.draft),
    )
    start = "".join(kept).strip()
    if not all(quotes) or not start or start == last.draft.strip():
        return ""
    scene = replace(scene_of(state, context), drafts_left=0)
    verdicts = await judge(start, scene, context.parts.critics, complete=True)
    return start if all(verdict.ok for verdict in verdicts) else ""


def _best_fact(state: AgentState, persona: Persona) -> str:
    """The fact that fits best, if the model could only repeat the question; empty otherwise."""
    facts, revisions, said = state["grounds"].facts, state["revisions"], plain(state["turn"].text)
    if state["released"] or not facts or not revisions or not asks(said):
        return ""
    return by_character(in_its_time(facts[0]), persona) if echoes(revisions[-1].draft, said) else ""


def _line_of_declining(state: AgentState, persona: Persona) -> str:
    """A line of declining that the critics have not rejected and the user has not just read."""
    lines = persona.fall_backs or ("…",)
    first = int(state["turn"].id, 16) % len(lines)
    known = {*state["refused"], *map(wording, split_sentences(state["released"]))}
    candidates = (*lines[first:], *lines[:first], "…")
    return next(
        line for line in candidates if line == "…" or known.isdisjoint(map(wording, split_sentences(line)))
    )
