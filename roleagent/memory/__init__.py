"""Episodic memory: what was said, found again by meaning, by words and by time.

`chroma.OnDiskMemory` keeps it on disk, `in_process.InProcessMemory` in RAM; both find the same.
"""
