"""Cards in a PNG or APNG picture, as base64 in its text chunks; or in the Exif comment of any picture.

``ccv3`` holds a card of version 3 and is preferred; ``chara`` holds an older one, or a second copy for old
readers, which is kept and updated. Of several chunks with one name, the first that can be read counts.
"""

from __future__ import annotations

import base64
import colorsys
import hashlib
import io
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from roleagent.formats.archives import is_safe
from roleagent.formats.cards.assets import (
    BACK_FILL,
    ICON,
    MAX_ASSET_BYTES,
    OTHER_PICTURE,
    PICTURE,
    fits_keyword,
)
from roleagent.formats.cards.exif import extension_of_picture, without_exif
from roleagent.formats.cards.json_file import card_in, card_in_exif, decoded, encoded
from roleagent.formats.cards.png_chunks import (
    SIGNATURE,
    Chunk,
    Text,
    chunks_of,
    texts_in,
    with_texts,
    without,
)
from roleagent.formats.cards.schema import (
    BACK_FILL_NAME,
    SCHEMAS,
    base_of,
    moved,
    read_card,
    version_of,
    write_card,
)
from roleagent.formats.changes import patch, same
from roleagent.formats.convert import mapped, normal
from roleagent.formats.format import Archive, Report
from roleagent.formats.values import dump_json, json_bytes
from roleagent.persona.problems import Place, ReadError

if TYPE_CHECKING:
    from PIL import Image


DRAWN = "roleagent-drawn"  # a text chunk that marks a picture as drawn here, so as no asset of the persona
_SIZE = (400, 600)  # pixels, of the shape that card pictures have
_FONT_SIZE = 280
_MAX_PIXELS = 40_000_000
_FORMATS = ("JPEG", "WEBP", "GIF", "BMP")


def drawn(name: str) -> bytes:
    """A PNG picture with the first letter of a name; the same name gives the same picture."""
    from PIL import Image, ImageDraw, ImageFont

    hue = hashlib.sha256(name.encode("utf-8", errors="replace")).digest()[0] / 256
    red, green, blue = (round(share * 255) for share in colorsys.hls_to_rgb(hue, 0.4, 0.45))
    picture = Image.new("RGB", _SIZE, (red, green, blue))
    plain = unicodedata.normalize("NFKD", name)  # the font draws ASCII only
    letter = next((char.upper() for char in plain if char.isascii() and char.isalnum()), "")
    middle = (_SIZE[0] / 2, _SIZE[1] / 2)
    draw = ImageDraw.Draw(picture)
    draw.text(middle, letter, fill="white", font=ImageFont.load_default(_FONT_SIZE), anchor="mm")
    return _png(picture)


def is_drawn(data: bytes, chunks: list[Chunk]) -> bool:
    """Whether a picture of these chunks says that it was drawn here."""
    return any(texts_in(data, chunks, lambda keyword: keyword == DRAWN, Report()))


def as_png(data: bytes) -> bytes | None:
    """A picture of another format as PNG; None if it cannot be read, or is too large."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            if picture.width * picture.height > _MAX_PIXELS:
                return None
            return _png(picture.convert("RGBA"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def icon_as_png(icon: bytes | None, report: Report) -> bytes | None:
    """The main icon as a PNG picture; None if there is none that can be read. The report says which."""
    picture = None if icon is None else as_png(icon)
    if picture is None:
        report.warn("the picture", "is a placeholder: the persona has none")
    else:
        report.warn("the picture", "is drawn from the main icon, which is not a PNG")
    return picture


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


_NEW, _OLD = "ccv3", "chara"
_ASSET = "chara-ext-asset_"
_EMBEDDED = "roleagent"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The text chunks of a picture that belong to a card, by kind, and the picture without them."""

    cards: tuple[Text, ...]
    assets: tuple[Text, ...]
    is_drawn: bool
    picture: bytes


