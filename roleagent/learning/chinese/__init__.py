"""How Chinese speaks of oneself, and what it does not mean in earnest."""

from __future__ import annotations

import re

from roleagent.learning.chinese.changes import CHANGES
from roleagent.learning.chinese.company import COMPANY
from roleagent.learning.chinese.corrections import BOUNDARY, CORRECTIONS, VAGUE
from roleagent.learning.chinese.cues import CUES
from roleagent.learning.chinese.homes import HOMES
from roleagent.learning.chinese.readers import fold
from roleagent.learning.chinese.tastes import TASTES
from roleagent.learning.chinese.when import when
from roleagent.learning.chinese.work import WORK
from roleagent.learning.claims import Grammar
from roleagent.learning.statements import Filter

FILTER = Filter(
    joke=re.compile(
        r"(?<!不是)(?<!没)(?<!没有)(?<!别)(?:开个?玩笑|逗你(?:玩)?的?|骗你的|说着玩的?|闹着玩的?|愚人[节節]快[乐樂])(?:的"
        r"|啦|呢|了|吧)*"
    ),
    earlier_joke=re.compile(
        r"(?:刚才|之前|上次|那)(?:说的|都|只)?是?(?:我)?(?:在)?(?:开玩笑|逗你|骗你)"
        r"|[没不][^,，。]{1,12}[,，](?:我)?骗你的"
    ),
    fiction=re.compile(
        r"想象|想像|假装|假设|扮演|我们来玩|在(?:这个|我的|我写的|这部)?(?:故事|小说|游戏|梦|剧本"
        r"|电影)里|梦见|梦到"
        r"|设定是|从前有|翻译|歌词|写一(?:首|篇|个|段)|跟我念|重复(?:一遍|我的话)"
    ),
    supposed=re.compile(
        r"如果|要是|假如|倘若|若是|万一|但愿|希望(?=我)|要不是|除非|总有一天|有朝一日|有一天|恨不得"
        r"|仿佛|好像我"
        r"|就像我(?!说|之前|上次)|宁愿|并不是说|下辈子|来世"
    ),
    question=re.compile(
        r"(?:吗|么|没有|是不是|对不对|好不好|难道|知不知道|会不会)[?？。~～]*$|^(?!.*(?:还|才|正"
        r"|在家)).*呢[?？。~～]*$|呢[?？]|[?？].*是不是"
        r"|^(?:你|您)?(?:觉得|猜|知道|认为).*我|(?:谁|哪里|哪儿|什么|怎么|为什么|几岁"
        r"|多大)[^,，。]{0,6}[?？]$"
    ),
    tag=re.compile(r"^\s*(?:对吧|是吧|对吗|对不对|是吗|是不是|没错吧)"),
)

_REPORTS = (
    "说过?|说道|觉得|认为|以为|问过?|告诉|写道?|梦见|梦到|希望|假装|猜|听说|传说|据说|喊|骂|称|相信|怀疑|当"
)
DISOWNED = re.compile(
    rf"(?<!我)(?<!我告诉你)(?<!我跟你)(?:{_REPORTS})[^,，]*$|(?:从来|并)?(?:没有?|不)[^,，]{{0,3}}$|"
    rf"(?:时候|之前|以前)[^,，]*$"
)

OTHERS = re.compile(
    r"^[^,，]{0,6}?(?:他|她|它|我的?(?:朋友|同学|同事|邻居|老板|表?[哥姐弟妹]|[爸妈爷奶]|闺蜜|室友|家人))"
)

CHINESE = Grammar(
    cues=(*CUES, *CHANGES, *HOMES, *WORK, *TASTES, *COMPANY),
    filter=FILTER,
    disowned=DISOWNED,
    corrections=CORRECTIONS,
    when=when,
    boundary=BOUNDARY,
    vague=VAGUE,
    others=OTHERS,
    fold=fold,
)
