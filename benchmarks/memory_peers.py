"""Memories side by side in one run: what a write costs, what it asks of a language model, what is found.

    python -m benchmarks.memory_peers [--data FILE] [--conversations N] [--embedder NAME] [--only NAMES]
        [--quick] [--seed N] [--json OUT]

Every utterance is one write, every question one search, and all use the same embedder, whose vectors are made
before: times are without it. Language models are stubs that answer at once with the utterance itself and
count what they are asked; a real one adds its own time to each call. Without `--data` the conversation is
synthetic.
mem0 and LangMem take part where they are installed; they are no dependencies of this project.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from langchain_core.embeddings import Embeddings

from benchmarks import report
from benchmarks.locomo import Conversation, Question, read_conversations
from benchmarks.peers import PEERS, Open, told, version_of
from benchmarks.report import Figure, percentile
from benchmarks.retrieval_metrics import bootstrap_interval, recall_at
from roleagent import registry
from roleagent.errors import ModelUnavailableError
from roleagent.graph.graph import PersonaGraph
from roleagent.protocols import Cue
from roleagent.types import Episode, Owner, Thread

LIMIT = 10
NUM_SYNTHETIC = 400
EMBEDDERS = ("bge-small-en", "auto")
WHO = ("my sister", "our neighbour", "the doctor", "my old teacher", "the baker", "my cousin", "the postman",
       "my aunt", "our landlord", "the captain", "my brother", "the librarian", "the tailor", "my nephew",
       "the gardener", "the pianist", "my uncle", "the chemist", "our cook", "the surveyor")  # fmt: skip
DID = ("sold", "found", "repaired", "painted", "lost", "admired", "stole", "hid", "bought", "described")
WHAT = ("a violin", "the red umbrella", "two horses", "a letter from Bath", "the garden", "a silver watch",
        "an old map", "the kitchen clock", "a green bicycle", "a box of tea", "the church bell", "a new kite",
        "the ferry", "a telescope", "a wooden chess set", "the last candle", "a portrait", "three lemons",
        "the cellar key", "a brass compass")  # fmt: skip
COLUMNS = ("on_disk", "writes_per_s", "llm_calls_per_write", "llm_tokens_per_write", "recall_at_10",
           "search_p50_ms")  # fmt: skip


class KnownEmbedder(Embeddings):
    """Vectors that were made before, by a real embedder."""

    is_symmetric = True

    def __init__(self, embedder: Embeddings, texts: Sequence[str]) -> None:
        self.name = str(getattr(embedder, "name", type(embedder).__name__))
        distinct = list(dict.fromkeys(texts))
        begun = time.perf_counter()
        self._vectors = dict(zip(distinct, embedder.embed_documents(distinct), strict=True))
        self.ms_a_text = 1e3 * (time.perf_counter() - begun) / len(distinct)
        self._embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One row a text."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text; made now if nobody expected it."""
        if text not in self._vectors:
            self._vectors[text] = self._embedder.embed_query(text)
        return self._vectors[text]


def main(argv: list[str] | None = None) -> None:
    """Measure every memory that is installed, print a table and the headline."""
    made = report.parser(__doc__)
    made.add_argument("--data", type=Path, metavar="FILE", help="conversations in LoCoMo's format")
    made.add_argument("--conversations", type=int, metavar="N", help="only the first so many")
    made.add_argument("--embedder", metavar="NAME", help="by default the best on this machine for English")
    made.add_argument("--only", metavar="NAMES", help=f"only these, of {','.join(PEERS)}")
    options = made.parse_args(argv)
    conversations = read_conversations(options.data) if options.data else [synthetic(options.seed)]
    conversations = conversations[: 1 if options.quick else options.conversations]
    embedder = KnownEmbedder(
        _first_of([options.embedder] if options.embedder else EMBEDDERS), texts_of(conversations)
    )
    figures: dict[str, Figure] = {"embedder": embedder.name, "embedding_ms": round(embedder.ms_a_text, 2)}
    print(f"{embedder.name}: {embedder.ms_a_text:.1f} ms a text, not within the times below\n")
    print(f"{'':26}" + "".join(f"{name:>21}" for name in COLUMNS))
    for name in options.only.split(",") if options.only else PEERS:
        row = measure(name, conversations, embedder, options.seed)
        figures |= {f"{name}: {column}": value for column, value in row.items()}
    num_writes = sum(len(each.episodes) for each in conversations)
    num_questions = sum(len(each.questions) for each in conversations)
    figures |= {"num_writes": num_writes, "num_questions": num_questions, "seed": options.seed}
    print(f"headline: roleagent finds {figures.get('roleagent: recall_at_10')} % in the first {LIMIT}, "
          f"{figures.get('roleagent: writes_per_s')} writes a second to disk, no model asked; "
          f"n={num_writes} writes, {num_questions} questions")  # fmt: skip
    report.write(figures, options.json)


