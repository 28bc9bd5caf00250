"""What the slots of English cue templates stand for."""

from __future__ import annotations

_LATELY = (
    r"(?:\s+(?:now|currently|actually|also|still|just|really|recently|finally|since|originally|only|both"
    r"|already"
    r"|officially|happily|presently|lately|honestly|mostly|mainly|permanently|literally|basically|nowadays"
    r"|these\s+days|at\s+the\s+moment|right\s+now|for\s+now|all|so|kind\s+of|sort\s+of))*"
)
_FONDLY = (
    r"(?:\s+(?:do|absolutely|totally|always|usually|often|sometimes|truly|especially|mostly|quite|myself"
    r"|even|genuinely|positively|simply|rather|very\s+much|particularly|certainly|definitely))*"
)
_ADJECTIVES = (
    "dear|little|big|beloved|lovely|only|older?|elder|younger|eldest|youngest|oldest|twin|best|good|new"
    "|two|three|four"
)
_ANIMAL = (
    "cat|kitten|dog|puppy|parrot|hamster|rabbit|bunny|horse|pony|goldfish|fish|turtle|tortoise|snake|canary"
    "|bird|budgie|guinea pig|mouse|rat|ferret|lizard|gecko|chicken|goat|hedgehog|iguana"
    "|golden retriever|labrador|poodle|terrier|beagle|bulldog|corgi|husky|dachshund|spaniel|collie|tabby"
)
_ANIMALS = (
    "cats|kittens|dogs|puppies|parrots|hamsters|rabbits|bunnies|horses|ponies|turtles|tortoises|snakes|birds"
    "|budgies|guinea pigs|mice|rats|ferrets|chickens|goats"
)
_ONES = "one|two|three|four|five|six|seven|eight|nine"

# Where a value ends: at a mark, or at a word that opens something else.
_MARK = r"(?:[.!?;:,()…\n]|$)"
_MARK_BUT_COMMA = r"(?:[.!?;:()…\n]|$)"
_OPENS_CLAUSE = (
    "but|since|because|so|where|which|who|when|whenever|though|although|if|while|until|as|not|even|every"
    "|and (?:I|my|we|our)"
)
_OPENS_OTHER = rf"{_OPENS_CLAUSE}|and|with|for|these|right|now|from|near"
_END = rf"(?=\s*{_MARK}|\s+(?:{_OPENS_OTHER}|at the)\b|\s+-+\s)"
_JOB_END = rf"(?=\s*{_MARK}|\s+(?:{_OPENS_OTHER}|at|in|by|of|on|to|any)\b)"
_LIST_END = rf"(?=\s*{_MARK_BUT_COMMA}|,?\s+(?:{_OPENS_CLAUSE})\b|\s+-+\s)"
_DATE_END = rf"(?=\s*{_MARK}|\s+(?:in|at|and|but|so)\b)"

_NAMED = r"(?:(?:St|Mt)\.\s)?[A-Z][\w'&-]+(?:\s+(?:(?:of|de|am|do|la|the)\s+)?[A-Z][\w'&-]+){0,2}"

# "I quit my job at Tesco and joined Lidl": the second verb has the first one's subject, unless another came.
_OTHERS = r"he|she|they|you|who|that|him|her|them|his|their|your|it|friend|brother|sister|wife|husband|boss"
_AND_THEN = (
    rf"\b(?:I|we)\b(?:(?!\b(?:{_OTHERS})\b)[^.!?;:\n]){{1,60}}?(?:,|,?\s+and|,?\s+then|,?\s+and\s+then)"
    rf"(?:\s+have)?{_LATELY}"
)

