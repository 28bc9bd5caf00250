"""The consistency critic holds a draft to the functional facts of the graph, and cites them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from roleagent.critics.consistency import ConsistencyCritic
from roleagent.graph.graph import PersonaGraph
from roleagent.types import Fact, Node, Relation


@pytest.fixture(scope="module")
def critic():
    return ConsistencyCritic()


@pytest.mark.parametrize(
    ("draft", "evidence"),
    [
        ("I live in Paris, near the river.", "holmes.lives_in.baker_street"),
        ("I have lived in Pall Mall for years.", "holmes.lives_in.baker_street"),
        ("I do not live in Baker Street.", "holmes.lives_in.baker_street"),
        ("Mycroft lives in New York.", "mycroft.lives_in.pall_mall"),
        ("My name is Mycroft Holmes.", "holmes.is_called.literal:Sherlock Holmes"),
        ("I’m Dr Watson, at your service.", "holmes.is_called.literal:Sherlock Holmes"),
        ("My name is John.", "holmes.is_called.literal:Sherlock Holmes"),
        ("我的名字是约瑟夫·海明威。", "holmes.is_called.literal:Sherlock Holmes"),
        ("I was born in 1900.", "holmes.born_on.literal:1854-01-06"),
        ("I was born on the 3rd of March, 1854.", "holmes.born_on.literal:1854-01-06"),
        ("I am sixty-two years old.", "holmes.aged.literal:41"),
        ("My mother was Eleanor Brandt.", "holmes.has_mother.violet"),
        ("The wife of Sherlock Holmes is Mrs Hudson.", "holmes.has_trait.bachelor"),
        ("My wife is waiting for me.", "holmes.has_trait.bachelor"),
        ("I am a woman.", "holmes.has_gender.literal:man"),
        ("The tobacco is kept in the coal scuttle.", "tobacco.kept_in.slipper"),
        ("我住在巴黎。", "holmes.lives_in.baker_street"),
        ("在下名叫华生。", "holmes.is_called.literal:Sherlock Holmes"),
        ("我今年三十岁。", "holmes.aged.literal:41"),
        ("我出生于1900年。", "holmes.born_on.literal:1854-01-06"),
        ("我的母亲是王小红。", "holmes.has_mother.violet"),
    ],
)
def test_a_contradiction_cites_the_fact(critic, make_scene, holmes, draft, evidence) -> None:
    """The fact is what the model needs to do better, and what a person needs to see why."""
    verdict = critic.check(draft, make_scene(holmes), complete=True)
    assert (verdict.ok, verdict.evidence) == (False, (evidence,))
    assert holmes.graph.facts[evidence].text in verdict.reason


@pytest.mark.parametrize(
    "draft",
    [
        "I live in London, the largest city of England. I reside in Britain.",
        "I have lived at Baker Street since 1881.",
        "I live in constant fear of boredom.",
        "Did you think that I live in Paris?",
        "You thought that I live in Paris. If I lived there I should die.",
        "I once lived in Paris. I was in Lyon.",
        'He told me, "I live in Paris," and I believed him.',
        "I am not Moriarty. I was not born yesterday.",
        "I am Watson's friend and Mycroft's brother. My name is Holmes.",
        "I was born in January, in 1854. I am forty-one.",
        "I am two steps ahead of Moriarty.",
        "I am married to my work.",
        "My mother was fond of Paris. My brother lives in Pall Mall.",
        "His wife lives in Vienna, and his name is Baxter.",
        "The tobacco is kept in the toe of a Persian slipper.",
        "我住在伦敦的贝克街。我叫福尔摩斯。我叫他来。",
    ],
)
def test_what_agrees_or_is_not_claimed_passes(critic, make_scene, holmes, draft) -> None:
    """A part, a whole, an alias, a supposition, the past, another's words: none of them contradicts."""
    verdict = critic.check(draft, make_scene(holmes), complete=True)
    assert verdict.ok, verdict.reason


def test_a_bare_answer_is_read_with_its_question(critic, make_scene, holmes) -> None:
    """Small models answer "Mycroft Holmes." to "What is your name?"."""
    asked = make_scene(holmes, "What is your name?")
    assert not critic.check("Mycroft Holmes.", asked, complete=True).ok
    assert critic.check("Sherlock Holmes.", asked, complete=True).ok
    assert critic.check("Mycroft Holmes.", make_scene(holmes, "Who is your brother?"), complete=True).ok


def test_what_was_learned_of_the_user_is_held_to(critic, make_scene, holmes) -> None:
    """Telling the user that they live elsewhere shows that nothing was remembered."""
    nodes = [Node(id="user", type="person", label="user"), Node(id="paris", type="place", label="Paris")]
    fact = Fact(
        id="u1",
        subject="user",
        relation="lives_in",
        object="paris",
        text="They live in Paris.",
        layer="learned",
    )
    scene = make_scene(holmes, graph=holmes.graph.with_learned(nodes, [fact]))
    assert critic.check("You live in Lyon, I think.", scene, complete=True).evidence == ("u1",)
    assert critic.check("You live in Paris, in France. You live in haste.", scene, complete=True).ok


