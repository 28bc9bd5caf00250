"""Claims that a language model reads off a reply under a JSON schema, compared with the graph like any other.

Rules read claims in the forms that they know. `claims:MODEL` asks a chat model which of the persona's
one-valued relations a reply speaks of, and whose value it gives. It takes seconds, so that it is asked only
where an application wants it, and only about a whole reply.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from roleagent import registry
from roleagent.critics.consistency import Claim, contradicted
from roleagent.critics.text import is_question, plain, sentences
from roleagent.errors import ModelError
from roleagent.graph.graph import PersonaGraph
from roleagent.learning.llm import is_grounded
from roleagent.protocols import Scene
from roleagent.types import Verdict

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

NAME = "claims"

MAX_CHARS = 1_200
"""Characters of a reply that the model reads, from its beginning."""

_MAX_CLAIMS = 4
_LONGEST = 60  # characters of a name or value
_INSTRUCTION = (
    "You read what somebody says, and list what it claims as a fact. Leave out questions, wishes, jokes, "
    "guesses and what others said. For each claim give: about (I for the speaker, you for the listener, or a "
    "name), relation (one of those below), value (copied from the text), and denied (true if the text says "
    "that it is not so). If nothing fits one of the relations, list nothing.\n\nRelations:\n"
)


class _Read(BaseModel):
    """One claim as the model gives it."""

    model_config = ConfigDict(extra="forbid")

    about: str = Field(max_length=_LONGEST)
    relation: str
    value: str = Field(max_length=_LONGEST)
    denied: bool


class LlmClaimsCritic:
    """Rejects a reply in which a chat model reads a claim that a fact contradicts, and cites the fact.

    A claim whose value does not stand in the reply is dropped. If the model fails, or takes longer than
    `Limits.critic_s`, the reply passes and the verdict says so.

    Args:
        model: any chat model that can be held to a schema.
    """

    name = NAME
    fails_open = True
    asks_model = True

    def __init__(self, model: BaseChatModel) -> None:
        self._model = model

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """Judge the claims of a complete reply.

        Raises:
            ModelError: the model failed, or answered outside the schema.
        """
        said = [each for each in sentences(draft[:MAX_CHARS]) if not is_question(each)]
        relations = relations_of(scene.graph, scene.persona.language)
        if not complete or not said or not relations:
            return Verdict(critic=NAME, ok=True)
        for claim in self._claims(said, relations):
            if fact := contradicted(claim, scene):
                return Verdict(
                    critic=NAME,
                    ok=False,
                    reason=f"It says “{claim.quote}”, but: {fact.text.strip()}",
                    quote=claim.quote,
                    evidence=(fact.id,),
                )
        return Verdict(critic=NAME, ok=True)

    def _claims(self, said: list[str], relations: Mapping[str, str]) -> Iterator[Claim]:
        text = " ".join(said)
        told = "\n".join(f"{name}: {form}" for name, form in relations.items())
        asked = self._model.with_structured_output(_schema(relations))
        try:
            answer = asked.invoke([("system", f"{_INSTRUCTION}{told}"), ("human", text)])
        except ModelError:
            raise
        except Exception as error:  # whatever a model of another package raises
            raise ModelError(f"The model failed while it read {text[:40]!r}: {error}") from error
        for read in _checked(answer, text):
            quote = next((each for each in said if is_grounded(read.value, plain(each))), "")
            if quote and read.relation in relations:
                about = read.about.strip()
                subject = {"i": "I", "you": "you"}.get(about.casefold(), about)
                yield Claim(
                    subject=subject,
                    relation=read.relation,
                    value=read.value.strip(),
                    denied=read.denied,
                    quote=quote,
                )


def relations_of(graph: PersonaGraph, language: str) -> dict[str, str]:
    """The relations of a graph that hold one value at a time, with how they are said."""
    used = {fact.relation for fact in graph.facts.values()}
    return {
        relation.name: relation.text.get(language) or relation.text.get("en") or relation.name
        for relation in graph.relations.values()
        if relation.cardinality == "functional" and relation.name in used
    }


def load_llm_claims(argument: str = "") -> LlmClaimsCritic:
    """What the name ``claims:MODEL`` stands for, such as ``claims:llama-cpp:qwen2.5-1.5b``."""
    return LlmClaimsCritic(registry.get("model", argument or "auto"))


def _schema(relations: Mapping[str, str]) -> dict[str, Any]:  # Any: JSON
    text = {"type": "string", "maxLength": _LONGEST}
    claim = {
        "type": "object",
        "properties": {
            "about": text,
            "relation": {"enum": list(relations)},
            "value": text,
            "denied": {"type": "boolean"},
        },
        "required": ["about", "relation", "value", "denied"],
        "additionalProperties": False,
    }
    return {
        "title": "claims",
        "description": "What a text claims.",
        "type": "object",
        "properties": {"claims": {"type": "array", "maxItems": _MAX_CLAIMS, "items": claim}},
        "required": ["claims"],
        "additionalProperties": False,
    }


def _checked(answer: Any, text: str) -> list[_Read]:  # Any: what a model of any package gives
    try:
        listed = answer["claims"] if isinstance(answer, Mapping) else None
        if not isinstance(listed, list):
            raise ModelError(f"The model's claims on {text[:40]!r} are no list: try a larger model.")
        return [_Read.model_validate(each) for each in listed[:_MAX_CLAIMS]]
    except (KeyError, ValidationError) as error:
        raise ModelError(
            f"The model's claims on {text[:40]!r} do not fit the schema: try a larger model."
        ) from error
