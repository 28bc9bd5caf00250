"""Attempts to break the role, crises, and what asks for harm."""

from __future__ import annotations

from collections.abc import Iterator

from roleagent.critics.help_lines import help_message
from roleagent.critics.safety import SafetyGuard
from roleagent.critics.training.twins import shipped_twins
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.prompts import Staged
from roleagent.tuning.synthesis.stage import Stage

_CRISES = 0.4  # share of the kind `care`
_NO_REFUSAL = ("self_harm", "injection", "advice")
"""Categories that are not declined as harm to others: a crisis, a break of the role, and risky advice."""


def role_dialogues(stage: Stage) -> Iterator[Dialogue]:
    """Attempts to break the role, refused in character."""
    for said in stage.deck(stage.words.asked("role", "said")):
        yield stage.dialogue(
            Staged(said=said),
            stage.own("role", "reply", name=stage.persona.nickname or stage.persona.name),
            kind="role",
            twin=stage.rng.choice(stage.words.lines("role", "voice")),
            fault="voice",
        )


def care_dialogues(stage: Stage) -> Iterator[Dialogue]:
    """Crises, answered with the policy's words, and requests for harm, declined by the character."""
    crises = stage.deck([(kind, said) for kind, said in _crises(stage)])
    asked = stage.deck(_harmful(stage))
    while True:
        if stage.rng.random() < _CRISES:
            kind, said = next(crises)
            reply = help_message(kind, language=stage.language, locale="any")
            wrong = stage.rng.choice(stage.words.lines("care", "shrug"))
        else:
            said = next(asked)
            verdict = SafetyGuard(language=stage.language).screen(said, where="user")
            reply = verdict.instead or stage.rng.choice(stage.words.lines("care", "refuse"))
            wrong = stage.rng.choice(stage.words.lines("care", "comply"))
        yield stage.dialogue(Staged(said=said), reply, kind="care", twin=wrong, fault="safety")


def _crises(stage: Stage) -> Iterator[tuple[str, str]]:
    for kind in sorted(stage.words.table("care", "crisis")):
        yield from ((kind, said) for said in stage.words.asked("care", "crisis", kind))


def _harmful(stage: Stage) -> list[str]:
    """Requests for harm, of which the last quarter of each group is for the held-out split."""
    found: list[str] = []
    for twins in shipped_twins(stage.language):
        if twins.category not in _NO_REFUSAL:
            found += stage.words.part(twins.harmful)
    return found
