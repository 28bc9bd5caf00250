"""The same system message with fewer facts, so that a model learns to find one among any others."""

from __future__ import annotations

import random
from collections.abc import Sequence

from roleagent.language.scripts import has_unspaced
from roleagent.language.tokens import STOP_WORDS, terms
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.noise import root
from roleagent.tuning.said import parted
from roleagent.workflow.prompt_words import words_in

_COMMON = 0.3  # share of the facts from which a term tells nothing, such as the character's name


def with_fewer_facts(dialogue: Dialogue, rng: random.Random) -> str:
    """The system message without some of the facts under its heading “About you:” (“关于你自己：”).

    A fact stays if it shares a term with the reply or with the user's words, apart from stop words and terms
    that many of the facts hold. Each of the others goes with a probability of one half; at least one does.

    Returns:
        The text; empty if there is no such list, or the reply may need all of it.
    """
    lines = dialogue.system.split("\n")
    heading = words_in(dialogue.language)["self"]
    if heading not in lines:
        return ""
    start = lines.index(heading) + 1
    items = _items(lines[start:])
    end = start + sum(map(len, items))
    needed = _needed(["\n".join(each) for each in items], dialogue)
    spare = [at for at in range(len(items)) if at not in needed]
    if not spare or len(items) < 2:
        return ""
    gone = {at for at in spare if rng.random() < 0.5} or {rng.choice(spare)}
    if len(gone) == len(items):
        gone.discard(rng.choice(sorted(gone)))
    kept = [line for at, each in enumerate(items) if at not in gone for line in each]
    return "\n".join([*lines[:start], *kept, *lines[end:]])


def _items(lines: Sequence[str]) -> list[list[str]]:
    """The items at the start of some lines: each a line with a dash, and the indented lines after it."""
    items: list[list[str]] = []
    for at, line in enumerate(lines):
        following = lines[at + 1] if at + 1 < len(lines) else ""
        if line.startswith("- "):
            items.append([line])
        elif items and (line.startswith("  ") or (not line and following.startswith("  "))):
            items[-1].append(line)
        else:
            break
    return items


def _needed(facts: Sequence[str], dialogue: Dialogue) -> set[int]:
    found = [_terms(fact) for fact in facts]
    most = max(1, int(_COMMON * len(facts)))
    telling = {term for each in found for term in each if sum(term in other for other in found) <= most}
    wanted = _terms(f"{dialogue.reply}\n{parted(dialogue.asked)[1]}") & telling
    return {at for at, each in enumerate(found) if each & wanted}


def _terms(text: str) -> set[str]:
    """Roots, and pairs of characters where words are not found at spaces."""
    return {
        root(term)
        for term in terms(text)
        if term not in STOP_WORDS and (len(term) > 1 or not has_unspaced(term))
    }
