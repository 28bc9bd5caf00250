"""Does an adapter carry a persona? Facts are asked for that no prompt holds, in wordings that nobody trained.

Two characters get an adapter each, trained on dialogues whose prompt says who they are and nothing else. Then
each fact that has one value is asked for in five wordings, under the same bare prompt, with greedy decoding:
under the character's own adapter, under the other's, and under none. A wording is either held out by
`roleagent.tuning.synthesis` or one of the probes', which somebody else wrote. A reply is right if
`roleagent.evaluation.telling` finds the fact in it; "letter" counts those that hold its value letter by
letter.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.extraction import wilson
from benchmarks.report import Figure, parser, write
from benchmarks.role_worlds import make_character
from roleagent.agent.assembly import persona_of
from roleagent.evaluation.questions import Questions
from roleagent.evaluation.telling import tells
from roleagent.evaluation.wordings import wordings_for
from roleagent.graph.graph import PersonaGraph
from roleagent.models.adapters import ForPersona
from roleagent.persona.persona import Persona
from roleagent.persona.version import persona_version
from roleagent.tuning.dialogues import Dialogue, Message
from roleagent.tuning.synthesis import FAMILIES, synthesise
from roleagent.tuning.synthesis.questions import alike, askable, wordings_of
from roleagent.tuning.synthesis.stage import Stage, stage_for
from roleagent.tuning.synthesis.values import holds, says_value
from roleagent.types import Fact

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from roleagent.tuning.bases import Base
    from roleagent.tuning.options import Options

ADAPTERS = ("own", "other", "none")
_EACH = 5  # wordings of a fact
_DRAWS = 200  # of a probe's wording, to find all of them
_WATCHED = 8  # dialogues that the training looks at when it ends
_BATCH = 48
_LONGEST = 32  # tokens of a reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question for the value of a fact.

    Attributes:
        messages: the bare prompt and the question.
        is_probe: whether the wording is one of the probes', and not of the synthesis.
    """

    fact: Fact
    messages: tuple[Message, ...]
    is_probe: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """A reply to a question.

    Attributes:
        is_right: whether it tells the fact.
        is_to_the_letter: whether it holds the fact's value letter by letter.
    """

    asked: Asked
    text: str
    is_right: bool
    is_to_the_letter: bool


def characters(names: Sequence[str], *, num_facts: int, seed: int) -> list[Persona]:
    """Two personas by name or file, or two made-up ones of this many facts."""
    if names:
        return [persona_of(name, "") for name in names]
    return [make_character(num_facts, seed=2 * seed + number) for number in (1, 2)]


def lessons_of(persona: Persona, *, each: int, kinds: Sequence[str], seed: int) -> list[Dialogue]:
    """Training dialogues without facts in the prompt: this many for each fact that can be asked for."""
    num = each * len(askable(_bare_stage(persona)))
    return synthesise(persona, seed=seed, num=num, kinds=kinds, facts_in_prompt=False)


def questions_of(persona: Persona, *, each: int = _EACH, seed: int = 0) -> list[Asked]:
    """Every fact with one value alone, in so many wordings that no training dialogue has."""
    trained, kept = _bare_stage(persona), _bare_stage(persona, held_out=True)
    rng = random.Random(seed)
    probes = Questions(kept.persona, rng, wordings_for(kept.language))
    ids = {fact.id for fact in askable(trained)}
    found: list[Asked] = []
    for fact in askable(kept):
        if fact.id not in ids or len(alike(kept, fact)) > 1:
            continue
        seen = set(wordings_of(trained, fact))
        own = [text for text in wordings_of(kept, fact) if text not in seen]
        drawn = {probes.about(fact) for _ in range(_DRAWS)} if probes.can_ask(fact) else set()
        others = sorted(
            text for text in drawn - seen - {*own} if not says_value(text, fact, kept.graph, kept.language)
        )
        both = [(text, False) for text in own] + [
            (text, True) for text in rng.sample(others, min(len(others), each))
        ]
        if len(both) >= each:
            found += [
                Asked(fact=fact, messages=_prompt(kept, text), is_probe=is_probe)
                for text, is_probe in both[:each]
            ]
    return found


def _bare_stage(persona: Persona, *, held_out: bool = False) -> Stage:
    return stage_for(persona, seed=0, facts_in_prompt=False, wordings="held_out" if held_out else "train")


def _prompt(stage: Stage, text: str) -> tuple[Message, ...]:
    return stage.dialogue(stage.staged(text), "…", kind="fact").messages[:-1]


