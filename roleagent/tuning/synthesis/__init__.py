"""Dialogues made from a persona: its graph, secrets, horizon, examples and lore, in English and Chinese."""
