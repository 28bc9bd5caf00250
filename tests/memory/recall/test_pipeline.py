"""Tests of recall as a whole, and of what each stage changes in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from roleagent.graph.graph import PersonaGraph
from roleagent.language.times.span import Span
from roleagent.memory.in_process import InProcessMemory
from roleagent.memory.recall.pipeline import fit_of, said_by_named
from roleagent.memory.recall.profile import FAST, STAGES, WORDS_ONLY
from roleagent.protocols import Cue
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import STRANGER, Fact, Node
from tests.memory.recall.talk import ADA, TALK, holding, remembered, said

NOW = datetime(2023, 7, 12, 15, tzinfo=UTC)


def first(memory: InProcessMemory, cue: Cue | str) -> str:
    return memory.recall(cue, ADA, STRANGER, limit=1)[0].text


def without(memory: InProcessMemory, stage: str) -> InProcessMemory:
    memory.profile = memory.profile.without(stage)
    return memory


def test_an_answer_is_found_by_its_question() -> None:
    """It shares no word with what is asked now; without the stage it is lost."""
    memory = remembered(
        "Which instrument do you play?", "The violin, since I was six.", "Nice weather.", "Tea?"
    )
    asked = "which instrument does she play"
    assert first(memory, asked) == "The violin, since I was six."
    assert first(without(memory, "neighbours"), asked) != "The violin, since I was six."


def test_a_correction_is_found_by_what_it_takes_back() -> None:
    """It shares no word with the question, but the old value with what it corrects."""
    zither, rain, bagpipes = (
        "In the evenings I practise the zither.",
        "In the evenings it rains.",
        "From the zither to the bagpipes!",
    )
    memory = remembered(zither, rain, bagpipes)
    asked = "What do I practise in the evenings?"

    def found() -> list[str]:
        return [episode.text for episode in memory.recall(asked, ADA, STRANGER, limit=2)]

    assert found() == [zither, bagpipes]
    without(memory, "amendments")
    assert found() == [zither, rain]


def test_of_many_corrections_the_newest_are_recalled() -> None:
    """What counts is the end of a chain, and a correction that was recalled anyway is not pushed out."""
    memory = remembered(
        "In the evenings I practise the zither.",
        "In the evenings it rains.",
        "From the zither to the bagpipes!",
        "I gave up the bagpipes for the oboe.",
        "The oboe is sold, the flute is better.",
    )
    found = memory.recall("What do I practise in the evenings?", ADA, STRANGER, limit=3)
    assert [episode.text for episode in found] == [
        "In the evenings I practise the zither.",
        "The oboe is sold, the flute is better.",
        "I gave up the bagpipes for the oboe.",
    ]


@pytest.mark.parametrize("asked", ["What did I eat on 6 July?", "What did I eat last week?"])
def test_a_time_singles_out_what_was_said_then(asked: str) -> None:
    """The same words on three days; 12 July is a Wednesday."""
    told = [
        said("I eat pasta.", 0, NOW - timedelta(days=60)),
        said("I eat rice.", 1, datetime(2023, 7, 6, 12, tzinfo=UTC)),
        said("I eat soup.", 2, NOW),
    ]
    assert first(holding(told), Cue(text=asked, at=NOW)) == "I eat rice."


def test_a_time_is_counted_from_a_remembered_event() -> None:
    """The race was on 8 July, so two weeks before it is about 24 June."""
    told = [
        said("For dinner I eat pasta.", 0, NOW - timedelta(days=60)),
        said("For dinner I eat rice.", 1, datetime(2023, 6, 24, 12, tzinfo=UTC)),
        said("I ran the race.", 2, datetime(2023, 7, 8, 12, tzinfo=UTC)),
        said("For dinner I eat soup.", 3, NOW),
    ]
    memory = holding(told)
    cue = Cue(text="What did I eat for dinner two weeks before the race?", at=NOW)
    assert first(memory, cue) == "For dinner I eat rice."
    assert first(without(memory, "time"), cue) != "For dinner I eat rice."


def test_chinese_times_too() -> None:
    """Seen from 12 July, 上周 ends on the 9th."""
    told = [
        said("我吃了面条", 0, NOW - timedelta(days=60)),
        said("我吃了米饭", 1, datetime(2023, 7, 6, 12, tzinfo=UTC)),
        said("我吃了饺子", 2, NOW),
    ]
    assert first(holding(told), Cue(text="我上周吃了什么？", at=NOW)) == "我吃了米饭"


def test_who_is_named_is_looked_for_among_their_own_words() -> None:
    """Both tell of a painting."""
    told = [
        said("A painting hangs here, painted by hand.", 0, speaker_name="Milo"),
        said("My newest is a painting of a lake.", 1, speaker_name="Ada"),
    ]
    memory = holding(told)
    assert first(memory, "Which painting did Ada make by hand?") == "My newest is a painting of a lake."
    assert first(without(memory, "speaker"), "Which painting did Ada make by hand?").startswith("A painting")


def test_what_only_asks_comes_after_what_tells() -> None:
    """Of equal words the statement answers."""
    memory = remembered(
        "Is my cat black?", "So so.", "My cat is black!", profile=WORDS_ONLY.only("words", "questions")
    )
    assert first(memory, "cat black") == "My cat is black!"


def test_a_session_with_a_hit_comes_before_one_without() -> None:
    """Two say "tea"; only beside one of them was the garden spoken of."""
    elsewhere = replace(TALK, thread_id="two")
    told = [
        said("The garden is in bloom.", 0),
        said("Tea then.", 1),
        said("Tea then.", 2, thread=elsewhere),
        said("It rains.", 3, thread=elsewhere),
    ]
    memory = holding(told, profile=WORDS_ONLY.only("words", "session"))
    assert [each.id for each in memory.recall("garden tea", ADA, STRANGER, limit=2)] == ["e0", "e1"]


def test_a_fact_leads_to_an_episode_that_shares_no_word() -> None:
    """Mary owns Milo: asked of Mary's pet, what was said of Milo comes before the rest."""
    nodes = [Node(id="mary", type="person", label="Mary"), Node(id="milo", type="thing", label="Milo")]
    owns = Fact(id="f", subject="mary", relation="owns", object="milo", text="Mary owns Milo.", layer="canon")
    graph = PersonaGraph(nodes=nodes, facts=[owns], relations={})
    told = [said("Milo was at the vet.", 0, mentions=("milo",)), said("It rains.", 1), said("Tea then.", 2)]
    memory = holding(told)
    assert first(memory, Cue(text="How is Mary's pet?", graph=graph)) == "Milo was at the vet."
    assert (
        first(without(memory, "graph"), Cue(text="How is Mary's pet?", graph=graph)) != "Milo was at the vet."
    )


