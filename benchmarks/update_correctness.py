"""Measure how rightly what users say over months changes what is known of them.

    python -m benchmarks.update_correctness [--num-cases 500] [--seed N] [--templates FILE] [--ablation]
        [--json OUT]

Each case is a life: dated turns of one user, English or Chinese, with moves, jobs, hobbies, corrections,
denials, jokes, quotations and small talk, drawn at random from a file of wordings. The turns go through the
real updater into a real graph, which is asked what holds after each turn, what held at dates in between, and
what it wrongly learned or retired. Without --templates all our wordings are used: those of development, three
sets that patterns were mended on, and last the held-out set, which nobody who writes patterns has read. The
figures without a prefix are the last set's; docs/updates.md tells what each set gave when first run. With
--ablation each group of cues is switched off in turn, and the table says what is lost on each set as a whole.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from benchmarks.extraction import wilson
from benchmarks.persona_events import make_life
from benchmarks.persona_lives import NULL_KINDS, Life, Said, questions_of
from benchmarks.report import Figure, parser, write
from benchmarks.wordings import Wordings, read_wordings
from roleagent.errors import InputError
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS
from roleagent.learning import PatternUpdater
from roleagent.learning.consolidate import consolidate
from roleagent.learning.rules import applied, same_value
from roleagent.learning.rules import propose as judged
from roleagent.learning.statements import as_candidate
from roleagent.learning.updater import graph_language, read_all_claims
from roleagent.protocols import GraphUpdater
from roleagent.types import Episode, Fact, GraphUpdate, Owner, Thread, content_id

DATA = Path(__file__).parent / "data"
PARTS = {
    "development": DATA / "persona_lives.toml",
    "mended": DATA / "persona_lives_mended.toml",
    "mended 2": DATA / "persona_lives_mended_2.toml",
    "mended 3": DATA / "persona_lives_mended_3.toml",
    "held out": DATA / "persona_lives_held_out.toml",
}
RATES = ("live_correct", "as_of_correct", "false_retired", "false_learned")
GROUPS = ("lives_in", "works_at", "works_as", "likes", "dislikes", "has_pet", "married_to", "is_called",
          "corrections", "began", "held", "ended", "never")  # fmt: skip
_EMPTY = PersonaGraph(nodes=(), facts=(), relations=CORE_RELATIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablated:
    """The pattern updater without one relation or stance, or without corrections that name no relation."""

    group: str

    def propose(self, graph: PersonaGraph, said: str, at: datetime, evidence: tuple[str, ...]) -> GraphUpdate:
        """What the words teach without the group."""
        claims = read_all_claims(said, at.date())
        kept = [each for each in claims if self.group not in (each.relation or "corrections", each.stance)]
        candidates = [as_candidate(each, confidence=1.0, evidence=evidence) for each in kept]
        return judged(graph, candidates, at=at, language=graph_language(graph))


@dataclass(slots=True)
class Tally:
    """How many of how many, by rate and by group."""

    hits: Counter[tuple[str, str]] = field(default_factory=Counter)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    misses: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, rate: str, groups: Iterable[str], hit: bool, *, num: int = 1) -> None:
        """Count one question for all its groups."""
        for group in groups:
            self.asked[rate, group] += num
            self.hits[rate, group] += num * hit

    def share(self, rate: str, group: str) -> float:
        """Hits in questions; 0 where nothing was asked."""
        asked = self.asked[rate, group]
        return self.hits[rate, group] / asked if asked else 0.0


def main(argv: list[str] | None = None) -> int:
    """Print a table by kind of event for each part, then the headline."""
    options_parser = parser(__doc__)
    options_parser.add_argument("--num-cases", type=int, default=500, help="lives to live")
    options_parser.add_argument("--templates", type=Path, help="a file of wordings instead of ours")
    options_parser.add_argument("--misses", action="store_true", help="print every turn that went wrong")
    options_parser.add_argument("--ablation", action="store_true", help="switch cue groups off in turn")
    options = options_parser.parse_args(argv)
    if options.num_cases < 1:
        options_parser.error(f"--num-cases must be at least 1, not {options.num_cases}.")
    num_cases = min(options.num_cases, 40) if options.quick else options.num_cases
    ours = {part: path for part, path in PARTS.items() if path.exists()}
    parts = {options.templates.name: options.templates} if options.templates else ours
    try:
        wordings = {part: read_wordings(path) for part, path in parts.items()}
    except InputError as error:
        options_parser.error(str(error))
    figures: dict[str, Figure] = {"seed": options.seed, "n": num_cases}
    if options.ablation:
        figures |= ablate(wordings, num_cases, options.seed)
        write(figures, options.json)
        return 0
    headlines: list[str] = []
    for part in parts:
        tally, num_turns, seconds = measure(wordings[part], num_cases, options.seed)
        print_table(part, tally)
        if options.misses:
            print_misses(tally)
        print(f"{num_turns} turns, {seconds / num_turns * 1e3:.2f} ms each with reading, rules and graph\n")
        is_main = part == list(parts)[-1]
        figures |= figures_of(tally, "" if is_main else f"{part.replace(' ', '_')}_")
        if is_main:
            figures |= {"num_turns": num_turns, "ms_a_turn": round(seconds / num_turns * 1e3, 3)}
        headlines.append(headline_of(part, tally, num_cases))
    print("\n".join(headlines))
    write(figures, options.json)
    return 0


def ablate(wordings: Mapping[str, Wordings], num_cases: int, seed: int) -> dict[str, Figure]:
    """Print and give, for each part, how many live values are right without each group of cues."""
    figures: dict[str, Figure] = {}
    print(f"{'without':16}" + "".join(f"{part:>14}" for part in wordings))
    whole: dict[str, float] = {}
    for group in ("", *GROUPS):
        cells = []
        for part, said in wordings.items():
            tally, _, _ = measure(said, num_cases, seed, Ablated(group=group))
            share = tally.share("live_correct", "all")
            whole.setdefault(part, share)
            figures[f"{part.replace(' ', '_')}_without_{group or 'nothing'}"] = round(share, 4)
            cells.append(f"{share - whole[part] if group else share:14.4f}")
        print(f"{group or 'nothing':16}" + "".join(cells), flush=True)
    return figures


def measure(
    wordings: Wordings, num_cases: int, seed: int, updater: GraphUpdater | None = None
) -> tuple[Tally, int, float]:
    """Live all lives; gives the tally, the number of turns and the seconds the updater took."""
    tally, num_turns, seconds = Tally(), 0, 0.0
    for case in range(num_cases):
        rng = random.Random(f"{seed}:{case}")
        language = sorted(wordings)[case % len(wordings)]
        life = make_life(wordings, language, rng)
        seconds += live(life, f"case{case}", tally, updater or PatternUpdater())
        num_turns += len(life.turns)
    return tally, num_turns, seconds


def live(life: Life, case: str, tally: Tally, updater: GraphUpdater) -> float:
    """Run one life through the updater and judge it; gives the seconds the updater took."""
    graph, seconds = _EMPTY, 0.0
    ever = {(truth.relation, truth.value) for truth in life.truths} | life.may_learn
    for said in life.turns:
        start = time.perf_counter()
        update = propose(graph, said, case, updater)
        after = applied(graph, update, at=said.at)
        seconds += time.perf_counter() - start
        judge_turn(life, said, graph, update, after, ever, tally)
        graph = after
    judge_end(life, graph, tally)
    return seconds


def propose(graph: PersonaGraph, said: Said, case: str, updater: GraphUpdater) -> GraphUpdate:
    """What the updater makes of a turn; the persona's words go through consolidation, which sees both."""
    if said.by_user:
        return updater.propose(graph, said.text, said.at, (content_id(case, said.at.isoformat()),))
    episode = Episode(
        id=content_id(case, said.at.isoformat()),
        thread=Thread(owner=Owner(persona_id="p", user_id=case), thread_id="t"),
        turn_id="t",
        speaker="persona",
        text=said.text,
        at=said.at,
    )
    return consolidate(graph, [episode], updater=updater, at=said.at)


