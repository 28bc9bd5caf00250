"""Every bundled character may say its own lines: no critic stands in their way."""

from __future__ import annotations

import pytest

from roleagent.formats.load import bundled_personas, load_persona
from roleagent.registry import BUILT_IN, find


@pytest.mark.parametrize("name", bundled_personas())
def test_own_lines_pass_every_critic(name, make_scene) -> None:
    """A fall-back or a fact that a critic rejects would leave the character without a word."""
    persona = load_persona(name)
    said = [("Hello", persona.greeting), *(("Hello", line) for line in persona.fall_backs)]
    said += [(shown.user, shown.reply) for shown in persona.examples]
    said += [("Tell me.", fact.text) for fact in persona.graph.facts.values()]
    critics = [find("critic", critic)() for critic in BUILT_IN["critic"] if critic != "claims"]
    for question, line in said:
        scene = make_scene(persona, question)
        for critic in critics:
            verdict = critic.check(line, scene, complete=True)
            assert verdict.ok, f"{critic.name}: {line!r}: {verdict.reason}"
