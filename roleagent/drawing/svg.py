"""A persona graph as a static SVG picture."""

from __future__ import annotations

import math
import os
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from roleagent.drawing.layout import Box, Link, Picture, colour_of, lay_out, text_width
from roleagent.errors import ConfigurationError, MissingExtraError, StoreError
from roleagent.graph.visibility import secrecy
from roleagent.persona.persona import Persona
from roleagent.types import Fact

_MARGIN = 40.0
_HEAD = 90.0  # height of title and legend
FONT = (
    "system-ui, 'Segoe UI', 'Helvetica Neue', 'Noto Sans', 'DejaVu Sans', 'Liberation Sans', Arial, "
    "'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', 'WenQuanYi Zen Hei', "
    "sans-serif"
)
_SAMPLE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90">'
    f'<text x="9" y="70" font-size="60" font-family="{FONT}">{{char}}</text></svg>'
)
_NO_LETTER = "\U0010fffd"  # a private-use code point: drawn like any character that no font has
_WORDS_SIZE = 10.0  # font size of relation words
_LIT_WORDS_SIZE = 14.0
_WORDS_AT = (0.5, 0.4, 0.6, 0.3, 0.7)  # where on a curve they may stand
_INK, _FAINT, _GROUND, _SECRET = "#1f2733", "#8b95a5", "#fdfdfb", "#b3261e"
_SOFT = "#5b6676"
_LIT = "#c2410c"


def draw_svg(
    persona: Persona, path: str | os.PathLike[str], *, asked: str = "", in_mind: Sequence[Fact] = ()
) -> None:
    """Write a picture of a persona's graph.

    Relation words are left out where they would cover something.

    Args:
        persona: whose graph.
        path: of the file.
        asked: what was said, for the heading.
        in_mind: facts that it brought to mind, such as `reply.grounds.facts`. They stand out with their
            scores, and so do those that lifted them; the rest is pale.

    Raises:
        StoreError: the file cannot be written.
    """
    write_picture(path, svg_text(persona, asked=asked, in_mind=in_mind))


def draw_png(
    persona: Persona, path: str | os.PathLike[str], *, asked: str = "", in_mind: Sequence[Fact] = ()
) -> None:
    """Write the same picture as PNG; its words need fonts on this machine.

    Args:
        persona: whose graph.
        path: of the file.
        asked: see `draw_svg`.
        in_mind: see `draw_svg`.

    Raises:
        ConfigurationError: no font of this machine has the characters.
        MissingExtraError: the package that paints is not installed.
        StoreError: the file cannot be written.
    """
    labels = "".join(node.label for node in persona.graph.nodes.values())
    picture = svg_text(persona, asked=asked, in_mind=in_mind)
    write_picture(path, png_of(picture, words=persona.name + labels + asked, path=path))


def png_of(svg: str, *, words: str, path: str | os.PathLike[str]) -> bytes:
    """An SVG picture painted, as the bytes of a PNG file.

    Args:
        svg: the text of the picture.
        words: those in it, which need fonts on this machine.
        path: where it is to go, for the message of an error.

    Raises:
        ConfigurationError: no font of this machine has the characters.
        MissingExtraError: the package that paints is not installed.
    """
    try:
        import resvg_py
    except ImportError as error:
        raise MissingExtraError(
            "Drawing a PNG needs resvg-py. Install it: pip install 'roleagent[draw]', or draw an .svg."
        ) from error
    for char in _one_of_each_script(words):
        drawn, missing = (
            bytes(resvg_py.svg_to_bytes(svg_string=_SAMPLE.format(char=each))) for each in (char, _NO_LETTER)
        )
        if drawn == missing:
            raise ConfigurationError(
                f"No font on this machine has {char!r}, so it would be missing in {os.fspath(path)!r}. "
                "Draw an .svg or .html, or install a font, such as fonts-dejavu or fonts-noto-cjk."
            )
    return bytes(resvg_py.svg_to_bytes(svg_string=svg))


