"""Small talk: the persona's own examples, greeting and lore, and everyday lines in its manner."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from roleagent.language.sentences import split_sentences
from roleagent.persona.address import by_character
from roleagent.persona.persona import Example
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.prompts import Staged
from roleagent.tuning.synthesis.stage import Stage
from roleagent.types import PUBLIC

_MOST_LORE = 220  # characters of a text that the character can say
_KINDS = ("example", "greeting", "exchange", "said", "exchange", "thanks", "exchange", "bye")
_RECITED = 0.5  # share of the bad replies that recite what nobody asked for
_FACTS_RECITED = 2


def small_talk_dialogues(stage: Stage) -> Iterator[Dialogue]:
    """Everyday talk: what the persona's file shows that it says, and lines for everybody."""
    examples = [each for each in stage.persona.examples if each.user.strip() and each.reply.strip()]
    shown = stage.deck(examples)
    exchanges = stage.deck(stage.words.asked("talk", "exchanges"))
    for kind in stage.deck(_KINDS):
        if kind == "exchange":
            yield made_small_talk(stage, *next(exchanges))
        elif kind == "example":
            if examples:
                yield _as_shown(stage, next(shown))
        elif kind == "greeting":
            if stage.persona.greeting:
                yield made_small_talk(
                    stage, stage.one("talk", "said"), stage.persona.greeting, source="persona"
                )
        else:
            replies = {"said": "reply", "thanks": "thanked", "bye": "gone"}
            yield made_small_talk(stage, stage.one("talk", kind), stage.own("talk", replies[kind]))


def made_small_talk(
    stage: Stage,
    said: str,
    reply: str,
    *,
    before: Sequence[tuple[str, str]] = (),
    source: str = "template",
) -> Dialogue:
    """Everyday talk, which must be answered neither by an assistant nor with what nobody asked for."""
    return stage.dialogue(
        Staged(said=said, before=tuple(before)),
        reply.strip(),
        kind="small_talk",
        twin=_bad_reply(stage),
        fault="voice",
        source=source,
    )


def _as_shown(stage: Stage, example: Example) -> Dialogue:
    """An exchange of the persona's file, with a prompt that does not show it."""
    return stage.dialogue(
        Staged(said=example.user.strip()),
        example.reply.strip(),
        kind="small_talk",
        twin=_bad_reply(stage),
        fault="voice",
        source="persona",
        persona=replace(stage.shown, examples=()),
    )


def _bad_reply(stage: Stage) -> str:
    """An assistant's line, or some of the character's notes, if the prompt tells them."""
    own = [fact for fact in stage.graph.facts.values() if fact.subject == stage.persona.node_id]
    if own and stage.facts_in_prompt and stage.rng.random() < _RECITED:
        recited = filter(None, map(stage.sentence, stage.rng.sample(own, min(len(own), _FACTS_RECITED))))
        if told := " ".join(recited):
            return told
    return stage.rng.choice(stage.words.lines("talk", "voice"))


def lore_dialogues(stage: Stage) -> Iterator[Dialogue]:
    """What a lorebook tells, asked for by one of its keys; the text stands in the notes."""
    entries = [
        (entry.keys[0], text)
        for book in stage.persona.lorebooks
        for entry in book.entries
        if entry.enabled and entry.keys and not entry.use_regex and PUBLIC in entry.visibility
        if (text := entry.content.strip()) and not text.startswith("@@") and "{{" not in text
        if not entry.keys[0].startswith("/")
    ]
    yield from stage.each(entries, lambda entry: _of_lore(stage, *entry))


def _of_lore(stage: Stage, key: str, text: str) -> Dialogue | None:
    reply = _said_of(stage, text)
    twin = _altered(stage, reply)
    if not twin:
        return None
    return stage.dialogue(
        Staged(said=stage.one("lore", "said").format(key=key), lore=(text,)),
        reply,
        kind="open",
        grounded=True,
        twin=twin,
        source="persona",
    )


def _said_of(stage: Stage, text: str) -> str:
    """The first sentence of a text, as the character says it; empty if it is long."""
    first = next(iter(split_sentences(text)), "").strip()
    return by_character(first, stage.persona) if len(first) <= _MOST_LORE else ""


def _altered(stage: Stage, reply: str) -> str:
    """A sentence with another number, or another thing of the graph in place of one that it names."""
    graph = stage.graph
    if number := re.search(r"\d+", reply):
        return f"{reply[: number.start()]}{int(number.group()) + 7}{reply[number.end() :]}"
    for node_id in graph.mentioned_in(reply):
        node = graph.nodes[node_id]
        pool = stage.words.lines("pool", node.type) or stage.words.lines("pool", "other")
        for name in (node.label, *node.aliases):
            if name in reply and node_id != stage.persona.node_id:
                return reply.replace(name, stage.rng.choice(pool))
    return ""
