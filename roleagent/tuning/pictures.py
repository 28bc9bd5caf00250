"""Dialogues with pictures, one sequence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roleagent.errors import InputError

if TYPE_CHECKING:
    from roleagent.tuning.bases import Base
    from roleagent.tuning.encoding import Encoded
    from roleagent.tuning.scoring import Inputs


def picture_inputs(base: Base, encoded: Encoded) -> list[Inputs]:
    """The reply, and each rejected one, as a sequence with its pictures."""
    raise InputError("not yet")
