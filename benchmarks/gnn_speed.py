"""Measure how long it takes to rank the facts of one turn, by the size of the graph.

    python -m benchmarks.gnn_speed [--embedder NAME] [--quick] [--seed N] [--json OUT]

Made-up graphs of 100 to 100,000 facts around one character, and questions that name some of their nodes; one
thread, in processor time, so that other work on the machine does not count. The embedder's time is measured
apart and is not in the other figures: what was said is embedded in every turn, a fact's sentence only once.
Beside it stand the project's PageRank ranker and, on the same graph, networkx's and rustworkx's personalised
PageRank from the named nodes: they read the whole graph.

64 graphs of about 100 facts each are read side by side, in one pass of the network in torch, and one by one.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import networkx as nx
import numpy as np
from langchain_core.embeddings import Embeddings

from benchmarks.report import Figure, parser, percentile, write
from roleagent import registry
from roleagent.embedding.embedders import embedder_name
from roleagent.embedding.text_vectors import TextVectors
from roleagent.gnn.likeness import PageRankFactRanker
from roleagent.gnn.ranker import GnnFactRanker, shipped_network
from roleagent.gnn.training.examples import Example, example_of
from roleagent.gnn.training.talks import CHARACTER, Question
from roleagent.gnn.training.words import VALUE, words_of
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import LITERAL
from roleagent.protocols import FactRanker
from roleagent.types import Fact, Node

SIZES = (100, 1_000, 10_000, 100_000)
NUM_GRAPHS = 64
LIMIT = 12  # facts that a turn is given

_FACTS_A_NODE = 4
_OWN = 60  # facts of the character at most


def main(argv: list[str] | None = None) -> int:
    """Print milliseconds by size and by what is timed."""
    made = parser(__doc__)
    made.add_argument("--embedder", default="auto")
    options = made.parse_args(argv)
    embedder = TimedEmbedder(registry.get("embedder", options.embedder))
    num_turns = 20 if options.quick else 60
    figures: dict[str, Figure] = {"embedder": embedder.name, "seed": options.seed, "num_turns": num_turns}
    print(f"{'facts':>9} {'ranker':16} {'first':>9} {'p50':>8} {'p95':>8}   (ms, without the embedder)")
    for size in SIZES[:3] if options.quick else SIZES:
        graph = graph_of(size, options.seed)
        said = list(questions_on(graph, num_turns, options.seed))
        for name, ranker in (("gnn", GnnFactRanker(embedder)), ("pagerank", PageRankFactRanker(embedder))):
            figures |= show(size, name, *time_turns(ranker, graph, said, embedder))
        for name, rank in (("networkx", by_networkx(graph)), ("rustworkx", by_rustworkx(graph))):
            figures |= show(size, name, *time_whole(rank, graph, said[: max(5, num_turns // 6)]))
        figures[f"said_ms_{size}"] = round(embedding_ms(embedder, said), 2)
    print(f"embedding what was said: {figures[f'said_ms_{size}']} ms p50")
    figures |= show_many(NUM_GRAPHS // 8 if options.quick else NUM_GRAPHS, embedder, options.seed)
    p50, p95 = figures["gnn_p50_ms_1000"], figures["gnn_p95_ms_1000"]
    print(f"headline: {p50} ms p50, {p95} ms p95 a turn at 1,000 facts, n = {num_turns}")
    write(figures, options.json)
    return 0


class TimedEmbedder(Embeddings):
    """Another embedder, with the seconds that it took."""

    def __init__(self, inner: Embeddings) -> None:
        self._inner = inner
        self.name = embedder_name(inner)
        self.seconds = 0.0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of many texts."""
        start = time.process_time()
        rows = self._inner.embed_documents(texts)
        self.seconds += time.process_time() - start
        return rows

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        return self.embed_documents([text])[0]


