"""What the model cards of kernel heads have in common."""

from __future__ import annotations

from collections.abc import Iterator

from roleagent.critics.kernel_head import FORMAT, KernelHead
from roleagent.critics.training.kernel import KernelOptions, Measured, TrainedKernel

LANGUAGES = {"en": "English", "zh": "Chinese"}


def of_head(name: str, purpose: str, any_of: str, head: KernelHead, options: KernelOptions) -> Iterator[str]:
    """Sizes and versions of a head; `any_of` is what its first output is called."""
    (dim, axes), (texts, _) = head.weights["axes"].shape, head.weights["texts.vectors"].shape
    yield f"# {name}"
    yield ""
    yield purpose
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| embedder | `{head.embedder}`, rows of {dim} numbers, read on {axes} principal axes |"
    yield f"| languages | {', '.join(LANGUAGES[each] for each in head.languages)} |"
    yield f"| texts it compares with | {texts:,}, as vectors of 8-bit numbers |"
    num_words = len(head.weights["words.codes"])
    yield f"| words and pairs of words | {num_words:,}, each as 24 bits of a checksum |"
    yield f"| kernel | γ = {options.width:g}, λ = {options.ridge:g}, words × {options.loudness:g} |"
    yield f"| threshold of {any_of} | {head.threshold:.4f} |"
    yield f"| version of the file | `{FORMAT}` |"
    yield f"| version of the weights | `{head.version}` |"


def of_training(command: str) -> Iterator[str]:
    """How the weights are made again."""
    yield "## Training"
    yield f"    {command}"
    yield ""
    yield "It takes about a minute on one CPU core. All texts of a group lie in the same fold. Heads that"
    yield "were each trained without a fold give the figures below, the calibration of the probabilities and"
    yield "the threshold. The head that is stored was trained on all texts. It compares with some of them,"
    yield "drawn by the seed, whose weights were fitted to what all of them give."


def of_figures(trained: TrainedKernel, any_of: str, with_it: str, without: str) -> Iterator[str]:
    """How well texts held out are told apart."""
    yield "## Figures on what was held out"
    yield f"{any_of}, by language and kind of texts; recall where 5 % of the {without} texts are above."
    yield ""
    yield f"| | {with_it} | {without} | AUC | recall |"
    yield "|---|---|---|---|---|"
    yield from map(_row, trained.by_language)
    yield ""
    yield "Each category against all other texts, also those of another category."
    yield ""
    yield f"| | {with_it} | others | AUC | recall |"
    yield "|---|---|---|---|---|"
    yield from map(_row, trained.by_category)


def _row(each: Measured) -> str:
    figures = f"{each.auc:.3f} | {each.recall:.3f}"
    return f"| {each.name} | {each.num_harmful:,} | {each.num_others:,} | {figures} |"
