"""Elements of a page, in which no foreign text can become markup or mislead the eye."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, tostring

from roleagent.language.unicode import repaired

if TYPE_CHECKING:
    import regex

Child = Element | str | None

_EMOJI = r"\p{Extended_Pictographic}\p{Emoji_Modifier}"
_JOINED = rf"{_EMOJI}\p{{M}}[\p{{Lo}}--[\p{{Han}}\p{{Hiragana}}\p{{Katakana}}\p{{Hangul}}]]"
"""What a joiner may follow: emoji, and letters of scripts that need it, such as Arabic and Devanagari."""


@cache
def _unseen() -> regex.Pattern[str]:
    """What a reader does not see, or what turns the direction of the text after it.

    A joiner or a selector of a glyph counts only where it has nothing to do.
    """
    import regex

    ignorable = r"\p{Default_Ignorable_Code_Point}--[\u200c\u200d\ufe0e\ufe0f]"
    return regex.compile(
        rf"([[\p{{Cc}}--[\t\n]]\p{{Zl}}\p{{Zp}}[{ignorable}]\u2800\ufff9-\ufffb\ufffe\uffff]"
        rf"|(?<![{_JOINED}])[\u200c\u200d]|(?<!\p{{Emoji}})[\ufe0e\ufe0f])",
        regex.V1,
    )


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
    pieces = _unseen().split(repaired(text))
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
    return _unseen().sub("\ufffd", repaired(text))


def page_text(root: Element) -> str:
    """An element as HTML."""
    return tostring(root, encoding="unicode", method="html")


def _append(parent: Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
