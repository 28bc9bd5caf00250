"""The same character under invented names."""

from __future__ import annotations

import re

import pytest

from roleagent.evaluation import make_suite, twin_of
from roleagent.evaluation.plain import plain_prompt
from roleagent.evaluation.telling import IN_MANY_NAMES
from roleagent.formats.load import load_persona
from roleagent.persona.rendering import rendered
from tests.evaluation.cast import persona

ALPHABETIC = ("faraday", "holmes", "mira")
OLD = {
    "holmes": "Holmes Sherlock Watson Mycroft Moriarty Baker Hudson Lestrade Reichenbach Adler London",
    "faraday": "Faraday Michael Davy Riebau Sarah Barnard Oersted Albemarle London",
    "mira": "Mira Ines Varga Jonas Pell Sprocket Tern Fernhaven",
}


@pytest.mark.parametrize("name", ALPHABETIC)
@pytest.mark.parametrize("seed", [0, 1])
def test_no_old_name_is_left(name: str, seed: int):
    """One name that stays would tell the model whom it plays."""
    twin = twin_of(load_persona(name), seed=seed)
    labels = [name for node in twin.graph.nodes.values() for name in (node.label, *node.aliases)]
    words = set(re.findall(r"[^\W\d_]+", " ".join([plain_prompt(twin), twin.name, twin.greeting, *labels])))
    assert words & set(OLD[name].split()) == set()


@pytest.mark.parametrize("name", ALPHABETIC)
def test_every_person_has_another_name(name: str):
    """Not only those that a test's author thought of; titles stay."""
    original, twin = load_persona(name), twin_of(load_persona(name))
    for node in original.graph.nodes.values():
        if node.type in ("person", "animal"):
            old = set(re.findall(r"\b[A-Z][^\W\d_]+", node.label))
            new = set(re.findall(r"\b[A-Z][^\W\d_]+", twin.graph.nodes[node.id].label))
            assert {word for word in old & new if word.casefold() not in IN_MANY_NAMES} == set()


def test_chinese_names_change_with_all_their_forms():
    """A monkey that is called otherwise in each sentence would be two monkeys; titles stay."""
    twin = twin_of(load_persona("sunwukong"))
    text = "\n".join([plain_prompt(twin), twin.greeting, *twin.fall_backs])
    for old in (
        "悟空",
        "孙行者",
        "老孙",
        "唐僧",
        "三藏",
        "八戒",
        "沙僧",
        "花果山",
        "水帘洞",
        "观音",
        "如来",
        "牛魔王",
    ):
        assert old not in text, old
    assert twin.name in text
    assert twin.name[1:] in {alias for node in twin.graph.nodes.values() for alias in node.aliases}
    assert f"老{twin.name[0]}" in text
    assert "师父" in text


def test_all_else_stays():
    """Otherwise the twin would not be as hard as the original."""
    original, twin = persona(), twin_of(persona(), seed=3)
    assert list(twin.graph.facts) == list(original.graph.facts)
    assert list(twin.graph.nodes) == list(original.graph.nodes)
    secret = twin.graph.facts["marta.visited.cellar"]
    assert secret.visibility == ("ness",)
    assert twin.graph.nodes["innkeeper"].label == "innkeeper"
    assert twin.graph.nodes["weir"].label.endswith(" Street")
    assert twin.graph.nodes["marta"].label == twin.name
    assert twin.name.split()[1] == twin.graph.nodes["tobias"].label.split()[1]
    assert (twin.id, twin.horizon, twin.fall_backs) == ("marta_twin", original.horizon, original.fall_backs)


def test_a_seed_always_gives_the_same_names():
    """A figure can be measured again; another seed gives other names."""
    assert twin_of(persona(), seed=1) == twin_of(persona(), seed=1)
    assert twin_of(persona(), seed=1).name != twin_of(persona(), seed=2).name


def test_a_rendering_gets_other_names_too():
    """Mira's Chinese customers must not meet the old Mira."""
    twin = twin_of(load_persona("mira"))
    chinese = plain_prompt(rendered(twin, "zh"))
    original = load_persona("mira").renderings[0]
    assert twin.renderings[0].name != original.name
    assert original.name not in chinese


def test_a_twin_can_be_tested():
    """Its questions use the new names."""
    twin = twin_of(load_persona("holmes"))
    said = " ".join(
        step.say
        for scene in make_suite(twin, seed=1).scenes
        for session in scene.sessions
        for step in session.steps
    )
    assert "Watson" not in said
    assert "Moriarty" not in said
