"""How English speakers take back what they said."""

from __future__ import annotations

import re

from roleagent.language.patterns import bounded
from roleagent.learning.corrections import CorrectionTable

_RIGHT = r"(?P<right>(?:(?:St|Mt|Mr|Dr)\.\s)?[^,.!?;:()…\n]{1,40}?)"
_WRONG = r"(?P<wrong>(?:(?:St|Mt|Mr|Dr)\.\s)?[^,.!?;:()…\n]{1,40}?)"
_END = (
    r"(?=\s*[.!,;:()…\n]|\s*$|\s+(?:instead|actually|of course|and|but|sorry|as I|like I|where|that|of"
    r"|in|for|last|this|yesterday|today|recently|on|since)\b|\s+-)"
)
_NOT = r",?\s+(?:and\s+)?not\s+"
_MEANT = (
    r"\bI\s+(?:actually\s+|obviously\s+|of course\s+)?"
    r"(?:meant(?:\s+to\s+(?:say|write|type|put))?|should\s+have\s+(?:said|written|typed|put)|mean)"
    r"(?:\s+that)?[,:]?\s+(?:it(?:'s| is| was)\s+)?"
)
_IS = (
    r"\b(?:it|that|this)(?:'s|\s+is|\s+was|\s+should(?:\s+(?:be|have\s+been|read|say))?|\s+ought\s+to\s+be)"
    r"\s+(?:actually\s+|really\s+)?"
)
_SAID = r"\bI\s+(?:said|wrote|typed|told\s+you|put|mentioned|called\s+it)\s+(?:earlier\s+|before\s+)?"
_OPENING = (
    r"^(?:(?:oh|ah|no|wait|sorry|oops|whoops|hm+|er+|ugh|correction|scratch that|rather|or rather|i mean)"
    r"[,.!:]*\s+)+"
)


def _all(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(bounded(pattern), re.IGNORECASE) for pattern in patterns)


