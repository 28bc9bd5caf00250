"""Words that say what a clause is about, and clauses as one may deny them: "I never sold any lighthouse"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from roleagent.critics.text import compile_pattern, read_table
from roleagent.language.scripts import has_han
from roleagent.language.tokens import stem, terms

_MOST_WORDS = 9  # of a clause that is said again
_MOST_HAN = 14
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")
_AGENT = re.compile(r"(?:er|or|ist|ian|ess)$")
_VOWELS = "aeiou"


def telling_words(text: str) -> Iterator[str]:
    """The words that say what a clause is about, in their base form; pairs of characters in Chinese.

    >>> sorted(telling_words("Why did you ever sell the old lighthouse?"))
    ['lighthous', 'sell']
    >>> sorted(telling_words("she won it")), list(telling_words("你把灯塔卖掉了吗"))
    (['win'], ['灯塔', '塔卖', '卖掉'])
    """
    for term in _spaced_terms(text):
        if term not in _stop_words() and len(term) > 1 and not term.isdecimal():
            yield stem(lemma(term))
    for run in _HAN_RUN.findall(text):
        for part in _function_words().split(run):
            yield from map(str.__add__, part, part[1:])


def _spaced_terms(text: str) -> Iterator[str]:
    return (term for term in terms(text) if not has_han(term))


@cache
def _stop_words() -> frozenset[str]:
    english = read_table("premises")["english"]
    return frozenset(f"{english['stop']} {english['everyday']}".split())


@cache
def _function_words() -> re.Pattern[str]:
    chinese = read_table("premises")["chinese"]
    return re.compile(f"{chinese['everyday']}|{chinese['stop']}")


@cache
def _irregular() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Form -> base form, and base form -> past, of irregular verbs."""
    base_of, past_of = dict[str, str](), dict[str, str]()
    for line in read_table("premises")["english"]["irregular"].split("\n"):
        base, *forms = line.split()[:3] or [""]
        if base:
            base_of |= dict.fromkeys(forms, base)
            past_of[base] = forms[0]
    return base_of, past_of


def lemma(word: str) -> str:
    """The base form of an irregular verb; other words as they are."""
    return _irregular()[0].get(word, word)


def is_past(word: str) -> bool:
    """Whether a word looks like a verb in the past."""
    return word in _irregular()[0] or word.endswith("ed")


def verbs_in(clause: str) -> frozenset[str]:
    """The irregular and past verbs of a clause, as `telling_words` gives them.

    >>> sorted(verbs_in("buried the trunk and sold the mill"))
    ['bury', 'sell']
    """
    base_of, forms = _irregular()
    found = (term for term in _spaced_terms(clause) if is_past(term) or term in forms or term in base_of)
    return frozenset(stem(lemma(term)) for term in found)


def past_of(verb: str) -> str:
    """The past of a verb in its base form.

    >>> past_of("sell"), past_of("marry"), past_of("stop"), past_of("dance"), past_of("play")
    ('sold', 'married', 'stopped', 'danced', 'played')
    """
    if known := _irregular()[1].get(verb):
        return known
    if verb.endswith("e"):
        return f"{verb}d"
    if verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        return f"{verb[:-1]}ied"
    is_short = re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", verb) is not None
    return f"{verb}{verb[-1]}ed" if is_short else f"{verb}ed"


def same_work(one: str, other: str) -> bool:
    """Whether two words are of one family: "teaching" and "teacher".

    >>> same_work("teaching", "teacher"), same_work("cooking", "cook"), same_work("sing", "saddler")
    (True, True, False)
    """
    first, second = (stem(_AGENT.sub("", stem(word.casefold()))) for word in (one, other))
    return min(len(first), len(second)) > 2 and (first == second)


@lru_cache(maxsize=64)
def _cut(name: str) -> re.Pattern[str]:
    table = read_table("premises")
    return compile_pattern(table["english"]["echo"][name], table["words"])


_TURNED = {"you": "me", "your": "my", "yours": "mine", "yourself": "myself"}
_TURN = re.compile(r"\b(?:you|yours?|yourself)\b", re.I)


def denied_event(clause: str, form: str) -> str:
    """What somebody never did, to stand after "I never"; empty if the clause does not lend itself to it.

    Args:
        clause: what they are said to have done, without the subject.
        form: ``bare`` ("sell the lighthouse"), ``past`` ("sold the lighthouse") or ``gerund``.

    >>> denied_event("sell the lighthouse to the two Danish brothers last year", "bare")
    'sold any lighthouse to the two Danish brothers'
    >>> denied_event("dining with your uncle", "gerund")
    'dining with my uncle'
    """
    text = _cut("end").split(clause.strip(), maxsplit=1)[0]
    text = _cut("tail").sub("", text).strip(" ,;-")
    verb, _, rest = text.partition(" ")
    if not rest or len(text.split()) > _MOST_WORDS or not verb.isalpha() or not verb.islower():
        return ""
    if _cut("unfit").search(text):
        return ""
    rest = _TURN.sub(lambda found: _TURNED[found[0].lower()], rest)
    if form == "gerund":
        return f"{verb} {rest}" if verb.endswith("ing") else ""
    if form == "past":
        if not is_past(verb):
            return ""
        verb = lemma(verb) if verb in _irregular()[0] else verb
    verb = verb if form == "past" and verb.endswith("ed") else past_of(verb)
    return f"{verb} {_cut('definite').sub(lambda found: found['before'] + 'any ', rest, count=1)}"


def denied_thing(clause: str) -> Iterator[str]:
    """The things that a clause takes to be there: "the green trunk that you buried" names a green trunk.

    >>> list(denied_thing("the green trunk that you buried behind the old mill"))
    ['green trunk', 'old mill']
    """
    for found in _cut("thing").finditer(clause):
        first, _, second = found["thing"].partition(" ")
        thing = first if not second or is_past(second) else found["thing"]
        if thing not in _stop_words():
            yield thing


def denied_in_chinese(clause: str) -> str:
    """A Chinese clause to stand after 我几时; empty if it does not lend itself to it.

    >>> denied_in_chinese("当初为什么把灯塔卖了")
    '把灯塔卖'
    """
    echo = read_table("premises")["chinese"]["echo"]
    text = re.split(echo["end"], re.sub(echo["lead"], "", clause))[0]
    text = re.sub(echo["tail"], "", text)
    fits = 3 <= len(text) <= _MOST_HAN and not re.search(echo["unfit"], text)
    return text.replace("你", "我").replace("您", "我") if fits else ""
