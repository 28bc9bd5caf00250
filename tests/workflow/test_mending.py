"""One rejected sentence is mended, and the rest of the draft stays."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk

from roleagent.language.sentences import letters, split_sentences
from roleagent.protocols import Scene
from roleagent.types import Repaired, TextDelta, Verdict
from roleagent.workflow.gate import MOST_REPAIRS
from roleagent.workflow.mending import mended
from tests.workflow.pieces import DECLINES, drafts_of_a_turn, in_pieces, make_agent, turn
from tests.workflow.test_responding import BAD, GOOD, as_text, drafts, stubs

NOW = "I live in London."


class Mends:
    """Rejects sentences with a word, and says what may stand in their place."""

    name = "mends"

    def __init__(self, word: str = "Paris", repair: str = NOW) -> None:
        self.word, self.repair, self.seen = word, repair, list[str]()

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        self.seen.append(draft)
        for sentence in split_sentences(draft):
            if self.word in sentence:
                return Verdict(
                    critic=self.name,
                    ok=False,
                    reason="No.",
                    quote=sentence,
                    evidence=("home",),
                    repair=self.repair,
                )
        return Verdict(critic=self.name, ok=True)


@pytest.mark.parametrize(
    ("draft", "text"),
    [
        ("Good day. I live in Paris. It rains. And you?", f"Good day. {NOW} It rains. And you?"),
        ("I live in Paris.", NOW),
        ("I live in Paris", NOW),
        ("Good day.\n\nI live in Paris.\n\nIt rains.", f"Good day.\n\n{NOW}\n\nIt rains."),
        ("I live in Paris. It rains. I live in Paris. Yes.", f"{NOW} It rains. Yes."),
        (f"{NOW} It rains. I am from Paris.", f"{NOW} It rains."),
        ("I live in Paris. I live in Par", NOW),
        ("巴黎。Paris很美。我在这里。", f"巴黎。{NOW} 我在这里。"),
    ],
)
async def test_the_sentence_is_replaced_and_the_writing_goes_on(draft: str, text: str):
    """No draft is spent, and however the text is split, the deltas join to the reply."""
    for cut in (0, 1, 5):
        agent, model = make_agent(in_pieces(draft, cut), critics=[Mends()])
        reply, shown = await turn(agent)
        assert "".join(shown) == reply.text
        assert letters(reply.text) == letters(text)
        assert (len(model.prompts), reply.revisions, reply.fell_back) == (1, (), False)
        assert {each.now for each in reply.repairs} == {NOW}
        assert not any(each.was in reply.text for each in reply.repairs)


async def test_the_repair_is_told_before_what_it_says():
    """Who reads the stream sees why the sentence is there."""
    agent, _ = make_agent(["Good day. I live in Paris. It rains. "], critics=[Mends()])
    events = [event async for event in agent.stream("Hello.", user_id="ann")]
    told = [event for event in events if isinstance(event, (Repaired, TextDelta))]
    assert [type(event).__name__ for event in told[:3]] == ["TextDelta", "Repaired", "TextDelta"]
    repair: Any = told[1]
    assert (repair.repair.was, repair.repair.now) == ("I live in Paris.", NOW)
    assert repair.repair.verdicts[0].evidence == ("home",)


async def test_the_explanation_names_the_sentence_its_repair_and_the_fact():
    """A person who asks why gets all three, as data and as a page."""
    agent, _ = make_agent(["I live in Paris. It rains."], critics=[Mends()])
    reply, _ = await turn(agent)
    page = reply.explain().as_markdown()
    assert f"## Repaired sentences\n\n- “I live in Paris.” → “{NOW}” — mends: No." in page
    assert "`home`" in page
    (kept,) = json.loads(json.dumps(reply.explain().as_dict()))["repairs"]
    assert (kept["was"], kept["now"], kept["verdicts"][0]["evidence"]) == ("I live in Paris.", NOW, ["home"])


async def test_what_is_remembered_is_the_mended_text():
    """In the next turn the model must not read its own mistake as said."""
    agent, model = make_agent(["I live in Paris. It rains."], ["Yes."], critics=[Mends()])
    await turn(agent)
    await turn(agent, "Really?")
    prompt = "\n".join(str(message.content) for message in model.prompts[-1])
    assert NOW in prompt
    assert "Paris" not in prompt


async def test_a_model_that_calls_a_tool_reads_what_was_said_and_not_its_mistake():
    """Its message of before the call stands in the prompt of the answer."""

    def tides(port: str) -> str:
        """Look up the tides.

        Args:
            port: its name.
        """
        return "High water at six."

    call = AIMessageChunk(
        content="",
        tool_call_chunks=[{"name": "tides", "args": '{"port": "Dover"}', "id": "1", "index": 0}],
    )
    agent, model = make_agent(
        ["I live in Paris. I shall look. ", call], ["High water is at six."], critics=[Mends()], tools=[tides]
    )
    reply, shown = await turn(agent)
    assert reply.text == f"{NOW} I shall look. High water is at six." == "".join(shown)
    answered = "\n".join(str(message.content) for message in model.prompts[-1])
    assert NOW in answered
    assert "Paris" not in answered


async def test_a_repair_that_does_not_pass_itself_is_not_said():
    """It is judged like any sentence; then the ladder goes on as without it, and the old verdict is told."""
    stubborn = Mends(repair="I live near Paris.")
    agent, model = make_agent(["I live in Paris. "], ["It rains."], critics=[stubborn])
    reply, _ = await turn(agent)
    assert (reply.text, reply.repairs, len(model.prompts)) == ("It rains.", (), 2)
    assert reply.revisions[0].verdicts[0].quote == "I live in Paris."
    agent, model = make_agent(["I live in Paris."], ["It rains."], critics=[stubborn])
    reply, _ = await turn(agent)
    assert (reply.text, [each.draft for each in reply.revisions]) == ("It rains.", ["I live in Paris."])


async def test_a_mended_sentence_is_not_asked_about_again():
    """A critic that wavers must not let through what it rejected before."""

    class Wavers(Mends):
        num_rejected = 0

        def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
            if self.num_rejected:
                return Verdict(critic=self.name, ok=True)
            found = super().check(draft, scene, complete=complete)
            self.num_rejected += not found.ok
            return found

    agent, _ = make_agent(["I live in Paris. It rains. I live in Paris. Yes."], critics=[Wavers()])
    assert (await turn(agent))[0].text == f"{NOW} It rains. Yes."


async def test_a_critic_without_a_repair_outvotes_one_that_has_it():
    """A mended place does not help a sentence that is wrong in another way."""

    class NoLiving:
        name = "no-living"

        def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
            bad = "live in Paris" in draft
            return Verdict(critic=self.name, ok=not bad, reason="No." * bad, quote="live in Paris" * bad)

    agent, _ = make_agent(["I live in Paris. "], ["It rains."], critics=[Mends(), NoLiving()])
    reply, _ = await turn(agent)
    assert (reply.text, reply.repairs, len(reply.revisions)) == ("It rains.", (), 1)


async def test_a_draft_that_is_wrong_everywhere_is_not_mended_to_the_end():
    """A reply of nothing but corrections is worse than another draft."""

    class Counts(Mends):
        def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
            found = super().check(draft, scene, complete=complete)
            number = found.quote.strip(".").rpartition(" ")[2]
            return Verdict(critic=self.name, ok=found.ok, reason=found.reason, quote=found.quote,
                           repair="" if found.ok else f"I live in London {number}.")  # fmt: skip

    draft = "".join(f"I live in Paris {number}. " for number in range(MOST_REPAIRS + 2))
    for ending in ("", "x"):
        agent, model = make_agent([draft + ending], ["It rains."], critics=[Counts()])
        reply, shown = await turn(agent)
        assert (len(reply.repairs), len(model.prompts)) == (MOST_REPAIRS, 2)
        assert reply.text.endswith(f"London {MOST_REPAIRS - 1}. It rains.")
        assert "".join(shown) == reply.text


def test_only_one_whole_sentence_mends():
    """What a critic offers is not trusted blindly."""
    for repair in ("I live", "One. Two.", "", "  "):
        verdict = Verdict(critic="x", ok=False, reason="No.", quote="Paris", repair=repair)
        assert mended("I live in Paris.", [verdict]) == ""
    elsewhere = Verdict(critic="x", ok=False, reason="No.", quote="Rome", repair=NOW)
    assert mended("I live in Paris.", [elsewhere]) == ""


class MendsSome:
    """Rejects a draft while a bad sentence is its last; some of them it mends."""

    name = "mends-some"

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        for sentence in split_sentences(draft[scene.judged :]):
            if letters(sentence) in map(letters, BAD):
                repair = "I am Ada of London." if letters(sentence) in map(letters, BAD[1:3]) else ""
                return Verdict(critic=self.name, ok=False, reason="No.", quote=sentence, repair=repair)
        return Verdict(critic=self.name, ok=True)


@given(drafts, stubs, st.integers(2, 10_000))
async def test_nothing_that_was_rejected_is_shown_where_some_is_mended(written: Any, stub: str, seed: int):
    """The promises of the stream hold with repairs, however the text is split."""
    texts = [as_text(draft, stub) for draft in written]
    outcomes = set()
    for cut in (0, 1, seed):
        state, shown = await drafts_of_a_turn(
            *(in_pieces(text, cut) for text in texts), critics=[MendsSome()]
        )
        text = state["draft"]
        assert "".join(shown) == text
        own = letters(text.removesuffix(DECLINES) if state["fell_back"] else text)
        rejected = [letters(each.quote) for revision in state["revisions"] for each in revision.verdicts]
        rejected += [letters(repair.was) for repair in state["repairs"]]
        assert not any(sentence and sentence in own for sentence in rejected)
        assert own.count(letters("I am Ada of London.")) <= 1
        assert all(own.count(letters(sentence)) <= 1 for sentence in GOOD if "```" not in sentence), text
        assert len(state["repairs"]) <= MOST_REPAIRS
        outcomes.add((text, tuple(revision.draft for revision in state["revisions"]), state["repairs"]))
    assert len(outcomes) == 1
