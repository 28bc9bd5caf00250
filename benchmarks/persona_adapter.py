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
from roleagent.tuning.packing import common_length
from roleagent.tuning.synthesis import FAMILIES, synthesise
from roleagent.tuning.synthesis.questions import alike, askable, wordings_of
from roleagent.tuning.synthesis.stage import Stage, stage_for
from roleagent.tuning.synthesis.values import holds, says_value
from roleagent.types import Fact

if TYPE_CHECKING:
    from roleagent.tuning.bases import Base
    from roleagent.tuning.options import Options
    from roleagent.tuning.training import Trained

UNDER = ("own", "other", "none")
_EACH = 5  # wordings of a fact
_DRAWS = 200  # of a probe's wording, to find all of them
_WATCHED = 8  # dialogues that the training looks at when it ends
_BATCH = 64
_LONGEST = 24  # tokens of a reply


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
    low, high = wilson(share, len({id(each.asked.fact) for each in graded}))
    return share, max(0.0, low), high


def replies_of(model: Any, tokenizer: Any, asked: Sequence[Asked]) -> list[str]:  # Any: untyped libraries
    """What a model says to questions under one prompt, greedily; the prompt is read once."""
    import torch
    from transformers import DynamicCache

    prompts = [
        tokenizer.apply_chat_template(
            [{"role": each.role, "content": each.text} for each in one.messages],
            add_generation_prompt=True,
            return_dict=True,
        )["input_ids"]
        for one in asked
    ]
    shared = common_length(prompts) if len(prompts) > 1 else 0
    order = sorted(range(len(asked)), key=lambda at: len(prompts[at]))
    padding = tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    said = [""] * len(asked)
    model.eval()
    with torch.inference_mode():
        for places in (order[at : at + _BATCH] for at in range(0, len(order), _BATCH)):
            cache = DynamicCache(config=model.config)
            if shared:
                model(torch.tensor([prompts[0][:shared]]), past_key_values=cache, use_cache=True)
                cache.batch_repeat_interleave(len(places))
            width = max(len(prompts[at]) for at in places)
            gaps = [width - len(prompts[at]) for at in places]  # between what is shared and the rest
            rows = [
                [*prompts[at][:shared], *[padding] * gap, *prompts[at][shared:]]
                for at, gap in zip(places, gaps, strict=True)
            ]
            mask = [[1] * shared + [0] * gap + [1] * (width - shared - gap) for gap in gaps]
            written = model.generate(
                input_ids=torch.tensor(rows),
                attention_mask=torch.tensor(mask),
                past_key_values=cache,
                use_cache=True,
                do_sample=False,
                max_new_tokens=_LONGEST,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=padding,
            )
            told = tokenizer.batch_decode(written[:, width:], skip_special_tokens=True)
            for at, text in zip(places, told, strict=True):
                said[at] = text.strip()
    return said


def measure(
    base: Base, personas: Sequence[Persona], args: argparse.Namespace
) -> tuple[dict[str, list[Graded]], dict[str, Figure]]:
    """The graded replies by adapter, and what the trainings cost."""
    from roleagent.tuning.training import train

    graded: dict[str, list[Graded]] = {name: [] for name in args.under}

    def ask(persona: Persona, name: str, model: Any) -> None:  # Any: an untyped library
        if name not in graded:
            return
        stage = _bare_stage(persona, held_out=True)
        asked = questions_of(persona, each=args.each, seed=args.seed)[: args.most or None]
        start = time.perf_counter()
        found = grade(asked, replies_of(model, base.tokenizer, asked), stage.graph, stage.language)
        graded[name] += found
        num, spent = sum(each.is_right for each in found), time.perf_counter() - start
        print(f"{persona.name}, {name}: {num}/{len(found)} right, {spent:.0f} s", flush=True)

    dialogues = tokens = 0
    seconds = 0.0
    for number, persona in enumerate(personas):
        ask(persona, "none", base.model)
        lessons = lessons_of(persona, each=args.wordings, kinds=args.kinds.split(","), seed=args.seed)
        with tempfile.TemporaryDirectory(prefix="roleagent-persona-adapter-") as place:
            trained = train(base, lessons, lessons[:_WATCHED], options_of(args), folder=Path(place) / "run")
        course = trained.course
        told = f"{len(lessons)} dialogues, {len(course.steps)} steps, {course.num_tokens} tokens"
        print(f"{persona.name}: {told}, {course.seconds:.0f} s", flush=True)
        dialogues, tokens = dialogues + len(lessons), tokens + course.num_tokens
        seconds += course.seconds
        ask(persona, "own", trained.model)
        for other in personas:
            if other is not persona:
                ask(other, "other", trained.model)
        if args.out:
            keep(trained, base, persona, args.out / f"{number}-{persona.id}")
        trained.model.unload()
    return graded, {"dialogues": dialogues, "tokens_read": tokens, "train_seconds": round(seconds, 1)}


