"""What Chinese speakers say is so of themselves: the table of cues, in simplified characters (see `fold`)."""

from __future__ import annotations

from roleagent.learning.chinese import readers as read
from roleagent.learning.chinese.slots import HAN, SLOTS
from roleagent.learning.claims import Cue, CueTable

_cues = CueTable(slots=SLOTS).cues


def _kin(relation: str, who: str) -> tuple[Cue, ...]:
    """Ways to name a relative: 我姐姐叫小红，我的姐姐名字是小红，我有个姐姐叫小红."""
    return _cues(
        relation,
        read.names,
        rf"<my>({who})<called><list>",
        rf"<I>有([一两二三四\d]?个|一位)?({who})[,，]?(分别)?<called><list>",
        node_type="person",
    )


_NAMES = (
    *_cues(
        "is_called",
        read.name,
        r"<I>的?(名字|全名|本名)(叫做|叫|是)<name>",
        r"<I>(现在)?(名叫|叫做|叫)(?!了|过|他|她|它|你)<name>",
        r"(你|您|大家|请|都|可以|就)叫我<name>",
        r"^叫我<name>",
        r"<I>改名(叫|为|成)了?<name>",
        rf"^(你好|您好|大家好|嗨|哈喽|hi|hello)[,，!！。 ]*我是(?P<value>{HAN}{{2,4}}|[A-Z][a-z]+)<end>",
    ),
)

_PLACES = (
    *_cues(
        "lives_in",
        read.place,
        r"<I><now>(住在|居住在|定居在|定居于|生活在|常住)<words>",
        rf"<I><now>住(?!在)(?={HAN}{{2,}}[市省县区镇村])<words>",
        r"<I>的?家(就)?(在|住)<words>",
        r"^(?:目前|现在)?家住<words>",
        r"<I>人在<words>",
        r"<I>在<place>(生活|居住|定居)(?=了|$|[,，。！])",
        node_type="place",
    ),
    *_cues(
        "comes_from",
        read.place,
        r"<I><now>来自<words>",
        r"<I>的?(老家|家乡|故乡)(在|是)<words>",
        r"<I><now>在?<place>长大",
        r"<I>是?从<place>来的",
        node_type="place",
    ),
    *_cues("comes_from", read.native_of, r"<I><now>是?(地道的|土生土长的)?<place>人<end>", node_type="place"),
    *_cues("nationality", read.nationality, r"<I><now>是?(一个|一名)?<place>人<end>"),
    *_cues(
        "born_in",
        read.place,
        r"<I>是?(出生在|出生于|生在|生于)(?!\d)<words>",
        r"<I>是?(出生在|出生于|生在|生于)\d{4}年的?<words>",
        r"<I>是?在<place>出生",
        node_type="place",
    ),
)

_TIMES = (
    *_cues(
        "aged",
        read.age,
        r"<I><now>(满)?<age>",
        r"<I>的?年龄是(?P<value>\d{1,3})",
    ),
    *_cues(
        "born_on",
        read.date,
        r"<I>的?生日(就)?(是|在)(?!农历)<words>",
        r"<I>是?(出生于|生于|出生在)(?=\d)<words>",
        r"<I>是?(?P<value>\d{4}年(\d{1,2}月)?(\d{1,2}[日号])?)(出生|生)(的|人)?",
    ),
)

_WORK = (
    *_cues(
        "works_as",
        read.job,
        r"<I><now>(是|当|做|担任)(着|了)?<one><words>",
        r"<I>的?(职业|工作|本职)是(当|做)?<one><words>",
        r"<I><now>在[^,，。！？]{2,16}?(当|做|担任|任)<one><words>",
        r"<I><now>(做|干|从事)<words>(?=这一?行|行业|的工作|工作)",
    ),
    *_cues(
        "works_at",
        read.workplace,
        r"<I><now>在<firm>里?(工作|上班|任职|教书|做事|当|做(?!梦)|实习|就职)",
        r"<I><now>(就职于|任职于|供职于)<words>",
        r"<I>的?(公司|单位)(是|叫)<words>",
        node_type="organisation",
    ),
    *_cues(
        "studied_at",
        read.workplace,
        r"<I><now>(就读于|毕业于)<words>",
        r"<I><now>在(?P<value>[^,，。！？、]{2,16}?(大学|学院|中学|高中|小学))(读书|上学|念书|读研|读博"
        r"|学习)",
        node_type="organisation",
    ),
)

