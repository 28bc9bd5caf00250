"""A persona with all that it lived through, in one JSON file: to move it, to keep a copy, to hand it over.

The file holds the persona's document and, for one user or for all, nodes, every version of every fact, and
episodes. Embeddings are left out: another machine may use another embedder, they are made anew from the texts
when the memory is first opened, and they would be the larger part of the file.
"""

from roleagent.snapshot.files import SnapshotReport, export_snapshot, import_snapshot

__all__ = ["SnapshotReport", "export_snapshot", "import_snapshot"]
