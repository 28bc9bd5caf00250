"""What English speakers like and dislike, put tersely or at length, and how it begins and ends."""

from __future__ import annotations

from roleagent.learning.claims import Cue, CueTable
from roleagent.learning.english import readers as read
from roleagent.learning.english.slots import SLOTS

_FOND = (
    "(?:fond of|keen on|into|passionate about|crazy about|mad about|mad on|mad for|nuts about|wild about"
    "|obsessed with"
    "|hooked on|addicted to|big on|partial to|all about|enthusiastic about|a (?:real |bit of a |total"
    " )?sucker for"
    "|in love with|an? (?:(?:big|huge|great|massive|keen|avid|real|total|lifelong) )*(?:fan|lover|devotee"
    "|admirer) of)"
)
_VERY = (
    "(?:(?:very|rather|really|quite|so|pretty|totally|absolutely|completely|massively|big time|just"
    "|super|still|also|well|dead|a bit) )*"
)
_slots = SLOTS | {"fond": _VERY + _FOND, "subject": r"(?P<value>[^.!?;:,()…\n]{2,40}?)"}
_cues = CueTable(slots=_slots, read_kind=read.singular).cues

_LIKED = _cues(
    "likes",
    read.things,
    r"<I> (really |truly )?(like|love|adore|enjoy|dig|fancy|relish|treasure|cherish|worship)( very much|"
    r" so much| a lot)?,? <list>",
    r"<am><fond> <list>",
    r"<been><fond> <list>(?= (since|for|all) )",
    r"<do>(love|adore|live for)(?! from\b| to all\b| and\b| the\b| it\b| is\b| at\b| your\b| in\b|"
    r" story\b) <list>",
    r"(?:^|[,;:] )((a |an )?(big|huge|massive|great|keen|avid|real|total|lifelong|proud|lover|fan"
    r"|long-time) ?)+"
    r"(fan|lover|devotee)? of <list>",
    r"(?:^|[,;:] )((big|huge|massive|keen|avid|proud|total|lifelong) )*<subject> (fan|lover|enthusiast"
    r"|nerd|geek|addict|buff|fanatic|nut) here\b",
    r"<am>an? ((big|huge|massive|keen|avid|proud|total|real|bit of an?|lifelong) )*<subject> (fan|lover"
    r"|enthusiast|nerd|geek|addict|buff|fanatic|nut)\b",
    r"\b(?:I )?(can't|cannot|can never) (get enough of|live without|do without|resist) <list>",
    r"\b(nothing|few things|not much) (beats|makes me happier than|is better than|(I )?(love|enjoy|like)"
    r" more than) <list>",
    r"(?:^|[,;:] |\band |\bbut )<subject>('s| is| are)( really| just| still| definitely| totally| kind"
    r" of)? (my|right up my)"
    r" (thing|jam|passion|hobby|hobbies|street|alley|cup of tea|favou?rite|happy place|guilty pleasure"
    r"|great love|obsession)\b",
    r"<subject> makes me (so |really |very )?happy\b",
    r"\bmy (big |main |latest |current |favou?rite |guilty |one )*(thing|hobby|hobbies|passion|passions"
    r"|obsession|pastime|interests?|guilty pleasure"
    r"|love)('s| is| are| include)( definitely| still)? <list>",
    r"\b(I've|I have|I)( also| always| still)?( got)? an? ((real|big|huge|bit of a|great|soft|lifelong) )*"
    r"(passion|love|soft spot|weakness|thing|penchant|fondness) (for|of) <list>",
    r"\b(I|we)( usually| mostly| often| always)? spend (my|our|most of my|all my) (\w+ )?(weekends?"
    r"|evenings?|free time|spare time)"
    r" (on|doing|playing|with) <list>",
    r"\bin my (free|spare) time,? I (mostly |usually |often )?(do|enjoy|like|love) <list>",
    r"\bI do (a lot of |lots of )?<subject> (as a hobby|for fun|in my (free|spare) time)\b",
)

_LIKES_BEGUN = _cues(
    "likes",
    read.things,
    r"<did>(taken up|took up|got (really )?into|gotten (really )?into|got hooked on|gotten hooked on"
    r"|become hooked on"
    r"|become obsessed with|discovered|fallen in love with|fell in love with|caught the bug for)(?! my| a|"
    r" the| that| how) <list>",
    r"<am>getting (really |quite )?into <list>",
    stance="began",
)

