"""Whether an adapter fits the base model and the persona it is to be used with."""

from __future__ import annotations

import logging
from pathlib import Path

from roleagent.errors import ConfigurationError
from roleagent.models.adapters import Adapter, ForPersona
from roleagent.models.base_shape import BaseShape
from roleagent.settings import get_settings
from roleagent.weights import entries, is_present
from roleagent.weights.files import sha256_of

_log = logging.getLogger(__name__)
_hashes: dict[tuple[Path, int, int], str] = {}


def check_base(adapter: Adapter, shape: BaseShape, *, model: str, weights: Path | None) -> None:
    """Refuse an adapter that was trained for another base.

    Args:
        adapter: what is to be used.
        shape: that of the model at hand.
        model: the model's name, for messages.
        weights: the model's weights, if they are one file. They are read unless the catalogue vouches for
            them, but only if the adapter names the hash of a file of the same kind.

    Raises:
        ConfigurationError: the shapes differ, or the bytes do.
    """
    base = adapter.manifest.base
    differing = [
        f"{name} {getattr(base, name)!r} instead of {getattr(shape, name)!r}"
        for name in BaseShape.model_fields
        if getattr(base, name) != getattr(shape, name)
    ]
    if differing:
        raise ConfigurationError(
            f"The adapter {adapter.name!r} does not fit {model!r}: it is for {base.name!r}, with "
            f"{', '.join(differing)}. Use that model, or train the adapter for {model!r}: "
            f"{adapter.manifest.made_by}"
        )
    if weights is None or base.sha256 is None or Path(base.file).suffix != weights.suffix:
        return
    if (found := hash_of(weights)) != base.sha256:
        raise ConfigurationError(
            f"The adapter {adapter.name!r} was trained for other weights than {str(weights)!r}: for "
            f"{base.name!r} ({base.file!r}, sha256 {base.sha256[:12]}…, not {found[:12]}…). Use those, or "
            f"train the adapter again: {adapter.manifest.made_by}"
        )


def check_persona(adapter: Adapter, persona: ForPersona, *, language: str = "") -> None:
    """Refuse an adapter that was trained for another persona, or for what it was before its file changed.

    Args:
        adapter: what is to be used.
        persona: who is to be played.
        language: what the persona speaks. A language that the adapter was not trained in is only logged.

    Raises:
        ConfigurationError: the id or the version differs.
    """
    made_for, made_by = adapter.manifest.persona, adapter.manifest.made_by
    languages = adapter.manifest.languages
    if language and languages and language not in languages:
        _log.warning(
            "The adapter %r was trained in %s, and the persona speaks %s",
            adapter.name,
            ", ".join(languages),
            language,
        )
    if made_for is None or made_for == persona:
        return
    if made_for.id != persona.id:
        raise ConfigurationError(
            f"The adapter {adapter.name!r} was trained for the persona {made_for.id!r}, not for "
            f"{persona.id!r}. Use one of its own, or an adapter for any persona."
        )
    raise ConfigurationError(
        f"The adapter {adapter.name!r} was trained for version {made_for.version} of the persona "
        f"{persona.id!r}, and this is version {persona.version}: its file has changed since. Train the "
        f"adapter again: {made_by}"
    )


def hash_of(path: Path) -> str:
    """The sha256 of a model's file: the catalogue's where it is an entry's, else computed once a process."""
    folder = get_settings().models_dir
    for entry in entries().values():
        for file in entry.files:
            if folder / entry.folder / file.path == path and is_present(entry.name):
                return file.sha256
    status = path.stat()
    key = path.resolve(), status.st_size, status.st_mtime_ns
    if key not in _hashes:
        _hashes[key] = sha256_of(path)
    return _hashes[key]
