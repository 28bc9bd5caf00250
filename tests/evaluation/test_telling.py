"""Whether a text tells a fact, decided by names, aliases, numbers, dates and words."""

from __future__ import annotations

import pytest

from roleagent.evaluation.telling import says, tells
from roleagent.formats.load import load_persona
from tests.evaluation.cast import persona


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("I am forty-one, sir.", "41"),
        ("Forty one summers.", "41"),
        ("It costs 1,150 euros.", "1150"),
        ("In 1891, at the falls.", "1891"),
        ("On the 22nd of September, 1791.", "1791-09-22"),
        ("September 22, 1791, they tell me.", "1791-09-22"),
        ("My birthday? The 22nd of September.", "1791-09-22"),
        ("In 1791, I believe.", "1791-09-22"),
        ("I moved here in 1850. I was born in March 1811.", "1811-03-02"),
        ("Mycroft, my elder brother.", "Mycroft Holmes"),
        ("It’s on Baker street.", "Baker Street"),
        ("He is a clock-maker.", "clock-maker"),
        ("I keep a greyhound named Pepper.", "Pepper"),
        ("It leaves at 17:45.", "17:45"),
        ("She was working the bees.", "works bees"),
        ("我今年四十一岁。", "41"),
        ("俺老家在花果山水帘洞。", "花果山"),
        ("在方寸山的斜月三星洞。", "灵台方寸山斜月三星洞"),
    ],
)
def test_a_value_is_found_in_other_words(text: str, value: str):
    """A right answer in the character's own words must count."""
    assert says(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("I am forty.", "41"),
        ("I have 141 of them.", "41"),
        ("On the 23rd of September, 1791.", "1791-09-22"),
        ("In September, perhaps.", "1791-09-22"),
        ("Watson lives here.", "London"),
        ("I live in Charles Street.", "Baker Street"),
        ("At the Royal Society.", "the Royal Institution"),
        ("He mends clocks with a hammer.", "clockmaker"),
        ("It leaves at 17:54.", "17:45"),
        ("俺不晓得。", "花果山"),
        ("花果", "花果山"),
        ("", "Pepper"),
    ],
)
def test_another_value_is_not_taken_for_it(text: str, value: str):
    """A wrong answer must not pass because it looks alike."""
    assert not says(text, value)


def test_a_fact_is_told_by_its_object_or_by_its_sentence():
    """A reply names a node by its label or an alias, or says the whole sentence in other words."""
    graph = load_persona("holmes").graph
    tobacco = graph.facts["tobacco.kept_in.persian_slipper"]
    assert tells("In the toe of my Persian slipper.", tobacco, graph)
    assert not tells("In the coal-scuttle.", tobacco, graph)
    watson = graph.facts["watson.took_part_in.maiwand"]
    assert tells("He served in Afghanistan as a surgeon and was wounded in 1880.", watson, graph)
    assert not tells("He is a good fellow.", watson, graph)


def test_a_shared_family_name_tells_nothing():
    """Saying "I am Marta Quill" does not say who her brother Tobias Quill is."""
    graph = persona().graph
    brother = graph.facts["marta.sibling_of.tobias"]
    assert tells("Tobias, and he snores.", brother, graph)
    assert not tells("I am Marta Quill.", brother, graph)
