"""What every perceptor does alike: load its model once, and report a failure as one error."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from roleagent.errors import PerceptionError, RoleAgentError
from roleagent.types import Attachment

T = TypeVar("T")


class Once(Generic[T]):
    """Something costly, made at the first call and shared from then on, whichever thread comes first.

    >>> number = Once(lambda: 42)
    >>> number()
    42
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: list[T] = []
        self._lock = threading.Lock()

    def __call__(self) -> T:
        """The thing. If making it raises, the next call tries again."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]


@contextmanager
def reporting(source: str, attachment: Attachment) -> Iterator[None]:
    """Turn whatever a model raises into a `PerceptionError` that says who failed on what."""
    try:
        yield
    except RoleAgentError:
        raise
    except Exception as error:  # models are third-party code
        raise PerceptionError(
            f"{source!r} failed on {attachment.name!r}: {type(error).__name__}: {error}. "
            "Leave this perceptor out, or check its weights with `roleagent models verify`."
        ) from error
