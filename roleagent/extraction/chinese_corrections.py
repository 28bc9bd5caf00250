"""How Chinese speakers take back what they said, in simplified characters."""

from __future__ import annotations

import re

from roleagent.extraction.corrections import CorrectionTable

_WORDS = r"[^,，。！!？?；;:：…~～\s]{1,20}?"
_RIGHT = rf"(?P<right>{_WORDS})"
_WRONG = rf"(?P<wrong>{_WORDS})"
_END = r"(?=[,，。！!；;…~～\s]|$|啦|哦|呢|才对)"


def _all(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, patterns))


CORRECTIONS = CorrectionTable(
    mark=re.compile(
        r"(?:说|打|写|讲|记|弄|搞)错了|口误|笔误|打错字|更正|纠正一下|刚才(?:说的)?不对|说得不对|我的意思是|我是想说|我是说|应该是"
    ),
    instead=re.compile(rf"[,，]?\s*(?:而)?不是(?:在|叫)?(?P<wrong>{_WORDS}){_END}"),
    swaps=_all(
        rf"(?:不是|不叫|不在){_WRONG}[,，]?\s*(?:而是|应该是|是){_RIGHT}{_END}",
        rf"不是{_WRONG}[,，][^,，]{{0,8}}[,，]\s*(?:而|应该)?是{_RIGHT}{_END}",
        rf"的是{_RIGHT}[,，]\s*(?:而)?不是{_WRONG}{_END}",
        rf"(?:应该是|我(?:的意思)?是说|我的意思是|我指的是|我想说的是|其实是|^是|[,，：:]\s*是){_RIGHT}[,，]\s*(?:而)?不是{_WRONG}{_END}",
        rf"^{_RIGHT}[,，]\s*(?:而)?不是{_WRONG}{_END}",
        rf"(?:错了|字了|口误|不好意思|抱歉|哎呀|更正一下)[,，。！!：:\s]+(?:应该)?(?:是|叫)?{_RIGHT}[,，]?\s*(?:而)?不(?:是|叫){_WRONG}{_END}",
        rf"把{_WRONG}(?:改成|换成|更正为|改为){_RIGHT}{_END}",
        rf"(?:说|打|写|讲)成了?{_WRONG}[,，]\s*(?:其实|应该|正确的)?是{_RIGHT}{_END}",
        rf"(?:正确的)?写法是{_RIGHT}{_END}",
        rf"(?:说|打|写|讲|记)错了[,，。!！]?\s*(?:应该)?是{_RIGHT}{_END}",
        rf"(?:应该是|我的意思是|我是说|我指的是|我想说的是){_RIGHT}{_END}",
    ),
    denials=_all(
        rf"(?:养|住在?|喜欢|在)?{_WRONG}(?:的事|那件事)?是(?:我)?(?:骗你|瞎编|编|胡说|瞎说|开玩笑|逗你)(?:玩)?的",
    ),
    moves=_all(rf"我(?:已经|最近|刚刚?)*从{_WRONG}(?:换成|换到|跳到|改成)了?{_RIGHT}{_END}"),
    partings=_all(rf"我(?:已经|最近|刚刚?|去年|上个月)*离开了?{_WRONG}{_END}"),
    no_value=re.compile(
        r"(?:这样|那样|这个|那个|我.*|你.*|他.*|她.*|它.*|什么.*|对|错|真的|假的|吧|的|说.*|.*不是.*|因为.*|.*(?:住|喜欢|工作|上班|叫).+)"
    ),
    strip=re.compile(r"^(?:(?:我)?(?:刚才|之前|上次)?说的?|在|叫|住在|住)|(?:啦|哦|呢|才对|了|的)$"),
)

# What stands before a comma belongs to the clause after it if it says when.
BOUNDARY = re.compile(r"[；;。]|(?<![年月日前天底初后])[,，]|但是?|不过|而且")
VAGUE = re.compile(
    r"一(?:个|座|间|栋|套|家|处)|(?:市中心|郊区|乡下|农村|海边|山里|城里|公寓|宿舍)$|.{0,4}(?:公寓|宿舍|房子|小区|别墅)(?:里)?$"
)
