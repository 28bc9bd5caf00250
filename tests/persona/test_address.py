"""Facts as one says them to the character, and as it says them itself."""

from __future__ import annotations

import time

import pytest

from roleagent.graph.graph import PersonaGraph
from roleagent.persona.address import by_character, of_listener, to_character, with_you
from roleagent.persona.persona import Persona
from roleagent.types import Fact, Node

PEOPLE = [
    Node(id="holmes", type="person", label="Sherlock Holmes", aliases=("Holmes", "Sherlock", "福尔摩斯")),
    Node(id="mycroft", type="person", label="Mycroft Holmes", aliases=("Mycroft",)),
    Node(id="watson", type="person", label="Watson"),
]


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


@pytest.fixture(scope="module")
def holmes() -> Persona:
    nodes = [
        *PEOPLE,
        Node(id="irene", type="person", label="Irene Adler"),
        Node(id="literal:man", type="literal", label="man"),
        Node(id="literal:woman", type="literal", label="woman"),
    ]
    genders = [
        Fact(
            id=f"{who}.has_gender", subject=who, relation="has_gender", object=f"literal:{what}", text="",
            layer="canon",
        )
        for who, what in (("holmes", "man"), ("irene", "woman"))
    ]  # fmt: skip
    graph = PersonaGraph(nodes=nodes, facts=genders, relations={})
    return Persona(id="holmes", name="Sherlock Holmes", summary="", node_id="holmes", graph=graph)


@pytest.mark.parametrize(
    ("text", "by_him"),
    [
        (
            "Watson is Holmes's closest friend, the only one he has.",
            "Watson is my closest friend, the only one I have.",
        ),
        (
            "Mycroft Holmes is Sherlock's brother, seven years older than he.",
            "Mycroft Holmes is my brother, seven years older than I.",
        ),
        (
            "Watson is the man whom Holmes trusts with his life.",
            "Watson is the man whom I trust with his life.",
        ),
        ("Holmes keeps his tobacco in a slipper.", "I keep my tobacco in a slipper."),
        (
            "Holmes is neat in his dress; he is proud of himself.",
            "I am neat in my dress; I am proud of myself.",
        ),
        (
            "Holmes smokes when he has time, and nobody hinders him.",
            "I smoke when I have time, and nobody hinders me.",
        ),
        ("Holmes says the slipper is his.", "I say the slipper is mine."),
        ("On his travels Holmes met Watson.", "On my travels I met Watson."),
        ("Irene Adler outwitted Holmes; he admires her.", "Irene Adler outwitted me; I admire her."),
        ("Holmes told Watson that he had been ill.", "I told Watson that he had been ill."),
        (
            "Holmes cares nothing for stars; he told Watson he knew none.",
            "I care nothing for stars; he told Watson he knew none.",
        ),
        ("Watson sold his practice.", "Watson sold his practice."),
        ("A client told Holmes that he was ruined.", "A client told me that he was ruined."),
    ],
)  # fmt: skip
def test_a_pronoun_that_means_the_character_is_its_own(holmes: Persona, text: str, by_him: str) -> None:
    """A sentence that says "I" and "he" of the speaker tells of two people."""
    assert by_character(text, holmes) == by_him


@pytest.mark.parametrize(
    ("text", "by_him"),
    [
        ("Holmes and Watson met in 1881.", "Watson and I met in 1881."),
        ("It was the first case Holmes and Watson shared.", "It was the first case Watson and I shared."),
        ("In 1881 Sherlock Holmes and Dr Watson took rooms.", "In 1881 Dr Watson and I took rooms."),
        ("Holmes, Watson and Mycroft Holmes dined.", "Watson, Mycroft Holmes and I dined."),
        ("Holmes and his brother were born in Yorkshire.", "My brother and I were born in Yorkshire."),
        ("The king thanked Holmes and Watson in public.", "The king thanked Watson and me in public."),
        ("A quarrel began between Holmes and the baker.", "A quarrel began between the baker and me."),
        ("Holmes and Watson's rooms are upstairs.", "Watson's and my rooms are upstairs."),
        ("Watson and Holmes live in Baker Street.", "Watson and I live in Baker Street."),
        ("The king thanked Watson and Holmes in public.", "The king thanked Watson and me in public."),
        ("Mycroft admires Holmes and Watson avoids him.", "Mycroft admires me and Watson avoids him."),
        ("Holmes plays and Watson listens.", "I play and Watson listens."),
    ],
)  # fmt: skip
def test_a_character_names_itself_last(holmes: Persona, text: str, by_him: str) -> None:
    """English puts the speaker last."""
    assert by_character(text, holmes) == by_him


def test_a_character_of_unknown_gender_has_its_pronouns(ada: Persona) -> None:
    """Unless two kinds of them could be its own."""
    assert (
        by_character("Ada bakes her bread herself when she can.", ada) == "I bake my bread myself when I can."
    )
    assert by_character("Tom Lark taught Ada her sums.", ada) == "Tom Lark taught me her sums."
    both = "Ada sings when he comes and she pleases."
    assert by_character(both, ada) == "I sing when he comes and she pleases."
    assert by_character("In 1812 Ada heard a lecture.", ada) == "In 1812 I heard a lecture."


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", ["Holmes and " * 4_000, "Holmes he " * 3_000, "Holmes" + ", Ann" * 6_000])
def test_a_long_text_is_read_in_linear_time(holmes: Persona, text: str) -> None:
    """A card comes from elsewhere, and must not hold up a turn."""
    start = time.thread_time()
    by_character(text, holmes)
    assert time.thread_time() - start < 3


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
