"""What Chinese speakers do for a living, put tersely or at length, and how it begins and ends."""

from __future__ import annotations

from roleagent.learning.chinese import readers as read
from roleagent.learning.chinese.slots import SLOTS
from roleagent.learning.claims import Cue, CueTable

_cues = CueTable(slots=SLOTS).cues

_AT = "(?:工作|上班|任职|做事|打工|供职|就职|搬砖|混饭吃|混口饭吃|干活|当差|教书|实习|谋生)"
_HANDS = "(?:员工|职员|雇员|打工人|社畜|工作人员|正式工|临时工|一员|老员工|新员工)"

_EMPLOYED = _cues(
    "works_at",
    read.workplace,
    rf"<S>在<firm>(里|那边)?{_AT}(?!过)(?=[,，。！!~～…的啦呢了]|$|[一二两三四五六七八九十\d好])",
    r"<S>(就职|任职|供职|受雇|效力|服务)于<words>",
    rf"<S>是<firm>的?(一名|一个|一位)?(?:老|新|普通)?{_HANDS}",
    r"(?<![\u4e00-\u9fff])(打工人|社畜|上班族|码农)[^,，。]{0,4}[,，](我|目前|现在|就)*在<words>",
    r"<S>的?(公司|单位|东家|雇主|工作单位|上班的地方|工作的地方)(现在|目前|就)*(是|叫|在)<words>",
    r"<S>(给|替|为)<firm>(打工|干活|做事|卖命)(?=[,，。！!~～…的]|$)",
    rf"(?<![\u4e00-\u9fff])<firm>{_HANDS}一[枚名个]",
    rf"^[^他她你。！？]{2, 14}我?[^他她你。！？]{0, 6}了[,，](我)?(?:现在|目前|如今)(就)?在<firm>{_AT}"
    rf"(?=[,，。！!~～…的啦呢了]|$)",
    r"<S>的?工作(就)?在<firm>(?=[,，。！!~～…]|$)",
    node_type="organisation",
)

_HIRED = (
    *_cues(
        "works_at",
        read.workplace,
        r"<S>(加入|入职|进入?|跳槽到|跳槽去|转到)了?(?!大学|中学|小学|医院看)<words>",
        rf"<S>(去|到|来|进)了?<firm>{_AT}了",
        rf"<S>开始在<firm>{_AT}",
        r"<S>[^,，。]{1,14}(了)[,，](然后|后来|现在|改|又)*(去|进|入职|到|加入)了<words>",
        node_type="organisation",
        stance="began",
    ),
    *_cues(
        "works_at",
        read.workplace,
        r"<S>(从[^,，。]{2,10}?)?(跳槽|换工作|换了工作)(到|去)了?<words>",
        rf"<S>离开了?[^,，。]{{2,10}}[,，](然后|后来|现在)*(到|去|在)<firm>{_AT}了?",
        node_type="organisation",
        stance="began",
        replaces=True,
    ),
)

_LEFT = _cues(
    "works_at",
    read.workplace,
    rf"<S>不(再)?在<firm>(?:{_AT}|干|做|混|待|呆)了",
    r"<S>(从|在)<firm>(辞职|离职|辞了|走人|被裁|退休|被炒|被优化|出来)(了|啦|[,，。！]|$)",
    r"<S>被<firm>(给)?(裁|开除?|炒|辞退|解雇|优化|劝退|扫地出门)",
    r"(?<![\u4e00-\u9fff])<firm>(那边|那儿|那里)?的?(工作|活儿?|班|职位|职务)(我|已经|刚|就|都|也)*(辞"
    r"|丢|不干|不做|没)(掉)?了",
    r"(?<![\u4e00-\u9fff])<firm>(那边|那儿|那里)(我|已经|刚|就|都|也)*(辞职|离职|不干|不做|走人)了",
    r"(?<![\u4e00-\u9fff])<firm>把我(给)?(裁|开除?|炒|辞退|解雇|优化)",
    r"<S>(辞掉|辞去|丢掉|丢|辞)了?<firm>的?(工作|职位|职务|活儿?)",
    node_type="organisation",
    stance="ended",
)

_BEFORE = _cues(
    "works_at",
    read.workplace,
    rf"<P>(就)?在<firm>(?:{_AT}|干|做|上过班|打过工)",
    r"<S>在<firm>(?:(?:工作|任职|干|做|实习|供职)过|上过班|打过工)",
    node_type="organisation",
    stance="held",
)

_TRADE = (
    *_cues(
        "works_as",
        read.job,
        r"<S>(是|当|做|干|担任|从事)(着|了|的是)?<one><words>",
        r"<S>的?(职业|工作|本职|本职工作|主业|正职|身份|岗位)(目前|现在|就)*(是|为|:|：)(做|当"
        r"|干)?<one><words>",
        r"(?<![\u4e00-\u9fff])(本人|我|小弟)?(?P<value>[\u4e00-\u9fff]{2,6})一[枚名]",
        r"<S>(以|靠)(当|做)?(?P<value>[\u4e00-\u9fff]{2,6}?)(为生|为业|谋生|吃饭|糊口)",
        r"职业[:： ](?P<value>[\u4e00-\u9fff]{2,6})",
    ),
    *_cues(
        "works_as",
        read.job,
        r"<S>(转行|改行|转型|转岗|改)(去)?(做|当|干|成|成为|为)了?<one><words>",
        r"不(做|当|干|是)[^,，。]{2,8}了[,，](我|现在|如今|改|去|转|行|而是|目前)*(当|做|是|干)"
        r"(了)?<one><words>",
        stance="began",
        replaces=True,
    ),
    *_cues("works_as", read.job, r"<S>(成为|成了|当上|做上|当起|做起)了?<one><words>", stance="began"),
    *_cues("works_as", read.job, r"<S>不(再)?(是|当|做|干)<one><words>(?<=了)", stance="ended"),
    *_cues("works_as", read.job, r"<P>(是|当过?|做过?|干过?)<one><words>", stance="held"),
)

WORK: tuple[Cue, ...] = (*_EMPLOYED, *_HIRED, *_LEFT, *_BEFORE, *_TRADE)
