"""English: from the words a cue caught to clean values; no value if the words do not fit the cue."""

from __future__ import annotations

import re
from functools import cache

from roleagent.language.dates import MONTH, read_date
from roleagent.language.numbers import read_number
from roleagent.learning.grammar import Grammar, Reader, load_grammar
from roleagent.learning.statements import word_list

MAX_WORDS = 6

# Adverbs that close a clause and are no part of the value.
MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_YEAR = r"(?:1[89]|20)\d{2}"
_WHEN = rf"(?:(?:{MONTHS})[a-z]*\.? )?\d{{4}}"
_SPELL = r"(?:year|month|week|day|decade|age|moon|while|bit|hour)s?"
_PART_OF_DAY = r"(?:morning|afternoon|evening|night|lunchtime|weekend)"
_MONTH_NAME = "(?:january|february|april|july|august|september|october|november|december)"
_DAY = r"(?:mon|tues?|wednes|thurs?|fri|satur|sun)day"
_SEASON = r"(?:year|month|week|summer|winter|spring|autumn|fall|weekend|night)"
_CLOSING = re.compile(
    r"(?:\s+|^)(?:right now|at the moment|these days|nowadays|at present|now|currently|too|as well|though|tho"
    r"|here|you know|you see|of course|obviously|indeed|mate|innit|really|anyways?|to be honest|tbh|i must"
    r" say"
    rf"|(?:(?:a|an|some|many|several|a few|a couple of|two|three|\w+) )?{_SPELL} ago|ages ago|long ago"
    r"|more than (?:anything|ever)(?: else)?"
    r"|any ?more|any longer|again|already|actually|by the way|btw|lol|lmao|haha+|please|very much|so much"
    r"|so so much"
    r"|a lot|a whole lot|a great deal|to (?:bits|death|pieces)|like (?:crazy|mad|hell)|the most|the best"
    r"|myself|instead|for (?:now|good|ever|life|work|uni|university|college|school|love|fun|real|family"
    r" reasons|(?:my|a) job)"
    r"|for (?:the (?:past|last) )?(?:a |about |over |nearly |almost |some |many |several )*(?:few |couple"
    r" of |\w+ )?"
    rf"{_SPELL}(?: now)?"
    r"|together|alone|by myself|on my own|permanently|full[- ]time|part[- ]time|professionally|officially"
    rf"|(?:(?:this|last|next|the (?:last|other|whole)|every|all|over the|over) )(?:{_SEASON}|{_DAY}"
    rf"|{_PART_OF_DAY}|day|time)"
    r"|the (?:day before yesterday|other day|other week)"
    rf"|(?:(?:on|since|last|this|until) )?(?:{_DAY}|my birthday)s?(?: {_PART_OF_DAY})?|in the (?:end"
    rf"|meantime)"
    r"|yesterday|today|tonight|tomorrow|recently|lately|earlier|before|once|afterwards|(?:back )?then"
    r"|since then|ever since"
    r"|(?:way )?back in the day|(?:way )?back in \d{4}|in the past|previously|so far|all my life|my "
    r"(?:whole|entire) life"
    r"|since (?:some|a long|ages|forever|always|childhood|birth|last \w+|my \w+|i was.*)(?: time)?"
    r"|in my (?:twenties|thirties|forties|teens|youth|childhood|(?:free|spare) time|student days|\d0s)"
    r"|(?:at|during|after|before) (?:uni|university|college|school|work|the weekend|weekends|heart)|on "
    r"(?:the )?weekends?"
    r"|as an? (?:kid|child|teenager|student|teen|hobby|boy|girl|baby|family)|with (?:my|the|our|some"
    r"|friends|two|three) ?.*"
    rf"|(?:from |between )?{_YEAR}\s*[-–—/]\s*(?:{_YEAR}|\d{{2}})|\(?{_YEAR}\)?"
    r"|(?:(?:since|in|from|until|till|around|during|between|by|of|about)"
    rf" (?:(?:early|late|about|around|mid|mid-) ?)?(?:(?:{MONTHS})[a-z]*\.? )?\d{{4}}(?: (?:to|until|till"
    rf"|and|through) {_WHEN})?"
    rf"|(?:in|since|from) (?:{MONTHS})[a-z]*))$",
    re.IGNORECASE,
)
_MORE_THAN_A_NAME = re.compile(
    r"^((?:the )?(?-i:[A-Z])\S*(?: (?:(?:of|de|del|da|do|dos|di|du|la|le|las|los|el|am|an|der|den|van|von"
    r"|upon|on|sur|y|al|bin|&|and|the)(?: (?:the|la|le|der))? (?=(?-i:[A-Z])))?"
    rf"(?!(?-i:I)\b|{_DAY}|{_MONTH_NAME}\b)(?-i:[A-Z0-9&])\S*)*).*$",
    re.IGNORECASE,
)
_ON_A_TEAM = re.compile(
    r"(?<=\w) (?:on|in) (?:the|our|their|its|my|an?) [^,;]{0,30}?"
    r"\b(?:team|project|account|desk|programme|program|app|product|campaign|squad)\b.*$",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"^(?:(?:very much|so much|a lot|a bit of|a little|a spot of|a good|a nice|me some|some good|good old"
    r"|anything to do with"
    r"|also|both|either|more than|doing|all things|all kinds of|all sorts of|mostly|mainly|really)\s+)+",
    re.IGNORECASE,
)
_IN_PLACE = re.compile(
    r"^(?:in |at )?(?:(?:(?:the|very|dead|old|beautiful|lovely|sunny|rainy|good old|historic|busy)\s+)*"
    r"(?:(?:city )?cent(?:re|er)|heart|middle|old (?:part|town)|suburbs|(?:north|south|east|west)(?:ern)?"
    r"(?: (?:side|part|end))?"
    r"|city|town|village|outskirts|part|area) of\s+|(?:beautiful|lovely|sunny|rainy|good old|busy|downtown"
    r"|central)\s+)"
    r"(?=(?-i:[A-Z]))",
    re.IGNORECASE,
)
_JOIN = re.compile(r"\s*(?:,\s*(?:and|or)\s+|,|\s+and\s+|\s+or\s+|\s*&\s*)\s*")
_PLACE = re.compile(
    r"(?:an?|the)\s+(?:[\w-]+\s+){0,2}(?:village|town|city|suburbs?|country(?:side)?|farm|island|mountains)\b.*",
    re.IGNORECASE,
)
_DWELLING = re.compile(
    r"(?i:(?:an?|the)\s+(?:[\w-]+\s+){0,3}(?:flat|apartment|house|cottage|dorm|caravan|houseboat|studio|bungalow"
    r"|room|loft|hostel)\b)(?P<where>.*)"
)
_BEFORE_PLACE = re.compile(
    r"^(?:the|central|(?:north|south|east|west)(?:ern)?|downtown)\s+(?=[A-Z])",
)
_WORKPLACE = re.compile(
    r"(?:an?|the|my)\s+(?:[\w'-]+\s+){0,3}(?:hospital|school|university|college|bank|bakery|restaurant|hotel"
    r"|bar|pub|caf[eé]|shop|store|bookshop|bookstore|library|museum|company|start-?up|factory|farm|office|lab"
    r"|laboratory|clinic|pharmacy|law firm|firm|studio|theat(?:re|er)|airport|zoo|garage|kindergarten|nursery"
    r"|supermarket|ministry|post office|police|newspaper|agency|brewery|vineyard|charity|ngo|embassy|kitchen"
    r"|call cent(?:er|re))\b.*",
    re.IGNORECASE,
)
_NO_THING = re.compile(
    r"(?:you|it|that|this|these|those|them|him|her|us|me|i|we|they|he|she|how|what|when|where|who|why|if"
    r"|there|here|(?:no|some|every|any)thing|your|his|their|my (?:own )?(?:life|chances)|both|either|all of"
    r"|some of|most of|not|so|but|although|though|because|while|especially|even|with|for|like|one another"
    r"|each other|myself|being (?:here|with|told)|talking (?:to|with) you"
    r"|the (?:way|idea|look|sound|fact|thought|part|one)"
    r"|about|anyone|everyone|someone|from|could|would|no idea|never|honestly|thanks|sorry|just|anything"
    r"|to (?:think|say|believe|know|see|imagine|hear|be|ask|admit|bother|interrupt|break|disappoint))\b.*",
    re.IGNORECASE,
)
_NO_THING_ALONE = re.compile(
    r"(?:the |a )?(?:big|huge|great|massive|keen|avid|real|total|more|much|most|one|same|old|own|all|thing"
    r"|first|good|best)",
    re.IGNORECASE,
)
_HAS_VERB = re.compile(
    r"\b(?:is|are|was|were|am|has|have|had|do|does|did|will|would|can|i|i'm|he|she|they|you)\b", re.IGNORECASE
)
_NO_GAME = re.compile(
    r"(?:an? (?:\w+ )?(?:role|part|joke|trick)|dead|dumb|along|fair|games?|music|with|by|around)\b.*",
    re.IGNORECASE,
)
_NO_JOB = re.compile(
    r"^(?:terrible|bad|lousy|horrible|natural|born|great|big|better|good|huge|not|no|never|the|my|your"
    r"|fellow|\d{1,3}|like|by|ex|former)\b",
    re.IGNORECASE,
)
_TRAINED = re.compile(
    r"^(?:(?:trained|qualified|certified|licensed|professional|proud|humble)\s+)+", re.IGNORECASE
)
_TITLED = re.compile(r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sir|Lady|Lord|Captain|Professor|Doctor)\b\.?")
_NAME_WORD = r"(?:[A-Z][\w'-]*\w|[A-Z]\.?)"
_PARTICLES = r"(?:(?:van|von|de|da|del|la|bin|al)\s+)*"
_NAME = re.compile(
    rf"(?:(?:Dr|Mr|Mrs|Ms|Prof)\.?\s+)?{_NAME_WORD}(?:\s+{_PARTICLES}{_NAME_WORD}){{0,3}}(?<!'s)"
)
_PLURALS = {"mice": "mouse", "goldfish": "goldfish", "puppies": "puppy", "bunnies": "bunny", "ponies": "pony"}


