"""What a model is told of a tool's result: text as it is, and never bytes."""

from __future__ import annotations

import base64
import io
import json
import time
from collections import namedtuple
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from PIL import Image
from pydantic import BaseModel

from roleagent.workflow.tool_results import MAX_PICTURES, as_told


def png(size: tuple[int, int] = (40, 30)) -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise(size, 80).save(buffer, "png")
    return buffer.getvalue()


PNG = png()
B64 = base64.b64encode(PNG).decode()
NOTE = "[a picture, image/png, 1 kB]"


def told(result: Any, max_chars: int = 8_000) -> str:
    return as_told(result, max_chars=max_chars).text


class Card(BaseModel):
    title: str
    face: bytes


@dataclass
class Report:
    day: date
    chart: bytes


Point = namedtuple("Point", "x y")

PICTURES = {
    "LangChain": {"type": "image", "base64": B64, "mime_type": "image/png"},
    "MCP": {"type": "image", "data": B64, "mimeType": "image/png"},
    "OpenAI": {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{B64}"}},
    "OpenAI's responses": {"type": "input_image", "image_url": f"data:image/png;base64,{B64}"},
    "Anthropic": {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": B64}},
    "a file": {"type": "file", "mime_type": "image/png", "base64": B64},
    "a resource of MCP": {
        "type": "resource",
        "resource": {"uri": "a:b", "mimeType": "image/png", "blob": B64},
    },
    "bytes in a block": {"type": "image", "data": PNG},
}


@pytest.mark.parametrize("kind", PICTURES)
def test_text_stays_and_a_picture_is_noted(kind: str):
    """Eight thousand characters of base64 tell a model nothing and fill its context."""
    assert len(PNG) in range(1_000, 1_500)
    assert told([{"type": "text", "text": "Sales"}, PICTURES[kind], "Done."]) == f"Sales\n{NOTE}\nDone."


@pytest.mark.parametrize("kind", PICTURES)
def test_a_model_that_sees_is_given_the_picture(kind: str):
    """It can look for itself."""
    seen = as_told([PICTURES[kind]], max_chars=100, sees=True)
    assert len(seen.pictures) == 1
    assert seen.pictures[0].startswith("data:image/")


@pytest.mark.parametrize(
    "result",
    [
        PNG,
        bytearray(PNG),
        memoryview(PNG),
        io.BytesIO(PNG),
        B64,
        f"data:image/png;base64,{B64}",
        f"data:image/png;name=a.png;base64,{B64}",
        "\n".join(B64[at : at + 76] for at in range(0, len(B64), 76)),
        B64.replace("+", "-").replace("/", "_").rstrip("="),
        B64.replace("/", "\\/"),
    ],
)
def test_a_picture_alone_is_a_note(result: Any):
    """In whatever form it comes."""
    assert told(result).strip() == NOTE
    assert len(as_told(result, max_chars=100, sees=True).pictures) == 1


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"day": 1, "chart": PNG}, {"day": 1, "chart": NOTE}),
        ({"charts": [{"png": B64}, (PNG,)]}, {"charts": [{"png": NOTE}, [NOTE]]}),
        (Report(day=date(2026, 5, 1), chart=PNG), {"day": "2026-05-01", "chart": NOTE}),
        (Card(title="Ace", face=PNG), {"title": "Ace", "face": NOTE}),
        (json.dumps({"title": "Ass", "face": B64}), {"title": "Ass", "face": NOTE}),
        (Point(1, b"\x00\xff" * 50), {"x": 1, "y": "[data, 100 B]"}),
    ],
)
def test_what_is_nested_is_json_with_notes(result: Any, expected: Any):
    """Names and numbers are worth reading."""
    assert json.loads(told(result)) == expected


def test_chinese_stays_readable():
    """Escapes cost six characters each."""
    assert told({"城市": "北京"}) == '{"城市": "北京"}'


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (b"%PDF-1.7" + b"\x00" * 2_000, "[data, application/pdf, 2 kB]"),
        (b"OggS" + b"\x00" * 2_000, "[a recording, audio/ogg, 2 kB]"),
        (b"RIFF\x00\x00\x00\x00WAVE" + b"\x00" * 5_000_000, "[a recording, audio/wav, 5.0 MB]"),
        (b"\xfe\xed" * 10, "[data, 20 B]"),
        ("06:12 – 潮".encode(), "06:12 – 潮"),
    ],
)
def test_other_bytes_are_named_by_kind_and_size(data: bytes, note: str):
    """Bytes that are text are read as such."""
    assert told(data) == note


def test_a_pillow_picture_is_shown_or_noted():
    """Plotting functions give such objects."""
    picture = Image.new("RGBA", (3_000, 20))
    assert told([picture]) == '["[a picture, 3000 × 20 pixels]"]'
    (url,) = as_told(picture, max_chars=100, sees=True).pictures
    shown = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
    assert max(shown.size) == 1_024


def test_pictures_are_few_and_whole():
    """A broken picture would make the vendor refuse the whole request."""
    assert len(as_told([PNG] * 9, max_chars=100, sees=True).pictures) == MAX_PICTURES
    broken = as_told([PNG[:60], "iVBORw0KGgo" * 500], max_chars=200, sees=True)
    assert broken.pictures == ()
    assert broken.text.count("[a picture") == 2


@pytest.mark.parametrize(
    "text",
    [
        "high water at 06:12",
        "x" * 3_000,
        "deadbeef" * 500,
        "/usr/local/lib/Python3/" * 20,
        "sha256:" + "0aF" * 21,
        "data:text/plain,hello there",
        "潮" * 2_000,
    ],
)
def test_text_is_left_alone(text: str):
    """Long names and sums of files are no pictures."""
    assert told(text) == text


@pytest.mark.parametrize("result", [{"type": "image", "url": "https://a.b/c.png"}, "https://a.b/c.png"])
def test_an_address_stays(result: Any):
    """It may be what the user wants, and nothing is fetched."""
    assert "https://a.b/c.png" in told([result])


def test_text_of_a_resource_is_read():
    """MCP servers give files of text so."""
    block = {
        "type": "resource",
        "resource": {"uri": "file:///a.md", "mimeType": "text/markdown", "text": "# A"},
    }
    assert told([block]) == "file:///a.md\n# A"


def test_huge_and_endless_values_are_bounded():
    """A tool may give a whole table, or a list that holds itself."""
    endless: list[Any] = []
    endless.append(endless)
    began = time.thread_time()
    assert told(list(range(2_000_000))).startswith("[0, 1, 2,")
    assert "…" in told(endless)
    assert len(told({str(number): "x" for number in range(200_000)})) == 8_000
    assert time.thread_time() - began < 2


@pytest.mark.parametrize(
    "hostile", ["A" * 39 + " ", "data:", "data:a/b;c=d", "{", 'aB3"', "A" * 40 + "\n", "\\/", "base64,"]
)
def test_reading_is_linear(hostile: str):
    """Results come from foreign programs."""

    def seconds(times: int) -> float:
        began = time.thread_time()
        told(hostile * times)
        return time.thread_time() - began

    assert seconds(40_000) < 20 * max(seconds(10_000), 0.005)
