"""Values in texts, and wrong ones in their place."""

from __future__ import annotations

import random
from dataclasses import replace

from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS
from roleagent.tuning.synthesis.values import holds, says_value, spoken, swapped, wrong_values
from roleagent.tuning.synthesis.words import Words
from tests.tuning.synthesis.tiny import HOME, NODES, a_fact, a_persona

GRAPH = a_persona().graph
PET = a_fact("ada", "has_pet", "rex")


def test_a_value_is_replaced_with_one_article_and_a_capital_at_the_start():
    """“The the harbour” would tell a twin by its grammar."""
    said = "The North Light is home to me."
    assert swapped(said, HOME, "the Red Mill", GRAPH, "en") == "The Red Mill is home to me."
    of_an = replace(HOME, object="key", id="k")
    assert swapped("I own a brass key.", of_an, "an axe", GRAPH, "en") == "I own an axe."
    assert swapped("I live by the sea.", HOME, "the Red Mill", GRAPH, "en") == ""


def test_dates_are_said_in_words_and_wrong_ones_differ_in_the_year():
    """A date is the value that a small model gets wrong most easily."""
    graph = PersonaGraph(nodes=NODES, facts=(), relations=CORE_RELATIONS)
    born = a_fact("ada", "born_on", "born")
    assert spoken("1854-01-06", "en") == "6 January 1854"
    wrong = next(wrong_values(born, graph, Words("en"), random.Random(0), own="ada"))
    assert wrong.startswith("6 January ")
    made = swapped("I was born in 1854.", born, wrong, graph, "en")
    assert made == f"I was born in {wrong[-4:]}."
    assert not says_value(made, born, graph, "en")


def test_wrong_values_are_of_the_type_and_never_true():
    """The North Light is in Ashford, so who lives there lives in Ashford too."""
    found = list(wrong_values(HOME, GRAPH, Words("en"), random.Random(1), own="ada"))
    assert set(found) == set(Words("en").lines("pool", "place"))
    friends = list(wrong_values(PET, GRAPH, Words("en"), random.Random(1), own="ada"))
    assert set(friends) == set(Words("en").lines("pool", "animal"))
    assert holds("At the North Light.", HOME, GRAPH, "en")
