"""Find a persona by name or path, find out the format of its file, and read it.

The content of a file decides its format, not its name. A card inside a gzip file, or the only card of a ZIP
archive, is unpacked.
"""

from __future__ import annotations

import importlib.resources
import json
import logging
import os
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from roleagent.errors import PersonaFileError, PersonaNotFoundError
from roleagent.formats import added, built_in, by_suffix, find, suffixes
from roleagent.formats.archives import names_in_zip, read_zip
from roleagent.formats.format import Format, Report
from roleagent.formats.own.yaml_file import read as read_yaml
from roleagent.formats.text import decoded_text
from roleagent.formats.values import MAX_FILE_BYTES, as_table, check_depth
from roleagent.persona.build import build_persona
from roleagent.persona.compose import Composer, Part, is_fragment, standing_alone
from roleagent.persona.lint import macro_findings
from roleagent.persona.persona import Persona
from roleagent.persona.problems import Place, ReadError, Table, collector_paused, did_you_mean
from roleagent.settings import get_settings

_log = logging.getLogger(__name__)

_SCHEMA_SUFFIX = ".schema.json"
POLICY_SUFFIX = ".policy.yaml"
"""How the file beside a persona's ends that is its safety policy: ``holmes.policy.yaml``."""


@collector_paused()
def load_persona(name_or_path: str | os.PathLike[str], *, report: Report | None = None) -> Persona:
    """Read a persona.

    Args:
        name_or_path: a path to a file in any format that can be read, or the name of a persona in
            the home's ``personas`` folder or among those that come with the package.
        report: takes what was odd about another program's file, and which macros will be taken out.

    Raises:
        PersonaNotFoundError: there is no such name or file.
        PersonaFileError: the file breaks the format; `others` holds what else is wrong with it.
    """
    path = find_persona(name_or_path)
    part = _read_part(path, Report() if report is None else report)
    if is_fragment(part.tree):
        message = f"is a fragment, for other files to extend: write `extends: [{path.name}]` in one of them."
        place = part.tree.key_places["fragment"]
        raise PersonaFileError(message, path=str(path), line=place.line, column=place.column)
    persona = build_persona(_composed(path, part), source=str(path))
    if report is not None:
        for _, where, message in macro_findings(persona):
            report.warn(where, message)
    return persona


def load_part(name_or_path: str | os.PathLike[str], *, report: Report | None = None) -> Persona:
    """Read a persona as `load_persona` does, or a fragment as a persona that has nothing else."""
    path = find_persona(name_or_path)
    part = _read_part(path, Report())
    if not is_fragment(part.tree):
        return load_persona(path, report=report)
    return build_persona(standing_alone(_composed(path, part)), source=str(path))


def find_persona(name_or_path: str | os.PathLike[str]) -> Path:
    """The file that a name or path stands for.

    Raises:
        PersonaNotFoundError: there is none.
    """
    path = Path(name_or_path)
    if os.path.exists(path) and _looks_like_path(path):  # of impossible names, too
        return path
    name = os.fspath(name_or_path)
    for folder in _folders():
        if paths := personas_in(folder, name):
            return paths[-1]
    if os.path.isfile(path):
        return path
    if _looks_like_path(path):
        raise PersonaNotFoundError(f"There is no file {name!r}.")
    known = known_personas()
    hint = did_you_mean(name, known)
    raise PersonaNotFoundError(
        f"No persona is called {name!r}.{hint} Known: {', '.join(known)}; or give the path of a file."
    )


def _looks_like_path(path: Path) -> bool:
    return len(path.parts) != 1 or _can_be_read(path)


def known_personas() -> dict[str, Path]:
    """The files of all personas that can be named; the user's own come before those of the package."""
    own, bundled = ({path.stem: path for path in personas_in(folder)} for folder in _folders())
    return dict(sorted((bundled | own).items()))


def _folders() -> tuple[Path, Path]:
    return get_settings().home / "personas", _bundled_folder()


def bundled_personas() -> list[str]:
    """Names of the personas that come with the package, sorted."""
    return sorted(path.stem for path in personas_in(_bundled_folder()))


