"""Blocking work in threads, the order of turns, and a stream with its reader."""
