"""The vectors of facts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from roleagent.embedding.text_vectors import Matrix, TextVectors
from roleagent.types import Fact


def fact_vectors(
    facts: Sequence[Fact], vectors: TextVectors, *, texts: Sequence[str] | None = None
) -> Matrix:
    """Embeddings of the facts' sentences, or of other texts about them, [num_facts, dim].

    Those of the persona's file go through the store, those of a user do not.
    """
    texts = [fact.text for fact in facts] if texts is None else texts
    is_canon = [fact.layer == "canon" for fact in facts]
    canon = [text for text, canonical in zip(texts, is_canon, strict=True) if canonical]
    learned = [text for text, canonical in zip(texts, is_canon, strict=True) if not canonical]
    if not learned:
        return vectors.of(canon, store=True)
    if not canon:
        return vectors.of(learned)
    rows = dict(zip(learned, vectors.of(learned), strict=True))
    rows |= dict(zip(canon, vectors.of(canon, store=True), strict=True))
    return np.stack([rows[text] for text in texts])
