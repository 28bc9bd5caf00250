"""The names of the built-in formats by what they hold."""

from __future__ import annotations

from roleagent.formats import built_in

NOTATIONS = [each.name for each in built_in() if each.holds == "document"]
PICTURES = [each.name for each in built_in() if each.read is None]
OTHER_PROGRAMS = [each.name for each in built_in() if each.layout is not None]
