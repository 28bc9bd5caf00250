"""What Chinese speakers say of themselves that began, was, ended or never was: the table of cues."""

from __future__ import annotations

from roleagent.learning.chinese import readers as read
from roleagent.learning.chinese.slots import HAN, SLOTS
from roleagent.learning.claims import Cue, CueTable

_cues = CueTable(slots=SLOTS).cues

_NAMES = (
    *_cues(
        "is_called", read.name, r"<Iat>(已经)?(改名|改了名字)(叫|为|成|,|，)*了?(叫)?<name>", stance="began"
    ),
    *_cues("is_called", read.name, r"<I>(的名字)?(不(是)?叫|从来?没叫过)<name>", stance="never"),
)

_PLACES = (
    *_cues(
        "lives_in",
        read.place,
        r"<Iat>(<with>|全家|终于|已经|决定)*(又|再次|重新)?(搬到|搬去|搬来|搬回|搬进|移居到?|移民到?"
        r"|搬家到|定居到?(?!在|于))(了|过来|过去)?"
        r"(?!家|家里|学校|公司)<words>",
        r"<Iat>(从[^,，。！？]{2,8})(搬到|搬去|搬来|搬回|来到)了?<words>",
        r"<Iat>(现在)?(住到|住进)了?<words>",
        r"<Iat>(又|再次|重新)?回到了?<words>(?=住|生活|定居)",
        r"<my>?(新家|现在的家)(在|就在|是)<words>",
        node_type="place",
        stance="began",
    ),
    *_cues(
        "lives_in",
        read.place,
        r"<I><nomore>住在<words>",
        r"<I><nomore>住(?!在)<place>了<end>",
        r"<Iat>(已经)?(搬离|搬出)了?<words>",
        r"<Iat>(已经)?从<place>(搬走|搬出来|搬离)了?",
        node_type="place",
        stance="ended",
    ),
    *_cues(
        "lives_in",
        read.place,
        r"<Ithen>住在?<words>",
        rf"<Ithen>在(?P<value>{HAN}{{2,8}}?)(住|生活|待|呆|定居)",
        rf"<Iat>(在)(?P<value>{HAN}{{2,8}}?)(住|生活|待|呆)过",
        r"<Iat>住过<words>",
        r"<Ithrough>(都|一直)?住在<words>",
        rf"<Ithrough>(都|一直)?在(?P<value>{HAN}{{2,8}}?)(住|生活|待)",
        node_type="place",
        stance="held",
    ),
    *_cues(
        "lives_in",
        read.place,
        rf"<I>(从来|从|根本|压根)?(没有?|并没有?)(在)(?P<value>{HAN}{{2,8}}?)(住|生活|待)过",
        r"<I>(从来|从|根本|压根)(没有?|就?没有?)住过<words>",
        r"<I>(其实|根本|压根|从来)?(并?没有?|没)(搬到|搬去|搬来)过?<words>",
        r"<I>(根本|压根|其实|从来)(就)?(不|没)住在<words>",
        node_type="place",
        stance="never",
    ),
)