def test_a_fact_in_mind_leads_to_what_it_is_about() -> None:
    """Who asks about the shop of a sister names neither."""
    owns = Fact(
        id="f", subject="ann", relation="runs", object="anchor", text="Ann runs the Anchor.", score=0.9
    )
    told = [
        said("It rains.", 0),
        said("I had supper at the Anchor.", 1, mentions=("anchor",)),
        said("I met Ann.", 2, mentions=("ann",)),
    ]
    memory = holding(told)
    cue = Cue(text="What did I say of your sister's inn?", in_mind=(owns,))
    found = [each.text for each in memory.recall(cue, ADA, STRANGER, limit=2)]
    assert found == ["I had supper at the Anchor.", "I met Ann."]
    bare = holding(told)
    bare.profile = bare.profile.without("facts", "graph")
    assert first(bare, cue) != "I had supper at the Anchor."


def test_a_fact_about_what_everybody_talks_of_leads_nowhere() -> None:
    """Thirty episodes name it: that says as little as a stop word."""
    fact = Fact(id="f", subject="a", relation="in", object="london", text="…", score=0.9)
    told = [said(f"London {number}", number, mentions=("london",)) for number in range(30)]
    told.append(said("Tea then.", 40))
    scores = {each.text: each.score for each in holding(told).recall(
        Cue(text="Where?", in_mind=(fact,)), ADA, STRANGER, limit=40
    )}  # fmt: skip
    without_fact = {each.text: each.score for each in holding(told).recall("Where?", ADA, STRANGER, limit=40)}
    assert scores == without_fact


def test_what_matters_comes_first_among_equals() -> None:
    """And of those that matter as much, the newer."""
    told = [said("I like tea.", 0, importance=0.9), said("I like tea.", 1, importance=0.1)]
    assert first(holding(told), "tea") == "I like tea."
    assert holding(told).recall("tea", ADA, STRANGER, limit=1)[0].id == "e0"
    assert holding(told, profile=WORDS_ONLY.only("words")).recall("tea", ADA, STRANGER, limit=1)[0].id == "e1"


