"""The weights of models: the catalogue, which of them are on this machine, and how to get the others.

>>> from roleagent import weights
>>> weights.entries()["whisper-tiny.en"].licence
'MIT'
>>> weights.local_path("whisper-tiny.en")   # doctest: +SKIP
PosixPath('/home/ada/.cache/roleagent/models/whisper-tiny.en')
"""

from __future__ import annotations

from pathlib import Path

from roleagent.settings import Settings
from roleagent.weights.catalog import entries, find, in_set
from roleagent.weights.entry import Entry
from roleagent.weights.files import Note, Progress, Report, silent
from roleagent.weights.store import is_present, local_path, verify

__all__ = [
    "Entry",
    "Note",
    "Progress",
    "Report",
    "entries",
    "find",
    "in_set",
    "is_present",
    "local_path",
    "pull",
    "verify",
]


def pull(
    name: str,
    *,
    progress: Report = silent,
    from_path: Path | None = None,
    update: bool = False,
    settings: Settings | None = None,
) -> Path:
    """Bring an entry's weights to this machine, verified, and return the path to load them from.

    Files that are there already and verify are kept, so a second call only reads the files once.

    Args:
        name: the entry's name, or ``hf:OWNER/REPO:FILE`` for a GGUF file of the Hugging Face hub. FILE may be
            a part of the file's path that only one model there has, such as ``Q4_K_M``.
        progress: called with each `Progress` and `Note`.
        from_path: a file or folder of the user's own to take the files from instead of fetching them.
        update: ask the hub again what ``hf:OWNER/REPO:FILE`` is, instead of keeping to the commit that was
            pulled before.
        settings: where weights are kept, and whether anything may be fetched; the process's own by default.

    Raises:
        ConfigurationError: a name beginning with ``hf:`` has another form.
        ModelNotFoundError: there is no entry of that name, or no such file in the hub.
        ModelUnavailableError: it would have to be fetched, and `Settings.offline` is set.
        ModelFetchError: no source could deliver it; each source is named with its reason.
    """
    from roleagent.weights.fetch import Fetcher  # loads httpx, which only downloads need

    with Fetcher(settings=settings, report=progress) as fetcher:
        return fetcher.pull(name, from_path=from_path, update=update)
