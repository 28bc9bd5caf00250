"""Adapters: small sets of LoRA weights that make a base model play a persona better.

An adapter is a folder in peft's own format, with a manifest, ``roleagent.json``, that ties it to its base and
its persona and pins its files by hash. LoRA: Hu et al. (2021), arXiv:2106.09685.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, Field, ValidationError, model_validator

from roleagent.errors import InputError, ModelError, ModelUnavailableError
from roleagent.models.base_shape import BaseShape
from roleagent.weights.entry import Sha256, Value, WeightFile
from roleagent.weights.files import reason_against, sha256_of

MANIFEST = "roleagent.json"
CONFIG: Literal["adapter_config.json"] = "adapter_config.json"
WEIGHTS: Literal["adapter_model.safetensors"] = "adapter_model.safetensors"
GGUF: Literal["adapter.gguf"] = "adapter.gguf"

FileName = Literal["adapter_config.json", "adapter_model.safetensors", "adapter.gguf"]
_NEEDED: tuple[FileName, ...] = (CONFIG, WEIGHTS)
_LARGEST_MANIFEST = 1 << 20
_INNOCENT = (True, False, "gaussian", "orthogonal")  # ways to begin a LoRA that leave its base alone
_NAME = r"^[a-z0-9][a-z0-9._-]*$"


class FileNote(Value):
    """What a file of an adapter must be; `size` is in bytes."""

    size: int = Field(ge=0)
    sha256: Sha256


class Base(BaseShape):
    """The model an adapter was trained for.

    Attributes:
        name: as in the catalogue, or a hub id.
        file: the name of the weights file that `sha256` belongs to, such as ``model.safetensors``.
        sha256: of that file. None if only the shape ties the adapter to its base. It is compared with files
            of the same kind alone: a checkpoint cannot be compared with the GGUF file made from it.
    """

    name: str = Field(min_length=1)
    file: str = ""
    sha256: Sha256 | None = None


class ForPersona(Value):
    """The persona an adapter was trained to play; `version` is that of `persona_version`."""

    id: str = Field(min_length=1)
    version: str = Field(min_length=1)


class Manifest(Value):
    """The content of ``roleagent.json``.

    Attributes:
        format: the version of this layout.
        persona: None if the adapter serves any persona.
        languages: codes of the languages it was trained in; empty if nothing is known of them.
        files: the adapter's files by name.
        made_by: the command that trains it.
    """

    format: Literal[1] = 1
    name: str = Field(pattern=_NAME)
    base: Base
    persona: ForPersona | None = None
    languages: tuple[str, ...] = ()
    files: dict[FileName, FileNote]
    made_by: str
    created: AwareDatetime

    @model_validator(mode="after")
    def _has_what_is_needed(self) -> Manifest:
        if missing := [name for name in _NEEDED if name not in self.files]:
            raise ValueError(f"files lacks {missing[0]!r}")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """An adapter on this machine.

    Attributes:
        folder: where its files are.
        manifest: what it is for.
    """

    folder: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """Its name."""
        return self.manifest.name

    @property
    def gguf(self) -> Path | None:
        """Its weights as llama.cpp reads them, if they come with it."""
        return self.folder / GGUF if GGUF in self.manifest.files else None

    @property
    def fingerprint(self) -> str:
        """Which weights these are: the same for the same configuration and weights, wherever they lie."""
        return "-".join(self.manifest.files[name].sha256[:16] for name in (WEIGHTS, CONFIG))


def read_adapter(folder: Path) -> Adapter:
    """The adapter of a folder, with size and sha256 of each file checked.

    Raises:
        ModelUnavailableError: the folder, its manifest or one of its files is missing.
        ModelError: the manifest breaks the format, or a file is not the one that it describes.
    """
    adapter = Adapter(folder=folder, manifest=read_manifest(folder))
    for name, note in adapter.manifest.files.items():
        reason = reason_against(WeightFile(path=name, size=note.size, sha256=note.sha256), folder)
        if reason:
            kind = ModelUnavailableError if reason == "missing" else ModelError
            raise kind(
                f"The adapter {adapter.name!r} cannot be used: {str(folder / name)!r} is {reason}. Copy the "
                f"folder again, or train it again: {adapter.manifest.made_by}"
            )
    return adapter


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder, without a look at the other files.

    Raises:
        ModelUnavailableError: it is missing.
        ModelError: it breaks the format.
    """
    path = folder / MANIFEST
    try:
        if path.stat().st_size > _LARGEST_MANIFEST:
            raise ModelError(f"{str(path)!r} is too large to be the manifest of an adapter.")
        return Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        later = " A later version of roleagent may have made it: upgrade." if place == "format" else ""
        raise ModelError(
            f"{str(path)!r} is no manifest of an adapter: {place or 'it'}: {first['msg']}, not "
            f"{repr(first['input'])[:120]}.{later}"
        ) from error
    except OSError as error:
        raise ModelUnavailableError(
            f"{str(folder)!r} is no adapter: {MANIFEST} cannot be read ({error.strerror or error}). Give a "
            f"folder that holds {MANIFEST}, {CONFIG} and {WEIGHTS}."
        ) from error


