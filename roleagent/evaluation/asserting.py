"""A suite as an assertion, for pytest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from roleagent.agent.assembly import persona_of
from roleagent.errors import InputError
from roleagent.evaluation.playing import run_suite_sync
from roleagent.evaluation.reading import read_suite
from roleagent.evaluation.respondents import AgentRespondent
from roleagent.evaluation.results import Result, tally
from roleagent.evaluation.suite import Suite
from roleagent.settings import get_settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from roleagent.persona.persona import Persona
    from roleagent.workflow.parts import Parts
    from roleagent.workflow.state import Limits


def check_suite(
    persona: str | Path | Persona,
    suite: str | Path | Suite,
    model: str | BaseChatModel | None = None,
    *,
    at_least: float = 1.0,
    repeats: int = 1,
    judge: str | BaseChatModel = "",
    parts: Parts | None = None,
    limits: Limits | None = None,
) -> list[Result]:
    """Play a suite with a character; fail if too many replies are wrong.

    Args:
        persona: name of a bundled persona, path of a persona file, or a `Persona`.
        suite: path of a suite file, or a `Suite`.
        model: the language model, or its name. Default: `Settings.model`.
        at_least: share of the replies that has to be right, 0–1.
        repeats: how often the suite is played.
        judge: a chat model, or its name, for rubrics.
        parts: the character's other parts.
        limits: how much a turn may take.

    Returns:
        A result for each reply that was checked.

    Raises:
        AssertionError: too few replies are right; the message lists the wrong ones.
        InputError: the suite is wrong, or `at_least` is no share.
    """
    if not 0 <= at_least <= 1:
        raise InputError(f"at_least is a share 0–1, not {at_least:g}.")
    played = persona_of(persona, "")
    if not isinstance(suite, Suite):
        own_tools = [_name_of(tool) for tool in parts.tools] if parts else []
        suite = read_suite(suite, played, judge=judge, tools=own_tools)
    respondent = AgentRespondent(played, model=model or get_settings().model, parts=parts, limits=limits)
    results = run_suite_sync(suite, respondent, played, repeats=repeats)
    if tally(results).share < at_least:
        raise AssertionError(_list_of_wrong(suite, results))
    return results


def _name_of(tool: object) -> str:
    return tool if isinstance(tool, str) else str(getattr(tool, "name", getattr(tool, "__name__", "")))


def _list_of_wrong(suite: Suite, results: Sequence[Result]) -> str:
    wrong = [result for result in results if not result.is_right]
    lines = [f"{len(wrong)} of {len(results)} replies of {suite.name!r} are wrong:"]
    for result in wrong:
        lines += ["", f"{result.scene} ({result.kind}): {result.asked}", f"    {result.text}"]
        lines += [f"    ✗ {fault}" for fault in result.faults]
    return "\n".join(lines)
