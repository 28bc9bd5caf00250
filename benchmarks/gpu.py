"""Measure chat and training on a GPU, with models of 7B shape and random weights: no files, no network.

    python -m benchmarks.gpu [--size 7b|tiny] [--budget-s 460] [--seed N] [--json OUT]

Our chat model against the library's `generate` alone at batch 1, 8 and 64, 64 personas at once, prompts with
pictures, and steps of LoRA and QLoRA. Without CUDA it runs tiny models of the same architectures on the CPU.
A part that would pass the time budget is skipped, one that fails is reported, and the others go on.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from langchain_core.messages import BaseMessage

from benchmarks.gpu_chat import Load, compare, compare_waiting, personas, with_picture
from benchmarks.gpu_models import SHAPES, OneModel, free_memory
from benchmarks.gpu_training import Step, quantize, train_lora
from benchmarks.report import Figure, parser, version, write

_LONGEST_REASON = 160
_PACKAGES = ("torch", "transformers", "peft", "bitsandbytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where and how large everything is.

    Attributes:
        size: ``"7b"`` or ``"tiny"``.
        device: ``"cuda"`` or ``"cpu"``.
        seed: of weights and training data.
        num_tokens: new tokens of each answer.
        num_rounds: how often both ways take turns.
        num_steps: timed steps of training.
        train_rows: texts in a batch of training.
        train_width: tokens of each.
    """

    size: str
    device: str
    seed: int
    num_tokens: int
    num_rounds: int
    num_steps: int
    train_rows: int
    train_width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One row of the table.

    Attributes:
        name: begins the names of its figures.
        model: the kind of model that it needs.
        cost_s: seconds that it takes at most on one large GPU at 7B, making the model included.
        needs: packages; without them it is skipped.
        needs_cuda: whether it is skipped on a CPU.
        measure: does it.
    """

    name: str
    model: str
    cost_s: float
    needs: Sequence[str] = ()
    needs_cuda: bool = False
    measure: Callable[[OneModel, Setting], dict[str, Figure]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a part: its figures, or the reason why there are none."""

    name: str
    status: str
    reason: str = ""
    figures: Mapping[str, Figure]


def _text(models: OneModel, setting: Setting, rows: int) -> dict[str, Figure]:
    return compare(_load(models, personas(1) * rows, setting))


def _personas(models: OneModel, setting: Setting) -> dict[str, Figure]:
    return compare_waiting(_load(models, personas(64), setting))


def _pictures(models: OneModel, setting: Setting, rows: int) -> dict[str, Figure]:
    edge = SHAPES[setting.size]["pictures"].vision["image_size"]
    return compare(_load(models, [with_picture(index, edge) for index in range(rows)], setting))


def _load(models: OneModel, prompts: list[list[BaseMessage]], setting: Setting) -> Load:
    return Load(
        held_as=models.held_as,
        prompts=prompts,
        num_tokens=setting.num_tokens,
        num_rounds=setting.num_rounds,
    )


def _lora(models: OneModel, setting: Setting, *, checkpointing: bool) -> dict[str, Figure]:
    step = Step(
        rows=setting.train_rows,
        width=setting.train_width,
        num_steps=setting.num_steps,
        checkpointing=checkpointing,
    )
    return train_lora(models.get("text").model, step, seed=setting.seed)


def _qlora(models: OneModel, setting: Setting) -> dict[str, Figure]:
    """Quantises the text model, which is of no use to other parts afterwards."""
    try:
        quantize(models.get("text").model)
        free_memory()
        _reset_peak(setting.device)
        return _lora(models, setting, checkpointing=True)
    finally:
        models.release()