def check_name(name: str) -> None:
    """Refuse a name that no adapter can have.

    Raises:
        InputError: it holds more than lower-case letters, digits, '.', '_' and '-', or begins with a mark.
    """
    if not re.fullmatch(_NAME, name):
        raise InputError(
            f"{name!r} cannot be the name of an adapter: take lower-case letters, digits, '.', '_' and '-', "
            "and begin with a letter or a digit."
        )


def check_config(folder: Path) -> None:
    """Refuse an adapter of another method than LoRA, and one that would change the weights of its base.

    The configurations of some other methods name models and tokenizers that peft would fetch and open. Some
    ways to begin a LoRA, such as PiSSA, take its first weights out of the base, which other adapters share.

    Raises:
        ModelError: it is no LoRA, names a library to load, changes its base, or its configuration cannot be
            read.
    """
    path = folder / CONFIG
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        kind, library = told["peft_type"], told.get("megatron_config")
        begun, repeated = told.get("init_lora_weights", True), told.get("layer_replication")
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{str(path)!r} cannot be read as peft's configuration: {error!r}.") from error
    if kind != "LORA" or library:
        what = "parts of another library (megatron_config)" if library else f"the method {kind!r}"
        raise ModelError(f"The adapter in {str(folder)!r} has {what}; only plain LoRA can be used.")
    if repeated or begun not in _INNOCENT:
        what = "layer_replication" if repeated else f"init_lora_weights={begun!r}"
        raise ModelError(
            f"The adapter in {str(folder)!r} would change the weights of its base ({what}), which other "
            "adapters share. Convert it to plain LoRA first: peft's documentation says how."
        )


def _note_of(path: Path) -> FileNote:
    return FileNote(size=path.stat().st_size, sha256=sha256_of(path))


def write_manifest(
    folder: Path,
    *,
    name: str,
    base: Base,
    made_by: str,
    persona: ForPersona | None = None,
    languages: Sequence[str] = (),
    created: datetime | None = None,
) -> Adapter:
    """Describe the files that lie in a folder, and pin them by hash.

    Args:
        folder: holds the files that peft saved, and the GGUF file if there is one.
        name: lower-case letters, digits, '.', '_' and '-'.
        base: the model that the adapter was trained for.
        made_by: the command that trains it, for messages.
        persona: whom it plays; None for anybody.
        languages: codes of the languages it was trained in.
        created: when; now by default.

    Raises:
        ModelUnavailableError: peft's files are not there.
        ModelError: the name or another value breaks the format.
    """
    for needed in _NEEDED:
        if not (folder / needed).is_file():
            raise ModelUnavailableError(f"{str(folder / needed)!r} is missing. Save the adapter there first.")
    there: list[FileName] = [file for file in (*_NEEDED, GGUF) if (folder / file).is_file()]
    try:
        manifest = Manifest(
            name=name,
            base=base,
            persona=persona,
            languages=tuple(languages),
            files={file: _note_of(folder / file) for file in there},
            made_by=made_by,
            created=created or datetime.now(UTC),
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ModelError(f"An adapter cannot be described so: {place}: {first['msg']}.") from error
    beside = folder / f".{MANIFEST}.{os.getpid()}.part"
    try:
        beside.write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
        beside.replace(folder / MANIFEST)
    finally:
        beside.unlink(missing_ok=True)
    return Adapter(folder=folder, manifest=manifest)
