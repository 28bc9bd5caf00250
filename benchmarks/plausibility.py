"""Measure whether a hidden fact of a persona is found again, and whether false ones are told from true ones.

    python -m benchmarks.plausibility [--embedder NAME] [--weights FILE …] [--num-worlds N] [--quick]
                                      [--seed N] [--json OUT]

Made-up worlds in wordings and with names that are not trained on, and eight personas that were written one by
one (``benchmarks/data/gnn``). Each fact is hidden in turn, and all nodes of the persona are ranked as its
object; other true objects are left out (filtered). Beside the network: how often the relation has objects of
that type, and the cosine of "subject relation" and the object. ``--weights`` takes one file
or several, such as those of other seeds (``roleagent train plausibility --seed N --out FILE``).

False facts: another object of the same type, the name of something else passed off as one of that type,
another subject, another relation. Calibration is on all of them, true and false weighed alike.

Last, what users say of themselves (``benchmarks/data/user_facts_*.txt``): each value under its relation, and
under one that takes another type of value, as a careless reader might note it. "Warned" is the share below
0.1.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from benchmarks.extraction import DATA as SAID
from benchmarks.extraction import PARTS, examples
from benchmarks.gnn_salience import DATA, unseen
from benchmarks.report import Figure, parser, write
from benchmarks.retrieval_metrics import bootstrap_interval
from roleagent import load_persona, registry
from roleagent.embedding.embedders import embedder_name
from roleagent.embedding.text_vectors import Matrix, TextVectors
from roleagent.gnn.candidate_clues import Candidates
from roleagent.gnn.plausibility import FactPlausibility, PlausibilityNetwork, shipped_plausibility
from roleagent.gnn.training.hidden_facts import (
    ANY_NODE,
    MISREAD,
    NUM_OBJECTS,
    SAME_TYPE,
    SUBJECTS,
    WIDTH,
    Hiding,
    draw_hidden,
    hiding,
    hiding_worlds,
    known_in,
    relations_of,
)
from roleagent.gnn.training.words import read_words
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS, LITERAL
from roleagent.language.scripts import has_han
from roleagent.learning.grammar import NODE_TYPES
from roleagent.types import Fact, Node

Scorer = Callable[[Hiding, Candidates], Matrix]

_OF_TYPE = 4  # column of `Surroundings.clues`: share of the relation's other objects that have the type
_SORTS = {  # columns of what is drawn
    "same type": slice(1, 1 + SAME_TYPE),
    "misread": slice(1 + SAME_TYPE + ANY_NODE, 1 + SAME_TYPE + ANY_NODE + MISREAD),
    "other subject": slice(NUM_OBJECTS, NUM_OBJECTS + SUBJECTS),
    "other relation": slice(NUM_OBJECTS + SUBJECTS, WIDTH),
}
_NUM_BINS = 10
WARN = 0.1
"""Plausibility below which a warning would be given."""

BUNDLED = ("holmes", "mira", "faraday", "sunwukong")


def main(argv: list[str] | None = None) -> int:
    """Print the tables."""
    made = parser(__doc__)
    made.add_argument("--embedder", default="auto")
    made.add_argument(
        "--weights", type=Path, nargs="*", default=[], help="files of weights, say of other seeds"
    )
    made.add_argument("--num-worlds", type=int, default=40, help="made-up worlds of each language")
    options = made.parse_args(argv)
    embedder = registry.get("embedder", options.embedder)
    vectors = TextVectors(embedder, max_kept=1_000_000)
    networks = [PlausibilityNetwork.load(path) for path in options.weights]
    networks = networks or [shipped_plausibility(embedder_name(embedder))]
    number = max(1, options.num_worlds // 8) if options.quick else options.num_worlds
    figures: dict[str, Figure] = {"embedder": networks[0].embedder, "seeds": len(networks)}
    for label, graphs in graphs_by_set(vectors, number, options.seed).items():
        show(label, graphs, networks, vectors, figures, seed=options.seed)
    for language in ("en", "zh"):
        show_claims(language, [FactPlausibility(embedder, network=each) for each in networks], figures)
    write(figures, options.json)
    return 0


def graphs_by_set(vectors: TextVectors, num_worlds: int, seed: int) -> dict[str, list[Hiding]]:
    """Made-up worlds and written personas, by language."""
    sets: dict[str, list[Hiding]] = {}
    for path in sorted(DATA.glob("??.toml")):
        words = unseen(read_words(path, path.stem))
        made = hiding_worlds(words, num_worlds, f"{seed}", vectors, names=[*words.relations])
        sets[f"worlds {path.stem}"] = list(made)
    personas = [(path.stem, load_persona(path)) for path in sorted((DATA / "personas").glob("*.yaml"))]
    names = [*CORE_RELATIONS, *relations_of(persona.graph for _, persona in personas)]
    for stem, persona in personas:
        graph = persona.graph
        sets.setdefault(f"written {persona.language[:2]}", []).append(
            hiding(graph, graph.relations, vectors, seed=stem, names=names)
        )
    for name in BUNDLED:
        graph = load_persona(name).graph
        sets.setdefault("bundled", []).append(hiding(graph, graph.relations, vectors, seed=name, names=names))
    return sets


def by(network: PlausibilityNetwork) -> Scorer:
    """A network's log-odds."""
    return lambda graph, candidates: network.read(graph.around, graph.relations, candidates)