def test_a_fact_that_has_ended_binds_nobody(critic, make_scene, holmes) -> None:
    """Only what holds now can be contradicted."""
    nodes = [Node(id="user", type="person", label="user"), Node(id="paris", type="place", label="Paris")]
    old = Fact(id="u1", subject="user", relation="lives_in", object="paris", text="", valid_to="2020")
    scene = make_scene(holmes, graph=holmes.graph.with_learned(nodes, [old]))
    assert critic.check("You live in Lyon.", scene, complete=True).ok


def test_a_relation_of_the_personas_own_is_read_off_its_template(critic, make_scene, holmes) -> None:
    """No pattern was ever written for "commands"."""
    graph = holmes.graph
    commands = Relation(
        name="commands",
        text={"en": "{subject} commands {object}"},
        cardinality="functional",
    )
    nodes = [
        *graph.nodes.values(),
        Node(id="nell", type="artifact", label="the Nell"),
        Node(id="argo", type="artifact", label="the Argo"),
    ]
    facts = [
        *graph.facts.values(),
        Fact(id="c", subject="holmes", relation="commands", object="nell", text="Holmes commands the Nell."),
    ]
    wider = type(graph)(nodes=nodes, facts=facts, relations={**graph.relations, "commands": commands})
    scene = make_scene(replace(holmes, graph=wider))
    assert critic.check("I command the Argo.", scene, complete=True).evidence == ("c",)
    assert critic.check("I command the Nell. I command respect.", scene, complete=True).ok


def test_a_chinese_character_is_held_to_its_own_facts(critic, make_scene, wukong) -> None:
    """Its facts, first persons and names are all Chinese."""
    scene = make_scene(wukong)
    assert critic.check("俺老孙家住高老庄。", scene, complete=True).evidence == (
        "wukong.lives_in.huaguoshan",
    )
    assert not critic.check("我叫猪八戒。", scene, complete=True).ok
    assert not critic.check("八戒住在花果山。", scene, complete=True).ok
    assert critic.check("我叫八戒来。", scene, complete=True).ok
    assert critic.check("俺老孙住在花果山水帘洞。我叫齐天大圣。我今年五百岁。", scene, complete=True).ok


def test_a_name_is_kept_even_where_no_fact_says_it(critic, make_scene, holmes) -> None:
    """The persona's own name is the last resort, without a fact to cite."""
    graph = holmes.graph
    facts = [fact for fact in graph.facts.values() if fact.relation != "is_called"]
    nameless = type(graph)(nodes=graph.nodes.values(), facts=facts, relations=graph.relations)
    scene = make_scene(replace(holmes, graph=nameless))
    for draft in ("My name is John.", "I am Professor Moriarty."):
        verdict = critic.check(draft, scene, complete=True)
        assert (verdict.ok, verdict.evidence) == (False, ())
        assert "Sherlock Holmes" in verdict.reason
    assert critic.check("I am English. My name is Holmes.", scene, complete=True).ok


def test_a_part_of_the_place_and_an_unknown_part_of_the_same_city_pass(critic, make_scene, holmes) -> None:
    """Chelsea lies in London; a street that no table knows may lie in Chelsea."""
    user = Node(id="user", type="person", label="user")
    city = Node(id="city", type="place", label="London")
    street = Node(id="street", type="place", label="12 Elm Road")
    inside = Fact(id="in", subject="street", relation="located_in", object="city", text="")
    for place in ("city", "street"):
        lives = Fact(id="u1", subject="user", relation="lives_in", object=place, text="They live there.")
        plain = type(holmes.graph)(
            nodes=[user, city, street], facts=[inside, lives], relations=holmes.graph.relations
        )
        scene = make_scene(holmes, graph=plain)
        assert critic.check("You live in Chelsea.", scene, complete=True).ok
        assert critic.check("You live in Oxford.", scene, complete=True).evidence == ("u1",)


def test_what_was_learned_may_move_if_the_dial_says_so(holmes, make_scene) -> None:
    """What stands in the persona's file may not."""
    scene = make_scene(holmes)
    fact = next(fact for fact in holmes.graph.facts.values() if fact.relation == "lives_in")
    learned = PersonaGraph(
        nodes=holmes.graph.nodes.values(),
        facts=[replace(fact, layer="learned")],
        relations=holmes.graph.relations,
    )
    draft = "I live in Paris."
    critic = ConsistencyCritic()
    assert not critic.check(draft, replace(scene, consistency=0.0), complete=True).ok
    assert not critic.check(draft, replace(scene, graph=learned), complete=True).ok
    assert critic.check(draft, replace(scene, graph=learned, consistency=0.0), complete=True).ok
