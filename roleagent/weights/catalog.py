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

import tomllib
from functools import cache
from importlib.resources import files as package_files
from pathlib import Path

from pydantic import Field, ValidationError, field_validator, model_validator

from roleagent.errors import ConfigurationError, ModelNotFoundError
from roleagent.language.nearest import nearest
from roleagent.settings import Settings, get_settings
from roleagent.weights import hub_records
from roleagent.weights.entry import Entry, Value
from roleagent.weights.hub_name import PREFIX, HubName


class _Catalogue(Value):
    models: dict[str, Entry] = Field(default_factory=dict)

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

    @field_validator("models")
    @classmethod
    def _leave_the_hub_alone(cls, models: dict[str, Entry]) -> dict[str, Entry]:
        if of_hub := [name for name in models if name.startswith(PREFIX)]:
            raise ValueError(f"{of_hub[0]!r} is a name that only `roleagent models pull` gives")
        return models


def entries(settings: Settings | None = None) -> dict[str, Entry]:
    """All entries by name.

    The built-in ones, those of ``<models_dir>/catalog.toml`` over them, and what was pulled from the hub.

    Raises:
        ConfigurationError: the user's catalogue cannot be read or breaks the format.
    """
    models_dir = (settings or get_settings()).models_dir
    pulled = {entry.name: entry for entry in hub_records.kept(models_dir)}
    return {**_built_in(), **_own(models_dir / "catalog.toml"), **pulled}


def _own(path: Path) -> dict[str, Entry]:
    """The entries of the user's own catalogue, if there is one."""
    if not path.is_file():
        return {}
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}.") from error
    return parse(text, where=str(path))


def find(name: str, settings: Settings | None = None) -> Entry:
    """The entry of that name. In ``hf:OWNER/REPO:FILE``, FILE may be a part of one pulled file's name.

    Raises:
        ConfigurationError: the name begins with ``hf:`` and goes on in another form.
        ModelNotFoundError: there is none; the message names the nearest.
        ModelUnavailableError: that file of the hub has not been pulled.
    """
    if name.startswith(PREFIX):
        return hub_records.find(HubName.parse(name), (settings or get_settings()).models_dir)
    known = entries(settings)
    if name in known:
        return known[name]
    near = nearest(name, known)
    hint = f"Did you mean {near!r}? " if near else ""
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
