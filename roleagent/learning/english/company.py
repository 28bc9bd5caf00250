"""The pets, partners and names of English speakers, put tersely or at length."""

from __future__ import annotations

from roleagent.learning.claims import Cue, CueTable
from roleagent.learning.english import readers as read
from roleagent.learning.english.slots import SLOTS

_slots = SLOTS | {
    "hasnamed": (
        r"(?:,?\s+(?:and\s+|who\s+|that\s+|which\s+)?(?:(?:his|her|its|the|whose|their|with\s+the)\s+name"
        r"(?:'s|\s+is|\s+of)?"
        r"|(?:he|she|it)(?:'s|\s+is)\s+(?:called|named)|(?:I|we)\s+(?:call|named|called)(?:\s+(?:him|her"
        r"|it))?"
        r"|(?:named|called)(?:\s+(?:him|her|it))?|by\s+the\s+name\s+of|goes\s+by|answers\s+to))"
    ),
    "aone": r"(?:an?|one|this|our|the\s+\w+est)\s+(?:(?:and|very|[\w-]+)\s+){0,2}",
    "kept": (
        r"(?:have|own|keep|got|have\s+got|adopted|rescued|bought|live\s+with|share\s+[\w ]{3,20}?\s+with"
        r"|look\s+after)"
    ),
    "spouse": "(?:wife|husband|spouse|hubby|missus|other half|better half)",
}
_cues = CueTable(slots=_slots, read_kind=read.singular).cues

_PETS = (
    *_cues(
        "has_pet",
        read.name,
        r"<did>(just |also |recently )?<kept> <aone><animal>(<hasnamed>|,| -|:) <Name>\b",
        r"<did>(just |also |recently )?<kept> <aone><animal>\. (his|her|its|the) name is <Name>\b",
        r"<my> (pet |family )?<animal>(<named>|'s called|'s named| goes by| answers to|'s name's| is)"
        r" <Name>\b(?!')",
        r"<my> (pet |family )?<animal>,? <Name>\b(?!'s\b)(?!,? <gone>)",
        r"\b<Name>(,| is| -) (my|our) (pet |family )?<animal>\b(?!,? <gone>|'s)",
        r"\bproud (owner|parent|mum|mom|dad) (of|to) (an? ([\w-]+ )?)?<animal><named> <Name>\b",
        r"\bthere('s| is) an? ([\w-]+ )?<animal><named> <Name>\b(?= (at home|in my|on my|at my))",
        node_type="animal",
    ),
    *_cues(
        "has_pet",
        read.name,
        r"<my> (dear |poor |old |pet |family )*<animal>,? <Name>,? <gone>",
        r"\b<Name>,? (my|our) (dear |poor |old |pet )*<animal>,? <gone>",
        r"\b(I|we) (have |'ve |had to |have had to |just |sadly |recently )*(put|have|lost|lose|rehomed?"
        r"|gave away|give away|buried|bury"
        r"|said goodbye to|say goodbye to) (my|our) (dear |poor |old |pet )*<animal>,? <Name>\b",
        r"\b(I|we) (have |'ve |just |sadly |recently )*lost <Name>\b(?=[\w ,]{0,40}? (my|our) <animal>)",
        r"\b(?-i:RIP) (my |our )?(<animal> )?<Name>\b(?=[\w ,]{0,30}?\b(dog|cat|pup|kitty|boy|girl)\b)",
        r"^(?:sadly,? |unfortunately,? )?<Name> <gone>(?=[^?]{0,80}\b(that|my|our|the) <animal>\b)",
        node_type="animal",
        stance="ended",
    ),
)

_PARTNERS = (
    *_cues(
        "married_to",
        read.name,
        r"<am>(happily |now |newly )?(married|wed|hitched) to <Capital><title>",
        r"\b<Name>,? (is |was made )?(my|is my) (lovely |dear |beloved |lawful |wedded )*<spouse>\b",
        r"<my> (lovely |dear |beloved )*<spouse>('s name is|'s name's|'s called| is called| is named|,|"
        r" is)? <Name>\b(?! (and|or) I\b)",
        r"\b<Name> and I (are|have been|'ve been) (happily )?married\b",
        node_type="person",
    ),
    *_cues(
        "married_to",
        read.name,
        r"<did>(got |gotten )?(married|wed|hitched)( to| with)? <Capital><title>",
        r"\b<Name> and I (have |just |finally |got )*(married|got married|tied the knot|wed|hitched"
        r"|eloped)\b",
        r"<did>(tied the knot with|said I do to|eloped with) <Capital><title>",
        node_type="person",
        stance="began",
    ),
    *_cues(
        "married_to",
        read.name,
        r"\b(I|we|my (wife|husband|spouse) and I|me and my (wife|husband)|my (wife|husband) and me)"
        r"( have|'ve| just| finally| recently| both)* (divorced|got divorced|gotten divorced|got a divorce"
        r"|split up|separated|parted ways"
        r"|broke up|broken up|signed the (divorce )?papers|signed (the|our) divorce)\b(?! parents)",
        r"<am>(now |newly |recently |freshly )?(divorced|separated)\b(?! (from|parents))",
        r"<amnot>married\b",
        r"\b(my|our|the) (divorce|marriage)( is| was|'s| has)( now| finally| officially)? (final"
        r"|finali[sz]ed|over|done|through|ended|come through"
        r"|went through|gone through|signed)\b",
        r"\b(my|our) (divorce (came|went) through|marriage ended)\b",
        r"\bdivorced since\b",
        r"\bmy (wife|husband) (has )?(left me|divorced me|walked out on me)\b",
        stance="ended",
    ),
)

_NAMES = _cues(
    "is_called",
    read.name,
    r"^(?:(?:hi|hey|hello|good \w+)(?: there| all| everyone)?[,!.]? )?<Name> (here|speaking)(?=\s*[,.!]|$)",
    r"\bmy (first |full |given |real )?name('s| is| would be)( actually| really)? <Capital><title>(?!\."
    r" <Capital>)",
    r"^name(:|'s| is) <Capital><title>",
    r"\b(they|people|friends|everyone|everybody|folks|mates|most people|my friends|my mates|you can|you"
    r" may|you could|just|please|do|feel free to)"
    r"( all| just| mostly| usually)? calls? me <title>",
    r"^(?:hi|hey|hello|good \w+)?[,!.]? ?(it's|I'm|I am) <FullName>(?=,? (by the way|btw|nice to meet"
    r"|pleased to meet|and you))",
    r"\bI (answer to|am known as|go by) (the name (of )?)?<Capital><title>",
)

COMPANY: tuple[Cue, ...] = (*_PETS, *_PARTNERS, *_NAMES)
