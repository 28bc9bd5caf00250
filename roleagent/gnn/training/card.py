"""A model card: what weights are, how they came about, what they are for. Importing this imports torch."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version

from roleagent.gnn.network import SalienceNetwork
from roleagent.gnn.training.characters import characters_in
from roleagent.gnn.training.data import Data
from roleagent.gnn.training.examples import Example, Found
from roleagent.gnn.training.train import Epoch, Options
from roleagent.gnn.training.words import words_of

_PACKAGES = ("roleagent", "torch", "torch-geometric", "numpy")
_LANGUAGES = {"en": "English", "zh": "Chinese"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where weights come from.

    Attributes:
        embedder: whose vectors the network reads.
        languages: of the texts, ISO 639-1.
        options: how it was trained.
        epochs: what came of each.
        temperature: what its log-odds are divided by.
        floor: probability from which a fact counts as found in `steps`.
        steps: for each part that stopped the training, by its name, the figures by number of steps.
        command: the exact command that makes the weights again.
        seconds: that embedding the texts took.
    """

    embedder: str
    languages: tuple[str, ...]
    options: Options
    epochs: Sequence[Epoch]
    temperature: float
    floor: float
    steps: Mapping[str, Mapping[int, Found]]
    command: str
    seconds: float


def card_of(name: str, network: SalienceNetwork, data: Data, origin: Origin) -> str:
    """The card of weights trained on what `roleagent.gnn.training.data.make_data` draws, as Markdown."""
    parts = (
        _head(name, network, origin),
        _data(data, origin),
        _training(origin),
        _figures(origin),
        _use(origin),
    )
    return "\n".join("\n".join(part) + "\n" for part in parts)


def _head(name: str, network: SalienceNetwork, origin: Origin) -> Iterator[str]:
    shape = network.shape
    num_weights = sum(weight.numel() for weight in network.parameters())
    yield f"# {name}"
    yield ""
    yield "Weights of roleagent's graph network: which facts of a persona an answer needs."
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| embedder | `{origin.embedder}`, rows of {shape.dim} numbers |"
    yield f"| read of each row | {shape.low} numbers |"
    yield f"| state of a fact | {shape.hidden} numbers, {shape.heads} heads of attention |"
    yield f"| steps over the graph | {shape.layers or 'none: no message passing'} |"
    yield f"| weights | {num_weights:,}, stored in half precision |"
    yield f"| temperature | {origin.temperature:.3f} |"


def _data(data: Data, origin: Origin) -> Iterator[str]:
    languages = [_name(each) for each in origin.languages]
    relations = {name for each in origin.languages for name in words_of(each).relations}
    characters = sum(len(characters_in(each)) for each in origin.languages)
    yield "## Data"
    yield (
        f"Made-up worlds from {len(relations)} relations, and {characters} characters in free wording, in "
        f"{' and '.join(languages)}. A language model wrote the wordings, characters and questions for this "
        "purpose; they are part of roleagent and under its licence, Apache-2.0."
    )
    yield ""
    yield "| part | graphs | facts | questions | that need facts |"
    yield "|---|---|---|---|---|"
    for title, examples in (
        ("trained on", data.train),
        ("made-up worlds that stop the training", data.dev),
        ("characters that stop the training", data.written),
    ):
        yield _row(title, examples)
    yield ""
    yield (
        "The worlds that stop the training use the last wording of each list and a quarter of the names, "
        "which are not trained on. One character in five is not trained on; the others count several times, "
        "whole and with facts left out."
    )


def _row(title: str, examples: Sequence[Example]) -> str:
    facts = sum(len(example.facts.facts) for example in examples)
    questions = sum(len(example.questions) for example in examples)
    needing = sum(int(example.wanted.any(axis=1).sum()) for example in examples)
    return f"| {title} | {len(examples):,} | {facts:,} | {questions:,} | {needing:,} |"


def _training(origin: Origin) -> Iterator[str]:
    best = max(origin.epochs, key=lambda epoch: epoch.merit)
    chosen = ", ".join(f"{name} {value}" for name, value in asdict(origin.options).items())
    yield "## Training"
    yield f"Options: {chosen}."
    yield ""
    yield "| epoch | steps | mean loss | recall at 5, worlds | recall at 5, characters |"
    yield "|---|---|---|---|---|"
    for epoch in origin.epochs:
        recalls = f"{epoch.dev.recall_at_5:.3f} | {epoch.written.recall_at_5:.3f}"
        yield f"| {epoch.number} | {len(epoch.losses)} | {epoch.loss:.3f} | {recalls} |"
    yield ""
    yield (
        f"The weights are those of epoch {best.number}, which has the best mean of both recalls. Training "
        f"took {origin.epochs[-1].seconds / 60:.1f} minutes on `{origin.options.device}`, and embedding the "
        f"texts {origin.seconds / 60:.1f}."
    )
    yield ""
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    yield f"Made with Python {platform.python_version()}, {versions}. The same again:"
    yield ""
    yield f"    {origin.command}"


def _figures(origin: Origin) -> Iterator[str]:
    best = max(origin.epochs, key=lambda epoch: epoch.merit)
    yield "## Figures on what stopped the training"
    yield (
        "The epoch and the temperature were chosen on these parts, so the figures flatter the network. "
        "`python -m benchmarks.gnn_salience` measures it on worlds and characters of another writer."
    )
    yield ""
    yield f"| part | steps | n | recall at 5 | all in 5 | precision above {origin.floor} | recall above it |"
    yield "|---|---|---|---|---|---|---|"
    for part, all_ in (("worlds", best.dev), ("characters", best.written)):
        for steps, found in origin.steps[part].items():
            yield (
                f"| {part} | {steps} | {found.n} | {found.recall_at_5:.3f} | {found.all_at_5:.3f} | "
                f"{found.precision:.3f} | {found.recall:.3f} |"
            )
        yield f"| {part} | all | {all_.n} | {all_.recall_at_5:.3f} | {all_.all_at_5:.3f} | | |"


def _use(origin: Origin) -> Iterator[str]:
    yield "## Use and limits"
    yield (
        f"For roleagent's fact ranker with the embedder `{origin.embedder}`; with another embedder the "
        "weights are refused. The network chooses among the facts of one persona, given what was just said. "
        "It does not judge whether a fact is true, and knows nothing that is not in the graph."
    )
    yield ""
    yield (
        "It was trained on texts by one language model. How it does on other people's personas has to be "
        f"measured. No language but {' and '.join(_name(each) for each in origin.languages)} was trained on."
    )


def _name(language: str) -> str:
    return _LANGUAGES.get(language, language)
