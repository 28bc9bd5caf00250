"""What Chinese speakers say of themselves: the table of cues, in simplified characters (see `fold`)."""

from __future__ import annotations

from roleagent.extraction import chinese_readers as read
from roleagent.extraction.claims import Cue, CueTable

_HAN = r"[\u4e00-\u9fff]"
_MARK = "[,，。！!？?；;…~～]"
_TURNS = "那|其实|因为|所以|而且|还有|另外|对了|嗯|啊|是的|不|你好|您好|大家好|目前|现在|今年"
_ADVERBS = (
    "现在|目前|如今|一直|平时|平常|最近|刚刚?|已经|从小|[今去前]年|上个月|上周|其实|也|还|都|就|是"
    "|特别|非常|很|最|真的?|超级?|比较|挺|一家"
)
# "我" where a clause begins, so that "他说我…" and "我朋友…" are none; also "我和老公…".
_SELF = rf"(?:我们|我)(?:自己|本人|[和跟]{_HAN}{{1,4}}(?=住|搬|养))?"
# A clause without a subject goes on from one that has it: "我叫小明，住在…".
_CLAUSE = "[^,，。！？我你他她]{1,10}[,，]"
_SELF_BEFORE = rf"我(?:以前|曾经|今年)?(?:叫|的名字是|是|姓|住在|来自){_CLAUSE}(?:{_CLAUSE})?(?![我你他她])"
_PET = (
    "小?猫咪?|小?狗狗?|兔子|仓鼠|鹦鹉|乌龟|金鱼|马|蜥蜴|蛇|龙猫|柯基|橘猫|黑猫|白猫|金毛|哈士奇|英短|布偶猫"
)

SLOTS = {
    "I": rf"(?<!{_HAN})(?:{_TURNS})?(?:{_SELF}|{_SELF_BEFORE})",
    "now": rf"(?:{_ADVERBS})*",
    "my": r"(?<!和)(?<!跟)(?:我们?家里?|我们|我)的?(?:那只|这只|小|大|亲|双胞胎)?",
    "called": r"(?:的?名字)?(?:就|也)?(?:叫做|名叫|叫|名字是|的名字是|是叫)",
    "before": r"(?:以前|过去|曾经|从前|原来)",
    "nomore": r"(?:现在|已经|早就)*不(?:再)?",
    "one": r"(?:一名|一个|一位|个|位|名)?",
    "some": r"(?:[一二两三四五几\d]+|好几)(?:只|条|匹|个|隻)",
    "pet": rf"(?P<kind>{_PET})",
    "anypet": rf"(?:{_PET})",
    "end": rf"(?={_MARK}|$)",
    "words": rf"(?P<value>[^,，。！!？?；;、…~～]{{1,20}}?)(?=(?:{_MARK}|[、\s])|$|但|因为|所以|而且|的时候)",
    "list": rf"(?P<value>[^,，。！!？?；;…~～]{{1,60}}?)(?={_MARK}|$|但|因为|所以|而且|不过)",
    "name": rf"(?P<value>{_HAN}[\u4e00-\u9fff·]{{0,7}}?|[A-Za-z][A-Za-z .'-]{{0,30}}?)"
    rf"(?={_MARK}|[、\s]|$|吧|就好|就行|就可以|和|跟)",
    "place": rf"(?P<value>{_HAN}{{2,8}}?)",
    "firm": r"(?P<value>[^,，。！？、]{2,16}?)",
    "age": r"(?P<value>\d{1,3}|[一二两三四五六七八九十百]{1,4})岁(?!的时候|时|那年|以前|之前|就|生日)",
}
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
        rf"^(你好|您好|大家好|嗨|哈喽|hi|hello)[,，!！。 ]*我是(?P<value>{_HAN}{{2,4}}|[A-Z][a-z]+)<end>",
    ),
    *_cues("is_called", read.name, r"<I>(的名字)?不(是)?叫<name>", ends=True),
)

_PLACES = (
    *_cues(
        "lives_in",
        read.place,
        r"<I><now>(住在|居住在|定居在|定居于|生活在)<words>",
        rf"<I><now>住(?!在)(?={_HAN}{{2,}}[市省县区镇村])<words>",
        r"<I>的?家(就)?在<words>",
        r"<I><now>(搬到|搬去|搬来|移居到?|搬家到|定居)(了|过来|过去)?<words>",
        r"<I>在<place>(生活|居住|定居)(?=了|$|[,，。！])",
        node_type="place",
    ),
    *_cues(
        "lives_in",
        read.place,
        r"<I><nomore>住在<words>",
        r"<I><before>住在<words>",
        r"<I>(已经)?(搬离|离开)了?<words>",
        node_type="place",
        ends=True,
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
        r"<I>(终于)?(成为|成了|当上)了?<one><words>",
    ),
    *_cues(
        "works_as",
        read.job,
        r"<I><nomore>(是|当|做)<one><words>",
        r"<I><before>(是|当过|做过|当|做)<one><words>",
        ends=True,
    ),
    *_cues(
        "works_at",
        read.workplace,
        r"<I><now>在<firm>里?(工作|上班|任职|教书|当|做(?!梦)|实习|就职)",
        r"<I><now>(就职于|任职于|供职于)<words>",
        r"<I>的?(公司|单位)(是|叫)<words>",
        node_type="organisation",
    ),
    *_cues(
        "works_at",
        read.workplace,
        r"<I><nomore>在<firm>(工作|上班|任职)",
        r"<I><before>在<firm>(工作|上班|任职)",
        r"<I>(已经|刚刚?)?从<firm>(辞职|离职)",
        node_type="organisation",
        ends=True,
    ),
    *_cues(
        "studied_at",
        read.workplace,
        r"<I><now>(就读于|毕业于)<words>",
        r"<I><now>在(?P<value>[^,，。！？、]{2,16}?(大学|学院|中学|高中|小学))(读书|上学|念书|读研|读博|学习)",
        node_type="organisation",
    ),
)

