"""A picture or recording that was shown before is asked for: find it, in what one user showed one persona.

request.py              words -> what is asked for
english.py, chinese.py  how each language asks
reading.py              what the two of them give
words.py                terms that compare, and those that tell nothing
search.py               what is asked for -> the attachments of remembered episodes that fit
"""

from __future__ import annotations

from roleagent.media_recall.request import MediaRequest, read_request, request_of
from roleagent.media_recall.search import recall_media

__all__ = ["MediaRequest", "read_request", "recall_media", "request_of"]
