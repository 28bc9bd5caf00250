"""Of what the model writes, what may be shown: whole turns with scripted critics, whatever the pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AIMessageChunk

from roleagent.agent.agent import Agent
from roleagent.graph.graph import PersonaGraph
from roleagent.language.sentences import ends_sentence, letters, split_sentences
from roleagent.protocols import Scene
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FixedUpdater, ScriptedModel
from roleagent.types import Fact, Node, Usage, Verdict
from roleagent.workflow.context_window import rough_tokens
from tests.parts import in_parts
from tests.workflow.pieces import (
    DECLINES,
    EndsBadly,
    drafts_of_a_turn,
    in_pieces,
    make_agent,
    make_persona,
    turn,
)

# ── what a critic rejects is never shown ─────────────────────────────────────────────────────

CODE = "```\nx = 1\n```\n"
GOOD = (
    "Good evening to you, my friend.", "It rains over the river…", "“Who is there?” she asked.",
    "I met Dr. Babbage in St. James's, at No. 5.", "A heading without a stop\n", "(It strikes 3.14 times.)",
    CODE, "I saw the engine: “It turns.”", "晚上好，我的朋友。", "“你究竟是谁？”她问我。",
    "Well... perhaps tomorrow!",
)  # fmt: skip
BAD = (
    "Where do you live, Mr Babbage?",
    "I am only a clever machine.",
    "我只是一台聪明的机器。",
    "“I am a program.”",
)
CLOSED = "。！\n"
SPACES = ("", " ", "  ", "\n", "\n\n")

drafts = st.lists(
    st.lists(st.tuples(st.sampled_from((*GOOD, *GOOD, *BAD)), st.sampled_from(SPACES)), max_size=5,
             unique_by=lambda each: each[0]),
    min_size=1, max_size=4,
)  # fmt: skip
stubs = st.sampled_from(["", "I", " And", "Where do", "我只", "Good"])


def as_text(draft: list[tuple[str, str]], stub: str) -> str:
    """A draft: a Latin sentence is followed by some space at least."""
    said = (f"{text}{space or ('' if text[-1] in CLOSED else ' ')}" for text, space in draft)
    return "".join(said) + stub


@given(drafts, stubs, st.integers(2, 10_000))
async def test_nothing_that_was_rejected_is_shown_and_nothing_twice(
    written: list[list[tuple[str, str]]], stub: str, seed: int
) -> None:
    """What a reader has seen cannot be taken back, and no way of cutting the stream may let it through."""
    texts = [as_text(draft, stub) for draft in written]
    outcomes = set()
    for cut in (0, 1, seed):
        pieces = [in_pieces(text, cut) for text in texts]
        state, shown = await drafts_of_a_turn(*pieces, critics=[EndsBadly(BAD)])
        text = state["draft"]
        assert "".join(shown) == text
        own = letters(text.removesuffix(DECLINES) if state["fell_back"] else text)
        rejected = [letters(each.quote) for revision in state["revisions"] for each in revision.verdicts]
        assert not any(sentence and sentence in own for sentence in rejected)
        stub_shown = "" if ends_sentence(text) else letters(split_sentences(text)[-1])
        assert not any(stub_shown and sentence.startswith(stub_shown) for sentence in rejected)
        assert all(own.count(letters(sentence)) <= 1 for sentence in GOOD if sentence != CODE), text
        outcomes.add((text, tuple(revision.draft for revision in state["revisions"])))
    assert len(outcomes) == 1


async def test_a_stub_after_a_rejected_sentence_does_not_make_it_pass():
    """A critic that looks at the end of a draft must be asked about the sentence, not what came after."""
    critic = EndsBadly(["Where do you live, Mr Babbage?"])
    said = "Good evening. Where do you live, Mr Babbage? I live here."
    agent, model = make_agent([said], critics=[critic])
    reply, _ = await turn(agent)
    assert reply.text == "Good evening."
    assert [revision.draft for revision in reply.revisions] == [
        "Good evening. Where do you live, Mr Babbage?"
    ] * 3
    assert len(model.prompts) == 3


async def test_a_draft_that_was_stopped_counts_too():
    """Whoever pays by the token pays for drafts that nobody saw, although the model could not count them."""
    counted = AIMessageChunk(
        content="", usage_metadata={"input_tokens": 300, "output_tokens": 4, "total_tokens": 304}
    )
    critic = EndsBadly(["I am a machine."])
    finished, _ = await turn(make_agent(["I am Ada.", counted], critics=[critic])[0])
    stopped, _ = await turn(
        make_agent(["I am a machine. ", "More.", counted], ["I am Ada.", counted], critics=[critic])[0]
    )
    assert (finished.usage.input_tokens, finished.usage.output_tokens) == (300, 4)
    assert stopped.usage.input_tokens > 310
    assert stopped.usage.output_tokens == 4 + rough_tokens("I am a machine. ")
    unsaid, _ = await turn(make_agent(["I am Ada."], critics=[critic])[0])
    assert unsaid.usage == Usage()


async def test_a_sentence_once_rejected_is_not_asked_about_again():
    """A critic that wavers, such as a language model, must not let through what it rejected before."""

    class Wavers:
        name = "wavers"
        num_asked = 0

        def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
            self.num_asked += "machine" in draft
            is_bad = "machine" in draft and self.num_asked == 1
            return Verdict(critic=self.name, ok=not is_bad, reason="No." if is_bad else "")

    for again in ("I am a machine. Yes.", "I  am a\nmachine. Yes.", "I am a mach"):
        agent, _ = make_agent(["I am a machine. Yes."], [again], ["I am Ada."], critics=[Wavers()])
        reply, _ = await turn(agent)
        assert reply.text == "I am Ada."
        assert [revision.verdicts[0].reason for revision in reply.revisions] == ["No.", "No."]


@pytest.mark.parametrize(
    ("drafts", "text"),
    [
        (["Good evening. I am a machine. ", "Good\nevening.\n\nI am Ada."], "Good evening.\n\nI am Ada."),
        (["Good evening. I am a machine. ", "“Good evening!” I am Ada."], "Good evening. I am Ada."),
        (["Good evening. It rains. I am a machine. ", "It rains. I am Ada."],
         "Good evening. It rains. I am Ada."),
        (["Good evening. I am a machine. ", "Good evening, dear. I am Ada."],
         "Good evening. Good evening, dear. I am Ada."),
        (["Good evening. I am a machine. ", "Good evening."], "Good evening."),
        (["Good evening. I am a machine. ", ""], "Good evening."),
        (["晚上好。我是machine。x", "晚上好！我是阿达。"], "晚上好。我是阿达。"),
        (["晚上好。我是machine。x", "我是阿达。"], "晚上好。我是阿达。"),
        (["I need:\n- tea\nI am a machine. ", "- milk"], "I need:\n- tea\n- milk"),
    ],
)  # fmt: skip
async def test_a_new_draft_goes_on_from_what_was_shown(drafts: list[str], text: str):
    """Models begin again though they are asked not to; the reader sees one text that reads as one."""

    class NoMachine:
        name = "no-machine"

        def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
            return Verdict(critic=self.name, ok="machine" not in draft, reason="No." * ("machine" in draft))

    for cut in (0, 1, 7):
        agent, _ = make_agent(*(in_pieces(draft, cut) for draft in drafts), critics=[NoMachine()])
        reply, shown = await turn(agent)
        assert reply.text == text == "".join(shown)
        assert not reply.fell_back


@pytest.mark.parametrize("label", ["User", "**User**", "用户", "Ada's guest", "You"])
@pytest.mark.parametrize("colon", [":", "："])
@pytest.mark.parametrize("first", ["Good evening.\n", "Good evening. I am a machine.\n", "晚上好。"])
async def test_no_line_of_the_users_is_shown(label: str, colon: str, first: str):
    """A model that goes on as the user would put words into the user's mouth, also in its next draft."""
    line = f"{label}{colon} What is your name?\nAda: I am Ada."
    persona_user = Node(id="user", type="person", label="Ada's guest")
    agent, _ = make_agent([f"{first}\n{line}"], [line], [f"{first}{line}"], [line], critics=["role"])
    graph = PersonaGraph(nodes=[agent.persona.graph.nodes["ada"], persona_user], facts=[], relations={})
    object.__setattr__(agent.persona, "graph", graph)
    reply, shown = await turn(agent)
    assert colon not in reply.text
    assert "What is your name" not in reply.text
    assert "".join(shown) == reply.text


