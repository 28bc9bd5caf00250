"""Files that perceptors are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from roleagent.perception.media import load_attachment
from roleagent.testing.perceptors import write_tiny_png
from roleagent.types import Attachment

MEDIA = Path(__file__).parents[2] / "examples" / "media"


@pytest.fixture
def telegram() -> Attachment:
    """The bundled telegram: eight printed lines."""
    return load_attachment(MEDIA / "telegram.png")


@pytest.fixture
def coffee() -> Attachment:
    """The bundled photograph of an espresso."""
    return load_attachment(MEDIA / "coffee.jpg")


@pytest.fixture
def client() -> Attachment:
    """The bundled recording of a client speaking."""
    return load_attachment(MEDIA / "client.wav")


@pytest.fixture
def red_square(tmp_path: Path) -> Attachment:
    """A picture of nothing."""
    return load_attachment(write_tiny_png(tmp_path / "red.png", size=(64, 64)))
