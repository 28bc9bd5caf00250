"""Claims that a chat model reads off a reply."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.runnables import RunnableLambda

from roleagent.critics.llm_claims import LlmClaimsCritic, relations_of
from roleagent.errors import ModelError
from roleagent.testing.critics import check_critic


class Reader:
    """Answers with fixed claims, and keeps what it was asked."""

    def __init__(self, *claims: Any, answer: Any = None) -> None:
        self.answer = {"claims": list(claims)} if answer is None else answer
        self.asked: list[Any] = []
        self.schema: dict[str, Any] = {}

    def with_structured_output(self, schema: dict[str, Any]) -> RunnableLambda:
        self.schema = schema

        def read(messages: Any) -> Any:
            self.asked.append(messages)
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

        return RunnableLambda(read)


def claim(about: str, relation: str, value: str, *, denied: bool = False) -> dict[str, Any]:
    return {"about": about, "relation": relation, "value": value, "denied": denied}


BORN = "I first saw the light of day in 1900."


def test_a_claim_that_a_fact_contradicts_is_cited(make_scene, holmes):
    reader = Reader(claim("I", "born_on", "1900"))
    verdict = LlmClaimsCritic(reader).check(f"Indeed. {BORN}", make_scene(holmes), complete=True)
    assert not verdict.ok
    assert verdict.quote == BORN
    assert verdict.evidence == ("holmes.born_on.literal:1854-01-06",)
    relations = reader.schema["properties"]["claims"]["items"]["properties"]["relation"]["enum"]
    assert relations == list(relations_of(holmes.graph, "en"))
    assert BORN in reader.asked[0][1][1]


@pytest.mark.parametrize(
    "read",
    [
        claim("I", "born_on", "1854"),
        claim("I", "born_on", "1900", denied=True),
        claim("I", "born_on", "1901"),  # stands nowhere in the reply
        claim("I", "admires", "1900"),
        claim("the cabman", "born_on", "1900"),
    ],
)
def test_what_is_right_or_not_said_passes(make_scene, holmes, read):
    assert LlmClaimsCritic(Reader(read)).check(BORN, make_scene(holmes), complete=True).ok


def test_the_model_is_asked_about_whole_statements_alone(make_scene, holmes):
    reader = Reader()
    critic = LlmClaimsCritic(reader)
    for draft, complete in ((BORN, False), ("Was I born in 1900?", True), ("", True)):
        assert critic.check(draft, make_scene(holmes), complete=complete).ok
    assert reader.asked == []


@pytest.mark.parametrize(
    "answer", ["claims", {}, {"claims": [{"about": "I"}]}, RuntimeError("out of memory")]
)
def test_a_model_that_fails_is_told(make_scene, holmes, answer):
    with pytest.raises(ModelError, match="I first saw"):
        LlmClaimsCritic(Reader(answer=answer)).check(BORN, make_scene(holmes), complete=True)


def test_it_keeps_the_promises_of_a_critic():
    check_critic(LlmClaimsCritic(Reader()))
