"""Tests of the embedders."""

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from roleagent import registry
from roleagent.embedding.embedders import (
    embed,
    embed_queries,
    embedder_name,
    load_best_embedder,
    load_sentence_transformer,
)
from roleagent.errors import ModelError, ModelUnavailableError
from roleagent.gnn.likeness import CosineFactRanker
from roleagent.graph.graph import PersonaGraph
from roleagent.memory.in_process import InProcessMemory
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import STRANGER, Episode, Fact, GraphUpdate, Node, Owner, Thread


class OddEmbedder(Embeddings):
    """Gives what it is told to."""

    model = "odd-1"

    def __init__(self, rows: object) -> None:
        self.rows = rows

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        if isinstance(self.rows, Exception):
            raise self.rows
        return self.rows  # type: ignore[return-value]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def test_rows_are_brought_to_unit_length() -> None:
    """A user's own embedder need not normalise; a row of zeros stays one."""
    assert embed(OddEmbedder([[3.0, 4.0], [0.0, 0.0]]), ["a", "b"]) == pytest.approx(
        np.array([[0.6, 0.8], [0.0, 0.0]])
    )


@pytest.mark.parametrize(
    "rows", [[[1.0]], [[1.0], [float("nan")]], [1.0, 2.0], RuntimeError("boom"), [[1.0], []]]
)
def test_a_broken_embedder_is_one_clear_error(rows: object) -> None:
    """Wrong vectors in a store would poison every later search."""
    with pytest.raises(ModelError, match="OddEmbedder:odd-1"):
        embed(OddEmbedder(rows), ["a", "b"])


class ServiceEmbedder(Embeddings):
    """As a client of some service has it: to be awaited, in one loop, and asked otherwise than told."""

    def __init__(self) -> None:
        self.loops: set[int] = set()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        raise NotImplementedError

    def embed_query(self, text: str) -> list[float]:
        raise NotImplementedError

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        self.loops.add(id(asyncio.get_running_loop()))
        return [[float(len(text)), 1.0, 0.0] for text in texts]

    async def aembed_query(self, text: str) -> list[float]:
        self.loops.add(id(asyncio.get_running_loop()))
        return [float(len(text)), 0.0, 1.0]


async def test_an_embedder_that_can_only_be_awaited() -> None:
    """From any thread, even from one that runs a loop of its own."""
    embedder = ServiceEmbedder()
    for _ in range(2):
        assert embed(embedder, ["", "a"]) == pytest.approx(np.array([[0, 1, 0], [0.5**0.5, 0.5**0.5, 0]]))
        assert embed_queries(embedder, ["", "a"]) == pytest.approx(
            np.array([[0, 0, 1], [0.5**0.5, 0, 0.5**0.5]])
        )
    assert len(embedder.loops) == 1


def test_a_query_is_embedded_as_one() -> None:
    """Models of the kind of E5 or of Cohere's tell questions from texts."""
    told: list[str] = []

    class Asymmetric(HashEmbedder):
        is_symmetric = False

        def embed_query(self, text: str) -> list[float]:
            told.append(text)
            return super().embed_query("query " + text)

    asked = embed_queries(Asymmetric(), ["cat", "dog"])
    assert told == ["cat", "dog"]
    assert asked[0] == pytest.approx(embed(HashEmbedder(), ["query cat"])[0])
    assert embed_queries(HashEmbedder(), ["cat"]) == pytest.approx(embed(HashEmbedder(), ["cat"]))


def test_a_name_tells_embedders_apart() -> None:
    """Vectors are filed under it."""
    assert embedder_name(HashEmbedder(name="x")) == "x"
    assert embedder_name(OddEmbedder([])) == "OddEmbedder:odd-1"


def test_a_model_that_is_not_here_is_one_clear_error(tmp_path: Path) -> None:
    """Without network the answer must come at once and say what to do."""
    with pytest.raises(ModelUnavailableError, match=r"not on this machine.*use-m3"):
        load_sentence_transformer(str(tmp_path / "nothing"))


@pytest.mark.slow
def test_a_name_of_the_hub_that_cannot_be_fetched_is_one_clear_error() -> None:
    """The same, where only the library can tell."""
    with pytest.raises(ModelUnavailableError, match=r"'nobody/nothing' is not on this machine.*use-m3"):
        load_sentence_transformer("nobody/nothing")