def grade(asked: Sequence[Asked], replies: Sequence[str], graph: PersonaGraph, language: str) -> list[Graded]:
    """Which replies tell what was asked for."""
    return [
        Graded(
            asked=each,
            text=text,
            is_right=tells(text, each.fact, graph),
            is_to_the_letter=holds(text, each.fact, graph, language),
        )
        for each, text in zip(asked, replies, strict=True)
    ]


def share_of(graded: Sequence[Graded]) -> tuple[float, float, float]:
    """Share 0–1 of right replies, with a 95 % interval.

    The wordings of a fact stand or fall together, so Wilson's interval takes the number of facts for n.
    """
    share = sum(each.is_right for each in graded) / len(graded)
    return share, *wilson(share, len({id(each.asked.fact) for each in graded}))


def train_adapter(
    base: Base, persona: Persona, lessons: Sequence[Dialogue], options: Options, folder: Path
) -> int:
    """Train and save an adapter, leave the base as it was, and return how many tokens were read."""
    from roleagent.tuning.saving import save_adapter
    from roleagent.tuning.training import train

    trained = train(base, lessons, lessons[:_WATCHED], options, folder=folder / "training")
    tie = ForPersona(id=persona.id, version=persona_version(persona))
    save_adapter(trained, base, folder, name=folder.name, made_by="benchmarks.persona_adapter", persona=tie)
    trained.model.unload()
    return trained.course.num_tokens


def replies_of(model: BaseChatModel, asked: Sequence[Asked]) -> list[str]:
    """What the model says to each question."""
    prompts = [[(each.role, each.text) for each in one.messages] for one in asked]
    answers = model.batch(prompts, config={"max_concurrency": _BATCH})  # type: ignore[arg-type]  # as documented
    return [str(each.text) for each in answers]


def measure(
    base: Base, personas: Sequence[Persona], args: argparse.Namespace
) -> tuple[dict[str, list[Graded]], dict[str, Figure]]:
    """The graded replies by adapter, and what the trainings cost."""
    from roleagent.models.checkpoint import hold_in_memory, release_checkpoint
    from roleagent.models.transformers import TransformersChat

    cost: dict[str, Figure] = {"dialogues": 0, "tokens": 0, "train_seconds": 0.0}
    graded: dict[str, list[Graded]] = {name: [] for name in ADAPTERS}
    with tempfile.TemporaryDirectory(prefix="roleagent-persona-adapter-") as place:
        folders = [Path(place) / f"adapter-{number}" for number in range(len(personas))]
        for persona, folder in zip(personas, folders, strict=True):
            lessons = lessons_of(persona, each=args.wordings, kinds=args.kinds.split(","), seed=args.seed)
            start = time.perf_counter()
            tokens = train_adapter(base, persona, lessons, options_of(args), folder)
            spent = time.perf_counter() - start
            print(f"{persona.name}: {len(lessons)} dialogues, {tokens} tokens, {spent:.0f} s", flush=True)
            cost = {
                "dialogues": int(cost["dialogues"]) + len(lessons),
                "tokens": int(cost["tokens"]) + tokens,
                "train_seconds": round(float(cost["train_seconds"]) + spent, 1),
            }
        base.model.config.use_cache = base.model.generation_config.use_cache = True
        held = hold_in_memory("persona-adapter", base.model, base.tokenizer)
        plain = TransformersChat(
            path_or_id=held, temperature=0, max_tokens=_LONGEST, max_batch=_BATCH, batch_wait_s=0.1
        )
        for number, persona in enumerate(personas):
            stage = _bare_stage(persona, held_out=True)
            asked = questions_of(persona, each=args.each, seed=args.seed)[: args.most or None]
            under: Mapping[str, Any] = {  # Any: chat models
                "own": plain.with_adapter(folders[number]),
                "other": plain.with_adapter(folders[1 - number]),
                "none": plain,
            }
            for name, model in under.items():
                found = grade(asked, replies_of(model, asked), stage.graph, stage.language)
                graded[name] += found
                print(
                    f"{persona.name}, {name}: {sum(each.is_right for each in found)}/{len(found)}", flush=True
                )
        release_checkpoint(held)
    return graded, cost


