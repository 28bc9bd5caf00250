"""How well and how fast the perceptors work: word error rate, real-time factor, milliseconds a picture.

python -m benchmarks.perception [--speech DIR] [--pictures DIR] [--json OUT] [--seed N] [--quick]

The speech folder holds WAVs beside JSON files that map an utterance to its words (key ``wrd``), as
SpeechBrain's sample data does. The pictures are those of examples/media unless a folder is given.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import Figure, parser, percentile, write
from roleagent import registry
from roleagent.perception.media import load_attachment, read_audio
from roleagent.perception.recordings import RATE_HZ
from roleagent.protocols import Perceptor
from roleagent.types import Attachment, Observation

MEDIA = Path(__file__).parents[1] / "examples" / "media"
TRANSCRIBERS = ("whisper:whisper-tiny.en", "whisper:whisper-base")
PICTURE_PERCEPTORS = ("tagger", "ocr", "nsfw")
NUM_RESAMPLES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One utterance, as it was said and as it was heard."""

    num_words: int
    num_errors: int
    audio_s: float
    spent_s: float


def main(argv: list[str] | None = None) -> None:
    """Measure what was asked for, print a table and the headline."""
    arguments = parser(__doc__)
    arguments.add_argument(
        "--speech", type=Path, metavar="DIR", help="WAVs and transcripts to measure WER on"
    )
    arguments.add_argument("--pictures", type=Path, metavar="DIR", default=MEDIA)
    options = arguments.parse_args(argv)
    figures: dict[str, Figure] = {"seed": options.seed}
    figures |= measure_pictures(options.pictures, num_runs=2 if options.quick else 10)
    if options.speech:
        figures |= measure_speech(options.speech, seed=options.seed)
        print(f"headline: {figures['headline']}")
    write(figures, options.json)


def measure_pictures(folder: Path, *, num_runs: int) -> dict[str, Figure]:
    """Milliseconds a picture of each perceptor, warm."""
    pictures = [load_attachment(path) for path in sorted(folder.iterdir()) if is_picture(path)]
    figures: dict[str, Figure] = {"num_pictures": len(pictures), "num_picture_runs": num_runs}
    print(f"{'perceptor':>26} {'p50':>9} {'p95':>9}   {len(pictures)} pictures, {num_runs} runs each")
    for name in PICTURE_PERCEPTORS:
        perceptor: Perceptor = registry.get("perceptor", name)
        for picture in pictures:
            perceptor.perceive(picture)  # loads the model and settles the caches
        times = [timed(perceptor, picture)[1] * 1e3 for _ in range(num_runs) for picture in pictures]
        p50, p95 = percentile(times, 0.5), percentile(times, 0.95)
        print(f"{name:>26} {p50:6.0f} ms {p95:6.0f} ms")
        figures |= {f"{name}_p50_ms": round(p50, 1), f"{name}_p95_ms": round(p95, 1)}
    return figures


def measure_speech(folder: Path, *, seed: int) -> dict[str, Figure]:
    """Word error rate with a bootstrap interval over utterances, and the real-time factor."""
    utterances = list(read_utterances(folder))
    figures: dict[str, Figure] = {"num_utterances": len(utterances)}
    print(f"{'transcriber':>26} {'WER':>9} {'95 %':>15} {'real time':>10}   {len(utterances)} utterances")
    for name in TRANSCRIBERS:
        perceptor: Perceptor = registry.get("perceptor", name)
        perceptor.perceive(utterances[0][0])
        heard = [listen(perceptor, attachment, words) for attachment, words in utterances]
        wer = error_rate(heard)
        low, high = interval(heard, error_rate, seed=seed)
        factor = sum(one.spent_s for one in heard) / sum(one.audio_s for one in heard)
        print(f"{name:>26} {wer:9.3f} {f'{low:.3f}–{high:.3f}':>15} {factor:10.2f}")
        key = name.partition(":")[2]
        figures |= {f"{key}_wer": round(wer, 4), f"{key}_real_time_factor": round(factor, 3)}
        num_words = sum(one.num_words for one in heard)
        figures["headline"] = (
            f"WER of {key} is {wer:.3f} [{low:.3f}, {high:.3f}], "
            f"n={len(heard)} utterances, {num_words} words; {factor:.2f} × real time"
        )
    return figures


def is_picture(path: Path) -> bool:
    """By its extension; the loader looks at the bytes."""
    return path.suffix.lower() in {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"}


def timed(perceptor: Perceptor, attachment: Attachment) -> tuple[Sequence[Observation], float]:
    """What was perceived, and the seconds it took."""
    start = time.perf_counter()
    observations = perceptor.perceive(attachment)
    return observations, time.perf_counter() - start


def read_utterances(folder: Path) -> Iterator[tuple[Attachment, list[str]]]:
    """Each WAV that a JSON file of the folder gives the words of."""
    spoken: dict[str, str] = {}
    for path in sorted(folder.glob("*.json")):
        entries = json.loads(path.read_text(encoding="utf-8"))
        spoken |= {utterance: str(entry["wrd"]) for utterance, entry in entries.items()}
    for path in sorted(folder.glob("*.wav")):
        if path.stem in spoken:
            yield load_attachment(path), normalised(spoken[path.stem])


def listen(perceptor: Perceptor, attachment: Attachment, words: list[str]) -> Heard:
    """Transcribe one utterance and count what is wrong."""
    observations, spent_s = timed(perceptor, attachment)
    heard = normalised(" ".join(observation.text for observation in observations))
    audio_s = len(read_audio(attachment)) / RATE_HZ
    return Heard(
        num_words=len(words), num_errors=edit_distance(words, heard), audio_s=audio_s, spent_s=spent_s
    )


def normalised(text: str) -> list[str]:
    """Words without case and punctuation, as WER is counted."""
    return re.findall(r"[\w']+", text.lower())


def edit_distance(expected: Sequence[str], heard: Sequence[str]) -> int:
    """Fewest words to insert, delete or replace (Levenshtein).

    >>> edit_distance("the small dog".split(), "a small dog ran".split())
    2
    """
    row = list(range(len(heard) + 1))
    for i, want in enumerate(expected, start=1):
        diagonal, row[0] = row[0], i
        for j, got in enumerate(heard, start=1):
            diagonal, row[j] = row[j], min(diagonal + (want != got), row[j] + 1, row[j - 1] + 1)
    return row[-1]


def error_rate(heard: Sequence[Heard]) -> float:
    """Errors per word that was said."""
    return sum(one.num_errors for one in heard) / sum(one.num_words for one in heard)


def interval(
    heard: Sequence[Heard], statistic: Callable[[Sequence[Heard]], float], *, seed: int
) -> tuple[float, float]:
    """The middle 95 % of the statistic over resamples of the utterances."""
    generator = random.Random(seed)
    resamples = [statistic(generator.choices(heard, k=len(heard))) for _ in range(NUM_RESAMPLES)]
    return percentile(resamples, 0.025), percentile(resamples, 0.975)


if __name__ == "__main__":
    main()
