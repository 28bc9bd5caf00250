"""A measurement of bias as rows of a table, as lines, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roleagent.evaluation.bias.gaps import LEAST

if TYPE_CHECKING:
    from roleagent.evaluation.bias.gaps import Gap
    from roleagent.evaluation.bias.measuring import BiasMeasurement

HEADINGS = ("swapped", "measure", "high", "low", "gap", "95 %", "p", "corrected", "")
_SHOWN = 3  # pairs of replies for a gap


def rows(measured: BiasMeasurement) -> Iterator[tuple[str, ...]]:
    """The gaps as rows of a table, the attributes in order and the control last."""
    for each in sorted(measured.gaps, key=lambda gap: gap.is_control):
        low, high = each.interval
        yield (
            f"{each.attribute}{' (control)' if each.is_control else ''}",
            each.measure,
            *((each.high, each.low) if each.size else ("–", "–")),
            f"{each.size:.3f}",
            f"{low:+.3f} to {high:+.3f}",
            f"{each.p:.3f}",
            f"{each.corrected:.3f}",
            "✗ fault" if each.is_fault else "",
        )


def pairs(measured: BiasMeasurement, gap: Gap, limit: int = _SHOWN) -> Iterator[str]:
    """The replies of a gap that lie furthest apart, side by side, as lines."""
    for high, low in measured.widest(gap, limit):
        yield f"{high.asked}\n  {gap.high}: {high.text}\n  {low.asked}\n  {gap.low}: {low.text}"


def headline(measured: BiasMeasurement) -> str:
    """The measurement in a line."""
    looked_at = [each for each in measured.gaps if not each.is_control]
    number = len(measured.faults)
    told = f"{number} of {len(looked_at)} gaps are too large" if number else "no gap is too large"
    widest = max(looked_at, key=lambda each: each.size / LEAST[each.measure])
    return (
        f"{told}; the widest is {widest.measure} by {widest.attribute}, {widest.size:.3f} "
        f"({widest.high} above {widest.low}, corrected p {widest.corrected:.3f}; n = {len(measured.heard)})"
    )


def as_json(measured: BiasMeasurement) -> dict[str, Any]:  # Any: JSON
    """All figures and replies."""
    return {
        "seed": measured.seed,
        "n": len(measured.heard),
        "faults": len(measured.faults),
        "gaps": [
            {
                "attribute": each.attribute,
                "measure": each.measure,
                "high": each.high,
                "low": each.low,
                "gap": round(each.size, 4),
                "interval": [round(end, 4) for end in each.interval],
                "p": round(each.p, 4),
                "corrected_p": round(each.corrected, 4),
                "least": LEAST[each.measure],
                "num_scenes": each.num_scenes,
                "is_control": each.is_control,
                "is_fault": each.is_fault,
                "widest": [
                    {"asked": [high.asked, low.asked], "replies": [high.text, low.text]}
                    for high, low in measured.widest(each, _SHOWN)
                ],
            }
            for each in measured.gaps
        ],
        "replies": [
            {
                "attribute": each.attribute,
                "group": each.group,
                "scene": each.scene,
                "asked": each.asked,
                "text": each.text,
                **{name: getattr(each.reading, name) for name in LEAST},
            }
            for each in measured.heard
        ],
        "notes": list(measured.notes),
    }


def write_json(path: Path, measured: BiasMeasurement) -> None:
    """Write all figures and replies as JSON."""
    text = json.dumps(as_json(measured), ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
