"""What a draft says of the character's family: relatives who are none, and an only child with a brother."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from roleagent.critics.premises_kin import kin_called
from roleagent.critics.premises_known import Known, pattern_of
from roleagent.critics.text import is_asserted, is_question, read_table, without_quotations
from roleagent.protocols import Scene
from roleagent.types import Fact

_ONLY_CHILD = re.compile(
    r"\bI(?:'m| am| was) (?:my parents' |an? |the |their )?only child\b(?! no (?:longer|more))"
    r"|我是(?:家里的?)?独生",
    re.I,
)
_OWN_KIN = re.compile(
    r"\bI(?:'m| am) my (?:own )?(?:brother|sister|mother|father|husband|wife|son|daughter|uncle|aunt)\b"
    r"(?!['’-])|我(?:就)?是我的?(?:哥哥|弟弟|姐姐|妹妹|父亲|母亲|爸爸|妈妈|儿子|女儿|妻子|丈夫)(?!的)"
)
_SIBLINGS = ("sibling_of", "has_brother", "has_sister", "twin_of")
_KIN = frozenset(
    (
        "sibling_of", "twin_of", "has_brother", "has_sister", "married_to", "engaged_to",
        "parent_of", "child_of", "has_child", "has_son", "has_daughter", "has_mother", "has_father",
        "related_to", "step_parent_of", "godparent_of", "niece_of", "nephew_of", "aunt_of",
        "uncle_of", "cousin_of", "grandparent_of", "grandchild_of", "sworn_brother_of",
        "divorced_from",
    )
)  # fmt: skip
"""Relations between relatives: whom one of them joins may be a relative of another kind too."""


def own_kin(sentence: str) -> str:
    """The words in which somebody is taken for their own relative; empty if there are none.

    >>> own_kin("Yes, I am my brother, Mycroft."), own_kin("I am my brother's keeper.")
    ('I am my brother', '')
    """
    found = _OWN_KIN.search(sentence)
    return found.group() if found else ""


def misnamed_kin(sentence: str, scene: Scene) -> Fact | None:
    """The fact that a sentence goes against, if it claims a relative whom the graph knows as another.

    "My mother is Mrs Hudson" is wrong where the graph knows her as the landlady. Only plain forms count, and
    the nearest kin: in "my brother, Watson tells me, is late" nobody is called a brother. Somebody whom no
    fact ties to the character may be anything, and what the persona's own texts say in the same words is
    right.

    Args:
        sentence: of a draft, plain.
        scene: the persona and its graph.
    """
    if is_question(sentence):
        return None
    text = without_quotations(sentence)
    only = _ONLY_CHILD.search(text)
    if only and is_asserted(text, only.start()):
        siblings = (fact for name in _SIBLINGS for fact in scene.graph.values(scene.persona.node_id, name))
        return next(siblings, None)
    known = Known(scene, scene.history)
    table: Mapping[str, Any] = read_table("kin_claims")[known.language]  # Any: TOML
    for pattern in table["patterns"]:
        for match in pattern_of(pattern).finditer(text):
            if not is_asserted(text, match.start()) or pattern_of(table["figurative"]).match(
                text, match.end()
            ):
                continue
            if fact := _another_tie(match["kin"], match["who"], known):
                return fact
    return None


def _another_tie(kin: str, who: str, known: Known) -> Fact | None:
    """A fact that ties somebody to the character as something else than such a relative."""
    named, relations = known.mentioned(who), kin_called(kin, known.language)
    if len(named) != 1 or named[0] == known.own_id or not relations or "related_to" in relations:
        return None
    ties = [
        fact
        for fact in known.graph.facts_of(known.own_id)
        if {fact.subject, fact.object} == {known.own_id, named[0]}
    ]
    if not ties or any(fact.valid_to is not None or _may_be(fact, relations, known) for fact in ties):
        return None
    return None if _is_told(kin, named[0], known) else ties[0]


def _may_be(fact: Fact, relations: frozenset[str], known: Known) -> bool:
    if fact.subject != known.own_id:  # "Ella is a child of hers": which way round is not read
        return fact.relation in _KIN
    return fact.relation in relations or fact.relation == "related_to"


def _is_told(kin: str, node_id: str, known: Known) -> bool:
    """Whether one of the persona's own sentences has the name and the word for the relative too."""
    node = known.graph.nodes[node_id]
    names = "|".join(map(re.escape, (node.label, *node.aliases)))
    owned = (
        rf"[你我他她]的?{kin}" if known.language == "chinese" else rf"\b(?:your|my|his|her) (?:\w+ )?{kin}\b"
    )
    return known.tells_both(names, owned)
