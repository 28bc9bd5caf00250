"""Pictures, recordings and tools, answered in character."""

from __future__ import annotations

from collections.abc import Iterator

from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.prompts import Shown, Staged
from roleagent.tuning.synthesis.stage import Stage


def picture_dialogues(stage: Stage) -> Iterator[Dialogue]:
    """A picture whose caption stands in the notes."""
    for seen in stage.deck(stage.words.lines("picture", "seen")):
        other = stage.rng.choice([each for each in stage.words.lines("picture", "seen") if each != seen])
        reply = stage.own("picture", "reply", seen=seen)
        yield stage.dialogue(
            Staged(said=stage.one("picture", "said"), shown=(Shown(kind="caption", text=seen),)),
            reply,
            kind="picture",
            grounded=True,
            twin=reply.replace(seen, other),
        )


def recording_dialogues(stage: Stage) -> Iterator[Dialogue]:
    """A recording whose words stand in the notes."""
    for heard in stage.deck(stage.words.lines("recording", "heard")):
        other = stage.rng.choice([each for each in stage.words.lines("recording", "heard") if each != heard])
        line = stage.rng.choice(stage.words.lines("recording", "reply"))
        yield stage.dialogue(
            Staged(said=stage.one("recording", "said"), shown=(Shown(kind="transcript", text=heard),)),
            line.format(heard=heard),
            kind="recording",
            grounded=True,
            twin=line.format(heard=other),
        )


def tool_dialogues(stage: Stage) -> Iterator[Dialogue]:
    """The result of a tool, which the character has and knows nothing else of."""
    rows = stage.words.asked("tool", "results")
    for row in stage.deck(rows):
        name, result, said, reply = row
        other = stage.rng.choice([each for each in stage.words.lines("tool", "results") if each[3] != reply])
        yield stage.dialogue(
            Staged(said=said, tool=(name, result)),
            stage.manner.dressed(reply, stage.rng),
            kind="tool",
            grounded=True,
            twin=str(other[3]),
        )