def _one_of_each_script(text: str) -> Iterator[str]:
    """A letter or ideograph of each script in a text, told by the first word of its Unicode name."""
    found = dict[str, str]()
    for char in text:
        if char.isalpha():
            found.setdefault(unicodedata.name(char, "").partition(" ")[0], char)
    yield from found.values()


def write_picture(path: str | os.PathLike[str], picture: str | bytes) -> None:
    """Write a picture's text or bytes.

    Raises:
        StoreError: the file cannot be written.
    """
    content = picture.encode() if isinstance(picture, str) else picture
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        raise StoreError(f"{os.fspath(path)!r} cannot be written: {error.strerror}.") from error


def svg_text(persona: Persona, *, asked: str = "", in_mind: Sequence[Fact] = ()) -> str:
    """The picture as the text of an SVG file."""
    picture = lay_out(persona)
    frame = _frame_of(picture)
    light = _Light.of(in_mind, persona) if in_mind else None
    return "\n".join(
        (
            _opening(frame, persona),
            *_head(persona, picture, frame, asked),
            *_links(picture, persona.node_id, light),
            *(_box(box, is_own=box.node.id == persona.node_id, light=light) for box in picture.boxes),
            "</svg>\n",
        )
    )


@dataclass(frozen=True, slots=True)
class _Light:
    """What stands out.

    Attributes:
        scores: of the facts, by id; None for those that only lifted others.
        nodes: ids of their ends.
    """

    scores: Mapping[str, float | None]
    nodes: Collection[str]

    @classmethod
    def of(cls, in_mind: Sequence[Fact], persona: Persona) -> _Light:
        """Facts, and those that lifted them."""
        lifting = (fact_id for fact in in_mind for lift in fact.lifted_by for fact_id in lift.facts)
        scores: dict[str, float | None] = dict.fromkeys(lifting)
        scores |= {fact.id: fact.score for fact in in_mind}
        known = (persona.graph.facts[fact_id] for fact_id in scores if fact_id in persona.graph.facts)
        return cls(scores, {end for fact in known for end in (fact.subject, fact.object)})

    def note(self, fact_id: str) -> str:
        """A fact's score, to stand beside its relation."""
        score = self.scores.get(fact_id)
        return "" if score is None else f" {score:.2f}"


# ── frame, title, legend ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Frame:
    left: float
    top: float
    width: float
    height: float


def _frame_of(picture: Picture) -> _Frame:
    left = min(box.x - box.width / 2 for box in picture.boxes) - _MARGIN
    right = max(box.x + box.width / 2 for box in picture.boxes) + _MARGIN
    top = min(box.y - box.height / 2 for box in picture.boxes) - _MARGIN - _HEAD
    bottom = max(box.y + box.height / 2 for box in picture.boxes) + _MARGIN
    width = max(right - left, 640.0)
    return _Frame((left + right - width) / 2, top, width, bottom - top)


def _opening(frame: _Frame, persona: Persona) -> str:
    view = f"{frame.left:.0f} {frame.top:.0f} {frame.width:.0f} {frame.height:.0f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}" width="{frame.width:.0f}" '
        f'height="{frame.height:.0f}" font-family="{FONT}" role="img">\n'
        f"<title>{escape(persona.name)}</title>\n"
        f'<rect x="{frame.left:.0f}" y="{frame.top:.0f}" width="{frame.width:.0f}" '
        f'height="{frame.height:.0f}" rx="14" fill="{_GROUND}"/>\n'
        f"<defs>{_tip('tip', 7, _FAINT)}{_tip('lit', 4, _LIT)}</defs>"
    )


def _tip(name: str, size: int, colour: str) -> str:
    """An arrowhead, in widths of its line."""
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="{size}" '
        f'markerHeight="{size}" orient="auto-start-reverse">'
        f'<path d="M0,1 L7,4 L0,7 Z" fill="{colour}"/></marker>'
    )


