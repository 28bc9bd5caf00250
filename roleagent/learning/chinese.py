"""Chinese: from the words a cue caught to clean values; no value if the words do not fit the cue."""

from __future__ import annotations

import re
from functools import cache

from roleagent.language.numbers import read_number
from roleagent.learning.grammar import Grammar, Reader, load_grammar
from roleagent.learning.rules.labels import simplified
from roleagent.learning.statements import word_list

_HAN = r"[\u4e00-\u9fff]"
_LANGUAGE = re.compile(rf"(?:一点儿?|些|流利的|标准的)?({_HAN}{{1,4}}?(?:语|文|话))")
_JOIN = re.compile(r"[、,，]|还有|以及|和|跟|与|或者?")
_TAIL = re.compile(
    r"(?:了|啦|呢|啊|呀|哦|哟|吧|的|喔|哈|嘛|已经|很久|多年|(?:好?几|[一二两三四五六七八九十\d]+)年)+$"
)
_DONE_THERE = re.compile(
    r"(?<=..)(?:(?:读书|念书|念|读|上学|(?:上|读|念)?大学|留学|工作|上班|生活|居住|发展|打拼|养老|定居"
    r"|安家|落户|住|来|去|那边|这边|那儿|那里|这里"
    r"|才对|快|为生|租房(?:子)?)(?:了|过|着|啦|一阵子|一段时间|(?:好?几|很多|多"
    r"|[一二两三四五六七八九十\d]+)年)*|不是.*)$"
)
_COMPANY = (  # with whom, which is no part of a name
    "我?的?(?:弟弟|哥哥|姐姐|妹妹|爸爸?|妈妈?|媽媽?|父亲|父親|母亲|母親|老公|老婆|丈夫|妻子|男友|女友|男朋友|女朋友"
    "|朋友|同学|同學|同事|舅舅|叔叔|阿姨|表[哥姐弟妹]|堂[哥姐弟妹]|他|她|她们|他们|他們|她們)"
)
_NO_PLACE = re.compile(
    r"一[间間套个個栋棟座所].*|"
    r".*(?:[你他她它我]|这里|那里|那边|这边|这儿|那儿|哪|什么|幻想|梦|恐惧|痛苦|过去|回忆|水深火热|一起"
    r"|别人|心里|上课|家里"
    r"|幸福|阴影|出差|旅游|旅行|度假|开会|学校|宿舍|酒店|宾馆|医院|公司|朋友家|房子|路上|外面|的人|附近"
    r"|时候|不起|而已|看电视|睡觉).*"
    r"|.*[是有说想去做吃看楼室]|[不没过的得着了]+.*|.*[很真]..?"
)
_NO_NATIVE = re.compile(
    r".*(?:[好坏男女老年大小懒忙穷富普通聪明的一个种幸运夜猫机器外当地本有主]|地球|诗|艺术|成年|单身).*"
)
_NO_WORKPLACE = re.compile(
    r"(?:家里?|这里?|那里?|晚上|白天|早上|夜里|周末|认真|努力|一起|外面|.*的时候|.*里面?想|外地|学着?"
    r"|一线|前台|国外|国内|老家|哪里?|乡下|城里|家附近|讨论|.*群|会议|游戏|战斗|队伍|公司|单位|不.*"
    r"|没.*|梦里|.*[你他她].*)"
)
_NAME = re.compile(rf"{_HAN}{{1,4}}(?:·{_HAN}{{1,6}})*")
_LATIN_NAME = re.compile(r"[A-Za-z][A-Za-z .'-]*")
_NO_NAME = re.compile(
    r".*(?:[你他她它我什么怎谁啥了]|外卖|出租车|车|醒|停|滚|救命|大家|朋友|起来|过来|一声|不|没|好吗"
    r"|^去|吃饭|回家|上班|睡觉).*"
    r"|(?:人|学生|男|女|男生|女生|医生|老师)"
)
_NO_THING = re.compile(
    r"就.*|(?:[你您他她它]们?|这|那|什么|谁|怎么|自己|大家|别人|人家|死|上|的|是|极了|过|得)(?!吃|喝|看).*"
    r"|.*(?:你|您|他们|她们|怎么样|什么).*|一个人|.{16,}"
)
_PLAYED = re.compile(
    r"(?:弹|拉|吹|打|踢|下|演奏)了?(?=钢琴|吉他|古筝|琵琶|小提琴|大提琴|二胡|笛子|长笛|萨克斯|口琴|篮球"
    r"|足球|排球|网球"
    r"|羽毛球|乒乓球|棒球|高尔夫|台球|麻将|象棋|围棋|国际象棋|五子棋|棋|太极|鼓|架子鼓|手风琴|贝斯"
    r"|尤克里里|扑克)"
)
_MONTH = r"(\d{1,2}|[一二三四五六七八九十]{1,2})月(?:份)?"
_DAY = r"(\d{1,2}|[一二三四五六七八九十]{1,3})[日号]"
_DATE = re.compile(rf"(?:(\d{{4}})年)?(?:{_MONTH})?(?:{_DAY})?")


def fold(text: str) -> str:
    """Common traditional characters to simplified ones; the length stays."""
    return simplified(text)


def name(words: str, cased: bool) -> tuple[str, ...]:
    """One to four characters, or a name in Latin letters."""
    words = re.sub(r"才[对對]$", "", _trim(words))
    is_name = _NAME.fullmatch(words) and not _NO_NAME.fullmatch(fold(words))
    return (words,) if is_name or _LATIN_NAME.fullmatch(words) else ()


