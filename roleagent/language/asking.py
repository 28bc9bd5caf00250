"""What a message asks for, by its words: anything at all, the one who is spoken to, how things stand now."""

from __future__ import annotations

import re

from roleagent.language.scripts import has_unspaced
from roleagent.language.tokens import words

_MOST_CHARS = 400
_MOST_WORDS = 40  # a longer message may ask for anything somewhere
_LEADS = r"(?:so|and|but|well|ok|okay|oh|ah|right|now|then|please|hey|just|go on|come on)\b\W*"
_ASKS = re.compile(
    rf"[?？]|(?:^|[.!;]\s*)(?:{_LEADS}){{0,2}}"
    r"(?:what(?! an?\b)|wh(?:o|om|ose|ere|en|y|ich)\b|wot\b|how\b|"
    r"(?:do|does|did|is|are|am|was|were|can|could|would|will|shall|should|may|might|must|have|has|had|got|any|"
    r"ain't|isn't|don't|doesn't|tell|say|print|repeat|write|stop|forget|ignore|pretend|act|answer|reply|list|"
    r"show|give|read|look|be|switch|speak|let|let's|imagine|describe|explain|translate|continue|summari[sz]e|"
    r"book|cancel|turn|order|roll|reveal|follow|wheres|whats|buy|bring|name|remind|recite|spell|sing|make|play|"
    r"put|find|check|help|start|use|call|think|guess|bet|swear|promise|remember|quote|talk)\b)"
    r"|\bI(?:'d| would)? (?:need|want|wonder|wish|like) (?:to |the |a )|\bI wonder\b|\bmy name\b"
    r"|\b(?:tell|remind|show|give|teach|ask) me\b|\byou(?:'re| are|r| were|'ve)\b",
    re.IGNORECASE,
)
_ASKS_UNSPACED = re.compile(
    "[?？]|吗|么|呢|什么|谁|哪|几|怎|为何|多少|多久|多大|啥|咋|何|是不是|有没有|能不能|请|把|告诉|说说|讲讲|写|念|重复|忘掉|"
    "忽略|扮|讲个|唱|开灯|关灯|订|我要|我想(?:知道|问|要)|天气怎|当成|别再|不许|帮|给我|回答|你|您(?!带|的福)"
)

