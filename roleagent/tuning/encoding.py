"""Dialogues as tokens, by a model's own chat template."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from roleagent.errors import InputError, ModelError
from roleagent.models.control_tokens import ControlTokens
from roleagent.tuning.dialogues import Dialogue, Message, Rejected

Standing = Literal["good", "contradiction", "voice", "safety", "other"]
"""What an answer is: one to learn, one with that fault, or the answer to something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A dialogue as tokens.

    Attributes:
        pieces: token ids, in turn of what is read and what is written; the last is the reply.
        rejected: token ids of the rejected replies, with their faults.
    """

    dialogue: Dialogue
    pieces: tuple[tuple[int, ...], ...]
    rejected: tuple[tuple[tuple[int, ...], Standing], ...] = ()

    @property
    def reply(self) -> tuple[int, ...]:
        """The tokens of the last message, with the token that ends it."""
        return self.pieces[-1]

    def only(self, standings: Collection[str]) -> Encoded:
        """The same with the rejected replies of these standings alone."""
        return replace(self, rejected=tuple(each for each in self.rejected if each[1] in standings))

    @property
    def num_tokens(self) -> int:
        """Tokens of the dialogue with all its rejected replies."""
        return sum(map(len, self.pieces)) + sum(len(ids) for ids, _ in self.rejected)


class Encoder:
    """Turns dialogues into tokens by a model's own chat template.

    Args:
        tokenizer: with a chat template.
        control_tokens: which are broken up within messages, as they are when the model talks.
        processor: of a model that sees; each picture becomes the one token that stands for it.
    """

    def __init__(
        self, tokenizer: Any, control_tokens: ControlTokens, processor: Any = None
    ) -> None:  # Any: transformers' own
        self._tokenizer, self._control_tokens = tokenizer, control_tokens
        self._processor = processor

    def encode(self, dialogue: Dialogue) -> Encoded:
        """The tokens of a dialogue.

        Raises:
            InputError: it has pictures, and the model takes none.
            ModelError: the chat template does not write the messages one after the other.
        """
        if dialogue.pictures and self._processor is None:
            raise InputError(
                f"{dialogue.pictures[0]}: dialogue {dialogue.id} has pictures, and the model takes none. "
                "Train a model that sees, or leave such dialogues out."
            )
        messages, pieces, written = dialogue.messages, list[str](), ""
        for at, message in enumerate(messages):
            if message.learn:
                read, whole = self._render(messages[:at], answer=True), self._render(messages[: at + 1])
                if not (read.startswith(written) and whole.startswith(read)):
                    raise ModelError(
                        "The model's chat template changes earlier messages when others follow. Mark only "
                        "the last message of each dialogue to be learned."
                    )
                reply = whole[len(read) :].rstrip("\n")
                pieces += [read[len(written) :], reply]
                written = read + reply
        return Encoded(
            dialogue=dialogue,
            pieces=tuple(map(self._ids, pieces)),
            rejected=tuple((self._rejected(messages, each), each.fault) for each in dialogue.rejected),
        )

    def _rejected(self, messages: Sequence[Message], rejected: Rejected) -> tuple[int, ...]:
        read = self._render(messages[:-1], answer=True)
        whole = self._render([*messages[:-1], Message(role="assistant", text=rejected.text)])
        return self._ids(whole[len(read) :].rstrip("\n"))

    def _render(self, messages: Sequence[Message], *, answer: bool = False) -> str:
        told = [{"role": each.role, "content": self._content(each)} for each in messages]
        told = self._control_tokens.break_up_in({"messages": told})["messages"]
        template = self._processor or self._tokenizer
        text: str = template.apply_chat_template(told, tokenize=False, add_generation_prompt=answer)
        return text

    def _content(self, message: Message) -> str | list[dict[str, str]]:
        """Text alone, or the pictures and then the text, as in a conversation."""
        if self._processor is None:
            return message.text
        return [*({"type": "image"} for _ in message.pictures), {"type": "text", "text": message.text}]

    def _ids(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer(text, add_special_tokens=False)["input_ids"])
