"""Where the conversation in a prompt begins: at the same utterance for some turns, as it goes on."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

from roleagent.types import Episode


def steady_start(history: Sequence[Episode], places: Iterable[int]) -> int:
    """Of some places in a conversation, that of the utterance whose id has the smallest checksum.

    The conversation grows, and the places move along with its end. As long as the chosen utterance is among
    them and none with a smaller checksum comes in, the start stays. So a model that keeps what it has read
    need not read the conversation again in every turn.

    Args:
        history: oldest first.
        places: at least one; the length of the history stands for "nothing".
    """
    return min(
        places, key=lambda place: zlib.crc32(history[place].id.encode()) if place < len(history) else 0
    )


def last_of(history: Sequence[Episode], least: int) -> tuple[Episode, ...]:
    """The last utterances of a conversation, from something that the user said on: `least` to twice as many.

    Args:
        history: the last `2 * least` utterances, or all if there are fewer; oldest first.
        least: so many stay.
    """
    if not history or len(history) < 2 * least:
        return tuple(history)
    places = [place for place in range(least + 1) if history[place].speaker == "user"]
    return tuple(history[steady_start(history, places) :]) if places else tuple(history[least:])
