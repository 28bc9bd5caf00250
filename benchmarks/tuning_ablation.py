"""What each term of the training objective brings: the same training with and without it, over several seeds.

Arms: ``lm`` (language loss alone), ``con``, ``rel``, ``safe`` (with that term), ``all``. Measured on
dialogues of characters that are not trained on: the language loss; how often the good reply is likelier than
one that contradicts the notes, than one that falls out of the role, and than the replies of other dialogues.
With ``--probes``, also the right answers to probes about made-up characters, by the adapter in a real agent.
"""

from __future__ import annotations

import json
import math
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.report import circumstances, parser
from benchmarks.role_worlds import make_character
from roleagent.evaluation.playing import run_suite_sync
from roleagent.evaluation.probes import make_suite
from roleagent.evaluation.respondents import AgentRespondent
from roleagent.models import LlamaCppChat
from roleagent.models.engine import close_engines
from roleagent.tuning.bases import Base, open_base
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.encoding import Encoder
from roleagent.tuning.objective import Objective
from roleagent.tuning.options import LoraOptions, Options
from roleagent.tuning.packing import bundles, pack
from roleagent.tuning.saving import save_adapter
from roleagent.tuning.scoring import as_inputs, log_probs_of
from roleagent.tuning.script_dialogues import script_dialogues
from roleagent.tuning.training import train

ARMS = {
    "lm": Objective(num_others=3),
    "con": Objective(num_others=3, con=0.25),
    "rel": Objective(num_others=3, rel=0.25),
    "safe": Objective(num_others=3, safe=0.25),
    "all": Objective(num_others=3, con=0.25, rel=0.25, safe=0.25),
}
TWINS = ("contradiction", "voice", "safety")
FIGURES = ("language", *TWINS, *(f"{twin}_nats" for twin in TWINS), "relevance", "probes", "seconds")
_OTHERS = 3
_LOOKED_AT = 12  # one held-out dialogue in so many, before and after a training; all are judged
_EACH = 1536  # tokens of a sequence


def judge(base: Base, model: Any, held_out: Sequence[Dialogue]) -> dict[str, float]:  # Any: a network
    """The figures of a model on held-out dialogues.

    Shares are 0–1. Nats are how much likelier a token of the good reply is than one of its twin, on average
    and from the first token on in which they differ: they move before a share does.
    """
    encoder = Encoder(base.tokenizer, base.control_tokens)
    encoded = [encoder.encode(each) for each in held_out]
    losses: list[float] = []
    margins: dict[str, list[float]] = {twin: [] for twin in TWINS}
    is_first: list[bool] = []
    groups = bundles(encoded, most_tokens=_EACH, rng=random.Random(0), num_others=_OTHERS)
    model.eval()
    for group in groups:
        packed = pack(group, num_others=_OTHERS)
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            log_probs = log_probs_of(model, as_inputs(packed))
        good = {a.dialogue: each for a, each in zip(packed.answers, log_probs, strict=True) if a.is_last}
        losses += [-float(each.mean()) for each in good.values()]
        best_other = dict.fromkeys(good, -math.inf)
        for answer, each in zip(packed.answers, log_probs, strict=True):
            own, first = good[answer.dialogue], answer.differs_at
            if answer.standing == "other":
                best_other[answer.dialogue] = max(best_other[answer.dialogue], float(each.mean()))
            elif answer.standing != "good" and first < min(len(each), len(own)):
                margins[answer.standing].append(float(own[first:].mean() - each[first:].mean()))
        is_first += [float(good[at].mean()) > best for at, best in best_other.items() if best > -math.inf]
    return {
        "language": statistics.fmean(losses),
        **{twin: _mean([margin > 0 for margin in found]) for twin, found in margins.items()},
        **{f"{twin}_nats": _mean(found) for twin, found in margins.items()},
        "relevance": _mean(is_first),
    }


def _mean(values: Sequence[float]) -> float:
    return statistics.fmean(values) if values else math.nan


def probe(path: Path, adapter: Path | None, worlds: Sequence[int]) -> float:
    """Right answers, 0–1, of an agent on made-up characters with the adapter, or without one."""
    model = LlamaCppChat(path=path, adapter=str(adapter or ""), seed=0)
    right = total = 0
    for seed in worlds:
        persona = make_character(15, seed=seed)
        suite = make_suite(persona, seed=seed)
        results = run_suite_sync(suite, AgentRespondent(persona, model=model, name="probe"), persona)
        right, total = right + sum(each.is_right for each in results), total + len(results)
    close_engines()
    return right / total


