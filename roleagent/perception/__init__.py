"""Seeing and hearing: from an attachment to observations.

`media.load_attachment` lets pictures and recordings in. Perceptors (`transcriber`, `tagger`, `ocr`, `nsfw`,
`captioner`) turn them into `Observation`s; each loads its model when it is first used. Get one by its
registry name: `registry.get("perceptor", "whisper")`.
"""

from __future__ import annotations

from roleagent.registry import is_installed

_WEIGHTS_OF = {
    "whisper": ("whisper-base", "whisper-tiny.en"),
    "tagger": ("efficientnet-lite0",),
    "ocr": ("ppocr-v6",),
    "nsfw": ("open-nsfw",),
}
_LIBRARY_OF = {"whisper": "faster_whisper", "ocr": "rapidocr"}  # of an extra


def default_perceptors() -> list[str]:
    """Registry names of the perceptors that can work here: weights fetched, extra installed."""
    from roleagent.weights import is_present

    names = [name for name, weights in _WEIGHTS_OF.items() if any(map(is_present, weights))]
    return [name for name in names if name not in _LIBRARY_OF or is_installed(_LIBRARY_OF[name])]
