"""The trained network in numpy: equal to torch's, and careful about what it is given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from roleagent import load_persona, registry
from roleagent.embedding.text_vectors import TextVectors
from roleagent.errors import InputError, ModelError
from roleagent.gnn.fact_graph import NUM_CLUES, fact_graph
from roleagent.gnn.ranker import FLOOR, GnnFactRanker, shipped_network
from roleagent.gnn.salience import SalienceNetwork
from roleagent.graph.graph import PersonaGraph
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import Fact, Node
from tests.gnn.untrained import DIM, WARMTH, weights_of, write


def ranker(network: Path, floor: float = 0.0) -> GnnFactRanker:
    return GnnFactRanker(HashEmbedder(), network=SalienceNetwork.load(network), floor=floor)


@pytest.mark.xdist_group("torch")
def test_numpy_computes_what_torch_computes(untrained: Path, embedder, graph):
    """The network that is trained is the one that runs, also from one utterance to the next."""
    torch = pytest.importorskip("torch")
    from roleagent.gnn.network import SalienceNetwork as TorchNetwork
    from roleagent.gnn.network import Shape

    shape = Shape(dim=DIM, low=8, hidden=16, heads=2, layers=2, warmth=WARMTH)
    theirs = TorchNetwork(shape).eval()
    theirs.load_state_dict({name: torch.as_tensor(values) for name, values in weights_of(untrained).items()})
    ours = SalienceNetwork.load(untrained)
    facts = fact_graph(tuple(graph.facts.values()), graph, "holmes", TextVectors(embedder))
    random = np.random.default_rng(1)
    held, kept = None, None
    for _ in range(3):
        asked = random.normal(size=(1, DIM)).astype(np.float32)
        clues = random.normal(size=(1, len(facts.facts), NUM_CLUES)).astype(np.float32)
        found = ours.read(facts, asked, clues, held)
        held = ours.keep(held, found)
        question = torch.as_tensor(asked[0]).expand(len(facts.facts), -1)
        with torch.no_grad():
            wanted, kept = theirs(
                *(torch.as_tensor(facts.vectors), question, torch.as_tensor(clues[0])),
                *(torch.as_tensor(facts.subject), torch.as_tensor(facts.object), len(facts.ends), kept),
            )
        assert np.allclose(found.log_odds[0], wanted.numpy(), atol=1e-4)
        assert np.allclose(held, kept.numpy(), atol=1e-4)
        assert np.abs(held).max() <= 1


def test_attention_sums_up_to_one_at_each_end(untrained: Path, embedder, graph):
    """Each end hears a mean of its facts."""
    facts = fact_graph(tuple(graph.facts.values()), graph, "holmes", TextVectors(embedder))
    clues = np.zeros((1, len(facts.facts), NUM_CLUES), np.float32)
    first = SalienceNetwork.load(untrained).read(facts, np.ones((1, DIM), np.float32), clues).steps[0]
    for heard, ends in ((first.said_of, facts.subject), (first.said_to, facts.object)):
        for head in heard.weight[0].T:
            assert np.allclose(np.bincount(ends, head)[np.unique(ends)], 1, atol=1e-5)


def test_of_several_questions_the_one_that_needs_a_fact_most_is_kept(untrained: Path, embedder, graph):
    """What is kept does not depend on their order."""
    ours = SalienceNetwork.load(untrained)
    facts = fact_graph(tuple(graph.facts.values()), graph, "holmes", TextVectors(embedder))
    random = np.random.default_rng(2)
    asked = random.normal(size=(2, DIM)).astype(np.float32)
    clues = random.normal(size=(2, len(facts.facts), NUM_CLUES)).astype(np.float32)
    one = ours.keep(None, ours.read(facts, asked, clues))
    other = ours.keep(None, ours.read(facts, asked[::-1], clues[::-1]))
    assert np.allclose(one, other, atol=1e-5)


def test_what_was_said_long_ago_has_cooled(untrained: Path, graph):
    """Only the last four utterances count, so a restart changes nothing."""
    ours = ranker(untrained)
    last = ["Do you know the club?", "I do.", "Who plays?", "Ada does."]
    one, other = (ours.rank(graph, "And he?", limit=9, before=before) for before in (last, ["Hello.", *last]))
    assert one == other
    assert one != ours.rank(graph, "And he?", limit=9)
    assert ranker(untrained).rank(graph, "And he?", limit=9, before=last) == one


def test_the_order_of_facts_does_not_matter(untrained: Path, graph):
    """A persona's author may sort them."""
    turned = PersonaGraph(nodes=graph.nodes.values(), facts=[*graph.facts.values()][::-1], relations={})
    one, other = (ranker(untrained).rank(each, "the club", limit=9) for each in (graph, turned))
    assert {fact.id: pytest.approx(fact.score, abs=1e-5) for fact in one} == {
        fact.id: fact.score for fact in other
    }


