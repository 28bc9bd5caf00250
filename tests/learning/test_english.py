"""English sentences and what they claim of the speaker; benchmarks/extraction.py holds many more."""

from __future__ import annotations

from datetime import date

import pytest

from roleagent.learning.statements import claim_label
from roleagent.learning.updater import read_all_claims

TODAY = date(2026, 3, 1)


def said(text: str) -> list[str]:
    return [
        f"{'no ' if claim.ends else ''}{claim.relation} {claim_label(claim)}".strip()
        for claim in read_all_claims(text, TODAY)
    ]


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("My name is Ann and I live in the Netherlands.", ["is_called Ann", "lives_in the Netherlands"]),
        ("i live in paris", ["lives_in Paris"]),
        ("I'm a 30-year-old nurse from Leeds.", ["comes_from Leeds", "aged 30", "works_as nurse"]),
        ("I was born on 12 May 1990 in Vienna.", ["born_in Vienna", "born_on 1990-05-12"]),
        ("I like tea, coffee and chess, but not rain.", ["likes tea", "likes coffee", "likes chess"]),
        ("I have two dogs, Rex and Bella.", ["has_pet Rex (dog)", "has_pet Bella (dog)"]),
        ("I no longer work at Google.", ["no works_at Google"]),
        ("I live in Lyon, do you know it?", ["lives_in Lyon"]),
        ("I live on Mars. Just kidding, I live in Bath.", ["lives_in Bath"]),
    ],
)
def test_plain_statements_are_read(text, claims):
    """These are the ways people introduce themselves."""
    assert said(text) == claims


@pytest.mark.parametrize(
    "text",
    [
        "Do I live in Lyon?",
        "I live in Lyon, right?",
        "If I live in Lyon, I need a car.",
        "My friend thinks I live in Rome.",
        "My friend lives in Rome.",
        'He said "I live in Rome with my cat and my name is Tom".',
        "Imagine I am a king. My name is Arthur.",
        "I'm the Queen and I live in Windsor. Just kidding!",
        "I am not from Lyon.",
        "I live in fear.",
        "I like you.",
        "I'm a bit tired.",
        "Call me tomorrow.",
        "I would love to live in Rome.",
        "In my novel I am a detective and I live in Paris.",
    ],
)
def test_traps_are_not_read(text):
    """A wrong memory is worse than none."""
    assert said(text) == []
