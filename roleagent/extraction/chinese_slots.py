"""What the slots of Chinese cue templates stand for."""

from __future__ import annotations

HAN = r"[\u4e00-\u9fff]"
_MARK = "[,，。！!？?；;…~～]"
_TURNS = "那|其实|因为|所以|而且|还有|另外|对了|嗯|啊|是的|不|你好|您好|大家好|目前|现在|今年"
_ADVERBS = (
    "现在|目前|如今|一直|平时|平常|最近|刚刚?|已经|从小|[今去前]年|上个月|上周|其实|也|还|都|就|是"
    "|特别|非常|很|最|真的?|超级?|比较|挺|一家"
)
# "我" where a clause begins, so that "他说我…" and "我朋友…" are none; also "我和老公…".
_NUMBER = r"(?:\d{1,4}|[一二两三四五六七八九十几]{1,3})"
_POINT = (
    rf"(?:\d{{4}}年(?:\d{{1,2}}月)?(?:\d{{1,2}}[日号])?(?:底|初)?|[今去前]年(?:{_NUMBER}月)?"
    rf"|上个?月|这个?月|上周|昨天|前天|今天|前几天"
    rf"|(?:大约|大概)?{_NUMBER}(?:年|个月|个星期|周|天)(?:以)?前|{_NUMBER}月(?:份)?)"
)
_SINCE = rf"(?:自从?|从)?{_POINT}(?:开始|起|以来|以后|之后)[,，]?"
_STILL = "(?:还|也|都|就|是|一直)*"
_SPAN = rf"从?{_POINT}(?:到|至){_POINT}(?:之间|期间)?[,，]?"
_PAST = (
    "(?:很久)?以前|曾经|过去|从前|原来|原先|之前|小时候|小的时候|年轻的时候|年轻时|那时候?|当年|上大学的时候|上学的时候"
    "|大学时|读书的时候|大学期间"
)
_SELF = rf"(?:我们|我)(?:自己|本人|[和跟]{HAN}{{1,4}}(?=住|搬|养))?"
# A clause without a subject goes on from one that has it: "我叫小明，住在…".
_CLAUSE = "[^,，。！？我你他她]{1,10}[,，]"
_SELF_BEFORE = rf"我(?:以前|曾经|今年)?(?:叫|的名字是|是|姓|住在|来自){_CLAUSE}(?:{_CLAUSE})?(?![我你他她])"
PET = "小?猫咪?|小?狗狗?|兔子|仓鼠|鹦鹉|乌龟|金鱼|马|蜥蜴|蛇|龙猫|柯基|橘猫|黑猫|白猫|金毛|哈士奇|英短|布偶猫"
# "我从京东辞职了，加入了小米": the second clause has the first one's subject, unless another came.
_AND_THEN = (
    rf"(?<!{HAN})(?:{_TURNS}|{_POINT})*{_SELF}[^,，。！？；你他她它我]{{1,20}}[,，]"
    rf"(?:{_ADVERBS}|然后|又|后来|{_POINT})*"
)

SLOTS = {
    "I": rf"(?<!{HAN})(?:{_TURNS}|{_SINCE})?(?:{_SELF}|{_SELF_BEFORE})",
    "andthen": _AND_THEN,
    "Iat": rf"(?:{_AND_THEN}|(?<!{HAN})(?:{_TURNS}|后来|最近|终于|然后|{_POINT}(?:的时候)?[,，]?)*"
    rf"{_SELF}(?:们|全家|一家)?"
    rf"(?:{_ADVERBS}|后来|终于|又|于|在(?={_POINT})|{_POINT})*)",
    "Ithen": rf"(?<!{HAN})(?:{_TURNS})?(?:(?:{_SPAN}|{_POINT})?(?:{_PAST})[,，]?{_SELF}{_STILL}"
    rf"|{_SELF}(?:还|也|都|就|是)*(?:{_PAST})(?:{_SPAN}|{_POINT})?{_STILL})",
    "Ithrough": rf"(?<!{HAN})(?:{_SPAN}{_SELF}|{_SELF}{_SPAN}|{_POINT}(?:的时候|那年)[,，]?{_SELF}){_STILL}",
    "now": rf"(?:{_ADVERBS}|{_SINCE})*",
    "my": r"(?<!和)(?<!跟)(?:我们?家里?|我们|我)的?(?:那只|这只|小|大|亲|双胞胎)?",
    "called": r"(?:的?名字)?(?:就|也)?(?:叫做|名叫|叫|名字是|的名字是|是叫)",
    "nomore": r"(?:现在|已经|早就|早已|如今|其实)*不(?:再)?",
    "one": r"(?:一名|一个|一位|个|位|名)?",
    "some": r"(?:[一二两三四五几\d]+|好几)(?:只|条|匹|个|隻)",
    "pet": rf"(?P<kind>{PET})",
    "anypet": rf"(?:{PET})",
    "end": rf"(?={_MARK}|$)",
    "words": rf"(?P<value>[^,，。！!？?；;、…~～]{{1,20}}?)(?=(?:{_MARK}|[、\s])|$|但|因为|所以|而且|的时候)",
    "list": rf"(?P<value>[^,，。！!？?；;…~～]{{1,60}}?)(?={_MARK}|$|但|因为|所以|而且|不过)",
    "name": rf"(?P<value>{HAN}[\u4e00-\u9fff·]{{0,7}}?|[A-Za-z][A-Za-z .'-]{{0,30}}?)"
    rf"(?={_MARK}|[、\s]|$|吧|就好|就行|就可以|和|跟)",
    "place": rf"(?P<value>{HAN}{{2,8}}?)",
    "firm": r"(?P<value>[^,，。！？、]{2,16}?)",
    "age": r"(?P<value>\d{1,3}|[一二两三四五六七八九十百]{1,4})岁(?!的时候|时|那年|以前|之前|就|生日)",
}
