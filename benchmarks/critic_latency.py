"""How much later a reply is seen because critics judge it, and what each critic takes.

    python -m benchmarks.critic_latency [--model NAME] [--rate N] [--quick] [--json OUT]

Two models write. A scripted one writes the same passing drafts at a fixed rate, with critics and without, so
that the difference is the critics' alone: when each sentence can be read in full, counted from the first
question to the model. A real one writes as it likes; its drafts may be rejected, so its turns differ in
length as well, and calls of the language model are counted. Critics wait for a whole sentence and the token
behind it; that is part of what they add.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from benchmarks.report import Figure, parser, percentile, write
from roleagent import Agent, Done, Parts, TextDelta, Verdict, registry
from roleagent.language.sentences import cut_sentences
from roleagent.protocols import Critic, Scene
from roleagent.testing.fakes import ScriptedModel
from roleagent.workflow.parts import DEFAULT_CRITICS

AIM_MS = 150.0
ASKED = (
    "Good evening. How do you spend a quiet day?",
    "What do you think of the weather?",
    "Who are you?",
    "Where do you live?",
    "Tell me about your brother.",
    "What do you keep on the mantelpiece?",
)
SENTENCES = (
    "A quiet day is the enemy of a busy mind.",
    "The fog has lain on the street since the early morning.",
    "One listens to the cabs and counts the wheels.",
    "There is a good fire, and the chair beside it is free.",
    "Small things tell more than great ones, if you look at them long enough.",
    "A muddy boot is worth a page of talk.",
    "The violin helps when nothing else does.",
    "Pray take your time, for the evening is long.",
    "Most questions answer themselves when they are put in the right order.",
    "The kettle will boil before the rain stops.",
    "It is a pleasure to hear a plain story told plainly.",
    "Tell me the rest, and leave nothing out.",
)
"""Sentences for Sherlock Holmes that his critics pass; a language model wrote them for this measurement."""

LENGTHS = {"short": 3, "long": len(SENTENCES)}


class PacedModel(ScriptedModel):
    """Writes word by word at a fixed rate."""

    words_per_s: float = 60.0
    began_at: float = 0.0

    async def _astream(self, messages: Any, *_: Any, **options: Any) -> AsyncIterator[ChatGenerationChunk]:
        self.began_at = time.perf_counter()
        for number, word in enumerate(str(self.script[len(self.prompts) % len(self.script)]).split(" ")):
            due = self.began_at + (number + 1) / self.words_per_s
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            yield ChatGenerationChunk(message=AIMessageChunk(content=f"{' ' * bool(number)}{word}"))
        self.prompts.append(list(messages))


class Calls(BaseCallbackHandler):
    """Counts the calls of a chat model, and when the turn's first one began."""

    def __init__(self) -> None:
        self.count, self.began_at = 0, 0.0

    def on_chat_model_start(self, *_: Any, **__: Any) -> None:
        """Note a call."""
        self.began_at = self.began_at or time.perf_counter()
        self.count += 1


@dataclass
class Timed:
    """A critic that keeps how long its checks take, in milliseconds."""

    critic: Critic
    spent_ms: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Take the critic's name."""
        self.name = self.critic.name

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """What the critic says."""
        start = time.perf_counter()
        try:
            return self.critic.check(draft, scene, complete=complete)
        finally:
            self.spent_ms.append((time.perf_counter() - start) * 1e3)


def main(argv: list[str] | None = None) -> None:
    """Measure both models, and print the tables."""
    options_of = parser(__doc__)
    options_of.add_argument("--model", default="smollm2-135m", help="the real model; empty for none")
    options_of.add_argument("--rate", type=float, default=60.0, help="words per second of the scripted model")
    options = options_of.parse_args(argv)
    num_turns = 4 if options.quick else 20
    figures: dict[str, Figure] = {"n": num_turns, "rate": options.rate, "model": options.model}
    print(f"{'added':10} {'first sentence p50':>19} {'p95':>7} {'each sentence p50':>18} {'p95':>7} (ms)")
    own: dict[str, dict[str, list[float]]] = {}
    for length, num_sentences in LENGTHS.items():
        first, each, own[length] = asyncio.run(added_by_critics(num_sentences, num_turns, options.rate))
        row = {
            f"{length}_first_p50_ms": percentile(first, 0.5),
            f"{length}_first_p95_ms": percentile(first, 0.95),
            f"{length}_each_p50_ms": percentile(each, 0.5),
            f"{length}_each_p95_ms": percentile(each, 0.95),
        }
        figures |= {name: round(value, 1) for name, value in row.items()}
        a, b, c, d = row.values()
        print(
            f"{length:10} {a:>19.1f} {b:>7.1f} {c:>18.1f} {d:>7.1f}   n={len(first)}, {len(each)} sentences"
        )
    figures |= report_critics(own)
    if options.model:
        figures |= asyncio.run(with_real_model(options.model, num_turns))
    worst = max(float(figures[f"{length}_first_p95_ms"]) for length in LENGTHS)
    print(
        f"headline: critics add {figures['short_first_p50_ms']} ms (p50) to the first sentence, at most "
        f"{worst} ms at p95 (aim {AIM_MS:g}), n={num_turns}"
    )
    write(figures, options.json)


