"""What a draft says of the character's family: relatives who are none, and an only child with a sister."""

from __future__ import annotations

import re

from roleagent.critics.premises_kin import of_ties
from roleagent.critics.premises_known import Known
from roleagent.critics.text import is_asserted, is_question, without_quotations
from roleagent.language.tokens import words
from roleagent.protocols import Scene
from roleagent.types import Fact

_MINE = re.compile(r"\bmy\b|我(?=的|家|[^，。？！]{0,3}(?:[爸妈父母哥弟姐妹儿女妻丈爷奶叔伯舅姑姨]))", re.I)
_ONLY_CHILD = re.compile(
    r"\bI(?:'m| am| was) (?:my parents' |an? |the |their )?only child\b|我是(?:家里的?)?独生", re.I
)
_BESIDES = frozenset(["your", "you", "is", "was", "who", "being", "the", "a", "an", "你", "是", "的"])
_SIBLINGS = ("sibling_of", "has_brother", "has_sister", "twin_of")


def misnamed_kin(sentence: str, scene: Scene) -> Fact | None:
    """The fact that a sentence goes against, if it claims a relative whom the graph knows as another.

    "My mother, Mrs Hudson" is wrong where the graph knows her as the landlady. Somebody whom no fact ties to
    the character may be anything, and what the persona's own texts say in the same words is right.

    Args:
        sentence: of a draft, plain.
        scene: the persona and its graph.
    """
    if is_question(sentence):
        return None
    text = without_quotations(sentence)
    only = _ONLY_CHILD.search(text)
    if only and is_asserted(text, only.start()):
        sibling = next(
            (fact for name in _SIBLINGS for fact in scene.graph.values(scene.persona.node_id, name)), None
        )
        if sibling:
            return sibling
    mine = _MINE.search(text)
    if mine is None or not is_asserted(text, mine.start()):
        return None
    chinese = scene.persona.language.startswith("zh")
    known = Known(scene, scene.history)
    for doubt in of_ties(_MINE.sub("你" if chinese else "your", text), known):
        fact = next((scene.graph.facts[each] for each in doubt.evidence if each in scene.graph.facts), None)
        if fact and not _is_told(doubt.quote, fact, known):
            return fact
    return None


def _is_told(quote: str, fact: Fact, known: Known) -> bool:
    """Whether one of the persona's own sentences has the name and the word for the relative too."""
    ends = {fact.subject, fact.object} - {known.own_id}
    names = {name for end in ends for name in (known.graph.nodes[end].label, *known.graph.nodes[end].aliases)}
    kin = set(words(quote)) - {word for name in names for word in words(name)} - _BESIDES
    return bool(kin) and known.tells_both("|".join(map(re.escape, names)), "|".join(map(re.escape, kin)))
