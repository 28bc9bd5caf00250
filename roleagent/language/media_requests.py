"""Do words ask for a picture or recording that was shown before, and for which one? English and Chinese."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from roleagent.language.scripts import has_han
from roleagent.language.tokens import terms

_LITTLE = 0.5  # a colour or a size tells less than a thing


def stems(text: str) -> list[str]:
    """Index terms that compare: words without the commonest endings, Chinese characters one by one.

    >>> stems("My dogs' stories"), stems("红桥")
    (['my', 'dog', 'story'], ['红', '桥'])
    """
    return [_stem(term) for term in terms(text) if len(term) == 1 or not has_han(term)]


def telling(text: str) -> tuple[str, ...]:
    """Terms of a text, each once, without those that say nothing about a file."""
    words = dict.fromkeys(stems(text))
    return tuple(word for word in words if word not in _table("stop"))


def share(words: tuple[str, ...], text: str) -> float:
    """How much of some words a text holds, by what they tell: 0–1.

    >>> share(("red", "bridge"), "a suspension bridge") > 0.5 > share(("red", "bridge"), "a red car")
    True
    """
    told, little = set(stems(text)), _table("little")
    weights = {word: _LITTLE if word in little else 1.0 for word in words}
    held = sum(weight for word, weight in weights.items() if word in told)
    return held / sum(weights.values()) if weights else 0.0


def _stem(word: str) -> str:
    if word in _table("stop") or word.endswith(("ss", "us", "is")) or len(word) < 4:
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "shes", "ches", "xes")) else word.removesuffix("s")


@cache
def _table(name: str) -> frozenset[str]:
    lists = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))[name]
    return frozenset(word for words in lists.values() for word in words.split())


ANY_KIND = ("image/", "audio/")

_MAX_CHARS = 2_000  # of a longer message the start is read: a letter is no request


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRequest:
    """What is asked for.

    Attributes:
        text: the words in which it is asked.
        kinds: how the media type begins.
        words: index terms that single it out; empty if nothing does, as in "that picture again".
        is_dated: whether the words say when it was shown.
        is_plural: whether more than one is asked for.
    """

    text: str
    kinds: tuple[str, ...] = ANY_KIND
    words: tuple[str, ...] = ()
    is_dated: bool = False
    is_plural: bool = False


def read_request(text: str) -> MediaRequest | None:
    """What picture or recording some words ask to be shown again; None if they ask for none.

    >>> read_request("Show me the photo with the red bridge again!").words
    ('red', 'bridge')
    >>> read_request("把有红桥的那张照片给我看看").words
    ('红', '桥')
    >>> read_request("I will show you a photo of the bridge.") is None
    True
    """
    text = text[:_MAX_CHARS]
    read = _read_chinese(text) if has_han(text) else _read_english(text)
    if read is None:
        return None
    words = _telling(read.described)
    if not words and not read.is_definite:
        return None  # "show me a photo": any, and none that is known
    return MediaRequest(
        text=read.described.strip(),
        kinds=(read.kind,) if read.kind else ANY_KIND,
        words=words,
        is_dated=read.is_dated,
        is_plural=read.is_plural,
    )


def request_of(about: str, kinds: tuple[str, ...] = ANY_KIND) -> MediaRequest:
    """A request from words that only describe what is wanted, such as a model's."""
    return MediaRequest(text=about, kinds=kinds, words=_telling(about))


def _telling(described: str) -> tuple[str, ...]:
    """What of a description says what is to be seen or heard."""
    for pattern in (*_ENGLISH_NOUNS.values(), *_CHINESE_NOUNS.values(), _CHINESE_FILLER):
        described = pattern.sub(" ", described)
    return telling(described)


