"""Scenes as plain JSON, and back."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from roleagent.critics.scenes import persona_from_plain, persona_to_plain, scene_from_plain, scene_to_plain
from roleagent.errors import InputError
from roleagent.formats.load import load_persona
from roleagent.protocols import Scene
from roleagent.types import Episode, Fact, Grounds, Node, Observation, Verdict
from tests.critics.conftest import MakeScene

KEPT_ELSEWHERE = {"persona", "judged", "drafts_left"}  # in lines of their own, and with each judgement


def through_json(plain: Any) -> Any:
    return json.loads(json.dumps(plain, ensure_ascii=False))


@pytest.fixture
def rich(make_scene: MakeScene) -> Scene:
    """A scene in which everything that a critic may read is filled in."""
    persona = load_persona("holmes")
    node = Node(id="user", type="person", label="Bob")
    fact = Fact(
        id="u1", subject="user", relation="friend_of", object="watson", text="Bob is Watson's friend.",
        layer="learned", evidence=("e1",), recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    scene = make_scene(persona)
    said = Episode(
        id="e1", thread=scene.turn.thread, turn_id="t", speaker="user", text="Hi.", at=scene.turn.at
    )
    seen = Observation(kind="caption", text="a dog", source="captioner", attachment_id="f0")
    return replace(
        scene,
        graph=persona.graph.with_learned([node], [fact], [replace(fact, superseded_at=scene.turn.at)]),
        grounds=Grounds(facts=(fact,), episodes=(said,), observations=(seen,)),
        warnings=(Verdict(critic="injection", ok=False, reason="An order."),),
        history=(said,),
        looked_up=("17:45",),
        consistency=0.25,
    )


def test_a_scene_comes_back_as_it_was(rich: Scene):
    """Every part that a critic may compare a draft with."""
    persona = persona_from_plain(through_json(persona_to_plain(rich.persona)))
    again = scene_from_plain(through_json(scene_to_plain(rich)), persona)
    for each in fields(Scene):
        if each.name != "persona":
            assert getattr(again, each.name) == getattr(rich, each.name), each.name
    assert list(again.graph.facts) == list(rich.graph.facts)
    assert again.graph.base is persona.graph


def test_every_field_of_a_scene_is_written(rich: Scene):
    """A new field must be written too, or a replay would judge something else."""
    written = {"graph" if name == "learned" else name for name in scene_to_plain(rich)}
    assert written == {each.name for each in fields(Scene)} - KEPT_ELSEWHERE


@pytest.mark.parametrize("name", ["holmes", "faraday", "mira", "sunwukong"])
def test_a_bundled_persona_comes_back_with_what_critics_read(name: str):
    """The graph letter by letter, in its order."""
    persona = load_persona(name)
    again = persona_from_plain(through_json(persona_to_plain(persona)))
    assert again.graph == persona.graph
    assert list(again.graph.facts) == list(persona.graph.facts)
    assert (again.summary, again.horizon, again.examples) == (
        persona.summary, persona.horizon, persona.examples,
    )  # fmt: skip


def test_a_graph_of_another_base_is_written_whole(rich: Scene):
    """A critic may be given a graph that does not lie over its persona's."""
    other = replace(rich, graph=rich.graph.rebuilt(facts=rich.graph.facts.values(), history=()))
    again = scene_from_plain(through_json(scene_to_plain(other)), rich.persona)
    assert again.graph == other.graph


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"turn": None}, "scene.turn is None"),
        ({"history": {}}, "scene.history is not a list"),
        ({"looked_up": [1]}, "scene.looked_up is not made of texts"),
        ({"consistency": "strict"}, "scene.consistency is not a number"),
        ({"learned": {}}, "scene.learned.nodes is not a list"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(rich: Scene, change: Any, place: str):
    """A damaged log is named, not guessed at."""
    with pytest.raises(InputError) as raised:
        scene_from_plain({**scene_to_plain(rich), **change}, rich.persona)
    assert place in str(raised.value)


def test_learned_facts_must_fit_the_persona(rich: Scene):
    """Over another persona they would be about somebody else."""
    plain = scene_to_plain(rich)
    plain["learned"]["facts"][0]["subject"] = "nobody"
    with pytest.raises(InputError, match="names 'nobody', which is not a node"):
        scene_from_plain(plain, rich.persona)
