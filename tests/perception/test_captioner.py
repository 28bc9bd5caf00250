"""Any chat model that takes a standard image block can describe a picture."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from PIL import Image
from pydantic import Field

from roleagent import registry
from roleagent.errors import ConfigurationError, PerceptionError
from roleagent.perception.captioner import MAX_CHARACTERS, MAX_SIDE, Captioner, load_captioner
from roleagent.perception.media import load_attachment
from roleagent.testing.perceptors import check_perceptor, write_tiny_png
from roleagent.types import Attachment


class Seer(BaseChatModel):
    """Answers with one sentence, or raises; keeps the last message it was sent."""

    answer: str = "A red square."
    broken: bool = False
    asked: list[BaseMessage] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "seer"

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        if self.broken:
            raise RuntimeError("out of memory")
        self.asked[:] = messages
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.answer))])


def test_the_caption_is_what_the_model_says(red_square: Attachment) -> None:
    """On one line: line breaks could pass for structure of the prompt."""
    (caption,) = check_perceptor(lambda: Captioner(Seer(answer=" A red\n\nsquare. ")), red_square)
    assert (caption.kind, caption.text) == ("caption", "A red square.")


def test_thoughts_are_no_caption(red_square: Attachment) -> None:
    """Models that see may think aloud, too."""
    model = Seer(answer="<think>\nThe user shows a square.\n</think>\n\nA red square.")
    assert Captioner(model).perceive(red_square)[0].text == "A red square."


def test_the_picture_is_sent_as_a_standard_block(tmp_path: Path) -> None:
    """Every provider's integration translates this block; it is scaled down first, as tokens cost."""
    model = Seer()
    large = load_attachment(write_tiny_png(tmp_path / "large.png", size=(3000, 1500)))
    Captioner(model, prompt="用一句话描述这张图。").perceive(large)
    text, image = model.asked[0].content_blocks
    assert text == {"type": "text", "text": "用一句话描述这张图。"}
    assert (image["type"], image["mime_type"]) == ("image", "image/jpeg")
    with Image.open(io.BytesIO(base64.b64decode(image["base64"]))) as sent:
        assert sent.size == (MAX_SIDE, MAX_SIDE // 2)
        assert sent.convert("RGB").getpixel((9, 9)) == pytest.approx((200, 30, 30), abs=5)


def test_a_model_that_rambles_is_cut(red_square: Attachment) -> None:
    """An endless caption would push the persona out of the prompt."""
    (caption,) = Captioner(Seer(answer="la " * 5_000)).perceive(red_square)
    assert len(caption.text) == MAX_CHARACTERS


def test_a_model_that_says_nothing_is_an_error(red_square: Attachment) -> None:
    """An empty caption would look as if there were nothing to see."""
    with pytest.raises(PerceptionError, match="answered nothing"):
        Captioner(Seer(answer="  ")).perceive(red_square)


def test_a_model_that_raises_is_reported_with_the_picture(red_square: Attachment) -> None:
    """The turn goes on without this picture, and says why."""
    with pytest.raises(PerceptionError, match=r"'captioner' failed on 'red.png'.*out of memory"):
        Captioner(Seer(broken=True)).perceive(red_square)


def test_a_captioner_needs_a_model_by_name() -> None:
    """There is no default: no small captioner is in the catalogue."""
    with pytest.raises(ConfigurationError, match="transformers:DIRECTORY"):
        load_captioner("")


@pytest.mark.slow
def test_a_real_vision_model_captions_by_its_registry_name(tmp_path: Path, red_square: Attachment) -> None:
    """From a directory of weights to an observation; random weights, so the words themselves mean nothing."""
    from roleagent.testing.models import build_tiny_llava

    name = f"captioner:transformers:{build_tiny_llava(tmp_path / 'llava')}"
    (caption,) = check_perceptor(lambda: registry.get("perceptor", name), red_square, repeatable=False)
    assert caption.kind == "caption"
    assert len(caption.text) > 3
