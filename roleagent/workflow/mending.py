"""Mend a rejected sentence, so that the rest of a draft stays and no other draft is written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from roleagent.language.sentences import cut_sentences, ends_sentence, letters, split_sentences
from roleagent.types import Repair, Verdict
from roleagent.workflow.gate import MOST_REPAIRS, wording

Ask = Callable[[str], Awaitable[tuple[Verdict, ...]]]


def mended(sentence: str, verdicts: Sequence[Verdict]) -> str:
    """What may stand in place of a rejected sentence; empty unless all who reject it say the same.

    Args:
        sentence: as it was written.
        verdicts: on a draft with it.

    >>> paris = Verdict(critic="facts", ok=False, reason="No.", quote="in Paris", repair="I live in Lewes.")
    >>> mended("I live in Paris.", [paris, Verdict(critic="role", ok=True)])
    'I live in Lewes.'
    >>> mended("I live in Paris.", [paris, Verdict(critic="role", ok=False, reason="No.", quote="I live")])
    ''
    """
    failed, words = [verdict for verdict in verdicts if not verdict.ok], wording(sentence)
    are_about_it = all(each.repair and each.quote and wording(each.quote) in words for each in failed)
    if not failed or not are_about_it or len({wording(each.repair) for each in failed}) > 1:
        return ""
    now = failed[0].repair.strip()
    return now if ends_sentence(now) and len(split_sentences(now)) == 1 else ""


class Mended(NamedTuple):
    """A draft with sentences mended, all of which passes."""

    draft: str
    verdicts: tuple[Verdict, ...]
    repairs: tuple[Repair, ...]


async def mend(
    draft: str, verdicts: tuple[Verdict, ...], ask: Ask, *, num_shown: int, num_mended: int
) -> Mended | None:
    """Mend the rejected sentences of a complete draft.

    Args:
        draft: which was rejected.
        verdicts: on it.
        ask: the critics' verdicts on a complete draft.
        num_shown: characters at its start that the user has read; they stay.
        num_mended: sentences of the reply that were mended before.

    Returns:
        None if the draft cannot be mended, or does not pass with its sentences mended.
    """
    repairs: list[Repair] = []
    while not all(verdict.ok for verdict in verdicts):
        if num_mended + len(repairs) >= MOST_REPAIRS:
            return None
        pieces = cut_sentences(draft[num_shown:])
        found = ((at, mended(piece, verdicts)) for at, piece in enumerate(pieces))
        at, now = next(((at, now) for at, now in found if now), (0, ""))
        if not now:
            return None
        was = pieces[at].strip()
        others = f"{draft[:num_shown]}{''.join(pieces[:at])}\n{''.join(pieces[at + 1 :])}"
        is_said = letters(now) in map(letters, split_sentences(others))
        pieces[at] = "" if is_said else pieces[at].replace(was, now)
        draft = f"{draft[:num_shown]}{''.join(pieces)}"
        repairs.append(Repair(was=was, now=now, verdicts=verdicts))
        verdicts = await ask(draft)
    return Mended(draft, verdicts, tuple(repairs))
