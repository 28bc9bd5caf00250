"""What a picture shows, in a sentence written by any chat model that sees pictures."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING

from roleagent.errors import ConfigurationError, PerceptionError
from roleagent.language.thinking import spoken
from roleagent.perception import pictures, reporting
from roleagent.perception.media import open_image
from roleagent.types import Attachment, Observation

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

PROMPT = "Describe this picture in one sentence: who or what is in it, where, and any words that can be read."
MAX_SIDE = 1024
MAX_CHARACTERS = 600


class Captioner:
    """Describes a picture in one observation. The words are as reliable as the model that writes them."""

    name = "captioner"
    media_types = ("image/*",)

    def __init__(self, model: BaseChatModel, *, prompt: str = PROMPT) -> None:
        """Use this model; a prompt in another language brings captions in that language."""
        self._model = model
        self._prompt = prompt

    def warm_up(self) -> None:
        """There is nothing to load: the caller has made the model."""

    def perceive(self, attachment: Attachment) -> Sequence[Observation]:
        """Caption a picture; a large one is scaled down to 1,024 pixels first.

        Raises:
            AttachmentError: the picture cannot be read.
            PerceptionError: the model failed or said nothing.
        """
        from langchain_core.messages import HumanMessage

        data, media_type = pictures.encode(open_image(attachment), max_side=MAX_SIDE)
        image = {"type": "image", "base64": base64.b64encode(data).decode("ascii"), "mime_type": media_type}
        message = HumanMessage(content=[{"type": "text", "text": self._prompt}, image])
        with reporting(self.name, attachment):
            answer = self._model.invoke([message])
        caption = " ".join(spoken(str(answer.text)).split())[:MAX_CHARACTERS]
        if not caption:
            raise PerceptionError(
                f"{self.name!r} got no words about {attachment.name!r}: the model answered nothing. "
                "Use a model that sees pictures, or leave the captioner out."
            )
        return [Observation(kind="caption", text=caption, source=self.name, attachment_id=attachment.id)]


def load_captioner(argument: str = "") -> Captioner:
    """Make a captioner from the registry name of a chat model, such as ``transformers:DIRECTORY``.

    Raises:
        ConfigurationError: no model is named.
    """
    from roleagent import registry

    if not argument:
        raise ConfigurationError(
            "A captioner needs a model that sees pictures: name one, "
            "such as 'captioner:transformers:DIRECTORY' or 'captioner:openai:MODEL'."
        )
    return Captioner(registry.get("model", argument))