def run_arm(
    base: Base,
    data: Sequence[Dialogue],
    held_out: Sequence[Dialogue],
    options: Options,
    worlds: Sequence[int],
) -> dict[str, float]:
    """Train, judge, and leave the base as it was."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        trained = train(base, data, held_out[::_LOOKED_AT], options, folder=Path(folder) / "training")
        seconds = time.perf_counter() - start
        figures = judge(base, trained.model, held_out)
        figures["probes"] = math.nan
        if worlds and base.gguf:
            adapter = Path(folder) / "adapter"
            save_adapter(trained, base, adapter, name="ablation", made_by="benchmarks.tuning_ablation")
            figures["probes"] = probe(base.gguf, adapter, worlds)
        trained.model.unload()
    return {**figures, "seconds": seconds}


def interval(values: Sequence[float]) -> str:
    """Mean and 95 % interval by Student's t over seeds."""
    mean = statistics.fmean(values)
    if len(values) < 2 or math.isnan(mean):
        return f"{mean:.3f}"
    factor = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78}.get(len(values), 2.0)
    return f"{mean:.3f} ± {factor * statistics.stdev(values) / math.sqrt(len(values)):.3f}"


def differences(found: dict[str, list[dict[str, float]]], name: str) -> dict[str, list[float]]:
    """What each arm has more than `lm` in one figure, seed by seed: the same data in the same order."""
    plain = [run[name] for run in found.get("lm", ())]
    return {
        arm: [run[name] - base for run, base in zip(runs, plain, strict=False)]
        for arm, runs in found.items()
        if plain and arm not in ("before", "lm")
    }


def table(found: dict[str, list[dict[str, float]]]) -> str:
    """Means with 95 % intervals over seeds, and below them the differences from `lm`, paired by seed."""
    lines = [" ".join([f"{'arm':12}", *(f"{name:>18}" for name in FIGURES)])]
    for arm, runs in found.items():
        lines.append(" ".join([f"{arm:12}", *(f"{interval([r[n] for r in runs]):>18}" for n in FIGURES)]))
    columns = {name: differences(found, name) for name in FIGURES}
    for arm in columns["language"]:
        cells = (f"{interval(columns[name][arm]):>18}" for name in FIGURES)
        lines.append(" ".join([f"{arm + ' - lm':12}", *cells]))
    return "\n".join(lines)


def main() -> None:
    """Run all arms with all seeds, and print the table."""
    made = parser(__doc__)
    made.add_argument("--model", default="smollm2-135m")
    made.add_argument("--arms", default=",".join(ARMS))
    made.add_argument("--seeds", type=int, default=3)
    made.add_argument("--steps", type=int, default=60)
    made.add_argument("--language", default="en")
    made.add_argument("--every", type=int, default=1, help="judge by one held-out dialogue in so many")
    made.add_argument("--rank", type=int, default=8)
    made.add_argument("--rate", type=float, default=3e-4)
    made.add_argument("--probes", type=int, default=0, help="made-up characters to ask, about 54 probes each")
    args = made.parse_args()
    base = open_base(args.model)
    held_out = script_dialogues(language=args.language, held_out=True)[:: args.every]
    worlds = range(500, 500 + args.probes)
    found: dict[str, list[dict[str, float]]] = {}
    before = judge(base, base.model, held_out)
    before["probes"] = probe(base.gguf, None, worlds) if worlds and base.gguf else math.nan
    found["before"] = [{**before, "seconds": 0.0}]
    print("before", {name: round(value, 3) for name, value in before.items()}, flush=True)
    for seed in range(args.seed, args.seed + args.seeds):
        data = script_dialogues(language=args.language, seed=seed)
        for arm in args.arms.split(","):
            options = Options(
                objective=ARMS[arm],
                lora=LoraOptions(rank=args.rank, alpha=2 * args.rank),
                epochs=1,
                most_steps=args.steps,
                most_tokens=_EACH,
                sequences_per_step=1,
                learning_rate=args.rate,
                check_every=args.steps,
                seed=seed,
                threads=1,
            )
            figures = run_arm(base, data, held_out, options, worlds)
            found.setdefault(arm, []).append(figures)
            print(arm, seed, {name: round(value, 3) for name, value in figures.items()}, flush=True)
            if args.json:  # after each run: they take minutes
                args.json.write_text(json.dumps({"arms": found, **circumstances()}, indent=2) + "\n")
    print(table(found))
    twins: Counter[str] = Counter(each.fault for dialogue in held_out for each in dialogue.rejected)
    told = ", ".join(f"{twins[twin]} {twin}" for twin in TWINS)
    print(
        f"n = {len(held_out)} held-out dialogues (twins: {told}), {args.seeds} seeds, {args.steps} steps each"
    )


if __name__ == "__main__":
    main()
