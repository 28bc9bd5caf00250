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
        "Prudence by the way",
        "Prudence, by the way. How are you?",
        "It's Prudence, by the way.",
        "Names Prudence by the way",
        "Name's Prudence, by the way.",
        "The name's Prudence.",
        "Hello, the name's Prudence.",
        "Nice to meet you. Name's Prudence.",
        "Oh, and the name is Prudence by the way",
        "I'm Prudence by the way.",
        "Im Prudence btw",
        "my names Prudence",
        "Prudence here, by the way",
        "Prudence is my name.",
        "Prudence's the name.",
        "They all call me Prudence.",
    ],
)
def test_a_name_is_learned_however_it_is_dropped(text: str) -> None:
    """People who type give their names in passing, without a verb or an apostrophe."""
    assert said(text) == ["is_called Prudence"]


@pytest.mark.parametrize(
    "text",
    [
        "London by the way.",
        "Thanks Mira, by the way.",
        "Happy Birthday by the way.",
        "Tuesday by the way",
        "It's raining, by the way.",
        "Anna, by the way, sends her love.",
        "Anna by the way is my sister.",
        "Names are hard to remember.",
        "Names Anna and Bella are popular.",
        "Names Paris, London and Rome come up.",
        "Name one friend.",
        "Name's on the list.",
        "The name's not important.",
        "My dog is brown. Name's Biscuit.",
        "My sister is lovely. Prudence is the name.",
        "My name Prudence means wisdom.",
        "Prudence is the name of my boat.",
        "They call me names.",
        "They all call me when they need money.",
        "I'm late by the way.",
        "I'm Prudence's sister, by the way.",
        "Im fine by the way",
        "Same here.",
        "Come here!",
    ],
)
def test_what_only_sounds_like_a_name_is_none(text: str) -> None:
    """A user who is called Tuesday for the rest of their talks is worse off than one without a name."""
    assert not any(claim.startswith("is_called") for claim in said(text))


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
