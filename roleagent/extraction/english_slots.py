"""What the slots of English cue templates stand for."""

from __future__ import annotations

_LATELY = (
    r"(?:\s+(?:now|currently|actually|also|still|just|really|recently|finally|since|originally|only|both))*"
)
_FONDLY = (
    r"(?:\s+(?:do|absolutely|totally|always|usually|often|sometimes|truly|especially|mostly|quite|myself"
    r"|even))*"
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

SLOTS = {
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
    "gone": r"(?:has\s+)?(?:just\s+)?(?:died|passed\s+away|is\s+dead|ran\s+away)",
    # what follows
    "closed": r"(?=,|\s*[.!]|\s*$)",
    "ageend": r"(?=\s*(?:[.!,;]|$)|\s+(?:and|now|but|already|today|this\s+year)\b)",
}
