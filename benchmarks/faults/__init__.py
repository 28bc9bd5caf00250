"""Faults that a memory must survive, each as functions that bring it about and say what came of it."""
