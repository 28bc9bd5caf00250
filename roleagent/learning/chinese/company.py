"""The pets, partners and names of Chinese speakers, put tersely or at length."""

from __future__ import annotations

from roleagent.learning.chinese import readers as read
from roleagent.learning.chinese.slots import HAN, SLOTS
from roleagent.learning.claims import Cue, CueTable

_slots = SLOTS | {
    "house": "(?:(?<!和)(?<!跟)(?:我们|我|咱们?|俺)家?里?的?|^家里?的?)(?:那只|这只|养的|小|大|有)*",
    "hasnamed": (
        "(?:它|他|她)?的?(?:名字|大名|小名|名)?(?:就|是)?(?:叫做|叫|唤作|取名为?|起名为?|名为|是)(?:做|它)*"
    ),
    "its": rf"(?P<value>(?:{HAN}|[A-Za-z]){{1,6}}?)",
    "lately": "(?:已经|昨天|今天|今早|前几天|上个?月|上周|去年|今年|刚刚?|前两天|不幸|突然|最终|还是|也)*",
    "dead": (
        "(?:去世|死|走丢|过世|走|送人|丢|没|离世|病死|病逝|老死|跑丢|不在|离开(?:我们?)?|去(?:汪|喵)星"
        "|回(?:汪|喵)星)(?:了|啦)"
    ),
    "spouse": "(?:老婆|妻子|太太|老公|丈夫|爱人|媳妇儿?|先生|内人|夫人|另一半|老伴)",
    "close": r"(?=[,，。！!~～…啊啦呢]|$)",
}
_cues = CueTable(slots=_slots).cues

_PETS = (
    *_cues(
        "has_pet",
        read.names,
        rf"(<S>|<house>)(家里?)?(养|有|领养|收养|买|抱|捡|接|新添)(回?来?)?(了|着)?<any>"
        rf"({HAN}{{1,3}}的)?<pet>[,，]?<hasnamed><list>",
        r"<house><pet>(的?名字)?(叫做|名叫|叫|名字是|取名)<list>",
        r"(<S>|<house>)(家里?)?(养|有|领养|收养|买)(了|着)?<any>叫(做)?<its>的<pet>",
        node_type="animal",
    ),
    *_cues(
        "has_pet",
        read.name,
        r"<house><pet><its><lately><dead>",
        r"(?<![\u4e00-\u9fff])<its><lately><dead>[,，](我|我们|我家|我们家)(的|养的)?<pet>",
        r"<S>(只好|已经|昨天)*把(家里的?|我家|我的)?<pet><its>(送人|送走|送给|寄养|埋)",
        node_type="animal",
        stance="ended",
    ),
)

_PARTNERS = (
    *_cues(
        "married_to",
        read.name,
        r"(?<!和)(?<!跟)(?:我们?|咱|俺)的?<spouse>(的?名字)?(叫做|名叫|叫|是|名字是)<name>",
        r"(?<![\u4e00-\u9fff])<its>(就)?是我的?<spouse><close>",
        node_type="person",
    ),
    *_cues(
        "married_to",
        read.name,
        rf"<S>(和|跟|与)(?P<value>{HAN}{{2,4}}?|[A-Z][a-z]+)(已经|去年|今年|上个?月|终于|昨天|刚刚?"
        rf"|正式)*(结婚|结了婚|领证|领了证|成婚|成亲"
        rf"|登记|扯证)(了|啦)?<close>",
        rf"<S>(嫁给|娶)了?(?P<value>{HAN}{{2,4}}?|[A-Z][a-z]+)了?<close>",
        node_type="person",
        stance="began",
    ),
    *_cues(
        "married_to",
        read.name,
        r"<S>(已经|去年|今年|刚刚?|最近|正式|协议)*(离婚|离了婚|离异|离)(了|啦)<close>",
        r"<S>(和|跟|与)(老公|老婆|丈夫|妻子|先生|太太|他|她|前夫|前妻|爱人)(已经|去年|今年|刚刚?|正式)*"
        r"(离婚|离|分开|办了离婚)了",
        r"<S>(办|办理|办完|领)(好|完)?了?(离婚(手续|证|登记))",
        r"<S>刚刚?(离了?婚|离)<close>",
        r"<S>(恢复|回归|变回)(了)?单身",
        stance="ended",
    ),
)

_NAMES = _cues(
    "is_called",
    read.name,
    r"<S>的?(名字|全名|本名|大名|真名|姓名)(叫做|叫|是|:|：)<name>",
    r"(你|您|大家|请|都|可以|就|一般|(?<!我)(?<!我的)朋友们?)(可以|都|就)*(叫|称呼|喊)我(为|做)?<name>",
    r"^(?:本人|咱|俺)(现在)?(名叫|叫做|叫)(?!了|过|他|她|它|你)<name>",
)

COMPANY: tuple[Cue, ...] = (*_PETS, *_PARTNERS, *_NAMES)