def by_type(graph: Hiding, candidates: Candidates) -> Matrix:
    """How often the relation's other objects are of the type."""
    share: Matrix = graph.around.clues(candidates)[:, _OF_TYPE]
    return share


def by_cosine(vectors: TextVectors) -> Scorer:
    """Likeness of "subject relation" and the object's name."""

    def score(graph: Hiding, candidates: Candidates) -> Matrix:
        around = graph.around
        labels = [node.label for node in around.nodes]
        names = [name.replace("_", " ") for name in around.relations]
        pairs = zip(candidates.subject.tolist(), candidates.relation.tolist(), strict=True)
        asked = vectors.of([f"{labels[subject]} {names[relation]}" for subject, relation in pairs])
        cosine: Matrix = np.einsum("ij,ij->i", asked, vectors.of(labels)[candidates.object])
        return cosine

    return score


def ranks_of(graphs: Sequence[Hiding], score: Scorer) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Filtered ranks of the true object among all nodes, and among those of its type; ties count half."""
    among_all, among_type = list[float](), list[float]()
    for graph in graphs:
        around, nodes = graph.around, np.arange(graph.num_real)
        for hidden in range(len(around.subject)):
            subject, relation, true = (
                int(column[hidden]) for column in (around.subject, around.relation, around.object)
            )
            columns = (np.full(len(nodes), each) for each in (subject, relation, hidden))
            subjects, relations, hiddens = columns
            candidates = Candidates(subject=subjects, relation=relations, object=nodes, hidden=hiddens)
            scores = score(graph, candidates)
            others = ~known_in(around, subjects, relations, nodes)
            place = (scores > scores[true]) + 0.5 * (scores == scores[true])
            among_all.append(1 + float(place[others].sum()))
            among_type.append(1 + float(place[others & (around.type[nodes] == around.type[true])].sum()))
    return np.array(among_all), np.array(among_type)


def drawn_scores(graphs: Sequence[Hiding], score: Scorer) -> tuple[Matrix, NDArray[np.bool_]]:
    """Scores of true and false facts, and which count as false, both [num_hidden, WIDTH]."""
    rng = np.random.default_rng(0)
    scores, is_false = list[Matrix](), list[NDArray[np.bool_]]()
    for graph in graphs:
        drawn = draw_hidden(graph, rng, most=len(graph.around.subject))
        scores.append(score(graph, drawn.candidates).reshape(-1, WIDTH))
        is_false.append(drawn.is_false)
    return np.concatenate(scores), np.concatenate(is_false)


def auc(true: Matrix, false: Matrix) -> float:
    """How often a true fact scores above a false one; ties count half.

    >>> auc(np.array([2.0, 1.0], np.float32), np.array([1.0, 0.0], np.float32))
    0.875
    """
    ordered = np.sort(false)
    below = np.searchsorted(ordered, true, side="left")
    upto = np.searchsorted(ordered, true, side="right")
    return float(((below + upto) / 2).mean() / len(false))


def calibration_error(log_odds: Matrix, is_false: NDArray[np.bool_]) -> float:
    """Expected calibration error over ten bins; true and false facts weighed alike (arXiv:1706.04599)."""
    probabilities = 1 / (1 + np.exp(-np.clip(np.concatenate([log_odds[:, 0], log_odds[is_false]]), -60, 60)))
    is_true = np.arange(len(probabilities)) < len(log_odds)
    weights = np.where(is_true, 0.5 / is_true.sum(), 0.5 / (~is_true).sum())
    bins = np.minimum((probabilities * _NUM_BINS).astype(int), _NUM_BINS - 1)
    gaps = [abs((weights * (probabilities - is_true))[bins == number].sum()) for number in range(_NUM_BINS)]
    return float(sum(gaps))


def show(
    label: str,
    graphs: Sequence[Hiding],
    networks: Sequence[PlausibilityNetwork],
    vectors: TextVectors,
    figures: dict[str, Figure],
    *,
    seed: int,
) -> None:
    """Print the table of one set; the network's figures are means over the seeds."""
    num_facts = sum(len(graph.around.subject) for graph in graphs)
    print(f"\n{label}: {len(graphs)} graphs, {num_facts} facts")
    scorers: Mapping[str, list[Scorer]] = {
        "type frequency": [by_type],
        "cosine": [by_cosine(vectors)],
        "network": [by(network) for network in networks],
    }
    for name, some in scorers.items():
        ranks = [ranks_of(graphs, score) for score in some]
        rows = [drawn_scores(graphs, score) for score in some]
        values = {
            "mrr": [float((1 / every).mean()) for every, _ in ranks],
            "hits_1": [float((every <= 1).mean()) for every, _ in ranks],
            "hits_10": [float((every <= 10).mean()) for every, _ in ranks],
            "mrr_same_type": [float((1 / of_type).mean()) for _, of_type in ranks],
        }
        for sort, columns in _SORTS.items():
            values[f"auc_{sort.replace(' ', '_')}"] = [
                auc(scores[:, 0], scores[:, columns][is_false[:, columns]]) for scores, is_false in rows
            ]
        if name == "network":
            values["calibration_error"] = [calibration_error(*row) for row in rows]
            values["true_warned"] = [_warned(scores[:, 0]) for scores, _ in rows]
            values["false_warned"] = [_warned(scores[is_false]) for scores, is_false in rows]
        print(f"  {name:15}", *(f"{key} {_spread(each)}" for key, each in values.items()), sep="  ")
        key = f"{label} {name}".replace(" ", "_")
        figures |= {f"{key}_{each}": round(float(np.mean(found)), 4) for each, found in values.items()}
    by_fact = np.mean([1 / every for every, _ in ranks], axis=0)
    low, high = bootstrap_interval(by_fact.tolist(), seed=seed)
    print(f"  network: MRR {by_fact.mean():.3f} (95 % {low:.3f} to {high:.3f}, n = {len(by_fact)} facts)")