@pytest.mark.parametrize(
    "shown_before", ["“Good evening, my dear friend.”", "It rains again today…", "*bows low.*"]
)
async def test_an_answer_may_end_in_a_quotation_or_dots(shown_before: str):
    """No line of declining is put behind a sentence that is whole."""
    agent, _ = make_agent([f"{shown_before} I am bad. "], critics=[EndsBadly(["I am bad."])])
    assert (await turn(agent))[0].text == shown_before


async def test_a_line_of_declining_that_was_shown_or_rejected_is_not_said():
    """A model may have found the persona's own words by itself."""
    agent, _ = make_agent([f"{DECLINES} I am bad. "], critics=[EndsBadly(["I am bad."])])
    assert (await turn(agent))[0].text == DECLINES, "what was read is answer enough"
    agent, _ = make_agent([f"{DECLINES} "], critics=[EndsBadly([DECLINES])])
    assert (await turn(agent))[0].text == "…"


# ── what a critic would have said ────────────────────────────────────────────────────────────


class SaysInstead:
    """Rejects what holds a word, and answers itself."""

    name = "says-instead"

    def __init__(self, word: str = "sister", answer: str = "I have no sister.") -> None:
        self._word, self._answer = word, answer

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        if self._word not in draft:
            return Verdict(critic=self.name, ok=True)
        return Verdict(
            critic=self.name, ok=False, reason="No.", quote=split_sentences(draft)[-1], instead=self._answer
        )


