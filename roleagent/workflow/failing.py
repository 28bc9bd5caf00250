"""What to tell of a language model that raised: where it is, what it said, and the way out."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from roleagent.errors import ModelError

# Each vendor's library has a class of its own for a server that does not answer; those are their names.
_UNREACHABLE = frozenset({"ConnectionError", "APIConnectionError", "ModelConnectionError", "ConnectError"})
_OTHER = "use another model (--model, ROLEAGENT_MODEL)"
_REFUSED = frozenset({401, 403})


def model_failure(error: BaseException) -> ModelError:
    """The error to raise from what a chat model raised.

    >>> print(model_failure(ConnectionRefusedError()))  # doctest: +ELLIPSIS
    The language model's server cannot be reached. Start it or mend its address, or use another model (...
    """
    address = _address_in(error)
    server = f"The language model's server{f' at {address!r}' if address else ''}"
    status = getattr(error, "status_code", None)
    if _is_unreachable(error):
        return ModelError(f"{server} cannot be reached. Start it or mend its address, or {_OTHER}.")
    if status in _REFUSED:
        way_out = f"Set the right one (OPENAI_API_KEY), or {_OTHER}."
        return ModelError(f"{server} refuses the key: {error} {way_out}")
    if address:
        return ModelError(f"{server} failed: {error!r}. Look into its log, or {_OTHER}.")
    return ModelError(f"The language model failed: {error!r}")


def _is_unreachable(error: BaseException) -> bool:
    return any(kind.__name__ in _UNREACHABLE for each in _chain(error) for kind in type(each).__mro__)


def _address_in(error: BaseException) -> str:
    """The server that was asked, without names, path and query, which may hold a key."""
    for each in _chain(error):
        try:
            url = urlsplit(str(each.request.url))  # type: ignore[attr-defined]  # as httpx's errors have it
        except (AttributeError, RuntimeError):  # the latter by httpx if no request is known
            continue
        return f"{url.scheme}://{url.netloc.rpartition('@')[2]}"
    return ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
