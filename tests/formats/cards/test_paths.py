"""Files get paths that are safe everywhere and that tell what they are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from roleagent.formats.archives import extension_of, free_path, is_safe, made_path, media_type


def test_media_types_and_extensions():
    """What a browser must be told."""
    assert [media_type(ext) for ext in ("PNG", "jpg", "mp3", "webm", "risum", "unknown")] == [
        "image/png",
        "image/jpeg",
        "audio/mpeg",
        "video/webm",
        "application/octet-stream",
        "application/octet-stream",
    ]
    assert [extension_of(path) for path in ("a.PNG", "b", "c.d/e", "f.")] == ["png"] + ["unknown"] * 3


def test_a_free_path_is_like_the_one_that_is_taken():
    """Two files of one name are two files."""
    assert free_path("a/b.png", {"a/b.png", "a/b-2.png"}) == "a/b-3.png"
    assert free_path("a.x/b", {"a.x/b"}) == "a.x/b-2"


@given(kind=st.text(), name=st.text(), ext=st.text())
def test_made_paths_are_safe_whatever_they_are_made_of(kind, name, ext):
    """Names come from strangers."""
    path = made_path(kind, name, ext)
    assert is_safe(path)
    assert path.isascii()