def _warned(log_odds: Matrix) -> float:
    return float((1 / (1 + np.exp(-np.clip(log_odds, -60, 60))) < WARN).mean())


def claims_in(language: str, seed: int = 0) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What users say of themselves, as (relation, value), and the same values under wrong relations."""
    said = [
        (relation.strip(), value.strip())
        for file in PARTS.values()
        for _, taught in examples(SAID / file)
        for relation, _, value in (each.partition(":") for each in sorted(taught))
        if value.strip() and not relation.startswith("-") and relation in CORE_RELATIONS
    ]
    said = [each for each in dict.fromkeys(said) if has_han(each[1]) == (language == "zh")]
    draw, relations = Random(seed), sorted({relation for relation, _ in said})
    wrong = []
    for relation, value in said:
        others = [each for each in relations if NODE_TYPES.get(each) != NODE_TYPES.get(relation)]
        wrong.append((draw.choice(others), value))
    return said, wrong


def show_claims(language: str, ours: Sequence[FactPlausibility], figures: dict[str, Figure]) -> None:
    """Print how well what users said is told from what they did not."""
    user = Node(id="user", type="person", label="the user")
    graph = PersonaGraph(nodes=[user], facts=(), relations=dict(CORE_RELATIONS))
    said, wrong = claims_in(language)

    def scores(claims: Sequence[tuple[str, str]], plausibility: FactPlausibility) -> Matrix:
        facts, nodes = list[Fact](), list[Node]()
        for number, (relation, value) in enumerate(claims):
            node = Node(id=f"v{number}", type=NODE_TYPES.get(relation, LITERAL), label=value)
            nodes.append(node)
            facts.append(
                Fact(id=f"f{number}", subject="user", relation=relation, object=node.id, text=f"{value}.")
            )
        return np.array(plausibility.of(graph, facts, nodes=nodes), np.float32)

    pairs = [(scores(said, each), scores(wrong, each)) for each in ours]
    values = {
        "auc": [auc(true, false) for true, false in pairs],
        "true_warned": [float((true < WARN).mean()) for true, _ in pairs],
        "false_warned": [float((false < WARN).mean()) for _, false in pairs],
    }
    print(f"\nsaid by users, {language}: {len(said)} claims")
    print("  network        ", *(f"{key} {_spread(each)}" for key, each in values.items()), sep="  ")
    figures |= {f"said_{language}_{key}": round(float(np.mean(each)), 4) for key, each in values.items()}


def _spread(values: Sequence[float]) -> str:
    """A mean, and the standard deviation if there are several."""
    spread = f"±{np.std(values, ddof=1):.3f}" if len(values) > 1 else ""
    return f"{np.mean(values):.3f}{spread}"


if __name__ == "__main__":
    sys.exit(main())
