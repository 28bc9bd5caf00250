"""Texts as vectors: embedders, rerankers, what was embedded, and what heads over vectors are stored in."""
