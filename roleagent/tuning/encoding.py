"""Dialogues as tokens, by a model's own chat template."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from roleagent.errors import ModelError
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
    """

    def __init__(self, tokenizer: Any, control_tokens: ControlTokens) -> None:  # Any: transformers' own
        self._tokenizer, self._control_tokens = tokenizer, control_tokens

    def encode(self, dialogue: Dialogue) -> Encoded:
        """The tokens of a dialogue.

        Raises:
            ModelError: the chat template does not write the messages one after the other.
        """
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
        told = [{"role": each.role, "content": each.text} for each in messages]
        told = self._control_tokens.break_up_in({"messages": told})["messages"]
        text: str = self._tokenizer.apply_chat_template(told, tokenize=False, add_generation_prompt=answer)
        return text

    def _ids(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer(text, add_special_tokens=False)["input_ids"])
