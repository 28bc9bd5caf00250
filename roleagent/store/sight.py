"""Which episodes a caller may be given: those of its own listener, and of its own moment of the story.

An episode said to one listener may hold what only that listener may know, and one said at a later moment of
the story what the persona does not know yet. Both are decided here, in code, for the record (as SQL) and for
whatever searches it (as arrays).
"""

from __future__ import annotations

from dataclasses import dataclass

from roleagent.errors import InputError
from roleagent.persona.dates import is_before, parse_date
from roleagent.types import Scope

_YEAR, _MONTH = 10_000, 100
_AFTER_ALL = 99  # higher than any month or day


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a scope lets through, in a form that SQL and numpy can test.

    Attributes:
        listener: whom an episode may have been said to, beside nobody in particular (``""``).
        until: the highest `story_day` that an episode may have; None for any, and for those without one.
    """

    listener: str
    until: int | None


def sight_of(scope: Scope) -> Sight:
    """What a scope lets through.

    Raises:
        InputError: `as_of` is no date.
    """
    return Sight(listener=scope.listener, until=_last_day(scope.as_of))


def may_see(scope: Scope, said_in: Scope) -> bool:
    """Whether an episode of the scope `said_in` may be given to a caller of another; the rule itself."""
    if (scope.persona_id, scope.user_id) != (said_in.persona_id, said_in.user_id):
        return False
    if said_in.listener not in ("", scope.listener):
        return False
    return not scope.as_of or (bool(said_in.as_of) and not is_before(scope.as_of, said_in.as_of))


def story_day(as_of: str) -> int | None:
    """A number that orders moments of a story; None for no moment.

    A moment is certainly after another exactly if its number is higher than the other's `Sight.until`:
    what a date leaves open counts as its beginning here, and as its end there.

    >>> story_day("1881"), story_day("1881-03"), story_day("1881-03-04"), story_day("-0469-03")
    (18810000, 18810300, 18810304, -4689700)
    """
    return _day(as_of, 0)


def _last_day(as_of: str) -> int | None:
    return _day(as_of, _AFTER_ALL)


def _day(as_of: str, left_open: int) -> int | None:
    if not as_of:
        return None
    parts = parse_date(as_of)
    if parts is None:
        raise InputError(f"as_of is {as_of!r}, which is not a date: write 1881, 1881-03 or 1881-03-04.")
    year, month, day = (*parts, left_open, left_open)[:3]
    return year * _YEAR + month * _MONTH + day
