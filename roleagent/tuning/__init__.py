"""Train a chat model to play characters: data, objective, training, adapters.

dialogues.py          what a training is made of, as values
data_files.py         files of dialogues
scripts.py            characters with their replies, written for training (written/)
prompts.py            what the model reads before it replies, as in a conversation
script_dialogues.py   dialogues from scripts
synthesis/            dialogues from any persona's graph
encoding.py           dialogues as tokens
packing.py            many dialogues in one sequence
pictures.py           dialogues with pictures
scoring.py            log-probabilities of replies
objective.py          the four losses
options.py            how a training runs
bases.py              the model to start from
freezing.py           which of its weights are trained
training.py           a training, prepared
trainer.py            and carried out
course.py             how it went
course_curves.py      the same as a picture
saving.py             adapters and checkpoints on disk
adapter_card.py       the model card
fidelity.py           probes without and with an adapter
recipes.py            all of it: from dialogues to an adapter that an agent can use
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from roleagent._lazy import loader

if TYPE_CHECKING:
    from roleagent.tuning.data_files import (
        read_dialogues as read_dialogues,
        write_dialogues as write_dialogues,
    )
    from roleagent.tuning.dialogues import Dialogue as Dialogue, Message as Message, Rejected as Rejected
    from roleagent.tuning.objective import Objective as Objective
    from roleagent.tuning.options import LoraOptions as LoraOptions, Options as Options
    from roleagent.tuning.recipe_data import Data as Data, persona_data as persona_data
    from roleagent.tuning.recipes import Made as Made, Recipe as Recipe, carry_out as carry_out
    from roleagent.tuning.role_play import role_play_data as role_play_data

_HOME_OF = {
    "Data": "roleagent.tuning.recipe_data",
    "Dialogue": "roleagent.tuning.dialogues",
    "LoraOptions": "roleagent.tuning.options",
    "Made": "roleagent.tuning.recipes",
    "Message": "roleagent.tuning.dialogues",
    "Objective": "roleagent.tuning.objective",
    "Options": "roleagent.tuning.options",
    "Recipe": "roleagent.tuning.recipes",
    "Rejected": "roleagent.tuning.dialogues",
    "carry_out": "roleagent.tuning.recipes",
    "persona_data": "roleagent.tuning.recipe_data",
    "read_dialogues": "roleagent.tuning.data_files",
    "role_play_data": "roleagent.tuning.role_play",
    "write_dialogues": "roleagent.tuning.data_files",
}

__all__ = sorted(_HOME_OF)
__getattr__ = loader(__name__, _HOME_OF)
