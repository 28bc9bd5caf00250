"""Blocking work in threads, who may begin and who waits, and a stream with its reader."""