@pytest.mark.slow
def test_the_best_embedder_knows_meaning_across_languages() -> None:
    """A memory written in English must answer a question in Chinese."""
    embedder = load_best_embedder()
    assert embedder_name(embedder) == "use-m3"
    questions = ["我的猫叫什么名字？", "我在哪里工作？", "下雨了吗？"]
    answers = ["My cat is called Milo.", "I work at a bakery in Lyon.", "It has rained all day."]
    cosines = embed(embedder, questions) @ embed(embedder, answers).T
    assert cosines.argmax(axis=1).tolist() == [0, 1, 2]


@pytest.mark.slow
def test_the_english_embedder_finds_answers_that_share_no_word_with_the_question() -> None:
    """That is what it is there for."""
    embedder = registry.get("embedder", "bge-small-en")
    assert embedder_name(embedder) == "bge-small-en"
    questions = ["What pet does Tom have?", "Why did she quit her job?", "When was Mira born?"]
    answers = ["He adopted a kitten.", "The night shifts ruined her sleep.", "On the fourth of May, 1996."]
    cosines = embed(embedder, questions) @ embed(embedder, answers).T
    assert cosines.argmax(axis=1).tolist() == [0, 1, 2]
    assert embedder.embed_documents([]) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["use-m3", "bge-small-en"])
def test_one_text_and_many_and_many_threads_give_the_same_vectors(name: str) -> None:
    """One embedder serves all worker threads."""
    embedder = registry.get("embedder", name)
    texts = ["One.", "二。", "three " * 5_000, ""]
    together = embed(embedder, texts)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    alone: dict[int, np.ndarray] = {}

    def work(place: int) -> None:
        alone[place] = embed(embedder, [texts[place]])[0]

    threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.stack([alone[place] for place in range(4)]) == pytest.approx(together, abs=1e-5)


@pytest.fixture
def tiny_folder(tmp_path: Path) -> Path:
    """A sentence-transformers model of the true architecture, made on the spot."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    bert = tmp_path / "bert"
    bert.mkdir()
    (bert / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "cat", "dog"]))
    BertTokenizerFast(vocab_file=str(bert / "vocab.txt")).save_pretrained(bert)
    config = BertConfig(
        vocab_size=7, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    BertModel(config).save_pretrained(bert)
    words = Transformer(str(bert))
    folder = tmp_path / "tiny"
    SentenceTransformer(modules=[words, Pooling(8)], device="cpu").save(str(folder))
    return folder


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_sentence_transformer_is_loaded_from_a_folder(tiny_folder: Path) -> None:
    """Any model of that library can be used, offline."""
    embedder = load_sentence_transformer(str(tiny_folder))
    vectors = embed(embedder, ["cat", "dog", "cat"])
    assert vectors.shape == (3, 8)
    assert vectors[0] == pytest.approx(vectors[2], abs=1e-6)
    assert embedder_name(embedder) == f"sentence-transformers:{tiny_folder.resolve()}"


async def test_one_that_can_only_be_awaited_serves_memory_and_ranker_alike() -> None:
    """What one of them takes the other takes too."""
    thread = Thread(owner=Owner(persona_id="ada", user_id="ann"), thread_id="main")
    said = Episode(
        id="1", thread=thread, turn_id="1", speaker="user", text="Tea.", at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    memory = InProcessMemory(ServiceEmbedder())
    memory.remember([said], GraphUpdate(), thread.owner)
    assert [episode.text for episode in memory.recall("Which?", thread.owner, STRANGER, limit=1)] == ["Tea."]
    ada, tea = Node(id="ada", type="person", label="Ada"), Node(id="tea", type="thing", label="tea")
    fact = Fact(id="ada.likes.tea", subject="ada", relation="likes", object="tea", text="Ada likes tea.")
    graph = PersonaGraph(nodes=[ada, tea], facts=[fact], relations={})
    [found] = CosineFactRanker(ServiceEmbedder(), unrelated=None).rank(graph, "What does Ada like?", limit=1)
    assert found.id == fact.id