# ── what both languages say ───────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """A request as one language has it.

    Attributes:
        described: the words that say which one.
        kind: how its media type begins; empty for any.
        is_definite: whether a certain one is meant: "that photo", not "a photo".
        is_dated: whether the words say when it was shown.
        is_plural: whether more than one is meant.
    """

    described: str
    kind: str
    is_definite: bool
    is_dated: bool
    is_plural: bool


def _first_noun(text: str, nouns: Mapping[str, re.Pattern[str]]) -> tuple[str, re.Match[str]] | None:
    """The kind of file that is named first, and where."""
    matches = ((kind, pattern.search(text)) for kind, pattern in nouns.items())
    found = [(match.start(), kind, match) for kind, match in matches if match]
    return min(found, key=lambda each: each[0])[1:] if found else None


# ── English ───────────────────────────────────────────────────────────────────────────────────────

_ENGLISH_NOUNS = {
    "image/": re.compile(
        r"\b(?:photo(?:graph)?s?|pictures?|pics?|images?|snapshots?|selfies?|screenshots?)\b", re.I
    ),
    "audio/": re.compile(r"\b(?:recordings?|audio|voice (?:memo|message|note)s?|(?:sound )?clips?)\b", re.I),
    "": re.compile(r"\b(?:files?|attachments?)\b", re.I),
}
_PERCEIVE = r"(?:see|view|hear|have|get|look at|listen to|(?:have|take) a look at)"
_ENGLISH_ASK = re.compile(
    r"\b(?:show|send|give|hand|bring|find|fetch|get|play) (?:me|us)\b"
    r"|(?:^|[.!?;,:]\s*|\bplease |\b(?:can|could|would|will) you (?:please )?)"
    r"(?:show|send|play|find|open|look for|(?:bring|pull|dig) up|(?:dig|get) out|(?:hand|give|play) back)\b"
    rf"|\b(?:can|could|may|might|let) (?:i|we|me|us) (?:please |just )?{_PERCEIVE}\b"
    rf"|\b(?:i|we)(?:'d| would)? (?:want|like|love|wish|need) (?:to {_PERCEIVE}\b)?"
    r"|\bdo you (?:still |even )?(?:have|remember|recall|keep)\b|^\W*remember\b|\bwhere(?:'s| is| are)\b",
    re.I,
)
_ENGLISH_REFUSAL = re.compile(r"\b(?:don't|do not|never|needn't|no need to) (?:\w+ )?$", re.I)
_ENGLISH_CLAUSE = re.compile(r"[^.!?;]*")
_ENGLISH_DEFINITE = re.compile(
    r"\b(?:the|that|those|these|this|my|our|last|first|latest|same|which|both|all)\b", re.I
)
_ENGLISH_DATE = re.compile(
    r"\b(?:today|yesterday|ago|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|last (?:time|night|week|month|year|spring|summer|autumn|fall|winter))\b",
    re.I,
)


def _read_english(text: str) -> _Reading | None:
    """The first request for a picture or recording in a text."""
    text = " ".join(text.replace("’", "'").split())
    readings = (_read_ask(text, ask) for ask in _ENGLISH_ASK.finditer(text))
    return next((reading for reading in readings if reading), None)


def _read_ask(text: str, ask: re.Match[str]) -> _Reading | None:
    clause = _ENGLISH_CLAUSE.match(text, ask.end())
    wanted = clause[0] if clause else ""
    noun = _first_noun(wanted, _ENGLISH_NOUNS)
    if noun is None or _ENGLISH_REFUSAL.search(text[: ask.start()]):
        return None
    kind, match = noun
    wanted = wanted[: match.end()] + wanted[match.end() :].split(",")[0]
    return _Reading(
        described=wanted,
        kind=kind,
        is_definite=bool(_ENGLISH_DEFINITE.search(wanted)),
        is_dated=bool(_ENGLISH_DATE.search(wanted)),
        is_plural=match[0].endswith("s"),
    )


# ── Chinese ───────────────────────────────────────────────────────────────────────────────────────

_CHINESE_NOUNS = {
    "image/": re.compile("照片|相片|图片|截图|自拍|合影"),
    "audio/": re.compile("录音|音频|语音"),
    "": re.compile("文件|附件"),
}
_CHINESE_FILLER = re.compile(
    "上次|上回|刚才|刚刚|之前|以前|昨天|前天|今天|上周|上个?星期|上个月|去年|今年|麻烦|能不能|可不可以|可以"
    "|还记得|还留着|还在|还有|哪里|哪儿|里面|上面|出来|回来|一下|提到|关于"
    "|[的了过吗呢吧啊呀有那这一几张段个只座条辆些份我你您给让把再看瞧听发放找拍录照传次请想要能说讲是在里上]"
)
_CHINESE_ASK = re.compile(
    "给我再?[看瞧听发放找传]|[发传拿放找翻调](?:出来|回来|一下)?给我|让我再?[看瞧听]"
    "|(?:想要?|能不能|可不可以|可以|能)再?[看瞧听]|看看|听听|看一下|听一下|再看|再听|放一下|播放"
    "|[找翻调发拿]出来|找一下|找找|还在吗|还有吗|还留着|还记得|在哪|去哪|给我[。！？!?]?$"
)
_CHINESE_REFUSAL = re.compile("(?:不要|别|不想|不用|不必)(?:再|给我|让我)*[看瞧听发放找传]")
_CHINESE_GIVING = re.compile("给你再?[看瞧听发放传]|[发传拿放]给你|让你[看瞧听]|你[想要](?:不[想要])?[看听]")
_CHINESE_SHOWN_BEFORE = re.compile("(?:[发传拿放]给你|[给让]你再?[看瞧听发放传])过?[^，。！？；,!?;]{0,6}?的")
_CHINESE_DEFINITE = re.compile(
    "[把那这]|上次|上回|刚才|刚刚|之前|以前|昨天|我的|我[发拍给传录照]|上周|上个月|去年"
)
_CHINESE_DATE = re.compile("上次|上回|昨天|前天|今天|上周|上个?星期|上个月|去年|今年|前年")
_CHINESE_PLURAL = re.compile("[那这]些|几[张段]|所有|全部")
_CHINESE_SENTENCE_END = re.compile(r"[。！？!?；;\n]")
_CHINESE_CLAUSE_END = re.compile("[，,]")


def _read_chinese(text: str) -> _Reading | None:
    """The first request for a picture or recording in a text."""
    readings = map(_read_sentence, _CHINESE_SENTENCE_END.split(text))
    return next((reading for reading in readings if reading), None)


def _read_sentence(sentence: str) -> _Reading | None:
    sentence = _CHINESE_SHOWN_BEFORE.sub("发的", sentence)  # 我发给你的: it is shown already
    noun = _first_noun(sentence, _CHINESE_NOUNS)
    is_asking = _CHINESE_ASK.search(sentence) and not (
        _CHINESE_GIVING.search(sentence) or _CHINESE_REFUSAL.search(sentence)
    )
    if noun is None or not is_asking:
        return None
    kind, match = noun
    clause = next(each for each in _CHINESE_CLAUSE_END.split(sentence) if match[0] in each)
    return _Reading(
        described=_CHINESE_ASK.sub(" ", clause),
        kind=kind,
        is_definite=bool(_CHINESE_DEFINITE.search(sentence)),
        is_dated=bool(_CHINESE_DATE.search(sentence)),
        is_plural=bool(_CHINESE_PLURAL.search(sentence)),
    )
