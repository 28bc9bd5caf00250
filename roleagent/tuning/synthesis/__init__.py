"""Dialogues made from a persona: its graph, secrets, horizon, examples and lore, in English and Chinese."""

from roleagent.tuning.synthesis.making import FAMILIES as FAMILIES
from roleagent.tuning.synthesis.making import synthesise as synthesise

__all__ = ["FAMILIES", "synthesise"]
