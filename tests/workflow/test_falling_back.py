"""What is said where every draft was rejected."""

from __future__ import annotations

import pytest

from roleagent.agent.agent import Agent
from roleagent.critics.role import RoleCritic
from roleagent.graph.graph import PersonaGraph
from roleagent.persona.persona import Persona
from roleagent.testing import FirstFacts, FixedUpdater, HashEmbedder, ScriptedModel
from roleagent.types import Fact, Node, Relation
from roleagent.workflow.parts import Parts

DECLINES = "Ask me something else."
ASKED = "got any family left anywhere"


def ada(*facts: Fact) -> Persona:
    nodes = [Node(id="ada", type="person", label="Ada"), Node(id="bram", type="person", label="Bram")]
    relations = {
        "sibling_of": Relation(name="sibling_of", text={"en": "{subject} is a sibling of {object}."})
    }
    graph = PersonaGraph(nodes=nodes, facts=facts, relations=relations)
    return Persona(
        id="ada", name="Ada", summary="You are Ada.", graph=graph, node_id="ada", fall_backs=(DECLINES,)
    )


BROTHER = Fact(
    id="brother", subject="ada", relation="sibling_of", object="bram", text="Ada's brother is Bram."
)


@pytest.mark.parametrize(
    ("facts", "draft", "answer"),
    [
        ((BROTHER,), ASKED, "My brother is Bram."),
        ((), ASKED, DECLINES),
        ((BROTHER,), "I am an AI language model.", DECLINES),
    ],
)
def test_who_only_echoes_the_question_answers_with_the_best_fact(facts, draft: str, answer: str) -> None:
    """A line of declining is for what the character will not say, not for what it knows."""
    parts = Parts(
        embedder=HashEmbedder(),
        updater=FixedUpdater(),
        ranker=FirstFacts(),
        perceptors=[],
        guards=[],
        critics=[RoleCritic()],
    )
    with Agent(ada(*facts), model=ScriptedModel([draft] * 5), on_disk=False, parts=parts) as agent:
        reply = agent.run_sync(ASKED, user_id="bo")
    assert (reply.text, reply.fell_back) == (answer, True)
