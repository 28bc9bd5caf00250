"""What does not fit is refused when the agent is made, with the way out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda

from roleagent.agent.agent import Agent
from roleagent.errors import ConfigurationError, RoleAgentError, ToolError
from roleagent.formats.load import load_persona
from roleagent.memory.in_process import InProcessMemory
from roleagent.protocols import Scene
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, FixedUpdater, ScriptedModel
from roleagent.types import Attachment, Fact, Observation, Verdict
from roleagent.workflow.state import Limits
from tests.parts import in_parts


class Good:
    """Fits as a perceptor, guard, critic, reranker and summariser, with freedom in how it is written."""

    name, media_types, languages = "good", ["image/*"], ()

    def perceive(self, attachment: Attachment, *, also: int = 1) -> Sequence[Observation]:
        return []

    def screen(self, *args: Any, **options: Any) -> Verdict:
        return self.check()

    def check(self, *args: Any, complete: bool = True) -> Verdict:
        return Verdict(critic=self.name, ok=True)

    def score(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        return [0.0 for _ in texts]

    def summarise(self, passage: Any) -> str:
        return ""


class Bad(Good):
    """A place to spoil."""


def bad(**attributes: Any) -> Any:
    return type("Bad", (Bad,), {"__repr__": lambda _: "<Bad>", **attributes})()


def untold(x: int) -> int:
    return x


def twice(x: int) -> int:
    """Double it."""
    return 2 * x


async def later(self: Any, draft: str, scene: Scene, *, complete: bool) -> Verdict:
    raise NotImplementedError


class NoQueries(Embeddings):
    embed_documents = HashEmbedder.embed_documents
    embed_query = None  # type: ignore[assignment]


HOLMES = load_persona("holmes")


def make_agent(**options: Any) -> Agent:
    return Agent(HOLMES, **in_parts(**{"model": ScriptedModel(["Ah."]), "on_disk": False, **options}))


async def test_what_fits_is_taken() -> None:
    """However it is written: the check must refuse nothing that works."""
    agent = make_agent(
        perceptors=(Good(),), guards=[Good(), "injection"], critics=[Good(), "role"], embedder=HashEmbedder(),
        ranker=FirstFacts(), updater=FixedUpdater(), summariser=Good(), tools=[twice],
        memory=InProcessMemory(),
    )  # fmt: skip
    assert (await agent.run("Hello.", user_id="ann")).text == "Ah."


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"model": FakeListChatModel(responses=["Ah."]), "tools": [twice]}, "cannot call tools.*or no tools"),
        ({"model": FakeListChatModel(responses=["Ah."]), "tools": ["query_graph"]}, "cannot call tools"),
        ({"model": RunnableLambda(lambda _: AIMessage("Ah."))}, "no langchain-core chat model"),
        ({"model": ScriptedModel([]).bind(stop=["x"])}, "without `bind`"),
        ({"model": object()}, "no langchain-core chat model"),
        ({"critics": [bad(check=lambda self, draft: True)]},
         r"critics\[0\] is <Bad>, which cannot be called .* as `check\(draft, scene, \*, complete\)`. "
         r"See roleagent.protocols.Critic"),
        ({"critics": ["role", bad(check=lambda self, draft, scene: True)]}, r"critics\[1\].*complete"),
        ({"critics": [bad(check=later)]}, "must not be `async`"),
        ({"critics": [bad(name="")]}, "whose `name` is ''"),
        ({"critics": [lambda draft, scene, complete: True]}, "whose `name` is None"),
        ({"guards": [bad(screen=None)]}, r"which has no `screen\(text, \*, where\)`"),
        ({"guards": [bad(screen=lambda self, text: True)]}, "where"),
        ({"perceptors": [bad(media_types=None)]}, "whose `media_types` is None"),
        ({"perceptors": [bad(media_types="image/*")]}, "'image/\\*', not a tuple of texts"),
        ({"perceptors": [bad(perceive=lambda self: [])]}, r"`perceive\(attachment\)`"),
        ({"ranker": bad()}, "which has no `rank"),
        ({"updater": bad()}, "which has no `propose"),
        ({"memory": bad()}, "which has no `recall"),
        ({"summariser": bad(summarise=None)}, "which has no `summarise"),
        ({"embedder": NoQueries()}, "which has no `embed_query"),
        ({"embedder": bad()}, "which has no `embed_documents"),
        ({"recall": "quality", "reranker": bad(score=None)}, "which has no `score"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(options: dict[str, Any], told: str) -> None:
    """Not by a traceback, or a silent fall-back, in the first turn."""
    with pytest.raises(ConfigurationError, match=told):
        make_agent(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"critics": [Good]}, {"guards": [Good]}, {"perceptors": [Good]}, {"model": ScriptedModel},
        {"memory": InProcessMemory}, {"embedder": HashEmbedder}, {"ranker": FirstFacts},
        {"updater": FixedUpdater}, {"summariser": Good}, {"tools": [ScriptedModel]}, {"limits": Fact},
    ],
)  # fmt: skip
def test_a_class_is_no_object(options: dict[str, Any]) -> None:
    with pytest.raises(RoleAgentError, match=r"is the class|is no tool"):
        make_agent(**options)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"critics": ["rol"]}, "Did you mean 'role'"),
        ({"guards": ["injectoin"]}, "Did you mean 'injection'"),
        ({"perceptors": ["whispr"]}, "Did you mean 'whisper'"),
        ({"model": "lama-cpp:qwen2.5-1.5b"}, "Did you mean 'llama-cpp'"),
        ({"embedder": "use-m4"}, "Did you mean 'use-m3'"),
        ({"updater": "patern"}, "Did you mean 'patterns'"),
        ({"ranker": "gn"}, "Did you mean 'gnn'"),
        ({"summariser": "extrakt"}, "Did you mean 'extract'"),
        ({"tools": ["lookup_fact"]}, "Did you mean 'look_up_fact'"),
        ({"critics": "role"}, r"pass a list, such as \['role'\]"),
        ({"critics": Good()}, "pass a list"),
        ({"tools": twice}, "pass a list"),
        ({"approve": "twice"}, r"pass a list, such as \['twice'\]"),
    ],
)
def test_a_name_that_nothing_has_is_told_at_once(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        make_agent(**options)


@pytest.mark.parametrize("tools", [[untold], [lambda x: x], [twice, twice], [42]])
def test_what_cannot_be_a_tool_is_told_at_once(tools: list[Any]) -> None:
    with pytest.raises(ToolError):
        make_agent(tools=tools)


def test_a_typo_in_approve_is_told_and_no_tool_runs_unasked() -> None:
    """Otherwise the tool that was meant would run without anybody's leave."""
    agent = make_agent(tools=[twice], approve=["twise"])
    with pytest.raises(ConfigurationError, match=r"'twise', which is no tool\. Did you mean 'twice'"):
        agent.run_sync("Hello.", user_id="ann")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"critics": [None]}, r"critics\[0\] is None"),
        ({"perceptors": [None]}, r"perceptors\[0\] is None"),
        ({"limits": {"tool_rounds": 3}}, r"pass Limits\(…\)"),
    ],
)
def test_nothing_and_the_wrong_kind_of_value_are_told_at_once(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        make_agent(**options)


def test_a_persona_must_be_one() -> None:
    with pytest.raises(ConfigurationError, match="pass a name, the path of a file, or a Persona"):
        Agent(None, model=ScriptedModel([]))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("critics", None),
        ("updater", None),
        ("recall", 5),
        ("recall", "nosuch"),
        ("retention", 5),
        ("approve", [5]),
    ],
)
def test_a_part_that_cannot_work_is_refused_at_once(part: str, value: object) -> None:
    """Not in the first turn, and by name."""
    with pytest.raises(ConfigurationError, match=part):
        make_agent(**{part: value})


@pytest.mark.parametrize("limit", [{"drafts": 0}, {"tool_rounds": -1}, {"facts": "5"}])
def test_limits_that_cannot_work_are_refused(limit: dict[str, Any]) -> None:
    """A turn without a draft has no answer."""
    with pytest.raises(ConfigurationError, match=next(iter(limit))):
        Limits(**limit)
