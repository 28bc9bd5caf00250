"""What a key means."""

from __future__ import annotations

import pytest

from roleagent.lore.keys import contains, folded, is_word_key, regex_literal


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("/a/i", ("a", "i")),
        (r"/a\/b/", (r"a\/b", "")),
        ("/a/b/", None),
        ("//", None),
        ("/a/z", None),
        ("a/b", None),
        ("/usr/bin", None),
    ],
)
def test_a_pattern_stands_between_slashes(key, parts):
    """Anything else is a plain key."""
    assert regex_literal(key) == parts


@pytest.mark.parametrize(
    ("text", "key", "whole", "hit"),
    [
        ("the king's", "king", True, True),
        ("kings", "king", True, False),
        ("kings king", "king", True, True),
        ("c++!", "c++", True, True),
        ("naïveté", "naïvet", True, False),
        ("रामायण", "राम", True, False),
        ("我认识holmes先生", "holmes", True, True),
        ("STRASSE", "straße", False, True),
        ("cafe\u0301", "café", True, True),
        ("holmes’s", "holmes's", True, True),
        ("a", "", False, False),
    ],
)
def test_words_end_where_no_letter_goes_on(text, key, whole, hit):
    """In any script; a character of a script without spaces is a word of its own."""
    assert contains(folded(text), folded(key), whole=whole) == hit


def test_only_single_words_of_spaced_scripts_are_word_keys():
    """As the readers in use have it."""
    assert [is_word_key(key) for key in ("king", "red king", "龙", "ドラゴン", "мир")] == [
        True,
        False,
        False,
        False,
        True,
    ]
