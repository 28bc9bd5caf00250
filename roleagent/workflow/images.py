"""Pictures of a turn as data URLs, for a language model that can look at them itself."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

from roleagent.errors import AttachmentError
from roleagent.perception.pictures import shown_to_model
from roleagent.types import Attachment


def data_urls(attachments: Sequence[Attachment], *, max_side: int) -> tuple[str, ...]:
    """The pictures among some attachments, each as ``data:<media type>;base64,…``: see `shown_to_model`.

    Raises:
        AttachmentError: a picture no longer exists or can no longer be decoded.
    """
    return tuple(_data_url(item, max_side) for item in attachments if item.media_type.startswith("image/"))


def _data_url(item: Attachment, max_side: int) -> str:
    try:
        data = Path(item.path).read_bytes()
    except OSError as error:
        raise AttachmentError(f"{item.name!r} cannot be read any more: {error.strerror or error}.") from error
    shown, media_type = shown_to_model(data, item.media_type, item.name, max_side=max_side)
    return f"data:{media_type};base64,{base64.b64encode(shown).decode('ascii')}"
