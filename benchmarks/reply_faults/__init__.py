"""Replies of real models with known faults put in: what `benchmarks.persona_faults` measures on."""
