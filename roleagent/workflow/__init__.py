"""The state machine of one turn. It uses only protocols; live objects are in the run's context."""
