"""What goes into an activation and what comes out: messages, settings, insertions, decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from roleagent.lore.book import Position, Role
from roleagent.lore.state import LoreState

Reason = Literal[
    # entered
    "constant", "key", "sticky", "activate", "kept",
    # did not enter
    "disabled", "empty", "trigger", "character", "dont_activate", "once", "only_after", "only_every",
    "greeting", "delay", "cooldown", "recursion_only", "no_keys", "no_match", "secondary", "additional",
    "excluded", "probability", "group", "budget",
]  # fmt: skip
Source = Literal["message", "text", "entry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of the conversation.

    Attributes:
        name: who said it; keys are looked for in ``Name: text``.
    """

    name: str
    text: str
    role: Role = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoreSettings:
    """The reader's settings, for whatever a book leaves open.

    Attributes:
        scan_depth: last messages looked at; 0 for none.
        max_scan_depth: how far back `min_activations` may look; 0 for as far as it goes.
        token_budget: tokens that all books together may take; None for no bound. A book's own bound holds
            too.
        recursive: whether an entry's text may trigger others.
        max_recursion: rounds of recursion; 0 for as many as it takes (`engine.MAX_ROUNDS` at most).
        min_activations: messages further back are looked at until so many entered; then `max_recursion` is
            left aside.
        whole_words: whether keys of one word are looked for as whole words.
        include_names: whether ``Name:`` before a message is searched too.
        char: the character's name, for macros and for entries that are for some characters only.
        user: the user's name.
        now: for macros of time, in UTC; without it they are taken out.
        language: of dates that macros put in.
        trigger: the kind of generation at hand.
        greeting: index of the greeting that the conversation began with; None if it is not known.
        sections: which of ``personality`` and ``scenario`` the prompt has.
        regex_time_s: time that regular expressions may take, all together.
    """

    scan_depth: int = 4
    max_scan_depth: int = 0
    token_budget: int | None = 1_024
    recursive: bool = True
    max_recursion: int = 0
    min_activations: int = 0
    case_sensitive: bool = False
    whole_words: bool = True
    use_group_scoring: bool = False
    include_names: bool = True
    char: str = ""
    user: str = ""
    now: datetime | None = None
    language: str = "en"
    trigger: str = "normal"
    greeting: int | None = None
    sections: tuple[str, ...] = ()
    regex_time_s: float = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Insertion:
    """An entry that entered.

    Attributes:
        entry: the entry's id.
        text: what to write into the prompt: no decorators, macros expanded.
        depth: messages from the end, for the position ``at_depth``.
        outlet: name of the outlet, for that position.
    """

    book: str
    entry: str
    name: str
    text: str
    position: Position
    depth: int
    role: Role
    outlet: str
    order: float
    num_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Why an entry entered, or did not.

    Attributes:
        entry: the entry's id.
        reason: of an entry that entered: what brought it in. Of another: what kept it out, the last thing
            that did.
        key: the key that was found: the entry's own, or the one that kept it out.
        source: what the key was found in: a ``message``, another ``entry``'s text, or a ``text`` beside the
            conversation.
        where: index of that message, id of that entry, or name of that text.
        other_keys: secondary and additional keys that were found too.
        level: round of recursion; 0 for the conversation itself.
        roll: percent that was drawn, where a probability was at stake.
        probability: percent below which the roll had to be.
        group: name of the inclusion group.
        group_draw: what was drawn of the weights of the group, and their sum.
        score: keys found, where the group goes by score.
        num_tokens: tokens that its text takes.
        left: tokens that were left for it, where the budget kept it out.
        notes: decorators left aside, keys that are no regular expressions, and so on.
    """

    book: str
    entry: str
    name: str
    entered: bool
    reason: Reason
    key: str = ""
    source: Source | None = None
    where: str = ""
    other_keys: tuple[str, ...] = ()
    level: int = 0
    roll: float | None = None
    probability: float = 100
    group: str = ""
    group_draw: tuple[float, float] | None = None
    score: int | None = None
    num_tokens: int = 0
    left: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """What the lorebooks add to one prompt.

    Attributes:
        insertions: in prompt order: by position, deeper before shallower, then lower order before higher.
        state: to be passed with the conversation's next message.
        decisions: one for each entry of each book, in their order.
        disabled_prompts: prompts of the card or the user that entries ask to leave out.
        num_tokens: tokens of all insertions.
        notes: what concerns no single entry, such as a book with two rules that exclude each other.
    """

    insertions: tuple[Insertion, ...]
    state: LoreState
    decisions: Sequence[Decision]
    disabled_prompts: tuple[str, ...] = ()
    num_tokens: int = 0
    notes: tuple[str, ...] = ()
