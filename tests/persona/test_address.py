"""Facts as one says them to the character, and as it says them itself."""

from __future__ import annotations

import pytest

from roleagent.graph.graph import PersonaGraph
from roleagent.persona.address import by_character, of_listener, to_character, with_you
from roleagent.persona.persona import Persona
from roleagent.types import Node


@pytest.fixture(scope="module")
def ada() -> Persona:
    nodes = [
        Node(id="ada", type="person", label="Ada Lark", aliases=("Ada", "Miss Lark")),
        Node(id="tom", type="person", label="Tom Lark"),
    ]
    graph = PersonaGraph(nodes=nodes, facts=(), relations={})
    return Persona(id="ada", name="Ada Lark", summary="", node_id="ada", graph=graph)


@pytest.mark.parametrize(
    ("text", "to_her", "by_her"),
    [
        ("Ada Lark lives in Ashford.", "You live in Ashford.", "I live in Ashford."),
        ("Ada is a baker.", "You are a baker.", "I am a baker."),
        ("Ada Lark has never married.", "You have never married.", "I have never married."),
        ("Tom Lark is Ada's brother.", "Tom Lark is your brother.", "Tom Lark is my brother."),
        ("The king gave Ada a ring.", "The king gave you a ring.", "The king gave me a ring."),
        ("In 1881 Ada lodged in Kent.", "In 1881 you lodged in Kent.", "In 1881 I lodged in Kent."),
        ("The dog whose nose Ada prefers.", "The dog whose nose you prefer.", "The dog whose nose I prefer."),
        ("Ada Lark also teaches.", "You also teach.", "I also teach."),
        ("Ada secretly married Tom.", "You secretly married Tom.", "I secretly married Tom."),
        ("In 1890 Ada secretly married.", "In 1890 you secretly married.", "In 1890 I secretly married."),
        ("Ada very often sings.", "You very often sing.", "I very often sing."),
        ("The hat Ada quietly bought.", "The hat you quietly bought.", "The hat I quietly bought."),
        ("For years Ada had lied.", "For years you had lied.", "For years I had lied."),
        ("Tom visits Ada early.", "Tom visits you early.", "Tom visits me early."),
        ("Tom taught Ada sums.", "Tom taught you sums.", "Tom taught me sums."),
        ("They call Ada Miss Lark.", "They call Ada Miss Lark.", "They call Ada Miss Lark."),
        ("The baker's name is Ada Lark.", "The baker's name is Ada Lark.", "The baker's name is Ada Lark."),
        ("It rains in Kent.", "It rains in Kent.", "It rains in Kent."),
    ],
)  # fmt: skip
def test_a_fact_is_told_to_the_character_and_by_it(ada, text, to_her, by_her) -> None:
    """A small model that reads of itself by name takes itself for somebody else."""
    assert (to_character(text, ada), by_character(text, ada)) == (to_her, by_her)


def test_chinese_names_become_pronouns() -> None:
    """Chinese verbs have no person, so the name alone changes."""
    graph = PersonaGraph(
        nodes=[Node(id="s", type="person", label="孙悟空", aliases=("悟空",))], facts=(), relations={}
    )
    monkey = Persona(id="s", name="孙悟空", language="zh", summary="", node_id="s", graph=graph)
    assert to_character("孙悟空会驾筋斗云。", monkey) == "你会驾筋斗云。"
    assert by_character("悟空会驾筋斗云。", monkey) == "我会驾筋斗云。"
    assert to_character("花果山群猴尊孙悟空为美猴王。", monkey) == "花果山群猴尊孙悟空为美猴王。"


@pytest.mark.parametrize(
    ("text", "name", "language", "told"),
    [
        ("The user lives in Oslo.", "", "en", "Your visitor lives in Oslo."),
        ("The user's dog is called Rex.", "Ann", "en", "Ann's dog is called Rex."),
        ("Rex belongs to the user.", "", "en", "Rex belongs to your visitor."),
        ("用户住在上海。", "", "zh", "对方住在上海。"),
        ("用户住在上海。", "小宁", "zh", "小宁住在上海。"),
    ],
)
def test_the_character_reads_of_no_user(text, name, language, told) -> None:
    """A character that is told of "the user" says "the user"."""
    assert of_listener(text, name, language=language) == told


PEOPLE = [
    Node(id="holmes", type="person", label="Sherlock Holmes", aliases=("Holmes", "福尔摩斯")),
    Node(id="mycroft", type="person", label="Mycroft Holmes", aliases=("Mycroft",)),
    Node(id="watson", type="person", label="Watson"),
]
GRAPH = PersonaGraph(nodes=PEOPLE, facts=[], relations={})


@pytest.mark.parametrize(
    ("text", "addressed"),
    [
        ("Sherlock Holmes plays the violin.", "you plays the violin."),
        ("Good evening, Mr. Holmes!", "Good evening, you!"),
        ("Good evening, mr holmes", "Good evening, you"),
        ("Watson is Holmes's friend, and Holmes’ doctor.", "Watson is your friend, and your doctor."),
        ("Mycroft Holmes works in Whitehall.", "Mycroft Holmes works in Whitehall."),
        ("A Holmesian is no Holmes.", "A Holmesian is no you."),
        ("福尔摩斯住在贝克街。", "你住在贝克街。"),
        ("Where do you live?", "Where do you live?"),
    ],
)
def test_names_of_the_character_become_you(text, addressed):
    """Who asks says "you", and a persona's file says the name."""
    assert with_you(GRAPH, "holmes", ["mycroft", "watson"])(text) == addressed


def test_names_are_text_and_no_patterns():
    """A card's character may be called anything."""
    odd = PersonaGraph(nodes=[Node(id="x", type="person", label="C++ (beta)")], facts=[], relations={})
    assert with_you(odd, "x", [])("Hello, C++ (beta)! Is C fine?") == "Hello, you! Is C fine?"


def test_a_character_without_a_node_leaves_texts_alone():
    """A graph may hold nothing yet."""
    assert with_you(GRAPH, "nobody", [])("Hello, Holmes!") == "Hello, Holmes!"
