"""Whether a message asks for something, or only says something."""

from __future__ import annotations

import re

from roleagent.language.scripts import has_unspaced
from roleagent.language.tokens import words

_MOST_CHARS = 400
_MOST_WORDS = 40  # a longer message may ask for anything somewhere
_LEADS = r"(?:so|and|but|well|ok|okay|oh|ah|right|now|then|please|hey|just|go on|come on)\b\W*"
_ASKS = re.compile(
    rf"[?？]|(?:^|[.!;\n]\s*)(?:{_LEADS}){{0,2}}"
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


def asks(text: str) -> bool:
    """Whether a message wants to know something or have something done, by its words; English and Chinese.

    >>> asks("got any family left anywhere"), asks("Stop being the cook."), asks("您有娃儿没有？")
    (True, True, True)
    >>> asks("I'm tired, was up half the night"), asks("What a day!"), asks("外头下了一天的雨")
    (False, False, False)
    """
    if len(text) > _MOST_CHARS:
        return True
    text = " ".join(text.split())
    pattern = _ASKS_UNSPACED if has_unspaced(text) else _ASKS
    return len(words(text)) > _MOST_WORDS or pattern.search(text) is not None
