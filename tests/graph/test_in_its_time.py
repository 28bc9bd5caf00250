"""A fact that is over is told with its time, unless its sentence says it."""

from __future__ import annotations

import pytest

from roleagent.graph.schema import in_its_time
from roleagent.types import Fact


@pytest.mark.parametrize(
    ("text", "since", "until", "told"),
    [
        ("Ada lives in Riga.", None, None, "Ada lives in Riga."),
        ("Ada lives in Riga.", "1870", None, "Ada lives in Riga."),
        ("Ada lives in Riga.", "1870", "1879", "Ada lives in Riga (1870 to 1879)."),
        ("Until 1879 Ada lived in Riga.", None, "1879-03", "Until 1879 Ada lived in Riga."),
        ("Ada lives in 18791 Riga Road.", None, "1879", "Ada lives in 18791 Riga Road (until 1879)."),
        ("Ada lives in house 12.", None, "0012", "Ada lives in house 12 (until 12)."),
        ("Ada lives in Riga.", "-0469", "-0420", "Ada lives in Riga (469 BC to 420 BC)."),
        ("艾达住在里加。", None, "-0420", "艾达住在里加（至公元前420）。"),
        ("Where Ada lives!", None, "1879-05-04", "Where Ada lives (until 1879-05-04)!"),
    ],
)
def test_a_fact_is_told_in_its_time(text: str, since: str | None, until: str | None, told: str):
    """Years as people write them."""
    fact = Fact(
        id="a", subject="ada", relation="lives_in", object="riga", text=text, valid_from=since, valid_to=until
    )
    assert in_its_time(fact) == told
