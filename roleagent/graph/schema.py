"""The vocabulary of every persona graph: node types, core relations, and the sentence that a fact makes.

A persona file may add relations of its own and teach the core ones another language.
"""

from __future__ import annotations

import re
from functools import lru_cache
from types import MappingProxyType

from roleagent.language.scripts import has_unspaced
from roleagent.types import Cardinality, Fact, Relation

LITERAL = "literal"

NODE_TYPES = (
    "person",
    "animal",
    "machine",
    "organisation",
    "place",
    "artifact",
    "work",
    "event",
    "occupation",
    "skill",
    "topic",
    "trait",
    "value",
    "belief",
    "goal",
    "emotion",
    "speech_style",
    "utterance",
    "routine",
    "role",
    LITERAL,
)

_BEING = ("person", "animal", "machine")
_AGENT = (*_BEING, "organisation")
_SOURCE = (
    "event",
    "person",
    "machine",
    "work",
    "artifact",
    "belief",
    "trait",
    "goal",
    "emotion",
    "skill",
    "organisation",
)
_PLACED = (*_BEING, "place", "organisation", "artifact", "event", "work")
_WHERE = ("place", "organisation", "event", "artifact")

_Row = tuple[str, str, str, tuple[str, ...], tuple[str, ...]]


def _big_five(name: str, english: str, chinese: str) -> _Row:
    """A trait of the five-factor model; its value is a number, a level or a sentence."""
    texts = f"{{subject}}'s {english}: {{object}}", f"{{subject}}的{chinese}：{{object}}"
    return f"has_{name}", *texts, _BEING, (LITERAL,)


