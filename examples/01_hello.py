"""Say hello to a character."""

from roleagent import Agent

with Agent("holmes") as agent:
    reply = agent.run_sync("Good evening. Where do you live, Mr Holmes?", user_id="ann")
    print(reply)
    print(reply.explain())
