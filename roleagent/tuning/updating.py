"""Tune an adapter again on new dialogues, with old ones among them so that nothing old is lost.

Rehearsal: part of what was learned before is shown again beside what is new (Robins 1995, *Catastrophic
forgetting, rehearsal and pseudorehearsal*; arXiv 1811.11682). Training on what is new alone unlearns the old.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from roleagent.errors import InputError
from roleagent.models.adapter_check import check_base
from roleagent.models.adapters import CONFIG, MANIFEST, read_adapter, write_manifest
from roleagent.tuning.bases import Base, shape_and_weights
from roleagent.tuning.course import Watch
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.options import Options
from roleagent.tuning.quiet import without_notices
from roleagent.tuning.training import Trained, train

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


def update(
    base: Base,
    adapter: Path,
    mixture: Mixture,
    options: Options,
    *,
    folder: Path,
    resume: bool = False,
    watch: Watch | None = None,
) -> Trained:
    """Train an adapter further; see `training.train`, whose errors it raises.

    An adapter with a manifest is refused by another base than its own with a `ConfigurationError`.

    Args:
        base: that the adapter was trained for; it is changed.
        adapter: its folder, which is not changed.
        mixture: from `mix`.
        options: of which `adapter` and `policy` are set here.
        folder: for checkpoints.
        resume: go on from the last checkpoint in the folder.
        watch: is told of steps and looks.
    """
    if (adapter / MANIFEST).is_file():
        shape, weights = shape_and_weights(base)
        check_base(read_adapter(adapter), shape, model=base.name, weights=weights)
    chosen = replace(options, policy="adapters", adapter=str(adapter))
    return train(base, mixture.learned, mixture.held_out, chosen, folder=folder, resume=resume, watch=watch)


def base_of(adapter: Path) -> str:
    """The base that an adapter's own files name, as `open_base` takes it; empty if they name none.

    Raises:
        InputError: the folder holds no adapter.
        ModelError: its manifest is damaged, or its files are not those of the manifest.
    """
    if (adapter / MANIFEST).is_file():
        return read_adapter(adapter).manifest.base.name
    try:
        told = json.loads((adapter / CONFIG).read_text(encoding="utf-8"))
        name = told.get("base_model_name_or_path") or ""
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(f"{str(adapter)!r} holds no adapter: {CONFIG} is missing or broken.") from error
    return str(name)


def save_updated(trained: Trained, adapter: Path, folder: Path, *, made_by: str) -> None:
    """Write an adapter that was trained further, with the manifest of the old one if that has one.

    Args:
        trained: from `update`.
        adapter: the folder of the old one.
        folder: of the new one.
        made_by: the command that made it, for messages.

    Raises:
        InputError: the disk is full.
    """
    from safetensors import SafetensorError

    try:
        with without_notices():  # without a look for the base on the hub
            trained.model.save_pretrained(str(folder), save_embedding_layers=False)
    except (OSError, SafetensorError) as error:
        raise InputError(f"{folder}: the adapter cannot be written: {error}.") from error
    if (adapter / MANIFEST).is_file():
        old = read_adapter(adapter).manifest
        write_manifest(
            folder,
            name=old.name,
            base=old.base,
            made_by=made_by,
            persona=old.persona,
            languages=old.languages,
        )


def _parted(dialogues: Sequence[Dialogue], held_out: float) -> tuple[list[Dialogue], list[Dialogue]]:
    num = min(max(1, round(len(dialogues) * held_out)), len(dialogues) - 1)
    return list(dialogues[num:]), list(dialogues[:num])
