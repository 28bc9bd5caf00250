"""Show a picture and play a recording."""

from pathlib import Path

from roleagent import Agent

MEDIA = Path(__file__).parent / "media"

with Agent("holmes") as agent:
    for question, file in (
        ("What do you make of this telegram?", MEDIA / "telegram.png"),
        ("Who speaks here, and what about?", MEDIA / "client.wav"),
    ):
        reply = agent.run_sync(question, user_id="ann", attachments=[file])
        for seen in reply.grounds.observations:
            print(f"[{seen.source}: {seen.kind}: {seen.text}]")
        print(reply)
