"""Drafts that do not use what stands in the notes: "I do not remember", while the user's own words lie there.

Small models read their notes and answer from the persona, or say that they know nothing. Where somebody asks
for what they told of themselves, for a fact, for what they show, or for what a tool found, the note itself is
a better answer: it is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from roleagent.critics.agreement import agrees
from roleagent.critics.known import clear_fact, denied_fact, names_another, sure_facts, tells
from roleagent.critics.looked_up import quotable, unused_result, uses
from roleagent.critics.perceived import overlooked, says_little
from roleagent.critics.text import is_lead, is_question, matches, plain, read_table, sentences
from roleagent.critics.told import (
    asks_of_themselves,
    gives_back,
    learned,
    of_itself,
    others_told,
    quotation,
    recalled,
    rivals,
    told_back,
    uses_newest,
)
from roleagent.graph.schema import in_its_time
from roleagent.persona.address import by_character, to_listener
from roleagent.protocols import Scene
from roleagent.types import Fact, Verdict

NAME = "recollection"

_MOST_CHARS = 500  # of a message, its end, that are read for what it asks
_HEAD = 600  # characters of a draft that are read
_WAITS = 2  # sentences within which a draft has to use what it was told
_TOLD = 3  # facts that answer together
_OWN_DENIAL = re.compile(
    r"\bI\b[^.!?,;]{0,20}(?:\b(?:not|no|never|none|nobody|nothing)\b|n't\b)|[我俺]?没有|[我俺]不",
    re.IGNORECASE,
)
"""The character says that it has or does no such thing."""
_PASSED = Verdict(critic=NAME, ok=True)


class RecollectionCritic:
    """Rejects a draft that does not use what the character was told or shown, and quotes it instead."""

    name = NAME

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """Judge the first sentences against what was recalled, perceived and found for the question."""
        said = sentences(draft[:_HEAD])[:_WAITS]
        if not said or scene.judged >= _HEAD or (not complete and len(said) < _WAITS and is_lead(said[0])):
            return _PASSED
        look = _Look(draft[:_HEAD], said, scene, is_whole=complete or len(said) == _WAITS)
        if verdict := look.at_observations() or look.at_results():
            return verdict
        if matches(look.table["declines"], said[0]):
            return _PASSED
        return (look.at_what_they_told() if look.is_own else look.at_facts()) or _PASSED


@dataclass(slots=True)
class _Look:
    """One draft beside the notes it was written from; each method looks at one kind of note.

    Attributes:
        draft: its beginning.
        said: the first sentences.
        is_whole: whether enough was said to have used a note.
    """

    draft: str
    said: list[str]
    scene: Scene
    is_whole: bool

    @property
    def table(self) -> Mapping[str, Any]:  # Any: TOML
        is_chinese = self.scene.persona.language.startswith("zh")
        table: Mapping[str, Any] = read_table(NAME)["chinese" if is_chinese else "english"]
        return table

    @property
    def asked(self) -> str:
        return plain(self.scene.turn.text)[-_MOST_CHARS:]

    @property
    def is_own(self) -> bool:
        """Whether they ask for something of their own, and of nobody in the character's world."""
        own = self.scene.persona.graph.nodes
        named = any(node_id in own for node_id in self.scene.graph.mentioned_in(self.asked))
        return asks_of_themselves(self.asked, self.table) and not named

    def at_results(self) -> Verdict | None:
        """A tool's result that is not used: written again, then told if the draft says nothing itself."""
        draft = self.draft
        if matches(self.table["ignorance"], self.said[0]):  # then asking back is no answer either
            draft = " ".join(each for each in sentences(draft) if not is_question(each))
        if not (result := unused_result(draft, self.scene)):
            return None
        reason = f"You looked it up: {result}"
        if self.scene.drafts_left > 1:
            return self._rejected(reason, is_mild=True)
        told = quotable(result) if self._says_nothing() else ""
        return self._rejected(reason, instead=self.table["looked"].format(text=told)) if told else None

    def _says_nothing(self) -> bool:
        """Whether the draft does not know, denies, promises, or is only a few words."""
        empty = (self.table[each] for each in ("ignorance", "denies", "promises"))
        return any(matches(each, self.said[0]) for each in empty) or says_little(self.draft, self.scene)

    def at_observations(self) -> Verdict | None:
        """What was just seen or heard and is not used: written again, then quoted if nothing better came."""
        missed = overlooked(self.draft, self.scene, self.table)
        if missed is None or not (missed.is_denied or self.is_whole):
            return None
        if self.scene.drafts_left > 1:
            return self._rejected(missed.reason, is_mild=True)
        return self._rejected(missed.reason, instead=missed.instead) if missed.is_empty else None

    def at_what_they_told(self) -> Verdict | None:
        """What the user told of themselves and now asks for."""
        scene, asked = self.scene, self.asked
        if mended := told_back(self.said[0], asked):
            return replace(self._rejected("They said that, and not you.", is_mild=True), repair=mended)
        if facts := learned(scene, asked):
            if gives_back(self.draft, facts, asked, scene, self.table):
                return None
            instead = " ".join(to_listener(fact.text, language=scene.persona.language) for fact in facts)
            told = " ".join(fact.text for fact in facts)
            return self._rejected(f"They told you: {told}", *(fact.id for fact in facts), instead=instead)
        episodes = recalled(scene, asked, is_faint=of_itself(self.said, scene))
        others = others_told(scene, episodes)
        if not episodes or uses_newest(self.draft, episodes, asked):
            return None
        if any(uses(self.draft, each.text, asked) for each in others):
            return None  # recall may have found the wrong one first
        if scene.drafts_left > 1 and (either := rivals(episodes, others, asked)):
            quotes = self.table["or"].join(f"“{quotation(each, asked)}”" for each in (*episodes, *either))
            return self._rejected(f"They ask for something that they told you: {quotes}", is_mild=True)
        quotes = self.table["and_then"].join(f"“{quotation(each, asked)}”" for each in episodes)
        return self._rejected(
            f"They ask for what they told you: {quotes}",
            *(episode.id for episode in episodes),
            instead=self.table["told"].format(quotes=quotes),
        )

    def at_facts(self) -> Verdict | None:
        """A fact that answers, and that the draft does not know, denies, or gives another thing for."""
        scene, first = self.scene, self.said[0]
        fact = clear_fact(scene, self.asked)
        if fact is None or uses(self.draft, fact.text, self.asked):
            fact = denied_fact(first, self.asked, scene, self.table)
        elif not matches(self.table["ignorance"], first) and not names_another(self.said, fact, scene):
            fact = None
        if fact is not None:
            return self._known(fact)
        return self._at_sure_facts()

    def _at_sure_facts(self) -> Verdict | None:
        """Facts that surely answer: told if the draft denies or names another thing, else written again."""
        scene, asked, first = self.scene, self.asked, self.said[0]
        sure = sure_facts(scene, asked)
        likely = sure or sure_facts(scene, asked, is_plain=False)
        if is_question(first) or any(
            tells(self.draft, each, asked, scene) or agrees(first, each, scene) for each in likely
        ):
            return None
        if likely and self.is_whole and names_another(self.said, likely[0], scene):
            return self._known(*likely[:_TOLD])
        if not sure:
            return None
        if matches(self.table["ignorance"], first) or _OWN_DENIAL.search(first):
            return self._known(*sure[:_TOLD])
        if not self.is_whole:
            return None
        told = " ".join(map(in_its_time, sure))
        reason, ids = f"You know this: {told}", tuple(fact.id for fact in sure)
        return self._rejected(reason, *ids, is_mild=True) if scene.drafts_left > 1 else None

    def _known(self, *facts: Fact) -> Verdict:
        instead = " ".join(by_character(in_its_time(fact), self.scene.persona) for fact in facts)
        told = " ".join(map(in_its_time, facts))
        return self._rejected(f"You know this: {told}", *(fact.id for fact in facts), instead=instead)

    def _newest(self) -> str:
        """The first sentence, or the last one if the first was shown before."""
        return self.said[-1] if self.scene.judged else self.said[0]

    def _rejected(self, reason: str, *evidence: str, instead: str = "", is_mild: bool = False) -> Verdict:
        return Verdict(
            critic=NAME,
            ok=False,
            reason=reason,
            quote=self._newest(),
            evidence=evidence,
            instead=instead,
            is_mild=is_mild,
        )
