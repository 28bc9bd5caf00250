"""Tune an adapter again on new dialogues, with old ones among them so that nothing old is lost.

Rehearsal: part of what was learned before is shown again beside what is new (Robins 1995, *Catastrophic
forgetting, rehearsal and pseudorehearsal*; arXiv 1811.11682). Training on what is new alone unlearns the old.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from roleagent import weights
from roleagent.errors import InputError
from roleagent.models.adapters import CONFIG, MANIFEST, read_adapter, read_manifest
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.objective import Objective

SHARE = 0.5
HELD_OUT = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """What an update learns from and is stopped by.

    Attributes:
        learned: new and old dialogues.
        held_out: some of both, none of which is learned.
        num_old: how many of the learned ones are old.
    """

    learned: tuple[Dialogue, ...]
    held_out: tuple[Dialogue, ...]
    num_old: int


def mix(
    new: Sequence[Dialogue],
    old: Sequence[Dialogue],
    *,
    share: float = SHARE,
    held_out: float = HELD_OUT,
    seed: int = 0,
) -> Mixture:
    """New dialogues with old ones among them.

    Args:
        new: all of them are used.
        old: so many are drawn that they make up the share, or all if there are fewer. Those that are new
            ones too do not count.
        share: of old ones among those that are learned, 0 to below 1.
        held_out: the part of the new ones, and of the drawn old ones, that is not learned, 0–1; at least one.
        seed: of what is drawn.

    Raises:
        InputError: there are fewer than two new dialogues, the share is out of its bounds, or it asks for old
            ones and there are none.
    """
    if not 0 <= share < 1:
        raise InputError(f"The share of old dialogues is {share}: pass a number from 0 to below 1.")
    unique = list({each.id: each for each in new}.values())
    if len(unique) < 2:
        raise InputError(f"There are {len(unique)} new dialogues: one is to be learned, and one to stop by.")
    known = {each.id for each in unique}
    rest = list({each.id: each for each in old if each.id not in known}.values())
    if share and not rest:
        raise InputError("There are no old dialogues to show again: name their file, or set the share to 0.")
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    rng.shuffle(unique)
    drawn = rng.sample(rest, min(len(rest), round(len(unique) * share / (1 - share)))) if share else []
    kept, checked = _parted(unique, held_out)
    kept_old, checked_old = _parted(drawn, held_out) if len(drawn) > 1 else (drawn, [])
    return Mixture(learned=(*kept, *kept_old), held_out=(*checked, *checked_old), num_old=len(kept_old))


def objective_of(dialogues: Sequence[Dialogue]) -> Objective:
    """The objective in which a term is on if any dialogue has a rejected reply for it."""
    faults = {each.fault for dialogue in dialogues for each in dialogue.rejected}
    return Objective(con=float("contradiction" in faults), safe=float(bool(faults & {"voice", "safety"})))


def name_of(adapter: Path) -> str:
    """The name in an adapter's manifest; empty if it has none."""
    return read_manifest(adapter).name if (adapter / MANIFEST).is_file() else ""


def base_of(adapter: Path) -> str:
    """The base that an adapter's own files name, as `open_base` takes it; empty if they name none.

    Of a checkpoint a manifest has the name alone, and peft's file the folder. Of a GGUF file that is not in
    the catalogue, neither has the folder.

    Raises:
        InputError: the folder holds no adapter, or its base is not where it was.
        ModelError: its manifest is damaged, or its files are not those of the manifest.
    """
    base = read_adapter(adapter).manifest.base if (adapter / MANIFEST).is_file() else None
    try:
        told = json.loads((adapter / CONFIG).read_text(encoding="utf-8"))
        folder = str(told.get("base_model_name_or_path") or "")
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(f"{str(adapter)!r} holds no adapter: {CONFIG} is missing or broken.") from error
    if base is not None and base.file.endswith(".gguf"):
        if base.name.startswith("hf:") or base.name in weights.entries():
            return base.name
        raise InputError(
            f"The adapter in {str(adapter)!r} is for {base.file!r}: name that file with --model."
        )
    if Path(folder).is_dir():
        return f"transformers:{folder}"
    if Path(folder).is_absolute():
        raise InputError(f"{folder!r} is not there any more: name the folder of the base with --model.")
    return base.name if base is not None else folder


def _parted(dialogues: Sequence[Dialogue], held_out: float) -> tuple[list[Dialogue], list[Dialogue]]:
    num = min(max(1, round(len(dialogues) * held_out)), len(dialogues) - 1)
    return list(dialogues[num:]), list(dialogues[:num])
