"""Texts as vectors: embedders, rerankers, and the cache of what was embedded."""