_TASTES = (
    *_cues(
        "likes",
        read.things,
        r"<I><now>(喜欢|热爱|喜爱|爱好|迷上了?|爱上了?|酷爱|爱(?=[吃喝看听玩打跑游读画唱跳做养]))<list>",
        r"<I>的?(爱好|兴趣|业余爱好)(是|有|包括)<list>",
        r"<I>最(喜欢|爱)的[^,，。！？]{1,8}?是<list>",
    ),
    *_cues(
        "dislikes",
        read.things,
        r"<I><now>(讨厌|厌恶|反感|痛恨|恨)<list>",
        r"<I><now>不(太|怎么|是很)?(喜欢|爱(?=[吃喝看听玩]))(?![^,，。！？]*了([,，。！]|$))<list>",
        r"<I>受不了<list>",
    ),
    *_cues(
        "likes",
        read.things,
        r"<I><nomore>(喜欢|爱)(?P<value>[^,，。！!？?；;…]{1,20}?)了<end>",
        r"<I>不再(喜欢|爱)<list>",
        r"<I><before>(很|特别|最)?(喜欢|爱)<list>",
        ends=True,
    ),
    *_cues(
        "dislikes",
        read.things,
        r"<I>(现在|已经)*不再讨厌<list>",
        r"<I>(现在|已经)*不讨厌(?P<value>[^,，。！!？?；;…]{1,20}?)了<end>",
        ends=True,
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
        rf"<I><now>(会|精通|懂)(?!说|讲)(?={_HAN}{{1,3}}[语文话])<list>",
    ),
)

_PETS = (
    *_cues(
        "has_pet",
        read.names,
        rf"<I>家?<now>(养了?|有|领养了?|收养了?)<some>({_HAN}{{1,3}}的)?<pet>[,，]?(它|们|分别)*(的?名字)?(名叫|叫做|叫|是)<list>",
        rf"<I><now>(养了?|有)<some>叫(做)?(?P<value>({_HAN}|[A-Za-z]){{1,8}}?)的<pet>",
        r"<my>(养的)?<pet>(的?名字)?(名叫|叫做|叫|是叫|名字是|的名字是)<list>",
        node_type="animal",
    ),
    *_cues(
        "has_pet",
        read.animals,
        rf"<I><now>(养了?|有|领养了?|收养了?)(?P<value><some>({_HAN}{{1,3}}的)?<anypet>)"
        rf"(?![,，]?(它)?(们)?(的名字)?(分别)?(名?叫|名字)|{_HAN})",
        r"<I>家?养了?(?P<value><anypet>)<end>",
        node_type="animal",
    ),
    *_cues(
        "has_pet",
        read.name,
        rf"<my><pet>(?P<value>({_HAN}|[A-Za-z]){{1,6}}?)(已经|昨天|前几天|上个月|去年)?(去世|死|走丢|过世)了",
        node_type="animal",
        ends=True,
    ),
)

_PEOPLE = (
    *_kin("married_to", "老婆|妻子|太太|老公|丈夫|爱人|媳妇"),
    *_cues(
        "married_to",
        read.name,
        rf"<I>(和|跟|与)(?P<value>{_HAN}{{2,4}}?|[A-Z][a-z]+)(已经|去年|今年)?结婚了",
        node_type="person",
    ),
    *_cues("married_to", read.name, r"<I>(已经|去年|今年|刚刚?|最近)*(离婚了|离了婚)", ends=True),
    *_kin("sibling_of", "哥哥|弟弟|姐姐|妹妹|哥|弟|姐|妹|大哥|二哥|大姐|二姐"),
    *_kin("parent_of", "儿子|女儿|孩子|宝宝|闺女|小孩"),
    *_kin("has_mother", "妈妈|母亲|妈|老妈"),
    *_kin("has_father", "爸爸|父亲|爸|老爸"),
    *_kin("friend_of", "好朋友|朋友|闺蜜|死党|最好的朋友|哥们"),
)

CUES: tuple[Cue, ...] = (*_NAMES, *_PLACES, *_TIMES, *_WORK, *_TASTES, *_PETS, *_PEOPLE)
