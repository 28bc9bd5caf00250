"""Measure what an adapter costs over its base: tokens a second written and read, and what a swap costs.

    python -m benchmarks.adapter_overhead [MODEL] [--rank 16] [--layers attn_q,attn_v] [--full] [--cpu-time]
        [--quick] [--json OUT]

Two adapters with random weights on the linear layers are made for the model; their content does not matter
for the time. Base, one adapter, and two adapters in turn answer the same prompts greedily in the same
process, in turn, so that a busy machine troubles all alike. Each round asks with new words, which have to be
read. The ways are compared within each round. `--cpu-time` computes on one thread and counts the seconds for
which it had a core, where others use the machine, too.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.model_overhead import interval, turned
from benchmarks.report import Figure, parser, percentile, write
from roleagent.models.background import Run
from roleagent.models.base_shape import shape_of_gguf
from roleagent.models.engine import Engine, available_cpus, expect_adapter
from roleagent.models.llama_server import Chunk, load_library
from roleagent.registry import import_extra
from roleagent.weights import local_path

SYSTEM = "You are Sherlock Holmes of 221B Baker Street. " + "The fog lies thick on the street. " * 25
Clock = Callable[[], float]
WAYS = ("base", "adapter", "swapped")


def main(argv: list[str] | None = None) -> int:
    """Print medians of each way and their ratios to the base."""
    options_of = parser(__doc__)
    options_of.add_argument("model", nargs="?", default="smollm2-135m")
    options_of.add_argument("--rank", type=int, default=16, help="of the adapters")
    options_of.add_argument("--layers", default="", help="only these, such as attn_q,attn_v; default: all")
    options_of.add_argument("--full", action="store_true", help="adapters of 32-bit floats, not 16")
    options_of.add_argument("--cpu-time", action="store_true", help="count CPU seconds, on one thread")
    options = options_of.parse_args(argv)
    clock = time.process_time if options.cpu_time else time.perf_counter
    num_rounds, num_tokens = (3, 24) if options.quick else (9, 48)
    load_library()
    base = local_path(options.model)
    with tempfile.TemporaryDirectory() as folder:
        adapters = [
            random_adapter(
                base,
                Path(folder) / f"{seed}.gguf",
                rank=options.rank,
                layers=tuple(filter(None, options.layers.split(","))),
                full=options.full,
                seed=seed,
            )
            for seed in range(2)
        ]
        for file in adapters:
            expect_adapter(base, file.name, lambda file=file: file)  # type: ignore[misc]
        engine = Engine(base, num_ctx=2048, num_threads=1 if options.cpu_time else available_cpus())
        rounds = []
        for number in range(-1, num_rounds):  # the first one warms up
            found = {
                way: timed(engine, way, adapters, number, num_tokens, clock)
                for way in turned(WAYS, number % 3)
            }
            rounds += [found] if number >= 0 else []
        size = adapters[0].stat().st_size
        engine.close()
    figures: dict[str, Figure] = {
        "model": options.model,
        "n": num_rounds,
        "num_tokens": num_tokens,
        "rank": options.rank,
        "layers": options.layers or "all",
        "float_bits": 32 if options.full else 16,
        "clock": "cpu" if options.cpu_time else "wall",
        "adapter_mb": round(size / 1e6, 1),
    }
    for way in WAYS:
        figures |= report(way, rounds, seed=options.seed)
    print(
        f"tokens per second against the base: written {figures['adapter_written_ratio']} "
        f"({figures['adapter_written_ratio_low']}–{figures['adapter_written_ratio_high']}), "
        f"swapped each request {figures['swapped_written_ratio']}, n={num_rounds}"
    )
    write(figures, options.json)
    return 0


def random_adapter(base: Path, out: Path, *, rank: int, layers: Sequence[str], full: bool, seed: int) -> Path:
    """Write a GGUF adapter of the linear layers of a base, with weights too small to change the answers much.

    Args:
        base: the GGUF file of the model.
        out: the file to write.
        rank: of the matrices.
        layers: as GGUF names them, such as ``attn_q``; empty for all.
        full: write 32-bit floats instead of 16-bit ones.
        seed: of the weights.
    """
    gguf = import_extra("gguf", extra="train", what="An adapter to measure")
    shape, _ = shape_of_gguf(base)
    writer = gguf.GGUFWriter(str(out), shape.architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(2 * rank))
    generator = np.random.default_rng(seed)
    for tensor in gguf.GGUFReader(str(base)).tensors:
        layer = tensor.name.split(".")[-2]
        if tensor.name.startswith("blk.") and len(tensor.shape) == 2 and (not layers or layer in layers):
            width_in, width_out = map(int, tensor.shape)
            for end, rows, columns in (("lora_a", rank, width_in), ("lora_b", width_out, rank)):
                values = generator.normal(0, 0.001, (rows, columns)).astype(
                    np.float32 if full else np.float16
                )
                writer.add_tensor(f"{tensor.name}.{end}", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return out


def timed(
    engine: Engine, way: str, adapters: Sequence[Path], number: int, num_tokens: int, clock: Clock
) -> dict[str, float]:
    """Tokens per second read and written, over two requests, and milliseconds of a swap.

    A swap is the time to the first token of a prompt that was read before, after another adapter has
    answered; of the base and of one adapter, after another prompt.
    """
    orders: dict[str, list[Path | None]] = {
        "base": [None, None],
        "adapter": [adapters[0], adapters[0]],
        "swapped": [adapters[0], adapters[1]],
    }
    order = orders[way]
    read, written = [], []
    for place, adapter in enumerate(order):
        system = f"Talk {number} {place} {way}. {SYSTEM}"
        found = ask(engine, system, adapter, num_tokens, clock)
        read.append(found["read"])
        written.append(found["written"])
    again = ask(engine, f"Talk {number} 0 {way}. {SYSTEM}", order[0], 2, clock)
    return {
        "read": float(np.mean(read)),
        "written": float(np.mean(written)),
        "again_ms": 1000 * again["first_s"],
    }


def ask(engine: Engine, system: str, adapter: Path | None, num_tokens: int, clock: Clock) -> dict[str, float]:
    """One request: tokens per second read and written, and seconds to the first token."""
    arrivals: list[float] = []
    usage: dict[str, Any] = {}  # Any: JSON
    began = clock()

    def note(chunk: Chunk) -> None:
        if any(choice["delta"].get("content") for choice in chunk.get("choices", ())):
            arrivals.append(clock() - began)
        usage.update(chunk.get("usage") or {})

    request = {
        "messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": "Tell me at length about the hound of the moor."},
        ],
        "max_tokens": num_tokens,
        "temperature": 0,
        "logit_bias": [["<|im_end|>", False]],
        "stream_options": {"include_usage": True},
    }
    engine.run(request, note, Run(), adapter=adapter)
    return {
        "read": usage["prompt_tokens"] / arrivals[0],
        "written": (len(arrivals) - 1) / (arrivals[-1] - arrivals[0]) if len(arrivals) > 1 else 0.0,
        "first_s": arrivals[0],
    }


def report(way: str, rounds: Sequence[Mapping[str, Mapping[str, float]]], *, seed: int) -> dict[str, Figure]:
    """Print one way's line; ratios are taken within each round."""
    figures: dict[str, Figure] = {}
    for what in ("written", "read"):
        rates = [found[way][what] for found in rounds]
        ratios = [found[way][what] / found["base"][what] for found in rounds]
        low, high = interval(ratios, seed=seed)
        figures |= {
            f"{way}_{what}_tokens_per_s": round(percentile(rates, 0.5), 2),
            f"{way}_{what}_ratio": round(percentile(ratios, 0.5), 3),
            f"{way}_{what}_ratio_low": round(low, 3),
            f"{way}_{what}_ratio_high": round(high, 3),
        }
    figures[f"{way}_again_ms"] = round(percentile([found[way]["again_ms"] for found in rounds], 0.5), 1)
    print(
        f"{way:8} written {figures[f'{way}_written_tokens_per_s']:7.2f} tokens/s "
        f"({figures[f'{way}_written_ratio']:.3f} of the base's), "
        f"read {figures[f'{way}_read_tokens_per_s']:7.1f} ({figures[f'{way}_read_ratio']:.3f}), "
        f"first token of a prompt read before {figures[f'{way}_again_ms']} ms"
    )
    return figures


if __name__ == "__main__":
    sys.exit(main())
