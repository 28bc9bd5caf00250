"""The name of a model file of the Hugging Face hub: ``hf:OWNER/REPO:FILE``, ``hf:OWNER/REPO@REVISION:FILE``.

>>> HubName.parse("hf:Qwen/Qwen2.5-1.5B-Instruct-GGUF:Q4_K_M").repo
'Qwen/Qwen2.5-1.5B-Instruct-GGUF'
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote

from roleagent.errors import ConfigurationError, ModelNotFoundError

PREFIX = "hf:"
FORM = "hf:OWNER/REPO:FILE or hf:OWNER/REPO@REVISION:FILE"

_REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,127}")
_PART_OF_SPLIT = re.compile(r"-(\d{5})-of-(\d{5})(?=\.gguf$)", re.IGNORECASE)
_MOST_SHOWN = 20
_LONGEST_PATH = 240  # of most file systems, less the ending of a record


@dataclass(frozen=True, slots=True, kw_only=True)
class HubName:
    """A file of a repository of the hub.

    Attributes:
        revision: a commit, tag or branch.
        file: the file's path in the repository, or a part of the path that only one model there has.
    """

    repo: str
    revision: str = "main"
    file: str

    @classmethod
    def parse(cls, name: str) -> HubName:
        """Read a name.

        Raises:
            ConfigurationError: it has another form, or could lead out of a folder.
        """
        place, _, file = name.removeprefix(PREFIX).partition(":")
        repo, at, revision = place.partition("@")
        revision = revision if at else "main"
        if not name.startswith(PREFIX) or not file:
            raise _bad(name, "the name of a file is missing" if name.startswith(PREFIX) else "")
        if not _REPO.fullmatch(repo) or ".." in repo:
            raise _bad(name, f"{repo[:120]!r} is no OWNER/REPO")
        if not _REVISION.fullmatch(revision) or ".." in revision or "//" in revision:
            raise _bad(name, f"{revision[:120]!r} is no revision")
        if reason := reason_against_path(file):
            raise _bad(name, f"FILE {reason}")
        return cls(repo=repo, revision=revision, file=file)

    def __str__(self) -> str:
        at = "" if self.revision == "main" else f"@{self.revision}"
        return f"{PREFIX}{self.repo}{at}:{self.file}"

    @property
    def folder(self) -> str:
        """Where its files are, relative to the folder of all models; no entry of the catalogue is there."""
        return f"_hub/{self.repo}/{quote(self.revision, safe='')}"

    def choose(self, models: Iterable[str], *, where: str) -> HubName:
        """The name with the one model in full that `file` is, or is a part of.

        Args:
            models: paths in the repository, see `first_files`.
            where: who has them, for messages, such as "the hub".

        Raises:
            ModelNotFoundError: it is none of them, or could be several.
        """
        known = sorted(models)
        found = self.matches(known)
        if len(found) == 1:
            return replace(self, file=found[0])
        has = "several GGUF models" if found else "no GGUF model"
        candidates = found or known
        listed = "".join(f"\n  {replace(self, file=model)}" for model in candidates[:_MOST_SHOWN])
        more = f"\n  … and {len(candidates) - _MOST_SHOWN} more" if len(candidates) > _MOST_SHOWN else ""
        way_out = f" Choose one:{listed}{more}" if candidates else " There is no file *.gguf there at all."
        raise ModelNotFoundError(
            f"In {self.repo!r} ({self.revision}), {where} has {has} called {self.file!r}.{way_out}"
        )

    def matches(self, models: Iterable[str]) -> list[str]:
        """The models that `file` may mean.

        Case does not matter. Models in which it stands as a whole word come first: ``Q4_0`` is
        ``model-Q4_0.gguf``, and not ``model-Q4_0_4_4.gguf``.
        """
        known = list(models)
        if self.file in known:
            return [self.file]
        part = self.file.lower()
        found = [model for model in known if part in model.lower() and not _is_no_talker(model)]
        word = re.compile(rf"(?<![a-z0-9_]){re.escape(part)}(?![a-z0-9_])")
        return [model for model in found if word.search(model.lower())] or found


def reason_against_path(path: str) -> str:
    """Why a path of a repository is not taken; empty if it is."""
    if any(unicodedata.category(character).startswith("C") for character in path):
        return f"has a control character: {path[:200]!r}"
    if len(path.encode()) > _LONGEST_PATH:
        return f"is longer than {_LONGEST_PATH} bytes"
    if (
        "\\" in path
        or ":" in path
        or any(not piece or piece.strip(". ") != piece for piece in path.split("/"))
    ):
        return f"is not a plain relative path: {path!r}"
    return ""


def first_files(paths: Iterable[str]) -> list[str]:
    """The files to load a model from: every GGUF file, but only the first of a model split into several."""
    return [
        path
        for path in paths
        if path.lower().endswith(".gguf")
        and not reason_against_path(path)
        and not ((match := _PART_OF_SPLIT.search(path)) and int(match[1]) != 1)
    ]


def all_files(first: str) -> list[str]:
    """All files of a model, in order; several if it is split (``…-00001-of-00003.gguf``)."""
    match = _PART_OF_SPLIT.search(first)
    if not match:
        return [first]
    head, tail = first[: match.start()], first[match.end() :]
    count = min(int(match[2]), 999)
    return [f"{head}-{number:05}-of-{match[2]}{tail}" for number in range(1, count + 1)]


def _is_no_talker(path: str) -> bool:
    """Whether a GGUF file is no language model: the eyes of one, or the statistics it was quantised with."""
    name = path.rpartition("/")[2].lower()
    return name.startswith(("mmproj", "imatrix"))


def _bad(name: str, why: str) -> ConfigurationError:
    reason = f": {why}" if why else ""
    return ConfigurationError(f"{name[:200]!r} is no name of a model file of the hub{reason}. Write {FORM}.")
