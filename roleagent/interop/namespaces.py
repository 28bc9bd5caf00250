"""Which persona and user a namespace of LangGraph's means.

    ("memories", PERSONA, USER, …)        what an application keeps, in namespaces of its own
    ("episodes", PERSONA, USER, THREAD)   what was said

A label cannot contain a full stop, but an id may (a mail address, for example), and a star stands for any
label. So `memory_namespace` writes ``.`` as ``%2E`` and so on in the labels of persona, user and thread. Ids
from outside must go through it; otherwise the id ``ada@example%2Ecom`` would be taken for another user.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from roleagent.errors import InputError
from roleagent.types import STRANGER, Owner, Sight

Labels = tuple[str, ...]
Root = Literal["memories", "episodes"]
ROOTS: tuple[Root, ...] = ("memories", "episodes")
_NUM_OWNER_LABELS = 3
_ESCAPES = {character: f"%{ord(character):02X}" for character in "%.*"}
_ESCAPED = re.compile("|".join(_ESCAPES.values()))
_WAY_OUT = (
    'Begin it with ("memories", PERSONA, USER), or ("episodes", PERSONA, USER) for what was said, as '
    "roleagent.interop.memory_namespace makes it: no memory is read or written without being told whose."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A namespace, as a place in the memory.

    Attributes:
        root: whether it holds items or episodes.
        prefix: the first three labels, as they were written.
        rest: the labels after them.
        owner: the persona and the user.
        sight: who asks, and when in the story.
    """

    root: Root
    prefix: Labels
    rest: Labels
    owner: Owner
    sight: Sight


def memory_namespace(persona_id: str, user_id: str, *rest: str, root: Root = "memories") -> Labels:
    """The namespace of a persona and a user; their ids may contain any characters.

    >>> memory_namespace("holmes", "ada@example.com", "likes")
    ('memories', 'holmes', 'ada@example%2Ecom', 'likes')
    """
    return (root, escape(persona_id), escape(user_id), *rest)


def place_of(namespace: Sequence[str], sight: Sight = STRANGER) -> Place:
    """Read a namespace, or the prefix of namespaces.

    Raises:
        InputError: it does not name a persona and a user, or does so ambiguously.
    """
    prefix = tuple(namespace[:_NUM_OWNER_LABELS])
    if len(prefix) < _NUM_OWNER_LABELS or prefix[0] not in ROOTS:
        raise InputError(f"The namespace {tuple(namespace)!r} names no persona and user. {_WAY_OUT}")
    owner = Owner(persona_id=unescape(prefix[1]), user_id=unescape(prefix[2]))
    rest = tuple(namespace[_NUM_OWNER_LABELS:])
    return Place(root=prefix[0], prefix=prefix, rest=rest, owner=owner, sight=sight)


def escape(id_: str) -> str:
    """An id as a label."""
    return "".join(_ESCAPES.get(character, character) for character in id_)


def unescape(label: str) -> str:
    """The inverse of `escape`.

    Raises:
        InputError: `escape` never returns this label, because it would be ambiguous.
    """
    id_ = _ESCAPED.sub(lambda match: chr(int(match[0][1:], 16)), label)
    if escape(id_) != label:
        raise InputError(f"The label {label!r} is no id as `memory_namespace` writes it. {_WAY_OUT}")
    return id_
