"""What each part of the harm head and of its texts is worth: heads without it, on the same measurements.

python -m benchmarks.safety_designs --harmful FILE --harmless FILE --companion DIR [--embedder NAME]
"""

from __future__ import annotations

import contextlib
import io
import math
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from langchain_core.embeddings import Embeddings

from benchmarks.report import Figure, parser, write
from benchmarks.safety import Measure, reads
from benchmarks.safety_texts import DATA, read_companion, read_texts
from roleagent import registry
from roleagent.critics.harm_head import MADE_BY, TrainedHarmScorer
from roleagent.critics.injection import load_injection_guard
from roleagent.critics.kernel_head import KernelHead
from roleagent.critics.training.harm import HarmOptions, harm_texts
from roleagent.critics.training.kernel import LabelledTexts, save, train
from roleagent.embedding.embedders import embedder_name

NO_TWINS = "everyday talk as the only harmless texts"
_COLUMNS = (
    *(
        "held_out_auc",
        "auc",
        "recall_at_5",
        "recall_at_threshold",
        "over_blocking",
        "companion_en_over_blocking",
    ),
    *("fiction_en_over_blocking", "jailbreak_auc", "injected_auc", "injected_recall_at_1"),
)


def main(argv: list[str] | None = None) -> int:
    """Print a table."""
    made = parser(__doc__)
    made.add_argument("--harmful", type=Path, required=True, metavar="FILE")
    made.add_argument("--harmless", type=Path, required=True, metavar="FILE")
    made.add_argument("--companion", type=Path, required=True, metavar="DIR", help="folder of MemoryBank")
    made.add_argument("--embedder", default="use-m3")
    options = made.parse_args(argv)
    embedder = registry.get("embedder", options.embedder)
    languages = ("en",) if "zh" not in embedder.languages else ("en", "zh")
    figures: dict[str, Figure] = {"embedder": embedder_name(embedder), "seed": options.seed}
    print("| | " + " | ".join(name.replace("_", " ") for name in _COLUMNS) + " |")
    print("|---|" + "---|" * len(_COLUMNS))
    for name, design in designs(HarmOptions(languages=languages, seed=options.seed)).items():
        data = harm_texts(design)
        scorer, held_out = trained(embedder, without_twins(data) if name == NO_TWINS else data, design)
        measure = Measure(scorer, options.seed, quick=True)
        with contextlib.redirect_stdout(io.StringIO()):
            harmful, harmless = read_texts(options.harmful), read_texts(options.harmless)
            measure.told_apart(harmful, harmless, "harmful")
            for language, said in read_companion(options.companion).items():
                if reads(scorer, language):
                    measure.over_blocking(f"companion_{language}", said)
                    measure.over_blocking(f"fiction_{language}", read_texts(DATA / f"fiction_{language}.txt"))
            measure.jailbreaks(harmful, harmless)
            measure.injected_orders(load_injection_guard())
        found = {"held_out_auc": round(100 * held_out, 2), **measure.figures}
        figures |= {f"{name} {key}": value for key, value in found.items()}
        print(f"| {name} | " + " | ".join(f"{found[key]:.1f}" for key in _COLUMNS) + " |", flush=True)
    write(figures, options.json)
    return 0


def designs(shipped: HarmOptions) -> dict[str, HarmOptions]:
    """The shipped head, and others that differ from it in one thing."""
    return {
        "as shipped": shipped,
        "the embedding alone": replace(shipped, loudness=0.0),
        "words twice as loud": replace(shipped, loudness=1.0),
        "narrower kernel, γ 2": replace(shipped, width=2.0),
        "wider kernel, γ 0.5, λ 0.1": replace(shipped, width=0.5, ridge=0.1),
        "without everyday talk": replace(shipped, talk=False),
        "without frames": replace(shipped, framed=0),
        "without carriers": replace(shipped, carried=False),
        NO_TWINS: shipped,
    }


def without_twins(data: LabelledTexts) -> LabelledTexts:
    """The same without the harmless texts that were written to look like harmful ones."""
    kept = [place for place, kind in enumerate(data.kinds) if data.wanted[place, 0] or kind == "talk"]
    return replace(
        data,
        texts=tuple(data.texts[place] for place in kept),
        wanted=data.wanted[kept],
        groups=data.groups[kept],
        languages=tuple(data.languages[place] for place in kept),
        kinds=tuple(data.kinds[place] for place in kept),
    )


def trained(
    embedder: Embeddings, data: LabelledTexts, options: HarmOptions
) -> tuple[TrainedHarmScorer, float]:
    """A scorer, and its AUC on the English twins that were held out."""
    made = train(embedder, data, options)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "harm.safetensors"
        save(made, path, embedder=embedder_name(embedder), options=options)
        head = KernelHead.load(path, made_by=MADE_BY)
    auc = made.by_language[0].auc if made.by_language else math.nan
    return TrainedHarmScorer(head, embedder), auc


if __name__ == "__main__":
    sys.exit(main())