def keep(trained: Trained, base: Base, persona: Persona, folder: Path) -> None:
    """Save an adapter as `roleagent train persona` does, so that it can be talked to."""
    from roleagent.tuning.saving import save_adapter

    tie = ForPersona(id=persona.id, version=persona_version(persona))
    save_adapter(trained, base, folder, name=folder.name, made_by="benchmarks.persona_adapter", persona=tie)


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
    personas = characters(names, num_facts=args.facts, seed=args.seed)[: args.num]
    graded, cost = measure(open_base(args.model, device="cpu"), personas, args)
    if args.show:
        for name, each in graded.items():
            for one in each:
                mark, said = "+" if one.is_right else "-", " ".join(one.text.split())
                print(f"{mark} {name}: {one.asked.messages[-1].text} | {said}")
    print(table(graded))
    every = next(iter(graded.values()))
    num_facts = len({id(each.asked.fact) for each in every})
    figures: dict[str, Figure] = {
        "n": len(every),
        "facts": num_facts,
        **figures_of(graded),
        **cost,
        **{name: getattr(args, name) for name in ("model", "wordings", "epochs", "rate", "rank", "con")},
        **{name: getattr(args, name) for name in ("kinds", "tokens", "seed", "num")},
        "seconds": round(time.perf_counter() - start, 1),
    }
    print(f"{figures['seconds']} s, seed {args.seed}")
    told = {"own": "its own adapter", "other": "the other's", "none": "none"}
    shares = (f"{share_of(each)[0]:.1%} under {told[name]}" for name, each in graded.items())
    print(f"right on unseen wordings: {', '.join(shares)} (n = {len(every)}, {num_facts} facts)")
    write(figures, args.json)
    return 0


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("--model", default="smollm2-135m", help="the base, as in `roleagent train`")
    made.add_argument("--personas", default="", help="two names or files; default: made-up ones")
    made.add_argument("--num", type=int, choices=(1, 2), default=2, help="1 to compare designs on the first")
    made.add_argument("--facts", type=int, default=50, help="facts of a made-up character")
    made.add_argument("--wordings", type=int, default=14, help="training dialogues for each fact")
    made.add_argument("--kinds", default="fact", help="of training dialogues: " + ", ".join(FAMILIES))
    made.add_argument("--epochs", type=int, default=1)
    made.add_argument("--rate", type=float, default=2e-3, help="learning rate")
    made.add_argument("--rank", type=int, default=16)
    made.add_argument("--con", type=float, default=0.0, help="weight of L_con, against wrong values")
    made.add_argument("--tokens", type=int, default=256, help="of a training sequence, at most")
    made.add_argument("--under", default=",".join(UNDER), help="ask only under these: " + ", ".join(UNDER))
    made.add_argument("--out", type=Path, metavar="FOLDER", help="keep the adapters there")
    made.add_argument("--show", action="store_true", help="print each reply")
    args = made.parse_args(argv)
    args.under = [name for name in args.under.split(",") if name != "other" or args.num > 1]
    args.each, args.most = _EACH, 0
    if args.quick:
        args.facts, args.wordings, args.epochs, args.each, args.most = 22, 1, 1, 2, 8
    return args


if __name__ == "__main__":
    sys.exit(main())
