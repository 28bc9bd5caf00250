"""Show a reply while it is being written; every sentence shown has passed the critics."""

import asyncio

from roleagent import Agent, Done, Observed, Recalled, Revised, TextDelta


async def main() -> None:
    with Agent("holmes") as agent:
        async for event in agent.stream("Who is your closest friend?", user_id="ann"):
            match event:
                case Observed() | Recalled():
                    print(f"[{type(event).__name__}]")
                case Revised(revision=revision):
                    print(f"\n[rejected: {[v.reason for v in revision.verdicts if not v.ok]}]")
                case TextDelta(text=text):
                    print(text, end="", flush=True)
                case Done(reply=reply):
                    print(f"\n[{reply.timings_ms['respond']:.0f} ms to write]")


asyncio.run(main())