def options_of(args: argparse.Namespace) -> Options:
    """How each adapter is trained."""
    from roleagent.tuning.objective import Objective
    from roleagent.tuning.options import LoraOptions, Options

    return Options(
        epochs=args.epochs, learning_rate=args.rate, seed=args.seed, device="cpu", threads=1,
        most_tokens=args.tokens, sequences_per_step=1, check_every=10**6,
        lora=LoraOptions(rank=args.rank, alpha=2 * args.rank, dropout=0.0),
        objective=Objective(con=args.con),
    )  # fmt: skip


def table(graded: Mapping[str, Sequence[Graded]]) -> str:
    """A line for each adapter."""
    lines = [f"{'adapter':8} {'right':>9} {'%':>6} {'95 %':>13} {'letter':>8} {'held out':>9} {'probes':>9}"]
    for name, each in graded.items():
        share, low, high = share_of(each)
        parts = [[one for one in each if one.asked.is_probe is is_probe] for is_probe in (False, True)]
        kinds = (f"{sum(one.is_right for one in part)}/{len(part)}" for part in parts)
        right, letter = sum(one.is_right for one in each), sum(one.is_to_the_letter for one in each)
        cells = (f"{right}/{len(each)}", f"{share:.1%}", f"{low:.1%}–{high:.1%}", f"{letter / len(each):.1%}")
        lines.append("{:8} {:>9} {:>6} {:>13} {:>8} {:>9} {:>9}".format(name, *cells, *kinds))
    return "\n".join(lines)


def figures_of(graded: Mapping[str, Sequence[Graded]]) -> dict[str, Figure]:
    """The same as flat figures."""
    figures: dict[str, Figure] = {}
    for name, each in graded.items():
        share, low, high = share_of(each)
        figures |= {
            f"{name}_right": round(share, 4),
            f"{name}_low": round(low, 4),
            f"{name}_high": round(high, 4),
            f"{name}_to_the_letter": round(sum(one.is_to_the_letter for one in each) / len(each), 4),
        }
    return figures


def main(argv: list[str] | None = None) -> int:
    """Train both adapters, ask under each, and print the table."""
    args = _arguments(argv)
    from roleagent.tuning.bases import open_base

    start = time.perf_counter()
    names = [name for name in args.personas.split(",") if name]
    personas = characters(names, num_facts=args.facts, seed=args.seed)
    graded, cost = measure(open_base(args.model, device="cpu"), personas, args)
    if args.show:
        for name, each in graded.items():
            for one in each:
                print(f"{'+' if one.is_right else '-'} {name}: {one.asked.messages[-1].text} | {one.text}")
    print(table(graded))
    num_facts = len({id(each.asked.fact) for each in graded["own"]})
    figures: dict[str, Figure] = {
        "n": len(graded["own"]),
        "facts": num_facts,
        **figures_of(graded),
        **cost,
        **{name: getattr(args, name) for name in ("model", "wordings", "epochs", "rate", "rank", "con")},
        **{name: getattr(args, name) for name in ("kinds", "tokens", "seed")},
        "seconds": round(time.perf_counter() - start, 1),
    }
    print(f"{figures['seconds']} s, seed {args.seed}")
    shares = {name: f"{share_of(each)[0]:.1%}" for name, each in graded.items()}
    print(
        f"right on unseen wordings: {shares['own']} under its own adapter, {shares['other']} under the "
        f"other's, {shares['none']} under none (n = {len(graded['own'])}, {num_facts} facts)"
    )
    write(figures, args.json)
    return 0


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("--model", default="smollm2-135m", help="the base, as in `roleagent train`")
    made.add_argument("--personas", default="", help="two names or files; default: made-up ones")
    made.add_argument("--facts", type=int, default=50, help="facts of a made-up character")
    made.add_argument("--wordings", type=int, default=12, help="training dialogues for each fact")
    made.add_argument("--kinds", default="fact", help="of training dialogues: " + ", ".join(FAMILIES))
    made.add_argument("--epochs", type=int, default=2)
    made.add_argument("--rate", type=float, default=2e-3, help="learning rate")
    made.add_argument("--rank", type=int, default=16)
    made.add_argument("--con", type=float, default=0.0, help="weight of L_con, against wrong values")
    made.add_argument("--tokens", type=int, default=384, help="of a training sequence, at most")
    made.add_argument("--show", action="store_true", help="print each reply")
    args = made.parse_args(argv)
    args.each, args.most = _EACH, 0
    if args.quick:
        args.facts, args.wordings, args.epochs, args.each, args.most = 22, 2, 1, 2, 8
    return args


if __name__ == "__main__":
    sys.exit(main())
