"""The arms of the benchmark play the same scenes."""

from __future__ import annotations

from benchmarks.role_play import without_facts
from benchmarks.role_worlds import make_character
from roleagent.evaluation.probes import make_suite


def test_whoever_listens_in_a_suite_is_known_without_facts() -> None:
    """A secret is asked by one who may know it, also where the graph is switched off."""
    persona = make_character(15, seed=14)
    suite = make_suite(persona, seed=14, numbers={"secret": 3})
    listeners = {session.listener for scene in suite.scenes for session in scene.sessions} - {""}
    bare = without_facts(persona).graph
    assert listeners
    assert listeners <= set(bare.nodes)
    assert not bare.facts
