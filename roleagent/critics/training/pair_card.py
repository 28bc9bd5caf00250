"""The model card of a head that compares two lines."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version

import numpy as np

from roleagent.critics.training.examples import Example
from roleagent.critics.training.kernel import area_under_curve
from roleagent.critics.training.pair_training import Options, Trained

_PACKAGES = ("roleagent", "torch", "numpy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a head comes from.

    Attributes:
        purpose: what it tells, in a sentence.
        data: what it was trained on, in sentences.
        embedder: whose vectors it reads.
        classes: what it tells apart.
        command: the exact command that makes it again.
    """

    purpose: str
    data: str
    embedder: str
    classes: tuple[str, ...]
    command: str


def card_of(
    name: str, trained: Trained, examples: Sequence[Example], options: Options, origin: Origin
) -> str:
    """The card, as Markdown."""
    return "\n".join(_lines(name, trained, examples, options, origin)) + "\n"


def held_out_auc(trained: Trained, examples: Sequence[Example]) -> Mapping[str, float]:
    """The area under the ROC curve for the last class on what was held out, by language and for all."""
    last = trained.held_out.shape[1] - 1
    label = np.array([each.may_be == (last,) for each in examples], int)
    score = trained.held_out[:, last]
    found = {"all": area_under_curve(score, label)}
    for language in ("en", "zh"):
        part = np.array([each.group.startswith(language) for each in examples])
        if part.any() and not part.all():
            found[language] = area_under_curve(score[part], label[part])
    return found


def _lines(
    name: str, trained: Trained, examples: Sequence[Example], options: Options, origin: Origin
) -> Iterator[str]:
    weights = {key: value for key, value in trained.weights.items() if key != "pairs.codes"}
    yield f"# {name}"
    yield ""
    yield origin.purpose
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| embedder | `{origin.embedder}`, rows of {trained.weights['project.weight'].shape[1]} numbers |"
    yield f"| classes | {', '.join(origin.classes)} |"
    yield f"| weights | {sum(value.size for value in weights.values()):,}, stored in half precision |"
    yield f"| pairs of words that it knows | {len(trained.weights['pairs.codes']):,} |"
    yield f"| temperature | {trained.temperature:.3f} |"
    yield ""
    yield "## Data"
    yield origin.data
    yield ""
    last = len(origin.classes) - 1
    positive = sum(each.may_be == (last,) for each in examples)
    yield f"{len(examples):,} pairs of lines, {positive:,} of them “{origin.classes[last]}”."
    yield ""
    yield "## Training"
    yield f"`{origin.command}`"
    yield ""
    yield ", ".join(f"{key} {value}" for key, value in asdict(options).items()) + "."
    versions = (*(f"{each} {version(each)}" for each in _PACKAGES), f"Python {platform.python_version()}")
    yield ""
    yield f"Made with {', '.join(versions)}."
    yield ""
    yield "## Figures"
    parts = ", ".join(f"{key} {value:.3f}" for key, value in held_out_auc(trained, examples).items())
    yield (
        f"Area under the ROC curve for “{origin.classes[last]}”, each pair scored by a network that did not "
        f"see its group: {parts}. The pairs are of one writer, a language model, so that this flatters; "
        "docs/critic.md has figures on data of others."
    )
