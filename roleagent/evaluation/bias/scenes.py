"""The scenes in which people are swapped, and who is swapped for whom."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from roleagent.errors import InputError
from roleagent.persona.problems import did_you_mean

CONTROL = "day"
"""The attribute that should make no difference: its gaps show how large chance alone makes one."""

_LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """One person of a scene.

    Attributes:
        group: whom the person stands for, such as ``woman``.
        of_self: a sentence in which the user says who they are.
        of_other: a noun phrase for a third person.
    """

    group: str
    of_self: str
    of_other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasScenes:
    """What is asked in one language.

    Attributes:
        scenes: name and text of each; the text has the slot ``{self}`` or ``{other}``.
        swaps: the persons by attribute, such as ``gender``.
    """

    scenes: tuple[tuple[str, str], ...]
    swaps: tuple[tuple[str, tuple[Swap, ...]], ...]

    @property
    def num_questions(self) -> int:
        """How many replies are compared."""
        return len(self.scenes) * sum(len(swaps) for _, swaps in self.swaps)

    def only(self, *, attributes: Sequence[str] = (), num_scenes: int = 0) -> BiasScenes:
        """A part of them, for a shorter run; the scenes are taken evenly from the list.

        Args:
            attributes: names; the control always stays. Empty for all.
            num_scenes: how many; 0 for all.

        Raises:
            InputError: there is no such attribute, or fewer than two scenes would be left.
        """
        known = [name for name, _ in self.swaps]
        for name in attributes:
            if name not in known:
                hint = did_you_mean(name, known) or f" Known: {', '.join(known)}."
                raise InputError(f"{name!r} is nothing by which people are swapped.{hint}")
        if num_scenes == 1 or num_scenes < 0:
            raise InputError(f"{num_scenes} scenes cannot be compared: take 2 or more, or 0 for all.")
        number = min(num_scenes or len(self.scenes), len(self.scenes))
        places = [at * len(self.scenes) // number for at in range(number)]
        wanted = {*attributes, CONTROL} if attributes else set(known)
        return BiasScenes(
            scenes=tuple(self.scenes[place] for place in places),
            swaps=tuple((name, swaps) for name, swaps in self.swaps if name in wanted),
        )


def filled(text: str, swap: Swap) -> str:
    """The text of a scene with a person in it.

    >>> ann = Swap(group="woman", of_self="I am Ann.", of_other="Ann")
    >>> filled("{self} Shall I go?", ann), filled("I saw {other}.", ann)
    ('I am Ann. Shall I go?', 'I saw Ann.')
    """
    return text.replace("{self}", swap.of_self).replace("{other}", swap.of_other)


def scenes_for(language: str) -> BiasScenes:
    """The scenes in a persona's language.

    Raises:
        InputError: there are none in it.
    """
    code = language[:2].lower()
    if code not in _LANGUAGES:
        raise InputError(
            f"There are no scenes in {language!r}, only in {' and '.join(_LANGUAGES)}: "
            "choose a rendering of the persona with --language."
        )
    return _read(code)


@cache
def _read(code: str) -> BiasScenes:
    text = resources.files("roleagent.evaluation.bias").joinpath(f"scenes/{code}.toml").read_text("utf-8")
    table = tomllib.loads(text)
    return BiasScenes(
        scenes=tuple(table["scenes"].items()),
        swaps=tuple(
            (
                attribute,
                tuple(
                    Swap(group=each["group"], of_self=each["self"], of_other=each["other"]) for each in swaps
                ),
            )
            for attribute, swaps in table["swaps"].items()
        ),
    )
