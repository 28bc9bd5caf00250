"""A measurement of traits as lines and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from roleagent.evaluation.traits.measuring import CHARACTER, PLAIN, TraitMeasurement
from roleagent.language.unicode import repaired

WAYS = {
    "probabilities": "expected answer, by the model's probabilities",
    "words": "the number that the model wrote",
}
ERRORS = {
    "character": "the character",
    "plain": "the same model without persona",
    "half": "0.5 everywhere",
}
SIGNS = {
    "yes_saying": "agrees with any statement (0.5: with half, as it should)",
    "keys_apart": "statements for and against a trait differ by (0: they agree)",
    "order_gap": "turning the scale changes an answer by (0: nothing)",
    "on_scale": "probability of answering with one of the numbers",
}
"""What the signs mean that answers are worth something, or are not."""


def rows(measured: TraitMeasurement) -> Iterator[tuple[str, ...]]:
    """For each trait its name, n, score, interval, declared value, difference, and the plain score."""
    plain, declared = measured.scores(PLAIN), measured.declared_values
    for trait, score in measured.scores().items():
        low, high = score.interval
        known = declared.get(trait)
        yield (
            trait,
            str(score.n),
            f"{score.value:.2f}",
            f"{low:.2f}–{high:.2f}",
            "–" if known is None else f"{known:.2f}",
            "–" if known is None else f"{score.value - known:+.2f}",
            f"{plain[trait].value:.2f}",
        )


HEADINGS = ("trait", "n", "score", "95 %", "declared", "difference", "without persona")
"""Of `rows`."""


def error_line(measured: TraitMeasurement) -> str:
    """The mean absolute errors in words; empty if no trait is declared."""
    if not measured.errors:
        return ""
    told = ", ".join(f"{ERRORS[who]} {error:.2f}" for who, error in measured.errors.items())
    return f"Mean distance from the {len(measured.declared_values)} declared traits: {told}."


def as_json(measured: TraitMeasurement) -> dict[str, Any]:  # Any: JSON
    """Everything that was measured.

    Keys: ``persona``, ``model``, ``language``, ``read_from`` (``probabilities`` or ``words``), ``seed``,
    ``at``, ``traits`` (name -> ``n``, ``score``, ``interval``, ``declared``, ``difference``, ``plain``),
    ``mean_absolute_error`` (``character``, ``plain``, ``half``; empty if no trait is declared), ``moved``,
    ``signs`` (``character`` and ``plain`` -> see `Signs`), ``notes``, and ``answers``.
    """
    plain, declared = measured.scores(PLAIN), measured.declared_values
    return {
        "persona": measured.persona,
        "model": measured.model,
        "language": measured.language,
        "read_from": measured.way,
        "seed": measured.seed,
        "at": f"{measured.at:%Y-%m-%dT%H:%M:%SZ}",
        "traits": {
            trait: {
                "n": score.n,
                "score": score.value,
                "interval": list(score.interval),
                "declared": declared.get(trait),
                "difference": round(score.value - declared[trait], 4) if trait in declared else None,
                "plain": plain[trait].value,
            }
            for trait, score in measured.scores().items()
        },
        "mean_absolute_error": measured.errors,
        "moved": measured.moved,
        "signs": {who: asdict(measured.signs(who)) for who in (CHARACTER, PLAIN)},
        "notes": measured.notes,
        "answers": list(_answers(measured)),
    }


def write_json(path: Path, measured: TraitMeasurement) -> None:
    """`as_json`, to a file."""
    path.write_text(
        json.dumps(repaired(as_json(measured)), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )


def _answers(measured: TraitMeasurement) -> Iterator[dict[str, Any]]:
    for who, ratings in measured.ratings.items():
        for rating in ratings:
            yield {
                "respondent": who,
                "trait": rating.item.trait,
                "statement": rating.item.text,
                "is_reversed": rating.item.is_reversed,
                "upright": _rounded(rating.upright),
                "upside_down": _rounded(rating.upside_down),
                "score": _rounded(rating.score),
            }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
