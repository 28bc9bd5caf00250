"""Models for the tests of models: tiny ones built once a run, and the smallest real one where it is here."""

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from roleagent import weights
from roleagent.models.llama_cpp import LlamaCppChat
from roleagent.testing.models import build_tiny_llava, build_tiny_text_model


@pytest.fixture(scope="session")
def smollm() -> LlamaCppChat:
    """SmolLM2 135M, greedy, short answers, one thread; skips where its weights are not on this machine."""
    if not weights.is_present("smollm2-135m"):
        pytest.skip("smollm2-135m is not here: roleagent models pull smollm2-135m")
    return LlamaCppChat(
        path=weights.local_path("smollm2-135m"), num_ctx=2048, num_threads=1, temperature=0, max_tokens=24
    )


@pytest.fixture(scope="session")
def tiny_text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a tiny Llama."""
    return build_tiny_text_model(tmp_path_factory.mktemp("tiny-text"))


@pytest.fixture(scope="session")
def tiny_llava(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a tiny LLaVA."""
    return build_tiny_llava(tmp_path_factory.mktemp("tiny-llava"))


def png_of(colour: str, size: tuple[int, int] = (40, 30)) -> bytes:
    """A picture of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def red_png() -> bytes:
    """A small red picture."""
    return png_of("red")


@pytest.fixture
def red_block(red_png: bytes) -> dict:
    """The same as a LangChain content block."""
    return {"type": "image", "base64": base64.b64encode(red_png).decode(), "mime_type": "image/png"}
