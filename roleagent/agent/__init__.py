"""The agent: what enters a turn, what the agent is made of, and what is done when nobody talks."""
