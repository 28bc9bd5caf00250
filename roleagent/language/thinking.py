"""What a language model thinks aloud before it answers, kept apart from what it says.

Models mark it in their text (``<think>…</think>`` and the like), or return it beside the text: as blocks of
the types ``reasoning`` and ``thinking``, or under ``reasoning_content`` in `additional_kwargs`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from roleagent.language.sentences import next_sentence_end

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

_NAMES = ("think", "thinking", "thought", "thoughts", "reasoning", "seed:think", "scratchpad",
          "inner_monologue", "reflection")  # fmt: skip
_XML = "|".join(_NAMES)
_MARK = re.compile(
    rf"<(?P<close>/)?(?:{_XML})(?:\s[^<>\n]{{0,40}}?)?(?P<empty>/)?>"
    r"|\[(?P<close_2>/)?THINK\]|◁(?P<close_3>/)?think▷"
    r"|<\|START_THINKING\|>|(?P<close_4><\|END_THINKING\|>)"
    r"|<\|channel\|>(?:analysis|commentary)<\|message\|>|(?P<close_5><\|channel\|>final<\|message\|>)",
    re.I,
)
# What a mark may begin with: text that ends so waits for what follows.
_STEMS = (
    *(f"<{slash}{name}>" for slash in ("", "/") for name in _NAMES),
    *("[think]", "[/think]", "◁think▷", "◁/think▷", "<|start_thinking|>", "<|end_thinking|>"),
    *(f"<|channel|>{name}<|message|>" for name in ("analysis", "commentary", "final")),
)
_BEGINS_MARK = re.compile(rf"</?(?:{_XML})(?:/|\s[^<>\n]{{0,40}})$", re.I)
_LONGEST_MARK = 64
# After these a model sets a mark; anywhere else a sentence only speaks of it.
_AT_A_BREAK = re.compile(r"(?:\n|[.!?…。！？][\"'”’)*_」』】）]*)[ \t]*$")
_IN_QUOTES = ('""', "''", "“”", "‘’", "``", "「」", "『』")
_TICKS = re.compile("`+")

# A first sentence about the answer itself is thought, though its opening mark may have stood in the prompt.
_OPENINGS = (
    *(
        "okay",
        "ok",
        "alright",
        "all right",
        "hmm",
        "so",
        "right",
        "let me",
        "let's",
        "first",
        "firstly",
        "now",
    ),
    *("we", "wait", "the", "this", "user", "好的", "嗯", "首先", "那么", "让我", "现在", "用户", "这"),
)
_LONGEST_OPENING = 12
_ABOUT_THE_ANSWER = re.compile(
    r"\bthe user\b|^user\b|\bthe (?:assistant|persona|system prompt|prompt)\b|\brole-?play"
    r"|\b(?:in|break) character\b|\bmy (?:response|reply|answer) (?:should|must|needs)\b"
    r"|\b(?:I|we) (?:should|need to|must|have to|'ll|will|can|could) (?:now |also |just |probably )?"
    r"(?:respond|reply|answer|greet|say|start|begin|act|be|stay|write|keep|give|acknowledge|introduce|play"
    r"|figure|think|consider|recall|check)\b"
    r"|\bhow (?:should|would|do|to|can) (?:I |we |he |she |they |\w+ )?(?:respond|reply|answer)\b"
    r"|\blet(?: me|'s) (?:think|see|figure|consider|recall|start|respond|craft|break)\b"
    r"|\b(?:they|he|she)(?:'re|'s| are| is) (?:asking|greeting)\b|\b(?:asks|wants|asked) me to\b"
    r"|用户|角色扮演|系统提示|提示词|对方(?:在|问|说|想)|怎么(?:回答|回复|回应)"
    r"|(?:我|那么)(?:现在)?(?:需要|应该|得|要|可以|必须)(?:以|用|先|回答|回复|回应|扮演|考虑|保持|按)"
    r"|让我(?:先)?(?:想|思考|分析|看看|考虑)",
    re.I,
)
_ENOUGH = 25  # characters of whole sentences after such an opening ("Okay.")
_MOST = 400
_THINKS_FIRST = re.compile(r"\br1\b|\bqwq|thinking|reasoner|reasoning", re.I)

_BESIDE = ("reasoning_content", "reasoning", "thinking")
_BLOCKS = frozenset({"reasoning", "thinking", "reasoning_content", "thought"})
_TO_GIVE_BACK = frozenset({"signature", "thought_signature", "encrypted_content", "data", "extras", "id"})
_WORDS_OF_BLOCKS = frozenset({*_BLOCKS, "text", "summary", "content", "reasoningText", "reasoning_text"})


class Said(NamedTuple):
    """What a piece of an answer says.

    Attributes:
        text: for the user, or for those who judge it.
        restarts: what came before turned out to be thinking, so the text starts here.
    """

    text: str
    restarts: bool = False


class ThinkingFilter:
    """Lets through what an answer says, as it grows, and keeps what it thinks.

    A mark counts at the beginning of an answer, of a line or after a sentence, and not in quotation marks or
    code: a character that speaks of "<think>" keeps its words. If the opening mark is missing, as after
    templates that put it into the prompt, a beginning that reads like thoughts is held until the closing mark
    or the end of the answer decides.

    Args:
        by_sentence: whoever reads the text waits for whole sentences anyway, so the first one may be held.
        thinks_first: the model is known to think before it speaks; see `thinks_first`.
    """

    def __init__(self, *, by_sentence: bool = False, thinks_first: bool = False) -> None:
        self._by_sentence = by_sentence
        self._beside: list[str] = []
        self._marked: list[str] = []
        self._waiting = ""  # may become a mark
        self._depth = 0
        self._had_thoughts = False
        self._after_inner = 0  # how much was marked when an inner mark closed
        self._said: list[str] = []  # since the last mark
        self._beginning: list[str] | None = []  # not given yet, while it may be thoughts
        self._is_held = thinks_first
        self._context = ""  # the last characters before what waits
        self._num_fences = self._num_ticks = 0
        self._num_spoken_of = 0
        self._skips_space = True
        self._restarts = False

    @property
    def thoughts(self) -> str:
        """All that was thought so far."""
        return "\n\n".join(filter(None, ("".join(self._beside).strip(), "".join(self._marked).strip())))

    def feed(self, text: str, *, beside: str = "") -> Said:
        """Take the next piece of the text, and thoughts that came with it."""
        said: list[str] = []
        if beside:
            self._beside.append(beside)
            if not self._said and not self._depth:
                self._settle(said)  # such a model does not think in its text, too
        self._read(self._waiting + text, said, is_last=False)
        return self._given(said)

    def finish(self) -> Said:
        """What is left, when the answer is at its end. A mark that was never closed leaves all to thought."""
        said: list[str] = []
        self._read(self._waiting, said, is_last=True)
        if self._depth and self._after_inner:
            said.append("".join(self._marked[self._after_inner :]).lstrip())
            del self._marked[self._after_inner :]
        self._settle(said)
        return self._given(said)

    def _given(self, said: list[str]) -> Said:
        restarts, self._restarts = self._restarts, False
        return Said("".join(said), restarts)

    def _read(self, text: str, said: list[str], *, is_last: bool) -> None:
        at = 0
        while mark := _MARK.search(text, at):
            if mark.end() == len(text) and not is_last:
                break  # what follows may tell what it is
            self._pass(text[at : mark.start()], said)
            self._mark(mark, said)
            at = mark.end()
        end = mark.start() if mark else len(text) if is_last else _possible_mark(text, at)
        self._pass(text[at:end], said)
        self._waiting = text[end:]

    def _mark(self, mark: re.Match[str], said: list[str]) -> None:
        closes = any(mark[group] for group in ("close", "close_2", "close_3", "close_4", "close_5"))
        if self._depth:
            self._mark_in_thoughts(mark, closes)
        elif closes and self._closes_what_was_said(mark):
            if not self._had_thoughts:  # else it is one too many
                self._drop_what_was_said(said)
        elif not closes and self._num_fences % 2 == 0 and self._is_at_a_break():
            self._settle(said)
            self._depth = 0 if mark["empty"] else 1
            self._had_thoughts = True
            self._turn()
        else:
            self._num_spoken_of += -1 if closes else 1
            self._pass(mark.group(), said)

    def _mark_in_thoughts(self, mark: re.Match[str], closes: bool) -> None:
        if closes:
            self._depth -= 1
            self._marked.append("\n\n")
            self._after_inner = len(self._marked) if self._depth else 0
            self._turn()
        elif self._is_at_a_break() and not mark["empty"]:
            self._depth += 1
        else:
            self._marked.append(mark.group())

    def _closes_what_was_said(self, mark: re.Match[str]) -> bool:
        """Whether a closing mark without an opening one ends thoughts, rather than being spoken of."""
        following = mark.string[mark.end() : mark.end() + 1]
        is_quoted = f"{self._context[-1:]}{following}" in _IN_QUOTES
        if self._num_spoken_of > 0 or is_quoted:
            return False
        if self._is_held:
            return True
        is_within_a_sentence = self._context[-1:].isspace() and not self._is_at_a_break()
        return self._num_fences % 2 == 0 and (not is_within_a_sentence or following in ("\n", "\r"))

    def _drop_what_was_said(self, said: list[str]) -> None:
        self._had_thoughts = True
        self._marked += [*self._said, "\n\n"]
        if self._beginning is None:
            self._restarts = True
        self._beginning, self._is_held = None, False
        said.clear()
        self._turn()

    def _turn(self) -> None:
        """From thought to speech, or back."""
        self._said, self._context = [], ""
        self._num_fences = self._num_ticks = self._num_spoken_of = 0
        self._skips_space = True

    def _is_at_a_break(self) -> bool:
        return not self._context.strip() or _AT_A_BREAK.search(self._context) is not None

    def _pass(self, text: str, said: list[str]) -> None:
        """Pass text without marks on, as thought or as speech."""
        if self._skips_space and not self._depth:
            text = text.lstrip()
        if not text:
            return
        self._skips_space = False
        if self._depth:
            self._marked.append(text)
            self._context = (self._context + text)[-_LONGEST_MARK:]
            return
        self._count_fences(text)
        self._context = (self._context + text)[-_LONGEST_MARK:]
        self._said.append(text)
        if self._beginning is None:
            said.append(text)
            return
        self._beginning.append(text)
        if not self._is_held and not self._may_be_thoughts("".join(self._beginning).lstrip()):
            self._settle(said)

    def _count_fences(self, text: str) -> None:
        """Three backticks or more open a block of code, or close it."""
        if text[0] != "`":
            self._num_ticks = 0
        for run in _TICKS.finditer(text):
            before = self._num_ticks if run.start() == 0 else 0
            self._num_ticks = before + len(run.group())
            self._num_fences += before < 3 <= self._num_ticks
        if text[-1] != "`":
            self._num_ticks = 0

    def _may_be_thoughts(self, text: str) -> bool:
        """Whether the beginning must be held; decided once, when enough of it has arrived."""
        start = text[:_LONGEST_OPENING].casefold()
        is_opening = any(start.startswith(word) or word.startswith(start) for word in _OPENINGS)
        if not self._by_sentence and not is_opening:
            return False
        end, resume = next_sentence_end(text)
        while 0 < end < (_ENOUGH if is_opening else 1):
            end, resume = next_sentence_end(text, resume)
        if not end and len(text) < _MOST:
            return True
        self._is_held = _ABOUT_THE_ANSWER.search(text[: min(end or _MOST, _MOST)]) is not None
        return self._is_held

    def _settle(self, said: list[str]) -> None:
        """Pass on the beginning that was held, as speech."""
        said += self._beginning or ()
        self._beginning, self._is_held = None, False


def _possible_mark(text: str, start: int) -> int:
    """Where at the end of a text a mark may have begun; its length if none has."""
    for at in range(max(start, len(text) - _LONGEST_MARK), len(text)):
        if text[at] in "<[◁":
            tail = text[at:].casefold()
            if any(stem.startswith(tail) for stem in _STEMS) or _BEGINS_MARK.match(tail):
                return at
    return len(text)


def spoken(text: str) -> str:
    r"""What a whole answer says, without what it thinks aloud.

    >>> spoken("<think>The user greets me.</think>\n\nGood evening.")
    'Good evening.'
    """
    filtered = ThinkingFilter()
    first, rest = filtered.feed(text), filtered.finish()
    return rest.text if rest.restarts else f"{first.text}{rest.text}"


def thinks_first(model_name: str) -> bool:
    """Whether a model's name tells that it thinks before it speaks, with or without an opening mark.

    >>> thinks_first("deepseek-r1:8b"), thinks_first("qwen2.5-1.5b")
    (True, False)
    """
    return _THINKS_FIRST.search(model_name) is not None


def thoughts_beside(answer: AIMessage) -> str:
    """The thoughts that a message holds apart from its text."""
    blocks = answer.content if isinstance(answer.content, list) else []
    in_blocks = [
        words
        for block in blocks
        if isinstance(block, Mapping) and block.get("type") in _BLOCKS
        for words in _words_in(block)
    ]
    beside = (answer.additional_kwargs.get(key) for key in _BESIDE)
    return "".join(in_blocks) or "".join(_words_in(next(filter(None, beside), "")))


def content_without_thoughts(answer: AIMessage) -> str | list[str | dict[Any, Any]]:
    """What a model may be given back of its message, to go on from within a turn.

    Blocks of thought that are signed or numbered stay: their vendors want them back with the tool calls.
    """
    if isinstance(answer.content, str):
        return spoken(answer.content)
    kept: list[str | dict[Any, Any]] = []
    for block in answer.content:
        if isinstance(block, str):
            kept.append(spoken(block))
        elif block.get("type") == "text":
            kept.append({**block, "text": spoken(block["text"])})
        elif block.get("type") not in _BLOCKS or not _TO_GIVE_BACK.isdisjoint(block):
            kept.append(block)
    return kept


def _words_in(value: Any) -> Iterator[str]:  # Any: each vendor has its own shape
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _words_in(item)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key in _WORDS_OF_BLOCKS:
                yield from _words_in(item)
