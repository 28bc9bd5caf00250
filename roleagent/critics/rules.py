"""A rule: a pattern that must not be said, and what to tell the model that said it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from roleagent.critics.text import compile_pattern, is_asserted, is_question, read_table
from roleagent.types import Verdict

# "I am an AI, how can I help you?" asks only in its second half.
# In "Yes, I am an AI, aren't you?" it asks only what the other is, or thinks of it.
_OFFER = re.compile(
    r"[,，;—-]\s*(?:(?:and|but|so) )?(?:(?:how|what) (?:can|may|could|would|do|brings|about|else)\b"
    r"|(?:right|o\.?k\.?|okay|yeah|correct|remember)\W*$"
    r"|(?:am I not|aren't I|isn't it|was I not|wasn't I|haven't I)\W*$"
    r"|(?:are|aren't|do|don't|did|didn't|can|can't|could|couldn't|will|would|have|haven't|is|isn't|does|doesn't)"
    r"(?: not)? (?:you|that|this)\b|and you\b|you know\?|why (?:do|are) you\b|(?:shall|may|can) (?:we|I)\b)"
    r"|[,，](?:有什么|请问|需要|难道|不是[吗么]|好[吗吧]|可以吗|行[吗吧]|怎么了"
    r"|对[吗吧]|对不对|是[吗吧]|是不是|明白吗|懂吗|知道吗"
    r"|[你您](?:呢|不?也?是|也|难道|不?知道|不?觉得|介意|想|要|相信|还))",
    re.I,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way of going wrong.

    Attributes:
        pattern: matched against plain text, case ignored.
        reason: what was done wrong and what to do instead, addressed to the actor.
        earnest_only: a question, a supposition or another's opinion is not held against the character.
        presupposed: a question has said it, too.
    """

    pattern: re.Pattern[str]
    reason: str
    earnest_only: bool = True
    presupposed: bool = False

    def find(self, sentence: str, start: int = 0) -> re.Match[str] | None:
        """The first place, from a start on, where a sentence breaks the rule."""
        matches = self.pattern.finditer(sentence, start)
        if not self.earnest_only:
            return next(matches, None)
        asks = is_question(sentence) and not self.presupposed
        for match in matches:
            asked = asks and not _OFFER.search(sentence, match.end())
            if not asked and is_asserted(sentence, match.start()):
                return match
        return None


def read_rules(table: str, *groups: str, **words: str) -> tuple[Rule, ...]:
    """The rules of some groups of a table; `words` fill in what the table leaves open."""
    read = read_table(table)
    known = {**read.get("words", {}), **words}
    return tuple(
        Rule(
            pattern=compile_pattern(pattern, known),
            reason=read[group]["reason"],
            earnest_only=read[group].get("earnest_only", True),
            presupposed=read[group].get("presupposed", False),
        )
        for group in groups
        for pattern in read[group]["patterns"]
    )


def first_violation(
    critic: str, rules: Iterable[Rule], texts: Iterable[str], *, start: int = 0
) -> Verdict | None:
    """The verdict on the first rule that any of the texts breaks, from a start on; None if there is none."""
    rules = tuple(rules)
    for text in texts:
        for rule in rules:
            if match := rule.find(text, start):
                return Verdict(critic=critic, ok=False, reason=rule.reason, quote=match.group().strip())
    return None
