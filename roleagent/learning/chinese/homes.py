"""Where Chinese speakers live, put tersely or at length: dwelling, moving, leaving, having lived."""

from __future__ import annotations

from roleagent.learning.chinese import readers as read
from roleagent.learning.chinese.slots import SLOTS
from roleagent.learning.claims import Cue, CueTable

_cues = CueTable(slots=SLOTS).cues

_YEARS = r"(?:\d+|[一二两三四五六七八九十]+|好?几|很多|多|大半|半)"
_NO_HOME = (
    "(?!在|院|校|过|的|得|着|不|进|到|口|一起|一块|这|那|了|宾馆|酒店|几|惯|单人|双人|上铺|下铺|对面"
    "|隔壁|附近)"
)

_LIVING = _cues(
    "lives_in",
    read.place,
    r"<S>(住|居住|定居|现居|现住|常住|旅居|蜗居|租住|安家|落户|扎根|长住|久居|生活|暂住|暂居|落脚)(在"
    r"|于)<words>",
    rf"<S>(住|居住|定居|现居|现住|常住|旅居|蜗居|租住|安家|落户|扎根|长住|久居){_NO_HOME}<words>",
    r"<S>的?(人|家|窝|老窝|小窝|住处|住址|房子|现居地|居住地|常住地|所在地|所在城市)(目前|现在|就|也|还"
    r"|都)*(在|是|位于|安在)<words>",
    r"(?<![\u4e00-\u9fff])(坐标|现居|现住|常驻|家住|人在|家在|定位|居住地|现居地|base)(在|是)?[:： ]?<words>",
    r"<S>在<home>(住|居住|生活|定居|安家|扎根|落脚|租房|落户|过日子|讨生活)(?!过|的时候|时)(着|啦)?"
    r"(?=了?[,，。！!~～…]|$)",
    rf"<S>在<home>(住|待|呆|生活|定居)(?:了|有|快|已经)+{_YEARS}(年|个月|辈子)",
    r"(?<![\u4e00-\u9fff])<home>(就|才|现在)?是我(的|们)?(们的)?(家|现居地|常住地|居住地|现在住的地方"
    r"|住的地方)(?=[,，。！!~～…]|$|了)",
    r"<S>\d{4}年来的<words>(?=[,，](就)?(一直)?(住|待|呆)(到现在|着|下来))",
    node_type="place",
)

_GOING_ON = _cues(
    "lives_in",
    read.place,
    r"<andthen>(就)?在<home>(住|居住|生活|定居|安家)(着|啦)?(?=了?[,，。！!~～…]|$)",
    node_type="place",
)

_MOVED = _cues(
    "lives_in",
    read.place,
    r"<S>(从[^,，。！？]{2,8}?)?(搬家?|迁|移居|移民|迁居|搬迁|举家搬|举家迁|调动?|回流)(回|到|去|来|进"
    r"|往|至|入)+了?"
    r"(?!家里?(?:[,，。]|$)|过|学校|公司|新家|一|这|那|哪|了|不|的)<words>",
    r"<S>(回到|回(?!到)|去|到)了?<home>(定居|住|生活|安家|落户|养老)了?(?=[,，。！!~～…]|$)(?<=了)",
    r"搬[^,，。]{0,4}家[^。！？]{0,14}?[,，](我|以后|现在|今后|从此|就|终于)*住(在)?<words>",
    r"<S>(落户|定居|安家)(到|在|于)?了?<words>",
    node_type="place",
    stance="began",
)

_LEFT = _cues(
    "lives_in",
    read.place,
    r"<S>不(再)?(住|居住|定居|生活)(在)?(?P<value>[^,，。！!？?；;、…~～\s]{2,14}?)了"
    r"(?=[,，。！!~～…啊啦]|$)",
    r"<S>(搬离|搬出|撤离|逃离|告别)了?<words>",
    r"<S>从<home>(搬走|搬离|搬出来?|撤|离开|搬家)(了|啦)",
    r"<S>把?<home>(那边|那儿|那里)?的(房子|租房|公寓|家)(我|都|也|已经|给)*(退|卖|转租|退租)(了|掉)",
    node_type="place",
    stance="ended",
)

_LIVED = _cues(
    "lives_in",
    read.place,
    r"<P>(住|居住|定居|生活)过?(在|于)<words>",
    rf"<P>住过?{_NO_HOME}<words>",
    r"<P>在<home>(住|生活|待|呆|居住|定居|租房|安家)",
    r"<S>在<home>(住|生活|待|呆|居住|定居)过",
    r"<S>住过<words>",
    r"<P>(的)?家(在|是)<words>",
    r"<S>(搬|迁|移居|移民)(回|到|去|来)过<words>",
    node_type="place",
    stance="held",
)

_STUDIED = _cues(
    "lives_in",
    read.place,
    r"<S>(去|到|来)了?<home>(念|读|上)(了)?(大学|书|研|博|中学|高中|本科|学)(?=[,，][^,，。]{0,6}(住|待"
    r"|呆|离开|走|回))",
    node_type="place",
    stance="began",
)

_NEVER = _cues(
    "lives_in",
    read.place,
    r"<S>(没有?|未)(真的?|真正)?(搬|迁|移居|搬家)(回|到|去|来|进|往)+过?<words>",
    r"<S>(没有?|未)(真的?|真正)?住(在|过)*<words>",
    r"<S>(没有?|未)(真的?|真正)?在<home>(住|生活|待|呆|定居)过",
    node_type="place",
    stance="never",
)

HOMES: tuple[Cue, ...] = (*_LIVING, *_GOING_ON, *_MOVED, *_LEFT, *_LIVED, *_STUDIED, *_NEVER)
