"""Define a character in a file, look at its graph, and talk to it."""

from pathlib import Path

from roleagent import Agent, load_persona

persona = load_persona(Path(__file__).parent / "innkeeper.yaml")
print(persona.graph)
for fact in persona.graph.facts_of("tobin"):
    print("-", fact.text)

with Agent(persona) as agent:
    print(persona.greeting)
    print(agent.run_sync("Have you any news of your brother?", user_id="traveller"))