_WORK = (
    *_cues(
        "works_as",
        read.job,
        r"<Iat>(终于|刚刚?|已经)*(成为|成了|当上|做上|当起)了?<one><words>",
        r"<Iat>(终于|刚刚?|已经)*开始(当|做|担任)<one><words>",
        stance="began",
    ),
    *_cues(
        "works_as",
        read.job,
        r"<Iat>(刚刚?|已经|被|终于)*(升职|提拔|升|晋升)(为|成|当)了?<one><words>",
        r"<Iat>(刚刚?|已经|终于)*(转行|改行|跳槽|换工作|换了工作)(了)?[,，]?(现在)?(去)?(当|做|成|是"
        r"|成为)了?<one><words>",
        r"<my>(新工作|新职业)(就)?是(当|做)?<one><words>",
        stance="began",
        replaces=True,
    ),
    *_cues("works_as", read.job, r"<I><nomore>(是|当|做)<one><words>", stance="ended"),
    *_cues("works_as", read.job, r"<Iat>(已经)?(辞去|辞掉)了?<words>(?=的(工作|职务))", stance="ended"),
    *_cues(
        "works_as",
        read.job,
        r"<Ithen>(是|当过?|做过?|干过?)<one><words>",
        r"<Iat>(当|做)过<one><words>",
        r"<Ithrough>(是|当|做)<one><words>",
        stance="held",
    ),
    *_cues(
        "works_as", read.job, r"<I>(从来|从|根本)(就)?(没有?|不)(当过|做过|是|当)<one><words>", stance="never"
    ),
    *_cues(
        "works_at",
        read.workplace,
        r"<Iat>(刚刚?|已经|终于)*(加入|入职|进入?)了?(?!大学|中学|小学|医院看)<words>",
        r"<Iat>(刚刚?|已经)*开始在(?P<value>[^,，。！？、]{2,16}?)(工作|上班|任职)",
        r"<I>[^,，。]{0,12}(辞|离职|跳槽|裁)[^,，。]{0,12}[,，](然后|后来|现在)?(去|进|入职|到)了?<words>",
        node_type="organisation",
        stance="began",
    ),
    *_cues(
        "works_at",
        read.workplace,
        r"<Iat>(刚刚?|已经|终于)*(从[^,，。]{2,10})?(跳槽|跳|换工作|换了工作)(到|去)了?<words>",
        r"<Iat>(刚刚?|已经|终于)*(换了|找到了?)(一?份)?新?工作[,，]?(现在)?(在|是在|去)<firm>(工作|上班"
        r"|任职|[,，。！]|$)",
        r"<my>(新公司|新单位|新东家)(就)?(是|叫)<words>",
        r"<my>新工作(就)?在<words>",
        node_type="organisation",
        stance="began",
        replaces=True,
    ),
    *_cues(
        "works_at",
        read.workplace,
        r"<I><nomore>在<firm>(工作|上班|任职|做|干)",
        r"<Iat>(已经|刚刚?)*从<firm>(辞职|离职|退休|离开|跳槽|被裁)",
        r"<Iat>(已经|刚刚?)*被<firm>(裁了|裁员|辞退|解雇|开除)",
        r"<Iat>(已经|刚刚?)*(辞掉|辞了|离开)了?<firm>的工作",
        node_type="organisation",
        stance="ended",
    ),
    *_cues(
        "works_at",
        read.workplace,
        r"<Ithen>(就)?在<firm>(工作|上班|任职|上过班|干过|做过)",
        r"<Iat>在<firm>((工作|任职|干|做)过|上过班)",
        r"<Ithrough>在<firm>(工作|上班|任职)",
        node_type="organisation",
        stance="held",
    ),
    *_cues(
        "works_at",
        read.workplace,
        r"<I>(从来|从|根本)?(没有?|并没有?)在<firm>(工作|上班|任职|干|做)过",
        node_type="organisation",
        stance="never",
    ),
)

