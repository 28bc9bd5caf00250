"""Put known faults into replies: what the critics catch, what they cite, and what they reject falsely.

    python -m benchmarks.persona_faults [--critics NAMES] [--personas NAMES] [--misses] [--json OUT]
    python -m benchmarks.persona_faults --collect FILE [--model NAMES] [--turns N]

Replies of real models, read by hand and found without a fault, and some that were written for the purpose,
get a faulty sentence at a random place. A kind's false alarms are the untouched replies, and for some kinds
the same sentences without the fault, that any critic rejects which catches faults of this kind. The
sentences have a half that may be read while critics are changed (dev) and one that may not. Intervals are
Wilson's, 95 %.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.critics import share
from benchmarks.reply_faults.cases import HALVES, KINDS, Case, cases_of, orders_of
from benchmarks.reply_faults.collecting import DATA, SMALL_TALK, Given, collect, untouched
from benchmarks.report import Figure, parser, write
from roleagent.agent.assembly import persona_of
from roleagent.protocols import Critic, Guard
from roleagent.registry import get
from roleagent.types import Verdict
from roleagent.workflow.parts import DEFAULT_CRITICS

PERSONAS = "holmes,faraday,mira,sunwukong"
REPLIES = DATA / "persona_replies.jsonl"
_QUICK = 3


@dataclass(slots=True, kw_only=True)
class Count:
    """What came of the drafts of one kind.

    Attributes:
        by: critic -> number of faults that it caught.
        cited: caught faults that break something with an id.
        cited_right: those of them whose verdict cites it.
        twins: the same without the fault, as the critics that rejected each.
    """

    bad: int = 0
    caught: int = 0
    by: Counter[str] = field(default_factory=Counter)
    cited: int = 0
    cited_right: int = 0
    twins: list[frozenset[str]] = field(default_factory=list)

    def false_alarms(self, rejected_untouched: Sequence[frozenset[str]]) -> tuple[int, int]:
        """How many drafts without a fault a critic rejects that catches such faults, and of how many."""
        drafts = [*rejected_untouched, *self.twins]
        return sum(bool(each & self.by.keys()) for each in drafts), len(drafts)


def main(argv: list[str] | None = None) -> int:
    """Print a table by half and kind, the false alarms by critic, and last the headline."""
    made = parser(__doc__)
    made.add_argument("--critics", default=",".join(DEFAULT_CRITICS), help="names, or none")
    made.add_argument("--guards", default="injection", help="names")
    made.add_argument("--personas", default=PERSONAS)
    made.add_argument("--kinds", default=",".join(KINDS), help="of: " + ", ".join(KINDS))
    made.add_argument("--number", type=int, default=40, help="of each kind, for each persona and half")
    made.add_argument("--replies", type=Path, default=REPLIES, help="replies that --collect wrote")
    made.add_argument("--misses", action="store_true", help="print what is judged wrongly in the dev half")
    made.add_argument("--collect", type=Path, metavar="FILE", help="talk with models, and append to a file")
    made.add_argument("--model", default="smollm2-135m", help="for --collect")
    made.add_argument("--turns", type=int, default=16, help="for --collect, with each persona")
    options = made.parse_args(argv)
    names = options.personas.split(",")
    if options.collect:
        collect(options.collect, options.model.split(","), names, num_turns=options.turns)
        return 0
    personas = {name: persona_of(name, "") for name in names}
    critics = [get("critic", name) for name in options.critics.split(",") if name]
    given = untouched(options.replies, personas)
    number = -(-options.number // _QUICK) if options.quick else options.number
    figures: dict[str, Figure] = {"seed": options.seed, "critics": options.critics, "untouched_n": len(given)}
    alarms = _alarms(given, critics, show=options.misses)
    for half in HALVES:
        cases = [
            case
            for name, persona in personas.items()
            for case in cases_of(
                persona,
                [each for each in given if each.scene.persona.id == name],
                half,
                number=number,
                seed=options.seed,
                kinds=options.kinds.split(","),
            )
        ]
        show = options.misses and half == "dev"
        figures |= _by_kind(half, cases, critics, alarms, show=show)
        languages = sorted({persona.language[:2] for persona in personas.values()})
        figures |= _orders(half, languages, [get("guard", name) for name in options.guards.split(",")], show)
    figures |= _by_critic(alarms, critics)
    _headline(figures)
    write(figures, options.json)
    return 0


def _alarms(given: Iterable[Given], critics: Sequence[Critic], *, show: bool) -> list[frozenset[str]]:
    """For each untouched reply the critics that reject it."""
    found = []
    for each in given:
        verdicts = [critic.check(each.reply, each.scene, complete=True) for critic in critics]
        found.append(frozenset(verdict.critic for verdict in verdicts if not verdict.ok))
        for verdict in verdicts if show else ():
            if not verdict.ok:
                print(
                    f"    false alarm: {each.scene.persona.id} {verdict.critic} {verdict.reason!r}\n"
                    f"      Q {each.scene.turn.text!r} A {each.reply!r}"
                )
    return found


def _by_kind(
    half: str,
    cases: Sequence[Case],
    critics: Sequence[Critic],
    alarms: Sequence[frozenset[str]],
    *,
    show: bool,
) -> dict[str, Figure]:
    counts: dict[str, Count] = {}
    for case in cases:
        verdicts = [critic.check(case.draft, case.scene, complete=True) for critic in critics]
        _note(
            counts.setdefault(case.kind, Count()),
            case,
            [verdict for verdict in verdicts if not verdict.ok],
            show=show,
        )
    print(f"\n{half + ': kind':28} {'caught':30} {'false alarms':28} right evidence")
    figures: dict[str, Figure] = {}
    for kind, count in counts.items():
        false, fine = count.false_alarms(alarms)
        print(
            f"{kind:28} {share(count.caught, count.bad):30} {share(false, fine):28} "
            f"{share(count.cited_right, count.cited)}   {dict(count.by.most_common())}"
        )
        key = f"{half.replace(' ', '_')}_{kind}"
        figures |= {
            f"{key}_n": count.bad,
            f"{key}_caught": count.caught,
            f"{key}_fine": fine,
            f"{key}_false": false,
            f"{key}_cited": count.cited,
            f"{key}_cited_right": count.cited_right,
        }
    return figures


def _note(count: Count, case: Case, failed: Sequence[Verdict], *, show: bool) -> None:
    names = frozenset(verdict.critic for verdict in failed)
    if not case.fault:
        count.twins.append(names)
        if names and show:
            told = [(verdict.critic, verdict.reason) for verdict in failed]
            print(f"    twin rejected: {case.kind} Q {case.scene.turn.text!r} A {case.draft!r} {told}")
        return
    count.bad += 1
    count.caught += bool(names)
    count.by.update(names)
    if names and case.evidence:
        count.cited += 1
        is_right = any(case.evidence in verdict.evidence for verdict in failed)
        count.cited_right += is_right
        if show and not is_right:
            cited = [(verdict.critic, verdict.evidence) for verdict in failed]
            print(f"    cited otherwise: {case.kind} {case.fault!r} wants {case.evidence} has {cited}")
    if show and not names:
        asked = f" Q {case.scene.turn.text!r}" if case.kind == "denial" else ""
        print(f"    missed: {case.scene.persona.id} {case.kind}{asked} {case.fault!r}")


def _orders(half: str, languages: Sequence[str], guards: Sequence[Guard], show: bool) -> dict[str, Figure]:
    bad, fine = [], []
    for language in languages:
        orders, harmless = orders_of(half, language)
        rows = (line.partition(" | ") for line in SMALL_TALK.read_text("utf-8").splitlines())
        bad += orders
        fine += [*harmless, *(said for code, _, said in rows if code == language)]
    flagged = {text: _is_flagged(text, guards) for text in (*bad, *fine)}
    caught, false = sum(flagged[text] for text in bad), sum(flagged[text] for text in fine)
    print(f"{'injection':28} {share(caught, len(bad)):30} {share(false, len(fine)):28}")
    for text in bad if show else ():
        if not flagged[text]:
            print(f"    missed: injection {text!r}")
    key = f"{half.replace(' ', '_')}_injection"
    return {
        f"{key}_n": len(bad), f"{key}_caught": caught, f"{key}_fine": len(fine), f"{key}_false": false,
    }  # fmt: skip


def _is_flagged(text: str, guards: Sequence[Guard]) -> bool:
    return any(not guard.screen(text, where="picture.png").ok for guard in guards)


def _by_critic(alarms: Sequence[frozenset[str]], critics: Sequence[Critic]) -> dict[str, Figure]:
    print(f"\nfalse alarms on {len(alarms)} untouched replies, by critic")
    figures: dict[str, Figure] = {"untouched_false": sum(map(bool, alarms))}
    for critic in critics:
        false = sum(critic.name in each for each in alarms)
        figures[f"untouched_false_{critic.name}"] = false
        print(f"{critic.name:28} {share(false, len(alarms))}")
    return figures


def _headline(figures: dict[str, Figure]) -> None:
    kinds = [kind for kind in (*KINDS, "injection") if f"held_out_{kind}_n" in figures]
    caught = sum(int(figures[f"held_out_{kind}_caught"]) for kind in kinds)
    total = sum(int(figures[f"held_out_{kind}_n"]) for kind in kinds)
    false = share(int(figures["untouched_false"]), int(figures["untouched_n"]))
    print(f"\nheld out: caught {share(caught, total)} of all kinds; untouched replies rejected {false}")


if __name__ == "__main__":
    sys.exit(main())
