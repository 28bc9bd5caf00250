"""How Chinese speakers take back what they said, in simplified characters."""

from __future__ import annotations

import re

from roleagent.language.patterns import bounded
from roleagent.learning.corrections import CorrectionTable

_WORDS = r"[^,，。！!？?；;:：…~～\s]{1,20}?"
_RIGHT = rf"(?P<right>{_WORDS})"
_WRONG = rf"(?P<wrong>{_WORDS})"
_END = r"(?=[,，。！!；;…~～\s]|$|啦|哦|呢|才对)"
_SLIP = r"(?:错了?|错字|字了|口误|笔误|手滑|不好意思|抱歉|对不起|哎呀|更正一下|纠正一下|不对|sorry)"


def _all(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(bounded(pattern)) for pattern in patterns)


CORRECTIONS = CorrectionTable(
    mark=re.compile(
        r"(?:说|打|写|讲|记|弄|搞)错(?:了|字)?|口误|手滑|嘴瓢|笔误|打错字|更正|纠正一下|刚才"
        r"(?:说的)?不对|说得不对|我的意思是|我是想说|我是说|应该是"
    ),
    instead=re.compile(rf"[,，]?\s*(?:而)?不是(?:在|叫)?(?P<wrong>{_WORDS}){_END}"),
    swaps=_all(
        rf"(?:不是|不叫|不在){_WRONG}[,，]?\s*(?:而是|应该是|是){_RIGHT}{_END}",
        rf"不是{_WRONG}[,，][^,，]{{0,8}}[,，]\s*(?:而|应该)?是{_RIGHT}{_END}",
        rf"的是{_RIGHT}[,，]\s*(?:而)?不是{_WRONG}{_END}",
        rf"(?:应该是|我(?:的意思)?是说|我的意思是|我指的是|我想说的是|其实是|^是"
        rf"|[,，：:]\s*是){_RIGHT}[,，]\s*(?:而)?不是{_WRONG}{_END}",
        rf"{_SLIP}[,，。！!：:\s]*(?:我|名字|它|他|她)?(?:应该|其实)?(?:是|叫|住(?!的)在?|在){_RIGHT}"
        rf"(?:才对)?[,，]?\s*(?:而)?"
        rf"(?:不是|不叫|不住|不在){_WRONG}{_END}",
        rf"(?:^|[,，。！!\s])(?:我|名字|它|他|她)?(?:应该|其实)?叫{_RIGHT}(?:才对)?[,，]?\s*(?:而)?"
        rf"(?:不是|不叫)"
        rf"(?:叫)?{_WRONG}{_END}",
        rf"^(?:我|它|她|他)(?:就|其实|应该)?是{_RIGHT}(?:才对)?[,，]?\s*(?:而)?不是{_WRONG}{_END}",
        rf"不是{_WRONG}[,，]\s*(?:我|其实)*(?:喜欢|爱|住|养|在|叫)的?是{_RIGHT}{_END}",
        rf"^(?:是)?{_RIGHT}(?:才对)?[,，]\s*(?:而)?不是{_WRONG}{_END}",
        rf"(?:错了|字了|口误|不好意思|抱歉|哎呀|更正一下)[,，。！!：:\s]+(?:应该)?(?:是"
        rf"|叫)?{_RIGHT}[,，]?\s*(?:而)?不(?:是"
        rf"|叫){_WRONG}{_END}",
        rf"把{_WRONG}(?:改成|换成|更正为|改为){_RIGHT}{_END}",
        rf"(?:说|打|写|讲)成了?{_WRONG}[,，]\s*(?:其实|应该|正确的)?是{_RIGHT}{_END}",
        rf"(?:正确的)?写法是{_RIGHT}{_END}",
        rf"(?:说|打|写|讲|记)错了[,，。!！]?\s*(?:应该)?是{_RIGHT}{_END}",
        rf"(?:应该是|我的意思是|我是说|我指的是|我想说的是){_RIGHT}{_END}",
    ),
    denials=_all(
        rf"(?:养|住在?|喜欢|在)?{_WRONG}(?:的事|那件事)?是(?:我)?(?:骗你|瞎编|编|胡说|瞎说|开玩笑|逗你)"
        rf"(?:玩)?的",
    ),
    moves=_all(
        rf"从{_WRONG}(?:变成|转成|转做|改做|转为|变为|改行做|转行做|转行当|跳槽到|跳槽去|调到"
        rf"|换到)了?{_RIGHT}{_END}",
        rf"^(?:再见|拜拜|告别){_WRONG}[,，!！~～ ]*你好{_RIGHT}{_END}",
        rf"我(?:已经|最近|刚刚?)*从{_WRONG}(?:换成|换到|跳到|改成)了?{_RIGHT}{_END}",
    ),
    partings=_all(
        rf"(?:我|咱|俺|^)(?:已经|最近|刚刚?|去年|上个?月|早就|终于|昨天)*离开了?{_WRONG}{_END}",
        rf"(?:我|咱|俺|^)(?:已经|现在|早就)*不在{_WRONG}(?:住|待|呆|混|干|做|上班|工作)?了{_END}",
        rf"^{_WRONG}(?:的房子|的工作|那边的房子|那边的工作|那边)(?:我)?(?:已经)*(?:退|卖|辞|离职|不干"
        rf"|转租)(?:掉)?了{_END}",
        rf"^{_WRONG}(?:昨天|今天|今早|前几天|上周|已经|刚刚?)*(?:死|去世|过世|走丢|离世|病死|跑丢)了",
        rf"^(?:已经)?(?:告别|作别)了?{_WRONG}(?:了)?{_END}",
    ),
    no_value=re.compile(
        r"(?:这样|那样|这个|那个|我.*|你.*|他.*|她.*|它.*|什么.*|对|错|真的|假的|吧|的|说.*|.*不是.*"
        r"|因为.*|.*(?:住|喜欢|工作|上班|叫).+)"
    ),
    strip=re.compile(
        r"^(?:(?:我)?(?:刚才|之前|上次)?说的?|在|叫|住在|住)|(?:啦|哦|呢|才[对對]|了|的|那边|那邊)+$"
    ),
)

# What stands before a comma belongs to the clause after it if it says when.
BOUNDARY = re.compile(r"[；;。]|(?<![年月日前天底初后])[,，]|但是?|不过|而且")
VAGUE = re.compile(
    r"一(?:个|座|间|栋|套|家|处)|(?:市中心|郊区|乡下|农村|海边|山里|城里|公寓|宿舍)$|.{0,4}(?:公寓|宿舍"
    r"|房子|小区|别墅)(?:里)?$"
)
