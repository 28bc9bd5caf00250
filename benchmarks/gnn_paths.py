"""Measure whether the paths that explain a rank are the reason for it.

    python -m benchmarks.gnn_paths [--embedder NAME] [--questions FILE.jsonl] [--quick] [--seed N]
                                  [--json OUT]

For each fact that a question of two or more steps needs and the network finds, the facts on its paths
(`Fact.lifted_by`) are silenced, and then all others: no fact hears them. With the fidelity metrics of
torch-geometric (Amara et al., arXiv:2206.09677), *fidelity+* is the share of facts that are no longer found
without the paths (higher is better), and *fidelity-* the share that are no longer found with nothing but
the paths (lower is better). The drop in log-odds stands beside them. Compared with as many facts by their
attention, and with as many drawn among those that share an end.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor, nn
from torch_geometric.explain import Explainer, ExplainerAlgorithm, Explanation
from torch_geometric.explain.metric import fidelity

from benchmarks.gnn_salience import QUESTIONS, written
from benchmarks.report import parser, write
from roleagent import registry
from roleagent.embedding.embedders import embedder_name
from roleagent.embedding.text_vectors import TextVectors
from roleagent.gnn.network import SalienceNetwork as TorchNetwork
from roleagent.gnn.network import Shape
from roleagent.gnn.paths import lifts
from roleagent.gnn.ranker import WEIGHTS
from roleagent.gnn.salience import Salience, SalienceNetwork
from roleagent.gnn.training.examples import Example


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A fact that was found for a question.

    Attributes:
        example: the graph with its questions.
        place: which question.
        target: index of the fact.
        found: what the network made of the question.
    """

    example: Example
    place: int
    target: int
    found: Salience


Chosen = Callable[[Case, int], Sequence[int]]  # a case and a number of facts -> facts


def main(argv: list[str] | None = None) -> int:
    """Print fidelity and the drop in log-odds for each way to choose facts."""
    made = parser(__doc__)
    made.add_argument("--embedder", default="auto")
    made.add_argument("--questions", type=Path, default=QUESTIONS)
    options = made.parse_args(argv)
    torch.set_num_threads(1)
    embedder = registry.get("embedder", options.embedder)
    path = WEIGHTS / f"{embedder_name(embedder)}.safetensors"
    network, theirs = SalienceNetwork.load(path), torch_network(path)
    every = written(options.questions, TextVectors(embedder, max_kept=1_000_000))
    examples = [example for group in every.values() for example in group]
    cases = list(cases_in(examples, network))
    if options.quick:
        cases = cases[::8]
    draw = random.Random(options.seed)
    ways: dict[str, Chosen] = {
        "paths": lambda case, _: on_paths(network, case),
        "attention": by_attention,
        "at random": lambda case, number: at_random(case, number, draw),
    }
    figures: dict[str, float | int | str] = {"seed": options.seed, "n": len(cases)}
    print(f"{len(cases)} facts of questions of two or more steps")
    for name, choose in ways.items():
        rows = np.array([row_of(theirs, case, choose(case, len(on_paths(network, case)))) for case in cases])
        lost, lost_alone, drop = rows.mean(axis=0)
        print(
            f"  {name:10} fidelity+ {lost:.3f}   fidelity- {lost_alone:.3f}   log-odds {-drop:+.2f}",
            flush=True,
        )
        figures |= {f"{name} plus": round(lost, 4), f"{name} minus": round(lost_alone, 4)}
        figures[f"{name} drop"] = round(float(drop), 3)
    write({key.replace(" ", "_"): value for key, value in figures.items()}, options.json)
    return 0


def torch_network(path: Path) -> TorchNetwork:
    """The weights of an agent's network, in torch."""
    import json

    with safe_open(path, framework="pt") as file:
        shape = Shape(**json.loads(file.metadata()["shape"]))
        weights = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    network = TorchNetwork(shape).eval()
    network.load_state_dict(weights)
    return network


