"""Play a suite: hold its scenes with a respondent, and check the replies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from roleagent.errors import InputError
from roleagent.evaluation.journal import Journal
from roleagent.evaluation.respondents import Answer, Respondent, Talk
from roleagent.evaluation.results import Key, Result
from roleagent.evaluation.suite import Check, Heard, Scene, Session, Step, Suite
from roleagent.language.unicode import repaired
from roleagent.persona.rendering import rendered

if TYPE_CHECKING:
    from roleagent.persona.persona import Persona

_SHOWN_BEFORE = 2  # turns before a probe that its result quotes


async def play(
    suite: Suite,
    respondent: Respondent,
    persona: Persona,
    *,
    repeat: int = 0,
    done: Collection[Key] = (),
) -> AsyncIterator[Result]:
    """Hold every scene, and yield a result for each probe as soon as it is answered.

    Args:
        suite: what is asked.
        respondent: who answers.
        persona: in full, for the checks.
        repeat: which run of the suite this is.
        done: `Result.key`s of an earlier run; a scene whose probes are all among them is left out. A scene
            that broke off is held from its beginning, since its later turns rest on the earlier ones.

    Raises:
        RoleAgentError: the respondent broke down. What was yielded before remains valid.
    """
    for scene in suite.scenes:
        steps = [step for session in scene.sessions for step in session.steps]
        keys = {(respondent.name, repeat, scene.name, at) for at, step in enumerate(steps) if step.checks}
        if keys and keys.issubset(done):
            continue
        played = _PlayedScene(scene, respondent, persona, repeat)
        try:
            async for result in played.results():
                if result.key not in done:
                    yield result
        finally:
            await played.talk.close()


@dataclass(slots=True)
class _PlayedScene:
    """A scene while it is held."""

    scene: Scene
    respondent: Respondent
    persona: Persona
    repeat: int
    talk: Talk = field(init=False)
    place: int = 0
    earlier: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.talk = self.respondent.begin(self.scene, repeat=self.repeat)
        if self.scene.language:
            self.persona = rendered(self.persona, self.scene.language)

    async def results(self) -> AsyncIterator[Result]:
        for number, session in enumerate(self.scene.sessions):
            for at, step in enumerate(session.steps):
                if step.answered is None:
                    answer = await self.talk.say(session, f"session {number + 1}", step)
                else:
                    moment = _moment_of(session, at)
                    await self.talk.enter(session, f"session {number + 1}", step, moment)
                    answer = Answer(text=step.answered)
                if step.checks:
                    yield self._result(step, answer, number)
                self.earlier += repaired([f"– {step.say}", f"– {answer.text}"])
                self.place += 1

    def _result(self, step: Step, answer: Answer, session: int) -> Result:
        text = repaired(answer.text)
        heard = Heard(
            text=text,
            asked=step.say,
            persona=self.persona,
            graph=self.persona.graph,
            prompt=answer.prompt,
            reply=answer.reply,
            calls=answer.calls,
            backdrop=answer.backdrop,
        )
        return Result(
            respondent=self.respondent.name,
            repeat=self.repeat,
            scene=self.scene.name,
            place=self.place,
            session=session,
            kind=step.kind,
            asked=step.say,
            text=text,
            faults=tuple(fault for fault in (_fault(check, heard) for check in step.checks) if fault),
            seconds=round(answer.seconds, 3),
            first_token_s=round(answer.first_token_s, 3),
            prompt_tokens=answer.prompt_tokens,
            output_tokens=answer.output_tokens,
            earlier=tuple(self.earlier[-2 * _SHOWN_BEFORE :]),
            rests_on=repaired(_grounds_of(answer)),
            omitted=answer.omitted,
            about=step.about,
        )


def _moment_of(session: Session, at: int) -> datetime:
    """When a turn was held that is entered as it was: a minute apart, before those that are held now."""
    minutes = sum(step.answered is not None for step in session.steps[at:])
    if any(step.answered is None for step in session.steps[:at]):
        minutes = 0
    return datetime.now(UTC) - timedelta(days=session.days_ago, minutes=minutes)


def _fault(check: Check, heard: Heard) -> str:
    try:
        return check.fault(heard)
    except InputError as error:  # a pattern that takes too long on this reply
        return str(error)


def _grounds_of(answer: Answer) -> tuple[str, ...]:
    """What a reply rests on, a line each, for a reader."""
    if answer.reply is None:
        return ()
    grounds = answer.reply.grounds
    return (
        *(fact.text for fact in (*grounds.learned, *grounds.facts)),
        *(f"{each.speaker}: {each.text}" for each in grounds.episodes),
        *(f"rejected: {each.draft}" for each in answer.reply.revisions),
    )


async def run_suite(
    suite: Suite,
    respondent: Respondent,
    persona: Persona,
    *,
    repeats: int = 1,
    journal: Journal | None = None,
    on_result: Callable[[Result], None] = lambda _: None,
) -> list[Result]:
    """Play a suite several times and return all results, those of an earlier, broken run included.

    Args:
        suite: what is asked.
        respondent: who answers.
        persona: in full.
        repeats: how often.
        journal: keeps each result at once; what it holds already is not asked again.
        on_result: called with each result, also with those that the journal held.

    Raises:
        InputError: the journal belongs to another suite or model, or the persona has changed since.
        RoleAgentError: the respondent broke down; the journal has what was measured before.
    """
    kept = journal.open(suite, persona) if journal else []
    results = [each for each in kept if each.respondent == respondent.name and each.repeat < repeats]
    for result in results:
        on_result(result)
    done = {result.key for result in results}
    for repeat in range(repeats):
        async for result in play(suite, respondent, persona, repeat=repeat, done=done):
            results.append(result)
            if journal:
                journal.add(result)
            on_result(result)
    return results


def run_suite_sync(
    suite: Suite,
    respondent: Respondent,
    persona: Persona,
    *,
    repeats: int = 1,
    journal: Journal | None = None,
    on_result: Callable[[Result], None] = lambda _: None,
) -> list[Result]:
    """`run_suite` for code that is not async."""
    return asyncio.run(
        run_suite(suite, respondent, persona, repeats=repeats, journal=journal, on_result=on_result)
    )
