"""The table of places knows what lies in what."""

from __future__ import annotations

import pytest

from roleagent.critics.agreement import places_in, with_surroundings


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a flat in Paris, France", {"Paris", "France"}),
        ("the United States", {"United States"}),
        ("a nice house", set()),
        ("a house in Nice", {"Nice"}),
        ("伦敦的贝克街", {"London", "Baker Street"}),
        ("Parisian ways", set()),
    ],
)
def test_places_are_found_by_any_of_their_names(text, places) -> None:
    """English and Chinese names stand for one place."""
    assert places_in(text) == places


def test_the_chain_leads_outward_and_ends() -> None:
    """What holds London holds Baker Street."""
    assert with_surroundings("Baker Street") == ("Baker Street", "London", "England", "Britain", "Europe")
    assert with_surroundings("Shenzhen") == ("Shenzhen", "Guangdong", "China", "Asia")
    assert with_surroundings("Atlantis") == ("Atlantis",)
