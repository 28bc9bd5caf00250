"""What a large persona costs: to load its file, to look around in a turn, to commit what the turn taught.

    python -m benchmarks.persona_graph [--quick] [--seed N] [--json OUT]

The personas are made up: every node has names of two words and two facts, every twentieth fact is a secret
and every tenth has dates, so that graphs of all sizes look the same around a node. A turn lays what one user
taught over the graph, cuts it by date and by listener, finds whom a sentence of three names means, and
collects the facts around them. It is compared with a rebuild of the graph of everything, which is how a turn
would begin without a layer. A commit is two episodes with embeddings, two nodes and two facts, compared with
the same bytes in a bare SQLite transaction; both are on the disk when they return. The last line is that of
`benchmarks.lorebook`.
"""

from __future__ import annotations

import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import yaml

from benchmarks import lorebook
from benchmarks.report import Figure, parser, percentile, write
from roleagent.formats.load import load_persona
from roleagent.formats.own import node_link, yaml_file
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS
from roleagent.graph.timeline import cut_time
from roleagent.graph.visibility import cut_secrets, listeners_of
from roleagent.store import Store
from roleagent.types import Episode, Fact, GraphUpdate, Node, Owner, Sight, Thread

SIZES = (1_000, 10_000, 100_000)
FILE_SIZE = 10_000
FACTS_A_NODE = 2
NUM_LEARNED = 60
NUM_DIMENSIONS = 512
DATE = "1890"
OWN = "p0"
RELATIONS = ("knows", "met", "serves")
ADA = Owner(persona_id="big", user_id="ada")
TALK = Thread(owner=ADA, thread_id="main")
ADA_SIGHT = Sight(listener="p1")
START = datetime(2026, 1, 1, tzinfo=UTC)


def main(argv: list[str] | None = None) -> None:
    """Measure everything, print a line each, and the headline."""
    options = parser(__doc__).parse_args(argv)
    num_turns, num_files = (50, 2) if options.quick else (500, 7)
    rng = random.Random(options.seed)
    figures: dict[str, Figure] = {"seed": options.seed, "num_turns": num_turns, "num_files": num_files}
    figures |= measure_loading(num_files)
    for size in SIZES:
        row = measure_turns(size, num_turns, rng)
        print(f"turn at {size:>7,} nodes:  p50 {row['turn_p50_ms']} ms, p95 {row['turn_p95_ms']} ms for "
              f"{row['facts_found']} facts; rebuild {row['rebuild_p50_ms']} ms, {row['ratio']} times as "
              f"much; first turn {row['first_turn_ms']} ms")  # fmt: skip
        figures |= {f"{name}_at_{size}": value for name, value in row.items()}
    figures |= measure_commits(num_turns)
    figures |= measure_lorebook(20 if options.quick else 200, rng)
    smallest, largest = figures[f"turn_p50_ms_at_{SIZES[0]}"], figures[f"turn_p50_ms_at_{SIZES[-1]}"]
    print(f"headline: a turn takes {figures[f'turn_p50_ms_at_{FILE_SIZE}']} ms p50 at {FILE_SIZE:,} nodes "
          f"({smallest} at {SIZES[0]:,}, {largest} at {SIZES[-1]:,}), n={num_turns}")  # fmt: skip
    write(figures, options.json)


# ── loading ──────────────────────────────────────────────────────────────────────────────────────


def measure_loading(num_files: int) -> dict[str, Figure]:
    """Times to load one persona from YAML and from node-link JSON, beside the bare readers of both."""
    document = persona_document(FILE_SIZE)
    figures: dict[str, Figure] = {}
    load_persona("holmes")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "big.yaml").write_text(yaml_file.write(document), encoding="utf-8")
        (path / "big.json").write_text(node_link.write(document), encoding="utf-8")
        bare: dict[str, Callable[[Path], object]] = {"yaml": bare_yaml, "json": bare_json}
        for suffix, read in bare.items():
            file = path / f"big.{suffix}"
            ours, theirs = alternately(num_files, partial(load_persona, file), partial(read, file))
            row = summary("load", ours) | summary("bare", theirs)
            row["ratio"] = round(row["load_p50_ms"] / row["bare_p50_ms"], 2)
            print(f"load {FILE_SIZE:,} nodes, {len(document['edges']):,} facts, {suffix}:  p50 "
                  f"{row['load_p50_ms']} ms, p95 {row['load_p95_ms']} ms; {BARE[suffix]} "
                  f"{row['bare_p50_ms']} ms")  # fmt: skip
            figures |= {f"{name}_{suffix}": value for name, value in row.items()}
    return figures


BARE = {"yaml": "yaml.CSafeLoader alone", "json": "json and networkx alone"}


