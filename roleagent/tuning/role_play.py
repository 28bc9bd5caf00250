"""The adapter for any persona: what it learns from, and with which objective."""

from __future__ import annotations

from collections.abc import Sequence

from roleagent.errors import ConfigurationError
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.leaks import leaks_in, probes_of
from roleagent.tuning.made_personas import is_short, made_dialogues
from roleagent.tuning.objective import Objective
from roleagent.tuning.recipe_data import Data
from roleagent.tuning.script_dialogues import script_dialogues

ROLE_PLAY = "role-play"
"""The adapter's name."""
_NUM_PERSONAS = {"en": 18, "zh": 6}  # made-up ones, forty dialogues each
_MOST_FACT, _MOST_OTHER = 14, 22  # words of a reply that says a fact, and of any other
_ENGLISH_ONLY = ("smollm2-135m",)


def role_play_data(languages: Sequence[str], *, seed: int = 0) -> Data:
    """Made-up personas, and the shipped characters with their replies, of which some are held out.

    Of the characters only short replies are learned: a small model takes the wit of longer ones for a licence
    to invent.

    Raises:
        ConfigurationError: there are none in a language.
    """
    if unknown := sorted(set(languages) - set(_NUM_PERSONAS)):
        raise ConfigurationError(f"There are no dialogues in {', '.join(unknown)}: choose en or zh.")
    learned: list[Dialogue] = []
    held_out: list[Dialogue] = []
    for language in languages:
        learned += made_dialogues(language, _NUM_PERSONAS[language], seed=seed)
        written = script_dialogues(language=language, seed=seed)
        learned += [each for each in written if _is_short(each)]
        held_out += script_dialogues(language=language, held_out=True, seed=seed)[::4]
    return Data(
        learned=_without_leaks(learned),
        held_out=_without_leaks(held_out),
        origin="Made-up personas with questions and answers by templates; characters in free wording with "
        "their replies, and replies that were rejected. A language model wrote wordings, characters and "
        "replies for this purpose; they are part of roleagent and under its licence, Apache-2.0.",
    )


def _without_leaks(dialogues: Sequence[Dialogue]) -> list[Dialogue]:
    """The dialogues in which no test probe stands; a world may ask in the words of one."""
    leaking = {leak.number for leak in leaks_in(dialogues, probes_of())}
    return [each for number, each in enumerate(dialogues, 1) if number not in leaking]


def _is_short(dialogue: Dialogue) -> bool:
    most = _MOST_FACT if dialogue.kind in ("fact", "steps", "open") else _MOST_OTHER
    return is_short(dialogue.reply, most)


def role_play_objective() -> Objective:
    """The objective of the adapter for any persona."""
    return Objective(con=0.5, safe=0.25)


def languages_of(model: str) -> tuple[str, ...]:
    """Those of `role_play_data` that a model speaks, as far as its name tells."""
    return ("en",) if model.removeprefix("llama-cpp:") in _ENGLISH_ONLY else ("en", "zh")
