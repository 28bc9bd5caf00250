"""Answers that can only be judged together with their question, such as "Yes." or a bare name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import cache
from itertools import zip_longest

from roleagent.critics.text import any_of, compile_pattern, is_question, read_table, sentences
from roleagent.language.scripts import has_han
from roleagent.language.sentences import letters

_MAX_WORDS = 6
_MAX_CHARS_CJK = 10
_MIN_ECHO = 15  # letters; shorter words are returned by courtesy ("Good evening.")
_MIN_ECHO_CJK = 6
_LONG_ECHO = 7  # words of a sentence that nobody says after another by chance
_NEARLY = 0.9  # share of words in common, in order
_MOST_ECHO = 400  # characters
_WORD = re.compile(r"[\w']+")
FOR_ME = {"you": "i", "your": "my", "yours": "mine", "yourself": "myself", "you're": "i'm", "are": "am"}
_SAYS_MORE = re.compile(
    r"\b(?:i|i'm|you|he|she|it|we|they|my|your|am|is|are|was|were|have|has|do|does|did|not|never|no|yes|why)\b"
    r"|[我你您他她它不没是在]",
    re.I,
)
_LEAD = re.compile(r"^(?:in|at|on|near)\s+|^(?:在|于)", re.I)
_PARTICLE = re.compile(r"(?<= )(?:of|the|von|van|der|den|de|di|da|del|la|le|bin|ibn|al)(?= )")
_ENDS = ".!。！ \"'*…"
# How a statement begins that agrees with the question, and one that does not.
_WHETHER = {
    "true_are": ("I am", "I am not"),
    "true": ("I", "I do not"),
    "do": ("I", "I do not"),
    "are": ("I am", "I am not"),
    "were": ("I was", "I was not"),
    "can": ("I can", "I cannot"),
    "did": ("I did", "I did not"),
    "have": ("I have", "I have not"),
}
_YOUR = re.compile(r"\byour\b", re.I)
_ASKED_ABOUT = re.compile(r"\byour ((?:own |real |full )?\w+(?:'s \w+)?)", re.I)
_MY = re.compile(r"\b(?:my|mine|me)\b", re.I)
_YOURS = r"^\W*(?:(?:yes|no|well|ah|oh|why|of course)\W+)?your {thing}(?:'s name)? (?:is|are|was|were)\b"
_DID_YOU = re.compile(
    r"\b(?:(?P<place>where|when|how long) were|(?<!how )did|have|had) you"
    r"(?: (?:\w+ly|ever|still|first|once))?(?: (?!know|see|mean|think|remember|hear|say)(?P<verb>[a-z]+))?"
    r"|\b(?:where|when|since when|for whom|whom?) do you (?:still )?"
    r"(?P<state>live|work|lodge|serve|teach|come)\b",
    re.I,
)
_YOU_DID = re.compile(
    r"\W*you(?P<auxiliary>'re| are| were|'ve| have| had|'d)?(?! (?:mistaken|wrong|right)\b)"
    r"(?: (?:\w+ly|once|first|also|always|still))?(?: (?P<verb>[a-z]+))?",
    re.I,
)
_OF_BOTH = re.compile(r"\b(?:yourself|too|here|than|I|I'm|I've|me|my|mine|us|we)\b")
"""Words of a sentence that tells the other person something: "You wrote it yourself"."""
_PAST_OF = {
    "become": "became", "begin": "began", "bring": "brought", "buy": "bought", "choose": "chose",
    "come": "came", "do": "did", "draw": "drew", "drive": "drove", "eat": "ate", "fall": "fell",
    "fight": "fought", "find": "found", "get": "got", "give": "gave", "go": "went", "grow": "grew",
    "have": "had", "hold": "held", "keep": "kept", "leave": "left", "lose": "lost", "make": "made",
    "meet": "met", "ride": "rode", "run": "ran", "sell": "sold", "sing": "sang", "sleep": "slept",
    "speak": "spoke", "take": "took", "teach": "taught", "wear": "wore", "win": "won", "write": "wrote",
}  # fmt: skip
_SHORTEST_VERB = 3  # letters in which the forms of a verb agree
_YOU = re.compile(r"\b(?:you|your|yourself)\b", re.I)
_OF_ITSELF = (
    r"\W*{name} (?:is|was|has|had|lives|lived|resides|works|worked|does|did|watched|likes|enjoys|plays)\b"
)
_MY_ZH = re.compile(r"我")
_ASKED_ABOUT_ZH = re.compile(r"你的?(住|叫|名字|年龄|多大|今年|妻子|丈夫|父亲|母亲|生日|出生)")
_IS_IT_TRUE = re.compile(r"\bis it true that you\b", re.I)
_TRUE_OF_YOU = re.compile(r"\W*(?:\w+, )?it(?: is|'s)(?: not)? true that you\b", re.I)
_YOURS_ZH = re.compile(
    r"^\W*[你您]的?(?:住所|住处|家|住在|名字(?:是|叫)|叫|年龄是|今年|妻子是|丈夫是|父亲是|母亲是|生日是|出生)"
)


def completed(draft: str, question: str) -> str | None:
    """The whole sentence that a bare answer stands for; None if the answer is not bare.

    A greeting or an exclamation answers nothing, and whoever is asked for a name may say something else.

    >>> completed("Mycroft Holmes.", "What is your name?")
    'My name is Mycroft Holmes.'
    >>> completed("Hello, sir! I'm Mycroft.", "What is your name?")
    """
    first = next(iter(sentences(draft)), "")
    if _pattern("courtesy").match(first):
        return None
    answer = _LEAD.sub("", _pattern("exclamation").sub("", first, count=1).strip(_ENDS))
    is_short = len(answer) <= _MAX_CHARS_CJK if has_han(answer) else len(answer.split()) <= _MAX_WORDS
    if not answer or is_question(first) or not is_short or _SAYS_MORE.search(answer):
        return None
    for asked, said in _questions():
        if asked.search(question):
            is_whole = "{name}" not in said or _may_be_name(answer)
            return said.format(answer=answer, name=answer) if is_whole else None
    return None


def _may_be_name(answer: str) -> bool:
    """Whether an answer begins with a name: "Ludwig van Beethoven, sir", and not "Just a traveller"."""
    words = _PARTICLE.sub("", answer.split(",")[0]).split()
    return has_han(answer) or (bool(words) and all(word[0].isupper() for word in words))


def agreed_to(draft: str, question: str) -> str | None:
    """What a "yes" or "no" says, as a whole sentence; None if the question or answer is of another kind.

    >>> agreed_to("Yes, indeed.", "Is it true that you live in Paris?")
    'I live in Paris.'
    >>> agreed_to("No.", "Are you Sherlock Holmes?")
    'I am not Sherlock Holmes.'
    """
    answer = _pattern("yes_or_no").match(draft)
    asked = _pattern("whether").search(question)
    if answer is None or asked is None:
        return None
    no = bool(answer["no"])
    if asked["zh"]:
        return f"我{'不' if no else ''}{asked['zh']}。"
    kind = next(kind for kind in _WHETHER if asked[kind])
    lead = _WHETHER[kind][no]
    return f"{lead} {_YOUR.sub('my', asked[kind])}."


def mistaken_for_the_other(draft: str, question: str) -> str | None:
    """The words that say of the other person what was asked about the character.

    >>> mistaken_for_the_other("Your wife's name is Irene.", "What is your wife's name?")
    "Your wife's name is"
    """
    first = next(iter(sentences(draft)), "")
    if _ASKED_ABOUT_ZH.search(question) and not _MY_ZH.search(question):
        found = _YOURS_ZH.search(first)
        return found.group() if found else None
    if _MY.search(question):
        return None
    if _IS_IT_TRUE.search(question) and (found := _TRUE_OF_YOU.match(first)):
        return found.group()
    if quote := _says_you(first, question):
        return quote
    for asked in _ASKED_ABOUT.finditer(question):
        thing = re.escape(asked.group(1))
        if found := re.search(_YOURS.format(thing=thing), first, re.I):
            return found.group()
    return None


def _says_you(first: str, question: str) -> str | None:
    """The words that say of "you" what was asked of "you"; an irregular past counts if it is a common one.

    >>> _says_you("You lived in Riga until 1879.", "Where did you live before?")
    'You lived'
    """
    told = _YOU_DID.match(first)
    if told is None or is_question(first) or _OF_BOTH.search(first):
        return None
    for asked in _DID_YOU.finditer(question):
        if asked["place"]:
            if (told["auxiliary"] or "").strip().casefold() == "were":
                return told.group()
            continue
        verb, said = (asked["verb"] or asked["state"] or "").casefold(), (told["verb"] or "").casefold()
        if verb and (said[:_SHORTEST_VERB] == verb[:_SHORTEST_VERB] or said == _PAST_OF.get(verb)):
            return told.group()
    return None


def told_of_itself(draft: str, question: str, name: str) -> str | None:
    """The words that speak of the character by its name, although the user asked it as "you".

    >>> told_of_itself("Ada Lovelace lives in London.", "Where do you live?", "Ada Lovelace")
    'Ada Lovelace lives'
    """
    if not _YOU.search(question) or name.casefold() in question.casefold():
        return None
    first = next(iter(sentences(draft)), "")
    found = re.match(_OF_ITSELF.format(name=re.escape(name)), first, re.I)
    return found.group().strip() if found else None


def echoes(draft: str, question: str) -> bool:
    """Whether an answer only repeats the question, as weak models do.

    >>> echoes("How do you do, Mr Holmes?", "How do you do, Mr. Holmes!")
    True
    >>> echoes("I'm an actor in a booth, my love.", "You're an actor in a booth, my love. Step out of it.")
    True
    """
    said = letters(question)
    if len(said) < (_MIN_ECHO_CJK if has_han(said) else _MIN_ECHO):
        return False
    answered = (letter for char in draft for letter in letters(char))
    if all(one == other for one, other in zip_longest(answered, said)):
        return True
    first = _turned_round(next(iter(sentences(draft)), ""))
    return len(first) >= _LONG_ECHO and any(
        _same_words(first, _turned_round(each)) for each in sentences(question) if not is_question(each)
    )


def _turned_round(sentence: str) -> list[str]:
    """The words of a sentence, in which "you" is "I"."""
    found = _WORD.findall(sentence[:_MOST_ECHO].casefold())
    return [FOR_ME.get(word, word) for word in found]


def _same_words(one: Sequence[str], other: Sequence[str]) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _NEARLY


@cache
def _questions() -> tuple[tuple[re.Pattern[str], str], ...]:
    table = read_table("answers")
    return tuple((compile_pattern(asked, table["words"]), said) for asked, said in table["questions"])


@cache
def _pattern(group: str) -> re.Pattern[str]:
    return any_of("answers", group)
