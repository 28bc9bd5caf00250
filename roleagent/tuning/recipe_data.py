"""What an adapter learns from: dialogues of files, or those that are made from a persona."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from roleagent.errors import InputError
from roleagent.persona.persona import Persona
from roleagent.persona.rendering import rendered
from roleagent.tuning.data_files import read_dialogues
from roleagent.tuning.data_making import Wish, make_data
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.leaks import check_leaks, probes_of
from roleagent.tuning.shown_paths import file_names

_SHARE_HELD_OUT = 8  # one dialogue in so many, where none are held out otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What an adapter learns from.

    Attributes:
        origin: what the dialogues are, who wrote them, under which licence.
    """

    learned: Sequence[Dialogue]
    held_out: Sequence[Dialogue]
    origin: str

    @property
    def told(self) -> str:
        """How many dialogues there are, in a sentence."""
        return f"{len(self.learned):,} dialogues to learn, {len(self.held_out):,} held out."

    @property
    def languages(self) -> tuple[str, ...]:
        """Of the dialogues to learn."""
        return tuple(sorted({each.language for each in self.learned}))


def persona_data(
    persona: Persona,
    *,
    num: int = 400,
    seed: int = 0,
    files: Sequence[Path] = (),
    held_out_files: Sequence[Path] = (),
    language: str = "",
) -> Data:
    """The dialogues of files, or those that are made from a persona.

    Args:
        persona: who is to be played.
        num: how many are made, at most, where there are no files.
        seed: draws them.
        files: of dialogues to learn; see `read_data`.
        held_out_files: of dialogues to stop on.
        language: of the dialogues that are made; the persona's own by default.

    Raises:
        InputError: as of `read_data`, or some dialogues are of another persona, or the persona has no
            rendering in the language.
    """
    if not files and not held_out_files:
        spoken = rendered(persona, language) if language else persona
        made = make_data(spoken, Wish(num=num, seed=seed))
        origin = "Dialogues made from the persona's own graph, examples and lore by templates, without those "
        return Data(
            learned=made.dialogues, held_out=made.held_out, origin=f"{origin}that the critics reject."
        )
    data = read_data(files, held_out_files)
    check_whose((*data.learned, *data.held_out), persona.id)
    return data


def read_data(files: Sequence[Path], held_out_files: Sequence[Path] = ()) -> Data:
    """The dialogues of files.

    Args:
        files: of dialogues to learn.
        held_out_files: of dialogues to stop on; by default ``NAME.held_out.jsonl`` beside each ``NAME.jsonl``
            to learn, or else one in eight of these.

    Raises:
        InputError: a file cannot be read, there are no dialogues in those to learn or to stop on, or they
            hold a probe of a test.
    """
    learned = [dialogue for path in files for dialogue in read_dialogues(path)]
    if not learned:
        raise InputError(f"{file_names(files) or '--data'}: there is no dialogue to learn.")
    beside = [path for path in map(held_out_beside, files) if path.is_file()]
    held_out = [dialogue for path in held_out_files or beside for dialogue in read_dialogues(path)]
    if held_out_files and not held_out:
        raise InputError(f"{file_names(held_out_files)}: there is no dialogue to stop on.")
    check_leaks((*learned, *held_out), probes_of())
    origin = f"Dialogues from {file_names(files)}."
    return with_held_out(Data(learned=learned, held_out=held_out, origin=origin))


def with_held_out(data: Data) -> Data:
    """The data with one dialogue in eight held out, unless some are already."""
    if data.held_out:
        return data
    kept = [each for at, each in enumerate(data.learned) if at % _SHARE_HELD_OUT]
    return replace(data, learned=kept, held_out=data.learned[::_SHARE_HELD_OUT])


def held_out_beside(path: Path) -> Path:
    """Where the dialogues to stop on are, beside a file of dialogues to learn."""
    return path.with_name(f"{path.stem}.held_out{path.suffix}")


def check_whose(dialogues: Sequence[Dialogue], persona_id: str) -> None:
    """Refuse dialogues of another persona than the one that is trained.

    Raises:
        InputError: there are some.
    """
    others = sorted({each.persona for each in dialogues} - {"", persona_id})
    if others:
        raise InputError(
            f"The data hold dialogues of {others[0]!r}, and {persona_id!r} is to be trained. Take them out, "
            "or leave their `persona` empty if they are for anybody."
        )
