"""The file formats of a persona, one file each, found by name through `roleagent.registry`.

A file of this package offers one or more `Format` values. Another package adds its own through an entry point
of the group ``roleagent.formats``, an app by `register`. Nothing is imported before it is asked for.

There are three kinds: notations of the persona document, which hold everything (`text_format`); pictures,
which are only written; and other programs' files, which are mapped without loss (`convert.mapped`).
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from roleagent import registry
from roleagent._lazy import loader
from roleagent.errors import ConfigurationError
from roleagent.formats.format import Format, Report
from roleagent.formats.parts import simple_document, triples_of
from roleagent.formats.text import text_format

if TYPE_CHECKING:
    from roleagent.formats.load import (
        bundled_personas as bundled_personas,
        load_persona as load_persona,
    )
    from roleagent.formats.save import (
        asset_bytes as asset_bytes,
        convert_persona as convert_persona,
        save_persona as save_persona,
    )

_HOME_OF = {
    "asset_bytes": "roleagent.formats.save",
    "bundled_personas": "roleagent.formats.load",
    "convert_persona": "roleagent.formats.save",
    "load_persona": "roleagent.formats.load",
    "save_persona": "roleagent.formats.save",
}

__all__ = [
    "save_persona",
    "load_persona",
    "convert_persona",
    "bundled_personas",
    "asset_bytes",
    "Format",
    "Report",
    "added",
    "built_in",
    "by_suffix",
    "find",
    "names",
    "register",
    "simple_document",
    "suffix_of",
    "suffixes",
    "text_format",
    "triples_of",
]

_log = logging.getLogger(__name__)
_registered: dict[str, Format] = {}

__getattr__ = loader(__name__, _HOME_OF)


def register(format_: Format) -> None:
    """Add a format until this process ends; it replaces a format that was added before under the same name.

    A package for others to install offers an entry point instead: see docs/plugins.md.

    Raises:
        ConfigurationError: a built-in format has that name.
    """
    if not isinstance(format_, Format):
        raise ConfigurationError(f"{format_!r} is no format: pass a `Format`, such as text_format(…) makes.")
    if not format_.name.strip() or isinstance(format_.suffixes, str):
        raise ConfigurationError(f"{format_!r} has no name, or suffixes that are no tuple of texts.")
    if format_.name in registry.BUILT_IN["format"]:
        raise ConfigurationError(f"A built-in format is called {format_.name!r}: choose another name.")
    _registered[format_.name] = format_


def names() -> tuple[str, ...]:
    """The names of all formats: the built-in ones in the order in which they are tried, then those added."""
    return (*registry.BUILT_IN["format"], *(each.name for each in added()))


def find(name: str) -> Format:
    """The format of a name.

    Raises:
        ConfigurationError: there is none.
    """
    found = next((each for each in added() if each.name == name), None)
    return registry.find("format", name) if found is None else found


def built_in() -> Iterator[Format]:
    """Our formats, each imported as it is reached, in the order in which they are tried on a file."""
    return (registry.find("format", name) for name in registry.BUILT_IN["format"])


def added() -> tuple[Format, ...]:
    """The formats of the app and of installed packages; the app's come first."""
    installed = (each for each in _installed(tuple(sys.path)) if each.name not in _registered)
    return (*_registered.values(), *installed)


@cache
def _installed(path: tuple[str, ...]) -> tuple[Format, ...]:
    """The formats of installed packages, looked up once for each `sys.path`; broken ones are logged."""
    found = []
    for name in registry.names("format"):
        if name in registry.BUILT_IN["format"]:
            continue
        try:
            format_ = registry.find("format", name)
        except Exception:  # a third-party package: files of other formats must still open
            _log.warning("The file format %r is installed and cannot be loaded.", name, exc_info=True)
            continue
        if isinstance(format_, Format) and format_.name == name:
            found.append(format_)
        else:
            _log.warning("The entry point %r of roleagent.formats is not a Format of that name.", name)
    return tuple(found)


def by_suffix(suffix: str) -> Format | None:
    """The format that a file suffix such as ``.yaml`` stands for; built-in formats come first."""
    return next((each for each in _all() if suffix.lower() in each.suffixes), None) if suffix else None


def suffixes() -> tuple[str, ...]:
    """The suffixes of all formats that can be read."""
    return tuple(suffix for each in _all() if each.read for suffix in each.suffixes)


def suffix_of(format_: Format) -> str:
    """The usual file suffix of a format; if it has none of its own, ``.png`` or ``.json``."""
    if format_.suffixes:
        return format_.suffixes[0]
    return ".png" if format_.name.endswith("png") else ".json"


def _all() -> Iterator[Format]:
    yield from built_in()
    yield from added()
