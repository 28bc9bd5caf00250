"""Find attachments of remembered episodes that fit a request, each with the observation that fitted best."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from roleagent.language.media_requests import MediaRequest, share
from roleagent.protocols import Cue, EpisodicMemory
from roleagent.types import Attachment, Episode, HandedBack, Observation, Sight, Thread

MAX_HANDED_BACK = 4

_log = logging.getLogger(__name__)

_CANDIDATES = 50  # episodes that the memory puts forward
_RECENT = 50  # last utterances of the conversation, which are looked at too
_LEAST_SHARE = 0.5  # of what was asked for, by weight
_UNTOLD = ("failure", "nsfw")  # kinds of observations that do not describe what is seen


def recall_media(
    memory: EpisodicMemory, thread: Thread, sight: Sight, request: MediaRequest, cue: Cue
) -> list[HandedBack]:
    """The pictures and recordings of this user that fit a request, best first.

    A file is found by its name, by what was perceived in it and by the words said with it. If the request
    names nothing in particular, it is the last one, or the memory's best one if the request names a time. A
    file that is missing or has changed is left out.

    Args:
        memory: asked only for what belongs to the thread's owner.
        thread: the conversation in which the user asks.
        sight: who asks, and when in the story.
        request: what they ask for.
        cue: the moment and the last utterances.
    """
    asked = Cue(text=_as_remembered(request), history=cue.history, at=cue.at, graph=cue.graph)
    found = memory.recall(asked, thread.owner, sight, limit=_CANDIDATES)
    episodes = {each.id: each for each in (*found, *reversed(memory.recent(thread, sight, limit=_RECENT)))}
    shown = [
        each for each in _shown(episodes.values()) if each.attachment.media_type.startswith(request.kinds)
    ]
    if request.words:
        fits = [(each.share_of(request.words), each) for each in shown]
        fits.sort(key=lambda pair: -pair[0])  # equal ones keep the memory's order
        shown = [each for fit, each in fits if fit >= _LEAST_SHARE]
    elif not request.is_dated:
        shown.sort(key=lambda each: each.episode.at, reverse=True)
    limit = MAX_HANDED_BACK if request.is_plural else 1
    return [each.handed_back(request.words) for each in _whole(shown, limit)]


def _as_remembered(request: MediaRequest) -> str:
    """The request, worded like the observations in episodes."""
    about = " ".join(request.words)
    kinds = [
        kind
        for media, kinds in (("image/", ("caption", "tags", "text")), ("audio/", ("transcript",)))
        if media in request.kinds
        for kind in kinds
    ]
    return "\n".join([request.text, *(f"[{kind}: {about}]" for kind in kinds)])


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """One attachment of one episode."""

    attachment: Attachment
    episode: Episode
    seen: tuple[Observation, ...]

    def share_of(self, words: tuple[str, ...]) -> float:
        """The share of the request's words, by weight, that fit the attachment: 0–1."""
        name = Path(self.attachment.name).stem.replace("_", " ")
        told = (name, self.episode.text, *(each.text for each in self.seen))
        return share(words, "\n".join(told))

    def handed_back(self, words: tuple[str, ...]) -> HandedBack:
        shares = [(share(words, each.text), each) for each in self.seen]
        best = max((held for held, _ in shares), default=0.0)
        return HandedBack(
            attachment=self.attachment,
            episode_id=self.episode.id,
            shown_at=self.episode.at,
            seen=self.seen,
            found_by=next((each for held, each in shares if held == best > 0), None),
        )


def _shown(episodes: Iterable[Episode]) -> Iterator[_Shown]:
    for episode in episodes:
        for attachment in episode.attachments:
            seen = (each for each in episode.observations if each.attachment_id == attachment.id)
            yield _Shown(attachment, episode, tuple(each for each in seen if each.kind not in _UNTOLD))


def _whole(shown: Sequence[_Shown], limit: int) -> list[_Shown]:
    """The first attachments whose files exist, without duplicates."""
    kept: dict[str, _Shown] = {}
    for each in shown:
        if len(kept) < limit and each.attachment.id not in kept and _is_whole(each.attachment):
            kept[each.attachment.id] = each
    return [*kept.values()]


def _is_whole(attachment: Attachment) -> bool:
    """Whether the file exists and is unchanged."""
    try:
        with Path(attachment.path).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        _log.warning("Attachment %.12s cannot be given back: %s", attachment.id, error.strerror)
        return False
    if digest != attachment.id:
        _log.warning("Attachment %.12s has changed since it was shown: it is not given back.", attachment.id)
    return digest == attachment.id
