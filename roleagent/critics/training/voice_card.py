"""The model card of the head for voice."""

from __future__ import annotations

from collections.abc import Iterator

from roleagent.critics.kernel_head import KernelHead
from roleagent.critics.training.kernel import KernelOptions, LabelledTexts, TrainedKernel
from roleagent.critics.training.kernel_card import LANGUAGES, of_figures, of_head, of_training

_PURPOSE = (
    "Weights of roleagent's critic `voice`: how likely a sentence falls out of a role, in five ways. They "
    "are part of roleagent, under its licence (Apache-2.0)."
)


def card_of(
    name: str,
    head: KernelHead,
    trained: TrainedKernel,
    data: LabelledTexts,
    options: KernelOptions,
    *,
    command: str,
) -> str:
    """The card of a head, as Markdown; arguments as in `harm_card.card_of`."""
    parts = (
        of_head(name, _PURPOSE, "any fault", head, options),
        _data(data, options),
        of_training(command),
        of_figures(trained, "Any fault", "at fault", "other"),
    )
    return "\n".join("\n".join(part) + "\n" for part in parts)


def _data(data: LabelledTexts, options: KernelOptions) -> Iterator[str]:
    yield "## Data"
    yield "A language model wrote all texts for this purpose. They are part of roleagent, under its licence"
    yield "(Apache-2.0)."
    yield ""
    yield "| | " + " | ".join(LANGUAGES[each] for each in options.languages) + " |"
    yield "|---|" + "---|" * len(options.languages)
    at_fault = data.wanted[:, 0] > 0
    for label, kind, wanted in (
        ("lines at fault", "twin", True),
        ("twins in character", "twin", False),
        ("other lines in character, everyday talk", "line", False),
    ):
        counts = [
            sum(
                spoken == language and each == kind and bool(fault) is wanted
                for spoken, each, fault in zip(data.languages, data.kinds, at_fault, strict=True)
            )
            for language in options.languages
        ]
        yield f"| {label} | " + " | ".join(f"{count:,}" for count in counts) + " |"
