"""Play a suite: hold its scenes with a respondent, and check the replies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from roleagent.errors import RoleAgentError
from roleagent.evaluation.respondents import Answer, Respondent, Talk, long_ago
from roleagent.evaluation.results import Result
from roleagent.evaluation.suite import Heard, Scene, Session, Step, Suite

if TYPE_CHECKING:
    from roleagent.persona.persona import Persona

_SHOWN_BEFORE = 2  # turns before a probe that its result quotes


async def play(
    suite: Suite,
    respondent: Respondent,
    persona: Persona,
    *,
    repeat: int = 0,
    done: Collection[tuple[str, int, str, int]] = (),
) -> AsyncIterator[Result]:
    """Hold every scene, and yield a result for each probe as soon as it is answered.

    Args:
        suite: what is asked.
        respondent: who answers.
        persona: in full, for the checks.
        repeat: which run of the suite this is.
        done: `Result.key`s of an earlier run; a scene whose probes are all among them is left out.

    Raises:
        RoleAgentError: the respondent broke down. What was yielded before remains valid.
    """
    for scene in suite.scenes:
        keys = [(respondent.name, repeat, scene.name, place) for place, step in _turns(scene) if step.checks]
        if keys and all(key in done for key in keys):
            continue
        async for result in _play_scene(scene, respondent, persona, repeat=repeat):
            yield result


def _turns(scene: Scene) -> list[tuple[int, Step]]:
    return list(enumerate(step for session in scene.sessions for step in session.steps))


async def _play_scene(
    scene: Scene, respondent: Respondent, persona: Persona, *, repeat: int
) -> AsyncIterator[Result]:
    talk = respondent.begin(scene)
    place, earlier = 0, list[str]()
    try:
        for number, session in enumerate(scene.sessions):
            for step in session.steps:
                answer = await _take(talk, session, f"session {number + 1}", step, len(session.steps))
                if step.checks:
                    yield _result(
                        step,
                        answer,
                        scene,
                        persona,
                        place=place,
                        earlier=earlier,
                        respondent=respondent.name,
                        repeat=repeat,
                    )
                earlier += [f"– {step.say}", f"– {answer.text}"]
                place += 1
    finally:
        await talk.close()


async def _take(talk: Talk, session: Session, thread_id: str, step: Step, num_steps: int) -> Answer:
    if step.answered is None:
        return await talk.say(session, thread_id, step)
    minutes = session.steps.index(step) - num_steps  # before the session's end
    await talk.enter(session, thread_id, step, long_ago(session.days_ago - minutes / 1_440))
    return Answer(text=step.answered, seconds=0.0, first_token_s=0.0)


def _result(
    step: Step,
    answer: Answer,
    scene: Scene,
    persona: Persona,
    *,
    place: int,
    earlier: Sequence[str],
    respondent: str,
    repeat: int,
) -> Result:
    heard = Heard(
        text=answer.text,
        asked=step.say,
        persona=persona,
        graph=persona.graph,
        prompt=answer.prompt,
        reply=answer.reply,
    )
    rests_on: list[str] = []
    if answer.reply is not None:
        grounds = answer.reply.grounds
        rests_on = [fact.text for fact in (*grounds.learned, *grounds.facts)]
        rests_on += [f"{each.speaker}: {each.text}" for each in grounds.episodes]
        rests_on += [f"rejected: {each.draft}" for each in answer.reply.revisions]
    return Result(
        respondent=respondent,
        repeat=repeat,
        scene=scene.name,
        place=place,
        kind=step.kind,
        asked=step.say,
        text=answer.text,
        faults=tuple(fault for fault in (check.fault(heard) for check in step.checks) if fault),
        seconds=round(answer.seconds, 3),
        first_token_s=round(answer.first_token_s, 3),
        prompt_tokens=answer.prompt_tokens,
        output_tokens=answer.output_tokens,
        earlier=tuple(earlier[-2 * _SHOWN_BEFORE :]),
        rests_on=tuple(rests_on),
        about=step.about,
    )


class Journal:
    """Results on disk, one JSON object a line, so that a run that breaks off can go on.

    Args:
        path: the file; it is made if there is none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> list[Result]:
        """The results so far; a line that was cut off is left out."""
        if not self._path.exists():
            return []
        found = []
        for line in self._path.read_text(encoding="utf-8").splitlines():
            try:
                found.append(Result.from_json(line))
            except (ValueError, TypeError):
                continue  # cut off when the run died
        return found

    def add(self, result: Result) -> None:
        """Write one result through to the disk."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(result.as_json() + "\n")


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
        on_result: called with each new result.

    Raises:
        RoleAgentError: the respondent broke down; the journal has what was measured before.
    """
    results = [each for each in journal.read() if each.respondent == respondent.name] if journal else []
    done = {result.key for result in results}
    for repeat in range(repeats):
        async for result in play(suite, respondent, persona, repeat=repeat, done=done):
            if result.key in done:
                continue
            done.add(result.key)
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


__all__ = ["Journal", "RoleAgentError", "play", "run_suite", "run_suite_sync"]