_OF_ONES_OWN = (
    r"(?:favou?rite|brother|sister|mother|father|parents?|wife|husband|sons?|daughters?|child(?:ren)?|uncle|aunt"
    r"|cousin|grand\w+|family|name|nickname|surname|age|birthday|job|trade|profession|boss|master|employer|teacher"
    r"|friends?|enem(?:y|ies)|rival|partner|home|house|birthplace|childhood|youth|past|life|story|opinion|secret"
    r"|dream|fear|religion|faith|mind|heart|pet|dog|cat|horse)"
)
_PERSONAL = re.compile(
    r"\b(?:do|did|didn't|don't) you (?!have\b|happen\b|know (?:when|where|how|if|whether|what time)\b|sell\b"
    r"|stock\b|serve\b|offer\b|still have\b|got\b|see\b|hear\b)"
    r"|\bhave you (?:ever|always|been|never|known|lived|worked)\b|\b(?:were|was|weren't) you\b"
    r"|\bare you (?!open|closed|free\b|busy|in\b|on duty|there|expecting|sold|out of)"
    r"|\b(?:when|why|how) (?:did|were|do) you\b|\bwhere (?:did|were|do|have) you\b"
    r"|\bhow (?:old|tall) (?:are|is)\b"
    r"|\bhow long have you\b|\b(?:who|what) are you\b"
    rf"|\byour (?:\w+ ){{0,2}}{_OF_ONES_OWN}\b"
    r"|\bwould you (?:rather|ever|like to be)\b"
    r"|\bcan you (?:swim|sing|read|dance|ride|fly|bake|cook|cry|swear|speak|play)\b"
    r"(?! (?:me|us|something|a|the|for))"
    r"|\bwho (?:invented|built|taught|founded|drove|made|wrote|helped|gave|discovered|raised|killed|owns"
    r"|hired|married|was)\b|\btell me (?:about|of) (?:your|you|the (?:time|day))\b"
    r"|^\W*(?:thanks?|thank you|good (?:morning|evening|day|afternoon|night)|hello|hi|hey|how do you do"
    r"|goodbye|bye)\b[^?]*$"
    "|[你您](?:最?(?:喜欢|爱)|怕|多大|几岁|贵|叫|是谁|是不是|会不会|会[^给帮]|相信|觉得|想不想|信不信"
    "|有没有(?:兄弟|姐妹|孩子|家人)|从前|以前|小时候|当年|什么时候(?:来|到|学|开始))"
    "|[你您](?:的)?(?:师父|父亲|母亲|爹|娘|妻子|老婆|丈夫|儿子|女儿|哥哥|弟弟|姐姐|妹妹|家(?!还有|有没有|卖|店)|名字|朋友|徒弟|生日)"
    "|^[你您]好|多少年了|哪里人|那里人(?=[？?]|$)|谁教",
    re.IGNORECASE,
)
_SHOWN = re.compile(
    r"\b(?:listen(?: to)?|look(?: at)?|hear|watch|read|make of|think of|see)\b (?:\w+ ){0,2}?"
    r"(?:this|it|that|these|those)\b|[听看瞧](?:听|看|瞧|一下|下)?(?:这|那)",
    re.IGNORECASE,
)
_OF_THE_MOMENT = re.compile(
    r"\b(?:now|today|tonight|tomorrow|this (?:week|morning|afternoon|evening|weekend)|at the moment|currently"
    r"|right away|soon|left|still|yet|already|any|anything|nearly|almost|next|here|there|outside|nearby|until"
    r"|till|how (?:much|many|far)|(?:on|by|until|this|next) (?:mon|tues|wednes|thurs|fri|satur|sun)day|please"
    r"|news|arrived?|available|ready|due)\b"
    "|今天|今晚|今夜|明天|下午|早上|上午|现在|这会儿|眼下|还有|还剩|有没有|没有[？?]|下一|几点|外面|外头|多少"
    "|到了(?:吗|没)|什么时候(?:有|开|到|走|来)|最近|这周|请|帮",
    re.IGNORECASE,
)


def asks(text: str) -> bool:
    """Whether a message wants to know something or have something done, by its words; English and Chinese.

    >>> asks("got any family left anywhere"), asks("Stop being the cook."), asks("您有娃儿没有？")
    (True, True, True)
    >>> asks("I'm tired, was up half the night"), asks("What a day!"), asks("外头下了一天的雨")
    (False, False, False)
    """
    if len(text) > _MOST_CHARS:
        return True
    pattern = _ASKS_UNSPACED if has_unspaced(text) else _ASKS
    evened = (" ".join(each.split()) for each in (text, *text.splitlines()))  # a line may begin a sentence
    return len(words(text)) > _MOST_WORDS or any(map(pattern.search, evened))


def is_personal(text: str) -> bool:
    """Whether a message asks for the one who is spoken to (kin, tastes, the past), or greets.

    >>> is_personal("Do you like trains?"), is_personal("您多大了？"), is_personal("Do you have any trains?")
    (True, True, False)
    """
    return _PERSONAL.search(text[:_MOST_CHARS]) is not None


def is_about_what_is_shown(text: str) -> bool:
    """Whether a message asks to look at or listen to what comes with it.

    >>> is_about_what_is_shown("Would you listen to it?"), is_about_what_is_shown("你看看这个")
    (True, True)
    >>> is_about_what_is_shown("Would you look up the train?")
    False
    """
    return _SHOWN.search(text[:_MOST_CHARS]) is not None


def is_of_the_moment(text: str) -> bool:
    """Whether a message is about how things stand now or soon, which nobody knows by heart.

    >>> is_of_the_moment("How many are left?"), is_of_the_moment("今天下雨吗？")
    (True, True)
    >>> is_of_the_moment("Who built it?")
    False
    """
    return _OF_THE_MOMENT.search(text[:_MOST_CHARS]) is not None