_TASTES = (
    *_cues(
        "likes",
        read.things,
        r"<Iat>(开始|刚刚?|突然|最近)*(迷上|爱上|喜欢上|开始喜欢|开始学)了?<list>",
        r"<my>(的)?新(爱好|兴趣)(就)?是<list>",
        stance="began",
    ),
    *_cues(
        "likes",
        read.things,
        r"<I><nomore>(喜欢|爱)(?P<value>[^,，。！!？?；;…]{1,20}?)了<end>",
        r"<I>(现在|已经|早就|早已|如今)*不再(喜欢|爱)<list>",
        r"<I>(现在|已经)*(?P<value>[^,，。！!？?；;…我你他她]{1,10}?)(玩|看|喝|吃|学|练)?腻了<end>",
        r"<I>(现在|已经)*对(?P<value>[^,，。！!？?；;…]{1,20}?)(没|失去|不再有|不感)了?(有)?兴趣",
        r"<I>(现在|已经)*(放弃|戒掉|戒)了<list>",
        stance="ended",
    ),
    *_cues("likes", read.things, r"<Ithen>(很|特别|最|挺|非常)*(喜欢|爱|迷)<list>", stance="held"),
    *_cues(
        "likes",
        read.things,
        r"<I>(其实|从来|从|一直|根本|压根)+(都|就)*(没|不)(有)?(喜欢|爱)过?<list>",
        stance="never",
    ),
    *_cues(
        "dislikes",
        read.things,
        r"<I>(现在|已经)*不再讨厌<list>",
        r"<I>(现在|已经)*不讨厌(?P<value>[^,，。！!？?；;…]{1,20}?)了<end>",
        stance="ended",
    ),
    *_cues("dislikes", read.things, r"<Ithen>(很|特别|最|挺|非常)*讨厌<list>", stance="held"),
    *_cues(
        "fears",
        read.things,
        r"<I>(现在|已经)*不(再|害)?怕(?P<value>[^,，。！!？?；;…]{1,20}?)了<end>",
        stance="ended",
    ),
    *_cues(
        "plays",
        read.games,
        r"<I><nomore>(?P<value>(弹|拉|吹|打|踢|下|演奏)[^,，。！？；…]{1,20}?)了<end>",
        stance="ended",
    ),
)

_PETS = (
    *_cues(
        "has_pet",
        read.name,
        r"<Iat>(刚刚?|新)*(领养|收养|买|养)了<some>叫(做)?(?P<value>[\u4e00-\u9fffA-Za-z]{1,8}?)的<pet>",
        node_type="animal",
        stance="began",
    ),
    *_cues(
        "has_pet",
        read.name,
        rf"<my><pet>(?P<value>({HAN}|[A-Za-z]){{1,6}}?)(已经|昨天|前几天|上个月|上周|去年|今年)?(去世"
        rf"|死|走丢|过世|走|送人|丢)了",
        rf"<I>(已经|昨天|前几天|上个月|只好)*把<pet>(?P<value>({HAN}|[A-Za-z]){{1,6}}?)(送人|送走"
        rf"|送给别人|送给朋友)了",
        node_type="animal",
        stance="ended",
    ),
    *_cues(
        "has_pet",
        read.name,
        r"<Ithen>(养过?|有过?)<some>叫(做)?(?P<value>[\u4e00-\u9fffA-Za-z]{1,8}?)的<pet>",
        r"<Ithen>(养过?|有过?)<some><pet>[,，]?(名?叫|名字是|名字叫)<name>",
        node_type="animal",
        stance="held",
    ),
    *_cues(
        "has_pet",
        read.name,
        r"<I>(从来|根本|其实)?(没有?|没)养过?(<some>)?叫(做)?(?P<value>[\u4e00-\u9fffA-Za-z]{1,8}?)的<pet>",
        node_type="animal",
        stance="never",
    ),
)

_PEOPLE = (
    *_cues(
        "married_to",
        read.name,
        rf"<Iat>(终于|刚刚?)*(和|跟|与)(?P<value>{HAN}{{2,4}}?|[A-Z][a-z]+)(已经|去年|今年|上个月"
        rf"|终于)*(结婚了|结了婚|领证了)",
        node_type="person",
        stance="began",
    ),
    *_cues(
        "married_to",
        read.name,
        r"<Iat>(已经|去年|今年|刚刚?|最近)*(离婚了|离了婚)",
        r"<I>(和|跟|与)(老公|老婆|丈夫|妻子|先生|太太)(已经|去年|今年|刚刚?)*(离婚|分开|离)了",
        stance="ended",
    ),
)

CHANGES: tuple[Cue, ...] = (*_NAMES, *_PLACES, *_WORK, *_TASTES, *_PETS, *_PEOPLE)
