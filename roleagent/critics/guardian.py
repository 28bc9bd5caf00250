"""A linear model that scores a text as an attack: TF-IDF of words and of letters, then logistic regression.

The weights are SecureVector Guardian's (catalogue entry ``guardian``), English for the most part. The file
holds, for words and word pairs and for runs of letters within words, a vocabulary with idf values, and a row
of coefficients for each class. A text's class probabilities are softmax(coefficients · vector + intercept);
the vector joins both TF-IDF blocks, each of unit length, with term counts dampened as 1 + log(count).
"""

from __future__ import annotations

import gzip
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from roleagent.errors import ModelError

FORMAT = "svguardian-pure-1"
_MAX_BYTES = 200 * 1024 * 1024
_WORD = re.compile(r"\b\w\w+\b")

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """One of the two TF-IDF blocks.

    Attributes:
        columns: n-gram -> column of the coefficients.
        idf: by column, from the block's first one on.
    """

    columns: dict[str, int]
    idf: Vector
    offset: int
    sizes: range

    def weigh(self, ngrams: Iterator[str]) -> tuple[list[int], Vector]:
        """Columns and values of a text's n-grams; the values have unit length together."""
        counts = Counter(ngram for ngram in ngrams if ngram in self.columns)
        columns = [self.columns[ngram] for ngram in counts]
        values = np.array([1 + math.log(count) for count in counts.values()], dtype=np.float32)
        values *= self.idf[columns]
        length = float(np.linalg.norm(values))
        return [column + self.offset for column in columns], values / length if length else values


class Guardian:
    """Scores texts for attacks on a language model.

    Args:
        classes: names of the classes, a row of `coefficients` [num_classes, num_columns] each.
        benign: the class that is no attack.
    """

    def __init__(
        self,
        *,
        classes: Sequence[str],
        benign: str,
        words: _Block,
        letters: _Block,
        coefficients: Vector,
        intercept: Vector,
    ) -> None:
        self.classes = tuple(classes)
        self._benign = self.classes.index(benign)
        self._words, self._letters = words, letters
        self._coefficients, self._intercept = coefficients, intercept

    def probabilities(self, text: str) -> dict[str, float]:
        """Class -> probability 0–1; they sum to 1."""
        text = text.lower()
        word_columns, word_values = self._words.weigh(_word_ngrams(text, self._words.sizes))
        letter_columns, letter_values = self._letters.weigh(_letter_ngrams(text, self._letters.sizes))
        columns = word_columns + letter_columns
        values = np.concatenate([word_values, letter_values])
        scores = self._coefficients[:, columns] @ values + self._intercept  # [num_classes]
        shares = np.exp(scores - scores.max())
        return dict(zip(self.classes, (shares / shares.sum()).tolist(), strict=True))

    def score(self, text: str, *, classes: Sequence[str] = ()) -> float:
        """How likely a text is an attack of some classes (of any, by default), 0–1."""
        found = self.probabilities(text)
        wanted = classes or [name for name in self.classes if name != self.classes[self._benign]]
        return sum(found[name] for name in wanted if name in found)


def load_guardian(path: Path) -> Guardian:
    """Read the weights.

    Raises:
        ModelError: the file is not in the known format.
    """
    try:
        with gzip.open(path, "rb") as packed:
            bundle = json.loads(packed.read(_MAX_BYTES))
        if bundle["format"] != FORMAT:
            raise ValueError(f"its format is {bundle['format']!r}, not {FORMAT!r}")
        num_words = int(bundle["n_word_features"])
        return Guardian(
            classes=bundle["classes"],
            benign=bundle["benign"],
            words=_block(bundle["word"], offset=0),
            letters=_block(bundle["char"], offset=num_words),
            coefficients=np.asarray(bundle["coef"], dtype=np.float32),
            intercept=np.asarray(bundle["intercept"], dtype=np.float32),
        )
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{path}: cannot read the guardian's weights: {error!r}. Pull them again."
        ) from error


def _block(entry: dict[str, object], *, offset: int) -> _Block:
    columns, sizes, idf = entry["vocab"], entry["ngram_range"], entry["idf"]
    if not isinstance(columns, dict) or not isinstance(sizes, list) or not entry["sublinear_tf"]:
        raise ValueError("a block of it is not as expected")
    low, high = (int(size) for size in sizes)
    return _Block(
        columns={str(ngram): int(column) for ngram, column in columns.items()},
        idf=np.asarray(idf, dtype=np.float32),
        offset=offset,
        sizes=range(low, high + 1),
    )


def _word_ngrams(text: str, sizes: range) -> Iterator[str]:
    words = _WORD.findall(text)
    for size in sizes:
        for start in range(len(words) - size + 1):
            yield " ".join(words[start : start + size])


def _letter_ngrams(text: str, sizes: range) -> Iterator[str]:
    """Runs of letters within each word, a space at either end; a word shorter than a run counts once."""
    for word in text.split():
        padded = f" {word} "
        for size in sizes:
            yield padded[:size]
            for start in range(1, len(padded) - size + 1):
                yield padded[start : start + size]
            if len(padded) <= size:
                break
