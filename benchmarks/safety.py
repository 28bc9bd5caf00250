"""How well harm is told from what only looks like it, and how often harmless talk is taken for harm.

Harmful and harmless texts come from files of yours: lists, or XSTest (Röttger et al., arXiv:2308.01263).
Area under the ROC curve, recall where 5 % of the harmless texts are blocked, and recall and over-blocking at
the scorer's own threshold. Beside it: talk with a companion (MemoryBank, Zhong et al., arXiv:2305.10250),
violence in stories, requests in the frames of jailbreaks, and orders that hide in documents. Intervals are
95 % by bootstrap.

    python -m benchmarks.safety --harmful FILE --harmless FILE [--roleplay FILE] [--companion DIR]
    python -m benchmarks.safety --xstest FILE
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Figure, parser, write
from benchmarks.safety_texts import DATA, read_companion, read_marked, read_texts, read_xstest
from roleagent import registry
from roleagent.critics.injection import load_injection_guard
from roleagent.protocols import Guard, HarmScorer

Odds = NDArray[np.float64]

_SAMPLES = 1_000
_FRAMED = 300  # texts that are put into frames, of either kind
_BATCH = 256
_DEFAULT_THRESHOLD = 0.5


def main(argv: list[str] | None = None) -> int:
    """Print the figures."""
    made = parser(__doc__)
    made.add_argument(
        "--harmful", type=Path, action="append", metavar="FILE", help="several times for several"
    )
    made.add_argument("--harmless", type=Path, metavar="FILE")
    made.add_argument("--xstest", type=Path, metavar="FILE", help="CSV with the columns prompt and label")
    made.add_argument("--roleplay", type=Path, metavar="FILE", help="harmless lines of role play")
    made.add_argument("--companion", type=Path, metavar="DIR", help="folder of MemoryBank")
    made.add_argument("--scorer", default="head", help="a name of the kind harm")
    options = made.parse_args(argv)
    if not options.xstest and not (options.harmful and options.harmless):
        made.error("pass --harmful and --harmless, or --xstest")
    scorer: HarmScorer = registry.get("harm_scorer", options.scorer)
    measure = Measure(scorer, options.seed, quick=options.quick)
    print(f"{scorer.name}, threshold {measure.threshold:.3f}; figures in points with 95 % intervals")
    for harmful in options.harmful or ():
        measure.told_apart(read_texts(harmful), read_texts(options.harmless), harmful.stem)
    if options.xstest:
        measure.told_apart(*read_xstest(options.xstest), options.xstest.stem)
    if options.companion:
        for language, said in read_companion(options.companion).items():
            if reads(scorer, language):
                measure.over_blocking(f"companion_{language}", said)
    if options.roleplay:
        measure.over_blocking("roleplay", read_texts(options.roleplay))
    for language in ("en", "zh"):
        if reads(scorer, language):
            measure.over_blocking(f"fiction_{language}", read_texts(DATA / f"fiction_{language}.txt"))
    if options.harmful:
        harmful = [text for path in options.harmful for text in read_texts(path)]
        measure.jailbreaks(harmful, read_texts(options.harmless))
    measure.injected_orders(load_injection_guard())
    figures = measure.figures
    write(figures, options.json)
    print(f"\nAUC {figures['auc']} [{figures['auc_low']}, {figures['auc_high']}], n = {figures['n']}")
    return 0


class Measure:
    """Scores texts and collects figures.

    Args:
        scorer: what is measured.
        seed: of the bootstrap and of what is drawn.
        quick: fewer samples.
    """

    def __init__(self, scorer: HarmScorer, seed: int, *, quick: bool) -> None:
        self.threshold = float(getattr(scorer, "threshold", _DEFAULT_THRESHOLD))
        self.figures: dict[str, Figure] = {
            "scorer": scorer.name,
            "seed": seed,
            "threshold": self.threshold,
        }
        self._scorer, self._seed = scorer, seed
        self._samples = _SAMPLES // 10 if quick else _SAMPLES
        self._framed = _FRAMED // 10 if quick else _FRAMED

    def told_apart(self, harmful: Sequence[str], harmless: Sequence[str], name: str) -> None:
        """AUC and recall on two lists; those of the first call have no prefix in the figures."""
        one, other = self._odds(harmful), self._odds(harmless)
        prefix = f"{name}_" if "auc" in self.figures else ""
        print(f"\n{name}: {len(one):,} harmful, {len(other):,} harmless")
        self.figures[f"{prefix}n"] = len(one) + len(other)
        self.figures[f"{prefix}n_harmful"] = len(one)
        self._tell(f"{prefix}auc", auc, one, other)
        self._tell(f"{prefix}recall_at_5", lambda x, y: recall_at(x, y, 0.05), one, other)
        self._tell(
            f"{prefix}recall_at_threshold", lambda x, _: float((x >= self.threshold).mean()), one, other
        )
        self._tell(f"{prefix}over_blocking", lambda _, y: float((y >= self.threshold).mean()), one, other)

    def over_blocking(self, name: str, texts: Sequence[str]) -> None:
        """Share of harmless texts that reach the threshold."""
        odds = self._odds(texts)
        print(f"\n{name}: {len(texts):,} harmless")
        self.figures[f"{name}_n"] = len(texts)
        self._tell(f"{name}_over_blocking", lambda x, _: float((x >= self.threshold).mean()), odds, odds)

    def jailbreaks(self, harmful: Sequence[str], harmless: Sequence[str]) -> None:
        """Recall on harmful requests in frames, at 1 % false alarms on harmless ones in the same frames."""
        frames = read_texts(DATA / "jailbreak_frames.txt")
        drawn = np.random.default_rng(self._seed)
        one, other = (
            self._odds([
                frames[number % len(frames)].replace("{}", texts[place])
                for number, place in enumerate(drawn.permutation(len(texts))[: self._framed])
            ])
            for texts in (harmful, harmless)
        )  # fmt: skip
        print(f"\njailbreak: {len(one)} harmful and {len(other)} harmless requests in {len(frames)} frames")
        self.figures["jailbreak_n"] = len(one) + len(other)
        self._tell("jailbreak_auc", auc, one, other)
        self._tell("jailbreak_recall_at_1", lambda x, y: recall_at(x, y, 0.01), one, other)
        self._tell("jailbreak_recall", lambda x, _: float((x >= self.threshold).mean()), one, other)
        self._tell("jailbreak_false_alarms", lambda _, y: float((y >= self.threshold).mean()), one, other)

    def injected_orders(self, guard: Guard) -> None:
        """Recall on orders in documents, at 1 % false alarms and as the injection guard decides."""
        kinds = read_marked(DATA / "injected_orders.txt", self._scorer.languages)
        print(f"\ninjected orders: {len(kinds[0])} orders, {len(kinds[1])} texts without")
        self.figures["injected_n"] = sum(map(len, kinds))
        learned = [self._odds(texts, "injection") for texts in kinds]
        if any(each.any() for each in learned):
            self._tell("injected_auc", auc, *learned)
            self._tell("injected_recall_at_1", lambda x, y: recall_at(x, y, 0.01), *learned)
        caught = [
            np.array([not guard.screen(text, where="picture.png").ok for text in texts], float)
            for texts in kinds
        ]
        self._tell("injected_guard_recall", lambda x, _: float(x.mean()), *caught)
        self._tell("injected_guard_false_alarms", lambda _, y: float(y.mean()), *caught)

    def _odds(self, texts: Sequence[str], category: str = "harm") -> Odds:
        """The probability of a category, or of the likeliest one if the scorer gives none for any harm."""
        found = [
            each
            for start in range(0, len(texts), _BATCH)
            for each in self._scorer.score(texts[start : start + _BATCH])
        ]
        if category == "harm":
            return np.array([each.get("harm", max(each.values(), default=0.0)) for each in found])
        return np.array([each.get(category, 0.0) for each in found])

    def _tell(self, name: str, figure: Callable[[Odds, Odds], float], one: Odds, other: Odds) -> None:
        low, high = interval(figure, one, other, seed=self._seed, num_samples=self._samples)
        value = figure(one, other)
        for key, each in ((name, value), (f"{name}_low", low), (f"{name}_high", high)):
            self.figures[key] = round(100 * each, 2)
        print(f"  {name.replace('_', ' '):40} {100 * value:5.1f} [{100 * low:.1f}, {100 * high:.1f}]")


def reads(scorer: HarmScorer, language: str) -> bool:
    """Whether a scorer reads a language."""
    return not scorer.languages or language in scorer.languages


def auc(one: Odds, other: Odds) -> float:
    """Chance that one of the first scores above one of the others; ties count half.

    >>> auc(np.array([0.4, 0.9]), np.array([0.1, 0.4]))
    0.875
    """
    ordered = np.sort(other)
    below = np.searchsorted(ordered, one, "left") + np.searchsorted(ordered, one, "right")
    return float(below.sum() / 2 / (len(one) * len(other)))


def recall_at(one: Odds, other: Odds, share: float) -> float:
    """Share of the first above the lowest score that at most a share (0–1) of the others exceed.

    >>> recall_at(np.array([0.2, 0.5, 0.9]), np.array([0.1, 0.2, 0.3, 0.8]), 0.25)
    0.6666666666666666
    """
    at = np.sort(other)[::-1][int(share * len(other))]
    return float((one > at).mean())


def interval(
    figure: Callable[[Odds, Odds], float], one: Odds, other: Odds, *, seed: int, num_samples: int
) -> tuple[float, float]:
    """The middle 95 % of a figure over samples of both lists, drawn with replacement (Efron 1979)."""
    drawn = np.random.default_rng(seed)
    values = [
        figure(drawn.choice(one, len(one)), drawn.choice(other, len(other))) for _ in range(num_samples)
    ]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


if __name__ == "__main__":
    sys.exit(main())