def name(words: str, cased: bool) -> tuple[str, ...]:
    """One to four words with capitals; a text without any capitals may name by one word."""
    words = _name_only(_trim(words))
    if not cased:
        words = words.title() if re.fullmatch(r"[a-z][a-z'-]+", words) else ""
    never = word_list("english", "not_names") | word_list("english", "demonyms")
    is_name = _NAME.fullmatch(words) and never.isdisjoint(words.casefold().split())
    return (words,) if is_name else ()


def given_name(words: str, cased: bool) -> tuple[str, ...]:
    """A name that begins with a known first name, where other words could stand as well."""
    first = words.split()[0].casefold() if words.split() else ""
    return name(words, cased) if first in word_list("english", "given_names") else ()


def names(words: str, cased: bool) -> tuple[str, ...]:
    """Names in a list."""
    return tuple(value for part in _parts(words) for value in name(part, cased))


def place(words: str, cased: bool) -> tuple[str, ...]:
    """A proper name of a place, or "a village in …"; a kind of dwelling alone does not say where."""
    words = _trim(words)
    if dwelling := _DWELLING.fullmatch(words):
        return (words,) if cased and re.search(r"\s[A-Z]", dwelling["where"]) else ()
    if _PLACE.fullmatch(words):
        return (words,)
    words = _name_only(_IN_PLACE.sub("", words))
    never = word_list("english", "not_names") | word_list("english", "demonyms")
    if cased and words == "Reading":
        return (words,)  # the town; what one does is written small
    if cased:
        bare = _BEFORE_PLACE.sub("", words)
        return (words,) if re.match(r"[A-Z]", bare) and bare.casefold() not in never else ()
    never |= word_list("english", "not_places")
    is_bare_name = re.fullmatch(r"[a-z]{3,}(?: [a-z]{3,})?", words) and never.isdisjoint(words.split())
    return (words.title(),) if is_bare_name else ()


