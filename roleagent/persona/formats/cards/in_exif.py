"""A card in the Exif comment of a PNG, JPEG or WebP picture."""

from __future__ import annotations

from typing import Any

from roleagent.persona.formats.cards.encoded import card_in
from roleagent.persona.formats.cards.exif import comment_bytes
from roleagent.persona.formats.cards.exif_places import exif_in
from roleagent.persona.formats.cards.json_file import MAX_CARD_BYTES
from roleagent.persona.formats.report import Report
from roleagent.persona.places import Place, ReadError

_LONGEST = 5 * MAX_CARD_BYTES + 100_000  # of Exif data whose comment is a list of bytes


def card_in_exif(data: bytes, report: Report) -> dict[str, Any]:
    """The JSON in the first Exif comment of a picture, as it is, as base64, or as a list of bytes.

    Raises:
        ReadError: there is none that can be read.
    """
    for exif in exif_in(data):
        comment = comment_bytes(exif[:_LONGEST])
        if comment is not None:
            return card_in(comment, "the Exif comment", report)
    raise ReadError("the picture holds no character card in its Exif comment", Place(1, 1))