_TASTES = (
    *_cues(
        "likes",
        read.things,
        r"<I><now>(喜欢|热爱|喜爱|爱好|酷爱|爱(?=[吃喝看听玩打跑游读画唱跳做养]))<list>",
        r"<I>的?(爱好|兴趣|业余爱好)(是|有|包括)<list>",
        r"<I><now>对(?P<value>[^,，。！!？?；;…]{1,20}?)(很|非常|特别|挺|超级|十分)?(感兴趣|有兴趣|着迷"
        r"|入迷)",
        rf"(?<!{HAN})(?P<value>[^,，。！!？?；;…]{{1,12}}?)是我(的|最大的)*(爱好|最爱|兴趣)",
        r"<I>最爱(?!的|我|你)<list>",
        r"<I>最(喜欢|爱)的[^,，。！？]{1,8}?是<list>",
    ),
    *_cues(
        "dislikes",
        read.things,
        r"<I><now>(讨厌|厌恶|反感|痛恨|恨)<list>",
        r"<I><now>不(太|怎么|是很)?(喜欢|爱(?=[吃喝看听玩]))(?![^,，。！？]*了([,，。！]|$))<list>",
        r"<I>受不了<list>",
    ),
    *_cues("fears", read.things, r"<I><now>(害怕|怕|恐惧)<list>"),
    *_cues(
        "plays",
        read.games,
        r"<I><now>(会|能|在学|常|经常|喜欢)*(?P<value>(弹|拉|吹|打|踢|下|演奏)[^,，。！？；…]{1,20}?)<end>",
    ),
    *_cues(
        "speaks",
        read.languages,
        r"<I><now>(会|能)?(说|讲)<list>",
        r"<I>的?母语是<list>",
        rf"<I><now>(会|精通|懂)(?!说|讲)(?={HAN}{{1,3}}[语文话])<list>",
    ),
)

_PETS = (
    *_cues(
        "has_pet",
        read.names,
        rf"<I>家?<now>(养了?|有|领养了?|收养了?)<some>({HAN}{{1,3}}的)?<pet>[,，]?(它|们|分别)*"
        rf"(的?名字)?(名叫|叫做|叫|是)<list>",
        rf"<I>(家里?)?<now>(养着?|养了|有)<some>叫(做)?(?P<value>({HAN}|[A-Za-z]){{1,8}}?)的<pet>",
        r"<my>(养的)?<pet>(的?名字)?(名叫|叫做|叫|是叫|名字是|的名字是)<list>",
        node_type="animal",
    ),
    *_cues(
        "has_pet",
        read.animals,
        rf"<I><now>(养了?|有|领养了?|收养了?)(?P<value><some>((?!叫|名){HAN}{{1,3}}的)?<anypet>)"
        rf"(?![,，]?(它)?(们)?(的名字)?(分别)?(名?叫|名字)|{HAN})",
        r"<I>家?养了?(?P<value><anypet>)<end>",
        node_type="animal",
    ),
)

# The second half of a sentence whose first half named the speaker.
_GOING_ON = (
    *_cues("lives_in", read.place, r"<andthen>住在<words>", node_type="place"),
    *_cues("works_at", read.workplace, r"<andthen>在<firm>(工作|上班|任职)", node_type="organisation"),
    *_cues("works_as", read.job, r"<andthen>(是|当|做)<one><words>"),
)

_PEOPLE = (
    *_kin("married_to", "老婆|妻子|太太|老公|丈夫|爱人|媳妇|先生"),
    *_kin("sibling_of", "哥哥|弟弟|姐姐|妹妹|哥|弟|姐|妹|大哥|二哥|大姐|二姐"),
    *_kin("parent_of", "儿子|女儿|孩子|宝宝|闺女|小孩"),
    *_kin("has_mother", "妈妈|母亲|妈|老妈"),
    *_kin("has_father", "爸爸|父亲|爸|老爸"),
    *_kin("friend_of", "好朋友|朋友|闺蜜|死党|最好的朋友|哥们"),
)

CUES: tuple[Cue, ...] = (*_NAMES, *_PLACES, *_TIMES, *_WORK, *_TASTES, *_PETS, *_GOING_ON, *_PEOPLE)