def cases_in(examples: Sequence[Example], network: SalienceNetwork) -> Iterator[Case]:
    """Needed facts above even odds that something lifted."""
    for example in examples:
        for place, question in enumerate(example.questions):
            if question.hops < 2:
                continue
            one = slice(place, place + 1)
            found = network.read(example.facts, example.asked[one], example.clues[one])
            for target in np.flatnonzero(example.wanted[place] & (found.log_odds[0] > 0)):
                case = Case(example=example, place=place, target=int(target), found=found)
                if on_paths(network, case):
                    yield case


def on_paths(network: SalienceNetwork, case: Case) -> Sequence[int]:
    """The facts on a fact's paths."""
    index = {fact.id: number for number, fact in enumerate(case.example.facts.facts)}
    paths = lifts(network, case.example.facts, case.found, 0, case.target)
    return [*dict.fromkeys(index[fact_id] for path in paths for fact_id in path.facts)]


def sharing_an_end(case: Case) -> list[int]:
    """The facts that a fact hears."""
    facts = case.example.facts
    ends = {facts.subject[case.target], facts.object[case.target]}
    shares = [{one, other} & ends for one, other in zip(facts.subject, facts.object, strict=True)]
    return [number for number, each in enumerate(shares) if each and number != case.target]


def by_attention(case: Case, number: int) -> Sequence[int]:
    """Those that are heard most in the last layer."""
    step = case.found.steps[-1]
    heard = (step.said_of.weight[0] + step.said_to.weight[0]).mean(axis=-1)
    return sorted(sharing_an_end(case), key=lambda fact: -heard[fact])[:number]


def at_random(case: Case, number: int, draw: random.Random) -> Sequence[int]:
    """As many by chance."""
    heard = sharing_an_end(case)
    return draw.sample(heard, min(number, len(heard)))


class _OneQuestion(nn.Module):
    """The network as torch-geometric's explainers call it: facts are nodes, and each is heard or not."""

    def __init__(self, network: TorchNetwork, case: Case) -> None:
        super().__init__()
        self.network, self.case = network, case

    def forward(self, x: Tensor, edge_index: Tensor) -> Tensor:
        """Log-odds of each fact; `edge_index` is only there to be masked."""
        facts, place = self.case.example.facts, self.case.place
        asked = torch.as_tensor(self.case.example.asked[place]).expand(len(x), -1)
        clues = torch.as_tensor(self.case.example.clues[place])
        ends = torch.as_tensor(facts.subject), torch.as_tensor(facts.object)
        log_odds: Tensor = self.network(x, asked, clues, *ends, len(facts.ends))[0]
        return log_odds


class _Given(ExplainerAlgorithm):  # type: ignore[misc]  # torch-geometric has no types
    """An explanation that is there already: the facts that are heard."""

    def __init__(self, heard: Tensor) -> None:
        super().__init__()
        self.heard = heard

    def forward(self, model: nn.Module, x: Tensor, edge_index: Tensor, **_: object) -> Explanation:
        """Its edges."""
        return Explanation(edge_mask=self.heard)

    def supports(self) -> bool:
        """It needs nothing of the model."""
        return True


@torch.no_grad()
def row_of(network: TorchNetwork, case: Case, chosen: Sequence[int]) -> tuple[float, float, float]:
    """Fidelity+, fidelity-, and the drop in log-odds without the chosen facts."""
    facts = case.example.facts
    heard = torch.zeros(len(facts.facts))
    heard[list(chosen)] = 1.0
    model = _OneQuestion(network, case)
    explainer = Explainer(
        model,
        algorithm=_Given(heard),
        explanation_type="model",
        edge_mask_type="object",
        model_config={"mode": "binary_classification", "task_level": "node", "return_type": "raw"},
    )
    x = torch.as_tensor(facts.vectors).float()
    edges = torch.stack([torch.arange(len(x)), torch.as_tensor(facts.subject) + len(x)])
    explanation = explainer(x, edges, index=case.target)
    lost, lost_alone = fidelity(explainer, explanation)
    without = explainer.get_masked_prediction(x, edges, None, 1 - heard)
    drop = explanation.prediction[case.target] - without[case.target]
    return lost, lost_alone, float(drop)


if __name__ == "__main__":
    sys.exit(main())
