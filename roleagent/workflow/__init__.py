"""The state machine of one turn. It knows protocols only; what is alive comes in the run's context."""
