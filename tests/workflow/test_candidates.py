"""Drafts that are written unseen after the last one was rejected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from roleagent.agent.agent import Agent
from roleagent.errors import ConfigurationError
from roleagent.testing.critics import RejectWords
from roleagent.types import Revised, TextDelta
from roleagent.workflow.state import Limits
from tests.workflow.pieces import DECLINES, make_agent, turn
from tests.workflow.test_mending import NOW, Mends

BAD = ["I am a robot. "]


class Prefers:
    """Scores replies by how often a word is in them."""

    name = "prefers-1"

    def __init__(self, word: str, *, languages: tuple[str, ...] = ()) -> None:
        self.word, self.languages = word, languages

    def score(self, said: str, replies: Sequence[str]) -> Sequence[float]:
        return [0.9 if self.word in reply else 0.1 for reply in replies]


def make(*drafts: list[str], limits: Limits, **parts: Any) -> tuple[Agent, Any]:
    parts.setdefault("critics", [RejectWords(["robot"])])
    agent, model = make_agent(*drafts, **parts)
    object.__setattr__(agent._running, "_limits", limits)
    return agent, model


async def test_without_candidates_the_persona_falls_back():
    """That is the default: a draft more costs as much as all before it."""
    agent, model = make(BAD, limits=Limits(drafts=1))
    reply, _ = await turn(agent)
    assert (reply.text, reply.fell_back, len(model.prompts)) == (DECLINES, True, 1)


async def test_the_first_that_passes_is_taken_where_nothing_tells_them_apart():
    """So no more are written than are needed."""
    agent, model = make(BAD, BAD, ["Good day."], ["It rains."], limits=Limits(drafts=1, candidates=3))
    reply, shown = await turn(agent)
    assert (reply.text, "".join(shown), reply.fell_back) == ("Good day.", "Good day.", False)
    assert (len(model.prompts), len(reply.revisions)) == (3, 2)
    assert all(verdict.ok for verdict in reply.verdicts)


async def test_the_one_that_answers_best_is_taken():
    """All are written and judged; the score is in the record."""
    drafts = [BAD, ["Good day."], BAD, ["It rains."]]
    agent, model = make(*drafts, limits=Limits(drafts=1, candidates=3), relevance=Prefers("rains"))
    reply, shown = await turn(agent)
    assert (reply.text, shown, len(model.prompts)) == ("It rains.", ["It rains."], 4)
    assert (reply.verdicts[-1].critic, reply.verdicts[-1].score) == ("prefers-1", 0.9)


async def test_candidates_are_not_shown_and_continue_what_was():
    """Their text is released once, after the choice."""
    drafts = [["Good day. I am a robot. "], ["It rains. I am a robot. "], ["Good day. It snows."]]
    agent, _ = make(*drafts, limits=Limits(drafts=1, candidates=2), relevance=Prefers("snows"))
    events = [event async for event in agent.stream("Hello.", user_id="ann")]
    told = [event for event in events if isinstance(event, (Revised, TextDelta))]
    assert [event.text if isinstance(event, TextDelta) else "rejected" for event in told] == [
        "Good day.",
        "rejected",
        "rejected",
        " It snows.",
    ]


async def test_if_none_passes_the_persona_falls_back():
    """And all that was rejected is on record."""
    agent, model = make(BAD, limits=Limits(drafts=2, candidates=3))
    reply, shown = await turn(agent)
    assert (reply.text, "".join(shown), reply.fell_back) == (DECLINES, DECLINES, True)
    assert len(model.prompts) == 5
    assert len(reply.revisions) == 5


async def test_a_candidate_is_mended_too():
    """The same ladder holds for each of them, and only the repairs of the one that is taken are told."""
    critics = [RejectWords(["robot"]), Mends()]
    drafts = [BAD, ["I live in Paris. It rains."], ["I am from Paris."]]
    agent, _ = make(
        *drafts, limits=Limits(drafts=1, candidates=2), critics=critics, relevance=Prefers("rains")
    )
    reply, shown = await turn(agent)
    assert (reply.text, "".join(shown)) == (f"{NOW} It rains.", reply.text)
    assert [repair.was for repair in reply.repairs] == ["I live in Paris."]


@pytest.mark.parametrize("fault", ["raises", "counts", "language"])
async def test_a_scorer_that_cannot_tell_leaves_the_first_that_passes(fault: str):
    """Each of them may be said."""

    class Broken(Prefers):
        def score(self, said: str, replies: Sequence[str]) -> Sequence[float]:
            if fault == "raises":
                raise ZeroDivisionError
            return super().score(said, replies[: -1 if fault == "counts" else None])

    scorer = Broken("rains", languages=("zh",) if fault == "language" else ())
    drafts = [BAD, ["Good day."], ["It rains."]]
    agent, model = make(*drafts, limits=Limits(drafts=1, candidates=2), relevance=scorer)
    reply, _ = await turn(agent)
    assert reply.text == "Good day."
    assert len(model.prompts) == (2 if fault == "language" else 3)


@pytest.mark.parametrize(
    "limits", [{"candidates": 0}, {"consistency": 1.5}, {"consistency": -0.1}, {"critic_s": "5"}]
)
def test_limits_that_cannot_be_kept_are_refused(limits: Any):
    """Before a turn is spent on them."""
    with pytest.raises(ConfigurationError):
        Limits(**limits)


async def test_the_dial_reaches_the_critics():
    """`Agent(consistency=…)` is what `Scene.consistency` says, whatever other limits say."""

    class Sees(RejectWords):
        seen: float = -1.0

        def check(self, draft: str, scene: Any, *, complete: bool) -> Any:
            self.seen = scene.consistency
            return super().check(draft, scene, complete=complete)

    for given, limits, expected in ((None, None, 0.5), (0.9, None, 0.9), (0.9, Limits(facts=2), 0.9),
                                    (None, Limits(consistency=0.2), 0.2)):  # fmt: skip
        critic = Sees(["robot"])
        agent, _ = make_agent(["Good day."], critics=[critic])
        held = Agent(agent.persona, model=agent._running.model, on_disk=False, parts=agent._running.parts,
                     limits=limits, consistency=given)  # fmt: skip
        await turn(held)
        assert critic.seen == expected
    with pytest.raises(ConfigurationError, match="consistency"):
        Agent(agent.persona, model=agent._running.model, on_disk=False, consistency=2)
