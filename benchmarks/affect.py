"""How well the turn vector and the words tell what people feel, and where trust goes in a talk.

GoEmotions: macro-F1 over 28 emotions on its dev split. Everything is trained on its train split, which sets
the thresholds too; the dev split is only measured on. MELD: weighted F1 over
seven emotions on its dev split, from a network that is trained here on MELD's train split and never shipped
(MELD is GPL). Floors: always the most frequent emotion, and TF-IDF with logistic regression. Intervals are
over seeds. The trust test plays talks of four users in two languages (`benchmarks/data/trust_talks.toml`).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean, stdev
from tempfile import TemporaryDirectory

import numpy as np
import torch
from langchain_core.embeddings import Embeddings

from benchmarks.affect_meld import (
    Utterances,
    fitted,
    read_meld,
    tf_idf_of_meld,
    weighted_f1,
    with_before,
    word_features,
)
from benchmarks.affect_trust import picture, show, talks
from benchmarks.report import Figure, parser, percentile, write
from roleagent import registry
from roleagent.drawing.svg import write_picture
from roleagent.embedding.cache import EmbeddingCache
from roleagent.embedding.embedders import embedder_name
from roleagent.embedding.text_vectors import Matrix
from roleagent.gnn.affect import EMOTIONS, AffectHead, shipped_head
from roleagent.gnn.relationship import STRANGER
from roleagent.gnn.relationship_keeper import RelationshipKeeper
from roleagent.gnn.training.affect import (
    Options,
    best_thresholds,
    embedded,
    f1_scores,
    train_emotions,
)
from roleagent.gnn.training.emotions import DEV, TRAIN, Comments, read_comments
from roleagent.gnn.training.word_bags import telling_words
from roleagent.memory.on_disk import OnDiskMemory
from roleagent.types import Episode, GraphUpdate, Owner, Thread, Tone

_T = {2: 12.71, 3: 4.30, 5: 2.78}  # Student's, for a 95 % interval over so many seeds
_TURNS = 100  # of the talk whose time is taken
_WORDS_OF_MELD = 1_000
_QUICK = 6_000  # comments that a quick run trains on


def main(argv: list[str] | None = None) -> int:
    """Print the tables, and write the picture if asked to."""
    made = parser(__doc__)
    made.add_argument("--goemotions", type=Path, required=True, metavar="DIR")
    made.add_argument("--meld", type=Path, required=True, metavar="DIR")
    made.add_argument("--embedder", default="auto")
    made.add_argument("--num-seeds", type=int, default=5, choices=sorted(_T))
    made.add_argument("--designs", action="store_true", help="also other sizes and losses")
    made.add_argument("--vectors", type=Path, metavar="FILE", help="keeps vectors from one run to the next")
    made.add_argument("--svg", type=Path, metavar="OUT", help="write trust over the talks as a picture")
    options = made.parse_args(argv)
    torch.set_num_threads(1)
    embedder = registry.get("embedder", options.embedder)
    figures: dict[str, Figure] = {"embedder": embedder_name(embedder), "seed": options.seed}
    vectors = Vectors(embedder, options.vectors)
    seeds = range(options.seed, options.seed + (2 if options.quick else options.num_seeds))
    head = shipped_head(embedder_name(embedder))
    go_emotions(
        options.goemotions, vectors, seeds, head, figures, quick=options.quick, designs=options.designs
    )
    meld(options.meld, vectors, seeds, head, figures, quick=options.quick)
    if head is not None:
        held = list(talks(embedder, head))
        figures |= show(held)
        figures["trust_talks_as_expected"] = sum(talk.is_as_expected() for talk in held)
        print(f"{figures['trust_talks_as_expected']} of {len(held)} talks as expected")
        if options.svg:
            write_picture(options.svg, picture(held))
        speed(embedder, head, figures)
    write(figures, options.json)
    return 0


class Vectors:
    """Embeds texts, and keeps the vectors in a file if one is given."""

    def __init__(self, embedder: Embeddings, path: Path | None) -> None:
        self._embedder, self._name = embedder, embedder_name(embedder)
        self._cache = EmbeddingCache(path, max_rows=10_000_000) if path else None

    def __call__(self, texts: Sequence[str]) -> Matrix:
        """Their vectors, [num_texts, dim]."""
        known = self._cache.cached_embeddings(self._name, texts) if self._cache else {}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            found = dict(zip(new, embedded(self._embedder, new), strict=True))
            if self._cache:
                self._cache.cache_embeddings(self._name, found)
            known |= found
        return np.stack([known[text] for text in texts])


# ── GoEmotions ───────────────────────────────────────────────────────────────────────────────────


def go_emotions(
    folder: Path,
    vectors: Vectors,
    seeds: Sequence[int],
    head: AffectHead | None,
    figures: dict[str, Figure],
    *,
    quick: bool,
    designs: bool,
) -> None:
    """Macro-F1 of the floors, the shipped head, and heads trained with other seeds and designs."""
    shown, dev = read_comments(folder / TRAIN), read_comments(folder / DEV)
    if quick:
        shown = Comments(texts=shown.texts[:_QUICK], wanted=shown.wanted[:_QUICK])
    print(f"\nGoEmotions dev, {len(dev.texts):,} comments, macro-F1 over {len(EMOTIONS)} emotions, in points")
    always = np.zeros_like(dev.wanted)
    always[:, int(shown.wanted.sum(axis=0).argmax())] = 1
    _tell("always neutral", [float(f1_scores(always > 0, dev.wanted).mean())], figures, "goemotions")
    words = [tf_idf(shown, dev, seed) for seed in seeds[:1]]
    _tell("TF-IDF, logistic regression", words, figures, "goemotions")
    x, x_dev = vectors(shown.texts), vectors(dev.texts)
    if head is not None:
        found = head.read(dev.texts, x_dev).emotions > head.weights["thresholds"]
        _tell("the shipped head", [float(f1_scores(found, dev.wanted).mean())], figures, "goemotions")
    for name, options in _designs(all_of_them=designs).items():
        scores = []
        for seed in seeds:
            trained = train_emotions(shown, x, replace(options, seed=seed))
            found = trained.probabilities(dev.texts, x_dev) > trained.thresholds
            scores.append(float(f1_scores(found, dev.wanted).mean()))
        _tell(name, scores, figures, "goemotions")


def _designs(*, all_of_them: bool) -> dict[str, Options]:
    chosen = Options()
    if not all_of_them:
        return {"the head, by seeds": chosen}
    return {
        "the head, by seeds": chosen,
        "… without words": replace(chosen, words=0),
        "… 1,024 words": replace(chosen, words=1024),
        "… 8,192 words, 32 numbers each": replace(chosen, words=8192, width=32),
        "… asymmetric loss": replace(chosen, focus=2.0),
    }


def tf_idf(shown: Comments, dev: Comments, seed: int) -> float:
    """Words and pairs of words, a logistic regression for each emotion, thresholds as for the head."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    order = np.random.default_rng(seed).permutation(len(shown.texts))
    held, rest = order[: len(order) // 10], order[len(order) // 10 :]
    counts = TfidfVectorizer(ngram_range=(1, 2), min_df=3, sublinear_tf=True)
    x = counts.fit_transform([shown.texts[place] for place in rest])
    x_held = counts.transform([shown.texts[place] for place in held])
    x_dev = counts.transform(dev.texts)
    odds_held, odds_dev = np.zeros((len(held), len(EMOTIONS))), np.zeros((len(dev.texts), len(EMOTIONS)))
    for place in range(len(EMOTIONS)):
        if not shown.wanted[rest, place].any():
            continue
        model = LogisticRegression(C=4.0, max_iter=200, solver="liblinear").fit(x, shown.wanted[rest, place])
        odds_held[:, place] = model.predict_proba(x_held)[:, 1]
        odds_dev[:, place] = model.predict_proba(x_dev)[:, 1]
    thresholds = best_thresholds(odds_held.astype(np.float32), shown.wanted[held])
    return float(f1_scores(odds_dev > thresholds, dev.wanted).mean())


# ── MELD ─────────────────────────────────────────────────────────────────────────────────────────


def meld(
    folder: Path,
    vectors: Vectors,
    seeds: Sequence[int],
    head: AffectHead | None,
    figures: dict[str, Figure],
    *,
    quick: bool,
) -> None:
    """Weighted F1 of the floors and of networks on the vector, with and without the utterance before."""
    shown, dev = read_meld(folder / "train_sent_emo.csv"), read_meld(folder / "dev_sent_emo.csv")
    print(f"\nMELD dev, {len(dev.texts):,} utterances, weighted F1 over 7 emotions, in points")
    always = np.full(len(dev.texts), np.bincount(shown.emotions).argmax())
    _tell("always neutral", [weighted_f1(always, dev.emotions)], figures, "meld")
    _tell("TF-IDF, logistic regression", [tf_idf_of_meld(shown, dev)], figures, "meld")
    x, x_dev = vectors(shown.texts), vectors(dev.texts)
    known = telling_words(shown.texts, np.eye(7, dtype=np.float32)[shown.emotions], _WORDS_OF_MELD)

    def with_words(said: Utterances, each: Matrix) -> Matrix:
        return np.concatenate([each * 16, word_features(said.texts, known)], axis=1)

    inputs: dict[str, Callable[[Utterances, Matrix], Matrix]] = {
        "the vector": lambda said, each: each * 16,
        "… and the one before": lambda said, each: with_before(said, each * 16),
        "the vector and words": with_words,
        "… and those of the one before": lambda said, each: with_before(said, with_words(said, each)),
    }
    if head is not None:
        inputs["the vector, and emotions by the head"] = lambda said, each: np.concatenate(
            [each * 16, head.read(said.texts, each).emotions], axis=1
        )
    for name, make in inputs.items():
        scores = []
        for seed in seeds:
            found = fitted(make(shown, x), shown, seed, epochs=3 if quick else 12)(make(dev, x_dev))
            scores.append(weighted_f1(found, dev.emotions))
        _tell(name, scores, figures, "meld")


# ── report ───────────────────────────────────────────────────────────────────────────────────────


def speed(embedder: Embeddings, head: AffectHead, figures: dict[str, Figure]) -> None:
    """How long a turn takes for the head and the relationship, with a record on disk; no embedding."""
    owner = Owner(persona_id="nobody", user_id="ann")
    with TemporaryDirectory() as folder, closing(OnDiskMemory(folder, embedder)) as memory:
        keeper = RelationshipKeeper(memory, head, resting=STRANGER)
        spent = []
        for number in range(_TURNS):
            text = f"This is what I say in turn {number}, and you are kind."
            memory.vectors_of([text], owner)  # recall has embedded it
            start = time.perf_counter()
            keeper.feelings(owner, hearing=text)
            tone = keeper.tone_of(text, owner)
            spent.append((time.perf_counter() - start) * 1e3)
            memory.remember([_said(owner, number, text, tone)], GraphUpdate(), owner)
        start = time.perf_counter()
        RelationshipKeeper(memory, head, resting=STRANGER).relationship(owner)
        replayed_ms = (time.perf_counter() - start) * 1e3
    figures["turn_ms_p50"], figures["turn_ms_p95"] = percentile(spent, 0.5), percentile(spent, 0.95)
    print(
        f"\nA turn: {figures['turn_ms_p50']:.2f} ms (p95 {figures['turn_ms_p95']:.2f}) beside the embedding; "
        f"{_TURNS} turns from the record {replayed_ms:.1f} ms"
    )


def _said(owner: Owner, number: int, text: str, tone: Tone | None) -> Episode:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    thread = Thread(owner=owner, thread_id="one")
    return Episode(
        id=f"e{number}", thread=thread, turn_id=f"t{number}", speaker="user", text=text, at=at, tone=tone
    )


def _tell(name: str, scores: Sequence[float], figures: dict[str, Figure], task: str) -> None:
    """Print a mean, with the 95 % interval over seeds if there are several."""
    mean = 100 * fmean(scores)
    spread = 100 * _T[len(scores)] * stdev(scores) / len(scores) ** 0.5 if len(scores) in _T else 0.0
    interval = f" ± {spread:.1f} ({len(scores)} seeds)" if len(scores) > 1 else ""
    print(f"  {name:36} {mean:5.1f}{interval}")
    key = f"{task}_{name.strip('… ').replace(',', '').replace(' ', '_')}"
    figures[key] = round(mean, 2)
    if len(scores) > 1:
        figures[f"{key}_interval"] = round(spread, 2)


if __name__ == "__main__":
    sys.exit(main())
