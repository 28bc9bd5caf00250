"""Measure whether the ranker of facts helps memory.

    python -m benchmarks.recall_by_facts [--worlds DIR] [--num-worlds N] [--quick] [--seed N] [--json OUT]

"What did I tell you about your sister's shop?" A user has told of people, places and things by their names;
the character's graph says what they are to the character. Later the user asks for them by that, one or two
facts away, without the name. The memory is the one that an agent runs, without its reranker; the facts in
mind are those of a ranker. Worlds are made from the wordings of ``benchmarks.gnn_salience``, which no ranker
was trained on.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from langchain_core.embeddings import Embeddings

from benchmarks.gnn_salience import DATA, unseen
from benchmarks.report import parser, write
from benchmarks.retrieval_metrics import bootstrap_interval
from roleagent import registry
from roleagent.gnn.likeness import CosineFactRanker, PageRankFactRanker
from roleagent.gnn.ranker import GnnFactRanker
from roleagent.gnn.training.talks import CHARACTER
from roleagent.gnn.training.words import WorldWords, read_words
from roleagent.gnn.training.worlds import World, make_world
from roleagent.graph.schema import LITERAL
from roleagent.memory.in_process import InProcessMemory
from roleagent.memory.recall.profile import FAST
from roleagent.protocols import Cue, FactRanker
from roleagent.types import STRANGER, Episode, Fact, GraphUpdate, Owner, Thread, content_id

OWNER = Owner(persona_id="made", user_id="reader")
AT = datetime(2026, 1, 5, 12, tzinfo=UTC)
LIMIT = 4  # episodes that an agent recalls

_NUM_FACTS, _MOST_FACTS = 60, 5
_NUM_QUESTIONS = 8
_TOLD = {
    "en": (
        "I dreamt about {x} last night.", "Somebody mentioned {x} on the bus this morning.",
        "There was something about {x} in the paper.", "My aunt will not stop talking about {x}.",
        "I lost a bet because of {x}.", "I wrote three pages about {x} in my diary.",
        "A stranger asked me about {x} yesterday.", "I once made up a song about {x}.",
    ),
    "zh": (
        "我昨晚梦见了{x}。", "今早车上有人提到{x}。", "报纸上有一段写{x}的。", "我姑姑老是念叨{x}。",
        "我为了{x}跟人打赌输了。", "我在日记里写了三页{x}。", "昨天有个陌生人向我打听{x}。",
        "我给{x}编过一首歌。",
    ),
}  # fmt: skip
_ASKED = {
    "en": ("What did I tell you about {n}?", "Have I ever mentioned {n}?", "What was that about {n}, again?"),
    "zh": ("我跟你说过{n}的什么事？", "我提到过{n}吗？", "关于{n}，我上回怎么说的？"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalling:
    """A question to the memory, and the episode that answers it."""

    text: str
    episode: str
    hops: int


def main(argv: list[str] | None = None) -> int:
    """Print the share of the episodes that are recalled, by language, steps and ranker."""
    made = parser(__doc__)
    made.add_argument("--worlds", type=Path, default=DATA, help="folder with en.toml and zh.toml")
    made.add_argument("--num-worlds", type=int, default=30, help="made-up worlds of each language")
    options = made.parse_args(argv)
    embedder = registry.get("embedder", "auto")
    rankers = rankers_of(embedder)
    number = options.num_worlds // 6 if options.quick else options.num_worlds
    figures: dict[str, float | int | str] = {"seed": options.seed}
    for path in sorted(options.worlds.glob("??.toml")):
        words = unseen(read_words(path, path.stem))
        found: dict[str, list[tuple[int, bool]]] = {}
        for each in range(number):
            seed = f"{options.seed} {each} recall"
            world = make_world(words, seed=seed, num_facts=_NUM_FACTS)
            for name, hits in hits_in(world, words, seed, embedder, rankers).items():
                found.setdefault(name, []).extend(hits)
        show(path.stem, found, figures, seed=options.seed)
    write(figures, options.json)
    return 0


def rankers_of(embedder: Embeddings) -> dict[str, FactRanker | None]:
    """Whose facts are in mind."""
    return {
        "no facts in mind": None,
        "cosine": CosineFactRanker(embedder),
        "pagerank": PageRankFactRanker(embedder),
        "gnn": GnnFactRanker(embedder),
    }


def hits_in(
    world: World,
    words: WorldWords,
    seed: str,
    embedder: Embeddings,
    rankers: dict[str, FactRanker | None],
) -> dict[str, list[tuple[int, bool]]]:
    """For each ranker and question, the number of steps and whether the episode was recalled."""
    draw = random.Random(seed)
    episodes = list(told_in(world, words.language, draw))
    memory = InProcessMemory(embedder, profile=FAST)
    memory.remember([each for each, _ in episodes], GraphUpdate(), OWNER)
    questions = list(asked_of(world, words, {node: each.id for each, node in episodes}, draw))
    hits: dict[str, list[tuple[int, bool]]] = {}
    for name, ranker in rankers.items():
        for question in questions:
            facts: Sequence[Fact] = ()
            if ranker is not None:
                facts = ranker.rank(world.graph, question.text, limit=_MOST_FACTS, character=CHARACTER)
            cue = Cue(text=question.text, at=AT, graph=world.graph, in_mind=tuple(facts))
            found = memory.recall(cue, OWNER, STRANGER, limit=LIMIT)
            hits.setdefault(name, []).append((question.hops, question.episode in {each.id for each in found}))
    return hits


def told_in(world: World, language: str, draw: random.Random) -> Iterator[tuple[Episode, str]]:
    """An episode for everybody and everything with a name, in any order."""
    nodes = [each for each in world.graph.nodes.values() if each.type != LITERAL and each.id != CHARACTER]
    for number, node in enumerate(draw.sample(nodes, len(nodes))):
        text = draw.choice(_TOLD[language]).replace("{x}", node.label)
        thread = Thread(owner=OWNER, thread_id=f"{number // 5}")
        episode = Episode(
            id=content_id("made", str(number)),
            thread=thread,
            turn_id=str(number),
            speaker="user",
            text=text,
            at=AT - timedelta(hours=3 * (len(nodes) - number)),
            mentions=world.graph.mentioned_in(text),
        )
        yield episode, node.id


def asked_of(
    world: World, words: WorldWords, episodes: dict[str, str], draw: random.Random
) -> Iterator[Recalling]:
    """Questions for what is one or two facts away from the character."""
    single: dict[tuple[str, str], list[Fact]] = {}
    for fact in world.graph.facts.values():
        single.setdefault((fact.subject, fact.relation), []).append(fact)
    known = [facts[0] for facts in single.values() if len(facts) == 1]
    paths = [(words.relations[fact.relation].noun_you, [fact]) for fact in known if fact.subject == CHARACTER]
    phrases = [(noun, fact.object, 1) for nouns, (fact,) in paths for noun in nouns[:1]]
    for noun, at, _ in list(phrases):
        for fact in known:
            if fact.subject == at and words.relations[fact.relation].noun:
                phrases.append((words.relations[fact.relation].noun[0].replace("{s}", noun), fact.object, 2))
    fitting = [each for each in phrases if each[1] in episodes]
    for noun, node, hops in draw.sample(fitting, min(_NUM_QUESTIONS, len(fitting))):
        text = draw.choice(_ASKED[words.language]).replace("{n}", noun)
        yield Recalling(text=text, episode=episodes[node], hops=hops)


def show(
    language: str,
    found: dict[str, list[tuple[int, bool]]],
    figures: dict[str, float | int | str],
    *,
    seed: int,
) -> None:
    """Print a table of one language."""
    print(f"\n{language}: share of the episodes among the first {LIMIT}")
    for name, hits in found.items():
        parts = []
        for hops in (1, 2):
            some = [hit for each, hit in hits if each == hops]
            share = sum(some) / max(len(some), 1)
            parts.append(f"{hops} step{'s' * (hops > 1)} {share:.3f} ({len(some)})")
        share = sum(hit for _, hit in hits) / max(len(hits), 1)
        figures[f"{language} {name}".replace(" ", "_")] = round(share, 4)
        print(f"  {name:18} {share:.3f}   " + "   ".join(parts))
    gains = [
        float(ours) - float(theirs)
        for (_, ours), (_, theirs) in zip(found["gnn"], found["pagerank"], strict=True)
    ]
    low, high = bootstrap_interval(gains, seed=seed)
    gain = 100 * sum(gains) / max(len(gains), 1)
    print(f"  gnn minus pagerank: {gain:+.1f} points (95 % {100 * low:+.1f} to {100 * high:+.1f})")


if __name__ == "__main__":
    sys.exit(main())