PARTS = (
    Part(name="text_1", model="text", cost_s=45, measure=lambda m, s: _text(m, s, 1)),
    Part(name="text_8", model="text", cost_s=35, measure=lambda m, s: _text(m, s, 8)),
    Part(name="text_64", model="text", cost_s=45, measure=lambda m, s: _text(m, s, 64)),
    Part(name="personas_64", model="text", cost_s=60, measure=_personas),
    Part(
        name="lora_checkpointing",
        model="text",
        cost_s=30,
        needs=("peft",),
        measure=lambda m, s: _lora(m, s, checkpointing=True),
    ),
    Part(
        name="lora",
        model="text",
        cost_s=25,
        needs=("peft",),
        measure=lambda m, s: _lora(m, s, checkpointing=False),
    ),
    Part(
        name="qlora_checkpointing",
        model="text",
        cost_s=45,
        needs=("peft", "bitsandbytes"),
        needs_cuda=True,
        measure=_qlora,
    ),
    Part(name="pictures_1", model="pictures", cost_s=45, measure=lambda m, s: _pictures(m, s, 1)),
    Part(name="pictures_8", model="pictures", cost_s=45, measure=lambda m, s: _pictures(m, s, 8)),
)


def main(argv: list[str] | None = None) -> int:
    """Run what the time allows; 1 if not even one part could be measured."""
    began = time.perf_counter()
    options_of = parser(__doc__)
    options_of.add_argument("--size", choices=sorted(SHAPES), help="default: 7b on CUDA, tiny on a CPU")
    options_of.add_argument("--budget-s", type=float, default=460, help="seconds; parts beyond are skipped")
    options = options_of.parse_args(argv)
    setting = _setting(options.size, quick=options.quick, seed=options.seed)
    print(_where(setting))
    results = run(PARTS, setting, budget_s=options.budget_s, began=began)
    print(table(results))
    figures = {**_about(setting), **flat(results), "took_s": round(time.perf_counter() - began, 1)}
    write(figures, options.json)
    print(headline(results, setting))
    return 0 if any(result.status == "measured" for result in results) else 1


def run(parts: Sequence[Part], setting: Setting, *, budget_s: float, began: float) -> list[Result]:
    """All parts in order; each comes to something.

    Args:
        parts: what to measure.
        setting: where and how large.
        budget_s: no part begins that is expected to end later than this after `began`. If parts took longer
            than their cost, the next ones are expected to do so too.
        began: when the budget began, by `time.perf_counter`.
    """
    models = OneModel(setting.size, device=setting.device, seed=setting.seed)
    results: list[Result] = []
    expected_s = spent_s = 0.0
    for part in parts:
        slowness = max(1.0, spent_s / expected_s) if expected_s else 1.0
        left_s = budget_s - (time.perf_counter() - began)
        reason = _missing(part, setting) or _too_long(part.cost_s * slowness, left_s)
        if reason:
            results.append(Result(name=part.name, status="skipped", reason=reason, figures={}))
        else:
            part_began = time.perf_counter()
            results.append(_measure(part, models, setting))
            expected_s, spent_s = expected_s + part.cost_s, spent_s + time.perf_counter() - part_began
        print(f"{part.name}: {results[-1].status} {results[-1].reason}".rstrip(), flush=True)
    models.release()
    return results


def _missing(part: Part, setting: Setting) -> str:
    absent = [name for name in part.needs if importlib.util.find_spec(name) is None]
    if absent:
        extra = "qlora" if "bitsandbytes" in absent else "train"
        return f"{' and '.join(absent)} not installed: pip install 'roleagent[{extra}]'"
    return "needs CUDA" if part.needs_cuda and setting.device != "cuda" else ""


def _too_long(cost_s: float, left_s: float) -> str:
    return "" if cost_s <= left_s else f"may take {cost_s:.0f} s, and {max(0.0, left_s):.0f} s are left"


def _measure(part: Part, models: OneModel, setting: Setting) -> Result:
    began = time.perf_counter()
    try:
        models.get(part.model)
        _reset_peak(setting.device)
        figures = part.measure(models, setting) | _peak(setting.device)
    except Exception as error:  # whatever a driver or a library raises is this part's result, and is shown
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
        result = Result(name=part.name, status="failed", reason=reason[:_LONGEST_REASON], figures={})
    else:
        result = Result(name=part.name, status="measured", figures=figures)
    free_memory()
    took = {"took_s": round(time.perf_counter() - began, 1)}
    return Result(
        name=part.name, status=result.status, reason=result.reason, figures={**result.figures, **took}
    )


def _reset_peak(device: str) -> None:
    import torch

    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()


def _peak(device: str) -> dict[str, Figure]:
    import torch

    if device != "cuda":
        return {}
    return {"peak_gib": round(torch.cuda.max_memory_allocated() / 2**30, 2)}


