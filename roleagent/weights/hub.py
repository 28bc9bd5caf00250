"""The Hugging Face hub, or the mirror at ``HF_ENDPOINT``: what it says of a model file before any byte comes.

The listing of a repository is one answer of the hub's API. It names the commit, the licence, and for each
large file its size and sha256. A token goes to the hub's own host only, and is never written down.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, Field, ValidationError

from roleagent.errors import ConfigurationError, ModelFetchError, ModelNotFoundError, RoleAgentError
from roleagent.weights.download import Downloader, RefusedError
from roleagent.weights.entry import WeightFile
from roleagent.weights.hub_name import HubName, all_files, first_files
from roleagent.weights.hub_records import HubRecord

_OWN_HOST = "huggingface.co"
_LARGEST_LISTING = 10 << 20
_NOT_FOUND = ("RepoNotFound", "RevisionNotFound", "EntryNotFound")


class _Listed(BaseModel):
    rfilename: str
    lfs: Any = None  # checked when the file is the one that is wanted


class _Listing(BaseModel):
    """What the hub's API says of a repository at one revision; the rest of the answer is ignored."""

    sha: str = Field(pattern=r"^[0-9a-f]{40}$")
    siblings: list[_Listed] = []
    tags: list[str] = []
    cardData: dict[str, Any] | None = None

    @property
    def licence(self) -> str:
        card = self.cardData or {}
        told = card.get("license") or next(
            (tag.removeprefix("license:") for tag in self.tags if tag.startswith("license:")), "unknown"
        )
        if told == "other" and isinstance(card.get("license_name"), str):
            told = f"other: {card['license_name']}"
        text = ", ".join(map(str, told)) if isinstance(told, list) else str(told)
        return "".join(character for character in text if character.isprintable())[:200] or "unknown"


def endpoint() -> str:
    """The address of the hub, or of the mirror that ``HF_ENDPOINT`` names.

    Raises:
        ConfigurationError: ``HF_ENDPOINT`` is no address.
    """
    from huggingface_hub import constants  # slow to import

    address = constants.ENDPOINT
    if not re.match(r"https?://[^/\s]", address):
        raise ConfigurationError(f"HF_ENDPOINT is {address!r}. Write an address such as https://{_OWN_HOST}.")
    return address


def is_switched_off() -> bool:
    """Whether the user's ``HF_HUB_OFFLINE`` forbids asking the hub."""
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)


def file_url(address: str, repo: str, revision: str, path: str) -> str:
    """The address of a file's bytes."""
    return f"{address}/{repo}/resolve/{quote(revision, safe='')}/{quote(path)}"


def headers_for(url: str) -> dict[str, str]:
    """The user's token, for an address on the hub's own host; a mirror has no business with it.

    Raises:
        ConfigurationError: the token cannot be sent.
    """
    from huggingface_hub import get_token

    pieces = urlsplit(url)
    if pieces.scheme != "https" or pieces.hostname != _OWN_HOST or pieces.port not in (None, 443):
        return {}
    token = get_token()
    if not token:
        return {}
    if not re.fullmatch(r"[!-~]+", token):  # the error of the HTTP library would show it
        raise ConfigurationError("HF_TOKEN is no token: it has spaces, control characters or letters like é.")
    return {"Authorization": f"Bearer {token}"}


def ask(name: HubName, downloader: Downloader) -> HubRecord:
    """The hub's word on a model, whose file may be a part of the path of just one.

    Raises:
        ModelNotFoundError: there is no such repository, revision or file, or several files could be meant.
        ModelFetchError: the hub gave no answer, refused, or gave one that cannot be used.
    """
    address = endpoint()
    listing = _listing(name, address, downloader)
    if re.fullmatch(r"[0-9a-f]{40}", name.revision) and name.revision != listing.sha:
        raise ModelFetchError(f"{_site(address)} answers for commit {listing.sha}, not for {name.revision}")
    listed = {each.rfilename: each for each in listing.siblings}
    chosen = name.choose(first_files(listed), where=_site(address))
    files = []
    for path in all_files(chosen.file):
        if path not in listed:
            raise ModelFetchError(f"{chosen} is split into several files, and {path!r} is not among them")
        files.append(_file(path, listed[path], chosen.repo, listing.sha, address, downloader))
    return HubRecord(
        repo=chosen.repo,
        revision=chosen.revision,
        commit=listing.sha,
        licence=listing.licence,
        endpoint=_site(address),
        files=tuple(files),
    )


