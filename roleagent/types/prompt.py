"""The prompt of a turn, for the person who wants to see it before a model does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from roleagent.types.explanation import as_plain
from roleagent.types.grounds import NO_GROUNDS, Grounds
from roleagent.types.replies import Omitted, Verdict

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptBlock:
    """A part of the prompt, such as the persona's rules or the episodes that came to mind.

    Attributes:
        name: what it is; a note for this turn is named like its field of `Grounds`.
        text: what the model reads; empty for pictures.
        num_tokens: how many tokens it has.
    """

    name: str
    text: str
    num_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What the language model would read for the first draft of a reply; made by `Conversation.preview`.

    Attributes:
        messages: what goes to the model, in LangChain's form.
        blocks: what the messages consist of, in the order in which the model reads them, without empty ones;
            also the descriptions of the tools, which go beside the messages.
        num_tokens: how many tokens all of it has, the marks of the messages included.
        is_exact: whether the model's own tokenizer counted the text. Otherwise the numbers are estimates on
            the high side, as those of pictures and of the marks of messages always are.
        room: how many tokens it may have; None if the model's context size is unknown.
        model: name of the language model.
        grounds: what the prompt says for this turn.
        omitted: what does not fit, so that it is not in `grounds`; None if everything fits.
        warnings: guards' verdicts on the input that are not ok.
    """

    messages: Sequence[BaseMessage]
    blocks: tuple[PromptBlock, ...]
    num_tokens: int
    is_exact: bool = False
    room: int | None = None
    model: str = ""
    grounds: Grounds = NO_GROUNDS
    omitted: Omitted | None = None
    warnings: tuple[Verdict, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The prompt as plain JSON values, with the messages in OpenAI's form."""
        from langchain_core.messages import convert_to_openai_messages

        return {
            "messages": convert_to_openai_messages(self.messages),
            "blocks": [asdict(block) for block in self.blocks],
            "num_tokens": self.num_tokens,
            "is_exact": self.is_exact,
            "room": self.room,
            "model": self.model,
            "grounds": as_plain(asdict(self.grounds)),
            "omitted": as_plain(asdict(self.omitted)) if self.omitted else None,
            "warnings": as_plain([asdict(warning) for warning in self.warnings]),
        }

    def __str__(self) -> str:
        """The text of all messages, each under its role."""
        return "\n\n".join(f"[{message.type}]\n{message.text}" for message in self.messages)
