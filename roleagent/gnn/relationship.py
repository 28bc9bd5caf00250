"""How a relationship moves: a gated update on each utterance of the user. Pure functions.

Valence and arousal are a mood: they follow the user's tone and fall back to the persona's resting point in
some turns. Trust is slow, and falls faster than it rises: bad conduct weighs more than good (P. Slovic,
"Perceived risk, trust, and democracy", Risk Analysis 13, 1993). An apology gives back a part of what is
missing, and never more than the persona grants a stranger (P. H. Kim et al., "Removing the shadow of
suspicion", Journal of Applied Psychology 89, 2004).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace

from roleagent.persona.persona import Persona
from roleagent.persona.traits import declared_traits
from roleagent.types import Mood, Relationship, RelationshipSetting, Tone

STRANGER = Relationship()
"""How a persona without declared traits meets somebody for the first time."""

_RETURN = 0.12  # share of the way back to rest that valence and arousal go in a turn: half in 5 or 6
_RETURN_OF_TRUST = 0.005  # half in 138
_OPENNESS = 0.5  # of the gate, for an utterance of full strength
_CONTAGION = 0.4  # how far the user's own mood, whatever caused it, is the persona's
_RISE, _FALL, _MEND = 0.05, 0.3, 0.4  # of trust: of what is missing to 1, of what there is, to rest
_WARY, _TRUSTING = 0.1, 0.15  # of trust, from rest
_STIRRED = 0.45  # of valence, from rest
_NO_TONE = Tone(valence=0.0, arousal=0.0, kind=0.0, rude=0.0, sorry=0.0, by="")


def updated(before: Relationship, tone: Tone | None, *, resting: Relationship = STRANGER) -> Relationship:
    """The relationship after one utterance of the user.

    Valence v and arousal a go through a gate z, which opens as wide as the utterance is strong:
    v' = (1 − z) (v + r (v_rest − v)) + z v_tone, with v_tone from the user's mood and conduct.

    Args:
        before: the relationship before it.
        tone: of the utterance; None if nothing heard it, which only lets time pass.
        resting: what the relationship returns to.
    """
    tone = _NO_TONE if tone is None else _sure(tone)
    conduct = max(tone.kind, tone.sorry / 2) - tone.rude
    wanted = _clipped(_CONTAGION * tone.valence + (1 - _CONTAGION) * conduct, -1.0)
    gate = _OPENNESS * max(abs(tone.valence), tone.kind, tone.rude, tone.sorry)
    valence = before.valence + _RETURN * (resting.valence - before.valence)
    arousal = before.arousal + _RETURN * (resting.arousal - before.arousal)
    return Relationship(
        valence=_clipped((1 - gate) * valence + gate * wanted, -1.0),
        arousal=_clipped((1 - gate) * arousal + gate * max(tone.arousal, tone.rude)),
        trust=_trust(before.trust, tone, resting.trust),
    )


def _sure(tone: Tone) -> Tone:
    """Conduct as far as it is more likely than not, so that many small doubts do not add up."""
    kind, rude, sorry = (max(0.0, 2 * each - 1) for each in (tone.kind, tone.rude, tone.sorry))
    return replace(tone, kind=kind, rude=rude, sorry=sorry)


def _trust(trust: float, tone: Tone, rest: float) -> float:
    trust += _RETURN_OF_TRUST * (rest - trust)
    trust += _RISE * tone.kind * (1 - tone.rude) * (1 - trust)
    trust -= _FALL * tone.rude * trust
    trust += _MEND * tone.sorry * (1 - tone.rude) * max(0.0, rest - trust)
    return _clipped(trust)


def put(before: Relationship, setting: RelationshipSetting) -> Relationship:
    """The relationship after an application set some of its values."""
    given = {name: value for name, value in asdict(setting).items() if name != "at" and value is not None}
    return replace(before, **given)


def replayed(
    events: Iterable[Tone | RelationshipSetting | None],
    *,
    resting: Relationship = STRANGER,
    before: Relationship | None = None,
) -> Relationship:
    """The relationship after some events, which are in order of time.

    Args:
        events: the tone of each utterance of the user, and what an application set in between.
        resting: where it begins and what it returns to.
        before: where it begins instead.
    """
    state = before or resting
    for event in events:
        if isinstance(event, RelationshipSetting):
            state = put(state, event)
        else:
            state = updated(state, event, resting=resting)
    return state


def mood_of(relationship: Relationship, *, resting: Relationship) -> Mood:
    """What stands out in a relationship; empty if it hardly departs from the resting point.

    A low valence without a loss of trust is the user's own grief, not what they did to the persona.
    """
    valence, trust = relationship.valence - resting.valence, relationship.trust - resting.trust
    if trust <= -_WARY:
        return "wary"
    if valence <= -_STIRRED and trust > -_WARY / 2:
        return "weighed_down"
    if trust >= _TRUSTING:
        return "trusting"
    return "fond" if valence >= _STIRRED else ""


def resting_of(persona: Persona) -> Relationship:
    """How a persona meets a stranger, from the Big Five that it declares; others count as average.

    Valence and arousal follow A. Mehrabian, "Analysis of the Big-Five personality factors in terms of the PAD
    temperament model" (Current Psychology 15, 1996), scaled down, because talk should move them more than
    temperament does. Trust is a facet of agreeableness (Costa and McCrae, NEO-PI-R, 1992).
    """
    values = {trait: told.value for trait, told in declared_traits(persona).items()}

    def of(trait: str) -> float:  # -1 to 1
        value = values.get(trait)
        return 0.0 if value is None else 2 * value - 1

    outgoing, agreeable, stable = of("extraversion"), of("agreeableness"), -of("neuroticism")
    pleasure = 0.21 * outgoing + 0.59 * agreeable + 0.19 * stable
    arousal = 0.15 * of("openness") + 0.30 * agreeable - 0.57 * stable
    return Relationship(
        valence=round(STRANGER.valence + 0.2 * pleasure, 3),
        arousal=round(STRANGER.arousal + 0.1 * arousal, 3),
        trust=round(STRANGER.trust + 0.15 * agreeable, 3),
    )


def _clipped(value: float, low: float = 0.0, high: float = 1.0) -> float:
    return min(max(value, low), high)
