"""How a persona opens and closes what it says, read from its own texts."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from roleagent.persona.persona import Persona
from roleagent.tuning.synthesis.words import Words

_LEADS = 0.25  # share of the replies that open so
_TAILS = 0.15  # share that end so
_SELVES = 0.7  # share in which the character calls itself as its texts do
_SMALL = re.compile(
    r"(?:The|An?|At|In|On|From|To|My|It|That|There|You|No|Not|Of|With|This|Somebody|What|Whatever)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What a persona's own texts begin with, call people, and call the character.

    Attributes:
        leads: such as "Ah, ".
        tails: such as "sir".
        own: what it says for "I" in Chinese; empty if it says 我.
    """

    leads: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()
    own: str = ""

    def dressed(self, reply: str, rng: random.Random) -> str:
        """A line in this manner, sometimes: with its words before and after, and its word for "I".

        >>> Manner(leads=("Ah, ",)).dressed("The dog is here.", random.Random(4))
        'Ah, the dog is here.'
        """
        if self.own and "我们" not in reply and rng.random() < _SELVES:
            reply = reply.replace("我", self.own)
        if self.tails and rng.random() < _TAILS:
            reply = _closed(reply, rng.choice(self.tails))
        if self.leads and rng.random() < _LEADS:
            reply = _opened(reply, rng.choice(self.leads))
        return reply


def manner_of(persona: Persona, words: Words) -> Manner:
    """The manner of a persona, as far as its greeting, examples and lines of declining show one."""
    texts = utterances(persona)
    leads = [_lead_in(each, texts) for each in words.lines("manner", "leads")]
    tails = [each for each in words.lines("manner", "tails") if any(_is_tail(each, text) for text in texts)]
    whole = "\n".join(texts)
    own = max(words.lines("manner", "selves"), key=whole.count, default="")
    return Manner(
        leads=tuple(filter(None, leads)),
        tails=tuple(tails),
        own=own if whole.count(own) * 2 > whole.count("我") and own in whole else "",
    )


def utterances(persona: Persona) -> tuple[str, ...]:
    """What the character says in its file."""
    said = (persona.greeting, *persona.greetings, *persona.fall_backs)
    return tuple(filter(None, (*said, *(each.reply for each in persona.examples))))


def _lead_in(lead: str, texts: Sequence[str]) -> str:
    """A lead with its mark as a text has it at the start of a sentence; empty if none does."""
    pattern = re.compile(rf"(?:^|[.!?。！？…]\s*)({re.escape(lead)}[,，!！])", re.IGNORECASE)
    found = next((match[1] for text in texts if (match := pattern.search(text))), "")
    return found + ("" if not found or found[-1] in "，！" else " ")


def _is_tail(tail: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(tail)}(?!\w)", text) is not None or (
        not tail.isascii() and tail in text
    )


def _opened(reply: str, lead: str) -> str:
    """A reply with words before it; as it is if it may open with a name, whose capital would have to stay."""
    if lead[-1:] == " " and not _SMALL.match(reply):
        return lead + reply if reply.startswith("I ") else reply
    is_sentence = lead.endswith("! ") or lead[-1:] != " "
    return lead + (reply if is_sentence else reply[0].lower() + reply[1:])


def _closed(reply: str, tail: str) -> str:
    """A reply with an address before its last mark, if it is one sentence that has none."""
    if len(re.findall(r"[.!?。！？]", reply)) != 1 or reply[-1] not in ".。" or "”" in reply:
        return reply
    comma = "，" if reply[-1] == "。" else ", "
    return f"{reply[:-1]}{comma}{tail}{reply[-1]}"