def _head(persona: Persona, picture: Picture, frame: _Frame, asked: str) -> Iterator[str]:
    left, top = frame.left + _MARGIN, frame.top + _MARGIN
    count = f"{len(persona.graph.nodes)} nodes, {len(persona.graph)} facts"
    if picture.num_hidden:
        count += f"; the {len(picture.boxes)} nodes nearest to {persona.name} are drawn"
    small = f'<tspan dx="18" font-size="13" font-weight="400" fill="{_FAINT}">{escape(count)}</tspan>'
    name = _text(persona.name, left, top + 14, size=26, colour=_INK, weight=700)
    yield name.replace("</text>", f"{small}</text>")
    if asked:
        yield _text(f"“{asked}”", left, top + 44, size=16, colour=_LIT, weight=600)
    else:
        yield from _legend(picture, left, top + 44, right=frame.left + frame.width - _MARGIN)


def _legend(picture: Picture, left: float, top: float, *, right: float) -> Iterator[str]:
    x, y = left, top
    types = Counter(box.node.type for box in picture.boxes)
    for node_type, count in types.most_common():
        words = f"{node_type.replace('_', ' ')} {count}"
        width = text_width(words, 12) + 40
        if x + width > right:
            x, y = left, y + 20
        yield f'<circle cx="{x + 5:.1f}" cy="{y - 4:.1f}" r="5" fill="{colour_of(node_type)}"/>'
        yield _text(words, x + 16, y, size=12, colour=_INK)
        x += width
    if any(secrecy(link.fact.visibility) for link in picture.links):
        yield (
            f'<path d="M{x:.1f},{y - 4:.1f} h24" fill="none" stroke="{_SECRET}" stroke-width="1.6" '
            'stroke-dasharray="1.5 3"/>'
        )
        yield _text("not for everybody", x + 30, y, size=12, colour=_SECRET)


def _text(
    words: str, x: float, y: float, *, size: float, colour: str, weight: int = 400, anchor: str = "start"
) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}" font-weight="{weight}"'
    return f'<text {place} text-anchor="{anchor}">{escape(words)}</text>'


# ── boxes ────────────────────────────────────────────────────────────────────────────────────


def _box(box: Box, *, is_own: bool, light: _Light | None) -> str:
    colour = colour_of(box.node.type)
    fill, ink = (colour, "#ffffff") if is_own else (tint(colour), _INK)
    hint = f"{box.node.label} ({box.node.type})" + (f": {box.node.description}" * bool(box.node.description))
    rect = (
        f'<rect x="{box.x - box.width / 2:.1f}" y="{box.y - box.height / 2:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="{box.height / 2:.1f}" fill="{fill}" stroke="{colour}" '
        f'stroke-width="{1.2 if box.node.type != "literal" else 0.8}"/>'
    )
    baseline = box.y + box.font_size * 0.35
    weight = 700 if is_own else 500 if box.degree > 2 else 400
    words = _text(box.label, box.x, baseline, size=box.font_size, colour=ink, weight=weight, anchor="middle")
    pale = ' opacity="0.25"' if light and not is_own and box.node.id not in light.nodes else ""
    return f"<g{pale}><title>{escape(hint)}</title>{rect}{words}</g>"


def tint(colour: str, share: float = 0.14) -> str:
    """A colour at some opacity on white.

    >>> tint("#ff0000", 0.5)
    '#ff7f7f'
    """
    channels = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return "#" + "".join(f"{int(255 - (255 - channel) * share):02x}" for channel in channels)


# ── links ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Curve:
    """A quadratic curve from one box's edge to another's."""

    start: tuple[float, float]
    bow: tuple[float, float]
    end: tuple[float, float]

    def at(self, share: float) -> tuple[float, float]:
        """The point at a share 0-1 of the way."""
        near, mid, far = (1 - share) ** 2, 2 * share * (1 - share), share**2
        x, y = (near * self.start[axis] + mid * self.bow[axis] + far * self.end[axis] for axis in (0, 1))
        return x, y


