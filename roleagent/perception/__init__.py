"""Seeing and hearing: from an attachment to observations.

`media.load_attachment` checks pictures and recordings. Perceptors (`transcriber`, `tagger`, `ocr`, `nsfw`,
`captioner`) turn them into `Observation`s. All load their model when it is first used (`Once`) and name
themselves in errors (`reporting`). Get one by its registry name: `registry.get("perceptor", "whisper")`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from roleagent.errors import PerceptionError, RoleAgentError
from roleagent.registry import is_installed
from roleagent.types import Attachment

_WEIGHTS_OF = {
    "whisper": ("whisper-base", "whisper-tiny.en"),
    "tagger": ("efficientnet-lite0",),
    "ocr": ("ppocr-v6",),
    "nsfw": ("open-nsfw",),
}
_LIBRARY_OF = {"whisper": "faster_whisper", "ocr": "rapidocr"}  # of an extra


def default_perceptors() -> list[str]:
    """Registry names of the perceptors that can work here: weights fetched, extra installed."""
    from roleagent.weights import is_present

    names = [name for name, weights in _WEIGHTS_OF.items() if any(map(is_present, weights))]
    return [name for name in names if name not in _LIBRARY_OF or is_installed(_LIBRARY_OF[name])]


T = TypeVar("T")


class Once(Generic[T]):
    """Something costly, made at the first call and shared by all threads from then on.

    >>> number = Once(lambda: 42)
    >>> number()
    42
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: list[T] = []
        self._lock = threading.Lock()

    def __call__(self) -> T:
        """The shared object. If making it raises, the next call tries again."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]


@contextmanager
def reporting(source: str, attachment: Attachment) -> Iterator[None]:
    """Turn any exception of a model into a `PerceptionError` that names the perceptor and the attachment."""
    try:
        yield
    except RoleAgentError:
        raise
    except Exception as error:  # models are third-party code
        raise PerceptionError(
            f"{source!r} failed on {attachment.name!r}: {type(error).__name__}: {error}. "
            "Leave this perceptor out, or check its weights with `roleagent models verify`."
        ) from error
