"""A list of hashes beside the files of an index, so that damaged ones are never handed to native code.

A bit that is flipped in the graph that Chroma keeps in its binary files can end the process that searches it.
Chroma's SQLite file needs no hash: SQLite notices, and changes it by itself.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

SEAL_NAME = "roleagent-seal.json"
_METADATA_NAME = "index_metadata.pickle"  # Chroma's own; a graph without it was never written out


def write_seal(folder: Path) -> None:
    """Seal the files in a folder as they are."""
    path = folder / SEAL_NAME
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(_hashes(folder)), encoding="utf-8")
    os.replace(draft, path)


def remove_seal(folder: Path) -> None:
    """Say that the files may change from now on."""
    (folder / SEAL_NAME).unlink(missing_ok=True)


def check_seal(folder: Path) -> None:
    """See that the files are those that were sealed.

    Raises:
        ValueError: they are not, or were never sealed.
    """
    try:
        sealed = json.loads((folder / SEAL_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError("it was left while it was written") from None
    found = _hashes(folder)
    if sealed != found:
        differing = sorted(name for name in {*sealed, *found} if sealed.get(name) != found.get(name))
        raise ValueError(f"damaged files: {', '.join(differing)}")


def _hashes(folder: Path) -> dict[str, str]:
    """Name -> sha256 of every file of the graphs that Chroma will read; the others it begins anew."""
    return {
        file.relative_to(folder).as_posix(): _hash(file)
        for graph in sorted(folder.glob(f"*/{_METADATA_NAME}"))
        for file in sorted(graph.parent.iterdir())
    }


def _hash(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
