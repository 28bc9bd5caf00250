"""The index over the record: exact for most users, Chroma for those with very many episodes."""
