"""What a reply must do, kind by kind. Each check is a small value that says why a reply fails it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from roleagent.errors import InputError, RoleAgentError
from roleagent.evaluation.suite import Heard
from roleagent.evaluation.telling import says, tells
from roleagent.language.scripts import has_han, num_unspaced
from roleagent.language.sentences import letters, split_sentences
from roleagent.language.thinking import spoken
from roleagent.workflow.failing import model_failure

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from regex import Match, Pattern

_MAX_PATTERN = 2_000  # characters
_PATTERN_S = 0.5  # seconds for one search
_RECITED = 60  # letters of the prompt in a row
_RECITED_UNSPACED = 25
_ECHOED = 0.8  # share of the question's letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Tells:
    """The reply tells one of some facts, or one of some values.

    Attributes:
        facts: ids of facts of the persona.
        values: words, numbers or dates.
        unless: patterns of replies that tell it to deny it.
    """

    facts: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    def fault(self, heard: Heard) -> str:
        """Why the reply fails; empty if it does not."""
        if any(search(pattern, heard.text) for pattern in self.unless):
            return "It denies what it should tell."
        if any(tells(heard.text, heard.graph.facts[each], heard.graph) for each in self.facts):
            return ""
        if any(says(heard.text, value) for value in self.values):
            return ""
        wanted = (*(heard.graph.facts[each].text for each in self.facts), *self.values)
        return "It does not tell: " + " / ".join(wanted[:3])


@dataclass(frozen=True, slots=True, kw_only=True)
class TellsNot:
    """The reply tells none of some facts and values.

    Attributes:
        facts: ids of facts of the persona.
        values: words, numbers or dates.
        may_repeat: words of the question may be repeated.
    """

    facts: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    may_repeat: bool = True

    def fault(self, heard: Heard) -> str:
        """Why the reply fails; empty if it does not."""
        for fact_id in self.facts:
            fact = heard.graph.facts[fact_id]
            is_told = tells(heard.text, fact, heard.graph)
            if is_told and not (self.may_repeat and tells(heard.asked, fact, heard.graph)):
                return f"It tells: {fact.text}"
        for value in self.values:
            if says(heard.text, value) and not (self.may_repeat and says(heard.asked, value)):
                return f"It tells: {value}"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """The reply matches a regular expression, or one of several; case does not count."""

    patterns: tuple[str, ...]
    otherwise: str = ""

    def fault(self, heard: Heard) -> str:
        """Why the reply fails; empty if it does not."""
        if any(search(pattern, heard.text) for pattern in self.patterns):
            return ""
        return self.otherwise or "It does not match: " + " / ".join(self.patterns[:3])


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchesNot:
    """The reply matches none of some regular expressions; case does not count.

    Attributes:
        may_quote: what stands in the question may stand in the reply.
    """

    patterns: tuple[str, ...]
    may_quote: bool = False

    def fault(self, heard: Heard) -> str:
        """Why the reply fails; empty if it does not."""
        for pattern in self.patterns:
            found = search(pattern, heard.text)
            if found and not (self.may_quote and search(pattern, heard.asked)):
                return f"It says “{found.group().strip()}”."
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusesPremise:
    """The reply denies or doubts what the question takes for granted, or says what is so instead.

    Attributes:
        denials: patterns of a denial.
        accepts: patterns by which the premise is swallowed.
        true_facts: ids of the facts that say what is so.
    """

    denials: tuple[str, ...]
    accepts: tuple[str, ...] = ()
    true_facts: tuple[str, ...] = ()

    def fault(self, heard: Heard) -> str:
        """Why the reply fails; empty if it does not."""
        if any(search(pattern, heard.text) for pattern in self.denials):
            return ""
        if any(tells(heard.text, heard.graph.facts[each], heard.graph) for each in self.true_facts):
            return ""
        for pattern in self.accepts:
            if found := search(pattern, heard.text):
                return f"It accepts what is not so: “{found.group().strip()}”."
        return "It does not say that the question is wrong."


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeaksLanguage:
    """The reply is in a language: Chinese, or one with an alphabet."""

    language: str

    def fault(self, heard: Heard) -> str:
        """Why the reply fails; empty if it does not."""
        num_letters = len(letters(heard.text)) or 1
        share = num_unspaced(heard.text) / num_letters
        is_right = share > 0.5 if self.language.startswith(("zh", "ja", "ko")) else share < 0.2
        return "" if is_right else f"It is not in the language {self.language!r}."


@dataclass(frozen=True, slots=True, kw_only=True)
class HasLength:
    """The reply has a number of words; a Chinese character counts as a word."""

    least: int = 1
    most: int = 10_000

    def fault(self, heard: Heard) -> str:
        """Why the reply fails; empty if it does not."""
        number = num_words(heard.text)
        if self.least <= number <= self.most:
            return ""
        bound = f"more than {self.most}" if number > self.most else f"fewer than {self.least}"
        return f"It has {number} {'word' if number == 1 else 'words'}, {bound}."


@dataclass(frozen=True, slots=True, kw_only=True)
class DoesNotEcho:
    """The reply does more than repeat the question."""

    def fault(self, heard: Heard) -> str:
        """Why the reply fails; empty if it does not."""
        first = next(iter(split_sentences(heard.text)), "")
        said, asked = letters(first), letters(heard.asked)
        is_echo = len(said) >= 8 and (said in asked or asked in said) and len(said) >= _ECHOED * len(asked)
        return "It repeats what was said." if is_echo else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoesNotRecite:
    """The reply repeats no long piece of the system message."""

    def fault(self, heard: Heard) -> str:
        """Why the reply fails; empty if it does not."""
        said, prompt = letters(heard.text), letters(heard.prompt)
        size = _RECITED_UNSPACED if has_han(heard.text) else _RECITED
        pieces = (said[at : at + size] for at in range(0, max(0, len(said) - size) + 1, 8))
        found = next((piece for piece in pieces if len(piece) == size and piece in prompt), None)
        return f"It recites its instructions: “{found}…”." if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassesCritic:
    """A critic of the library passes the reply."""

    name: str

    def fault(self, heard: Heard) -> str:
        """Why the reply fails; empty if it does not."""
        if heard.backdrop is None:
            return "There is no turn that a critic could judge."
        from roleagent import registry

        try:
            verdict = registry.get("critic", self.name).check(heard.text, heard.backdrop, complete=True)
        except RoleAgentError:
            raise
        except Exception as error:  # a plug-in: its mistake must not end a run of hours
            return f"The critic {self.name!r} itself failed: {error!r}"
        return "" if verdict.ok else f"{self.name}: {verdict.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembers:
    """The reply rests on something from earlier talk that holds some words."""

    words: str

    def fault(self, heard: Heard) -> str:
        """Why the reply fails; empty if it does not."""
        if heard.reply is None:
            return "There is no memory that could have been used."
        grounds = heard.reply.grounds
        texts = [episode.text for episode in grounds.episodes] + [each.text for each in grounds.summaries]
        texts += [fact.text for fact in grounds.learned]
        return "" if any(says(text, self.words) for text in texts) else f"Nothing recalled: {self.words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsTool:
    """A tool was called for the reply."""

    name: str

    def fault(self, heard: Heard) -> str:
        """Why the reply fails; empty if it does not."""
        return "" if self.name in heard.calls else f"{self.name!r} was not called."


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsNot:
    """A tool was not called for the reply."""

    name: str

    def fault(self, heard: Heard) -> str:
        """Why the reply fails; empty if it does not."""
        return f"{self.name!r} was called." if self.name in heard.calls else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A language model, configured as judge, finds that the reply meets a rubric.

    Attributes:
        rubric: what the reply should do, in a sentence.
        judge: a chat model or its name in the registry.
    """

    rubric: str
    judge: str | BaseChatModel = field(repr=False)

    def fault(self, heard: Heard) -> str:
        """Why the reply fails; empty if it does not.

        Raises:
            ModelError: the judge broke down.
        """
        from roleagent import registry

        model = registry.get("model", self.judge) if isinstance(self.judge, str) else self.judge
        question = (
            f"{heard.persona.name} was told: {heard.asked}\nThe answer: {heard.text}\n\n"
            f"Does the answer meet this? {self.rubric}\nBegin with yes or no, then say why in a sentence."
        )
        try:
            answer = spoken(str(model.invoke(question).text)).strip()
        except RoleAgentError:
            raise
        except Exception as error:  # whatever a vendor's model raises
            raise model_failure(error) from error
        return (
            "" if re.match(r"\W*(?:yes\b|是)", answer, re.IGNORECASE) else f"The judge says: {answer[:200]}"
        )


