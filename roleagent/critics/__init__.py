"""Critics judge what a character is about to say; the guard screens what is said to it.

Patterns and the persona graph, no language model: a verdict takes a few milliseconds on one core, so that a
draft can be judged while it grows. Each critic is found by name through `roleagent.registry`:

- ``safety``: it does harm: it helps to, encourages self-harm, or demeans people;
- ``role``: it speaks as an AI, admits to playing a role, or speaks for the user;
- ``leak``: it repeats its prompt or talks of its instructions;
- ``horizon``: it uses words or dates that the character cannot know;
- ``consistency``: it contradicts a functional fact of the graph;
- guard ``safety``: the user is in danger, or asks for what the policy does not allow;
- guard ``injection``: what comes in tries to take over the character.
"""
