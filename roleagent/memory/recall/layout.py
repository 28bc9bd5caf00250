"""How episodes follow each other: which was said next, and where a session ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PAUSE_S = 8 * 3600.0  # who comes back to a thread after so long begins a new session
NOBODY = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Places beside places.

    Attributes:
        previous: [num_episodes], the place of what was said before in its session, `NOBODY` for the first.
        following: [num_episodes], what was said next.
        session: [num_episodes], numbers of sessions.
    """

    previous: NDArray[np.intp]
    following: NDArray[np.intp]
    session: NDArray[np.intp]


def layout_of(threads: NDArray[np.int64], at: NDArray[np.float64]) -> Layout:
    """The layout of episodes in the order in which they were written.

    Args:
        threads: [num_episodes], numbers of conversations.
        at: [num_episodes], seconds.

    >>> made = layout_of(np.array([1, 2, 1]), np.zeros(3))
    >>> made.previous.tolist(), made.following.tolist(), made.session.tolist()
    ([-1, -1, 0], [2, -1, -1], [0, 1, 0])
    """
    order = np.argsort(threads, kind="stable")
    goes_on = (np.diff(threads[order]) == 0) & (np.diff(at[order]) <= PAUSE_S)
    earlier, later = order[:-1][goes_on], order[1:][goes_on]
    previous = np.full(len(threads), NOBODY, np.intp)
    following = previous.copy()
    previous[later], following[earlier] = earlier, later
    session = np.zeros(len(threads), np.intp)
    session[order[1:]] = np.cumsum(~goes_on)
    return Layout(previous=previous, following=following, session=session)