def judge_turn(
    life: Life,
    said: Said,
    before: PersonaGraph,
    update: GraphUpdate,
    after: PersonaGraph,
    ever: set[tuple[str, str]],
    tally: Tally,
) -> None:
    """Whether a turn did what it had to, learned nothing false and retired nothing true."""
    groups = ("all", life.language, said.kind)
    wrong: list[str] = []
    if said.kind not in (*NULL_KINDS, "slip"):
        ok = is_as_expected(said, after)
        tally.note("live_correct", groups, ok)
        wrong += [] if ok else ["state"]
    for fact in update.added if said.kind != "slip" else ():
        is_false = not any(names(after, fact, relation, value) for relation, value in ever)
        tally.note("false_learned", groups, is_false)
        wrong += [f"learned {fact.id}"] if is_false else []
    true_before = true_facts(life, said, before)
    gone = {fact.id for fact in update.superseded}
    for fact in true_before:
        tally.note("false_retired", groups, fact.id in gone)
        wrong += [f"retired {fact.id}"] if fact.id in gone else []
    tally.note("num_retired", groups, True, num=len(gone))
    if wrong:
        tally.misses[said.kind].append(f"{said.text}  [{'; '.join(wrong)}]")


def is_as_expected(said: Said, graph: PersonaGraph) -> bool:
    """Whether what must hold holds, what must not does not, and what is over is on record."""
    return (
        all(is_live(graph, relation, value) for relation, value in said.must_hold)
        and not any(is_live(graph, relation, value) for relation, value in said.must_not)
        and all(is_over(graph, relation, value) for relation, value in said.must_have_been)
    )


