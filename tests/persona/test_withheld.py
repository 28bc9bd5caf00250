"""Which sentences tell what is withheld."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.persona.withheld import Teller, Withheld
from roleagent.types import Fact, Node

ADA = Node(id="ada", type="person", label="Ada")
GRAIL = Node(id="grail", type="artifact", label="the Grail", aliases=("the Cup",))
HIDES = Fact(
    id="f1", subject="bob", relation="hides", object="cellar", text="Bob hides in the cellar.", visibility=()
)
FEARS = Fact(
    id="f2", subject="ada", relation="fears", object="literal:fire", text="Ada fears fire.", visibility=()
)


def make_teller(*, year: int | None = None) -> Teller:
    return Teller(
        Withheld(
            facts=(HIDES, FEARS),
            nodes=(GRAIL,),
            own="ada",
            names={
                "ada": ("Ada",),
                "bob": ("Bob", "鲍勃"),
                "cellar": ("the cellar", "地窖"),
                "grail": (GRAIL.label, *GRAIL.aliases, "圣杯"),
                "literal:fire": ("fire",),
            },
            texts={"f1": (HIDES.text,), "f2": (FEARS.text,)},
            values=("literal:fire",),
            others=("the Grail Street", "London"),
            year=year,
        )
    )


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("You seek the Grail.", ("grail",)),
        ("You seek THE ＧＲＡＩＬ.", ("grail",)),
        ("The cup is near.", ("grail",)),
        ("Your Grail is near.", ("grail",)),
        ("你在找圣杯。", ("grail",)),
        ("You live in the Grail Street.", ()),
        ("Bob is a friend.", ()),
        ("The cellar is cold.", ()),
        ("Look for Bob in the cellar.", ("f1",)),
        ("鲍勃在地窖里。", ("f1",)),
        ("Know that Bob hides in the cellar, always.", ("f1",)),
    ],
)
def test_a_sentence_tells_by_gone_nodes_and_by_both_ends(sentence: str, told: tuple[str, ...]):
    """One end alone says nothing; names count in every script, case and width."""
    assert make_teller().told_by(sentence) == told


def test_the_character_counts_as_named_in_its_own_texts():
    """'You fear fire' does not name Ada, and tells of her."""
    assert make_teller().clean("You fear fire. You like tea.")[0] == "You like tea."


def test_what_the_sentence_before_names_counts():
    """A secret may be told over two sentences."""
    assert make_teller().clean("Where is Bob? In the cellar. It is cold.")[0] == "Where is Bob? It is cold."


def test_what_is_not_touched_stays_to_the_letter():
    """Spaces and line ends are the author's."""
    text = "  You like\ttea.\n\n* tea\n  and  biscuits  \n"
    assert make_teller().clean(text) == (text, ())


def test_what_is_left_keeps_its_lines():
    """A list stays a list."""
    assert make_teller().clean("- tea\n- the Grail\n- cake")[0] == "- tea\n- cake"


def test_years_to_come_tell():
    """A date is a secret of the time to come; numbers below 1000 and parts of numbers are none."""
    teller = make_teller(year=1891)
    text = "In 1894 you return. In 1890 you left. It costs 12,000 pounds."
    assert teller.clean(text)[0] == "In 1890 you left. It costs 12,000 pounds."


def test_two_nodes_of_one_name_both_count():
    """A shared name must not hide the second behind the first."""
    facts = (HIDES, Fact(id="f3", subject="bob2", relation="owns", object="horse", text="x y z"))
    names = {"bob": ("Bob",), "bob2": ("bob",), "cellar": ("cellar",), "horse": ("horse",)}
    teller = Teller(Withheld(facts=facts, nodes=(), own="ada", names=names, texts={}))
    assert teller.told_by("Bob, the cellar") == ("f1",)
    assert teller.told_by("Bob, the horse") == ("f3",)


@given(
    st.lists(st.sampled_from(["Bob.", " in the cellar", "the Grail!", "Tea?", "\n", " fire ", "火。", "…"]))
)
def test_nothing_that_is_left_tells(parts: list[str]):
    """Cleaning once is enough, whatever the text."""
    teller = make_teller()
    left, _ = teller.clean(" ".join(parts))
    assert "Grail" not in left
    assert "fire" not in left
