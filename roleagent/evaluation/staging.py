"""What a scene is played with: a model with a seed, and tools and files that exist in the suite only."""

from __future__ import annotations

import hashlib
import io
import wave
from collections.abc import Sequence
from typing import TYPE_CHECKING

from roleagent import registry
from roleagent.evaluation.suite import Material, ScriptedTool
from roleagent.types import Attachment, Observation

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool


def seeded(model: str | BaseChatModel, repeat: int = 0) -> BaseChatModel:
    """A chat model for one run of a suite: if it has a seed, each run gets another one.

    Args:
        model: the model, or its name.
        repeat: which run, from 0.
    """
    found: BaseChatModel = registry.get("model", model) if isinstance(model, str) else model
    seed = getattr(found, "seed", None)
    return found if seed is None or not repeat else found.model_copy(update={"seed": seed + repeat})


def as_tool(tool: ScriptedTool) -> BaseTool:
    """A langchain-core tool that returns what the suite says."""
    from langchain_core.tools import StructuredTool

    return StructuredTool.from_function(
        func=lambda: tool.result, name=tool.name, description=tool.description
    )


class ScriptedPerceptor:
    """A perceptor that reports of each file what the suite says is in it.

    Args:
        materials: all that is shown in a scene.
    """

    name = "suite"
    media_types: tuple[str, ...] = ("image/*", "audio/*")

    def __init__(self, materials: Sequence[Material]) -> None:
        self._of = {hashlib.sha256(as_file(each)).hexdigest(): each for each in materials}

    def perceive(self, attachment: Attachment) -> Sequence[Observation]:
        """The caption, or the words that are heard."""
        material = self._of.get(attachment.id)
        if material is None:
            return ()
        kind = "caption" if material.kind == "picture" else "transcript"
        return (Observation(kind=kind, text=material.text, source=self.name, attachment_id=attachment.id),)


def as_file(material: Material) -> bytes:
    """A tiny picture or recording that stands for a material, different for each text."""
    mark = hashlib.sha256(material.text.encode()).digest()
    data = io.BytesIO()
    if material.kind == "picture":
        from PIL import Image

        Image.frombytes("RGB", (2, 5), mark[:30]).resize((20, 50)).save(data, "PNG")
    else:
        with wave.open(data, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16_000)
            file.writeframes(mark * 500)
    return data.getvalue()