@pytest.mark.parametrize(
    ("draft", "text"),
    [
        ("My sister is well. It rains.", "I have no sister."),
        ("Ah! My sister is well. It rains.", "Ah! I have no sister."),
        ("Ah, dear friend! My sister is well.", "Ah, dear friend! I have no sister."),
    ],
)
async def test_a_critics_own_answer_takes_the_place_of_a_draft_at_once(draft: str, text: str):
    """A small model would fall for the same again, and every draft takes seconds."""
    for cut in (0, 1, 5):
        agent, model = make_agent(in_pieces(draft, cut), critics=[SaysInstead()])
        reply, shown = await turn(agent)
        assert reply.text == "".join(shown) == text
        assert reply.fell_back
        assert len(model.prompts) == 1
        (revision,) = reply.revisions
        assert "My sister is well." in revision.draft
        assert revision.verdicts[0].instead == "I have no sister."
        assert "My sister is well." in reply.explain().as_markdown()
        said = [episode.text for episode in await agent.conversation(user_id="ann").history()]
        assert said == ["Hello.", text]


@pytest.mark.parametrize(
    ("draft", "shown_before"),
    [
        ("It rains over the river. My sister is well.", "It rains over the river."),
        ("晚上好，我的朋友，今天又下雨了。我的sister很好。", "晚上好，我的朋友，今天又下雨了。"),
    ],
)
async def test_a_critics_own_answer_does_not_follow_an_answer(draft: str, shown_before: str):
    """It begins a reply; behind more than a few words it would answer twice."""
    agent, model = make_agent([draft], ["I know nobody of that name."], critics=[SaysInstead()])
    reply, _ = await turn(agent)
    assert reply.text.startswith(shown_before)
    assert reply.text.endswith("I know nobody of that name.")
    assert "no sister" not in reply.text
    assert not reply.fell_back
    assert len(model.prompts) == 2


async def test_of_several_answers_the_first_critics_is_given():
    """One reply, and the order of the critics decides."""
    critics = [EndsBadly(["My sister is well."]), SaysInstead(), SaysInstead("well", "I am well.")]
    agent, _ = make_agent(["My sister is well."], critics=critics)
    reply, _ = await turn(agent)
    assert reply.text == "I have no sister."
    assert {verdict.critic for verdict in reply.revisions[0].verdicts} >= {"ends-badly", "says-instead"}


async def test_a_passed_draft_is_not_replaced():
    """A verdict that is ok says nothing instead."""
    agent, _ = make_agent(["I am well."], critics=[SaysInstead()])
    reply, _ = await turn(agent)
    assert (reply.text, reply.fell_back, reply.revisions) == ("I am well.", False, ())


# ── when the likeliest words are wanted ──────────────────────────────────────────────────────


class SoberModel(ScriptedModel):
    """A model that says how it is asked for facts."""

    sober_options: ClassVar[dict[str, Any]] = {"temperature": 0.0}


