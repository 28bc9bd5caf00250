"""How Chinese asks to be shown something again."""

from __future__ import annotations

import re

from roleagent.language.media.reading import Reading, first_noun

NOUNS = {
    "image/": re.compile("照片|相片|图片|截图|自拍|合影"),
    "audio/": re.compile("录音|音频|语音"),
    "": re.compile("文件|附件"),
}
FILLER = re.compile(
    "上次|上回|刚才|刚刚|之前|以前|昨天|前天|今天|上周|上个?星期|上个月|去年|今年|麻烦|能不能|可不可以|可以"
    "|还记得|还留着|还在|还有|哪里|哪儿|里面|上面|出来|回来|一下|提到|关于"
    "|[的了过吗呢吧啊呀有那这一几张段个只座条辆些份我你您给让把再看瞧听发放找拍录照传次请想要能说讲是在里上]"
)
_ASK = re.compile(
    "给我再?[看瞧听发放找传]|[发传拿放找翻调](?:出来|回来|一下)?给我|让我再?[看瞧听]"
    "|(?:想要?|能不能|可不可以|可以|能)再?[看瞧听]|看看|听听|看一下|听一下|再看|再听|放一下|播放"
    "|[找翻调发拿]出来|找一下|找找|还在吗|还有吗|还留着|还记得|在哪|去哪|给我[。！？!?]?$"
)
_REFUSAL = re.compile("(?:不要|别|不想|不用|不必)(?:再|给我|让我)*[看瞧听发放找传]")
_GIVING = re.compile("给你再?[看瞧听发放传]|[发传拿放]给你|让你[看瞧听]|你[想要](?:不[想要])?[看听]")
_SHOWN_BEFORE = re.compile("(?:[发传拿放]给你|[给让]你再?[看瞧听发放传])过?[^，。！？；,!?;]{0,6}?的")
_DEFINITE = re.compile("[把那这]|上次|上回|刚才|刚刚|之前|以前|昨天|我的|我[发拍给传录照]|上周|上个月|去年")
_DATE = re.compile("上次|上回|昨天|前天|今天|上周|上个?星期|上个月|去年|今年|前年")
_PLURAL = re.compile("[那这]些|几[张段]|所有|全部")
_SENTENCE_END = re.compile(r"[。！？!?；;\n]")
_CLAUSE_END = re.compile("[，,]")


def read_chinese(text: str) -> Reading | None:
    """The first request for a picture or recording in a text."""
    readings = map(_read, _SENTENCE_END.split(text))
    return next((reading for reading in readings if reading), None)


def _read(sentence: str) -> Reading | None:
    sentence = _SHOWN_BEFORE.sub("发的", sentence)  # 我发给你的: it is shown already
    noun = first_noun(sentence, NOUNS)
    is_asking = _ASK.search(sentence) and not (_GIVING.search(sentence) or _REFUSAL.search(sentence))
    if noun is None or not is_asking:
        return None
    kind, match = noun
    clause = next(each for each in _CLAUSE_END.split(sentence) if match[0] in each)
    return Reading(
        described=_ASK.sub(" ", clause),
        kind=kind,
        is_definite=bool(_DEFINITE.search(sentence)),
        is_dated=bool(_DATE.search(sentence)),
        is_plural=bool(_PLURAL.search(sentence)),
    )
