"""One script a measurement: `python -m benchmarks.NAME` prints a table and, last, its headline figure."""