def personas_in(folder: Path, name: str | None = None) -> list[Path]:
    """The persona files of a folder, in the order of their names; with a name, only those called so."""
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    return [path for path in paths if name in (None, path.stem) and _can_be_read(path)]


def _can_be_read(path: Path) -> bool:
    """Whether a format that can be read has the suffix of a file, which is no JSON Schema and no policy."""
    if path.name.endswith((_SCHEMA_SUFFIX, POLICY_SUFFIX)):
        return False
    found = by_suffix(path.suffix)
    return found is not None and found.read is not None


def _bundled_folder() -> Path:
    """The personas: in the package if it is installed, at the top of the repository in a checkout."""
    package = Path(str(importlib.resources.files("roleagent")))
    installed = package / "_personas"
    return installed if installed.is_dir() else package.parent / "personas"


def _composed(path: Path, part: Part) -> Table:
    def read(other: Path) -> Part:
        return _read_part(other, Report())

    return Composer(read, known_personas).compose(path, part)


def _read_part(path: Path, report: Report) -> Part:
    data = _read_bytes(path)
    try:
        data = unwrapped(data, report)
        found = format_of(data, path.suffix)
        tree = _tree(found, data, report, path)
    except ReadError as error:
        line, column = error.place
        raise PersonaFileError(error.message + ".", path=str(path), line=line, column=column) from error
    if not isinstance(tree, Table):
        tree = as_table(tree)  # a document that knows no places
    if not isinstance(tree, Table):
        raise PersonaFileError("the file holds no table of keys and values.", path=str(path), line=1)
    return Part(tree, found.is_fragment or is_fragment(tree))


def _tree(found: Format, data: bytes, report: Report, path: Path) -> Any:  # Any: as of `Format.read`
    if found.read is None:
        return None
    try:
        return found.read(data, report)
    except ReadError:
        raise
    except Exception as error:
        if found not in added():
            raise
        message = f"the format {found.name!r}, which is not one of ours, failed to read it: {error!r}."
        raise PersonaFileError(message, path=str(path)) from error


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise PersonaFileError(f"cannot be read: {error.strerror}.", path=str(path)) from error
    if len(content) > MAX_FILE_BYTES:
        raise PersonaFileError(f"is larger than {MAX_FILE_BYTES // 1024**2} MB.", path=str(path))
    return content


# ── which format a file is in ────────────────────────────────────────────────────────────────────

