"""JavaScript's regular expressions mean here what they mean there."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.lore.keys import compiled


@pytest.mark.parametrize(
    ("source", "flags", "text", "hit"),
    [
        (r"drag(?:on|ons)\b", "i", "DRAGONS!", True),
        (r"\bking\b", "", "kings", False),
        (r"\w", "", "é", False),
        (r"^\d{2,3}$", "", "1234", False),
        (r"^b", "", "a\nb", False),
        (r"^b", "m", "a\nb", True),
        (r"a.b", "", "a\nb", False),
        (r"a.b", "s", "a\nb", True),
        (r"(?<n>[ab])\k<n>", "", "xbb", True),
        (r"(a)(b)\2", "", "abb", True),
        (r"(?<!un)happy", "", "unhappy", False),
        (r"[^\W\d]{2}", "", "1a2b", False),
        (r"[^]", "", "\n", True),
        (r"[]", "", "a", False),
        (r"[[&&]", "", "&", True),
        (r"a{e<=1}", "", "b", False),
        (r"\p{Script=Han}", "u", "汉", True),
        (r"\u{1F600}\x41\u0042", "u", "😀AB", True),
        (r"\/\-", "", "/-", True),
        (r"[\d\-x]+", "", "-", True),
        (r"a+?", "", "a", True),
    ],
)
def test_a_pattern_matches_as_in_a_browser(source, flags, text, hit):
    """Flags i, m, s and u; classes, groups, look-arounds, back-references, escapes."""
    assert bool(compiled(source, flags).search(text)) == hit


@pytest.mark.parametrize(
    ("source", "flags", "problem"),
    [
        ("(", "", "a group is not closed"),
        (")", "", "closes no group"),
        ("[a", "", "is not closed"),
        ("a++", "", "nothing to repeat"),
        ("(?>a)", "", "begins no group"),
        ("(?R)", "", "begins no group"),
        ("a\\", "", "ends with a backslash"),
        ("[z-a]", "", "bad character range"),
        ("a", "x", "the flag 'x'"),
        ("a", "ii", "given twice"),
        ("a{1001}", "", "more than 1000 times"),
        ("((a{1000}){1000}){1000}", "", "multiply"),
        ("a" * 2001, "", "more than 2000 characters"),
        ("(" * 500 + ")" * 500, "", "more than 100 groups"),
    ],
)
def test_what_is_no_pattern_is_told_why(source, flags, problem):
    """Nothing but JavaScript's own grammar gets through, and nothing that is too large."""
    assert problem in compiled(source, flags)


@given(source=st.text(alphabet="ab(){}[]?*+|\\^$.<>=!:,-019dwsbukxp&~#P", max_size=30))
def test_any_text_compiles_or_is_refused(source):
    """Quickly, in either case."""
    start = time.thread_time()
    made = compiled(source, "iu")
    if not isinstance(made, str):
        made.search(source, timeout=1)
    assert time.thread_time() - start < 1
