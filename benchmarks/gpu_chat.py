"""Our chat model against the library's `generate` alone, on the same prompts and with as many new tokens."""

from __future__ import annotations

import asyncio
import base64
import io
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from benchmarks.report import Figure
from roleagent.models.checkpoint import Checkpoint, shared_checkpoint
from roleagent.models.generation import _encode
from roleagent.models.transformers import TransformersChat

WAIT_S = 0.02
_NAMES = ("Mira", "Jonas", "Adaeze", "Kofi", "Lin", "Sofia", "Tomas", "Yuki")
_TRADES = ("keeper of the lighthouse", "doctor", "smith", "maker of maps", "baker", "sailor", "judge", "poet")
_FACTS = (
    "You were born in a small town by the river.",
    "Your sister is a doctor, and your father was a smith.",
    "You like bread, rain, maps and the sea, but not crowds.",
    "Your friend lives in the old house on the hill.",
    "You have lived at the end of the long pier for years.",
    "You went to the market today, and nobody was with you.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Answers to all prompts, in seconds from the request.

    Attributes:
        first_token_s: until the first token of the answers is there.
        whole_s: until all answers are there.
        num_tokens: new tokens of all answers together.
        batches: how many prompts were read at once, for each batch.
    """

    first_token_s: float
    whole_s: float
    num_tokens: int
    batches: Sequence[int]

    @property
    def tokens_per_s(self) -> float:
        """New tokens a second, the reading of the prompts included."""
        return self.num_tokens / self.whole_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is asked of which model.

    Attributes:
        held_as: the model's name, as `hold_in_memory` returned it.
        prompts: what is answered together.
        num_tokens: new tokens of each answer, exactly.
        num_rounds: how often both ways take turns.
    """

    held_as: str
    prompts: Sequence[list[BaseMessage]]
    num_tokens: int
    num_rounds: int

    @property
    def checkpoint(self) -> Checkpoint:
        """The model."""
        return shared_checkpoint(self.held_as, device="auto", dtype="auto")


def personas(number: int) -> list[list[BaseMessage]]:
    """So many conversations, each with a system prompt of its own, of about 80 to 250 words."""
    return [_persona(index) for index in range(number)]


def _persona(index: int) -> list[BaseMessage]:
    facts = [f"{number + 1}. {_FACTS[(index + number) % len(_FACTS)]}" for number in range(8 + index % 16)]
    name, trade = _NAMES[index % len(_NAMES)], _TRADES[index // len(_NAMES) % len(_TRADES)]
    who = f"You are {name} the {index + 1}th, a {trade}. Stay yourself. Answer in your own voice."
    return [SystemMessage(" ".join([who, *facts])), HumanMessage("Good evening. What did you do today?")]


def with_picture(index: int, edge: int) -> list[BaseMessage]:
    """A question about a picture of noise, `edge` pixels wide and high."""
    import numpy as np
    from PIL import Image

    pixels = np.random.default_rng(index).integers(0, 256, size=(edge, edge, 3), dtype=np.uint8)
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG")
    encoded = base64.b64encode(written.getvalue()).decode()
    picture: dict[str, Any] = {"type": "image", "base64": encoded, "mime_type": "image/png"}
    return [HumanMessage([picture, {"type": "text", "text": "What is on this picture?"}])]


def compare(load: Load) -> dict[str, Figure]:
    """Both ways in turns; medians, and the medians of the ratios within a round."""
    inputs = _encoded(load)
    _library(load, inputs)  # the first run of each is not timed
    _ours(load)
    rounds = [(_ours(load), _library(load, inputs)) for _ in range(load.num_rounds)]
    ours, library = ([pair[way] for pair in rounds] for way in (0, 1))
    return {
        "n": load.num_rounds,
        "rows": len(load.prompts),
        "num_tokens": ours[-1].num_tokens,
        "prompt_tokens": int(inputs["attention_mask"].sum()),
        "batches": "+".join(map(str, ours[-1].batches)),
        **_medians("ours", ours),
        **_medians("library", library),
        **_ratios(ours, library),
    }


def compare_waiting(load: Load) -> dict[str, Figure]:
    """`compare`, and what the same calls come to if none waits for others to join its batch."""
    figures = compare(load)
    hasty = [_together(load, wait_s=0.0) for _ in range(load.num_rounds)]
    return {
        **figures,
        "without_wait_batches": "+".join(map(str, hasty[-1].batches)),
        **_medians("without_wait", hasty),
    }


def _medians(name: str, timings: Sequence[Timing]) -> dict[str, Figure]:
    return {
        f"{name}_first_token_s": round(median(timing.first_token_s for timing in timings), 5),
        f"{name}_tokens_per_s": round(median(timing.tokens_per_s for timing in timings), 2),
    }


def _ratios(ours: Sequence[Timing], library: Sequence[Timing]) -> Mapping[str, Figure]:
    pairs = list(zip(ours, library, strict=True))
    return {
        "first_token_ratio": round(median(a.first_token_s / b.first_token_s for a, b in pairs), 3),
        "tokens_per_s_ratio": round(median(a.tokens_per_s / b.tokens_per_s for a, b in pairs), 3),
    }


def _chat(load: Load, *, num_tokens: int, wait_s: float = 0.0) -> TransformersChat:
    return TransformersChat(
        path_or_id=load.held_as,
        temperature=0,
        max_tokens=num_tokens,
        max_batch=len(load.prompts),
        batch_wait_s=wait_s,
    )


def _encoded(load: Load) -> Any:  # Any: the library's tensor dict
    chat = _chat(load, num_tokens=load.num_tokens)
    return _encode(load.checkpoint, [chat._question(prompt, None, {}) for prompt in load.prompts])


def _library(load: Load, inputs: Any) -> Timing:
    """`generate` on tensors that lie ready; nothing is decoded."""
    import torch
    from transformers.generation.streamers import BaseStreamer

    checkpoint = load.checkpoint
    arrivals: list[float] = []

    class Clock(BaseStreamer):
        def put(self, value: object) -> None:
            arrivals.append(time.perf_counter())

        def end(self) -> None:
            pass

    began = time.perf_counter()
    with torch.inference_mode():
        tokens = checkpoint.model.generate(
            **inputs,
            max_new_tokens=load.num_tokens,
            do_sample=False,
            streamer=Clock(),
            pad_token_id=checkpoint.tokenizer.pad_token_id,
        )
    ended = time.perf_counter()
    num_rows, width = inputs["input_ids"].shape
    timing = Timing(
        first_token_s=arrivals[1] - began,  # what arrives first is the prompt
        whole_s=ended - began,
        num_tokens=num_rows * (tokens.shape[1] - width),
        batches=[num_rows],
    )
    return _checked(timing, load)


def _ours(load: Load) -> Timing:
    return _streamed(load) if len(load.prompts) == 1 else _together(load, wait_s=WAIT_S)


def _streamed(load: Load) -> Timing:
    """Through `stream`, piece by piece."""
    chat = _chat(load, num_tokens=load.num_tokens)
    arrivals: list[float] = []
    num_tokens = 0
    began = time.perf_counter()
    for chunk in chat.stream(load.prompts[0]):
        if chunk.text:
            arrivals.append(time.perf_counter() - began)
        if chunk.usage_metadata:
            num_tokens = chunk.usage_metadata["output_tokens"]
    whole_s = time.perf_counter() - began
    timing = Timing(first_token_s=arrivals[0], whole_s=whole_s, num_tokens=num_tokens, batches=[1])
    return _checked(timing, load)


def _together(load: Load, *, wait_s: float) -> Timing:
    """Through `abatch`: one call for each prompt, all at once; answered together, whole answers.

    Batches do not stream, so the first token's time is that of the same calls with answers of one token.
    """
    first_token_s, _ = asyncio.run(_ask_all(_chat(load, num_tokens=1, wait_s=wait_s), load))
    chat = _chat(load, num_tokens=load.num_tokens, wait_s=wait_s)
    with batch_sizes(load.checkpoint.model) as batches:
        whole_s, num_tokens = asyncio.run(_ask_all(chat, load))
    timing = Timing(first_token_s=first_token_s, whole_s=whole_s, num_tokens=num_tokens, batches=batches)
    return _checked(timing, load)


async def _ask_all(chat: TransformersChat, load: Load) -> tuple[float, int]:
    began = time.perf_counter()
    answers = await chat.abatch(list(load.prompts))
    whole_s = time.perf_counter() - began
    return whole_s, sum(answer.usage_metadata["output_tokens"] for answer in answers if answer.usage_metadata)


def _checked(timing: Timing, load: Load) -> Timing:
    expected = len(load.prompts) * load.num_tokens
    if timing.num_tokens != expected:
        raise RuntimeError(f"{timing.num_tokens} new tokens instead of {expected}: not comparable")
    return timing


@contextmanager
def batch_sizes(model: Any) -> Iterator[list[int]]:
    """Collects how many prompts were read at once, for each batch that the network reads meanwhile."""
    sizes: list[int] = []

    def note(_module: object, _args: object, options: Mapping[str, Any]) -> None:
        ids = options.get("input_ids")
        if ids is not None and ids.shape[1] > 1:
            sizes.append(int(ids.shape[0]))

    hook = model.register_forward_pre_hook(note, with_kwargs=True)
    try:
        yield sizes
    finally:
        hook.remove()
