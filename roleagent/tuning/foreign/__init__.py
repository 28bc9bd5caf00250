"""Read the role-play data of other projects; see `roleagent.tuning.foreign.reading.read_foreign`."""

from roleagent.tuning.foreign.reading import SHAPES, read_foreign

__all__ = ["SHAPES", "read_foreign"]
