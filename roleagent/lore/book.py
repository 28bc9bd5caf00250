"""A lorebook as a value: what every format's book is read into.

The defaults are those of the programs that read cards. In an entry, None means "as the book says"; in a
book, it means "as the reader's setting says".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from roleagent.types import PUBLIC

Logic = Literal["and_any", "not_all", "not_any", "and_all"]
Position = Literal[
    "before_char", "after_char", "personality", "scenario", "before_examples", "after_examples", "note_top",
    "note_bottom", "at_depth", "outlet",
]  # fmt: skip
Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoreEntry:
    """One text of a lorebook and when it enters the prompt.

    Attributes:
        id: unique in its book.
        keys: any of these found in the scanned messages triggers it; ``/re/flags`` is a regular expression.
        secondary_keys: looked at when `selective`, as `logic` says.
        logic: ``and_any`` (one of the secondary keys too), ``and_all``, ``not_any``, ``not_all``.
        content: the text; lines ``@@name value`` at its top are decorators.
        use_regex: every key is a regular expression (card V3); secondary keys are then ignored.
        constant: always enters.
        order: entries with a higher one stand later in the prompt, and are preferred if the budget is short.
        priority: if the format has one, entries with a lower one are dropped first when the budget is full.
        position: where in the prompt it goes; ``outlet`` is a place that the prompt names itself.
        depth: messages from the end, for the position ``at_depth``.
        outlet: the outlet's name, for that position.
        scan_depth: number of last messages looked at, in place of the book's.
        also_in: texts beside the conversation that are searched too, by name: ``user_description``,
            ``description``, ``personality``, ``scenario``, ``depth_prompt``, ``creator_notes``.
        triggers: kinds of generation it is for (``normal``, ``continue`` …); none for all.
        only_for: names of the characters it is for; none for all.
        not_for: names of the characters it is not for.
        probability: percent, 0–100.
        group: of the entries of a group that trigger together, one enters; commas separate several groups.
        group_override: in its group, the entry of highest order wins; no weighted draw decides.
        sticky: messages for which it stays once it has entered.
        cooldown: messages for which it cannot enter again after that.
        delay: messages that the conversation must have before it can enter.
        exclude_recursion: other entries' texts do not trigger it.
        prevent_recursion: its text triggers no other entry.
        delay_until_recursion: recursion level from which it can be triggered; 0 for the messages themselves.
        visibility: who may learn it; see `Fact.visibility`.
    """

    id: str
    keys: tuple[str, ...] = ()
    secondary_keys: tuple[str, ...] = ()
    selective: bool = False
    logic: Logic = "and_any"
    content: str = ""
    name: str = ""
    comment: str = ""
    enabled: bool = True
    use_regex: bool = False
    constant: bool = False
    order: float = 100
    priority: float | None = None
    position: Position = "before_char"
    depth: int = 4
    outlet: str = ""
    role: Role = "system"
    scan_depth: int | None = None
    also_in: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    only_for: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    case_sensitive: bool | None = None
    whole_words: bool | None = None
    probability: float = 100
    group: str = ""
    group_override: bool = False
    group_weight: float = 100
    use_group_scoring: bool | None = None
    sticky: int = 0
    cooldown: int = 0
    delay: int = 0
    exclude_recursion: bool = False
    prevent_recursion: bool = False
    delay_until_recursion: int = 0
    ignore_budget: bool = False
    visibility: tuple[str, ...] = (PUBLIC,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lorebook:
    """Entries that belong together.

    Attributes:
        scan_depth: last messages looked at.
        token_budget: tokens that its entries may take in the prompt.
        recursive: whether an entry's text may trigger others.
        max_recursion: rounds of recursion; 0 for as many as it takes.
        min_activations: messages further back are looked at until so many entries have entered; 0 for none.
            A book has this or `max_recursion`, not both.
        case_sensitive: for entries that do not say.
        whole_words: for entries that do not say; keys of scripts without spaces are found anywhere.
        use_group_scoring: for entries that do not say.
    """

    name: str = ""
    description: str = ""
    scan_depth: int | None = None
    token_budget: int | None = None
    recursive: bool | None = None
    max_recursion: int = 0
    min_activations: int = 0
    case_sensitive: bool | None = None
    whole_words: bool | None = None
    use_group_scoring: bool | None = None
    entries: tuple[LoreEntry, ...] = ()