def workplace(words: str, cased: bool) -> tuple[str, ...]:
    """A proper name, or "a hospital in …"."""
    words = _name_only(_ON_A_TEAM.sub("", _trim(words)))
    bare = re.sub(r"^(?:the|an?)\s+", "", words)
    never = word_list("english", "not_names")
    is_named = cased and re.match(r"[A-Z]", bare) and bare.split()[0].casefold() not in never
    if _TITLED.match(bare) or bare.casefold() in word_list("english", "given_names"):
        return ()  # "I work for Anna": whom, but not where
    return (words,) if is_named or _WORKPLACE.fullmatch(words) else ()


def job(words: str, cased: bool) -> tuple[str, ...]:
    """What somebody is: only a known occupation, since "I'm a …" says much else."""
    words = _TRAINED.sub("", _without_article(_trim(words)))
    split = words.casefold().split()
    is_job = split and len(split) <= 4 and split[-1] in word_list("english", "jobs")
    return (words,) if is_job and not _NO_JOB.search(words) and not _HAS_VERB.search(words) else ()


def any_job(words: str, cased: bool) -> tuple[str, ...]:
    """What somebody works as, in their own words."""
    words = _without_article(_trim(words))
    return (words,) if words and len(words.split()) <= 4 and not _NO_THING.fullmatch(words) else ()


