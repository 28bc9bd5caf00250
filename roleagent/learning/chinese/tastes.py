"""What Chinese speakers like and dislike, put tersely or at length, and how it begins and ends."""

from __future__ import annotations

from roleagent.learning.chinese import readers as read
from roleagent.learning.chinese.slots import SLOTS
from roleagent.learning.claims import Cue, CueTable

_slots = SLOTS | {
    "what": r"(?P<value>[^,，。！!？?；;…~～我你他她]{1,14}?)",
    "so": (
        "(?:很|非常|特别|特|挺|超级?|十分|真的?|一直|都|也|还|最|现在|已经|早就|实在|完全|有点|一点"
        "|越来越|比较|已|再|更|就)*"
    ),
    "close": r"(?=[,，。！!~～…啊啦呢]|$)",
    "love": (
        "(?:喜欢|热爱|喜爱|爱好|酷爱|钟爱|偏爱|痴迷于?|迷恋|沉迷于?|着迷于|醉心于|热衷于?|狂爱|爱死"
        "|中意|钟意|享受|稀罕"
        "|爱(?=[吃喝看听玩打跑游读画唱跳做养下])|爱(?![我你他她它的情人国心护慕上过不好惜]|没))"
    ),
    "loathe": "(?:讨厌|厌恶|反感|痛恨|恨|嫌弃|烦透|受不了|忍受不了|忍不了|看不惯|最烦|不能忍受|抵触)",
}
_cues = CueTable(slots=_slots).cues

_LIKED = _cues(
    "likes",
    read.things,
    r"<S><love>(?![^,，。！？]*(过|死我))<list>",
    r"<S>对<what><so>(感兴趣|有兴趣|着迷|上瘾|情有独钟|欲罢不能|爱不释手|入迷|痴迷|上头)<close>",
    r"<S>的?(爱好|兴趣|业余爱好|兴趣爱好|消遣|最大的?爱好|乐趣)(就|主要)?(是|有|包括|在于|:|：)<list>",
    r"(?<![\u4e00-\u9fff])<what>我<so>(喜欢|爱|着迷)(的|啊|了)?<close>",
    r"(?<![\u4e00-\u9fff])<what>(就|才|一直)?是我(的|最大的|唯一的|毕生的|平时的)*(最爱|爱好|兴趣"
    r"|心头好|本命|快乐源泉|精神寄托)",
    r"<S>(算)?是?(个|一个|一名|一枚)?(资深|铁杆|忠实|骨灰级|十级|狂热)?的?<what>(爱好者|发烧友|狂热者"
    r"|铁粉|粉丝|重度用户)",
    r"<S>好<what>这一?口",
    r"<S>离不开<what><close>",
    r"<S>没事(就)?(喜欢|爱)<list>",
)

_LIKES_BEGUN = _cues(
    "likes",
    read.things,
    r"<S>(开始)?(迷上|爱上|喜欢上|入坑|沉迷上|开始喜欢|开始迷)了?<list>",
    stance="began",
)

_LIKES_ENDED = _cues(
    "likes",
    read.things,
    r"<S>对<what><so>(没有?了?兴趣|失去了?兴趣|不感兴趣|没感觉|无感|提不起(兴趣|劲)|没兴致)了?<close>",
    r"<S>不(再|怎么|太|那么|大)?(喜欢|爱|迷|沉迷|热衷)<what>了<close>",
    r"(?<![\u4e00-\u9fff])<what>我<so>不(再|怎么|太)?(喜欢|爱|玩|感兴趣|迷|碰)了<close>",
    r"<S>(戒掉|戒|放弃|弃|告别)了<list>",
    r"<S>(厌倦|腻烦|玩腻|看腻)了<list>",
    stance="ended",
)

_DISLIKED = _cues(
    "dislikes",
    read.things,
    r"<S>(开始|变得|越来越)*(?<!不)<loathe>(起|上|死|透)*了?<list>",
    r"<S>对<what><so>(反感|深恶痛绝|厌恶|嗤之以鼻)<close>",
    r"(?<![\u4e00-\u9fff])<what>我<so>(讨厌|受不了|忍不了|不喜欢)(?!了)(的|啊)?<close>",
    r"<S>不(太|怎么|大|是很|咋)?(喜欢|爱(?=[吃喝看听玩]))(?![^,，。！？]*了([,，。！]|$))<list>",
)

_NEVER = _cues(
    "likes",
    read.things,
    r"我?(其实|从来|从|一直|根本|压根儿?|并|说实话|老实说)+[,，]?我?(其实|从来|一直|根本|压根儿?|并|就"
    r"|都|也)*(没|不)(有|怎么|真的?)?(喜欢|爱)过?(?!你|他|她"
    r"|我)<list>",
    stance="never",
)

TASTES: tuple[Cue, ...] = (*_LIKED, *_LIKES_BEGUN, *_LIKES_ENDED, *_DISLIKED, *_NEVER)