# name, English, Chinese, types of the subject, types of the object; an empty tuple means any type.
# The words stand between the two ends; where they don't, the whole template is given.
_FUNCTIONAL: tuple[_Row, ...] = (
    ("is_called", "is called", "名叫", (), (LITERAL,)),
    ("born_on", "was born on", "出生于", _BEING, (LITERAL,)),
    ("born_in", "was born in", "出生在", _BEING, ("place",)),
    ("died_on", "died on", "逝世于", _BEING, (LITERAL,)),
    ("died_in", "died in", "死于", _BEING, ("place", "event")),
    ("lives_in", "lives in", "住在", _BEING, ("place", "organisation")),
    ("comes_from", "comes from", "来自", _BEING, ("place", "organisation")),
    ("aged", "is aged", "的年龄是", (), (LITERAL,)),
    ("has_gender", "has the gender", "的性别是", _BEING, (LITERAL, "trait")),
    ("has_mother", "has the mother", "的母亲是", _BEING, _BEING),
    ("has_father", "has the father", "的父亲是", _BEING, _BEING),
    ("married_to", "is married to", "的配偶是", _BEING, _BEING),
    ("is_at", "is now in", "现在在", _PLACED, _WHERE),
    ("feels", "now feels", "现在感到", _BEING, ("emotion", LITERAL)),
    _big_five("openness", "openness to experience", "开放性"),
    _big_five("conscientiousness", "conscientiousness", "尽责性"),
    _big_five("extraversion", "extraversion", "外向性"),
    _big_five("agreeableness", "agreeableness", "宜人性"),
    _big_five("neuroticism", "neuroticism", "神经质"),
)
_MULTI_VALUED: tuple[_Row, ...] = (
    ("works_as", "works as", "的职业是", _BEING, ("occupation", "skill", "topic")),
    ("works_at", "works at", "就职于", _BEING, ("organisation", "place")),
    ("likes", "likes", "喜欢", _AGENT, ()),
    ("dislikes", "dislikes", "不喜欢", _AGENT, ()),
    ("knows", "knows", "认识", _AGENT, ()),
    ("friend_of", "is a friend of", "的朋友是", _AGENT, _AGENT),
    ("enemy_of", "is an enemy of", "的敌人是", _AGENT, _AGENT),
    ("sibling_of", "is a sibling of", "的兄弟姐妹是", _BEING, _BEING),
    ("parent_of", "is a parent of", "的子女是", _BEING, _BEING),
    ("child_of", "is a child of", "的父母是", _BEING, _BEING),
    ("student_of", "is a student of", "师从", _AGENT, ()),
    ("teacher_of", "is a teacher of", "的学生是", (), _AGENT),
    ("serves", "serves", "效力于", _AGENT, ()),
    ("owns", "owns", "拥有", _AGENT, ()),
    ("has_pet", "has the pet", "养的宠物是", ("person",), ("animal",)),
    ("plays", "plays", "会玩", _BEING, ()),
    ("skilled_in", "is skilled in", "擅长", _AGENT, ()),
    ("has_trait", "has the trait", "的特点是", (), ("trait",)),
    ("has_value", "values", "看重", _AGENT, ("value", "trait", "topic")),
    ("wants", "wants", "想要", _AGENT, ()),
    ("believes", "believes", "相信", _AGENT, ()),
    ("fears", "fears", "害怕", _AGENT, ()),
    ("has_goal", "has the goal", "的目标是", _AGENT, ("goal",)),
    ("has_role", "has the role", "的角色是", _AGENT, ("role", "occupation")),
    ("has_routine", "has the routine", "的习惯是", _BEING, ("routine",)),
    ("talks_in", "talks in this way:", "说话的方式是", _BEING, ("speech_style",)),
    ("often_says", "often says", "常说", _BEING, ("utterance",)),
    ("studied", "studied", "学过", _BEING, ()),
    ("studied_at", "studied at", "就读于", _BEING, ("organisation", "place")),
    ("speaks", "speaks", "会说", _BEING, ()),
    ("member_of", "is a member of", "{subject}是{object}的成员", _AGENT, ("organisation", "event", "topic")),
    ("located_in", "is in", "位于", _PLACED, _WHERE),
    ("part_of", "is part of", "属于", (), ()),
    ("uses", "uses", "使用", _AGENT, ()),
    ("wears", "wears", "穿戴", _BEING, ()),
    ("caused", "caused", "导致了", _SOURCE, ()),
    ("opposed_to", "is opposed to", "反对", (), ()),
    ("about", "is about", "讲的是", (), ()),
    ("nationality", "has the nationality", "的国籍是", (), ("place", "organisation")),
)
_APPEND_ONLY: tuple[_Row, ...] = (
    ("took_part_in", "took part in", "参与了", (), ("event", "organisation", "work", "topic")),
    ("visited", "visited", "到过", _AGENT, ()),
    ("wrote", "wrote", "写了", _AGENT, ()),
    ("made", "made", "制作了", _AGENT, ()),
    ("met", "met", "遇见了", _AGENT, _AGENT),
    ("solved", "solved", "解决了", _AGENT, ()),
    ("won", "won", "赢得了", _AGENT, ()),
    ("happened_in", "happened in", "发生在", (), ()),
    ("happened_on", "happened on", "发生于", (), (LITERAL,)),
)

_SYMMETRIC = frozenset({"married_to", "friend_of", "enemy_of", "sibling_of", "met"})
_INVERSE = {
    "parent_of": "child_of",
    "child_of": "parent_of",
    "student_of": "teacher_of",
    "teacher_of": "student_of",
}

# The value of these is a date.
DATE_RELATIONS = frozenset({"born_on", "died_on", "happened_on"})


def _relation(row: _Row, cardinality: Cardinality) -> Relation:
    name, english, chinese, domain, range_ = row
    return Relation(
        name=name,
        text={
            "en": english if "{" in english else f"{{subject}} {english} {{object}}",
            "zh": chinese if "{" in chinese else f"{{subject}}{chinese}{{object}}",
        },
        cardinality=cardinality,
        domain=domain,
        range=range_,
        inverse=_INVERSE.get(name),
        symmetric=name in _SYMMETRIC,
    )


CORE_RELATIONS = MappingProxyType(
    {row[0]: _relation(row, "functional") for row in _FUNCTIONAL}
    | {row[0]: _relation(row, "multi-valued") for row in _MULTI_VALUED}
    | {row[0]: _relation(row, "append-only") for row in _APPEND_ONLY}
)