def graph_of(num_facts: int, seed: int) -> PersonaGraph:
    """A character with up to 60 facts, and others among people, places and things that it knows."""
    draw = random.Random(f"{seed} {num_facts}")
    words = words_of("en")
    relations = [(name, each) for name, each in words.relations.items() if each.subject == "person"]
    people = [CHARACTER, *(f"person {number}" for number in range(max(3, num_facts // _FACTS_A_NODE)))]
    nodes = {each: Node(id=each, type="person", label=_name(each, words.given, draw)) for each in people}
    facts: dict[str, Fact] = {}
    while len(facts) < num_facts:
        is_own = len(facts) < min(_OWN, num_facts // 2)
        subject = CHARACTER if is_own else people[draw.randrange(1, len(people))]
        relation, told = draw.choice(relations)
        label, kind = _object(told, people, nodes, draw)
        other = label if label in nodes else f"{kind} {label}"
        if other == subject:
            continue
        nodes.setdefault(other, Node(id=other, type=LITERAL if kind == VALUE else kind, label=label))
        text = draw.choice(told.facts).replace("{s}", nodes[subject].label).replace("{o}", nodes[other].label)
        fact = Fact(
            id=f"{subject}.{relation}.{other}", subject=subject, relation=relation, object=other, text=text
        )
        facts[fact.id] = fact
    return PersonaGraph(nodes=nodes.values(), facts=facts.values(), relations={})


def _name(node_id: str, given: Sequence[str], draw: random.Random) -> str:
    """A name that no other node of the graph has."""
    return f"{draw.choice(given)} {node_id.removeprefix('person ').title()}"


def _object(told: Any, people: Sequence[str], nodes: dict[str, Node], draw: random.Random) -> tuple[str, str]:
    if told.object == "person":
        return draw.choice(people[1:]), "person"
    if told.object == VALUE:
        return draw.choice(told.values), VALUE
    return draw.choice(words_of("en").names[told.object]), told.object


def questions_on(graph: PersonaGraph, number: int, seed: int) -> Iterator[str]:
    """Questions about somebody who is named, and about the character."""
    draw = random.Random(f"{seed} questions")
    people = [node.label for node in graph.nodes.values() if node.type == "person" and node.id != CHARACTER]
    relations = [each for each in words_of("en").relations.values() if each.ask and each.ask_you]
    for place in range(number):
        told = draw.choice(relations)
        named = place % 2 == 0
        yield (
            draw.choice(told.ask).replace("{s}", draw.choice(people)) if named else draw.choice(told.ask_you)
        )


Timed = tuple[float, Sequence[float]]  # milliseconds of the first turn and of each later one


def time_turns(
    ranker: FactRanker, graph: PersonaGraph, said: Sequence[str], embedder: TimedEmbedder
) -> Timed:
    """Each question once to embed what it needs, then once for the time."""

    def turn(text: str) -> float:
        start, before = time.process_time(), embedder.seconds
        ranker.rank(graph, text, limit=LIMIT)
        return 1000 * (time.process_time() - start - (embedder.seconds - before))

    first, *_ = [turn(text) for text in said]
    return first, [turn(text) for text in said]


def time_whole(rank: Callable[[Sequence[str]], object], graph: PersonaGraph, said: Sequence[str]) -> Timed:
    """Personalised PageRank from what each question names; from the character if it names nobody."""
    times = []
    for text in said:
        start = time.process_time()
        rank(graph.mentioned_in(text) or (CHARACTER,))
        times.append(1000 * (time.process_time() - start))
    return times[0], times[1:]


def by_networkx(graph: PersonaGraph) -> Callable[[Sequence[str]], object]:
    """`nx.pagerank` over nodes joined by facts."""
    whole = nx.Graph([(fact.subject, fact.object) for fact in graph.facts.values()])
    return lambda named: nx.pagerank(whole, personalization=dict.fromkeys(named, 1.0))


def by_rustworkx(graph: PersonaGraph) -> Callable[[Sequence[str]], object]:
    """`rustworkx.pagerank` over the same, each fact both ways."""
    import rustworkx as rx

    number = {node: place for place, node in enumerate(graph.nodes)}
    pairs = [(number[fact.subject], number[fact.object]) for fact in graph.facts.values()]
    whole = rx.PyDiGraph(multigraph=False)
    whole.add_nodes_from(list(graph.nodes))
    whole.add_edges_from_no_data([*pairs, *((other, one) for one, other in pairs)])
    return lambda named: rx.pagerank(whole, personalization={number[each]: 1.0 for each in named})


def embedding_ms(embedder: TimedEmbedder, said: Sequence[str]) -> float:
    """Milliseconds to embed one question, the median."""
    times = []
    for text in said:
        before = embedder.seconds
        embedder.embed_query(text)
        times.append(1000 * (embedder.seconds - before))
    return percentile(times, 0.5)


def show(size: int, name: str, first: float, times: Sequence[float]) -> dict[str, Figure]:
    """Print one row."""
    p50, p95 = percentile(times, 0.5), percentile(times, 0.95)
    print(f"{size:>9,} {name:16} {first:>9.1f} {p50:>8.2f} {p95:>8.2f}", flush=True)
    return {
        f"{name}_first_ms_{size}": round(first, 2),
        f"{name}_p50_ms_{size}": round(p50, 2),
        f"{name}_p95_ms_{size}": round(p95, 2),
    }


def show_many(number: int, embedder: TimedEmbedder, seed: int) -> dict[str, Figure]:
    """One question to each of many personas: in one pass, and one by one."""
    network = shipped_network(embedder.name)
    if network is None:
        return {}
    vectors = TextVectors(embedder)
    examples = [_asked(number, seed, vectors) for number in range(number)]
    ways: dict[str, Callable[[], object]] = {
        "numpy, one by one": lambda: [network.read(each.facts, each.asked, each.clues) for each in examples],
        **_in_torch(network.weights, network.heads, network.layers, examples),
    }
    figures: dict[str, Figure] = {"num_graphs": number}
    print(f"\n{number} personas of about 100 facts, one question each (network alone)")
    for name, way in ways.items():
        times = [_milliseconds(way) for _ in range(7)][2:]
        print(
            f"  {name:22} {percentile(times, 0.5):8.1f} ms, {percentile(times, 0.5) / number:6.2f} a persona"
        )
        figures[f"{name} ms".replace(",", "").replace(" ", "_")] = round(percentile(times, 0.5), 2)
    return figures


def _asked(number: int, seed: int, vectors: TextVectors) -> Example:
    graph = graph_of(100, seed + number)
    text = next(questions_on(graph, 1, seed + number))
    return example_of(graph, [Question(text=text, facts=frozenset(), hops=0, kind="small")], vectors)


def _in_torch(
    weights: Any, heads: int, layers: int, examples: Sequence[Example]
) -> dict[str, Callable[[], object]]:
    import torch

    from roleagent.gnn.network import SalienceNetwork, Shape
    from roleagent.gnn.training.batches import batch_of, log_odds_of

    torch.set_num_threads(1)
    low, dim = weights["project.weight"].shape
    hidden = len(weights["deep.weight"])
    network = SalienceNetwork(Shape(dim=dim, low=low, hidden=hidden, heads=heads, layers=layers)).eval()
    network.load_state_dict({name: torch.as_tensor(np.array(each)) for name, each in weights.items()})
    together, apart = batch_of(examples), [batch_of([each]) for each in examples]

    @torch.no_grad()
    def in_one() -> object:
        return log_odds_of(network, together)

    @torch.no_grad()
    def one_by_one() -> object:
        return [log_odds_of(network, each) for each in apart]

    return {"torch, one by one": one_by_one, "torch, in one pass": in_one}


def _milliseconds(way: Callable[[], object]) -> float:
    start = time.process_time()
    way()
    return 1000 * (time.process_time() - start)


if __name__ == "__main__":
    sys.exit(main())
