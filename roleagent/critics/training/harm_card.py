"""The model card of a harm head: what it is, what it was trained on, how well it does, what it is for."""

from __future__ import annotations

from collections.abc import Iterator

from roleagent.critics.kernel_head import KernelHead
from roleagent.critics.training.harm import HarmOptions
from roleagent.critics.training.kernel import LabelledTexts, TrainedKernel
from roleagent.critics.training.kernel_card import LANGUAGES, of_figures, of_head, of_training
from roleagent.critics.training.twins import shipped_frames, shipped_talk, shipped_twins

_PURPOSE = (
    "Weights of roleagent's harm scorer: how likely a text asks for harm, in 15 categories. They are part of "
    "roleagent, under its licence (Apache-2.0)."
)


def card_of(
    name: str,
    head: KernelHead,
    trained: TrainedKernel,
    data: LabelledTexts,
    options: HarmOptions,
    *,
    command: str,
) -> str:
    """The card of a head, as Markdown.

    Args:
        name: of the file of the weights, without its ending.
        head: as it was loaded from that file.
        trained: what the training gave.
        data: what it was trained on.
        options: how it was trained.
        command: what makes the weights again.
    """
    parts = (
        of_head(name, _PURPOSE, "any harm", head, options),
        _data(data, options),
        of_training(command),
        of_figures(trained, "Any harm", "harmful", "harmless"),
        _use(head),
    )
    return "\n".join("\n".join(part) + "\n" for part in parts)


def _data(data: LabelledTexts, options: HarmOptions) -> Iterator[str]:
    yield "## Data"
    yield "A language model wrote all texts for this purpose, and no benchmark's texts are among them. They"
    yield "are part of roleagent and under its licence (Apache-2.0). They hold requests, never an answer."
    yield ""
    yield "| | " + " | ".join(LANGUAGES[each] for each in options.languages) + " |"
    yield "|---|" + "---|" * len(options.languages)
    rows = {
        "groups of twins": [len(shipped_twins(each)) for each in options.languages],
        "texts that ask for harm": [_count(data, each, "twin", harmful=True) for each in options.languages],
        "harmless twins of them": [_count(data, each, "twin", harmful=False) for each in options.languages],
        "texts in frames of jailbreaks": [_count(data, each, "framed") for each in options.languages],
        "frames": [len(shipped_frames(each)) for each in options.languages],
        "texts inside documents": [_count(data, each, "carried") for each in options.languages],
        "everyday talk and statements": [_count(data, each, "talk") for each in options.languages],
        "of these, talk with a companion": [len(shipped_talk(each)) for each in options.languages],
    }
    for label, counts in rows.items():
        yield f"| {label} | " + " | ".join(f"{count:,}" for count in counts) + " |"


def _count(data: LabelledTexts, language: str, kind: str, *, harmful: bool | None = None) -> int:
    rows = zip(data.languages, data.kinds, data.wanted[:, 0], strict=True)
    return sum(
        spoken == language and each == kind and (harmful is None or bool(wanted) is harmful)
        for spoken, each, wanted in rows
    )


def _use(head: KernelHead) -> Iterator[str]:
    yield "## Use and limits"
    yield f"For roleagent's harm scorer with the embedder `{head.embedder}`; with another it is not loaded."
    yield "It reads one text by itself, not the talk before it. The harmless twins are hard on purpose, so"
    yield "the figures above are lower than on ordinary talk. It misses harm that no word of the text tells,"
    yield "and it takes some grim stories and sad messages for harm; `python -m benchmarks.safety` measures"
    yield "how many. A person in danger must never depend on it alone."