def _links(picture: Picture, own_id: str, light: _Light | None) -> Iterator[str]:
    boxes = {box.node.id: box for box in picture.boxes}
    curves = [_curve(link, boxes) for link in picture.links]
    for link, curve in zip(picture.links, curves, strict=True):
        yield _line(link, curve, boxes, light)
    seen = [box for box in picture.boxes if light is None or box.node.id in light.nodes]
    taken = _Taken([(box.x, box.y, box.width, box.height) for box in seen])
    size = _WORDS_SIZE if light is None else _LIT_WORDS_SIZE
    order = sorted(
        range(len(curves)), key=lambda number: own_id in (picture.links[number].fact.subject, own_id)
    )
    for number in order:
        link = picture.links[number]
        if light is None or link.fact.id in light.scores:
            note = light.note(link.fact.id) if light else ""
            yield from _words(f"{link.words}{note}", link.fact, curves[number], taken, size)


def _curve(link: Link, boxes: Mapping[str, Box]) -> _Curve:
    source, target = boxes[link.fact.subject], boxes[link.fact.object]
    across, down = target.x - source.x, target.y - source.y
    middle = (source.x + target.x) / 2, (source.y + target.y) / 2
    bow = middle[0] - down * link.bend, middle[1] + across * link.bend
    return _Curve(_border(source, bow), bow, _border(target, bow))


def _border(box: Box, towards: tuple[float, float]) -> tuple[float, float]:
    """Where the line from a box's middle to a point leaves the box."""
    across, down = towards[0] - box.x, towards[1] - box.y
    sideways = abs(across) / (box.width / 2 + 2)
    upright = abs(down) / (box.height / 2 + 2)
    reach = 1 / max(sideways, upright, 1e-9)
    return box.x + across * reach, box.y + down * reach


def _line(link: Link, curve: _Curve, boxes: Mapping[str, Box], light: _Light | None) -> str:
    colour = colour_of(boxes[link.fact.object].node.type)
    points = (f"{x:.1f},{y:.1f}" for x, y in (curve.start, curve.bow, curve.end))
    start, bow, end = points
    tip = "" if link.is_symmetric else ' marker-end="url(#tip)"'
    dashes = ' stroke-dasharray="5 4"' if link.fact.valid_to else ""
    secret = secrecy(link.fact.visibility)
    if secret:
        colour, dashes = _SECRET, dashes or ' stroke-dasharray="1.5 3"'
    hint = f"{link.fact.text} ({secret})" if secret else link.fact.text
    opacity, width = (0.45, 1.2) if light is None else (0.12, 1.2)
    if light and link.fact.id in light.scores:
        colour, opacity, tip = _LIT, 0.95, tip.replace("#tip", "#lit")
        width = 1.8 if light.scores[link.fact.id] is None else 3.2
    return (
        f'<g><title>{escape(hint)}</title><path d="M{start} Q{bow} {end}" fill="none" '
        f'stroke="{colour}" stroke-opacity="{opacity}" stroke-width="{width}"{dashes}{tip}/></g>'
    )


class _Taken:
    """The covered parts of a picture, as boxes: the middle, the width and the height."""

    def __init__(self, boxes: list[tuple[float, float, float, float]]) -> None:
        self._boxes = boxes

    def take(self, x: float, y: float, width: float, height: float) -> bool:
        """Take a place if it is free; say whether it was."""
        free = all(
            abs(x - left) >= (width + wide) / 2 or abs(y - top) >= (height + high) / 2
            for left, top, wide, high in self._boxes
        )
        if free:
            self._boxes.append((x, y, width, height))
        return free


def _words(words: str, fact: Fact, curve: _Curve, taken: _Taken, size: float) -> Iterator[str]:
    width = text_width(words, size)
    ink = _SECRET if secrecy(fact.visibility) else _SOFT
    if width > math.dist(curve.start, curve.end) * 1.4:
        return
    for share in _WORDS_AT:
        x, y = curve.at(share)
        if taken.take(x, y, width + 4, size + 3):
            yield (
                f'<text x="{x:.1f}" y="{y + size * 0.35:.1f}" font-size="{size:g}" '
                f'fill="{ink}" text-anchor="middle" stroke="{_GROUND}" stroke-width="3" '
                f'paint-order="stroke">{escape(words)}</text>'
            )
            return
