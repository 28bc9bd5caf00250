"""The model card of a harm head: what it is, what it was trained on, how well it does, what it is for."""

from __future__ import annotations

from collections.abc import Iterator

from roleagent.critics.harm_head import FORMAT, HarmHead
from roleagent.critics.training.harm import HarmOptions, HarmTexts, Measured, TrainedHarm
from roleagent.critics.training.twins import shipped_frames, shipped_talk, shipped_twins

_LANGUAGES = {"en": "English", "zh": "Chinese"}


def card_of(
    name: str, head: HarmHead, trained: TrainedHarm, data: HarmTexts, options: HarmOptions, *, command: str
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
        _head(name, head, options),
        _data(data, options),
        _training(command),
        _figures(trained),
        _use(head),
    )
    return "\n".join("\n".join(part) + "\n" for part in parts)


def _head(name: str, head: HarmHead, options: HarmOptions) -> Iterator[str]:
    (dim, axes), (texts, _) = head.weights["axes"].shape, head.weights["texts.vectors"].shape
    yield f"# {name}"
    yield ""
    yield "Weights of roleagent's harm scorer: how likely a text asks for harm, in 15 categories. They are"
    yield "part of roleagent, under its licence (Apache-2.0)."
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| embedder | `{head.embedder}`, rows of {dim} numbers, read on {axes} principal axes |"
    yield f"| languages | {', '.join(_LANGUAGES[each] for each in head.languages)} |"
    yield f"| texts it compares with | {texts:,}, as vectors of 8-bit numbers |"
    num_words = len(head.weights["words.codes"])
    yield f"| words and pairs of words | {num_words:,}, each as 24 bits of a checksum |"
    yield f"| kernel | γ = {options.width:g}, λ = {options.ridge:g}, words × {options.loudness:g} |"
    yield f"| threshold of any harm | {head.threshold:.4f} |"
    yield f"| version of the file | `{FORMAT}` |"
    yield f"| version of the weights | `{head.version}` |"


def _data(data: HarmTexts, options: HarmOptions) -> Iterator[str]:
    yield "## Data"
    yield "A language model wrote all texts for this purpose, and no benchmark's texts are among them. They"
    yield "are part of roleagent and under its licence (Apache-2.0). They hold requests, never an answer."
    yield ""
    yield "| | " + " | ".join(_LANGUAGES[each] for each in options.languages) + " |"
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


def _count(data: HarmTexts, language: str, kind: str, *, harmful: bool | None = None) -> int:
    rows = zip(data.languages, data.kinds, data.wanted[:, 0], strict=True)
    return sum(
        spoken == language and each == kind and (harmful is None or bool(wanted) is harmful)
        for spoken, each, wanted in rows
    )


def _training(command: str) -> Iterator[str]:
    yield "## Training"
    yield f"    {command}"
    yield ""
    yield "It takes about a minute on one CPU core. All texts of a group lie in the same fold. Heads that"
    yield "were each trained without a fold give the figures below, the calibration of the probabilities and"
    yield "the threshold. The head that is stored was trained on all texts."


def _figures(trained: TrainedHarm) -> Iterator[str]:
    yield "## Figures on what was held out"
    yield "Any harm, by language and kind of texts; recall where 5 % of the harmless texts are blocked."
    yield ""
    yield "| | harmful | harmless | AUC | recall |"
    yield "|---|---|---|---|---|"
    yield from map(_row, trained.by_language)
    yield ""
    yield "Each category against all other texts, also those that ask for another harm."
    yield ""
    yield "| | harmful | others | AUC | recall |"
    yield "|---|---|---|---|---|"
    yield from map(_row, trained.by_category)


def _row(each: Measured) -> str:
    figures = f"{each.auc:.3f} | {each.recall:.3f}"
    return f"| {each.name} | {each.num_harmful:,} | {each.num_others:,} | {figures} |"


def _use(head: HarmHead) -> Iterator[str]:
    yield "## Use and limits"
    yield f"For roleagent's harm scorer with the embedder `{head.embedder}`; with another it is not loaded."
    yield "It reads one text by itself, not the talk before it. The harmless twins are hard on purpose, so"
    yield "the figures above are lower than on ordinary talk. It misses harm that no word of the text tells,"
    yield "and it takes some grim stories and sad messages for harm; `python -m benchmarks.safety` measures"
    yield "how many. A person in danger must never depend on it alone."