_OURS = "roleagent"
_BINARY = (b"\x89PNG", b"PK\x03\x04", b"\xff\xd8\xff", b"RIFF")
_NOT_TO_BE_PARSED_TWICE = (
    re.compile(rb"^roleagent[ \t]*:", re.MULTILINE),  # YAML
    re.compile(  # node-link JSON as we write it
        rb'\s*\{\s*(?:"(?:directed|multigraph)"\s*:\s*\w+\s*,\s*)*(?:"graph"\s*:\s*\{\s*)?"roleagent"\s*:'
    ),
    re.compile(rb"\s*<(?:\?xml|!|\w+[\s>/])"),  # XML
    re.compile(rb'\s*\{\s*"@context"\s*:\s*\{\s*"@vocab"\s*:\s*"urn:roleagent:ns:"'),  # JSON-LD
    re.compile(rb"(?:\s*@prefix[^\n]*\n)+\s*<urn:roleagent:persona:"),  # Turtle
    re.compile(rb'[ \t]*"?[ \t]*# roleagent \{'),  # CSV
)
_START = Place(1, 1)
_CARDS_IN = "Cards are read from text chunks of PNG pictures, and from the Exif comment of PNG, JPEG and WebP"
_PICTURES = (
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "a WebP picture"),
    (re.compile(rb"GIF8[79]a"), "a GIF picture"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "an AVIF picture"),
    (re.compile(rb"....ftyp(?:hei[cxms]|hev[cx]|mif1|msf1)", re.DOTALL), "a HEIC picture"),
    (re.compile(rb"BM.{12}\x28\0\0\0", re.DOTALL), "a BMP picture"),
    (re.compile(rb"II\*\0|MM\0\*"), "a TIFF picture"),
)
_BINARIES = {
    b"PK\x03\x04": "a ZIP archive without a card", b"PK\x05\x06": "an empty ZIP archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive", b"Rar!\x1a\x07": "a RAR archive", b"%PDF-": "a PDF file",
    b"SQLite format 3\0": "an SQLite database", b"RIFF": "a RIFF file (sound or film)",
    b"OggS": "a sound file", b"ID3": "a sound file",
    b"\x1f\x8b": "a gzip file in a gzip file", b"GGUF": "a language model (GGUF)",
}  # fmt: skip
_AS_CARD = "Export the character there as a Tavern card (PNG or JSON)"
_UNREAD = (
    ({"gamestarted", "actions"}, f"a story of KoboldAI or KoboldAI Lite, not a character. {_AS_CARD}"),
    ({"memory", "worldinfo"}, f"a story of KoboldAI or KoboldAI Lite, not a character. {_AS_CARD}"),
    ({"persona", "sampleChat"}, f"an Agnai character, which is not read. {_AS_CARD}"),
    ({"persona", "greeting", "scenario"}, f"an Agnai character, which is not read. {_AS_CARD}"),
    ({"storyContainerVersion"}, "a NovelAI story, not a character. Export its lorebook"),
    ({"scenarioVersion"}, "a NovelAI scenario, not a character. Export its lorebook"),
    ({"user_name", "character_name", "create_date"}, "a SillyTavern chat, not a character"),
    ({"personas", "persona_descriptions"}, "a backup of SillyTavern's user personas, not a character"),
    ({"prompts", "prompt_order"}, "a preset of SillyTavern's prompts, not a character"),
)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def format_of(data: bytes, suffix: str) -> Format:
    """The format that a file is in: by its content, by its suffix, or by how its text begins; else YAML.

    Raises:
        ReadError: it is a file that holds a character, or might, in a format that is not read.
    """
    found = recognised(data)
    if found is not None:
        return found
    refuse_unread(data)
    try:
        text = decoded_text(data, "the file")
    except ReadError:
        text = ""  # the reader says what is wrong
    if text.lstrip()[:1] == "{" and _begins_as(find("json-ld"), text):  # whose files are often called .json
        return find("json-ld")
    of_suffix = (each for each in _without_marks() if suffix.lower() in each.suffixes)
    of_opening = (each for each in _without_marks() if _begins_as(each, text))
    return next(of_suffix, None) or next(of_opening, None) or find("yaml")


def recognised(data: bytes) -> Format | None:
    """The format of a file by its content; None for one of our own formats, or an unknown one.

    Formats that an app or an installed package added are asked before the built-in ones.
    """
    is_binary = data.startswith(_BINARY)
    if not is_binary and _is_plainly_ours(data.removeprefix(_BYTE_ORDER_MARK)):
        return None
    raw = None if is_binary else _plain_value(data)
    if _is_ours(raw):
        return None
    added_one = next((each for each in added() if _is_recognised(each, data, raw)), None)
    if added_one is not None:
        return added_one
    return next((each for each in built_in() if each.recognises and each.recognises(data, raw)), None)


def _is_recognised(format_: Format, data: bytes, raw: Any) -> bool:  # Any: JSON
    """Whether an added format knows a file; one that fails must not keep other files from opening."""
    try:
        return bool(format_.recognises and format_.recognises(data, raw))
    except Exception:  # third-party code
        _log.exception("The format %r failed to recognise a file and is skipped.", format_.name)
        return False


def refuse_unread(data: bytes) -> None:
    """Refuse a file of a kind that is known and cannot be read, and say what it is.

    Raises:
        ReadError: it is such a file.
    """
    kind = next((kind for mark, kind in _PICTURES if mark.match(data)), "")
    if kind:
        raise ReadError(f"is {kind} without a card. {_CARDS_IN}", _START)
    kind = next((kind for mark, kind in _BINARIES.items() if data.startswith(mark)), "")
    if kind:
        raise ReadError(f"is {kind}, not a persona", _START)
    text = data.removeprefix(_BYTE_ORDER_MARK)
    raw = None if text.lstrip()[:1] != b"{" or _is_plainly_ours(text) else _plain_value(data)
    if isinstance(raw, Mapping) and not _is_ours(raw):
        kind = next((kind for keys, kind in _UNREAD if keys <= raw.keys()), "")
        if kind:
            raise ReadError(f"is {kind}", _START)


