"""An entry of the catalogue: weights under one name, with their files, hashes, sources and licence."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from roleagent.weights.hub_name import PREFIX, HubName

Role = Literal["llm", "asr", "embedder", "reranker", "tagger", "nsfw", "ocr", "guard", "adapter"]


def _inside(path: str) -> str:
    """Refuse a path that could leave the entry's folder."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or "\\" in path or ":" in path or ".." in parts:
        raise ValueError(f"{path!r} is not a plain relative path")
    return path


def _a_name(name: str) -> str:
    """Refuse what is neither a name of the catalogue nor that of a file of the hub."""
    if name.startswith(PREFIX):
        HubName.parse(name)
    elif not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name):
        raise ValueError("a name has lower-case letters, digits, '.', '_' and '-' only")
    return name


RelativePath = Annotated[str, AfterValidator(_inside)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Value(BaseModel):
    """Data that is never changed and has no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WeightFile(Value):
    """One file of an entry; `path` is relative to the entry's folder, `size` is in bytes."""

    path: RelativePath
    size: int = Field(ge=0)
    sha256: Sha256


class HubSource(Value):
    """A repository of the Hugging Face hub.

    Attributes:
        revision: a commit, tag or branch. A branch may move: the files' sha256 guards the bytes.
        endpoint: address of a mirror; None for the hub that `huggingface_hub` is configured for.
        files: our file name -> theirs, if the two differ.
    """

    kind: Literal["hub"] = "hub"
    repo: str
    revision: str = "main"
    endpoint: str | None = None
    files: dict[RelativePath, str] = {}

    def __str__(self) -> str:
        return f"the hub repository {self.repo}@{self.revision}"


class Wheel(Value):
    """One wheel, pinned; `members` maps a member's name to the file it belongs to."""

    file: str = Field(pattern=r"^[A-Za-z0-9._+-]+\.whl$")
    size: int = Field(ge=0)
    sha256: Sha256
    members: dict[str, RelativePath]

    @property
    def requirement(self) -> str:
        """The package and version as pip spells them, such as ``some-package==1.0``."""
        package, version = self.file.split("-")[:2]
        return f"{package.replace('_', '-')}=={version}"


class WheelSource(Value):
    """Wheels of a package index, read as data and never installed.

    A file that several members belong to is those members joined in order.
    """

    kind: Literal["wheels"] = "wheels"
    wheels: tuple[Wheel, ...] = Field(min_length=1)

    def __str__(self) -> str:
        first, *more = (wheel.requirement for wheel in self.wheels)
        return f"the wheel {first}" if not more else f"the wheels {first} … {more[-1]}"


class PathSource(Value):
    """A folder on this machine that holds the files, or the file itself if there is only one."""

    kind: Literal["path"] = "path"
    path: Path

    def __str__(self) -> str:
        return f"the path {str(self.path)!r}"


Source = Annotated[HubSource | WheelSource | PathSource, Field(discriminator="kind")]


class Entry(Value):
    """Weights under one name.

    Attributes:
        name: as in the catalogue, or ``hf:OWNER/REPO:FILE`` for what was pulled from the hub by name.
        role: what they are for.
        sets: named selections they belong to, such as ``test`` and ``demo``.
        main: the file whose path `local_path` returns; None if loaders need the folder.
        sources: where to get them, in the order in which they are tried.
        base: of an adapter, the model that it belongs to.
        persona: of an adapter, the id of the persona that it plays; empty if it serves any.
    """

    name: Annotated[str, AfterValidator(_a_name)]
    role: Role
    licence: str
    description: str
    sets: tuple[str, ...] = ()
    main: RelativePath | None = None
    files: tuple[WeightFile, ...] = Field(min_length=1)
    sources: tuple[Source, ...]
    base: str = ""
    persona: str = ""

    @property
    def size(self) -> int:
        """Bytes on disk, all files together."""
        return sum(file.size for file in self.files)

    @property
    def folder(self) -> str:
        """The folder of its files, relative to that of all models."""
        return HubName.parse(self.name).folder if self.name.startswith(PREFIX) else self.name

    @property
    def key(self) -> str:
        """What its lock and records are called on disk: one file name, different for each entry."""
        if not self.name.startswith(PREFIX):
            return self.name
        return f"_hub-{hashlib.sha256(self.name.encode()).hexdigest()[:24]}"

    @model_validator(mode="after")
    def _names_known_files(self) -> Entry:
        known = {file.path for file in self.files}
        named = {self.main} if self.main else set()
        for source in self.sources:
            if isinstance(source, HubSource):
                named |= set(source.files)
            elif isinstance(source, WheelSource):
                named |= {path for wheel in source.wheels for path in wheel.members.values()}
        if unknown := sorted(named - known):
            raise ValueError(f"{unknown[0]!r} is not among the entry's files")
        return self

    @model_validator(mode="after")
    def _is_tied_if_it_is_an_adapter(self) -> Entry:
        if self.role == "adapter" and not self.base:
            raise ValueError("an adapter needs base, the name of its model")
        if self.role != "adapter" and (self.base or self.persona):
            raise ValueError("only an adapter has base and persona")
        return self
