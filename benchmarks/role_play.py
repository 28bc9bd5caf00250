"""Does the character answer right? The same probes to a plain prompt and to ours, on a real model.

Arms: ``plain`` (the same model and settings, with the persona, all public facts and the whole talk in one
prompt), ``all`` (ours), and ours with one part switched off: ``graph``, ``memory``, ``critic``; with
another way to find facts than the graph network: ``pagerank``, ``cosine``; or with more or less of the
critics: ``no-repair`` (a rejected sentence always costs a draft), ``strict`` (consistency 1: the trained
scorer of contradictions reads along), ``voice`` (the trained head for voice does), ``best-of-n`` (before a
line of declining, three drafts unseen, of which the relevance scorer chooses).

With ``--adapter``, every arm runs twice, without and with the adapter (``ARM+adapter``).
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.report import circumstances, parser
from benchmarks.role_worlds import make_character
from roleagent import registry
from roleagent.agent.assembly import persona_of
from roleagent.errors import InputError
from roleagent.evaluation.journal import Journal
from roleagent.evaluation.plain import PlainRespondent
from roleagent.evaluation.playing import run_suite_sync
from roleagent.evaluation.probes import NUM_OF_KIND, make_suite
from roleagent.evaluation.respondents import AgentRespondent, Respondent
from roleagent.evaluation.results import Result, Tally, summary, tally
from roleagent.evaluation.suite import Suite
from roleagent.graph.graph import PersonaGraph
from roleagent.persona.persona import Persona
from roleagent.protocols import Critic, Scene
from roleagent.testing import FixedUpdater
from roleagent.types import Fact, Verdict
from roleagent.workflow.parts import DEFAULT_CRITICS, Parts
from roleagent.workflow.state import Limits

ARMS = ("plain", "graph", "memory", "critic", "all")
RANKERS = ("pagerank", "cosine")
LADDERS = ("no-repair", "strict", "voice", "best-of-n")
_CANDIDATES = 3
_WITH_ADAPTER = "+adapter"
_QUICK = 3  # kinds get a third of their probes


class _NoFacts:
    """A `FactRanker` that finds nothing."""

    def rank(
        self,
        graph: PersonaGraph,
        query: str,
        *,
        limit: int,
        before: Sequence[str] = (),
        character: str = "",
    ) -> Sequence[Fact]:
        return ()


class _WithoutRepair:
    """A critic whose verdicts never say how to mend a sentence."""

    def __init__(self, critic: Critic) -> None:
        self.name = critic.name
        self.fails_open = getattr(critic, "fails_open", False)
        self._critic = critic

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        return replace(self._critic.check(draft, scene, complete=complete), repair="")


def respondent(arm: str, persona: Persona, model: Any) -> Respondent:  # Any: a chat model
    """Who answers in an arm; ``graph``, ``memory`` and ``critic`` name the part that is switched off."""
    if arm == "plain":
        return PlainRespondent(persona, model=model)
    if arm == "graph":
        without = without_facts(persona)
        parts = Parts(ranker=_NoFacts(), updater=FixedUpdater())
        return AgentRespondent(without, model=model, parts=parts, name=arm)
    if arm == "memory":
        return AgentRespondent(persona, model=model, limits=Limits(episodes=0, summary_tokens=0), name=arm)
    if arm == "critic":
        return AgentRespondent(persona, model=model, parts=Parts(critics=[]), name=arm)
    if arm in RANKERS:
        return AgentRespondent(persona, model=model, parts=Parts(ranker=arm), name=arm)
    if arm == "no-repair":
        critics = [_WithoutRepair(registry.get("critic", name)) for name in DEFAULT_CRITICS]
        return AgentRespondent(persona, model=model, parts=Parts(critics=critics), name=arm)
    if arm == "strict":
        return AgentRespondent(persona, model=model, limits=Limits(consistency=1.0), name=arm)
    if arm == "voice":
        parts = Parts(critics=(*DEFAULT_CRITICS, "voice"))
        return AgentRespondent(persona, model=model, parts=parts, name=arm)
    if arm == "best-of-n":
        limits = Limits(candidates=_CANDIDATES)
        return AgentRespondent(persona, model=model, parts=Parts(relevance="head"), limits=limits, name=arm)
    if arm != "all":
        raise InputError(f"There is no arm {arm!r}: choose from {', '.join((*ARMS, *RANKERS, *LADDERS))}.")
    return AgentRespondent(persona, model=model, name=arm)


def without_facts(persona: Persona) -> Persona:
    """The persona with nothing in its graph but people, any of whom may listen."""
    nodes = [
        node for node in persona.graph.nodes.values() if node.type == "person" or node.id == persona.node_id
    ]
    relations = dict(persona.graph.relations)
    return replace(persona, graph=PersonaGraph(nodes=nodes, facts=[], relations=relations))


def arms_of(args: argparse.Namespace) -> list[str]:
    """The arms of a run, each also with the adapter if there is one."""
    arms = args.arms.split(",")
    return [name for arm in arms for name in (arm, arm + _WITH_ADAPTER)] if args.adapter else arms


def suite_for(persona: Persona, args: argparse.Namespace) -> Suite:
    """The probes of a run."""
    numbers = {kind: -(-number // _QUICK) if args.quick else number for kind, number in NUM_OF_KIND.items()}
    if args.kinds:
        numbers = {kind: numbers[kind] for kind in args.kinds.split(",")}
    numbers = {kind: round(number * args.scale) for kind, number in numbers.items()}
    return make_suite(persona, seed=args.seed, numbers=numbers, num_turns_before=args.turns)


def table(results: Mapping[str, Sequence[Result]]) -> str:
    """Right answers by kind (rows) and arm (columns)."""
    kinds = list(dict.fromkeys(result.kind for each in results.values() for result in each))
    rows = [["kind", *results]]
    for kind in kinds:
        cells = [tally(result for result in each if result.kind == kind) for each in results.values()]
        rows.append([kind, *(f"{cell.right}/{cell.n}" for cell in cells)])
    rows.append(["all", *(str(tally(each)) for each in results.values())])
    figures = [summary(each) for each in results.values()]
    for name in ("consistent", "retest"):
        rows.append([name, *(f"{each[name]['right']}/{each[name]['n']}" for each in figures)])
    for name in ("seconds_per_turn", "first_token_s", "prompt_tokens", "words"):
        rows.append([name, *(str(each[name]) for each in figures)])
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
    )


def difference(
    ours: Sequence[Result], plain: Sequence[Result], *, seed: int = 0
) -> tuple[float, float, float]:
    """Ours minus plain in points, with a 95 % bootstrap interval over probes."""
    of_plain = {(each.repeat, each.scene, each.place): each.is_right for each in plain}
    pairs = [
        each.is_right - of_plain[key]
        for each in ours
        if (key := (each.repeat, each.scene, each.place)) in of_plain
    ]
    if not pairs:
        return 0.0, 0.0, 0.0
    rng = random.Random(seed)
    means = sorted(sum(rng.choices(pairs, k=len(pairs))) / len(pairs) for _ in range(2_000))
    return 100 * sum(pairs) / len(pairs), 100 * means[50], 100 * means[1_949]


def play(persona: Persona, suite: Suite, model: Any, args: argparse.Namespace) -> dict[str, list[Result]]:
    """What each arm answers to the probes about one character; `model` is a chat model."""
    results: dict[str, list[Result]] = {}
    journal = Journal(args.journal) if args.journal else None

    def show(result: Result) -> None:
        if args.show:
            mark = "+" if result.is_right else "-"
            print(
                f"{mark} {result.respondent} {result.kind} ({result.seconds:.1f} s)\n"
                f"  Q {result.asked}\n  A {result.text}"
            )
            if result.faults:
                print(f"  ! {result.faults[0]}", flush=True)

    for arm in arms_of(args):
        start = time.perf_counter()
        plain_arm = arm.removesuffix(_WITH_ADAPTER)
        chosen = model.with_adapter(args.adapter) if _WITH_ADAPTER in arm else model
        answering = respondent(plain_arm, persona, chosen)
        answering.name = arm
        results[arm] = run_suite_sync(
            suite, answering, persona, repeats=args.repeat, journal=journal, on_result=show
        )
        print(f"{arm}: {tally(results[arm])} in {time.perf_counter() - start:.0f} s", flush=True)
    return results


def comparisons(args: argparse.Namespace) -> list[tuple[str, str, str]]:
    """What is compared: what it is called, and two arms, of which the second is taken from the first."""
    arms = args.arms.split(",")
    found = [("ours minus plain", "all", "plain")] if {"plain", "all"} <= set(arms) else []
    if args.adapter:
        found += [(f"{arm} with the adapter minus without", arm + _WITH_ADAPTER, arm) for arm in arms]
    return found


def main() -> None:
    """Run the arms one after the other, and print the table."""
    made = parser(__doc__)
    made.add_argument("--model", default="llama-cpp:qwen2.5-1.5b")
    made.add_argument("--arms", default=",".join(ARMS), help="of: " + ", ".join((*ARMS, *RANKERS, *LADDERS)))
    made.add_argument("--adapter", default="", help="its folder or name: each arm without and with it")
    made.add_argument("--persona", default="", help="name or file; default: a made-up character")
    made.add_argument("--facts", type=int, default=15, help="facts of the made-up character")
    made.add_argument(
        "--characters", type=int, default=1, help="made-up ones, from --seed on, counted together"
    )
    made.add_argument("--turns", type=int, default=0, help="turns of everyday talk before the probes")
    made.add_argument("--kinds", default="", help="only these kinds of probes")
    made.add_argument("--scale", type=float, default=1.0, help="times as many probes of each kind")
    made.add_argument("--repeat", type=int, default=1, help="how often each suite is run")
    made.add_argument("--journal", type=Path, help="keep each reply at once; a broken run goes on from here")
    made.add_argument("--show", action="store_true", help="print each reply")
    args = made.parse_args()
    if args.persona and args.characters > 1:
        made.error("--characters makes characters up: leave out --persona")
    if args.journal and args.characters > 1:
        made.error("A --journal holds one character: leave out --characters, and run each --seed by itself")
    seeds = range(args.seed, args.seed + args.characters)
    by_arm: dict[str, list[Result]] = {arm: [] for arm in arms_of(args)}
    for seed in seeds:
        args.seed = seed
        persona = persona_of(args.persona, "") if args.persona else make_character(args.facts, seed=seed)
        suite = suite_for(persona, args)
        model = registry.get("model", args.model)
        if hasattr(model, "seed") and model.seed is None:
            model.seed = seed
        print(
            f"{persona.name}: {len(persona.graph.facts)} facts, {suite.num_probes} probes, seed {seed}",
            flush=True,
        )
        for note in suite.notes:
            print(f"  {note}")
        results = play(persona, suite, model, args)
        for arm, each in results.items():  # scenes of two characters may have one name
            by_arm[arm] += [replace(result, scene=f"{persona.id}: {result.scene}") for result in each]
    print(table(by_arm))
    for name, ours, other in comparisons(args):
        points, low, high = difference(by_arm[ours], by_arm[other], seed=seeds[0])
        print(f"{name}: {points:+.1f} points ({low:+.1f} to {high:+.1f}), n = {len(by_arm[ours])}")
    if args.json:
        figures = {arm: summary(each) for arm, each in by_arm.items()}
        told = {"model": args.model, "seeds": list(seeds), "persona": args.persona, "facts": args.facts}
        args.json.write_text(json.dumps({**told, "arms": figures, **circumstances()}, indent=2) + "\n")


if __name__ == "__main__":
    main()


__all__ = ["ARMS", "Tally", "difference", "main", "respondent", "suite_for", "table"]