def bare_yaml(path: Path) -> object:
    """Nothing but a tree of text."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def bare_json(path: Path) -> object:
    """A networkx graph, nothing checked."""
    tree = json.loads(path.read_text(encoding="utf-8"))
    return nx.node_link_graph(tree, edges="edges")


def persona_document(size: int) -> dict[str, Any]:
    """A persona file as data."""
    graph = persona_graph(size)
    nodes = [{"id": node.id, "type": node.type, "label": node.label, "aliases": list(node.aliases),
              "description": node.description} for node in graph.nodes.values()]  # fmt: skip
    edges = [edge_of(fact) for fact in graph.facts.values()]
    header = {"roleagent": 1, "id": "big", "name": "Big", "node": OWN, "summary": "You are Agent 0."}
    return {**header, "nodes": nodes, "edges": edges}


def edge_of(fact: Fact) -> dict[str, object]:
    """A fact as a file says it."""
    edge: dict[str, object] = {"source": fact.subject, "relation": fact.relation, "target": fact.object}
    if fact.valid_from:
        edge |= {"valid_from": fact.valid_from, "valid_to": fact.valid_to}
    return edge


# ── a turn ───────────────────────────────────────────────────────────────────────────────────────


def persona_graph(size: int) -> PersonaGraph:
    """A made-up persona; around every node it looks the same, whatever the size."""
    nodes = [
        Node(
            id=f"p{n}",
            type="person",
            label=f"Agent {n}",
            aliases=(f"Number {n}",),
            description=f"Floor {n % 50}.",
        )
        for n in range(size)
    ]
    facts = (fact_of(n, step, size) for n in range(size) for step in range(FACTS_A_NODE))
    return PersonaGraph(nodes=nodes, facts=facts, relations=CORE_RELATIONS)


def fact_of(number: int, step: int, size: int) -> Fact:
    """One of the facts of a node."""
    subject, relation, object_ = f"p{number}", RELATIONS[step], f"p{(number * 7 + step * 13 + 1) % size}"
    place = number * FACTS_A_NODE + step
    is_dated, is_secret = place % 10 == 3, place % 20 == 7
    return Fact(
        id=f"{subject}.{relation}.{object_}",
        subject=subject,
        relation=relation,
        object=object_,
        text=f"Agent {number} {relation} somebody.",
        valid_from=str(1870 + place % 40) if is_dated else None,
        valid_to=str(1915 + place % 7) if is_dated else None,
        visibility=(f"p{place % 3}",) if is_secret else ("public",),
    )


def measure_turns(size: int, num_turns: int, rng: random.Random) -> dict[str, Figure]:
    """Times of whole turns, and of the rebuild that each used to begin with."""
    graph = persona_graph(size)
    nodes, facts = learned_of(size)
    texts = [text_of(size, rng) for _ in range(num_turns)]
    first_ms = timed_ms(partial(turn, graph, nodes, facts, texts[0]))
    times_ms = [timed_ms(partial(turn, graph, nodes, facts, text)) for text in texts]
    rebuild_ms = [timed_ms(partial(rebuild, graph, nodes, facts)) for _ in range(5)]
    found = [len(turn(graph, nodes, facts, text)) for text in texts[:20]]
    row: dict[str, Figure] = {**summary("turn", times_ms), **summary("rebuild", rebuild_ms)}
    ratio = percentile(rebuild_ms, 0.5) / percentile(times_ms, 0.5)
    return row | {
        "ratio": round(ratio, 1),
        "first_turn_ms": round(first_ms, 1),
        "facts_found": round(np.mean(found)),
    }


def turn(graph: PersonaGraph, nodes: Sequence[Node], facts: Sequence[Fact], text: str) -> tuple[Fact, ...]:
    """All that a turn asks of the graph."""
    known = graph.with_learned(nodes, facts)
    then = cut_time(known, DATE, own=OWN).graph
    told = cut_secrets(then, listeners_of(ADA.user_id), own=OWN).graph
    return told.neighbourhood(told.mentioned_in(text))


def rebuild(graph: PersonaGraph, nodes: Sequence[Node], facts: Sequence[Fact]) -> PersonaGraph:
    """The graph of everything from all its parts."""
    return PersonaGraph(
        nodes=[*nodes, *graph.nodes.values()],
        facts=[*facts, *graph.facts.values()],
        relations=graph.relations,
    )


def learned_of(size: int) -> tuple[list[Node], list[Fact]]:
    """What one user taught the persona."""
    nodes = [Node(id="user", type="person", label="the user")]
    nodes += [Node(id=f"own{n}", type="topic", label=f"Hobby {n}") for n in range(NUM_LEARNED)]
    facts = [learned_fact(f"own{n}", "likes") for n in range(NUM_LEARNED)]
    return nodes, [*facts, *(learned_fact(f"p{n * 31 % size}", "knows") for n in range(NUM_LEARNED))]


def learned_fact(object_: str, relation: str) -> Fact:
    """Something about the user."""
    text = f"The user {relation} {object_}."
    return Fact(id=f"user.{relation}.{object_}", subject="user", relation=relation, object=object_, text=text,
                layer="learned", recorded_at=START)  # fmt: skip


def text_of(size: int, rng: random.Random) -> str:
    """A sentence that names three nodes."""
    one, two, three = (rng.randrange(size) for _ in range(3))
    return f"Did Agent {one} see Agent {two} yesterday at the station, or was it Number {three}?"


# ── a commit ─────────────────────────────────────────────────────────────────────────────────────


def measure_commits(num_turns: int) -> dict[str, Figure]:
    """Times of durable commits through the store, and of bare SQLite transactions of the same bytes."""
    rng = np.random.default_rng(0)
    vector = rng.normal(size=NUM_DIMENSIONS).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        store, bare = Store(Path(folder) / "store.sqlite"), bare_database(Path(folder) / "bare.sqlite")
        commit(store, vector, -1)
        ours, theirs = [], []
        for number in range(num_turns):
            ours.append(timed_ms(partial(commit, store, vector, number)))
            theirs.append(timed_ms(partial(bare_commit, bare, vector, number)))
        store.close()
        bare.close()
    figures: dict[str, Figure] = {**summary("commit", ours), **summary("bare_commit", theirs)}
    figures["commit_ratio"] = round(percentile(ours, 0.5) / percentile(theirs, 0.5), 1)
    print(f"commit of a turn:  p50 {figures['commit_p50_ms']} ms, p95 {figures['commit_p95_ms']} ms; bare "
          f"SQLite p50 {figures['bare_commit_p50_ms']} ms")  # fmt: skip
    return figures


def commit(store: Store, vector: np.ndarray[Any, np.dtype[np.float32]], number: int) -> None:
    """What the workflow writes after a reply."""
    pair = [(episode(2 * number + place), vector) for place in range(2)]
    nodes = tuple(Node(id=f"n{number}.{k}", type="topic", label=f"Hobby {number}") for k in range(2))
    facts = tuple(learned_fact(node.id, "likes") for node in nodes)
    store.commit(ADA, pair, GraphUpdate(nodes=nodes, added=facts), embedder="none")


def episode(number: int) -> Episode:
    """The episode of a number."""
    return Episode(
        id=f"e{number}",
        thread=TALK,
        sight=ADA_SIGHT,
        turn_id=f"t{number // 2}",
        speaker="persona" if number % 2 else "user",
        text=f"My hobby number {number} is older than your hobby number {number // 2}. " * 3,
        at=START + timedelta(minutes=number + 2),
    )


def bare_database(path: Path) -> sqlite3.Connection:
    """A database of one table, as safe as the store's."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE rows (id TEXT PRIMARY KEY, data BLOB)")
    return connection