def names(words: str, cased: bool) -> tuple[str, ...]:
    """Names in a list."""
    return tuple(value for part in _parts(words) for value in name(part, cased))


def place(words: str, cased: bool) -> tuple[str, ...]:
    """Two to twelve characters that can be a place, without what one does there."""
    words = _trim(words)
    while (shorter := _trim(words[: _end(_DONE_THERE, words)])) != words:
        words = shorter
    return (words,) if 2 <= len(words) <= 12 and not _NO_PLACE.fullmatch(fold(words)) else ()


def native_of(words: str, cased: bool) -> tuple[str, ...]:
    """The place of "上海人": no country, and no kind of person such as "好人"."""
    is_place = (
        2 <= len(words) <= 4
        and not _NO_NATIVE.fullmatch(fold(words))
        and not _NO_PLACE.fullmatch(fold(words))
    )
    return (words,) if is_place and fold(words) not in word_list("chinese", "countries") else ()


def nationality(words: str, cased: bool) -> tuple[str, ...]:
    """A country whose people are named."""
    return (words,) if fold(words) in word_list("chinese", "countries") else ()


def workplace(words: str, cased: bool) -> tuple[str, ...]:
    """Where somebody works: not a time, not a manner."""
    words = re.sub(r"^一[家所个個间間]|(?:[那这這][边邊儿兒里裡裏]|[里裡裏]面)$", "", _trim(words))
    words = re.sub(rf"(?<=..)(?:跟.+|[和与與同](?:.+?(?:一起|一[块塊]|一道)|{_COMPANY}.*))$", "", words)
    return (words,) if len(words) >= 2 and not _NO_WORKPLACE.fullmatch(fold(words)) else ()


def job(words: str, cased: bool) -> tuple[str, ...]:
    """Only a known occupation, with at most a few characters before it."""
    words = re.sub(r"(?:一[枚名个個]|工作|[这這]一?行)$", "", _trim(words))
    is_known = len(words) <= 10 and fold(words).endswith(tuple(word_list("chinese", "jobs")))
    return (words,) if is_known and not re.search(r"[你他她不的最]|一样|打工人", words) else ()


def things(words: str, cased: bool) -> tuple[str, ...]:
    """What is liked or feared: a list, cut where it stops being one."""
    found = []
    for part in _parts(words):
        value = re.sub(
            r"^(?:喜[欢歡]|也|吃的是|上|死了?|於|于)|(?:这|這|那)(?:一?口|件事|[种種][事东].*)$",
            "",
            _trim(part),
        )
        if not value or _NO_THING.fullmatch(fold(value)):
            break
        found.append(value)
    return tuple(found)


def games(words: str, cased: bool) -> tuple[str, ...]:
    """Instruments and games, without their verb."""
    parts = [_trim(part) for part in _parts(words)]
    found = ((part, _PLAYED.match(fold(part))) for part in parts)
    return tuple(part[match.end() :] for part, match in found if match)


def languages(words: str, cased: bool) -> tuple[str, ...]:
    """Names of languages in a list."""
    found = []
    for part in _parts(words):
        words_of_it = _trim(part)
        match = _LANGUAGE.fullmatch(fold(words_of_it))
        if not match or match[1] in word_list("chinese", "not_languages"):
            break
        found.append(words_of_it[match.start(1) : match.end(1)])
    return tuple(found)


def animals(words: str, cased: bool) -> tuple[str, ...]:
    """Pets without names: "一只猫"."""
    return (words,)


def age(words: str, cased: bool) -> tuple[str, ...]:
    """Years, 3 to 120, in digits or characters."""
    years = read_number(words) or 0
    return (str(years),) if 3 <= years <= 120 else ()


def date(words: str, cased: bool) -> tuple[str, ...]:
    """ISO 8601 as far as it is known; a birthday without a year as ``--05-12``."""
    match = _DATE.fullmatch(words.strip(" .的"))
    if not match:
        return ()
    year, month, day = match[1], *(read_number(part) or 0 if part else 0 for part in match.groups()[1:])
    if month > 12 or day > 31 or (day and not month) or not (year or day):
        return ()
    return ("-".join([year or "-", *(f"{part:02}" for part in (month, day) if part)]),)


def _parts(words: str) -> list[str]:
    words = words.strip()
    ends = [0, *(place for join in _JOIN.finditer(fold(words)) for place in join.span()), len(words)]
    parts = (words[start:end] for start, end in zip(ends[::2], ends[1::2], strict=True))
    return [part for part in parts if part]


def _end(pattern: re.Pattern[str], words: str) -> int:
    """Where what a pattern matches at the end begins; it matches simplified characters."""
    found = pattern.search(fold(words))
    return found.start() if found else len(words)


def _trim(words: str) -> str:
    """Without the particles that close a clause."""
    words = words.strip(" .。，,!！~～…")
    return words[: _end(_TAIL, words)]


_READERS: tuple[Reader, ...] = (
    name, names, place, native_of, nationality, workplace, job, things, games, languages, animals, age, date
)  # fmt: skip


@cache
def chinese() -> Grammar:
    """How Chinese speaks of oneself; the patterns match simplified characters."""
    return load_grammar("chinese", {each.__name__: each for each in _READERS}, fold=fold)
