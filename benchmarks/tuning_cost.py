"""What training costs: tokens a second forward and backward, memory, and how much sharing a prompt saves.

The same dialogues of the shipped scripts, as sequences that share their prompts and one by one.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Sequence

import torch

from benchmarks.report import Figure, parser, write
from roleagent.tuning.bases import open_base
from roleagent.tuning.encoding import Encoder
from roleagent.tuning.objective import Objective
from roleagent.tuning.options import LoraOptions
from roleagent.tuning.packing import bundles, pack
from roleagent.tuning.scoring import Inputs, as_inputs, log_probs_of
from roleagent.tuning.script_dialogues import script_dialogues

_NUM_DIALOGUES = 12
_MOST_TOKENS = 1536


def main(argv: list[str] | None = None) -> int:
    """Print the table."""
    made = parser(__doc__)
    made.add_argument("--model", default="smollm2-135m")
    made.add_argument("--rank", type=int, default=16)
    made.add_argument("--no-half", action="store_true", help="float32 throughout")
    options = made.parse_args(argv)
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    base = open_base(options.model)
    from peft import LoraConfig, get_peft_model

    lora = LoraOptions(rank=options.rank)
    model = get_peft_model(
        base.model, LoraConfig(r=lora.rank, lora_alpha=lora.alpha, target_modules="all-linear")
    )
    encoder = Encoder(base.tokenizer, base.control_tokens)
    encoded = [encoder.encode(each) for each in script_dialogues(language="en")[:_NUM_DIALOGUES]]
    together = bundles(encoded, most_tokens=_MOST_TOKENS, rng=random.Random(options.seed))
    shared = [as_inputs(pack(each)) for each in together]
    alone = [as_inputs(pack([each])) for each in encoded]
    figures: dict[str, Figure] = {"model": options.model, "rank": options.rank, "dialogues": len(encoded)}
    for name, sequences in (("shared", shared), ("alone", alone)):
        found = cost(model, sequences, half=not options.no_half)
        figures |= {f"{name}_{key}": value for key, value in found.items()}
        print(f"{name:7} {found}", flush=True)
    figures["peak_MiB"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    times = float(figures["alone_seconds"]) / float(figures["shared_seconds"])
    figures["speed_up"] = round(times, 2)
    print(
        f"{options.model}: sharing prompts is {times:.1f} times as fast for {len(encoded)} dialogues; "
        f"peak {figures['peak_MiB']} MiB"
    )
    write(figures, options.json)
    return 0


def cost(model: torch.nn.Module, sequences: Sequence[Inputs], *, half: bool) -> dict[str, float]:
    """Seconds for one gradient over all sequences, and tokens a second forward and both ways.

    The first sequence is read once before the clock starts, for memory is slow when it is first touched.
    """
    objective = Objective(con=0.25, safe=0.25)
    forward_s = backward_s = 0.0
    model.train()
    for number, inputs in enumerate((sequences[0], *sequences)):
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            terms = objective.terms(inputs.packed, log_probs_of(model, inputs))
            loss = objective.total(terms)
        middle = time.perf_counter()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own
        if number:
            forward_s, backward_s = forward_s + middle - start, backward_s + time.perf_counter() - middle
    num_tokens = sum(inputs.num_tokens for inputs in sequences)
    seconds = forward_s + backward_s
    return {
        "tokens": num_tokens,
        "seconds": round(seconds, 1),
        "forward_tokens_per_s": round(num_tokens / forward_s),
        "tokens_per_s": round(num_tokens / seconds),
        "seconds_per_sequence": round(seconds / len(sequences), 2),
    }


if __name__ == "__main__":
    sys.exit(main())
