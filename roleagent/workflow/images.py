"""Pictures of a turn as data URLs, for a language model that can look at them itself."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

from roleagent.types import Attachment


def data_urls(attachments: Sequence[Attachment]) -> tuple[str, ...]:
    """The pictures among some attachments, each as ``data:<media type>;base64,…``."""
    return tuple(
        f"data:{item.media_type};base64,{base64.b64encode(Path(item.path).read_bytes()).decode()}"
        for item in attachments
        if item.media_type.startswith("image/")
    )
