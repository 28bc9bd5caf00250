"""Blocking work in threads, the order of turns, a stream with its reader, and how OpenMP waits."""