_LIKES_ENDED = _cues(
    "likes",
    read.things,
    r"<amnot><fond> <list>",
    r"<did>(lost (all |my |any )?(interest in|passion for|love for|taste for)|gone off|went off|grown out"
    r" of|outgrown|fallen out of love with"
    r"|fell out of love with|moved on from|packed in|had enough of|(got|gotten|grown|become) (so |really"
    r" )?(tired|bored|sick) (of|with))"
    r"(?! you| it| this| that) <list>",
    r"<am>(so |just |really |totally |completely )*(over|done with|tired of|bored of|bored with|sick of"
    r"|fed up with|through with)"
    r"(?! you| it| this| that| work| being| with| my| the) <list>",
    r"<did>(given up|gave up|quit|stopped|dropped|packed in)(?! on| my| the| hope| work| living| being|"
    r" smoking| a| an)"
    r"( doing| liking| enjoying)? <list>",
    r"(?:^|[,;:] )<subject>(\?| isn't| is not| is no longer| ain't|'s not|'s no longer)(,? (no longer|not"
    r"|just not|really not))?( really)?"
    r" (my|for me|my kind of)( (thing|jam|cup of tea|hobby|passion))?( any ?more| any longer| these days|"
    r" now)\b",
    r"(?:^|[,;:] )<subject>(\?| just| simply)? ?(doesn't|does not) (do it|do anything) for me( any ?more|"
    r" any longer| these days)\b",
    r"<subject> bores me( now| these days| any ?more)?\b",
    r"\bI used to (really )?(like|love|enjoy|adore|be into|be a (big )?fan of) (?P<value>[^.!?;:"
    r"()…\n]{2,40}?)(,| but)? "
    r"(not|no longer|but not|not so much|no more)( any ?more| any longer| now)\b",
    stance="ended",
)

_DISLIKED = _cues(
    "dislikes",
    read.things,
    r"<I> (really |truly )?(hate|dislike|detest|loathe|despise|abhor)( so much| very much)?,? <list>",
    r"<did>(come to|grown to|started to|begun to|learned to) (hate|dislike|detest|loathe|despise) <list>",
    r"<did>(started|begun|began) (hating|disliking|loathing|detesting) <list>",
    r"\b(?:I )?(really |just |honestly )?(can't|cannot|can not|could never) (stand|bear|abide|stomach|take"
    r"|tolerate)( the (sight|sound|thought|smell) of)?"
    r" (?!it|you|this|that|him|her)<list>",
    r"<do>(hate|detest|loathe|can't stand|cannot stand)(?! it\b| you\b| the\b| to\b| that\b| this\b|"
    r" when\b) <list>",
    r"\b(I'm|I am|we're)( really| just| so)? not( really| exactly| much)? (into|keen on|fond of|a (big "
    r"|huge )?fan of) (?!.*\b<anymore>)<list>",
    r"(?:^|[,;:] )(really |definitely )?not (a (big |huge )?fan of|keen on|fond of) (?!.*\b<anymore>)<list>",
    r"(?:^|[,;:] |\band |\bbut )<subject>(\?| isn't| is not| ain't|'s not| just isn't)( really)? (my thing"
    r"|for me|my cup of tea|my jam)\b(?! any)",
    r"(?:^|[,;:] |\band |\bbut )<subject> (annoys|irritates|disgusts) me\b",
)

_NEVER_LIKED = _cues(
    "likes",
    read.things,
    r"\b(I|we)( have|'ve)? never( actually| really| truly| even| ever| honestly)? (liked|loved|enjoyed"
    r"|cared for|got into"
    r"|been into|been a fan of|been fond of|been keen on) <list>",
    r"\b(I|we) (don't|do not|didn't|did not)( actually| really| truly| even)? (like|love|enjoy|care for) "
    r"(?P<value>[^.!?;:,()…\n]{2,40}?)"
    r"(?=,? (and )?never (have|did)\b|,? I (only|just) (said|made|pretended))",
    r"\b(I|we) (didn't|did not)( actually| really| truly| even| ever)? (like|love|enjoy|care for) <list>",
    r"\b(I|we) (never (really |actually )?was|was never|were never|have never been|'ve never been|wasn't) "
    r"(really |actually |ever )?"
    r"(into|keen on|fond of|a fan of|that into) <list>",
    r"(?:^|[,;:] )<subject> (was|has) never (really )?(been )?(my thing|my cup of tea|for me)\b",
    stance="never",
)

TASTES: tuple[Cue, ...] = (*_LIKED, *_LIKES_BEGUN, *_LIKES_ENDED, *_DISLIKED, *_NEVER_LIKED)
