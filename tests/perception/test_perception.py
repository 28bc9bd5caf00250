"""Which perceptors an agent gets when none is named, and what importing the package costs."""

from __future__ import annotations

import pytest

from roleagent import perception


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        (set(), []),
        ({"open-nsfw"}, ["nsfw"]),
        ({"whisper-tiny.en", "efficientnet-lite0"}, ["whisper", "tagger"]),
        ({"whisper-base", "efficientnet-lite0", "open-nsfw"}, ["whisper", "tagger", "nsfw"]),
    ],
)
def test_only_perceptors_with_weights_are_taken(
    monkeypatch: pytest.MonkeyPatch, present: set[str], expected: list[str]
) -> None:
    """A fresh machine must start, and see as much as it can."""
    monkeypatch.setattr("roleagent.weights.is_present", lambda name: name in present)
    assert perception.default_perceptors() == expected


def test_reading_text_needs_its_library_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is optional: without it the others still work."""
    monkeypatch.setattr("roleagent.weights.is_present", lambda name: name == "ppocr-v6")
    monkeypatch.setattr(perception, "is_installed", lambda name: False)
    assert perception.default_perceptors() == []
    monkeypatch.setattr(perception, "is_installed", lambda name: True)
    assert perception.default_perceptors() == ["ocr"]