@pytest.mark.parametrize(
    ("nodes", "facts"),
    [
        (1, []),
        (2, [(0, 1)]),
        (2, [(0, 0), (0, 1)]),
        (4, [(0, 1), (2, 3)]),
        (500, [(0, number) for number in range(1, 500)]),
    ],
)
def test_every_shape_of_graph_gives_finite_scores(untrained: Path, nodes, facts):
    """One node, a loop, two islands, and everything on one node."""
    made = PersonaGraph(
        nodes=[Node(id=f"n{number}", type="person", label=f"Person {number}") for number in range(nodes)],
        facts=[
            Fact(id=f"f{one}.{other}", subject=f"n{one}", relation="knows", object=f"n{other}", text="…")
            for one, other in facts
        ],
        relations={},
    )
    found = ranker(untrained).rank(made, "Whom does Person 1 know?", limit=1_000)
    assert len(found) == min(len(facts), 400)
    assert all(np.isfinite(fact.score) and 0 <= fact.score <= 1 for fact in found)


def test_what_is_over_can_be_asked_for(untrained: Path, graph):
    """The network reads that it is; rankers that cannot leave it out."""
    ended = {fact.id for fact in graph.facts.values() if fact.valid_to}
    assert ended & {fact.id for fact in ranker(untrained, floor=0.0).rank(graph, "violin", limit=99)}
    assert ranker(untrained).rank(graph, "violin", limit=0) == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda weights: weights | {"deep.weight": weights["deep.weight"] * np.nan},
            r"deep.weight.*not finite",
        ),
        (
            lambda weights: weights | {"deep.weight": np.zeros((3, 3), np.float32)},
            r"deep.weight has the shape",
        ),
        (lambda weights: {"deep.weight": weights["deep.weight"]}, "project.weight is missing"),
    ],
)
def test_damaged_weights_are_refused(untrained: Path, tmp_path: Path, change, told):
    """Never a number in a prompt that is none."""
    path = write(tmp_path / "damaged.safetensors", change(weights_of(untrained)))
    with pytest.raises(ModelError, match=told):
        SalienceNetwork.load(path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"temperature": "nan"}, "temperature"),
        ({"temperature": "0"}, "temperature"),
        ({"shape": '{"dim": 256, "low": 8, "hidden": 16, "heads": 0, "layers": 2, "warmth": 4}'}, "0 heads"),
        (
            {"shape": '{"dim": 256, "low": 8, "hidden": 16, "heads": 2, "layers": -1, "warmth": 4}'},
            "-1 layers",
        ),
    ],
)
def test_numbers_that_make_no_network_are_refused(untrained: Path, tmp_path: Path, change, told):
    """Not in the middle of a turn."""
    path = write(tmp_path / "odd.safetensors", weights_of(untrained), **change)
    with pytest.raises(ModelError, match=told):
        SalienceNetwork.load(path)


def test_every_weight_is_needed(untrained: Path, tmp_path: Path):
    """A bias that is missing would be missed in the first turn."""
    whole = weights_of(untrained)
    for name in whole:
        rest = {each: values for each, values in whole.items() if each != name}
        with pytest.raises(ModelError, match="missing"):
            SalienceNetwork.load(write(tmp_path / "part.safetensors", rest))


def test_an_embedder_of_another_size_is_refused(untrained: Path, graph):
    """Though it has the right name."""
    ours = GnnFactRanker(HashEmbedder(64), network=SalienceNetwork.load(untrained))
    with pytest.raises(ModelError, match=r"rows of 256 numbers, and the embedder gives 64"):
        ours.rank(graph, "Who plays the violin?", limit=3)


