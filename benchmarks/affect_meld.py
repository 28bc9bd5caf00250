"""MELD, emotions in dialogue (Poria et al., arXiv:1810.02508), and networks on it that are never shipped."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from roleagent.embedding.text_vectors import Matrix
from roleagent.embedding.word_codes import places_of
from roleagent.errors import InputError
from roleagent.gnn.affect import word_share
from roleagent.gnn.training.affect import f1_scores

EMOTIONS_OF_MELD = ("neutral", "joy", "surprise", "anger", "sadness", "disgust", "fear")

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterances:
    """Utterances of MELD, in order.

    Attributes:
        emotions: place in `EMOTIONS_OF_MELD`, [num_utterances].
        dialogues: number of the dialogue, [num_utterances].
        before: place of the utterance before it in its dialogue, -1 for none, [num_utterances].
        is_same_speaker: whether that is the same speaker's, [num_utterances].
    """

    texts: tuple[str, ...]
    emotions: Labels
    dialogues: Labels
    before: Labels
    is_same_speaker: NDArray[np.bool_]


def read_meld(path: Path) -> Utterances:
    """A split of MELD.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error}. Pass the folder of MELD.") from error
    dialogues = np.array([int(row["Dialogue_ID"]) for row in rows])
    follows = np.concatenate([[False], dialogues[1:] == dialogues[:-1]])
    speakers = [row["Speaker"] for row in rows]
    same = np.array([False, *(one == other for one, other in pairwise(speakers))])
    return Utterances(
        texts=tuple(row["Utterance"] for row in rows),
        emotions=np.array([EMOTIONS_OF_MELD.index(row["Emotion"]) for row in rows]),
        dialogues=dialogues,
        before=np.where(follows, np.arange(len(rows)) - 1, -1),
        is_same_speaker=follows & same,
    )


def with_before(said: Utterances, features: Matrix) -> Matrix:
    """Features beside those of the utterance before, zeros for none, and whether the speaker is the same."""
    before = np.where((said.before >= 0)[:, None], features[said.before], 0)
    same = said.is_same_speaker[:, None].astype(np.float32)
    return np.concatenate([features, before, same], axis=1).astype(np.float32)


def word_features(texts: Sequence[str], known: Matrix) -> Matrix:
    """A column for each word or pair of words that is known by its code, [num_texts, num_words]."""
    features = np.zeros((len(texts), len(known)), np.float32)
    for row, places in zip(features, places_of(texts, known), strict=True):
        row[places] = word_share(len(places))
    return features


def fitted(x: Matrix, said: Utterances, seed: int, *, epochs: int) -> Callable[[Matrix], Labels]:
    """A network with one hidden layer; a tenth of the dialogues chooses the epoch."""
    torch.manual_seed(seed)
    order = np.random.default_rng(seed)
    dialogues = np.unique(said.dialogues)
    held = np.isin(said.dialogues, order.choice(dialogues, len(dialogues) // 10, replace=False))
    network = torch.nn.Sequential(
        torch.nn.Dropout(0.4),
        torch.nn.Linear(x.shape[1], 128),
        torch.nn.ReLU(),
        torch.nn.Dropout(0.4),
        torch.nn.Linear(128, len(EMOTIONS_OF_MELD)),
    )
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=1e-2)
    inputs, wanted = torch.from_numpy(x), torch.from_numpy(said.emotions)

    def found(of: Matrix) -> Labels:
        network.eval()
        with torch.no_grad():
            labels: Labels = network(torch.from_numpy(of)).argmax(dim=1).numpy()
        network.train()
        return labels

    best = (-1.0, network.state_dict())
    for _ in range(epochs):
        for places in np.array_split(order.permutation(np.flatnonzero(~held)), (~held).sum() // 128):
            loss = torch.nn.functional.cross_entropy(network(inputs[places]), wanted[places])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
            optimiser.step()
        merit = weighted_f1(found(x[held]), said.emotions[held])
        if merit > best[0]:
            best = merit, {name: each.clone() for name, each in network.state_dict().items()}
    network.load_state_dict(best[1])
    return found


def tf_idf_of_meld(shown: Utterances, dev: Utterances) -> float:
    """Words and pairs of words of the utterance alone."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    counts = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    model = LogisticRegression(C=4.0, max_iter=1_000).fit(counts.fit_transform(shown.texts), shown.emotions)
    return weighted_f1(model.predict(counts.transform(dev.texts)), dev.emotions)


def weighted_f1(found: Labels, wanted: Labels) -> float:
    """F1 of each class, weighted by how often it is wanted."""
    eye = np.eye(len(EMOTIONS_OF_MELD), dtype=np.float32)
    weights = np.bincount(wanted, minlength=len(EMOTIONS_OF_MELD)) / len(wanted)
    return float(weights @ f1_scores(eye[found] > 0, eye[wanted]))