CORRECTIONS = CorrectionTable(
    mark=re.compile(
        r"\b(?:I\s+(?:mis(?:spoke|typed|wrote|stated|said)|(?:said|wrote|typed|put|got|had)\s+(?:it|that"
        r"|this)\s+wrong"
        r"|meant(?!\s+(?:to\s+(?:tell|ask|write\s+to|call|mention)|it|no|every))|should\s+have\s+(?:said"
        r"|written)"
        r"|(?:made|was\s+making)\s+a\s+(?:mistake|typo|slip)|wrong\s+(?:word|name|one|place|city)\b"
        r"|said\s+the\s+wrong|gave\s+you\s+the\s+wrong)"
        r"|(?:that|it|this)\s+(?:was|is|'s)\s+(?:wrong|a\s+(?:typo|mistake|slip)|not\s+(?:right|correct"
        r"|true))"
        r"|that's\s+(?:wrong|a\s+(?:typo|mistake)|not\s+(?:right|correct))|typo|scratch\s+that"
        r"|slip\s+of\s+the"
        r"|my\s+(?:mistake|bad)|correction|oops|whoops|let\s+me\s+correct)\b"
        r"|^(?:oh\s+|no,?\s+|ah,?\s+|wait,?\s+)*sorry[,:]?\s+(?:I|my|no)\b(?!\s+(?:was|am|'m|didn't|can't"
        r"|had|have))",
        re.IGNORECASE,
    ),
    instead=re.compile(
        r",?\s+(?:and\s+)?not\s+(?:in\s+|at\s+|for\s+|to\s+|called\s+)?(?P<wrong>(?!any|yet|just|only"
        r"|really|very|far|too"
        rf"|that|sure|because|so\b)[^,.!?;:()…\n]{{1,40}}?){_END}",
        re.IGNORECASE,
    ),
    swaps=_all(
        rf"{_MEANT}{_RIGHT}{_NOT}{_WRONG}{_END}",
        rf"{_SAID}{_WRONG}(?:,|,?\s+(?:but|when|and))\s+(?:I\s+(?:actually\s+)?(?:meant|mean)"
        rf"(?:\s+to\s+say)?|{_IS[2:]})\s*{_RIGHT}{_END}",
        rf"\bwhy\s+I\s+(?:said|wrote|typed|put)\s+{_WRONG},?\s+(?:when\s+|but\s+|as\s+)?(?:it|that)(?:'s"
        rf"|\s+is)\s+{_RIGHT}{_END}",
        rf"{_IS}{_RIGHT}\s+(?:that\s+|where\s+)?I\s+(?:actually\s+)?(?:live|work|like|love)(?:\s+(?:in|at"
        rf"|for))?{_NOT}{_WRONG}{_END}",
        rf"^\*+\s*{_RIGHT}(?=\s*(?:[(,.!*]|$))",
        rf"{_IS}{_RIGHT}{_NOT}{_WRONG}{_END}",
        rf"{_OPENING}(?:not\s+){_WRONG}[,;:]?\s+(?:but\s+)?{_RIGHT}{_END}",
        rf"{_OPENING}{_RIGHT}{_NOT}{_WRONG}{_END}",
        rf"(?:^|:\s+|\b(?:it's|name\s+is|name's)\s+){_RIGHT},\s+not\s+{_WRONG}{_END}",
        rf"^not\s+{_WRONG}\s*(?:[,;–—-])\s+(?:but\s+)?{_RIGHT}(?:\s+is\s+(?:the|my|his|her"
        rf"|its)\s+name)?{_END}",
        rf"(?:^|[,;]\s+){_RIGHT}\s+is\s+(?:the|my|his|her|its)\s+name,\s+not\s+{_WRONG}{_END}",
        rf"\b(?:not|isn't|wasn't|ain't)\s+{_WRONG}[,;:]?\s+(?:but|I\s+mean(?:t)?|it's|it\s+is|rather"
        rf"|it\s+should\s+be)\s+{_RIGHT}{_END}",
        rf"\b(?:replace|change|correct)\s+{_WRONG}\s+(?:with|to|by|into)\s+{_RIGHT}{_END}",
        rf"\b(?:is|'s|name\s+is|actually|spell\s+it|spelling\s+is|written)\s+(?:actually\s+|really\s+)?"
        rf"(?:spel(?:led|t)|written)\s+(?:like\s+|as\s+)?{_RIGHT}{_END}",
        rf"\bI\s+spell\s+(?:it|my\s+name)\s+{_RIGHT}{_END}",
        rf"\bI\s+(?:actually\s+)?meant(?:\s+to\s+say)?[,:]?\s+{_RIGHT}{_END}",
    ),
    denials=_all(
        rf"\b(?:forget|ignore|disregard|never\s+mind)\s+(?:what\s+I\s+(?:said|wrote|told\s+you)\s+about"
        rf"|about)\s+{_WRONG}{_END}",
        rf"\b(?:thing|part|bit|story|stuff)\s+about\s+{_WRONG}\s+(?:was|is)\s*(?:n't|not|never)\s+(?:true"
        rf"|real|serious)",
        rf"^{_WRONG}\s+was\s+(?:just\s+|only\s+)?(?:a\s+joke|a\s+lie|made\s+up|invented)",
        rf"\b(?:pulling\s+your\s+leg|kidding|joking|jk|j/k|teasing(?:\s+you)?|messing(?:\s+with\s+you)?"
        rf"|winding\s+you\s+up|lying|lied)"
        rf"\s+(?:about|with)\s+(?:the\s+)?{_WRONG}(?:\s+(?:thing|bit|part|move|story))?{_END}",
        rf"\bthe\s+{_WRONG}\s+(?:thing|bit|part|story|move|job)\s+was\s+(?:just\s+|only\s+|all\s+)?"
        rf"(?:a\s+joke|a\s+lie|made\s+up|not\s+true)",
        r"\b(?:I\s+(?:lied|was\s+lying|was\s+(?:only\s+|just\s+)?(?:joking|kidding|messing\s+around))"
        r"|I\s+made\s+(?:up|something\s+up)|I\s+invented)"
        r"\s+(?:about\s+)?(?:the\s+(?:part|thing|bit|story)\s+about\s+)?"
        rf"(?:living\s+in\s+|being\s+(?:an?\s+)?|working\s+(?:at|for|as)\s+(?:an?\s+)?|having\s+"
        rf"(?:an?\s+)?|liking\s+|playing\s+"
        rf"|loving\s+|speaking\s+)?{_WRONG}{_END}",
    ),
    moves=_all(
        rf"\b(?:I|we)(?:\s+have|\s+was|\s+were|'ve)?(?:\s+(?:just|finally|recently))?\s+(?:been\s+|got\s+|gotten\s+)?"
        rf"(?:moved|transferred|reassigned|seconded|promoted|poached|headhunted)(?:\s+over)?\s+from\s+{_WRONG}"
        rf"\s+to\s+{_RIGHT}{_END}",
        rf"\bI(?:\s+have|'ve)?(?:\s+(?:just|finally|recently))?\s+(?:switched|transferred|moved\s+over"
        rf"|jumped\s+ship|(?:switched|changed)\s+(?:the\s+|my\s+)?(?:jobs?|employers?|careers?"
        rf"|compan(?:y|ies)),?|changed|went|gone|moved\s+on)\s+from\s+(?:being\s+(?:an?\s+)?|an?\s+)?{_WRONG}"
        rf"\s+to\s+{_RIGHT}{_END}",
        rf"\b(?:good)?bye,?\s+{_WRONG}\s*[,!.;&]?\s+(?:and\s+)?hello,?\s+{_RIGHT}{_END}",
        rf"\bhello,?\s+{_RIGHT}\s*[,!.;&]?\s+(?:and\s+)?(?:good)?bye,?\s+{_WRONG}{_END}",
        rf"\b(?:I|we)(?:\s+have|'ve)?(?:\s+(?:just|finally|recently))?\s+(?:swapped|traded|exchanged"
        rf"|left)\s+{_WRONG}"
        rf"\s+for\s+{_RIGHT}{_END}",
    ),
    partings=_all(
        rf"\b(?:finally\s+|I\s+|we\s+)got\s+out\s+of\s+{_WRONG}{_END}",
        rf"^{_WRONG}\s+and\s+I\s+(?:have\s+)?(?:parted|are\s+done|went\s+separate)",
        rf"\b(?:done|finished|through)\s+(?:at|with)\s+(?P<wrong>(?-i:[A-Z]|the\s+[A-Z])[^,.!?;:"
        rf"()…\n]{{1,40}}?){_END}",
        rf"^(?:\w+ly,?\s+)?{_WRONG}\s+(?:has\s+)?(?:died|passed\s+away|passed\s+on)\b",
        rf"\b(?:my|our)\s+time\s+(?:at|with|in)\s+{_WRONG}\s+(?:is\s+over|has\s+ended|is\s+up"
        rf"|has\s+come\s+to)",
        rf"\b(?:gave|given)\s+up\s+(?:my|our)\s+(?:flat|house|home|apartment|place"
        rf"|room)\s+in\s+{_WRONG}{_END}",
        rf"^{_WRONG}\s+is\s+no\s+longer\s+(?:my|our)\s+(?:home|employer)",
        rf"\bno\s+longer\s+(?:with|at|in)\s+{_WRONG}{_END}",
        r"\b(?:I|we)(?:\s+have|'ve)?(?:\s+(?:just|finally|recently))?\s+(?:left|quit)\s+(?P<wrong>"
        r"(?-i:[A-Z])[^,.!?;:()…\n]{1,40}?)"
        r"(?=\s*[.!,;:()…\n]|\s*$|\s+(?:and|for|to|in|last|after|because|so|a|this|two|three|yesterday)\b)",
    ),
    no_value=re.compile(
        r"(?:sorry|no|oops|whoops|wait|oh|ah|yes|actually"
        r"|it|that|this|no harm|no offen[cs]e|well|you|what.*|to\b.*|every.*|I\b.*|he\b.*|she\b.*|they\b.*"
        r"|we\b.*|my\b.*|your\b.*|if\b.*|so\b.*|wrong(?:ly)?|right|true|a joke|with\b.*|like\b.*|for\b.*"
        r"|the\s+(?:other|way).*|now|good|ever|an?\b.*while)",
        re.IGNORECASE,
    ),
    strip=re.compile(
        r"^(?:in|at|to|for|as|called|named|about|(?:the|my|its|her|his)\s+name(?:'s|\s+is)|moving\s+"
        r"(?:back\s+)?to|being\s+an?|the\s+move\s+to|living\s+in|working\s+at"
        r"|I\s+live\s+in)\s+"
        r"|\s+(?:instead|actually|of\s+course|obviously|sorry)$",
        re.IGNORECASE,
    ),
)

BOUNDARY = re.compile(
    r"[;:]\s*|,?\s+(?:and|but|so|because|where|then|although|though|while)\s+(?=I\b|we\b|my\b|our\b|now\b"
    r"|then\b|before\b|in\b|since\b|he\b|she\b|they\b|it\b)"
    r"|,\s+(?=I\b|we\b|my\b|our\b|now\b|but\b)(?<!\d,\s)(?<!ago,\s)(?<!year,\s)(?<!month,\s)(?<!week,\s)"
    r"(?<!summer,\s)(?<!winter,\s)(?<!spring,\s)",
    re.IGNORECASE,
)
VAGUE = re.compile(r"(?:an?|the|my|our|some)\s+(?-i:[a-z])", re.IGNORECASE)
