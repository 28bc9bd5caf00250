"""The agent: what enters a turn, what the agent is made of, and idle work."""