@final
class PngCard:
    """One version of the card in a PNG picture; see `Layout`."""

    def __init__(self, version: int) -> None:
        self.NAME = f"card-v{version}-png"
        self.SCHEMA = SCHEMAS[version]
        self.EXTENSION_PATH: tuple[str, ...] = ("data", "extensions") if version > 1 else ()
        self._version = version
        self._has_copy = version == 3

    def recognises(self, data: bytes, raw: object) -> bool:
        """By the version of the card in it.

        A PNG without a card counts as version 3, whose reader says what is wrong. A JPEG or WebP picture must
        have a card in its Exif comment.
        """
        is_png = data.startswith(SIGNATURE[:4])
        if not is_png and not extension_of_picture(data):
            return False
        try:
            card = _any_card(data) if is_png else card_in_exif(data, Report())
        except ReadError:
            return is_png and self._version == 3
        return (version_of(card) or (3 if is_png else None)) == self._version

    def unpack(self, data: bytes, report: Report) -> Archive:
        """The card, its second copy, the picture without them, and the assets in its chunks."""
        if not data.startswith(SIGNATURE[:4]):
            return Archive(raw=card_in_exif(data, report), files={OTHER_PICTURE: without_exif(data)})
        found = _find(data, report)
        try:
            card, back_fill = _cards(found, report)
        except ReadError as error:
            card, back_fill = _in_exif(data, error, report), None
        files = _assets(found, report)
        if not found.is_drawn:
            files[PICTURE] = found.picture
        if back_fill is not None and self._has_copy:
            files[BACK_FILL] = json_bytes(back_fill)
        elif back_fill is not None:
            report.lost(f"the text chunk {_OLD!r}", "is a second copy, which only a card of version 3 has")
        return Archive(raw=card, files=files)

    def pack(self, archive: Archive, report: Report) -> bytes:
        """The picture, or one that is drawn, with the card in its texts."""
        files = dict(archive.files)
        back_fill, picture, icon, other = (
            files.pop(name, None) for name in (BACK_FILL, PICTURE, ICON, OTHER_PICTURE)
        )
        texts = [
            (_ASSET + ":" + path, base64.b64encode(data))
            for path, data in files.items()
            if fits_keyword(path)
        ]
        if self._version < 3:
            texts.append((_OLD, encoded(archive.raw)))
        else:
            old = _old_copy(archive.raw) if back_fill is None else json.loads(back_fill)
            texts += [(_OLD, encoded(old)), (_NEW, encoded(archive.raw))]
        if picture is None:
            picture = icon_as_png(icon or other, report)
            texts.append((DRAWN, b"yes"))
        if picture is None:
            data = archive.raw.get("data", archive.raw) if isinstance(archive.raw, Mapping) else {}
            name = data.get("name") if isinstance(data, Mapping) else None
            picture = drawn(name if isinstance(name, str) else "")
        return with_texts(picture, texts)

    def to_document(self, archive: Archive, report: Report) -> dict[str, Any]:
        """See `schema`; a second copy of the card that says other things is among the extensions."""
        document = read_card(archive, self._version, report)
        back_fill = archive.files.get(BACK_FILL)
        if back_fill is None:
            return document
        kept = json.loads(back_fill)
        if same(kept, _old_copy(archive.raw)):
            return document
        return {**document, "extensions": {BACK_FILL_NAME: dump_json(kept, indent=None)}}

    def from_document(self, document: Mapping[str, Any], report: Report) -> Archive:
        """See `schema`."""
        archive = write_card(document, self._version, "png")
        back_fill = _back_fill(document) if self._has_copy else None
        files = archive.files if back_fill is None else {**archive.files, BACK_FILL: json_bytes(back_fill)}
        return Archive(raw=archive.raw, files=files)

    def base_from(self, originals: Mapping[str, Any]) -> Any:
        """From a card of another version; for version 3, the second copy is one."""
        found = base_of(originals, self._version)
        copy = originals.get(BACK_FILL_NAME) if self._has_copy else None
        if found is not None or not isinstance(copy, Mapping):
            return found
        return moved(copy, version_of(copy) or 2, self._version)


_ABOUT = "character card, PNG"
CARD_V1_PNG = mapped(PngCard(1), about=_ABOUT)
CARD_V2_PNG = mapped(PngCard(2), about=_ABOUT)
CARD_V3_PNG = mapped(PngCard(3), about=_ABOUT, suffixes=(".png", ".apng"))


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def _any_card(data: bytes) -> dict[str, Any]:
    """The card of a PNG picture: in its texts, or in its Exif comment."""
    try:
        return _cards(_find(data, Report()), Report())[0]
    except ReadError:
        return card_in_exif(data, Report())