def bare_commit(
    connection: sqlite3.Connection, vector: np.ndarray[Any, np.dtype[np.float32]], number: int
) -> None:
    """Six rows in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    rows = [(f"{number}.{place}", vector.tobytes() if place < 2 else b"x" * 200) for place in range(6)]
    connection.executemany("INSERT INTO rows VALUES (?, ?)", rows)
    connection.execute("COMMIT")


# ── lorebooks ────────────────────────────────────────────────────────────────────────────────────


def measure_lorebook(num_runs: int, rng: random.Random) -> dict[str, Figure]:
    """Times of a lorebook of as many entries, as `benchmarks.lorebook` measures it."""
    row = lorebook.measure(FILE_SIZE, num_runs, rng)
    print(f"lorebook of {FILE_SIZE:,} entries:  p50 {row['p50_ms']:.2f} ms, p95 {row['p95_ms']:.2f} ms; "
          f"a plain loop {row['loop_p50_ms']:.1f} ms")  # fmt: skip
    return {f"lorebook_{name}": round(value, 3) for name, value in row.items()}


# ── times ────────────────────────────────────────────────────────────────────────────────────────


def alternately(
    times: int, one: Callable[[], object], other: Callable[[], object]
) -> tuple[list[float], list[float]]:
    """Milliseconds of two calls, in turn, so that both meet the same machine."""
    pairs = [(timed_ms(one), timed_ms(other)) for _ in range(times)]
    return [first for first, _ in pairs], [second for _, second in pairs]


def timed_ms(call: Callable[[], object]) -> float:
    """Milliseconds that a call takes."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def summary(name: str, times_ms: Sequence[float]) -> dict[str, float]:
    """The median and the 95th percentile."""
    shares = {"p50": 0.5, "p95": 0.95}
    return {f"{name}_{key}_ms": round(percentile(times_ms, share), 3) for key, share in shares.items()}


if __name__ == "__main__":
    main()
