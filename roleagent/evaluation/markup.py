"""Elements of a page, in which no foreign text can become markup or mislead the eye."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, tostring

from roleagent.language.unicode import repaired

Child = Element | str | None

_UNSEEN = re.compile("([\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff])")
"""Control characters, and those that turn the direction of the text after them."""


def element(tag: str, *children: Child, **attributes: str) -> Element:
    """An element of HTML; its texts and attributes are escaped when the page is written.

    Args:
        tag: its name.
        children: what it holds; None is left out.
        attributes: by name, ``_`` for ``-`` and with one at the end where Python has a word of that name.

    >>> page_text(element("p", "1 < 2 ", element("b", "so"), class_="note"))
    '<p class="note">1 &lt; 2 <b>so</b></p>'
    """
    made = Element(tag, {name.rstrip("_").replace("_", "-"): shown(it) for name, it in attributes.items()})
    for child in children:
        if isinstance(child, str):
            _append(made, shown(child))
        elif child is not None:
            made.append(child)
    return made


def quoted(tag: str, text: str, *, lang: str = "", **attributes: str) -> Element:
    r"""An element for foreign words: in their language and direction, unseen characters by their numbers.

    >>> page_text(quoted("q", "a\u202eb", lang="en"))
    '<q dir="auto" lang="en">a<span class="sign">U+202E</span>b</q>'
    """
    pieces = _UNSEEN.split(repaired(text))
    children: list[Child] = [
        element("span", f"U+{ord(piece):04X}", class_="sign") if at % 2 else piece
        for at, piece in enumerate(pieces)
    ]
    return element(tag, *children, dir="auto", **({"lang": lang} if lang else {}), **attributes)


def listed(texts: Iterable[str], **attributes: str) -> Element | None:
    """A list of foreign texts; None if there are none."""
    items = [quoted("li", text) for text in texts]
    return element("ul", *items, **attributes) if items else None


def shown(text: str) -> str:
    """A text without characters that are not seen; they are replaced by U+FFFD."""
    return _UNSEEN.sub("\ufffd", repaired(text))


def page_text(root: Element) -> str:
    """An element as HTML."""
    return tostring(root, encoding="unicode", method="html")


def _append(parent: Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