def _find(data: bytes, report: Report) -> _Found:
    chunks = chunks_of(data, report)
    cards, assets, marks = [], [], []
    for text in texts_in(data, chunks, _is_ours, report):
        keyword = text.keyword.lower()
        if keyword in (_NEW, _OLD):
            cards.append(text)
        elif keyword.startswith(_ASSET):
            assets.append(text)
        else:
            marks.append(text)
    taken = sorted((text.chunk for text in (*cards, *assets, *marks)), key=lambda chunk: chunk.start)
    picture = without(data, taken)
    return _Found(cards=tuple(cards), assets=tuple(assets), is_drawn=bool(marks), picture=picture)


def _is_ours(keyword: str) -> bool:
    return keyword.lower() in (_NEW, _OLD, DRAWN) or keyword.lower().startswith(_ASSET)


def _cards(found: _Found, report: Report) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The card to be read, and the second copy if there is one.

    Raises:
        ReadError: no text chunk holds a card that can be read.
    """
    new, old = (_first(name, found, report) for name in (_NEW, _OLD))
    if new is not None:
        return new, old
    if old is not None:
        return old, None
    problems = [note.message for note in report.notes if note.field.startswith("the text chunk")]
    why = f": {problems[0]}" if problems else f": it has no text chunk {_OLD!r} or {_NEW!r}"
    raise ReadError(f"the picture holds no character card{why}", Place(1, 1))


def _in_exif(data: bytes, error: ReadError, report: Report) -> dict[str, Any]:
    """The card in the Exif comment of a PNG picture; raises `error` if there is none."""
    try:
        return card_in_exif(data, report)
    except ReadError:
        raise error from None


def _first(name: str, found: _Found, report: Report) -> dict[str, Any] | None:
    """The card in the first chunk of this name that can be read; the others are reported."""
    card = None
    for text in found.cards:
        if text.keyword.lower() != name:
            continue
        if card is not None:
            report.warn(f"the text chunk {name!r}", "is there more than once: the first was taken")
            break
        try:
            card = card_in(text.data, f"the text chunk {name!r}", report)
        except ReadError as error:
            report.warn(f"the text chunk {name!r}", error.message)
    return card


def _assets(found: _Found, report: Report) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for text in found.assets:
        path = text.keyword[len(_ASSET) :].removeprefix(":")
        what = f"the text chunk {text.keyword!r}"
        if not is_safe(path):
            report.warn(what, "has a path that no file may have: left out")
            continue
        try:
            files.setdefault(path, decoded(text.data, what, limit=MAX_ASSET_BYTES))
        except ReadError as error:
            report.warn(what, f"{error.message}: left out")
    return files


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def _old_copy(raw: Any) -> dict[str, Any]:  # Any: JSON
    """The card as version 2, for readers that know no newer one; without the persona embedded in it."""
    copy = moved(raw if isinstance(raw, Mapping) else {}, 3, 2)
    extensions = copy["data"].get("extensions")
    if isinstance(extensions, Mapping):
        copy["data"]["extensions"] = {key: extensions[key] for key in extensions if key != _EMBEDDED}
    return copy


def _back_fill(document: Mapping[str, Any]) -> Any:  # Any: JSON
    """The second copy of the card, with the persona's changes; None if the persona came with none.

    It is the copy that was in the picture, or the card of version 2 that this one is made from. The two
    copies may differ, so the changes are found by comparing with the card that the persona was read from.
    """
    kept = document.get("extensions", {})
    text = kept.get(BACK_FILL_NAME) or (None if SCHEMAS[3] in kept else kept.get(SCHEMAS[2]))
    if text is None:
        return None
    base = json.loads(text)
    version = version_of(base) or 2
    read_from = json.loads(kept.get(SCHEMAS[3], text))
    extensions = {SCHEMAS[version]: text}
    now = write_card({**document, "extensions": extensions}, version, "png")
    origin = Archive(raw=read_from, files=now.files)
    before = normal(read_card(origin, version_of(read_from) or version, Report()))
    then = write_card({**before, "extensions": extensions}, version, "png")
    return patch(base, then.raw, now.raw)
