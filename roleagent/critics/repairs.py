"""What the character may say in place of a sentence that contradicts a fact: the fact, in its own voice."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from roleagent.critics.agreement import gender_of
from roleagent.critics.text import compile_pattern, plain, read_table
from roleagent.graph.schema import fact_sentence, in_its_time
from roleagent.language.scripts import has_han
from roleagent.language.sentences import ends_sentence, split_sentences
from roleagent.language.tokens import words
from roleagent.persona.address import by_character, to_listener
from roleagent.protocols import Scene
from roleagent.types import Fact

_MOST_BESIDE, _MOST_BESIDE_UNSPACED = 3, 4  # words beside a claim, where replacing it loses nothing
_LONGEST_CLAIM, _LONGEST_CLAIM_UNSPACED = 14, 28  # words of a sentence that says one thing
_LONGEST = 200  # characters of a fact that still fits in a reply
_MARKS = re.compile(r"[\"“”「」『』*_`|#\n]|^\W*[-+•>]\s")  # speech, stage directions, markup
_CLAUSE = re.compile(r"[,;，；]")
_THEY = re.compile(r"\b(?:they|them|their|theirs|themselves)\b", re.I)  # whom one cannot tell from "we"
_FIRST_PERSON = re.compile(r"\b(?:I|me|my|mine|myself)\b|[我吾俺咱]")
_YEAR = re.compile(r"-?\d{1,4}(?=-|$)")
_NUMBER = re.compile(r"\d{1,3}")
_UNMARRIED = ("has_trait", "marital_status", "works_as")


def repaired(sentence: str, quote: str, fact: Fact, scene: Scene) -> str:
    """The fact as the character says it, to stand in place of a sentence.

    Args:
        sentence: of the draft, plain.
        quote: the words in it that contradict the fact.
        fact: what holds; the listener may know it, since the scene's graph is cut to what they may.
        scene: whose voice and language it is said in.

    Returns:
        One sentence with a full stop; empty if the sentence says more than the claim, which would be lost, or
        if the fact cannot be said well in the first person.
    """
    said = voiced(fact, scene) if says_little_more(sentence, quote) else ""
    return said if has_han(said) == has_han(sentence) else ""


def with_own_name(sentence: str, quote: str, scene: Scene) -> str:
    """The character saying its name, to stand in place of a sentence in which it takes another."""
    said = str(_table(scene)["is_called"]).format(value=scene.persona.name)
    is_fit = says_little_more(sentence, quote) and has_han(said) == has_han(sentence)
    return said if is_fit else ""


def says_little_more(sentence: str, quote: str) -> bool:
    """Whether a sentence says little beside the quoted words, so that nothing is lost with it.

    >>> says_little_more("Yes, sir, I live in Paris now.", "I live in Paris")
    True
    >>> quote = "I live in Paris, where I keep a dog that bites"
    >>> says_little_more(f"{quote}.", quote)
    False
    """
    before, found, after = sentence.partition(_CLAUSE.split(quote, maxsplit=1)[0])
    is_wide = has_han(quote)
    is_long = len(words(sentence)) > (_LONGEST_CLAIM_UNSPACED if is_wide else _LONGEST_CLAIM)
    if not found or is_long or _MARKS.search(sentence):
        return False
    rest = f"{_opening().sub('', before)} {_closing().sub('', after)}"
    return len(words(rest)) <= (_MOST_BESIDE_UNSPACED if is_wide else _MOST_BESIDE)


@cache
def _opening() -> re.Pattern[str]:
    first, _, third, _ = read_table("repairs")["beside"]["patterns"]
    return compile_pattern(f"{first}|{third}", {})


@cache
def _closing() -> re.Pattern[str]:
    _, second, _, fourth = read_table("repairs")["beside"]["patterns"]
    return compile_pattern(f"{second}|{fourth}", {})


def voiced(fact: Fact, scene: Scene) -> str:
    """A fact as one sentence of the character's, in its language; empty if it would not read well."""
    said = _own(fact, scene) if fact.subject == scene.persona.node_id else _told(fact, scene)
    if not said or len(said) > _LONGEST or len(split_sentences(said)) != 1 or "\n" in said:
        return ""
    if has_han(said) != scene.persona.language.startswith("zh"):
        return ""
    said = said[:1].upper() + said[1:]
    return said if ends_sentence(said) else said + ("。" if has_han(said) else ".")


def _own(fact: Fact, scene: Scene) -> str:
    """A fact about the character, in the first person."""
    form = _table(scene).get(fact.relation)
    if fact.relation == "is_called" or (form and _is_by_template(fact, scene)):
        value = _value(fact, scene)
        return str(form).format(value=value) if value and not fact.valid_to else ""
    said = by_character(in_its_time(fact), scene.persona).strip()
    is_own = _FIRST_PERSON.search(said) and not _THEY.search(said)
    return said if is_own and not _names_itself(said, scene) else ""


def _told(fact: Fact, scene: Scene) -> str:
    """A fact about somebody or something else; the user is "you"."""
    if fact.relation in _table(scene) and _is_by_template(fact, scene) and fact.relation != "married_to":
        return ""
    about = to_listener(in_its_time(fact), language=scene.persona.language)
    said = by_character(about, scene.persona).strip()
    return "" if _names_itself(said, scene) else said


def _value(fact: Fact, scene: Scene) -> str:
    """The object of a fact as the table's form takes it; empty if it does not fit there."""
    label = scene.graph.nodes[fact.object].label.strip()
    match fact.relation:
        case "born_on":
            year = _YEAR.match(label)
            return year.group() if year and not label.startswith("-") else ""
        case "aged":
            return label if _NUMBER.fullmatch(label) else ""
        case "has_gender":
            gender = gender_of(label)
            return str(_table(scene)["genders"][gender]) if gender else ""
        case relation if relation in _UNMARRIED:
            return label if is_unmarried(label) else ""
        case _:
            return label


_SINGLE = ("bachelor", "spinster", "unmarried", "never married", "celibate", "monk", "nun")
_SINGLE_ZH = ("单身", "未婚", "独身", "出家", "和尚")


def is_unmarried(label: str) -> bool:
    """Whether a word for what somebody is says that they have no spouse.

    >>> is_unmarried("a bachelor"), is_unmarried("出家人"), is_unmarried("baker")
    (True, True, False)
    """
    plain_label = label.casefold().removeprefix("a ")
    return plain_label in _SINGLE or any(word in plain_label for word in _SINGLE_ZH)


def _is_by_template(fact: Fact, scene: Scene) -> bool:
    """Whether a fact's sentence is what its relation's template makes, and nobody wrote it."""
    relation, nodes = scene.graph.relations.get(fact.relation), scene.graph.nodes
    if relation is None or fact.subject not in nodes or fact.object not in nodes:
        return False
    made = {
        fact_sentence(
            relation,
            subject_label=nodes[fact.subject].label,
            object_label=nodes[fact.object].label,
            language=language,
            valid_from=start,
            valid_to=end,
        )
        for language in (scene.persona.language, "en")
        for start, end in ((fact.valid_from, fact.valid_to), (None, None))
    }
    return fact.text in made


def _names_itself(said: str, scene: Scene) -> bool:
    """Whether the character speaks of itself by name."""
    return scene.persona.name.casefold() in plain(said).casefold()


def _table(scene: Scene) -> dict[str, Any]:  # Any: TOML
    table: dict[str, Any] = read_table("repairs")[
        "chinese" if scene.persona.language.startswith("zh") else "english"
    ]
    return table
