"""Dialogues of every kind for one persona, in the shares that a training takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from roleagent.errors import InputError
from roleagent.language.nearest import nearest
from roleagent.persona.persona import Persona
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.synthesis.conduct import care_dialogues, role_dialogues
from roleagent.tuning.synthesis.doubts import horizon_dialogues, premise_dialogues, unknown_dialogues
from roleagent.tuning.synthesis.facts import fact_dialogues, open_dialogues, step_dialogues
from roleagent.tuning.synthesis.judging import Judge
from roleagent.tuning.synthesis.perceived import picture_dialogues, recording_dialogues, tool_dialogues
from roleagent.tuning.synthesis.secrets import secret_dialogues
from roleagent.tuning.synthesis.stage import Family, Stage, stage_for
from roleagent.tuning.synthesis.talk import lore_dialogues, small_talk_dialogues
from roleagent.tuning.synthesis.told import told_dialogues
from roleagent.tuning.synthesis.words import Split

FAMILIES: Mapping[str, tuple[Family, float]] = MappingProxyType(
    {
        "fact": (fact_dialogues, 8.0),
        "steps": (step_dialogues, 3.0),
        "open": (open_dialogues, 2.0),
        "lore": (lore_dialogues, 1.0),
        "told": (told_dialogues, 3.0),
        "premise": (premise_dialogues, 3.0),
        "unknown": (unknown_dialogues, 2.0),
        "horizon": (horizon_dialogues, 1.5),
        "secret": (secret_dialogues, 1.5),
        "small_talk": (small_talk_dialogues, 1.5),
        "role": (role_dialogues, 2.0),
        "picture": (picture_dialogues, 1.0),
        "recording": (recording_dialogues, 1.0),
        "tool": (tool_dialogues, 1.0),
        "care": (care_dialogues, 2.0),
    }
)
"""What makes dialogues, each with its share of them.

`lore` makes dialogues of the kind `open`, and `told` some of the kind `unknown`.
"""

_MOST_REPEATS = 200  # dialogues in a row that were there before, after which a family has no more


def synthesise(
    persona: Persona,
    *,
    seed: int = 0,
    num: int = 400,
    kinds: Sequence[str] = tuple(FAMILIES),
    facts_in_prompt: bool = True,
    wordings: Split = "train",
    judge: Judge | None = None,
) -> list[Dialogue]:
    """Dialogues for one persona: what is said to it, what it replies, and what it must not.

    Every reply that tells something of the graph holds its value, and has a twin with a wrong one.

    Args:
        persona: of any language; one that is neither English nor Chinese is spoken to in English.
        seed: equal ones make equal dialogues.
        num: how many; fewer come where the persona is too small for more.
        kinds: keys of `FAMILIES`.
        facts_in_prompt: False for an adapter that carries the persona: the prompt says in a sentence or two
            who the character is, and nothing else, so the facts have to be learned. No secret is told then.
        wordings: which lines the user says: those for training, or those kept to test it.
        judge: replies that it rejects are left out, and counted by it.

    Raises:
        InputError: the persona has neither facts nor a summary, or a kind is not known.
    """
    check_kinds(kinds)
    if not persona.graph.facts and not persona.summary.strip():
        raise InputError(
            f"The persona {persona.id!r} is empty: it has neither facts nor a summary to make dialogues of. "
            "Write a `summary`, or `edges`, into its file."
        )
    stage = stage_for(persona, seed=seed, facts_in_prompt=facts_in_prompt, wordings=wordings)
    made = list(_drawn(stage, kinds, num, judge))
    stage.rng.shuffle(made)
    return made


def check_kinds(kinds: Sequence[str]) -> None:
    """Refuse a kind of dialogue that is not one of `FAMILIES`.

    Raises:
        InputError: the message names the kinds.
    """
    if unknown := [kind for kind in kinds if kind not in FAMILIES]:
        hint = f" Did you mean {near!r}?" if (near := nearest(unknown[0], FAMILIES)) else ""
        raise InputError(f"{unknown[0]!r} is no kind of dialogue.{hint} Known: {', '.join(FAMILIES)}.")


def _drawn(stage: Stage, kinds: Sequence[str], num: int, judge: Judge | None) -> Iterator[Dialogue]:
    """Dialogues, each from the family that is furthest behind its share."""
    waiting = {kind: FAMILIES[kind][0](stage) for kind in FAMILIES if kind in kinds}
    counts, seen = dict.fromkeys(waiting, 0), set[tuple[str, ...]]()
    for _ in range(num):
        made: Dialogue | None = None
        while made is None and waiting:
            kind = min(waiting, key=lambda each: counts[each] / FAMILIES[each][1])
            made = _next_new(stage, waiting[kind], seen, judge)
            if made is None:
                del waiting[kind]
            else:
                counts[kind] += 1
        if made is None:
            return
        yield made


def _next_new(
    stage: Stage, family: Iterator[Dialogue], seen: set[tuple[str, ...]], judge: Judge | None
) -> Dialogue | None:
    """The next dialogue whose talk was not there before and that passes; None if none comes."""
    for _, made in zip(range(_MOST_REPEATS), family, strict=False):
        key = tuple(message.text for message in made.messages[1:])
        if key in seen:
            continue
        seen.add(key)
        if judge is None or judge.passes(made, *stage.moments[made.id]):
            return made
    return None