def _without_marks() -> Iterator[Format]:
    return (each for each in chain(built_in(), added()) if each.read and not each.recognises)


def _begins_as(format_: Format, text: str) -> bool:
    return format_.opening is not None and format_.opening.match(text) is not None


def _is_plainly_ours(data: bytes) -> bool:
    first, *others = _NOT_TO_BE_PARSED_TWICE
    return first.search(data) is not None or any(each.match(data) for each in others)


def _plain_value(data: bytes) -> Any:  # Any: JSON
    """The JSON or YAML value of a file; None if it is neither."""
    try:
        text = decoded_text(data, "the file").lstrip()
        return check_depth(json.loads(text)) if text[:1] in ("{", "[", '"') else read_yaml(text)
    except (ValueError, RecursionError, ReadError):
        return None


def _is_ours(raw: object) -> bool:
    if not isinstance(raw, Mapping):
        return False
    inner = raw.get("graph")
    return _OURS in raw or (isinstance(inner, Mapping) and _OURS in inner)


# ── cards inside an archive ──────────────────────────────────────────────────────────────────

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_CARD_PICTURES = (".webp", ".jpg", ".jpeg")  # that may be cards, though no format writes them
_MAX_TRIED = 200  # files of an archive
_MAX_NAMED = 5


def unwrapped(data: bytes, report: Report) -> bytes:
    """The card inside a ZIP or gzip file, or the lorebook if it holds no card; any other file unchanged.

    An archive that is itself a format, such as CHARX, is not unpacked.

    Args:
        data: the file.
        report: is told which file of an archive was taken.

    Raises:
        ReadError: it unpacks to too much, or holds several cards.
    """
    if data.startswith(_GZIP):
        data = _gunzipped(data)
        report.warn("the file", "is packed by gzip: unpacked")
    if not data.startswith(_ZIP) or recognised(data) is not None:
        return data
    if not _candidates(names_in_zip(data)):
        return data
    files = read_zip(data)
    formats = {name: _format_of(files[name]) for name in _candidates(files)}
    cards = [name for name, found in formats.items() if found and "lorebook" not in found]
    held = cards or [name for name, found in formats.items() if found]
    if len(held) > 1:
        named = ", ".join(map(repr, held[:_MAX_NAMED])) + (" …" if len(held) > _MAX_NAMED else "")
        raise ReadError(f"is a ZIP archive of {len(held)} cards: unpack one of {named}", _START)
    if not held:
        return data
    others = f"; {len(files) - 1} other files are not" if len(files) > 1 else ""
    report.warn("the archive", f"holds the card {held[0]!r}, which is read{others}")
    return files[held[0]]


def _format_of(content: bytes) -> str:
    """The name of a file's format; empty if it holds no persona, such as a PNG picture without a card."""
    found = recognised(content)
    if found is None or found.read is None:
        return ""
    try:
        found.layout.unpack(content, Report()) if found.layout else found.read(content, Report())
    except ReadError:
        return ""
    return found.name


def _gunzipped(data: bytes) -> bytes:
    unpacking = zlib.decompressobj(wbits=31)
    try:
        content = unpacking.decompress(data, MAX_FILE_BYTES + 1)
    except zlib.error as error:
        raise ReadError(f"is not a valid gzip file: {error}", _START) from error
    if len(content) > MAX_FILE_BYTES:
        raise ReadError(f"unpacks to more than {MAX_FILE_BYTES // 1024**2} MB", _START)
    if not unpacking.eof:
        raise ReadError("is not a valid gzip file: it ends in the middle", _START)
    return content


def _candidates(names: Iterable[str]) -> list[str]:
    """Files that may be cards, without those that macOS adds."""
    known = (*suffixes(), *_CARD_PICTURES)
    found = [name for name in names if name.lower().endswith(known)]
    return [name for name in found if not name.startswith("__MACOSX/")][:_MAX_TRIED]