_SLOT = re.compile(r"\{(subject|object)\}")
_ENDS = (".", "!", "?", "…", "。", "！", "？")
_WIDE = frozenset({"zh", "ja"})  # languages with full-width marks


def fact_sentence(
    relation: Relation,
    *,
    subject_label: str,
    object_label: str,
    language: str = "en",
    valid_from: str | None = None,
    valid_to: str | None = None,
) -> str:
    """Say a fact in a language, with the labels of its ends and the time it held.

    A language that the relation has no template for falls back on English, then on any.

    >>> lives_in = Relation(name="lives_in", text={"en": "{subject} lives in {object}"})
    >>> fact_sentence(lives_in, subject_label="Holmes", object_label="London", valid_from="1881")
    'Holmes lives in London (since 1881).'
    """
    wanted = (language, language.split("-")[0], "en", *relation.text)
    spoken = next(code for code in wanted if code in relation.text)
    parts = list(_parts(relation.text[spoken]))
    for place in range(1, len(parts), 2):
        parts[place] = subject_label if parts[place] == "subject" else object_label
    words = "".join(parts)
    words = words[:1].upper() + words[1:]
    when = _when(relation, spoken in _WIDE, valid_from, valid_to)
    if when:
        words = words.rstrip("".join(_ENDS)) + when
    elif words.endswith(_ENDS):
        return words
    return words + ("。" if spoken in _WIDE else ".")


def in_its_time(fact: Fact) -> str:
    """A fact's sentence; if it is over and the sentence does not say until when, with the time in brackets.

    >>> home = Fact(id="h", subject="ada", relation="lives_in", object="riga", text="Ada lives in Riga.",
    ...             valid_to="1879")
    >>> in_its_time(home)
    'Ada lives in Riga (until 1879).'
    """
    if not fact.valid_to or _names(fact.valid_to, fact.text):
        return fact.text
    is_wide = has_unspaced(fact.text)
    start = _in_words(fact.valid_from, is_wide) if fact.valid_from else None
    words = fact.text.rstrip("".join(_ENDS))
    mark = fact.text[len(words) :][:1] or ("。" if is_wide else ".")
    return words + _span(is_wide, start, _in_words(fact.valid_to, is_wide)) + mark


def _names(date: str, text: str) -> bool:
    """Whether a text has the year of a date, which a number of one or two digits does not show."""
    year = date.removeprefix("-").partition("-")[0].lstrip("0")
    return len(year) > 2 and re.search(rf"(?<!\d){year}(?!\d)", text) is not None


def _in_words(date: str, is_wide: bool) -> str:
    """A date as one reads it: ``-0469`` as "469 BC", others as they are, without zeros at the front."""
    year, _, rest = date.removeprefix("-").partition("-")
    plain = f"{year.lstrip('0') or '0'}{'-' if rest else ''}{rest}"
    if date.startswith("-"):
        return f"公元前{plain}" if is_wide else f"{plain} BC"
    return plain


@lru_cache(maxsize=1_000)
def _parts(template: str) -> tuple[str, ...]:
    """A template's words and, at every second place, the names of its slots."""
    return tuple(_SLOT.split(template))


def _when(relation: Relation, is_wide: bool, valid_from: str | None, valid_to: str | None) -> str:
    """The time in brackets; an event is at its date, anything else since then."""
    is_event = relation.cardinality == "append-only"
    return _span(is_wide, valid_from, valid_to, is_moment=is_event)


def _span(is_wide: bool, valid_from: str | None, valid_to: str | None, *, is_moment: bool = False) -> str:
    """From when to when, in brackets; empty if neither is known."""
    if valid_from and valid_to:
        words = f"{valid_from}至{valid_to}" if is_wide else f"{valid_from} to {valid_to}"
    elif valid_from and is_moment:
        words = valid_from
    elif valid_from:
        words = f"自{valid_from}" if is_wide else f"since {valid_from}"
    elif valid_to:
        words = f"至{valid_to}" if is_wide else f"until {valid_to}"
    else:
        return ""
    return f"（{words}）" if is_wide else f" ({words})"
