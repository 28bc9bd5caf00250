"""Whether answers to statements about oneself tell characters apart: Big Five scores of known personas.

A clerk who is high in all five traits and one who is low in them, told in words, by numbers alone or by the
very statements that are asked, and the bundled personas; each beside the same model without persona. If the
two clerks answer alike, the scores of this model mean nothing, whatever they are.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean, stdev

from benchmarks.report import Figure, parser, write
from roleagent import registry
from roleagent.evaluation.traits.asking import Rating, rate
from roleagent.evaluation.traits.items import questionnaire_for
from roleagent.evaluation.traits.measuring import prompt_of
from roleagent.evaluation.traits.scores import scores_of, signs_of
from roleagent.formats.load import load_persona
from roleagent.formats.own.yaml_file import read
from roleagent.persona.build import build_persona
from roleagent.persona.persona import Persona
from roleagent.persona.traits import TRAITS

_BUNDLED = ("holmes", "faraday", "mira", "sunwukong")
_T = {40: 2.02, 20: 2.09}  # Student's, for a 95 % interval over so many statements
_CLERK = """\
roleagent: 1
id: robin
name: Robin Hale
summary: You are Robin Hale, a clerk in a small town.{words}
nodes:
  - {{id: robin, type: person, label: Robin Hale}}
{edges}"""
_WORDS = {
    "high": " You have a rich imagination and love new ideas and art. You are orderly, diligent and careful. "
    "You are lively and talkative and love company. You are kind, trusting and forgiving. You are anxious, "
    "moody and easily upset.",
    "low": " You have no imagination and dislike new ideas and art. You are messy, lazy and careless. You "
    "are quiet and shy and would rather be alone. You are cold, suspicious and quarrelsome. You are calm and "
    "even-tempered and never worry.",
}
_NUMBERS = {"high": 0.95, "low": 0.05}


def clerk(level: str, told: str) -> Persona:
    """A clerk who is ``high`` or ``low`` in all five traits.

    Args:
        level: which of the two.
        told: ``words`` describe it, ``numbers`` declare it, or its prompt quotes the very ``statements`` that
            it will be asked about, which is as easy as it can be made.
    """
    number = _NUMBERS[level]
    facts = [f"  - {{source: robin, relation: has_{trait}, value: {number}}}" for trait in TRAITS]
    edges = "\n".join(["edges:", *facts, ""]) if told == "numbers" else ""
    words = {"words": _WORDS[level], "numbers": "", "statements": _quoted(level)}[told]
    return build_persona(read(_CLERK.format(words=words, edges=edges)), source="robin")


def _quoted(level: str) -> str:
    items = questionnaire_for("en").items
    said = " ".join(item.text for item in items if item.is_reversed == (level == "low"))
    return f" You say of yourself, and mean it – {said}"


def personas_of(which: str) -> dict[str, Persona]:
    """The personas that are measured: the bundled ones, or the two clerks as `clerk` is told of them."""
    if which == "bundled":
        return {name: load_persona(name) for name in _BUNDLED}
    return {f"{level}, in {which}": clerk(level, which) for level in ("high", "low")}


async def ratings_of(
    model: str, persona: Persona | None, language: str, *, quick: bool = False
) -> list[Rating]:
    """The answers of a model that plays a persona, or of the model alone."""
    chat, asked = registry.get("model", model), questionnaire_for(language)
    if quick:
        asked = replace(asked, items=asked.items[::2])
    return [each async for each in rate(chat, asked, prompt_of(persona) if persona else "")]


def apart(high: Sequence[Rating], low: Sequence[Rating]) -> tuple[float, float, float]:
    """How much higher one respondent scores than another, statement by statement, with its 95 % interval."""
    gaps = [
        one.score - other.score
        for one, other in zip(high, low, strict=True)
        if one.score is not None and other.score is not None
    ]
    spread = _T.get(len(gaps), 2.1) * stdev(gaps) / math.sqrt(len(gaps))
    return fmean(gaps), fmean(gaps) - spread, fmean(gaps) + spread


def figures_of(ratings: Mapping[str, Sequence[Rating]]) -> dict[str, Figure]:
    """Scores and signs of each respondent, by ``NAME: FIGURE``."""
    found: dict[str, Figure] = {}
    for name, answered in ratings.items():
        signs = signs_of(answered)
        found |= {f"{name}: {trait}": score.value for trait, score in scores_of(answered).items()}
        for sign in ("yes_saying", "keys_apart", "order_gap", "on_scale"):
            found[f"{name}: {sign}"] = getattr(signs, sign)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print a table and the headline figure, and write all figures if wanted."""
    options = _options().parse_args(arguments)
    start, personas = time.perf_counter(), personas_of(options.personas)
    languages = dict.fromkeys(each.language for each in personas.values())
    asked: dict[str, tuple[Persona | None, str]] = {f"none ({code})": (None, code) for code in languages}
    asked |= {name: (persona, persona.language) for name, persona in personas.items()}
    ratings = {
        name: asyncio.run(ratings_of(options.model, persona, language, quick=options.quick))
        for name, (persona, language) in asked.items()
    }
    figures = figures_of(ratings)
    _print_table(ratings, figures)
    _print_headline(ratings, figures, options)
    figures["seconds"] = round(time.perf_counter() - start, 1)
    write(
        {**figures, "model": options.model, "personas": options.personas, "seed": options.seed}, options.json
    )


def _options() -> argparse.ArgumentParser:
    made = parser(__doc__)
    made.add_argument("--model", default="qwen2.5-1.5b", help="the language model")
    made.add_argument(
        "--personas",
        choices=("words", "numbers", "statements", "bundled"),
        default="words",
        help="who answers",
    )
    return made


def _print_table(ratings: Mapping[str, Sequence[Rating]], figures: Mapping[str, Figure]) -> None:
    columns = (*TRAITS, "yes_saying", "keys_apart", "order_gap", "on_scale")
    print(f"{'':18}" + " ".join(f"{column[:10]:>10}" for column in columns))
    for name in ratings:
        print(f"{name:18}" + " ".join(f"{figures[f'{name}: {column}']:>10.3f}" for column in columns))


def _print_headline(
    ratings: Mapping[str, Sequence[Rating]], figures: dict[str, Figure], options: argparse.Namespace
) -> None:
    if options.personas == "bundled":
        spread = [
            max(float(figures[f"{name}: {trait}"]) for name in _BUNDLED)
            - min(float(figures[f"{name}: {trait}"]) for name in _BUNDLED)
            for trait in TRAITS
        ]
        figures["spread"] = round(fmean(spread), 4)
        print(
            f"{options.model}: the four personas differ by {fmean(spread):.3f} a trait, highest less lowest"
        )
        return
    high, low = (ratings[f"{level}, in {options.personas}"] for level in ("high", "low"))
    gap, least, most = apart(high, low)
    figures |= {
        "apart": round(gap, 4),
        "apart_low": round(least, 4),
        "apart_high": round(most, 4),
        "n": len(high),
    }
    print(
        f"{options.model}: high less low {gap:+.3f} ({least:+.3f} to {most:+.3f}, n = {len(high)}); "
        "whoever acts it well is near +0.9"
    )


if __name__ == "__main__":
    main()