def explained(error: RefusedError, *, repo: str, revision: str) -> RoleAgentError:
    """A refusal of the hub in the user's terms, with the way out."""
    page = f"https://{_OWN_HOST}/{repo}"
    if error.code == "GatedRepo" or error.status == 403:
        is_gated = "is gated" if error.code == "GatedRepo" else "refuses access and is probably gated"
        text = (
            f"{repo!r} {is_gated}. Accept its terms at {page} and set HF_TOKEN to a token of the same "
            f"account. The token is sent to {_OWN_HOST} only, so unset HF_ENDPOINT for it"
        )
    elif error.code == "RevisionNotFound":
        text = (
            f"{repo!r} has no revision {revision!r}, or no longer. Choose one at {page}/commits/main; "
            "for a model that was pulled before, take what is there now: roleagent models pull --update NAME"
        )
    elif error.code == "EntryNotFound":
        text = f"the file is not in {repo!r} at {revision!r}. See {page}/tree/{revision}"
    elif error.code == "RepoNotFound" or error.status in (401, 404):
        text = (
            f"there is no {repo!r} (revision {revision!r}), or it is private. Look at {page}, and set "
            "HF_TOKEN, a valid one, if it is private"
        )
    elif error.status == 429:
        text = f"{error}: too many requests. Wait some minutes, or set HF_TOKEN"
    else:
        return ModelFetchError(f"{error}. Try again later, or name another address with HF_ENDPOINT")
    missing = error.code in _NOT_FOUND or (error.code != "GatedRepo" and error.status in (401, 404))
    return ModelNotFoundError(text) if missing else ModelFetchError(text)


def _listing(name: HubName, address: str, downloader: Downloader) -> _Listing:
    at = "" if name.revision == "main" else f"/revision/{quote(name.revision, safe='')}"
    url = f"{address}/api/models/{name.repo}{at}?blobs=true"
    try:
        answer = downloader.read(url, most=_LARGEST_LISTING, headers=headers_for(url))
    except RefusedError as error:
        raise explained(error, repo=name.repo, revision=name.revision) from error
    except ModelFetchError as error:
        raise ModelFetchError(
            f"{name} could not be looked up: {error}. Check the network and HF_ENDPOINT, or fetch the file "
            "by other means and give its path: llama-cpp:PATH.gguf"
        ) from error
    try:
        return _Listing.model_validate_json(answer)
    except ValidationError as error:
        raise ModelFetchError(
            f"{_site(address)} gives no listing of {name.repo!r}: {error.errors()[0]['msg']}. "
            "Is HF_ENDPOINT the address of a mirror of the Hugging Face hub?"
        ) from error


def _file(
    path: str, listed: _Listed, repo: str, commit: str, address: str, downloader: Downloader
) -> WeightFile:
    """A file as the listing tells it, or as the headers of its own address do."""
    told = listed.lfs
    if not isinstance(told, Mapping):
        told = _linked(file_url(address, repo, commit, path), repo, commit, downloader)
    try:
        return WeightFile(path=path, size=told.get("size"), sha256=told.get("sha256"))
    except ValidationError as error:
        raise ModelFetchError(
            f"{_site(address)} has no sha256 of {path!r} in {repo!r}, so it could not be verified. Fetch it "
            "by other means, and give its path: llama-cpp:PATH.gguf"
        ) from error


def _linked(url: str, repo: str, commit: str, downloader: Downloader) -> dict[str, Any]:
    try:
        headers = downloader.head(url, headers=headers_for(url))
    except RefusedError as error:
        raise explained(error, repo=repo, revision=commit) from error
    return {"size": headers.get("X-Linked-Size"), "sha256": headers.get("X-Linked-Etag", "").strip('"')}


def _site(address: str) -> str:
    """An endpoint without credentials."""
    pieces = urlsplit(address)
    return f"{pieces.scheme}://{pieces.netloc.rpartition('@')[2]}{pieces.path}"
