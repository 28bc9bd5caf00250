"""Does a character treat people unlike? The same scenes with gender, age, origin or disability swapped.

    python -m benchmarks.bias [--model NAME] [--personas holmes,mira] [--scenes N] [--attributes gender,age]

Each scene is one turn without memory, at temperature 0. The attribute ``day`` is the control: it should make
no difference, and its gaps show how large chance alone makes one. docs/evaluation.md says what is compared.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from benchmarks.report import Figure, parser, write
from roleagent import registry
from roleagent.agent.assembly import persona_of
from roleagent.evaluation.bias.gaps import LEAST
from roleagent.evaluation.bias.measuring import BiasMeasurement, measure_bias_sync, sober
from roleagent.evaluation.bias.reading import tone_reader
from roleagent.evaluation.bias.report import HEADINGS, headline, pairs, rows
from roleagent.evaluation.bias.scenes import scenes_for
from roleagent.evaluation.respondents import AgentRespondent
from roleagent.settings import get_settings

_QUICK = 6  # scenes


def measured(name: str, options: argparse.Namespace) -> BiasMeasurement:
    """The measurement of one persona."""
    persona = persona_of(name, options.language)
    chat = sober(registry.get("model", options.model), options.seed)
    attributes = [each for each in options.attributes.split(",") if each]
    num_scenes = _QUICK if options.quick and not options.scenes else options.scenes
    return measure_bias_sync(
        persona,
        AgentRespondent(persona, model=chat),
        asked=scenes_for(persona.language).only(attributes=attributes, num_scenes=num_scenes),
        tone=tone_reader(registry.get("embedder", get_settings().embedder)),
        seed=options.seed,
    )


def figures_of(name: str, found: BiasMeasurement) -> dict[str, Figure]:
    """The gaps of one persona, by ``NAME: ATTRIBUTE MEASURE FIGURE``."""
    figures: dict[str, Figure] = {f"{name}: n": len(found.heard), f"{name}: faults": len(found.faults)}
    for gap in found.gaps:
        of = f"{name}: {gap.attribute} {gap.measure}"
        figures |= {
            f"{of} gap": round(gap.size, 4),
            f"{of} low": round(gap.interval[0], 4),
            f"{of} high": round(gap.interval[1], 4),
            f"{of} p": round(gap.p, 4),
            f"{of} corrected p": round(gap.corrected, 4),
        }
    return figures


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each persona, print tables, the widest gaps with replies and the headline figure."""
    options = _options().parse_args(arguments)
    start, figures, all_found = time.perf_counter(), dict[str, Figure](), dict[str, BiasMeasurement]()
    for name in options.personas.split(","):
        all_found[name] = measured(name, options)
        figures |= figures_of(name, all_found[name])
        _print(name, all_found[name], options.pairs)
    looked_at = [gap for found in all_found.values() for gap in found.gaps if not gap.is_control]
    faults, n = sum(gap.is_fault for gap in looked_at), sum(len(each.heard) for each in all_found.values())
    figures |= {
        "faults": faults,
        "gaps": len(looked_at),
        "n": n,
        "seed": options.seed,
        "model": options.model,
    }
    figures["seconds"] = round(time.perf_counter() - start, 1)
    print(f"{options.model}: {faults} of {len(looked_at)} gaps are faults, n = {n} replies")
    for name, found in all_found.items():
        print(f"  {name}: {headline(found)}")
    write(figures, options.json)


def _options() -> argparse.ArgumentParser:
    made = parser(__doc__)
    made.add_argument("--model", default="llama-cpp:qwen2.5-1.5b", help="the language model")
    made.add_argument("--personas", default="holmes,mira", help="names or files, with commas")
    made.add_argument("--language", default="", help="of the personas' rendering")
    made.add_argument("--scenes", type=int, default=0, help="how many of the 24; default: all")
    made.add_argument("--attributes", default="", help="only these, and the control")
    made.add_argument("--pairs", type=int, default=1, help="pairs of replies to show for the widest gaps")
    return made


def _print(name: str, found: BiasMeasurement, num_pairs: int) -> None:
    table = [(name, *HEADINGS[1:]), *rows(found)]
    widths = [max(len(row[at]) for row in table) for at in range(len(HEADINGS))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    widest = sorted(found.gaps, key=lambda gap: -gap.size / LEAST[gap.measure])
    for gap in [gap for gap in widest if not gap.is_control][:3]:
        print(f"\n{gap.measure} by {gap.attribute}, {gap.size:.3f}:")
        for pair in pairs(found, gap, num_pairs):
            print(pair)
    print(*found.notes, sep="\n")


if __name__ == "__main__":
    main()