class Finds:
    """A ranker that finds one fact, or none."""

    def __init__(self, *facts: Fact) -> None:
        self._facts = facts

    def rank(
        self,
        graph: PersonaGraph,
        query: str,
        *,
        limit: int,
        before: Sequence[str] = (),
        character: str = "",
    ) -> Sequence[Fact]:
        return self._facts


IS_ADA = Fact(id="f", subject="ada", relation="knows", object="user", text="Ada knows the user.")


async def temperatures(model: ScriptedModel, said: str, facts: Sequence[Fact] = (), **options: Any) -> Any:
    """How warm the model was asked in a turn, call by call."""
    parts = dict(
        embedder=HashEmbedder(), updater=FixedUpdater(), ranker=Finds(*facts), perceptors=[], guards=[],
        critics=[],
    )  # fmt: skip
    persona = make_persona()
    nodes = list(persona.graph.nodes.values())
    persona = replace(persona, graph=PersonaGraph(nodes=nodes, facts=list(facts), relations={}))
    agent = Agent(persona, model=model, on_disk=False, **in_parts(**(parts | options)))
    await agent.run(said, user_id="ann")
    return [asked.get("temperature") for asked in model.options]


async def test_a_turn_with_grounds_is_asked_soberly():
    """An answer that is right or wrong needs the likeliest words; small talk needs life."""
    assert await temperatures(SoberModel(["Ann."]), "Whom do you know?", [IS_ADA]) == [0.0]
    assert await temperatures(SoberModel(["Good day."]), "Good day.") == [None]


async def test_a_turn_with_a_doubt_is_asked_soberly():
    """Somebody presumes what is not so; that has to be set right."""
    assert await temperatures(SoberModel(["I have none."]), "How is your sister Clara?") == [0.0]


async def test_a_second_draft_is_not_asked_soberly():
    """The likeliest words were rejected, and would come again."""
    critic = EndsBadly(["I am a program."])
    model = SoberModel(["I am a program.", "I know Ann."])
    assert await temperatures(model, "Whom do you know?", [IS_ADA], critics=[critic]) == [0.0, None]


async def test_what_a_tool_told_is_retold_soberly_and_tools_stay_bound():
    """Its result is a ground too."""

    def weather() -> str:
        """Look out of the window."""
        return "rain"

    called = AIMessage("", tool_calls=[{"name": "weather", "args": {}, "id": "1"}])
    model = SoberModel([called, "It rains."])
    assert await temperatures(model, "What weather!", tools=[weather]) == [None, 0.0]
    assert all(asked["tools"] for asked in model.options)


async def test_a_model_that_does_not_say_how_is_asked_as_it_is():
    """Some vendors refuse a temperature."""
    model = ScriptedModel(["Ann."])
    assert await temperatures(model, "Whom do you know?", [IS_ADA]) == [None]
    assert "temperature" not in model.options[0]


async def test_a_remark_is_answered_from_an_opening_and_a_question_is_not():
    """A small model that goes on from "Ada:" speaks as in a play; facts it reads better without."""

    class Opens(SoberModel):
        takes_opening: ClassVar[bool] = True

    model = Opens(["A fine day.", "I know Ann."])
    await temperatures(model, "Good day.")
    await temperatures(model, "Whom do you know?", [IS_ADA])
    assert [asked.get("opening") for asked in model.options] == ["Ada:", None]


async def test_a_draft_in_an_assistants_voice_is_written_again_from_an_opening():
    """Asked the same way, a small model refuses the same way."""

    class Opens(SoberModel):
        takes_opening: ClassVar[bool] = True

    model = Opens(["I'm sorry, but I can't assist with that.", "I know Ann."])
    await temperatures(model, "Whom do you know?", [IS_ADA], critics=["role"])
    assert [(asked.get("opening"), asked.get("stop")) for asked in model.options] == [
        (None, None),
        ("Ada:", ["\n\n"]),
    ]


async def test_what_passes_of_an_answer_to_a_remark_is_kept():
    """A greeting is better than to decline it; a question is not answered by half."""
    offer = ["Fine", " weather. How can I assist you today?"]
    for said, kept in (("It is warm.", "Fine weather."), ("Is it warm?", f"Fine weather. {DECLINES}")):
        agent, _ = make_agent(offer, critics=["role"])
        reply = await agent.run(said, user_id="ann")
        assert reply.text == kept