def measure(
    name: str, conversations: Sequence[Conversation], embedder: KnownEmbedder, seed: int
) -> dict[str, Figure]:
    """The figures of one memory; its row is printed."""
    open_peer, distribution, is_on_disk = PEERS[name]
    version = version_of(distribution)
    if version is None:
        print(f"{name:26}{distribution + ' is not installed':>21}")
        return {}
    row: dict[str, Figure] = {"on_disk": "yes" if is_on_disk else "no"}
    row |= _run(open_peer, conversations, embedder, seed)
    print(f"{name:26}" + "".join(f"{row[column]!s:>21}" for column in COLUMNS) + f"   {version}", flush=True)
    return {**row, "version": version}


def _run(
    open_peer: Open, conversations: Sequence[Conversation], embedder: KnownEmbedder, seed: int
) -> dict[str, Figure]:
    recalls: list[float] = []
    search_ms: list[float] = []
    writing_s = 0.0
    num_writes = sum(len(each.episodes) for each in conversations)
    with tempfile.TemporaryDirectory() as folder, open_peer(Path(folder), embedder) as peer:
        for conversation in conversations:
            begun = time.perf_counter()
            for episode in conversation.episodes:
                peer.write(episode)
            writing_s += time.perf_counter() - begun
        for conversation in conversations:
            last = conversation.episodes[-1]
            for question in conversation.questions:
                cue = Cue(text=question.text, at=conversation.ended_at)
                begun = time.perf_counter()
                found = peer.search(cue, last, LIMIT)
                search_ms.append(1e3 * (time.perf_counter() - begun))
                recalls.append(100 * recall_at(found, question.evidence, LIMIT))
        usage = peer.usage
    low, high = bootstrap_interval(recalls, seed=seed)
    return {
        "writes_per_s": round(num_writes / writing_s, 1),
        "llm_calls_per_write": round(usage.num_calls / num_writes, 2),
        "llm_tokens_per_write": round(usage.num_tokens / num_writes),
        "recall_at_10": round(sum(recalls) / len(recalls), 1),
        "recall_at_10_low": round(low, 1),
        "recall_at_10_high": round(high, 1),
        "search_p50_ms": round(percentile(search_ms, 0.5), 2),
    }


def texts_of(conversations: Sequence[Conversation]) -> list[str]:
    """All that will be embedded."""
    said = [told(episode) for each in conversations for episode in each.episodes]
    return said + [question.text for each in conversations for question in each.questions]


def synthetic(seed: int) -> Conversation:
    """Sentences of which each is asked for once, in other words; nobody did the same thing twice."""
    rng = random.Random(seed)
    pairs = rng.sample([(who, what) for who in WHO for what in WHAT], NUM_SYNTHETIC)
    thread = Thread(owner=Owner(persona_id="synthetic", user_id="reader"), thread_id="one")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    plain = Episode(id="", thread=thread, turn_id="", speaker="user", text="", at=start, speaker_name="Ada")
    episodes: list[Episode] = []
    questions: list[Question] = []
    for number, (who, what) in enumerate(pairs):
        text = (
            f"You know, {who} {rng.choice(DID)} {what} {rng.choice(('last week', 'on Monday', 'at dawn'))}."
        )
        id_ = f"e{number}"
        episodes.append(replace(plain, id=id_, turn_id=id_, text=text, at=start + timedelta(minutes=number)))
        asked = f"What happened between {who} and {what}?"
        questions.append(Question(text=asked, category=4, evidence=frozenset([id_])))
    graph = PersonaGraph(nodes=(), facts=(), relations={})
    return Conversation(
        name="synthetic",
        episodes=tuple(episodes),
        questions=tuple(questions),
        ended_at=episodes[-1].at,
        graph=graph,
    )


def _first_of(names: Sequence[str]) -> Embeddings:
    for name in names[:-1]:
        try:
            found: Embeddings = registry.get("embedder", name)
        except ModelUnavailableError as missing:
            print(f"without {name}: {missing}")
        else:
            return found
    last: Embeddings = registry.get("embedder", names[-1])
    return last


if __name__ == "__main__":
    main()
