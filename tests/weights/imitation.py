"""The Hugging Face hub as an imitation on the site."""

from __future__ import annotations

import hashlib
import json

COMMIT = "a" * 40
MODEL = b"GGUF" + b"m" * 30_000
FILES = {"m-Q4_K_M.gguf": MODEL, "m-Q4_K_S.gguf": b"GGUFs", "README.md": b"# M"}
NAME = "hf:ann/m-GGUF:m-Q4_K_M.gguf"


class Imitation:
    """The hub's own answers about one repository, on the site."""

    def __init__(self, site, repo="ann/m-GGUF"):
        self.site, self.repo = site, repo

    def listing(self, revision="main"):
        at = "" if revision == "main" else f"/revision/{revision}"
        return f"/api/models/{self.repo}{at}?blobs=true"

    def file(self, path, commit=COMMIT):
        return f"/{self.repo}/resolve/{commit}/{path}"

    def offer(self, files, commit=COMMIT, revision="main", **more):
        siblings = [
            {
                "rfilename": path,
                "size": len(content),
                "blobId": "b",
                "lfs": {
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "size": len(content),
                    "pointerSize": 134,
                },
            }
            for path, content in files.items()
        ]
        told = {"id": self.repo, "sha": commit, "gated": False, "tags": ["gguf", "license:apache-2.0"]}
        self.site.files[self.listing(revision)] = json.dumps({**told, "siblings": siblings, **more}).encode()
        for path, content in files.items():
            self.site.files[self.file(path, commit)] = content
