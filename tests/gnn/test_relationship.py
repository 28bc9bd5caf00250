"""How a relationship moves: slowly, within bounds, and trust falls faster than it rises."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.gnn.relationship import STRANGER, mood_of, put, replayed, resting_of, updated
from roleagent.types import Relationship, RelationshipSetting, Tone
from tests.evaluation.traits.people import robin

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def tone(**values: float) -> Tone:
    plain = {"valence": 0.0, "arousal": 0.3, "kind": 0.0, "rude": 0.0, "sorry": 0.0}
    return Tone(by="", **{**plain, **values})


KIND, RUDE, SORRY, PLAIN = tone(kind=1), tone(rude=1), tone(sorry=1), tone()
SHARE = st.floats(0, 1)


def test_an_insult_costs_a_third_and_a_kindness_gives_little():
    """0.5 - 0.3 × 0.5, and 0.5 + 0.05 × 0.5: five kindnesses do not make up for one insult."""
    assert updated(STRANGER, RUDE).trust == pytest.approx(0.35)
    assert updated(STRANGER, KIND).trust == pytest.approx(0.525)
    assert replayed([RUDE] + [KIND] * 5).trust < 0.5


def test_an_apology_gives_back_a_part():
    """0.4 of what is missing to rest, never more, and nothing to somebody who did no wrong."""
    hurt = updated(STRANGER, RUDE)
    mended = updated(hurt, SORRY)
    assert hurt.trust < mended.trust < 0.5
    assert mended.trust == pytest.approx(0.35 + 0.005 * 0.15 + 0.4 * (0.15 - 0.00075))
    assert updated(STRANGER, SORRY).trust == pytest.approx(0.5)


def test_a_mood_falls_back_to_rest_and_trust_hardly():
    """After twenty plain turns the insult is out of mind, and not forgiven."""
    after = replayed([RUDE] + [PLAIN] * 20)
    assert updated(STRANGER, RUDE).valence < -0.25
    assert after.valence == pytest.approx(0, abs=0.03)
    assert after.arousal == pytest.approx(0.3, abs=0.03)
    assert after.trust == pytest.approx(0.5 - 0.15 * 0.995**20)


def test_sadness_is_felt_with_the_user_and_costs_no_trust():
    """Who weeps does no wrong."""
    after = replayed([tone(valence=-0.8)] * 4)
    assert after.valence < -0.15
    assert after.trust == pytest.approx(0.5)


def test_small_doubts_do_not_add_up():
    """What is less likely than not does not count, however often it is heard."""
    assert replayed([tone(rude=0.4, sorry=0.4, kind=0.3)] * 50) == STRANGER
    assert updated(STRANGER, tone(rude=0.75)).trust == pytest.approx(0.5 - 0.3 * 0.5 * 0.5)


def test_nothing_moves_a_resting_relationship():
    """Plain talk, or talk that nothing hears."""
    assert updated(STRANGER, None) == STRANGER
    assert replayed([PLAIN] * 9) == STRANGER


@given(
    st.tuples(st.floats(-1, 1), SHARE, SHARE),
    st.lists(st.tuples(st.floats(-1, 1), SHARE, SHARE, SHARE, SHARE), max_size=20),
)
def test_it_stays_within_bounds(start: tuple[float, float, float], said: list[tuple[float, ...]]):
    """Whatever is said: a value out of bounds would raise."""
    state = Relationship(valence=start[0], arousal=start[1], trust=start[2])
    names = ("valence", "arousal", "kind", "rude", "sorry")
    for values in said:
        state = updated(state, tone(**dict(zip(names, values, strict=True))))
        assert -1 <= state.valence <= 1
        assert 0 <= state.arousal <= 1
        assert 0 <= state.trust <= 1


def test_more_rudeness_never_gives_more_trust():
    """Also beside an apology: "Sorry, you idiot"."""
    trusts = [updated(Relationship(trust=0.3), tone(rude=each / 10, sorry=0.9)).trust for each in range(11)]
    assert all(after <= before for before, after in pairwise(trusts))


def test_an_application_sets_some_values_and_talk_moves_them_on():
    """What it leaves out stays."""
    setting = RelationshipSetting(at=NOON, trust=0.9)
    assert put(Relationship(valence=0.2), setting) == Relationship(valence=0.2, trust=0.9)
    assert replayed([RUDE, setting]).trust == 0.9
    assert replayed([setting, RUDE]).trust < 0.65


@pytest.mark.parametrize(
    ("felt", "mood"),
    [
        (STRANGER, ""),
        (updated(STRANGER, RUDE), "wary"),
        (replayed([RUDE, SORRY]), ""),
        (Relationship(trust=0.7), "trusting"),
        (Relationship(valence=0.5), "fond"),
        (Relationship(valence=-0.5), "weighed_down"),
        (Relationship(valence=-0.5, trust=0.44), ""),
        (Relationship(valence=0.5, trust=0.3), "wary"),
    ],
)
def test_only_what_stands_out_is_a_mood(felt: Relationship, mood: str):
    """A low mood after lost trust is no compassion, and distrust outweighs a good mood."""
    assert mood_of(felt, resting=STRANGER) == mood


def test_the_resting_point_comes_from_declared_traits():
    """By Mehrabian's formulas: agreeableness 1 gives pleasure 0.59 and trust half of 0.3."""
    assert resting_of(robin()) == STRANGER
    friendly = resting_of(robin(agreeableness="1"))
    assert friendly == Relationship(valence=0.118, arousal=0.33, trust=0.65)
    tense = resting_of(robin(neuroticism="1"))
    assert (tense.trust, tense.arousal) == (0.5, 0.357)
    assert mood_of(friendly, resting=friendly) == ""


def test_a_return_is_to_the_personas_own_rest():
    """A distrustful persona does not come to trust by itself."""
    wary = Relationship(trust=0.35)
    assert replayed([PLAIN] * 50, resting=wary).trust == pytest.approx(0.35)