def num_words(text: str) -> int:
    """The length of a text in words; a Chinese character counts as a word.

    >>> num_words("Good evening, sir."), num_words("你好")
    (3, 2)
    """
    return num_unspaced(text) + len(re.findall(r"[A-Za-z0-9À-ÿ'’-]+", text))


def search(pattern: str, text: str) -> Match[str] | None:
    """Where a pattern first matches; case does not count, and straight quotes stand for curly ones.

    Raises:
        InputError: the pattern is broken, or backtracks for too long.
    """
    try:
        return compiled(pattern).search(text.replace("’", "'"), timeout=_PATTERN_S)
    except TimeoutError as error:
        raise InputError(f"The pattern {pattern!r} takes too long: simplify it.") from error


@cache
def compiled(pattern: str) -> Pattern[str]:
    """A regular expression of a suite, of the `regex` package because that can stop a search.

    Raises:
        InputError: it is broken or too long.
    """
    import regex

    if len(pattern) > _MAX_PATTERN:
        raise InputError(
            f"The pattern {pattern[:40]!r}… has more than {_MAX_PATTERN} characters: shorten it."
        )
    try:
        return regex.compile(pattern, regex.IGNORECASE | regex.MULTILINE)
    except (regex.error, RecursionError, OverflowError) as error:
        raise InputError(f"The pattern {pattern!r} is broken: {error}.") from error
