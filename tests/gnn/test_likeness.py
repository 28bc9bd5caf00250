"""Which facts come first, and what it costs: the rankers that learn nothing."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from roleagent import registry
from roleagent.errors import ModelError
from roleagent.gnn.background import EVERYDAY_TALK
from roleagent.gnn.likeness import CosineFactRanker, PageRankFactRanker
from roleagent.gnn.nearby import MAX_FACTS
from roleagent.graph.graph import PersonaGraph
from roleagent.protocols import FactRanker
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import Fact, Node

RANKERS = [partial(CosineFactRanker, unrelated=None), partial(PageRankFactRanker, unrelated=None)]


@pytest.mark.parametrize("name", ["cosine", "pagerank", "gnn"])
def test_a_ranker_is_made_by_name_from_an_embedder_and_a_cache(name, embedder):
    """An agent makes its ranker so."""
    assert isinstance(registry.find("ranker", name)(embedder, None), FactRanker)


@pytest.mark.parametrize("ranker", RANKERS)
def test_the_fact_that_answers_comes_first(ranker, embedder, graph):
    """The prompt has room for a few facts only."""
    found = ranker(embedder).rank(graph, "Who plays the violin?", limit=2)
    assert found[0].id == "holmes.plays.violin"
    assert len(found) == 2
    assert found[0].score > found[1].score


@pytest.mark.parametrize("ranker", RANKERS)
def test_what_has_ended_is_left_out(ranker, embedder, graph):
    """A character that states what no longer holds breaks its role."""
    found = ranker(embedder).rank(graph, "another violin", limit=10)
    assert len(found) == 4
    assert all(fact.valid_to is None for fact in found)


@pytest.mark.parametrize("ranker", RANKERS)
def test_an_empty_graph_and_a_limit_of_none_give_nothing(ranker, embedder, graph):
    """A persona may have no facts yet."""
    empty = PersonaGraph(nodes=[], facts=[], relations={})
    assert list(ranker(embedder).rank(empty, "violin", limit=5)) == []
    assert list(ranker(embedder).rank(graph, "violin", limit=0)) == []


def test_ranking_twice_gives_the_same(embedder, graph):
    """Nothing random is in it."""
    first = PageRankFactRanker(embedder).rank(graph, "the club", limit=4)
    again = PageRankFactRanker(embedder).rank(graph, "the club", limit=4)
    assert first == again


def test_the_cosine_ranker_ranks_by_the_cosine(embedder, graph):
    """Two ways to compute one thing."""
    found = CosineFactRanker(embedder, unrelated=None).rank(graph, "a brother in London", limit=9)
    question = np.array(embedder.embed_query("a brother in London"))
    names = [fact.relation.replace("_", " ") for fact in found]
    texts = [fact.text.replace("Sherlock Holmes", "you") for fact in found]
    sentences = [f"{name}: {text}" for name, text in zip(names, texts, strict=True)]
    expected = [float(question @ embedder.embed_query(sentence)) for sentence in sentences]
    assert [fact.score for fact in found] == pytest.approx(expected, abs=1e-6)
    assert expected == sorted(expected, reverse=True)


def test_a_named_node_lifts_its_facts(embedder, graph):
    """Who is named is what is talked about."""
    named = PageRankFactRanker(embedder, spread=0, named=10, unrelated=None)
    found = named.rank(graph, "Do you see Mycroft often?", limit=2)
    assert {fact.id for fact in found} == {"holmes.sibling_of.mycroft", "mycroft.member_of.club"}


def test_the_neighbourhood_lifts_what_leads_to_the_answer(embedder, graph):
    """The brother is the way to the club, though his sentence does not name it."""

    def lead(ranker: PageRankFactRanker) -> float:
        scores = {fact.id: fact.score for fact in ranker.rank(graph, "the Diogenes Club", limit=9)}
        return scores["holmes.sibling_of.mycroft"] - scores["holmes.plays.violin"]

    assert lead(PageRankFactRanker(embedder, named=0, unrelated=None)) > lead(
        PageRankFactRanker(embedder, spread=0, named=0, unrelated=None)
    )


class TopicEmbedder(HashEmbedder):
    """Texts on one topic are near, others are so by chance, as they are for real embedders."""

    def embed_query(self, text: str) -> list[float]:
        topics = [float(word in text.casefold()) for word in ("violin", "club", "live", "brother", "you")]
        vector = np.array([*topics, 1.0, *(0.3 * np.array(super().embed_query(text)))])
        return (vector / np.linalg.norm(vector)).tolist()


SMALL_TALK = [
    "Good evening to you!",
    "I burned the pancakes.",
    "Good evening, Mr Holmes!",
    "Holmes, what now?",
]


@pytest.mark.parametrize("said", SMALL_TALK)
def test_small_talk_brings_no_facts_to_mind(graph, said):
    """Facts that fill every prompt are recited where nothing was asked, also if the character is named."""
    assert PageRankFactRanker(TopicEmbedder(), unrelated=0).rank(graph, said, limit=5) == ()


def test_a_question_brings_what_answers_it_and_not_as_many_as_fit(graph):
    """A fact that has nothing to do with the turn is a temptation to recite it."""
    found = PageRankFactRanker(TopicEmbedder(), unrelated=0).rank(graph, "Do you play the violin?", limit=4)
    assert [fact.id for fact in found] == ["holmes.plays.violin"]


def test_a_larger_share_of_unrelated_talk_lets_more_facts_pass(graph):
    """An application turns one knob, and can turn the floor off."""

    def num_found(unrelated: float | None) -> int:
        ranker = PageRankFactRanker(TopicEmbedder(), unrelated=unrelated)
        return sum(len(ranker.rank(graph, said, limit=5)) for said in SMALL_TALK)

    assert num_found(0) <= num_found(0.25) < num_found(None) == 4 * len(SMALL_TALK)


def test_the_question_outweighs_the_introduction_before_it(embedder, graph):
    """Whoever introduces themselves first still asks for something."""
    ranker = PageRankFactRanker(embedder, unrelated=None)
    said = "My name is Ann and I live in London. Who plays the violin?"
    assert ranker.rank(graph, said, limit=1)[0].id == "holmes.plays.violin"


def test_each_sentence_is_embedded_once(embedder, graph):
    """Embedding is the slow part of a turn."""
    ranker = PageRankFactRanker(embedder)
    ranker.rank(graph, "…", limit=1)
    embedder.asked.clear()
    ranker.rank(graph, "Who plays the violin?", limit=3)
    assert embedder.asked == ["Who plays the violin?"]


def test_what_the_user_said_is_not_kept_in_the_cache(graph):
    """The cache on disk outlives a user's wish to be forgotten."""

    class Kept(dict):
        def cached_embeddings(self, embedder, texts):
            return {text: self[text] for text in texts if text in self}

        def cache_embeddings(self, embedder, vectors):
            self.update(vectors)

    secret = Fact(
        id="user.likes.x", subject="user", relation="likes", object="x", text="The user likes secrets.",
        layer="learned",
    )  # fmt: skip
    nodes = [Node(id="user", type="person", label="the user"), Node(id="x", type="literal", label="secrets")]
    kept = Kept()
    found = PageRankFactRanker(HashEmbedder(), kept).rank(
        graph.with_learned(nodes, [secret]), "secrets", limit=1
    )
    assert found[0].id == secret.id
    assert "plays: you plays the violin." in kept
    assert not any("secrets" in text or "the user" in text for text in kept)


def test_in_a_large_graph_what_is_named_is_scored(embedder):
    """The cost follows the neighbourhood, and the neighbourhood follows the words."""
    nodes = [Node(id=f"n{i}", type="person", label=f"person{i}") for i in range(3_002)]
    facts = [
        Fact(id=f"f{i}", subject=f"n{i}", relation="knows", object=f"n{i + 1}", text=f"fact number {i}")
        for i in range(3_001)
    ]
    graph = PersonaGraph(nodes=nodes, facts=facts, relations={})
    found = PageRankFactRanker(embedder, unrelated=None).rank(graph, "Tell me of person2500.", limit=500)
    assert {"f2499", "f2500"} <= {fact.id for fact in found}
    assert len(found) <= MAX_FACTS
    assert len(set(embedder.asked) - set(EVERYDAY_TALK)) < 50


def test_an_embedder_that_raises_is_named(graph):
    """A broken plug-in is told from a broken ranker."""

    class Broken(HashEmbedder):
        def embed_documents(self, texts):
            raise OSError("no weights")

    with pytest.raises(ModelError, match=r"hash.*no weights"):
        PageRankFactRanker(Broken()).rank(graph, "violin", limit=1)
