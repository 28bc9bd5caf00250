"""Results as data: JSON, and JUnit XML for continuous integration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from roleagent.errors import InputError
from roleagent.evaluation.results import Result, Voice, summary
from roleagent.evaluation.suite import Suite
from roleagent.language.unicode import repaired

_MAX_BYTES = 100_000_000
_ILLEGAL = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF))  # not in XML 1.0


def as_json(
    suite: Suite, results: Sequence[Result], *, model: str, voice: Voice | None = None
) -> dict[str, Any]:  # Any: JSON
    """All figures and all results; `compare` takes it as a baseline."""
    return {
        "suite": suite.name,
        "persona": suite.persona_id,
        "model": model,
        "seed": suite.seed,
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        **summary(results, voice),
        "results": [asdict(result) for result in results],
    }


def write_json(
    path: Path, suite: Suite, results: Sequence[Result], *, model: str, voice: Voice | None = None
) -> None:
    """`as_json`, to a file."""
    told = repaired(as_json(suite, results, model=model, voice=voice))
    path.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def read_figures(path: Path) -> dict[str, Any]:  # Any: JSON
    """The figures of a file that `write_json` wrote, as a baseline.

    Raises:
        InputError: the file cannot be read, or is no such file.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(f"{str(path)!r} is too large to be the figures of a test.")
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror or error}.") from error
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{str(path)!r} is no JSON: {error}.") from error
    kinds = told.get("by_kind") if isinstance(told, dict) else None
    if not isinstance(kinds, dict) or not all(map(_is_tally, (told, *kinds.values()))):
        raise InputError(
            f"{str(path)!r} holds no figures of a test: pass what `roleagent test --json` wrote."
        )
    return dict(told)


def _is_tally(figures: object) -> bool:
    if not isinstance(figures, dict):
        return False
    right, n = figures.get("right"), figures.get("n")
    return isinstance(right, int) and isinstance(n, int) and 0 <= right <= n


def write_junit(path: Path, suite: Suite, results: Sequence[Result]) -> None:
    """One test case a probe, as continuous integration reads it."""
    wrong = sum(not result.is_right for result in results)
    counts = {
        "name": _legal(suite.name),
        "tests": str(len(results)),
        "failures": str(wrong),
        "errors": "0",
        "time": f"{sum(result.seconds for result in results):.3f}",
    }
    root = ElementTree.Element("testsuites", counts)
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
    cases = ElementTree.SubElement(root, "testsuite", counts, skipped="0", timestamp=at)
    for result in results:
        case = ElementTree.SubElement(
            cases,
            "testcase",
            classname=_legal(f"{suite.persona_id}.{result.kind or 'turn'}"),
            name=_legal(f"{result.scene} [{result.place}] #{result.repeat}"),
            time=f"{result.seconds:.3f}",
        )
        if not result.is_right:
            message = _legal(result.faults[0])
            failure = ElementTree.SubElement(case, "failure", message=message, type="wrong reply")
            failure.text = _legal("\n".join([f"Q: {result.asked}", f"A: {result.text}", *result.faults]))
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _legal(text: str) -> str:
    return repaired(text).translate(_ILLEGAL)
