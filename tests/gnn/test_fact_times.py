"""When facts held, as the network reads it."""

from __future__ import annotations

import numpy as np
import pytest

from roleagent.gnn.fact_times import times_of
from roleagent.types import Fact


def fact(number: int, since: str | None, until: str | None, relation: str = "lives_in") -> Fact:
    return Fact(
        id=str(number),
        subject="ada",
        relation=relation,
        object=f"place {number}",
        text="Ada lives there.",
        valid_from=since,
        valid_to=until,
    )


FACTS = (
    fact(0, "1900", None),
    fact(1, "1890", "1900"),
    fact(2, "1880-05", "1890-03-01"),
    fact(3, None, None),
    fact(4, None, "1870", relation="works_at"),
)


def test_what_is_over_is_told_from_what_holds():
    """By the end alone."""
    assert times_of(FACTS).ended.tolist() == [0, 1, 1, 0, 1]


def test_the_last_of_what_is_over_is_known_for_each_relation():
    """That is what "before" means."""
    assert times_of(FACTS).ended_last.tolist() == [0, 1, 0, 0, 1]


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        ("Where did you live in 1895?", [-1, 1, -1, 0, -1]),
        ("Where did you live in 1885?", [-1, -1, 1, 0, -1]),
        ("And in 1850 or 1901?", [1, -1, -1, 0, 1]),
        ("1895年你住在哪里？", [-1, 1, -1, 0, -1]),
        ("I paid 1,895 pounds, or 1895.50.", [0, 0, 0, 0, 0]),
        ("Where do you live?", [0, 0, 0, 0, 0]),
        ("I have lived here for 20年.", [0, 0, 0, 0, 0]),
        ("公元前1895年你住在哪里？", [-1, -1, -1, 0, 1]),
    ],
)
def test_a_year_fits_the_facts_that_held_in_it(said: str, fits: list[int]):
    """A fact without dates is neither in nor out."""
    assert times_of(FACTS).fit(said).tolist() == fits


def test_what_happened_at_a_date_fits_no_later_year():
    """Where somebody was in 1892 is not told by a concert of 1890."""
    concert = fact(0, "1890", None, relation="visited")
    assert times_of([concert]).fit("Where were you in 1892?").tolist() == [1]
    times = times_of([concert, *FACTS], moments=["visited"])
    assert times.fit("Where were you in 1892?")[0] == -1
    assert times.fit("Where were you in 1890?")[0] == 1


def test_there_need_be_no_facts():
    """All numbers are as many as the facts."""
    times = times_of(())
    assert times.ended.shape == times.fit("in 1890").shape == (0,)
    assert np.isfinite(times.fit("in 1890")).all()
