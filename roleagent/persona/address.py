"""Facts as one would say them to the character: "Ada lives in Ashford" becomes "You live in Ashford"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from roleagent.graph.cache import LastUsed
from roleagent.graph.graph import PersonaGraph
from roleagent.persona.persona import Persona
from roleagent.persona.pronouns import pronouns_of
from roleagent.types import Node

_TITLE = r"(?:\b(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|lady|captain)\.? +)?"
_OPENS_CLAUSE = re.compile(
    r"(?:[;:,]|\b(?:and|that|which|whom|where|when|before|after|since|but|because|friend|time|only))$", re.I
)
_ADVERBS = (
    "also|always|never|often|still|once|now|long|only|sometimes|then|first|later|already"
    "|even|just|seldom|not|very|soon|twice|[a-z]+ly"  # no verb in the third person ends in -ly
)
_LEAD = rf" (?:(?:{_ADVERBS}) ){{0,2}}"
_PAST = (
    "had|did|could|would|should|might|must|may|will|can|went|came|became|met|saw|knew|lost|won|found|wrote|bought"
    "|kept|made|took|held|led|began|ran|fell|built|taught|told|gave|got|spent|sold|thought|drew|grew|spoke|sang"
    "|heard|sent|stood|chose|rose|wore|brought|caught|fought|sought|slept|drove|rode|threw|flew|broke|hid|swore"
)
_FINITE = re.compile(rf".+(?:s|ed)|{_PAST}")
_PREPOSITION = re.compile(
    r"\b(?:to|of|with|than|for|by|from|on|at|in|near|after|before|like|as|about|against|under|over|told|gave|made"
    r"|introduced|met|taught|saw|knew|helped|asked|sent|loved|hated)$",
    re.I,
)
_PROPER = (
    r"(?:(?:the|my|his|her|their|old|young) (?:[a-z-]+ ){0,2}?)?"
    r"[A-Z][\w-]*\.?(?: (?:(?:of|de|van|von) )?[A-Z][\w-]*)*"
)
_COMMON = (
    r"(?:the|an?|my|his|her|their) (?:[a-z-]+ )?[a-z-]+"
    rf"(?=[.,;:!?]|$| (?:both|were|are|have|do|[a-z]+ed|{_PAST})\b)"
)
_AND_OTHERS = re.compile(
    rf"(?P<more>(?:, {_PROPER})*),? and (?P<last>{_COMMON}|{_PROPER}(?P<possessive>['’]s?(?!\w))?)"
)
_AND = re.compile(r"\b[A-Z][\w.'’-]* and$")
_NO_VERB = re.compile(
    "in|on|at|with|for|to|from|by|of|as|into|over|under|after|before|near|against|about|than|yesterday|today|there"
    "|here|who|whom|which|that|whose|when|where|while|because|if|the|a|an|his|her|their|its|my|your|together|too"
)
_NO_NOUN = re.compile(rf"\s*(?:[.,;:!?]|$)|\s+(?:{_NO_VERB.pattern}|and|or|but)\b")
_VERB = re.compile(rf"(?P<lead>{_LEAD})(?P<verb>[a-z']+)\b")
_FIRST_CJK = 0x2E80
_NEAR = 200  # characters before a name that say what it does in its clause
_KEEPS_ITS_S = ("ss", "us", "is")
_NAMES_SOMEBODY = re.compile(r"\bnames?\b|\b(?:call|nickname)s?(?:ed)?\b|名叫|名字|法名|混名|[叫称尊]")
_ABOUT_USER = re.compile(r"\bthe user(?P<possessive>['’]s)?(?!\w)", re.IGNORECASE)
_ABOUT_USER_ZH = re.compile("用户")


def to_character(text: str, persona: Persona) -> str:
    """A sentence in which the character is "you".

    Names of others that hold the character's ("Mycroft Holmes") stay as they are, and so does a sentence that
    tells its name.

    >>> from roleagent.graph.graph import PersonaGraph
    >>> ada = Node(id="ada", type="person", label="Ada Lark", aliases=("Ada",))
    >>> graph = PersonaGraph(nodes=[ada], facts=(), relations={})
    >>> persona = Persona(id="ada", name="Ada Lark", summary="", node_id="ada", graph=graph)
    >>> to_character("Ada Lark works as a baker. Tom is Ada's uncle.", persona)
    'You work as a baker. Tom is your uncle.'
    """
    return _told(text, persona, _SECOND)


def by_character(text: str, persona: Persona) -> str:
    """The same sentence as the character would say it.

    >>> from roleagent.graph.graph import PersonaGraph
    >>> ada = Node(id="ada", type="person", label="Ada Lark", aliases=("Ada",))
    >>> graph = PersonaGraph(nodes=[ada], facts=(), relations={})
    >>> persona = Persona(id="ada", name="Ada Lark", summary="", node_id="ada", graph=graph)
    >>> by_character("Ada Lark is a baker. Tom is Ada's uncle and taught Ada.", persona)
    'I am a baker. Tom is my uncle and taught me.'
    """
    return _told(text, persona, _FIRST)


def with_you(graph: PersonaGraph, character: str, beside: Iterable[str]) -> Callable[[str], str]:
    """A function that only replaces the character's names by "you", whatever the verbs, to compare meanings.

    Names of others that contain one of them ("Mycroft Holmes") stay as they are.

    Args:
        graph: where the names come from.
        character: the node of the character who is spoken to.
        beside: nodes whose names may contain the character's.

    >>> people = [Node(id="ada", type="person", label="Ada Lark", aliases=("Ada",)),
    ...           Node(id="tom", type="person", label="Tom Lark")]
    >>> as_you = with_you(PersonaGraph(nodes=people, facts=(), relations={}), "ada", ["tom"])
    >>> as_you("Good day, Miss Lark. Ada is Tom Lark's aunt; Ada Lark's cat likes Ada.")
    "Good day, Miss Lark. you is Tom Lark's aunt; your cat likes you."
    """
    own = _names(graph.nodes.get(character))
    if not own:
        return lambda text: text
    nodes = (graph.nodes[node_id] for node_id in beside if node_id in graph.nodes)
    pattern, mine = _finder(own, _longer_names(nodes, own))

    def you(found: re.Match[str]) -> str:
        if found["name"].casefold() not in mine:
            return found.group()
        if ord(found["name"][-1]) >= _FIRST_CJK:
            return _SECOND.chinese
        return _SECOND.possessive if found["possessive"] else _SECOND.object

    return lambda text: pattern.sub(you, text)


def to_listener(text: str, *, language: str = "en") -> str:
    """A sentence about the user, said to them.

    >>> to_listener("The user is called Ann."), to_listener("The user's dog is Rex.")
    ('You are called Ann.', 'Your dog is Rex.')
    """
    if language.startswith("zh"):
        return _ABOUT_USER_ZH.sub("你", text)

    def you(found: re.Match[str]) -> str:
        word = "your" if found["possessive"] else "you"
        return word.capitalize() if found.start() == 0 else word

    told = _ABOUT_USER.sub(you, text)
    return re.sub(
        rf"(?P<lead>\b[Yy]ou{_LEAD})(?P<verb>[a-z']+)\b",
        lambda found: found["lead"] + _agreeing(found["verb"], _SECOND),
        told,
        count=1,
    )


class _Person(NamedTuple):
    """A grammatical person: how the character is called in it."""

    subject: str
    object: str
    possessive: str
    alone: str  # the possessive without a noun
    itself: str
    chinese: str
    verbs: Mapping[str, str]


_SECOND = _Person(
    *("you", "you", "your", "yours", "yourself", "你"),
    {"is": "are", "was": "were", "isn't": "aren't", "wasn't": "weren't"},
)
_FIRST = _Person("I", "me", "my", "mine", "myself", "我", {"is": "am", "isn't": "am not"})
_BOTH = {"has": "have", "does": "do", "doesn't": "don't", "hasn't": "haven't"}


def _told(text: str, persona: Persona, person: _Person) -> str:
    own = _names(persona.graph.nodes.get(persona.node_id), persona.name)
    if _NAMES_SOMEBODY.search(text) and any(name in text for name in own):
        return text
    pattern, mine = _finder_of(persona.graph, own)
    text = _with_own_pronouns(text, persona, person)
    if person is _FIRST:
        text = _with_others_first(text, pattern, mine)
    pieces, end = list[str](), 0
    for found in pattern.finditer(text):
        if found["name"].casefold() not in mine:
            continue
        before = text[max(0, found.start() - _NEAR) : found.start()].rstrip()
        pieces.append(text[end : found.start()])
        end = found.end()
        if ord(found["name"][-1]) >= _FIRST_CJK:
            pieces.append(person.chinese)
            continue
        starts = not before or before[-1] in ".!?"
        follows = _VERB.match(text, end)
        if follows and _AND.search(before) and _NO_VERB.fullmatch(follows["verb"]):
            follows = None
        if found["possessive"] is not None:
            word = person.possessive
        elif follows and (starts or _OPENS_CLAUSE.search(before) or _is_subject(before, follows["verb"])):
            word = person.subject
            pieces.append(word[:1].upper() + word[1:] if starts else word)
            pieces.append(follows["lead"] + _agreeing(follows["verb"], person))
            end = follows.end()
            continue
        else:
            word = person.subject if starts else person.object
        pieces.append(word[:1].upper() + word[1:] if starts else word)
    return "".join((*pieces, text[end:]))


def _with_own_pronouns(text: str, persona: Persona, person: _Person) -> str:
    """A text in which "he" or "she" is "I" or "you" where it means the character for certain."""
    pieces, end = list[str](), 0
    for found in pronouns_of(text, persona.graph, persona.node_id):
        word = _own_pronoun(found, text, person)
        pieces.append(text[end : found.start()])
        end = found.end()
        pieces.append(word[:1].upper() + word[1:] if found.group()[0].isupper() else word)
        is_subject = found.group().casefold() in ("he", "she")
        if is_subject and (follows := _VERB.match(text, end)):
            pieces.append(follows["lead"] + _agreeing(follows["verb"], person))
            end = follows.end()
    return "".join((*pieces, text[end:]))


def _own_pronoun(found: re.Match[str], text: str, person: _Person) -> str:
    """What stands in place of a pronoun that means the character."""
    word, stands_alone = found.group().casefold(), _NO_NOUN.match(text, found.end())
    if word == "her":
        return person.object if stands_alone else person.possessive
    if word == "his":
        return person.alone if stands_alone else person.possessive
    others = {"he": person.subject, "she": person.subject, "him": person.object, "hers": person.alone}
    return others.get(word, person.itself)


def _with_others_first(text: str, pattern: re.Pattern[str], mine: frozenset[str]) -> str:
    """A text in which the character names itself last: "Watson and I" for "Holmes and Watson"."""
    pieces, end = list[str](), 0
    for found in pattern.finditer(text):
        others = None if found["possessive"] is not None else _AND_OTHERS.match(text, found.end())
        if found["name"].casefold() not in mine or others is None or found.start() < end:
            continue
        follows = _VERB.match(text, others.end())
        if follows and not others["possessive"] and _is_singular(follows["verb"]):
            continue  # "Tom admires Ada and Ben avoids her."
        before = text[max(0, found.start() - _NEAR) : found.start()].rstrip()
        starts = not before or before[-1] in ".!?"
        names = ", ".join(filter(None, (others["more"].removeprefix(", "), others["last"])))
        if others["possessive"]:
            own = _FIRST.possessive
        elif starts or _OPENS_CLAUSE.search(before) or (follows and _is_subject(before, follows["verb"])):
            own = _FIRST.subject
        else:
            own = _FIRST.object
        pieces.append(
            f"{text[end : found.start()]}{names[:1].upper() if starts else names[:1]}{names[1:]} and {own}"
        )
        end = others.end()
    return "".join((*pieces, text[end:]))


def _is_singular(verb: str) -> bool:
    """Whether a verb has one subject, in the third person."""
    return verb in ("is", "was") or (verb.endswith("s") and not verb.endswith(_KEEPS_ITS_S))


def of_listener(text: str, name: str, *, language: str = "en") -> str:
    """A sentence about the user with their name in it, or with "your visitor" as long as none is known.

    >>> of_listener("The user's dog is called Rex.", "Ann"), of_listener("The user lives in Oslo.", "")
    ("Ann's dog is called Rex.", 'Your visitor lives in Oslo.')
    """
    if language.startswith("zh"):
        return _ABOUT_USER_ZH.sub(lambda _: name or "对方", text)

    def named(found: re.Match[str]) -> str:
        starts = found.start() == 0
        who = name or ("Your visitor" if starts else "your visitor")
        return who + (found["possessive"] or "")

    return _ABOUT_USER.sub(named, text)


def _is_subject(before: str, verb: str) -> bool:
    """Whether a name inside of a clause does what the next word says: "whose nose Ada prefers"."""
    return _FINITE.fullmatch(verb) is not None and not _PREPOSITION.search(before)


def _agreeing(verb: str, person: _Person) -> str:
    """A verb in the third person, in another one.

    >>> [_agreeing(verb, _SECOND) for verb in ("has", "lives", "teaches", "carries", "was", "met", "guess")]
    ['have', 'live', 'teach', 'carry', 'were', 'met', 'guess']
    """
    known = {**_BOTH, **person.verbs}
    if verb in known or verb == "was":
        return known.get(verb, verb)
    if verb.endswith("ies") and len(verb) > 4:
        return verb[:-3] + "y"
    if verb.endswith(("ches", "shes", "sses", "xes", "zzes", "oes")):
        return verb[:-2]
    return verb if not verb.endswith("s") or verb.endswith(_KEEPS_ITS_S) else verb[:-1]


def _names(node: Node | None, name: str = "") -> tuple[str, ...]:
    names = (name, *((node.label, *node.aliases) if node else ()))
    return tuple(dict.fromkeys(each for each in names if each.strip()))


def _longer_names(nodes: Iterable[Node], own: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        name
        for node in nodes
        for name in (node.label, *node.aliases)
        if name not in own and any(mine.casefold() in name.casefold() for mine in own)
    )


_FINDERS = LastUsed(16)


def _finder_of(graph: PersonaGraph, own: tuple[str, ...]) -> tuple[re.Pattern[str], frozenset[str]]:
    """The pattern that finds the character's names, and others of the graph that hold one; made once."""
    found: tuple[re.Pattern[str], frozenset[str]]
    _, found = _FINDERS.get(
        (id(graph), own), lambda: (graph, _finder(own, _longer_names(graph.nodes.values(), own)))
    )
    return found


def _finder(own: tuple[str, ...], others: tuple[str, ...]) -> tuple[re.Pattern[str], frozenset[str]]:
    names = sorted({*own, *others}, key=len, reverse=True)
    pattern = rf"{_TITLE}(?P<name>{'|'.join(map(_as_whole, names))})(?P<possessive>['’]s?(?!\w))?"
    return re.compile(pattern, re.IGNORECASE), frozenset(name.casefold() for name in own)


def _as_whole(name: str) -> str:
    """A name as a pattern: whole words where words are set apart by spaces."""
    before = r"\b" if name[0].isalnum() and ord(name[0]) < _FIRST_CJK else ""
    after = r"\b" if name[-1].isalnum() and ord(name[-1]) < _FIRST_CJK else ""
    return f"{before}{re.escape(name)}{after}"
