"""Carry out the training of a chat model, with a bar in a terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from roleagent.cli.training_bar import training_bar

if TYPE_CHECKING:
    from roleagent.tuning.recipes import Recipe


def run_recipe(recipe: Recipe, out: Path | None, *, resume: bool, probes: float = 0.0) -> None:
    """Carry a recipe out, and say what came of it; of several processes that train together, one says it."""
    from roleagent.tuning.checkpoints import is_first_process
    from roleagent.tuning.recipes import carry_out

    with training_bar() as bar:
        if is_first_process():
            bar.say(f"{recipe.data.told} Loading {recipe.model} …")
        try:
            made = carry_out(recipe, out, resume=resume, watch=bar.watch)
        except KeyboardInterrupt:
            if is_first_process():
                bar.say("Interrupted. To go on: the same command with --resume.")
            raise
        if not made.leads:
            return
        bar.say(made.told)
        if probes:
            bar.say(made.probed(recipe, share=probes, on_result=bar.probe))


def running_command() -> str:
    """The command that is running, as cards show it: it makes the same again, so `--resume` is left out."""
    from roleagent.tuning.shown_paths import command_shown

    return command_shown([each for each in sys.argv[1:] if each != "--resume"])
