"""Memory across restarts: tell a character something, restart, correct it, and make it forget."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from roleagent import Agent
from roleagent.types import Selection

INNKEEPER = Path(__file__).parent / "innkeeper.yaml"


async def visit(home: str, said: str) -> None:
    """Open the home, like a new process on another day, and say one thing."""
    with Agent(INNKEEPER, home=home) as agent:
        reply = await agent.run(said, user_id="ann")
        print(f"ann: {said}\n  learned:  {[fact.text for fact in reply.update.added]}")
        await tell(agent)


async def forget(home: str, words: str) -> None:
    """Open the home again and erase what contains some words."""
    with Agent(INNKEEPER, home=home) as agent:
        receipt = await agent.conversation(user_id="ann").forget(what=Selection(matching=words))
        print(receipt.as_text())
        await tell(agent)


async def tell(agent: Agent) -> None:
    graph = await agent.conversation(user_id="ann").knowledge()
    learned = [fact for fact in graph.facts.values() if fact.layer == "learned"]
    print(f"  believed: {[fact.text for fact in learned if fact.valid_to is None]}")


async def main() -> None:
    with TemporaryDirectory() as home:
        await visit(home, "My name is Ann and I live in Oxford.")
        await visit(home, "No, I live in Lewes, not in Oxford.")
        await forget(home, "Lewes")


asyncio.run(main())
