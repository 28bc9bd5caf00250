"""A persona's twin: the same character, with invented names for its people, animals, places and houses.

A model knows famous characters from its training (arXiv:2603.03915), so a right answer about Sherlock Holmes
need not come from his graph. What it answers right about his twin does.
"""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from roleagent.evaluation.telling import IN_MANY_NAMES
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import LITERAL
from roleagent.language.scripts import HAN, has_han
from roleagent.persona.persona import Persona, Rendering
from roleagent.types import Node

_NAMED_TYPES = frozenset({"person", "animal", "place", "organisation"})
_ALWAYS = frozenset({"person", "animal"})  # renamed even if the name is also a word, as in Jonathan Small
_NO_PROSE = """
id node_id language horizon chapters assets credits extensions node_types source graph renderings visibility
labels texts
"""
_NOT_TEXTS = frozenset(_NO_PROSE.split())
_ONSETS = "b br c d dr f g gr h j k l m n p r s st t th tr v w".split()  # noqa: SIM905 - shorter to read
_VOWELS = "a e i o u ea ai".split()  # noqa: SIM905 - shorter to read
_CODAS = "l lm n nd r rk rn s st t ck m sk".split()  # noqa: SIM905 - shorter to read
_CAPITALISED = re.compile(r"\b[A-ZÀ-Þ][^\W\d_]*(?:-[A-Z][^\W\d_]*)*")
_CHINESE_NAME = re.compile(f"[{HAN}]{{2,}}")
_CHINESE_TITLES = re.compile(
    "师父|师弟|祖师|菩萨|佛祖|大帝|太上|娘娘|公主|龙王|魔王|国王|女王|皇帝|大王|大圣|大仙|太子|童子|夫人|小姐|猴王"
    "|呆子|猴孙|猴子|小猴|群猴|女怪|白马|老怪|[老小大神精怪君王山洞国洲河海涧庄宫府观寺岭殿门东南西北天地]"
)
"""What says who or what somebody is, within a Chinese name: it stays."""
_CHINESE_CHARS = (
    "陆青岩柏霁远舟砚竹岚溪泽枫槐桐棠菱蔚澄朔谢温裴沈顾宁朗煦棣苓芷萱汐澜珩瑾琮琅玦钧铭镜锦帆棹楫荻荷蓼蘅"
    "杜韦崔薛卢邓曹袁彭潘范汪姚邹熊秦尹廖贺龚万段钱汤黎易常武乔赖龙文施樊兰殷陶翟颜倪严季"
)


def twin_of(persona: Persona, *, seed: int = 0) -> Persona:
    """The persona with other names in all that a prompt, a critic or a check can read.

    Ids of nodes and facts stay, so suites can name the same facts. Terms of the horizon stay, too.

    Args:
        persona: the original.
        seed: draws the names.
    """
    rng = random.Random(seed)  # noqa: S311  # no secret is made of it
    renamed = _Renamer(persona, rng)
    graph = persona.graph
    twin: Persona = renamed.value(persona)
    return dataclasses.replace(
        twin,
        id=f"{persona.id}_twin",
        graph=PersonaGraph(
            nodes=[renamed.value(node) for node in graph.nodes.values()],
            facts=[renamed.value(fact) for fact in graph.facts.values()],
            relations=graph.relations,
            history=[renamed.value(fact) for fact in graph.history],
        ),
        renderings=tuple(renamed.rendering(each) for each in persona.renderings),
        extensions=(),
    )