# Chatty people leave the subject out, but only where a sentence opens: "Been living in Pune since 2013."
_OPENING = (
    r"^(?:(?:so|well|oh|ah|ok|okay|yeah|yep|yes|yup|no|nope|hey|hi|hello|btw|by\s+the\s+way|fyi|anyways?"
    r"|honestly|tbh"
    r"|and|but|also|plus|(?:guess|you\s+know)\s+what|(?:good|big|bad|sad|great|the|life|quick)?\s*(?:news"
    r"|update)"
    r"|lol|haha|hm+|um|uh|sadly|luckily|unfortunately|turns\s+out|as\s+of\s+(?:today|this\s+week|last\s+week)"
    r"|(?:today|yesterday|recently|lately|nowadays|these\s+days|currently|at\s+the\s+moment|right\s+now)"
    r"|last\s+(?:week|month|year)|for\s+my\s+sins|not\s+gonna\s+lie|ngl|to\s+be\s+honest)[\s,.:!…-]+){0,4}"
)
_ALSO_LATELY = (
    r"(?:(?:just|finally|recently|already|officially|now|still|since|only|happily|currently|also|always"
    r"|really"
    r"|absolutely|permanently|both|all|just\s+about|proudly|totally|honestly)\s+){0,3}"
)
_ELIDED = rf"(?P<elided>{_OPENING}(?:have\s+|'ve\s+)?{_ALSO_LATELY})"
# "Living in Oslo is dear" tells nothing of the speaker.
_NO_SUBJECT = (
    r"(?![^.!?;\n]*\b(?:must|would|is|are|was|were|sounds?|seems?|can|could|might|makes?|made|feels?"
    r"|means?|will|has"
    r"|should|you|your|he|she|they|his|her|their|isn't|wasn't|won't|costs?)\b)"
)

