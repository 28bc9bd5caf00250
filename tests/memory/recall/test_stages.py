"""Tests of the larger stages: the last utterances, the persona's graph, and the reranker."""

import time
from collections.abc import Sequence

import numpy as np
import pytest

from roleagent.errors import ModelError
from roleagent.graph.graph import PersonaGraph
from roleagent.memory.in_process import InProcessMemory
from roleagent.memory.recall.stages import (
    attended,
    need_of,
    personalised_pagerank,
    rerank,
    spread,
    with_history,
)
from roleagent.testing.rerankers import OverlapReranker
from roleagent.types import STRANGER, Fact, Node
from tests.memory.recall.talk import ADA, pool_of, remembered

# ── the last utterances ──────────────────────────────────────────────────────────────────────────


EAST, NORTH = np.eye(2, dtype=np.float32)


def test_the_pooled_vector_is_nearest_to_what_is_like_the_cue() -> None:
    """Worked out by hand: logits √2·1 and 0, so weights 0.8044 and 0.1956."""
    pooled = attended(EAST, np.stack([EAST, NORTH]))
    by_hand = np.array([0.8044, 0.1956]) / np.hypot(0.8044, 0.1956)
    assert pooled == pytest.approx(by_hand, abs=1e-3)


def test_without_history_the_cue_stays_as_it_is() -> None:
    """And with it, it moves and keeps its length."""
    assert with_history(EAST, np.zeros((0, 2), np.float32), 0.5).tolist() == EAST.tolist()
    moved = with_history(EAST, NORTH[None], 0.5)
    assert np.linalg.norm(moved) == pytest.approx(1.0)
    assert moved[1] == pytest.approx(0.5 * moved[0])


@pytest.mark.parametrize(
    ("text", "need"),
    [
        ("And then?", 1.0),
        ("What about Ann's boat?", 1.0),
        ("Where did Ann paint the boat?", 0.5),
        ("Did Ann paint the old boat red?", 0.0),
        ("那条船呢", 1.0),
        ("他现在住哪里", 0.5),
        ("安去年夏天给那条旧船刷了什么颜色？", 0.0),
    ],
)
def test_a_cue_leans_on_what_was_said_before_as_far_as_it_says_little(text: str, need: float) -> None:
    """Counted in telling words, in either language."""
    assert need_of(text) == need


# ── the persona's graph ──────────────────────────────────────────────────────────────────────────


def graph() -> PersonaGraph:
    """Mary - owns -> Milo; the garden stands apart."""
    nodes = [Node(id=name, type="thing", label=name.title()) for name in ("mary", "milo", "garden")]
    owns = Fact(id="f", subject="mary", relation="owns", object="milo", text="Mary owns Milo.", layer="canon")
    return PersonaGraph(nodes=nodes, facts=[owns], relations={})


def test_a_fact_leads_from_what_is_asked_to_what_was_said() -> None:
    """Asked of Mary: the episode about her cat is reached over the fact, the one about the garden never."""
    places = {"milo": np.array([0]), "garden": np.array([1])}
    assert spread({"mary": 1.0}, places, graph(), 2).tolist() == [1.0, 0.0]


def test_without_a_graph_shared_names_still_lead() -> None:
    """Episodes 0 and 1 name Milo, 1 and 2 name the garden: 2 is farther from Milo than 1."""
    places = {"milo": np.array([0, 1]), "garden": np.array([1, 2])}
    scores = spread({"milo": 1.0, "garden": 0.01}, places, None, 4)
    assert scores[0] > scores[2] > scores[3] == 0.0
    assert scores[1] == 1.0


def test_pagerank_solves_its_equation() -> None:
    """On a path of three, p = r·s + (1 - r)·Wᵀp is solved by hand by p = (7/12, 4/12, 1/12)."""
    edges = np.array([[0, 1, 1, 2], [1, 0, 2, 1]])
    shares = personalised_pagerank(np.array([1.0, 0.0, 0.0]), edges)
    assert shares == pytest.approx([7 / 12, 4 / 12, 1 / 12], abs=2e-3)


def test_what_everybody_names_leads_nowhere() -> None:
    """A hub says as little as a stop word."""
    places = {"milo": np.arange(50), "garden": np.array([3])}
    assert spread({"milo": 1.0}, places, None, 100).tolist() == [0.0] * 100


def test_unknown_seeds_give_nothing() -> None:
    """A learned node may be gone from the graph."""
    assert spread({}, {"milo": np.array([0])}, None, 1).tolist() == [0.0]
    assert spread({"gone": 1.0}, {"milo": np.array([0])}, graph(), 1).tolist() == [0.0]


# ── the reranker ─────────────────────────────────────────────────────────────────────────────────


class SlowReranker:
    """Takes its time for every text."""

    name = "slow"
    languages = ()

    def __init__(self) -> None:
        self.read: list[str] = []

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        time.sleep(0.02)
        self.read += texts
        return [1.0] * len(texts)


class BrokenReranker(OverlapReranker):
    def score(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        return [float("nan")] * len(texts)


def added_by(memory: InProcessMemory, reranker, scores: list[float], **options) -> list[float]:
    pool = pool_of(memory)
    previous = np.arange(len(scores)) - 1
    given = {"top": 40, "budget_s": 9.0, **options}
    return rerank("cat", np.array(scores, np.float32), pool, previous, reranker, **given).tolist()


def test_what_is_read_comes_before_what_is_not() -> None:
    """Even the worst verdict on a good candidate lifts it above those that the searches put behind."""
    memory = remembered("a dog", "a cat", "tea")
    added = added_by(memory, OverlapReranker(), [2.0, 1.0, 0.0], top=2)
    assert added[1] > added[0] > added[2] == 0.0


def test_an_episode_is_read_with_what_was_said_before_it() -> None:
    """An answer is understood by its question."""
    reranker = SlowReranker()
    added_by(remembered("Any pets?", "Yes, two."), reranker, [0.0, 1.0], top=1)
    assert reranker.read == ["Any pets? Yes, two."]


def test_it_stops_when_the_time_is_used_up() -> None:
    """A batch of ten takes 20 ms, so 50 ms are enough for two and never for five; one is always read."""
    memory = remembered(*(f"word{number}" for number in range(50)))
    num_read = np.count_nonzero(added_by(memory, SlowReranker(), [0.0] * 50, top=50, budget_s=0.05))
    assert 10 <= num_read <= 20
    assert np.count_nonzero(added_by(memory, SlowReranker(), [0.0] * 50, top=50, budget_s=0.0)) == 10


def test_nobody_is_asked_to_read_what_they_cannot() -> None:
    """An English reranker gives arbitrary numbers for Chinese."""
    english = OverlapReranker(languages=("en",))
    memory = remembered("我的猫叫咪咪", "my cat is Milo")
    assert [number > 0 for number in added_by(memory, english, [1.0, 1.0])] == [False, True]
    alone = remembered("我的猫叫咪咪")
    assert added_by(alone, english, [1.0]) == [0.0]


def test_a_broken_reranker_is_told_of() -> None:
    """NaN would sort anywhere."""
    with pytest.raises(ModelError, match="one finite number"):
        added_by(remembered("a cat"), BrokenReranker(), [1.0])


def test_it_is_used_where_a_memory_has_one() -> None:
    """Words alone take the shorter text; the reranker sees which answers."""
    memory = remembered("cat cat cat", "my black cat", reranker=OverlapReranker())
    assert memory.recall("black cat", ADA, STRANGER, limit=1)[0].text == "my black cat"
