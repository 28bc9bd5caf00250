"""Breaks up control tokens in text that is only data, so that only the chat template can begin a turn.

A chat template joins turns with tokens such as ``<|im_start|>``, and the tokenizer obeys them anywhere: in
what a user typed, in text read off a picture, in lore, in a tool's result, in the persona itself. A
`ControlTokens` knows the tokens of one loaded model and puts an invisible character into each that it finds.
The text reads as before, and the tokenizer sees ordinary characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

JOINTS = ("\u200b", "\u2060", " ")  # what may break a token: invisible, or else a space

# The tokens of today's chat templates, for servers whose tokenizer cannot be asked. An opening such as "<|"
# stands for all tokens that begin with it.
COMMON_MARKERS = (
    *("<|", "<\uff5c", "[|", "<s>", "</s>", "<bos>", "<eos>", "<pad>", "<unk>", "[INST]", "[/INST]"),
    *("<<SYS>>", "<</SYS>>", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "<start_of_turn>", "<end_of_turn>"),
    *(
        "<start_of_image>",
        "<end_of_image>",
        "<end_of_utterance>",
        "<image>",
        "<audio>",
        "<video>",
        "<__media__>",
    ),
    *(
        "<image_soft_token>",
        "[IMG]",
        "[AVAILABLE_TOOLS]",
        "[/AVAILABLE_TOOLS]",
        "[TOOL_CALLS]",
        "[TOOL_RESULTS]",
    ),
    *("[/TOOL_RESULTS]", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<tools>"),
    *("</tools>", "<think>", "</think>", "<turn|>", "### Instruction:", "### Response:", "### System:"),
    *("### User:", "### Assistant:"),
)

_MAX_TEMPLATE = 1_000_000  # characters of a chat template that are looked through
_MARKERS_IN_TEMPLATE = re.compile(
    r"<{1,2}[^\s<>'\"{}]{1,64}>{1,2}"  # <|im_start|>, <<SYS>>, <start_of_turn>, </tool_call>
    r"|\[/?[A-Z][A-Z_]{2,40}\]|\[\|[^\s|\[\]]{1,40}\|\]"  # [INST], [/INST], [|user|]
    r"|\#{2,6} ?[A-Z][A-Za-z ]{2,40}:?"  # ### Instruction:
    # 'USER: ' or USER: {{
    r"|(?:(?<=['\"}\s])|(?<=\\n))[A-Z][A-Za-z0-9]{1,19}(?: [A-Za-z0-9]{1,19}){0,3}:(?=\s?(?:['\"]|\{\{))"
)
# Letters and brackets that some tokenizers take for the same: capitals, and full-width and small forms.
_FOLD = {
    **{code: code + 32 for code in range(ord("A"), ord("Z") + 1)},
    **{code: ord(chr(code - 0xFEE0).lower()) for code in range(0xFF01, 0xFF5F)},
    **dict(zip(range(0xFE64, 0xFE67), map(ord, "<>="), strict=True)),
}


class ControlTokens:
    r"""The control tokens of one model, which it breaks up in text.

    >>> tokens = ControlTokens(["<|im_start|>", "</s>"])
    >>> tokens.break_up("Hi</s> <b>there</b>").encode("ascii", "backslashreplace")
    b'Hi</\\u200bs> <b>there</b>'

    Markers are found in capitals and full-width characters too. Tokens that are broken already stay as they
    are.

    Args:
        markers: the tokens, as text. Those of one character or only of blanks are left out: they cannot be
            broken, or are ordinary writing.
        joint: the character put into each.
    """

    def __init__(self, markers: Iterable[str], *, joint: str = JOINTS[0]) -> None:
        self.markers = frozenset(marker for marker in markers if len(marker.strip(" \t\r\n\u2581")) > 1)
        self._joint = joint
        self._automaton = _automaton({marker.translate(_FOLD) for marker in self.markers})

    def break_up(self, text: str) -> str:
        """The text with every control token broken, in time linear in its length."""
        if self._automaton is None:
            return text
        cuts: list[int] = []
        for last, length in self._automaton.iter(text.translate(_FOLD)):
            start = last + 1 - length
            if not cuts or cuts[-1] <= start:  # else the cut before this one breaks it, too
                cuts.append(start + length // 2)
        bounds = [0, *cuts, len(text)]
        return self._joint.join(text[begin:end] for begin, end in pairwise(bounds))

    def break_up_in(self, value: Any) -> Any:  # Any: JSON, with pictures in it
        """The same value with every control token in its strings and keys broken."""
        if isinstance(value, str):
            return self.break_up(value)
        if isinstance(value, list):
            return [self.break_up_in(each) for each in value]
        if isinstance(value, dict):
            return {
                self.break_up_in(key): each if _is_role_or_type(key, each) else self.break_up_in(each)
                for key, each in value.items()
            }
        return value


def is_marker(token: str) -> bool:
    """Whether a word added to a vocabulary looks like a control token, and not like writing."""
    return any(not (char.isalnum() or char.isspace() or char in "\u2581_") for char in token)


def markers_of_template(template: str) -> set[str]:
    """The markers that a chat template writes between turns, whether or not each is one token."""
    return {match[0].rstrip() for match in _MARKERS_IN_TEMPLATE.finditer(template[:_MAX_TEMPLATE])}


def surviving_joint(markers: Iterable[str], still_control: Callable[[str], bool]) -> str:
    """The first joint that a model's tokenizer does not remove.

    Args:
        markers: the model's control tokens.
        still_control: whether the tokenizer finds a control token in a text.
    """
    sample = "\n".join(sorted(markers))
    return next(
        (
            joint
            for joint in JOINTS
            if not still_control(ControlTokens(markers, joint=joint).break_up(sample))
        ),
        JOINTS[-1],
    )


def _is_role_or_type(key: object, value: object) -> bool:
    """Whether it is a word that templates compare, such as the role ``user``; those stay whole."""
    return key in ("role", "type") and isinstance(value, str) and value.isidentifier()


def _automaton(words: Iterable[str]) -> Any:  # Any: ahocorasick has no types
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for word in words:
        automaton.add_word(word, len(word))
    if not len(automaton):
        return None
    automaton.make_automaton()
    return automaton
