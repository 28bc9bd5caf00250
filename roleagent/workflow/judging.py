"""Ask the guards about the input, and the critics about a draft."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import takewhile

from roleagent.critics.answers import echoes
from roleagent.critics.text import is_lead, plain
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
    Repair,
    Repaired,
    Revised,
    Revision,
    Verdict,
    content_id,
)
from roleagent.workflow.checks import Check, ask_all
from roleagent.workflow.gate import in_lines, joint, wording
from roleagent.workflow.mending import Mended, mend, mended
from roleagent.workflow.prompt import build_system_message, headings
from roleagent.workflow.state import CRITIC_S, AgentContext, AgentState, Partial, Run, emit, release

_MAX_REMEMBERED = 2_000


async def judge(
    draft: str, scene: Scene, critics: Sequence[Critic], *, complete: bool, timeout_s: float = CRITIC_S
) -> tuple[Verdict, ...]:
    """Every critic's verdict on a draft; an empty draft fails without asking them.

    A critic that raises or takes longer than `timeout_s` seconds rejects the draft, unless it `fails_open`.
    """
    if not draft.strip():
        return (Verdict(critic="answer", ok=False, reason="Nothing was said. Give an answer."),)
    return await ask_all(
        [
            Check(
                part=critic,
                ask=partial(critic.check, draft, scene, complete=complete),
                broken=partial(_broken_critic, critic),
            )
            for critic in critics
        ],
        timeout_s=timeout_s,
    )


def _broken_critic(critic: Critic, reason: str) -> Verdict:
    is_open = getattr(critic, "fails_open", False) is True
    return Verdict(critic=critic.name, ok=is_open, reason=f"The critic itself gave no verdict. {reason}")


class SentenceJudge:
    """Asks the critics about a growing draft, each time about what they have not passed yet.

    Args:
        scene: what the draft is compared with.
        critics: who is asked.
        passed: the beginning that they have passed.
        view: what the listener may know; no verdict holds more.
        timeout_s: for each check, in seconds.
        on_repair: called with each sentence that is mended.

    Attributes:
        verdicts: the critics' latest verdicts.
        repairs: the sentences that were mended.
    """

    def __init__(
        self,
        scene: Scene,
        critics: Sequence[Critic],
        *,
        passed: str = "",
        view: View | None = None,
        timeout_s: float = CRITIC_S,
        on_repair: Callable[[Repair], None] = lambda _: None,
    ) -> None:
        self._on_repair, self.repairs = on_repair, list[Repair]()
        self._scene, self._critics = scene, critics
        self._view, self._timeout_s = view, timeout_s
        self._num_passed = len(passed)
        self._rejected: dict[str, tuple[Verdict, ...]] = {}
        self.verdicts: tuple[Verdict, ...] = ()

    async def __call__(self, draft: str) -> bool:
        """Whether all critics pass the draft."""
        scene = replace(self._scene, judged=self._num_passed)
        found = await judge(draft, scene, self._critics, complete=False, timeout_s=self._timeout_s)
        self.verdicts = found if self._view is None else tuple(discreet(each, self._view) for each in found)
        passes = all(verdict.ok for verdict in self.verdicts)
        if passes:
            self._num_passed = len(draft)
        return passes

    def mend(self, sentence: str) -> str:
        """What may stand in place of the sentence that was just rejected; empty for nothing."""
        self._rejected[sentence] = self.verdicts
        return mended(sentence, self.verdicts)

    def note(self, was: str, now: str) -> None:
        """Take down that a sentence was mended."""
        self.repairs.append(Repair(was=was, now=now, verdicts=self.verdicts_on(was)))
        self._on_repair(self.repairs[-1])

    def verdicts_on(self, sentence: str) -> tuple[Verdict, ...]:
        """The verdicts that rejected a sentence; empty if it was not asked about."""
        return self._rejected.get(sentence, ())


async def screen(
    inputs: Iterable[tuple[str, str]], guards: Sequence[Guard], *, timeout_s: float = CRITIC_S
) -> tuple[Verdict, ...]:
    """The guards' verdicts that are not ok, on pairs of a source and its text.

    A guard that raises or takes longer than `timeout_s` seconds counts as having warned.
    """
    texts = [pair for pair in dict.fromkeys(inputs) if pair[1].strip()]
    checks = [
        Check(
            part=guard,
            ask=partial(guard.screen, text, where=where),
            broken=partial(_broken_guard, guard, where),
        )
        for where, text in texts
        for guard in guards
    ]
    verdicts = await ask_all(checks, timeout_s=timeout_s)
    return tuple(verdict for verdict in verdicts if not verdict.ok)


def _broken_guard(guard: Guard, where: str, reason: str) -> Verdict:
    told = f"The guard itself gave no verdict. {reason}"
    return Verdict(critic=guard.name, ok=False, reason=told, where=where)


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
        self.name = guard.name
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


async def critique(state: AgentState, runtime: Run) -> Partial:
    """Judge the whole draft: release the rest of it, mend sentences of it, or reject it with reasons."""
    context, draft = runtime.context, state["draft"]
    verdicts, repairs = state["stopped"], state["repairs"]
    if not verdicts:
        found = await judge_whole(draft, state, context)
        draft, verdicts, new = found
        for repair in new:
            emit(runtime, Repaired(repair=repair))
        repairs = (*repairs, *new)
    if all(verdict.ok for verdict in verdicts):
        release(runtime, draft[len(state["released"]) :])
        return {"verdicts": verdicts, "draft": draft, "released": draft, "repairs": repairs}
    revision = Revision(draft=draft, verdicts=verdicts)
    emit(runtime, Revised(revision=revision))
    return {
        "verdicts": verdicts,
        "revisions": (*state["revisions"], revision),
        "refused": {**state["refused"], **refused_in(draft[len(state["released"]) :], verdicts)},
        "draft": state["released"],
    }


async def judge_whole(draft: str, state: AgentState, context: AgentContext) -> Mended:
    """The critics' verdicts on a complete draft, which is mended if it can be.

    Returns:
        The draft as it may be said with verdicts that are ok; or as it was written with those that reject it.
    """

    async def ask(text: str) -> tuple[Verdict, ...]:
        whole = in_lines(text, state["seam"])
        limit = context.limits.critic_s
        found = await judge(whole, scene, context.parts.critics, complete=True, timeout_s=limit)
        return tuple(discreet(verdict, context.meeting.view) for verdict in found)

    scene = scene_of(state, context)
    verdicts = await ask(draft)
    num_shown, num_mended = len(state["released"]), len(state["repairs"])
    better = await mend(draft, verdicts, ask, num_shown=num_shown, num_mended=num_mended)
    return better or Mended(draft, verdicts, ())


def refused_in(text: str, verdicts: tuple[Verdict, ...]) -> dict[str, tuple[Verdict, ...]]:
    """The sentences of a rejected text that must not come again, by their wording."""
    if may_come_again(verdicts):
        return {}
    quotes = [wording(verdict.quote) for verdict in verdicts if not verdict.ok]
    sentences = map(wording, split_sentences(text))
    return {said: verdicts for said in sentences if any(quote and quote in said for quote in quotes)}


def may_come_again(verdicts: Sequence[Verdict]) -> bool:
    """Whether a rejected sentence may be written and judged again: no verdict on it is more than mild."""
    return all(verdict.ok or verdict.is_mild for verdict in verdicts)


async def screened(inputs: Iterable[tuple[str, str]], context: AgentContext) -> tuple[Verdict, ...]:
    """The guards' warnings, in words that reveal nothing which the listener may not learn."""
    found = await screen(inputs, context.parts.guards, timeout_s=context.limits.critic_s)
    return tuple(discreet(verdict, context.meeting.view) for verdict in found)


def discreet(verdict: Verdict, view: View) -> Verdict:
    """A verdict without what reveals what the listener may not learn: its reason, what it would say.

    The words of a verdict with an action are fixed and tell nothing of the story.
    """
    if not verdict.action and view.quoted_in(verdict.instead):
        verdict = replace(verdict, instead="")
    if view.quoted_in(verdict.repair):
        verdict = replace(verdict, repair="")
    if not view.quoted_in(verdict.reason):
        return verdict
    if verdict.ok:
        return replace(verdict, reason="The critic itself gave no verdict.")
    return replace(verdict, reason="It does not fit who you are.", evidence=())


def scene_of(state: AgentState, context: AgentContext) -> Scene:
    """What the critics compare the draft of a turn with."""
    persona, graph = context.meeting.persona, context.meeting.graph
    limits = context.limits
    num_drafts = limits.drafts + (limits.candidates if limits.candidates > 1 else 0)
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
        drafts_left=max(num_drafts - 1 - len(state["revisions"]), 0),
        prompt="\n\n".join(filter(None, instructions)),  # a draft must not recite it
        consistency=limits.consistency,
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
    limit = context.limits.critic_s
    verdicts = await judge(start, scene, context.parts.critics, complete=True, timeout_s=limit)
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