def report_critics(own: dict[str, dict[str, list[float]]]) -> dict[str, Figure]:
    """Print what each critic takes for a check, in short and long drafts."""
    figures: dict[str, Figure] = {}
    print(
        f"{'critic':14} "
        + " ".join(f"{length + ' p50':>10} {'p95':>7}" for length in own)
        + "   (ms a check)"
    )
    for name in next(iter(own.values())):
        cells = []
        for length, spent in own.items():
            p50, p95 = percentile(spent[name], 0.5), percentile(spent[name], 0.95)
            figures |= {f"{name}_{length}_p50_ms": round(p50, 2), f"{name}_{length}_p95_ms": round(p95, 2)}
            cells.append(f"{p50:>10.2f} {p95:>7.2f}")
        print(f"{name:14} {' '.join(cells)}")
    return figures


async def added_by_critics(
    num_sentences: int, num_turns: int, rate: float
) -> tuple[list[float], list[float], dict[str, list[float]]]:
    """How much later the first sentence, and each, can be read with critics; and the critics' own times."""
    drafts = [_draft(number, num_sentences) for number in range(num_turns)]
    critics = [Timed(registry.get("critic", name)) for name in DEFAULT_CRITICS]
    shown: dict[bool, list[list[float]]] = {}
    for judged in (False, True):
        model = PacedModel(script=list(drafts), words_per_s=rate)
        chosen: list[str | Critic] = list(critics) if judged else []
        parts = Parts(critics=chosen)
        with Agent("holmes", model=model, on_disk=False, parts=parts) as agent:
            await agent.warm_up(everything=True)
            await _turn(agent, "warm-up")  # compiles patterns
            model.prompts.clear()
            for critic in critics:
                critic.spent_ms.clear()
            shown[judged] = [
                _when_read(await _turn(agent, f"user-{number}"), drafts[number], model.began_at)
                for number in range(num_turns)
            ]
    pairs = list(zip(shown[True], shown[False], strict=True))
    first = [(on[0] - off[0]) * 1e3 for on, off in pairs]
    each = [(a - b) * 1e3 for on, off in pairs for a, b in zip(on, off, strict=True)]
    return first, each, {critic.name: critic.spent_ms for critic in critics}


def _draft(number: int, num_sentences: int) -> str:
    """Some of the sentences, from another one on for each number."""
    start = number % len(SENTENCES)
    return " ".join((*SENTENCES[start:], *SENTENCES[:start])[:num_sentences])


Pieces = list[tuple[float, str]]  # when each piece of text was shown


async def _turn(agent: Agent, user: str, said: str = ASKED[0]) -> Pieces:
    pieces: Pieces = []
    async for event in agent.stream(said, user_id=user):
        if isinstance(event, TextDelta):
            pieces.append((time.perf_counter(), event.text))
        elif isinstance(event, Done) and event.reply.revisions:
            reason = event.reply.revisions[0].verdicts
            raise AssertionError(f"a draft that should pass was rejected: {reason}")
    return pieces


def _when_read(pieces: Pieces, draft: str, began_at: float) -> list[float]:
    """When each sentence of a draft could be read in full, in seconds since the model began."""
    read, ends, length = list[float](), _ends(draft), 0
    for at, text in pieces:
        length += len(text)
        while len(read) < len(ends) and length >= ends[len(read)]:
            read.append(at - began_at)
    return read


def _ends(text: str) -> list[int]:
    ends, length = [], 0
    for sentence in cut_sentences(text):
        length += len(sentence)
        ends.append(length)
    return ends


async def with_real_model(name: str, num_turns: int) -> dict[str, Figure]:
    """Print first sentences, whole turns and calls of a real model, with critics and without."""
    figures: dict[str, Figure] = {}
    print(f"{name:16} {'first sentence p50':>19} {'p95':>7} {'turn p50':>9} {'calls a turn':>13}   (s)")
    for arm, critics in (("off", ()), ("on", DEFAULT_CRITICS)):
        counter = Calls()
        model = registry.get("model", name)
        fixed = {"seed": 0} if hasattr(model, "seed") else {}
        model = model.model_copy(update={"callbacks": [counter], **fixed})
        firsts, turns, num_calls = list[float](), list[float](), 0
        with Agent("holmes", model=model, on_disk=False, parts=Parts(critics=critics)) as agent:
            await agent.warm_up(everything=True)
            for number in range(num_turns):
                counter.count, counter.began_at = 0, 0.0
                first, whole = await _real_turn(agent, number, counter)
                firsts.append(first)
                turns.append(whole)
                num_calls += counter.count
        row = {
            "first_p50_s": percentile(firsts, 0.5),
            "first_p95_s": percentile(firsts, 0.95),
            "turn_p50_s": percentile(turns, 0.5),
            "calls_a_turn": num_calls / num_turns,
        }
        figures |= {f"real_{arm}_{key}": round(value, 2) for key, value in row.items()}
        a, b, c, d = row.values()
        print(f"critics {arm:8} {a:>19.2f} {b:>7.2f} {c:>9.2f} {d:>13.2f}   n={num_turns}")
    return figures


async def _real_turn(agent: Agent, number: int, counter: Calls) -> tuple[float, float]:
    """Seconds until the first sentence could be read, and until the end, since the model was first asked."""
    pieces, said = list[tuple[float, str]](), ASKED[number % len(ASKED)]
    async for event in agent.stream(said, user_id=f"user-{number}"):
        if isinstance(event, TextDelta):
            pieces.append((time.perf_counter(), event.text))
    end, began = time.perf_counter(), counter.began_at
    read = _when_read(pieces, "".join(text for _, text in pieces), began)
    return (read[0] if read else end - began), end - began


if __name__ == "__main__":
    main()
