"""Claims are read off what is said in earnest, with who, what and whether it is denied."""

from __future__ import annotations

import pytest

from roleagent.critics.consistency import read_claims


def read(sentence: str, *templates: tuple[str, str]) -> set[tuple[str, str, str, bool]]:
    claims = read_claims(sentence, templates)
    return {(claim.subject, claim.relation, claim.value, claim.denied) for claim in claims}


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("I live in Paris.", ("I", "lives_in", "Paris", False)),
        ("You don't live in Paris.", ("you", "lives_in", "Paris", True)),
        ("Dr. Watson lives in Baker Street.", ("Watson", "lives_in", "Baker Street", False)),
        ("Watson's wife is Mary Morstan.", ("Watson", "married_to", "Mary Morstan", False)),
        ("I am forty years old.", ("I", "aged", "forty", False)),
        ("As a 32-year-old, I run.", ("I", "aged", "32", False)),
        ("我不住在上海。", ("I", "lives_in", "上海", True)),
        ("你的名字是小红。", ("you", "is_called", "小红", False)),
        ("我爹是王老五。", ("I", "has_father", "王老五", False)),
    ],
)
def test_a_claim_is_read_whole(sentence, claim) -> None:
    """A wrong subject or a lost "not" would turn truth into contradiction."""
    assert claim in read(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Do I live in Paris?",
        "You think I live in Paris.",
        "If I live in Paris, what then.",
        'She said "I live in Paris" twice.',
        "我住在巴黎吗？",
        "你以为我住在巴黎。",
    ],
)
def test_what_is_not_said_in_earnest_claims_nothing(sentence) -> None:
    """Questions, suppositions and quotations are nobody's claims."""
    assert read(sentence) == set()


def test_templates_are_read_in_both_persons() -> None:
    """A persona's own relations come without patterns."""
    template = ("kept_in", "{subject} is kept in {object}")
    assert ("The gold", "kept_in", "the cellar", False) in read("The gold is kept in the cellar.", template)
    assert ("I", "kept_in", "the cellar", False) in read("I am kept in the cellar.", template)
    assert read("I am kept in the cellar.", ("odd", "there is {object} for {subject}")) == set()