class _Renamer:
    """Replaces the names of one persona."""

    def __init__(self, persona: Persona, rng: random.Random) -> None:
        names = list(_names_of(persona))
        texts = "\n".join(_texts_in((persona, *persona.graph.nodes.values(), *persona.graph.facts.values())))
        common = set(re.findall(r"\b[a-zß-ÿ]+\b", texts))
        words = dict.fromkeys(
            word
            for kind, name in names
            for word in _CAPITALISED.findall(name)
            if word.casefold() not in IN_MANY_NAMES and (kind in _ALWAYS or word.casefold() not in common)
        )
        invented = _invented_words(rng, avoid={word.casefold() for word in (*words, *common)})
        self._words = {word: next(invented) for word in words}
        chinese = {part for _, name in names for part in _CHINESE_NAME.findall(name)}
        chars = dict.fromkeys(char for part in sorted(chinese) for char in _CHINESE_TITLES.sub("", part))
        pool = [char for char in _CHINESE_CHARS if char not in chars]
        self._chars = dict(zip(chars, rng.sample(pool, len(pool)) * 9, strict=False))
        by_length = sorted(chinese, key=lambda part: (-len(part), part))
        spelt = [*(rf"\b{re.escape(word)}\b" for word in words), *map(re.escape, by_length)]
        self._pattern = re.compile("|".join(spelt) or r"(?!)")

    def text(self, text: str) -> str:
        """A text with other names."""
        return self._pattern.sub(self._new_name, text)

    def _new_name(self, match: re.Match[str]) -> str:
        old = match.group()
        if not has_han(old):
            return self._words[old]
        kept = {at for title in _CHINESE_TITLES.finditer(old) for at in range(*title.span())}
        return "".join(char if at in kept else self._chars[char] for at, char in enumerate(old))

    def value(self, value: Any) -> Any:  # Any: a text, or values that hold some
        """A copy of a dataclass or tuple in which every text that a reader sees has other names."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, tuple):
            return tuple(self.value(each) for each in value)
        if not dataclasses.is_dataclass(value) or isinstance(value, type):
            return value
        changed = {field.name: self.value(getattr(value, field.name)) for field in _text_fields(value)}
        return dataclasses.replace(value, **changed)

    def rendering(self, rendering: Rendering) -> Rendering:
        """A rendering with other names; its labels and sentences are pairs with an id."""
        texts: Rendering = self.value(rendering)
        return dataclasses.replace(
            texts,
            labels=tuple((node_id, self.text(label)) for node_id, label in rendering.labels),
            texts=tuple((fact_id, self.text(text)) for fact_id, text in rendering.texts),
        )


def _text_fields(value: Any) -> list[Any]:  # Any: a dataclass, and its fields
    """The fields of a dataclass that hold prose: of nodes and facts, only those."""
    only = {"Node": ("label", "aliases", "description"), "Fact": ("text",)}.get(type(value).__name__)
    return [field for field in dataclasses.fields(value) if field.name in (only or {field.name} - _NOT_TEXTS)]


def _texts_in(value: Any) -> Iterator[str]:  # Any: as in `_Renamer.value`
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _texts_in(each)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in _text_fields(value):
            yield from _texts_in(getattr(value, field.name))


def _names_of(persona: Persona) -> Iterator[tuple[str, str]]:
    """The type of each named node with each of its names, in every language."""
    nodes: Mapping[str, Node] = persona.graph.nodes
    own = {persona.name, persona.nickname} - {""}
    for node in nodes.values():
        is_own_name = node.type == LITERAL and any(word in node.label for word in own)
        if node.type in _NAMED_TYPES or is_own_name:
            kind = "person" if is_own_name else node.type
            yield from ((kind, name) for name in (node.label, *node.aliases))
    for name in sorted(own):
        yield "person", name
        if has_han(name):  # as the character may call itself: Old Sun
            yield "person", f"老{name[0]}"
    for rendering in persona.renderings:
        yield "person", rendering.name
        for node_id, label in rendering.labels:
            if nodes[node_id].type in _NAMED_TYPES:
                yield nodes[node_id].type, label


def _invented_words(rng: random.Random, *, avoid: Iterable[str]) -> Iterator[str]:
    """Words that look like names and mean nothing, each once."""
    taken = set(avoid)
    while True:
        middle = rng.choice(_ONSETS) + rng.choice(_VOWELS)
        word = rng.choice(_ONSETS) + rng.choice(_VOWELS) + middle + rng.choice(_CODAS)
        if word not in taken:
            taken.add(word)
            yield word.capitalize()