SLOTS = {
    # the speaker, or nobody named; with the space that follows
    "do": rf"(?:\b(?:I|we){_LATELY}{_FONDLY}\s+|{_ELIDED}{_NO_SUBJECT})",
    "did": rf"(?:\b(?:I|we|my\s+family)(?:\s+have|'ve)?{_LATELY}\s+|{_AND_THEN}\s+|{_ELIDED})",
    "once": (
        rf"(?:\b(?:I|we)(?:\s+(?:also|once|previously|originally|first|only|briefly|both|even"
        rf"|actually))*\s+"
        rf"|(?P<elided>{_OPENING}(?:once\s+)?))"
    ),
    "am": (
        rf"(?:\b(?:I(?:\s+am|'m|m)|we(?:\s+are|'re)){_LATELY}{_FONDLY}\s+|{_ELIDED}{_NO_SUBJECT}"
        r"|(?<=,\s)(?:and\s+)?now\s+)"
    ),
    "been": rf"(?:\b(?:I|we)(?:\s+have|'ve){_LATELY}\s+|{_ELIDED})been\s+",
    "amnot": (
        r"(?:\b(?:I(?:\s+am|'m|m)|we(?:\s+are|'re))\s+(?:no\s+longer|not(?=[^.!?;]*\b(?:any\s?more"
        r"|any\s+longer)))\s+"
        rf"|(?P<elided>{_OPENING})(?:no\s+longer|not(?=[^.!?;]*\b(?:any\s?more|any\s+longer)))\s+)"
    ),
    "didnot": (
        r"\b(?:I|we)(?:\s+(?:really|actually|honestly|obviously|of\s+course))?"
        r"(?:\s+(?:didn't|did\s+not|haven't|have\s+not|never)|'ve\s+(?:not|never))"
        r"(?:\s+(?:really|actually|even|ever|truly))*\s+"
    ),
    "donot": (
        r"\b(?:I|we)(?:\s+(?:really|actually|honestly|obviously|of\s+course))?\s+(?:don't|do\s+not)"
        r"\s+(?:really|actually)\s+"
    ),
    "in": (
        r"(?:(?:over|right|up|down|out|here|somewhere|back|deep|just|still|way|smack|alone|happily|full[-"
        r" ]time"
        r"|permanently|with\s+my\s+\w+)\s+){0,3}in"
    ),
    "moved": (
        r"(?:moved|relocated|emigrated|immigrated|migrated|shifted|resettled|upped\s+sticks|(?:made"
        r"|done)\s+the\s+move)"
        r"(?:\s+(?:house|home|back|over|out|down|up|across|permanently|again|here|abroad|recently|myself"
        r"|everything"
        r"|in\s+with\s+my\s+\w+|with\s+my\s+\w+|with\s+the\s+family))*"
    ),
    "dwelling": r"(?:place|home|house|flat|apartment|room|home\s+base|base|address|digs|pad)",
    # the speaker
    "I": rf"\b(?:I|we){_LATELY}{_FONDLY}",
    "Ive": rf"\b(?:I|we)(?:\s+have|'ve)?{_LATELY}",
    "Ithen": rf"(?:\b(?:I|we)(?:\s+have|'ve)?{_LATELY}|{_AND_THEN})",
    "andthen": _AND_THEN,
    "Iam": rf"\bI(?:\s+am|'m|m){_LATELY}{_FONDLY}",
    "past": r"\b(?:I|we)(?:\s+(?:also|once|previously|originally|first|only|briefly|both))*",
    "ivenever": r"\b(?:I|we)(?:\s+have|'ve)?\s+never(?:\s+(?:actually|even|really|once))?",
    "weare": rf"\b(?:I(?:\s+am|'m|m)|we(?:\s+are|'re)){_LATELY}",
    "Iwas": r"\bI(?:\s+also|\s+once)?\s+was(?:\s+(?:once|previously|originally|also))?",
    "Iamnot": r"\bI(?:\s+am|'m)\s+(?:not|no\s+longer)",
    "dont": (
        r"\b(?:I|we)(?:\s+(?:really|actually|also|just|honestly))?\s+(?:don't|do\s+not|dont)"
        r"(?:\s+(?:really|actually))?"
    ),
    "nolonger": r"\b(?:I|we)\s+no\s+longer",
    "stopped": (
        r"\b(?:I|we)(?:\s+have|'ve)?(?:\s+(?:recently|finally|just|actually))?"
        r"\s+(?:stopped|quit|given\s+up|gave\s+up)"
    ),
    "anymore": r"(?:any\s?more|any\s+longer)\b",
    "my": rf"\b(?:my|our)(?:\s+(?:{_ADJECTIVES}))*",
    "hello": (
        r"(?:(?:well|so|yes|oh|ok|okay),?\s+)?"
        r"(?:(?:hi|hello|hey|greetings|good\s+(?:morning|evening|afternoon|day))(?:\s+\w+)?[,!.]?\s+)?"
    ),
    # values
    "words": rf"(?P<value>(?:(?:St|Mt)\.\s)?[^.!?;:,()…\n]{{1,60}}?){_END}",
    "job": rf"(?P<value>[^.!?;:,()…\n]{{1,60}}?){_JOB_END}",
    "list": rf"(?P<value>[^.!?;:()…\n]{{1,120}}?){_LIST_END}",
    "phrase": r"(?P<value>[^.!?;:()…\n]{1,60}?)",
    "date": rf"(?P<value>(?:the\s+)?\w+(?:[ -](?:of\s+)?\w+)?(?:,?[ -]\d{{4}}|-\d{{1,2}})?){_DATE_END}",
    "number": r"(?P<value>\d{1,3})",
    "numeral": (
        rf"(?P<value>(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:[- ](?:{_ONES}))?"
        r"|(?:thir|four|fif|six|seven|eigh|nine)teen|ten|eleven|twelve)"
    ),
    # names, by their capitals
    "title": rf"(?P<value>(?:(?:Dr|Mr|Mrs|Ms|Prof)\.\s+)?[^.!?;:,()…\n]{{1,60}}?){_END}",
    "PlaceName": rf"(?-i:(?P<value>{_NAMED}))",
    "FirmName": rf"(?-i:(?P<value>{_NAMED}))",
    "Name": r"(?-i:(?P<value>[A-Z][\w'-]+(?:\s+[A-Z][\w'-]+){0,2}))(?!')\b",
    "Names": r"(?-i:(?P<value>[A-Z][\w'-]+(?:(?:,\s*|,?\s+and\s+)[A-Z][\w'-]+)+))",
    "FullName": r"(?-i:(?P<value>(?:(?:Dr|Mr|Mrs|Ms|Prof)\.?\s+)?[A-Z][a-z'-]+(?:\s+[A-Z][a-z'-]+){0,2}))",
    "named": (
        r"(?:'s\s+name\s+is|\s+(?:is|are)\s+(?:called|named)|\s+(?:called|named|by\s+the\s+name\s+of)"
        r"|\s+goes\s+by)"
    ),
    "Capital": r"(?=(?-i:[A-Z]))",
    "noCapital": r"(?!(?-i:[A-Z]))",
    # animals
    "animal": rf"(?P<kind>{_ANIMAL})",
    "animals": rf"(?P<kind>{_ANIMALS})",
    "anyanimal": rf"(?:{_ANIMAL})",
    "anyanimals": rf"(?:{_ANIMALS})",
    "gone": (
        r"(?:(?:has|sadly|just|finally|recently|suddenly|unfortunately)\s+)*(?:died|passed(?:\s+(?:away"
        r"|on))?|is\s+dead"
        r"|is\s+no\s+longer\s+with\s+us|is\s+no\s+more|ran\s+away|crossed\s+the\s+rainbow|didn't\s+make\s+it)"
    ),
    # what follows
    "closed": r"(?=,|\s*[.!]|\s*$)",
    "ageend": r"(?=\s*(?:[.!,;]|$)|\s+(?:and|now|but|already|today|this\s+year)\b)",
}
