"""Episodic memory: what was said, found again by meaning, by words and by time.

`on_disk.OnDiskMemory` keeps it on disk, `in_process.InProcessMemory` in RAM. Both are built
on `recorded.RecordedMemory` and find the same.
"""
