"""Dialogues as tokens, by a model's own chat template."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from roleagent.errors import InputError, ModelError
from roleagent.models.control_tokens import ControlTokens
from roleagent.tuning.dialogues import Dialogue, Message, Rejected

_TAIL = 64  # characters before a text that are looked at, to tokenise it as what follows

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

        What is read and what is written are tokenised apart, as they are when the model talks: it reads the
        tokens of the prompt, and no token of its answer reaches back into them.

        Raises:
            InputError: it has pictures, and the model takes none.
            ModelError: the chat template refuses the messages, or does not write them one after the other.
        """
        if dialogue.pictures and self._processor is None:
            raise InputError(
                f"{dialogue.pictures[0]}: dialogue {dialogue.id} has pictures, and the model takes none. "
                "Train a model that sees, or leave such dialogues out."
            )
        messages, texts, written = dialogue.messages, list[str](), ""
        for at, message in enumerate(messages):
            if message.learn:
                read, reply = self._answered(messages[:at], message)
                if not read.startswith(written):
                    raise ModelError(
                        "The model's chat template changes earlier messages when others follow. Mark only "
                        "the last message of each dialogue to be learned."
                    )
                texts += [read[len(written) :], reply]
                written = read + reply
        before = written.removesuffix(texts[-1])
        return Encoded(
            dialogue=dialogue,
            pieces=tuple(
                self._ids(text, after="".join(texts[:number])[-_TAIL:]) for number, text in enumerate(texts)
            ),
            rejected=tuple(
                (self._ids(self._rejected(messages[:-1], each), after=before[-_TAIL:]), each.fault)
                for each in dialogue.rejected
            ),
        )

    def _rejected(self, messages: Sequence[Message], rejected: Rejected) -> str:
        return self._answered(messages, Message(role="assistant", text=rejected.text))[1]

    def _answered(self, messages: Sequence[Message], answer: Message) -> tuple[str, str]:
        """What the model reads before an answer, and what it writes: the answer and what ends it."""
        read = self._render(messages, answer=True)
        whole = self._render([*messages, answer])
        reply = whole.removeprefix(read).rstrip("\n")
        if not read or not whole.startswith(read) or not reply:
            raise ModelError(
                "The model's chat template does not write an answer where it asks for one, so what the model "
                "reads before an answer is not known. Train another model."
            )
        return read, reply

    def _render(self, messages: Sequence[Message], *, answer: bool = False) -> str:
        told = [{"role": each.role, "content": self._content(each)} for each in messages]
        told = self._control_tokens.break_up_in({"messages": told})["messages"]
        template = self._processor or self._tokenizer
        try:
            text: str = template.apply_chat_template(told, tokenize=False, add_generation_prompt=answer)
        except Exception as error:  # a chat template is a program of the model's maker
            raise ModelError(f"The model's chat template refused the messages: {error}") from error
        return text

    def _content(self, message: Message) -> str | list[dict[str, str]]:
        """Text alone, or the pictures and then the text, as in a conversation."""
        if self._processor is None:
            return message.text
        return [*({"type": "image"} for _ in message.pictures), {"type": "text", "text": message.text}]

    def _ids(self, text: str, *, after: str = "") -> tuple[int, ...]:
        """The tokens of a text that follows another one, so that none is written as if at a beginning."""
        ids = self._tokenizer(after + text, add_special_tokens=False)["input_ids"]
        if after:
            before = self._tokenizer(after, add_special_tokens=False)["input_ids"]
            if ids[: len(before)] != before:  # the last token before it would reach into it
                return self._ids(text)
            ids = ids[len(before) :]
        return tuple(ids)