def test_the_character_need_not_have_the_most_facts():
    """Mira's shop has more than she."""
    mira = load_persona("mira")
    found = GnnFactRanker(registry.get("embedder", "use-m3")).rank(
        mira.graph, "What do you do for a living?", limit=5, character=mira.node_id
    )
    assert {fact.subject for fact in found[:2]} == {mira.node_id}


def test_what_was_said_before_is_a_list(untrained: Path, graph):
    """A text would be read letter by letter."""
    with pytest.raises(InputError, match="list of texts"):
        ranker(untrained).rank(graph, "And he?", limit=3, before="Who plays the violin?")


def test_weights_of_another_version_are_refused(untrained: Path, tmp_path: Path):
    """They were trained on other numbers."""
    path = write(tmp_path / "old.safetensors", weights_of(untrained), version="0")
    with pytest.raises(ModelError, match=r"version '0'.*roleagent train gnn"):
        SalienceNetwork.load(path)


def test_a_file_that_is_none_is_refused(tmp_path: Path):
    """A message, not a stack trace."""
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"no weights at all")
    with pytest.raises(ModelError, match="cannot be read as weights"):
        SalienceNetwork.load(path)
    with pytest.raises(ModelError, match="cannot be read as weights"):
        SalienceNetwork.load(tmp_path / "missing.safetensors")


def test_a_network_for_another_embedder_is_refused(untrained: Path):
    """Vectors of two embedders cannot be compared."""
    with pytest.raises(ModelError, match=r"'hash'.*'other'"):
        GnnFactRanker(HashEmbedder(name="other"), network=SalienceNetwork.load(untrained))


def test_an_embedder_without_weights_gets_page_rank_and_a_warning(graph, caplog):
    """What serves instead is said."""
    found = GnnFactRanker(HashEmbedder()).rank(graph, "Who plays the violin?", limit=1)
    assert found[0].id == "holmes.plays.violin"
    assert "PageRank ranks facts instead" in caplog.text


@pytest.mark.parametrize("embedder", ["bge-small-en", "use-m3"])
def test_shipped_weights_load(embedder: str):
    """They travel in the wheel."""
    network = shipped_network(embedder)
    assert network is not None
    assert network.embedder == embedder
    assert network.layers == 2


def test_a_question_of_two_steps_finds_both():
    """What neither likeness nor names would find."""
    holmes = load_persona("holmes")
    found = GnnFactRanker(registry.get("embedder", "use-m3")).rank(
        holmes.graph, "In which street does your brother have his rooms?", limit=5
    )
    assert {"holmes.sibling_of.mycroft", "mycroft.lives_in.pall_mall"} <= {fact.id for fact in found}
    assert all(fact.score > FLOOR for fact in found)


def test_page_rank_adds_what_a_question_shares_words_with(untrained: Path, graph):
    """Below every probability of the network; small talk gets nothing beside."""
    network = SalienceNetwork.load(untrained)
    ours = GnnFactRanker(HashEmbedder(), network=network, floor=0.99, beside=1)
    found = ours.rank(graph, "Who plays the violin?", limit=5)
    assert [fact.id for fact in found] == ["holmes.plays.violin"]
    assert found[0].score == 0.99
    assert ours.rank(graph, "What a violin!", limit=5) == ()
    assert (
        GnnFactRanker(HashEmbedder(), network=network, floor=0.99, beside=0).rank(
            graph, "Who plays the violin?", limit=5
        )
        == ()
    )


def test_each_text_is_embedded_once_for_both_rankings(untrained: Path, graph):
    """Embedding is the slow part of a turn."""

    class Counting(HashEmbedder):
        def embed_documents(self, texts):
            asked.extend(texts)
            return super().embed_documents(texts)

    asked: list[str] = []
    ours = GnnFactRanker(Counting(), network=SalienceNetwork.load(untrained))
    ours.rank(graph, "Who plays the violin?", limit=5)
    assert len(asked) == len(set(asked))
    asked.clear()
    ours.rank(graph, "Who has a brother?", limit=5)
    assert asked == ["Who has a brother?"]