def test_history_moves_the_search_to_what_is_talked_about() -> None:
    """By themselves the words "and then" mean nothing."""
    profile = FAST.only("meaning", "history")
    memory = remembered("the red boat", "bands then", "tea", embedder=HashEmbedder(), profile=profile)
    cue = Cue(text="and then", history=("tell me of the red boat",))

    def score_of_boat() -> float:
        return {each.text: each.score or 0.0 for each in memory.recall(cue, ADA, STRANGER, limit=3)}[
            "the red boat"
        ]

    with_history = score_of_boat()
    without(memory, "history")
    assert with_history > score_of_boat() + 0.1


def test_an_embedder_is_not_asked_about_what_it_cannot_read() -> None:
    """Words alone serve a Chinese cue where the embedder knows English only."""

    class English(HashEmbedder):
        languages = ("en",)

    memory = remembered("我的猫叫咪咪", "下雨了", embedder=English())
    assert first(memory, "猫叫什么") == "我的猫叫咪咪"


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_can_be_switched_off(stage: str) -> None:
    """And what is asked for is still found."""
    memory = remembered(
        "my cat is Milo", "it rains", "tea", embedder=HashEmbedder(), profile=FAST.without(stage)
    )
    assert first(memory, "my cat is Milo") == "my cat is Milo"


def test_a_wrong_stage_is_told_of() -> None:
    """With the names that there are."""
    with pytest.raises(ValueError, match="no stage 'grpah'"):
        FAST.without("grpah")


@pytest.mark.parametrize("text", ["", "  ", "?!", "🙂"])
def test_a_cue_without_words_finds_something_and_breaks_nothing(text: str) -> None:
    """A user may send a smile."""
    assert remembered("a", "b").recall(text, ADA, STRANGER, limit=1)
    assert remembered().recall(text, ADA, STRANGER, limit=1) == []
    assert remembered("a").recall("a", ADA, STRANGER, limit=0) == []


def test_a_budget_is_filled_best_first() -> None:
    """One that does not fit is passed over."""
    memory = remembered("cat " * 200, "my cat", "rain")
    found = memory.recall("my cat", ADA, STRANGER, limit=3, token_budget=10)
    assert [each.text for each in found] == ["my cat", "rain"]


# ── does the time fit? ───────────────────────────────────────────────────────────────────────────


def test_what_is_told_soon_after_fits_too() -> None:
    """Half as much a week after the end, and nothing before the start."""
    start = datetime(2023, 7, 1, tzinfo=UTC)
    span = Span(start=start, end=start + timedelta(days=1))
    days = np.array([-1.0, 0.5, 8.0, 15.0])
    at = start.timestamp() + days * 24 * 3600
    assert fit_of(at, span).tolist() == pytest.approx([0.0, 1.0, 0.5, 0.25])


# ── who is spoken of? ────────────────────────────────────────────────────────────────────────────


NAMES = np.array([0, 1, 2])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("What did ada paint?", [1, 0, 0]),
        ("What is Ada's cat called?", [1, 0, 0]),
        ("Who saw Adam?", [0, 0, 0]),
        ("王先生去哪了？", [0, 1, 0]),
        ("What do Ada and 王先生 share?", [0, 0, 0]),
        ("What was it?", [0, 0, 0]),
    ],
)
def test_said_by_named(text: str, said: list[int]) -> None:
    """A name is a word of its own; whoever names all singles out nobody."""
    assert said_by_named(text, ["Ada", "王先生", ""], NAMES).tolist() == said


def test_the_only_speaker() -> None:
    """Where one has a name and the other has none, the name still singles out."""
    assert said_by_named("What did Ada say?", ["Ada", ""], np.array([0, 1])).tolist() == [1, 0]


def test_who_spoke_out_of_sight_does_not_count() -> None:
    """All whom this listener knows of are named, so that nobody is singled out, whoever else has spoken."""
    said = said_by_named("What do Ada and Milo share?", ["Ada", "Milo", "Irene"], np.array([0, 1, 0]))
    assert said.tolist() == [0, 0, 0]
