"""Embed a character in an async app: many users at once, each with a memory of their own."""

import asyncio

from roleagent import Agent


async def visit(agent: Agent, name: str, town: str) -> None:
    await agent.run(f"My name is {name} and I live in {town}.", user_id=name)
    reply = await agent.run("Where do I live?", user_id=name)
    print(f"{name}: {reply}")


async def main() -> None:
    agent = Agent("holmes")
    await agent.warm_up()
    await asyncio.gather(visit(agent, "Ann", "Lewes"), visit(agent, "Bob", "Cambridge"))
    for name in ("Ann", "Bob"):
        graph = await agent.conversation(user_id=name).knowledge()
        print(name, [fact.text for fact in graph.facts.values() if fact.layer == "learned"])
        receipt = await agent.conversation(user_id=name).forget()
        print(f"forgotten: {dict(receipt.removed)}")
    agent.close()


asyncio.run(main())
