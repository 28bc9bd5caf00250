"""Give a character a tool: a typed function with a docstring is enough."""

from roleagent import Agent, Parts

TIDES = {"dover": "high water at 06:12 and 18:40", "brighton": "high water at 05:58 and 18:21"}


def tide_table(port: str) -> str:
    """Look up today's tides in the almanac.

    Args:
        port: name of the port, such as Dover.
    """
    return TIDES.get(port.lower(), f"The almanac does not list {port}.")


with Agent("holmes", parts=Parts(tools=[tide_table])) as agent:
    reply = agent.run_sync("When is high water at Dover today?", user_id="ann")
    for use in reply.tool_uses:
        print(f"[{use.name}{dict(use.arguments)} → {use.result}]")
    print(reply)