def things(words: str, cased: bool) -> tuple[str, ...]:
    """What is liked or feared: a list, cut where a new clause begins."""
    found = []
    for part in _parts(words):
        value = _trim(_LESS.sub("", part))
        too_much = len(value.split()) > MAX_WORDS
        is_empty = not value or _NO_THING_ALONE.fullmatch(value)
        if is_empty or too_much or _NO_THING.fullmatch(value) or _HAS_VERB.search(value):
            break
        found.append(value)
    return tuple(found)


def games(words: str, cased: bool) -> tuple[str, ...]:
    """What is played: an instrument, a sport, a game."""
    whole = (value for value in things(words, cased) if not _NO_GAME.fullmatch(value))
    played = (re.split(r"\s+(?:in|on|at|with|for)\s", value)[0] for value in whole)
    return tuple(re.sub(r"^(?:the|some)\s+", "", value) for value in played)


def languages(words: str, cased: bool) -> tuple[str, ...]:
    """Known languages in a list; the adverbs around them do not matter."""
    found = []
    for part in _parts(words):
        known = [word for word in part.split() if word.casefold() in word_list("english", "languages")]
        if not known:
            break
        found.append(known[0].title())
    return tuple(found)


def nationality(words: str, cased: bool) -> tuple[str, ...]:
    """A demonym."""
    words = _trim(words)
    return (words.title(),) if words.casefold() in word_list("english", "demonyms") else ()


def animals(words: str, cased: bool) -> tuple[str, ...]:
    """Pets without names: "a cat", "two dogs"."""
    return (_trim(words),)


def singular(kind: str) -> str:
    """One of a kind of pet."""
    kind = kind.lower()
    return _PLURALS.get(kind, kind.removesuffix("s"))


def _parts(words: str) -> list[str]:
    return [part for part in _JOIN.split(words.strip()) if part]


def _trim(words: str) -> str:
    """Without the adverbs and marks that close a clause."""
    words = words.strip(" .!?…,;:-*_~()")
    while (shorter := _CLOSING.sub("", words).strip(" ,")) != words:
        words = shorter
    return words


def _name_only(words: str) -> str:
    """A proper name without what follows it in small letters; other words as they are."""
    cut = _MORE_THAN_A_NAME.fullmatch(words)
    return _trim(cut[1]) if cut else words


def _without_article(words: str) -> str:
    return re.sub(r"^(?:an?|the)\s+", "", words, flags=re.IGNORECASE)


def age(words: str, cased: bool) -> tuple[str, ...]:
    """Years, 3 to 120, in digits or words."""
    years = read_number(words) or 0
    return (str(years),) if 3 <= years <= 120 else ()


def date(words: str, cased: bool) -> tuple[str, ...]:
    """ISO 8601 as far as it is known; a birthday without a year as ``--05-12``.

    >>> date("the 12th of May 1990", True), date("March 3rd", True), date("1990", True)
    (('1990-05-12',), ('--03-03',), ('1990',))
    """
    is_date = re.match(rf"(?:the )?(?:\d|(?:{MONTH})\b)", words.strip(), re.IGNORECASE)
    year, month, day = read_date(words)
    if not is_date or not (year or day) or (day or 0) > 31:
        return ()
    return ("-".join([str(year or "-"), *(f"{part:02}" for part in (month, day) if part)]),)


_READERS: tuple[Reader, ...] = (
    name, given_name, names, place, workplace, job, any_job, things, games, languages, nationality, animals,
    age, date,
)  # fmt: skip


@cache
def english() -> Grammar:
    """How English speaks of oneself."""
    return load_grammar("english", {each.__name__: each for each in _READERS}, read_kind=singular)