def _setting(size: str | None, *, quick: bool, seed: int) -> Setting:
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    size = size or ("7b" if device == "cuda" else "tiny")
    large = size == "7b"
    return Setting(
        size=size,
        device=device,
        seed=seed,
        num_tokens=64 if large else 8,
        num_rounds=1 if quick else 3,
        num_steps=1 if quick else 3,
        train_rows=8 if large else 2,
        train_width=1024 if large else 64,
    )


def _where(setting: Setting) -> str:
    about = _about(setting)
    versions = ", ".join(f"{name} {about[f'version_{name}']}" for name in _PACKAGES)
    lines = [f"{about['device']}; {setting.size} models, random weights, bfloat16; {versions}"]
    if setting.device != "cuda":
        lines.append("NO CUDA DEVICE: these figures show that the code runs, and say nothing about a GPU.")
    return "\n".join(lines)


def _about(setting: Setting) -> dict[str, Figure]:
    import torch

    on_gpu = setting.device == "cuda"
    return {
        "device": torch.cuda.get_device_name() if on_gpu else "cpu",
        "device_gib": round(torch.cuda.get_device_properties(0).total_memory / 2**30, 1) if on_gpu else 0,
        "cuda": str(torch.version.cuda),
        "size": setting.size,
        "seed": setting.seed,
        **{f"version_{name}": version(name) for name in _PACKAGES},
    }


def flat(results: Sequence[Result]) -> dict[str, Figure]:
    """All figures under names that begin with their part's, with its status and the reason, if any."""
    figures: dict[str, Figure] = {}
    for result in results:
        reason = {"reason": result.reason} if result.reason else {}
        about = {"status": result.status, **reason, **result.figures}
        figures |= {f"{result.name}_{name}": value for name, value in about.items()}
    return figures


def table(results: Sequence[Result]) -> str:
    """A line for each part: what was measured, or why not."""
    titles = ("first token s, ours / library", "tokens/s, ours / library", "peak GiB")
    head = f"{'part':20} {titles[0]:>32} {titles[1]:>34} {titles[2]:>9}\n"
    notes = (
        "\nours: 1 through `stream`, others through `abatch`, one call a prompt; "
        "library: `generate` on tensors that lie ready.\n"
        "Batches do not stream: their first token is timed by answers of one token."
    )
    return head + "\n".join(map(_row, results)) + notes


def _row(result: Result) -> str:
    figures = result.figures
    if result.status != "measured":
        return f"{result.name:20} {result.status}: {result.reason}"
    if "step_s" in figures:
        first, rate = "", f"{figures['step_s']} s a step, {figures['tokens_per_s']} tokens/s"
    else:
        first = _pair(figures, "first_token_s", "first_token_ratio")
        rate = _pair(figures, "tokens_per_s", "tokens_per_s_ratio")
    row = f"{result.name:20} {first:>32} {rate:>34} {figures.get('peak_gib', '-'):>9}"
    if "without_wait_batches" in figures:
        row += (
            f"\n{'':20} answered in batches of {figures['batches']}; without batch_wait_s "
            f"{figures['without_wait_batches']}, {figures['without_wait_tokens_per_s']} tokens/s"
        )
    return row


def _pair(figures: Mapping[str, Figure], name: str, ratio: str) -> str:
    return f"{figures[f'ours_{name}']} / {figures[f'library_{name}']} ({figures[ratio]})"


def headline(results: Sequence[Result], setting: Setting) -> str:
    """The figures to quote, and what they stand for."""
    by_name = {result.name: result for result in results}
    ratios = [
        f"{name.removeprefix('text_')}: {by_name[name].figures['tokens_per_s_ratio']}"
        for name in ("text_1", "text_8", "text_64")
        if name in by_name and by_name[name].status == "measured"
    ]
    said = f"our tokens per second over the library's, by batch: {', '.join(ratios) or 'not measured'}"
    where = "on CUDA" if setting.device == "cuda" else "on a CPU with tiny models: no statement about a GPU"
    return f"{said}; n={setting.num_rounds}, {setting.size}, {where}"


if __name__ == "__main__":
    sys.exit(main())
