"""Full text over names, descriptions and sentences."""

from __future__ import annotations

from roleagent.graph.graph import PersonaGraph
from roleagent.graph.search import SearchIndex
from roleagent.graph.timeline import cut_time
from roleagent.language.tokens import terms
from roleagent.types import Node
from tests.graph.graphs import fact, graph_of, person

ENGINE = Node(id="engine", type="artifact", label="the Engine", description="A calculating machine of brass.")
ADA = Node(id="ada", type="person", label="Ada Lovelace", aliases=("Countess",))
TALK = fact("ada", "wrote", "engine", text="Ada wrote notes on the engine.")
CHINESE = fact("ada", "likes", "engine", text="她喜欢花果山的桃子。")
GRAPH = PersonaGraph(nodes=[ENGINE, ADA], facts=[TALK, CHINESE], relations={})


def ids(graph: PersonaGraph, text: str, limit: int = 10) -> list[str]:
    return [hit.id for hit in graph.search(text, limit)]


def test_every_text_of_the_graph_is_searched():
    """Label, alias, description, sentence."""
    assert ids(GRAPH, "LOVELACE") == ["ada"]
    assert ids(GRAPH, "countess") == ["ada"]
    assert ids(GRAPH, "brass machine") == ["engine"]
    assert ids(GRAPH, "notes") == [TALK.id]
    [hit] = GRAPH.search("notes")
    assert (hit.kind, hit.text) == ("fact", TALK.text)


def test_chinese_is_found_without_spaces():
    """By pairs of characters, so that no dictionary is needed."""
    assert ids(GRAPH, "花果山") == [CHINESE.id]
    assert terms("我爱茶 tea") == ["我", "爱", "茶", "我爱", "爱茶", "tea"]


def test_the_best_comes_first_and_no_more_than_asked():
    """Two shared words beat one; a rare word beats a common one."""
    assert ids(GRAPH, "ada notes")[0] == TALK.id
    assert len(ids(GRAPH, "the engine ada", limit=2)) == 2
    assert ids(GRAPH, "engine", limit=0) == ids(GRAPH, "") == ids(GRAPH, "xyz") == []


def test_the_score_is_bm25():
    """Worked out by hand: two texts of one and three words, k1 1.2, b 0.75."""
    graph = graph_of(fact("a", "knows", "b", text="red"), fact("a", "likes", "b", text="blue blue sky"))
    # four texts with a and b; mean length 1.5; idf = ln(1 + 3.5 / 1.5); norm = 1.2 * (0.25 + 0.75 * 3 / 1.5)
    [hit] = graph.search("blue")
    assert hit.score == 1.2039728043259361 * 2.2 * 2 / (2 + 2.1)


def test_values_are_found_in_the_facts_that_name_them():
    """A bare date would only say it again."""
    index = SearchIndex([Node(id="literal:1815", type="literal", label="1815")], [])
    assert index.keys == []


def test_a_view_finds_nothing_that_it_does_not_show():
    """The end that is taken off a fact is not found in it either."""
    told = "Holmes lives in London (1881 to 1903)."
    graph = graph_of(fact("holmes", "lives_in", "london", text=told, valid_from="1881", valid_to="1903"))
    assert ids(graph, "1903") != []
    then = cut_time(graph, "1890").graph
    assert ids(then, "1903") == []
    assert ids(then, "1881") != []


def test_what_was_learned_is_found_at_once():
    """Beside the base's index, which stays as it is."""
    said = fact("user", "likes", "ada", text="The user likes tea.", layer="learned")
    graph = GRAPH.with_learned([person("user")], [said])
    assert ids(graph, "tea") == [said.id]
    assert ids(graph, "brass") == ["engine"]
    assert graph.base.search_index is GRAPH.search_index
