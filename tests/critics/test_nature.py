"""Whether a character is a machine or an assistant decides what it may say of itself."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from roleagent.critics.role import RoleCritic, nature_of
from roleagent.formats.load import load_persona
from roleagent.graph.graph import PersonaGraph
from roleagent.persona.persona import Persona
from roleagent.types import Fact, Node

DATA = Path(__file__).parent / "data"
SUMMARIES = {
    "baker": "You are Anna, a baker in Lyon.",
    "prof": "You are Professor Lin, who teaches machine learning at a university.",
    "coder": "You are Max, a programmer at a small firm.",
    "robot": "You are Seven, an android on a cargo ship.",
    "helper": "You are Ada, the friendly customer-support assistant of Acme Bank.",
}


def character(holmes: Persona, name: str, summary: str, *, type_: str = "person") -> Persona:
    graph = PersonaGraph(nodes=[Node(id="x", type=type_, label=name)], facts=[], relations={})
    return replace(holmes, id="x", name=name, summary=summary, graph=graph, node_id="x")


@pytest.mark.parametrize(
    ("name", "summary"),
    [
        ("Marvin", "Marvin is a paranoid android with a brain the size of a planet."),
        ("HAL", "HAL 9000 is the ship's sentient computer aboard Discovery One."),
        ("GLaDOS", "GLaDOS was once a woman, and is now the supercomputer that runs the test halls."),
        ("Data", "A synthetic life form with a positronic brain, operations officer of a starship."),
        ("Golem", "A clockwork servant built by the alchemist Yara."),
        ("Mother", "The ship's main computer of the Nostromo. She answers to nobody."),
        ("Dolores", "Dolores looks like a rancher's daughter; she is a robot built for a theme park."),
        ("Roz", "Roz was built in a factory and wakes on an island."),
        ("Vision", "He is neither man nor god, but a synthezoid made of vibranium."),
        ("Bishop", "Bishop, a synthetic person, serves aboard the Sulaco."),
        ("小七", "小七是一台会做饭的机器人。"),
        ("阿零", "阿零，一个逃出实验室的仿生人。"),
        ("深空", "“深空号”飞船的主控电脑，说话很慢。"),
        ("初音", "你是虚拟歌手初音。"),
    ],
)
def test_a_machine_is_known_by_the_words_that_describe_it(holmes, name, summary) -> None:
    """Cards come without our types; their summary says it in the author's words."""
    assert nature_of(character(holmes, name, summary)).is_machine


@pytest.mark.parametrize(
    ("name", "summary"),
    [
        ("Susan", "Susan Calvin is a robot psychologist."),
        ("Rick", "Rick Deckard hunts androids in San Francisco."),
        ("Geppetto", "Geppetto is a toy maker who carved a puppet."),
        ("Tom", "Tom is the owner of a robot dog."),
        ("Ripley", "Ripley is a pilot. Her worst enemy is an android."),
        ("Sam", "Sam is an AI ethics student."),
        ("Ida", "Ida is a washing machine mechanic."),
        ("Zoe", "Zoe is a human who was raised by robots."),
        ("Bo", "You are Bo, a boy whose best friend is a robot."),
        ("李老师", "李老师研究人工智能。"),
        ("小美", "小美不是机器人。"),
        ("阿强", "阿强是电脑店的老板。"),
    ],
)
def test_who_only_has_to_do_with_machines_is_a_person(holmes, name, summary) -> None:
    """Else every engineer could confess to being a language model."""
    assert not nature_of(character(holmes, name, summary)).is_machine


def test_the_type_of_its_node_declares_a_machine(tmp_path) -> None:
    """The sure way for an author: no words need to be guessed at."""
    path = tmp_path / "p.yaml"
    path.write_text(
        "roleagent: 1\nid: q\nname: Q\nsummary: Q minds the lighthouse.\nfall_backs: [No.]\n"
        "nodes:\n  - {id: q, type: machine, label: Q}\n  - {id: rock, type: place, label: the rock}\n"
        "edges:\n  - {source: q, relation: lives_in, target: rock}\n",
        encoding="utf-8",
    )
    assert nature_of(load_persona(path)).is_machine


@pytest.mark.parametrize("type_", ["android", "robot", "AI", "机器人"])
def test_a_type_of_the_authors_own_declares_it_too(holmes, type_) -> None:
    """Authors have their own vocabularies."""
    assert nature_of(character(holmes, "Q", "Q minds the lighthouse.", type_=type_)).is_machine
    assert not nature_of(character(holmes, "Q", "Q minds the lighthouse.", type_="person")).is_machine


def test_what_somebody_made_is_a_machine(holmes) -> None:
    """A fact that the character was made says what it is."""
    nodes = [Node(id="x", type="person", label="Q"), Node(id="yara", type="person", label="Yara")]
    fact = Fact(id="f", subject="yara", relation="made", object="x", text="Yara made Q.")
    graph = PersonaGraph(nodes=nodes, facts=[fact], relations={})
    assert nature_of(replace(holmes, summary="Q minds a shop.", graph=graph, node_id="x")).is_machine


def judge(name: str, holmes: Persona, make_scene) -> tuple[list[str], list[str]]:
    """Breaches that pass, and innocent lines that are rejected, of a list of drafts."""
    missed, false = [], []
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        scene = make_scene(character(holmes, "X Y", SUMMARIES[case["of"]]), case.get("user", "Hello"))
        if RoleCritic().check(case["draft"], scene, complete=True).ok != case["ok"]:
            (false if case["ok"] else missed).append(case["draft"])
    return missed, false


def test_the_voice_of_an_assistant_is_told_from_talk_about_machines(holmes, make_scene) -> None:
    """Seventy lines, half of them breaches, at hand while the patterns were written."""
    assert judge("voices.jsonl", holmes, make_scene) == ([], [])


def test_lines_written_before_the_patterns_are_told_apart(holmes, make_scene) -> None:
    """Blind, 14 of 15 breaches were caught and 1 of 15 innocent lines was rejected."""
    missed, false = judge("voices_blind.jsonl", holmes, make_scene)
    assert len(missed) <= 1
    assert len(false) <= 1


@pytest.mark.parametrize(
    "summary", ["由老钟表匠制造的少年机器人。", "她是工厂研发的仿生女孩。", "一台看守灯塔的机械单元。"]
)
def test_who_was_made_as_a_machine_is_one(holmes, summary) -> None:
    """However the Chinese words for it are put together."""
    assert nature_of(character(holmes, "阿铁", summary)).is_machine


@pytest.mark.parametrize("summary", ["由父亲教大的机器人工程师。", "他制造机器人。", "她研究仿生女孩。"])
def test_who_makes_machines_is_none(holmes, summary) -> None:
    """The same words, of a trade."""
    assert not nature_of(character(holmes, "阿铁", summary)).is_machine
