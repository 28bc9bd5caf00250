"""Results as data: JSON, and JUnit XML for continuous integration."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from roleagent.errors import InputError
from roleagent.evaluation.results import NO_VOICES, Result, Results, Voice, summary
from roleagent.evaluation.suite import Suite
from roleagent.language.unicode import repaired

_MAX_BYTES = 100_000_000
_MAX_COUNT = 10**9  # replies in a baseline; more cannot be measured, and break the arithmetic
_ILLEGAL = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF))  # not in XML 1.0


def as_json(
    suite: Suite, results: Results, *, model: str, voices: Mapping[str, Voice] = NO_VOICES
) -> dict[str, Any]:  # Any: JSON
    """All figures and all results; `compare` takes it as a baseline.

    Args:
        suite: what was asked.
        results: those of each respondent, by its name. The figures and results of the first, which is under
            test, stand at the top; those of the others under ``beside``, by name.
        model: the language model's name.
        voices: those of the respondents for which it was measured.
    """
    first, *others = [
        {**summary(each, voices.get(name)), "results": [asdict(result) for result in each]}
        for name, each in results.items()
    ]
    return {
        "suite": suite.name,
        "persona": suite.persona_id,
        "model": model,
        "seed": suite.seed,
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        **first,
        **({"beside": dict(zip(list(results)[1:], others, strict=True))} if others else {}),
    }


def write_json(
    path: Path, suite: Suite, results: Results, *, model: str, voices: Mapping[str, Voice] = NO_VOICES
) -> None:
    """`as_json`, to a file."""
    told = repaired(as_json(suite, results, model=model, voices=voices))
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
    except (ValueError, RecursionError) as error:
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
    return type(right) is int and type(n) is int and 0 <= right <= n <= _MAX_COUNT


def write_junit(path: Path, suite: Suite, results: Results) -> None:
    """One test case a probe, as continuous integration reads it.

    Args:
        path: the file.
        suite: what was asked.
        results: those of each respondent, by its name. The first is under test. The others stand beside it
            in suites of their own, and their wrong replies count as skipped, so that they fail no build.
    """
    root = ElementTree.Element("testsuites")
    for number, (name, each) in enumerate(results.items()):
        _add_suite(root, suite, each, beside=name if number else "")
    totals = {
        count: str(sum(int(cases.get(count, "0")) for cases in root))
        for count in ("tests", "failures", "errors")
    }
    seconds = sum(result.seconds for each in results.values() for result in each)
    root.attrib.update({"name": _legal(suite.name), **totals, "time": f"{seconds:.3f}"})
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _add_suite(
    root: ElementTree.Element, suite: Suite, results: Sequence[Result], *, beside: str = ""
) -> None:
    """The cases of one respondent; `beside` names it if it is not the one under test."""
    num_wrong = sum(not result.is_right for result in results)
    cases = ElementTree.SubElement(
        root,
        "testsuite",
        name=_legal(f"{suite.name} ({beside})" if beside else suite.name),
        tests=str(len(results)),
        failures=str(0 if beside else num_wrong),
        errors="0",
        skipped=str(num_wrong if beside else 0),
        time=f"{sum(result.seconds for result in results):.3f}",
        timestamp=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}",
    )
    group = f"{suite.persona_id}.{beside}" if beside else suite.persona_id
    for result in results:
        case = ElementTree.SubElement(
            cases,
            "testcase",
            classname=_legal(f"{group}.{result.kind or 'turn'}"),
            name=_legal(f"{result.scene} [{result.place}] #{result.repeat}"),
            time=f"{result.seconds:.3f}",
        )
        if not result.is_right:
            tag, message = "skipped" if beside else "failure", _legal(result.faults[0])
            fault = ElementTree.SubElement(case, tag, message=message, type="wrong reply")
            fault.text = _legal("\n".join([f"Q: {result.asked}", f"A: {result.text}", *result.faults]))


def _legal(text: str) -> str:
    return repaired(text).translate(_ILLEGAL)