def true_facts(life: Life, said: Said, graph: PersonaGraph) -> list[Fact]:
    """Facts that hold in the graph and, after this turn, still hold in the life.

    While a slip stands uncorrected nobody can tell that the value it retired is true.
    """
    if said.kind == "slip":
        return []
    day = said.at.date().isoformat()
    true = [
        truth
        for truth in life.truths
        if truth.said <= said.at and (truth.until is None or (truth.until > day and truth.until != "past"))
    ]
    return [
        fact
        for fact in graph.facts.values()
        if fact.valid_to is None and any(names(graph, fact, t.relation, t.value) for t in true)
    ]


def judge_end(life: Life, graph: PersonaGraph, tally: Tally) -> None:
    """Ask at the end of a life what held at dates within it, and whether the whole present state is right."""
    for asked in questions_of(life):
        held = graph.as_of(valid=asked.date)
        found = labels(held, asked.relation)
        ok = asked.values <= found <= (asked.values | asked.unknown)
        tally.note("as_of_correct", ("all", life.language, f"as of, {asked.kind}"), ok)
        if not ok:
            said = " / ".join(f"{s.at:%m-%d} {s.text}" for s in life.turns if s.kind not in NULL_KINDS)
            tally.misses["as_of"].append(
                f"{asked.relation} {asked.date}: {sorted(found)} for {sorted(asked.values)}: {said}"
            )
    for relation in sorted({truth.relation for truth in life.truths}):
        ok = labels(graph, relation) == set(life.live(relation))
        tally.note("end_correct", ("all", life.language), ok)


def names(graph: PersonaGraph, fact: Fact, relation: str, value: str) -> bool:
    """Whether a fact of the user says this, by label or alias."""
    if (fact.subject, fact.relation) != ("user", relation):
        return False
    node = graph.nodes[fact.object]
    return any(same_value(value, name, node_type=node.type) for name in (node.label, *node.aliases))


def is_live(graph: PersonaGraph, relation: str, value: str) -> bool:
    """Whether a value holds now."""
    return any(names(graph, fact, relation, value) for fact in live_facts(graph, relation))


def is_over(graph: PersonaGraph, relation: str, value: str) -> bool:
    """Whether a value is on record with an end."""
    return any(fact.valid_to and names(graph, fact, relation, value) for fact in graph.facts.values())


def live_facts(graph: PersonaGraph, relation: str) -> tuple[Fact, ...]:
    """What holds now of the user."""
    return graph.values("user", relation)


def labels(graph: PersonaGraph, relation: str) -> set[str]:
    """Plain names of the values that hold; a pet's without its kind."""
    nodes = [graph.nodes[fact.object] for fact in live_facts(graph, relation)]
    return {node.aliases[0] if node.aliases else node.label for node in nodes}


def print_table(part: str, tally: Tally) -> None:
    """Rates by kind of event."""
    print(f"{part:16} {'live right':>16} {'as-of right':>16} {'true retired':>16} {'learned falsely':>16}")
    for group in sorted({group for _, group in tally.asked}, key=lambda g: (g != "all", len(g) > 2, g)):
        cells = (
            f"{tally.hits[rate, group]}/{tally.asked[rate, group]}" if tally.asked[rate, group] else "–"
            for rate in RATES
        )
        print(f"{group:16} " + " ".join(f"{cell:>16}" for cell in cells))


def print_misses(tally: Tally) -> None:
    """Every wrong turn, by kind."""
    for kind, lines in sorted(tally.misses.items()):
        for line, count in Counter(lines).most_common(40):
            print(f"  {kind} ×{count}: {line}")


def figures_of(tally: Tally, prefix: str) -> dict[str, Figure]:
    """All rates, flat: overall, by language and by kind of event."""
    figures: dict[str, Figure] = {}
    for rate, group in sorted(tally.asked):
        if rate == "num_retired":
            continue
        suffix = "" if group == "all" else "_" + group.replace(", ", "_").replace(" ", "_")
        figures[f"{prefix}{rate}_rate{suffix}"] = round(tally.share(rate, group), 4)
        figures[f"{prefix}{rate}_n{suffix}"] = tally.asked[rate, group]
    wrong, retired = tally.hits["false_retired", "all"], tally.asked["num_retired", "all"]
    figures[f"{prefix}retirements_wrong_rate"] = round(wrong / max(1, retired), 4)
    figures[f"{prefix}retirements_n"] = retired
    return figures


def headline_of(part: str, tally: Tally, num_cases: int) -> str:
    """The four rates with their 95 % Wilson intervals."""
    told = []
    for rate in RATES:
        share, n = tally.share(rate, "all"), tally.asked[rate, "all"]
        low, high = wilson(share, max(1, n))
        told.append(f"{rate}_rate {share:.4f} ({max(0.0, low):.4f}-{high:.4f}, n={n})")
    wrong, retired = tally.hits["false_retired", "all"], tally.asked["num_retired", "all"]
    return f"{part}, {num_cases} lives: " + ", ".join(told) + f"; {wrong} of {retired} retirements were wrong"


if __name__ == "__main__":
    sys.exit(main())
