"""What `doubts_about` finds: false premises, and ordinary questions that it should not doubt.

No model is asked. Questions come from suites made from persona graphs, or from a folder of files
`*.premises.json`. Such a file is a list of objects with `persona` (a file beside it), `say`, and `label`:
``false`` for a question that takes for granted what is not so, ``true`` for one that does not.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report import Figure, parser, percentile, write
from benchmarks.role_worlds import make_character
from roleagent.critics.premises import doubts_about
from roleagent.evaluation.probes import make_suite
from roleagent.formats.load import load_persona
from roleagent.persona.persona import Persona
from roleagent.persona.view import view
from roleagent.protocols import Scene
from roleagent.types import Owner, Thread, Turn

_BUNDLED = ("holmes", "faraday", "mira", "sunwukong")
_ASKED = {
    "premise": 30, "fact": 12, "two_step": 6, "three_step": 3, "told": 6, "changed": 4, "small_talk": 10,
    "picture": 4, "recording": 4, "tool": 4, "again": 4,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """One thing said to a persona.

    Attributes:
        persona: to whom.
        say: the words.
        is_false: it takes for granted what is not so.
    """

    persona: Persona
    say: str
    is_false: bool


def made(seed: int, *, quick: bool = False) -> Iterator[Question]:
    """The probes of made suites: false premises, and questions that take nothing false for granted."""
    bundled = [load_persona(name) for name in _BUNDLED]
    invented = [make_character(15, seed=seed + more) for more in range(1 if quick else 4)]
    for persona in (*bundled, *invented):
        for scene in make_suite(persona, seed=seed, numbers=_ASKED).scenes:
            for step in scene.sessions[-1].steps:
                if step.kind in _ASKED:
                    yield Question(persona, step.say, step.kind == "premise")


def in_folder(folder: Path) -> Iterator[Question]:
    """The questions of all `*.premises.json` files in a folder."""
    personas: dict[str, Persona] = {}
    for path in sorted(folder.glob("*.premises.json")):
        for entry in json.loads(path.read_text(encoding="utf-8")):
            name = entry["persona"]
            personas.setdefault(name, load_persona(folder / name))
            yield Question(personas[name], entry["say"], entry["label"] == "false")


def scene_for(question: Question) -> Scene:
    """A first turn, spoken by a stranger: nothing was said before."""
    persona = view(question.persona).persona
    thread = Thread(owner=Owner(persona_id=persona.id, user_id="stranger"), thread_id="first")
    turn = Turn(thread=thread, text=question.say, at=datetime(2026, 1, 1, tzinfo=UTC))
    return Scene(persona=persona, graph=persona.graph, turn=turn, prompt="")


def measure(questions: Iterable[Question], *, show: bool = False) -> dict[str, Figure]:
    """Counts by language, and how long one question takes in milliseconds."""
    counts: dict[str, int] = {}
    times: list[float] = []
    for question in questions:
        scene = scene_for(question)
        doubts_about(question.say, scene)  # reads the persona, and compiles the patterns
        start = time.perf_counter()
        doubts = doubts_about(question.say, scene)
        times.append(1_000 * (time.perf_counter() - start))
        kind = "false" if question.is_false else "ordinary"
        key = f"{question.persona.language[:2]}_{kind}"
        counts[key] = counts.get(key, 0) + 1
        counts[f"{key}_doubted"] = counts.get(f"{key}_doubted", 0) + bool(doubts)
        if show and bool(doubts) is not question.is_false:
            told = "; ".join(f"{doubt.kind} “{doubt.quote}”" for doubt in doubts)
            print(f"{'missed' if question.is_false else 'false alarm'}: {question.say} {told}")
    slow = {"ms_p50": percentile(times, 0.5), "ms_p99": percentile(times, 0.99)}
    return {**counts, **{name: round(value, 2) for name, value in slow.items()}}


def _line(figures: dict[str, Figure], language: str) -> str:
    caught, false = (figures.get(f"{language}_false{end}", 0) for end in ("_doubted", ""))
    alarms, ordinary = (figures.get(f"{language}_ordinary{end}", 0) for end in ("_doubted", ""))
    return (
        f"{language}  {caught}/{false} false premises found, {alarms}/{ordinary} ordinary questions doubted"
    )


def main() -> None:
    """Print one line a language."""
    made_parser: argparse.ArgumentParser = parser(__doc__)
    made_parser.add_argument(
        "--folder", type=Path, help="read `*.premises.json` files instead of made suites"
    )
    made_parser.add_argument("--show", action="store_true", help="print each miss and each false alarm")
    args = made_parser.parse_args()
    questions = in_folder(args.folder) if args.folder else made(args.seed, quick=args.quick)
    figures = measure(questions, show=args.show)
    print(f"one question takes {figures['ms_p50']} ms, at p99 {figures['ms_p99']} ms")
    for language in ("en", "zh"):
        if any(key.startswith(language) for key in figures):
            print(_line(figures, language))
    write(figures, args.json)


if __name__ == "__main__":
    main()


__all__ = ["Question", "in_folder", "made", "main", "measure", "scene_for"]
