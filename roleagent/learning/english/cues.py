"""What English speakers say of themselves: the table of cues."""

from __future__ import annotations

from roleagent.learning.claims import Cue, CueTable
from roleagent.learning.english import readers as read
from roleagent.learning.english import times
from roleagent.learning.english.slots import SLOTS

_cues = CueTable(slots=SLOTS, read_kind=read.singular).cues


def _kin(relation: str, who: str) -> tuple[Cue, ...]:
    """Ways to name a relative: my sister Ann, my sister's name is Ann, I have a sister called Ann."""
    having = rf"<I> have (an?|one|two|three|four) (\w+ )?({who})s?"
    return _cues(
        relation,
        read.names,
        rf"<my> ({who})s?<named> <list>",
        rf"<my> ({who})s? (is )?<Name>(?! (says|said|thinks))",
        rf"(<my> ({who})|{having}), <Name><closed>",
        rf"(<my> ({who})s?|{having})(, | are | is |: )<Names>",
        rf"{having},?<named> <list>",
        node_type="person",
    )


_NAMES = (
    *_cues(
        "is_called",
        read.name,
        r"\bmy (first |full )?name( is|'s) (actually |now )?<title>",
        r"\bthe name(?:'s| is) [A-Z]\w+\. <title>",
        r"<I> go by <title>",
        r"<Iam> (called|named) <title>",
        r"^the name(?:'s| is) <title>",
        r"\b(you (can|may|could)|just|please|everyone|everybody|people|friends) calls? me <title>",
        r"^call me <title>",
        r"^<hello>(I am|I'm) <FullName>(?=\s*[,.!]|\s*$| and\b| from\b)",
        r"\bthis is (?-i:(?P<value>[A-Z][a-z'-]+)) speaking\b",
    ),
)

_PLACES = (
    *_cues(
        "lives_in",
        read.place,
        r"<I> (live|reside|dwell) (over )?in <words>",
        r"<weare> (living|based|residing) in <words>",
        r"<Ive> (lived|been living) in <words>(?=[^.]*\b(for|since|all)\b)",
        r"\bmy (new )?(home|flat|house|apartment) is (now )?in <words>",
        r"\b(?:home for me|my home|our home) is (now )?<Capital><words>",
        r"<PlaceName>,? (is )?where (I|we) (now |currently )?live\b",
        r"<PlaceName> (is now|is|has become|has been) (my|our) (new )?home\b(?! town)",
        r"<Ive> made (my|our) home in <words>",
        r"<Ive> been living in <words>",
        r"<Ive> been in <Capital><words>(?= (since|for)\b)",
        r"\bsince [\w ]{3,20}?,? (I|we)( have|'ve)? lived in <words>",
        r"<weare> living again in <Capital><words>",
        node_type="place",
    ),
    *_cues(
        "comes_from",
        read.place,
        r"<Iam> from <words>",
        r"<Iam> an? [\w -]{3,40}? from <Capital><words>",
        r"<I> (come|hail) from <words>",
        r"<I> (was raised|grew up) in <words>",
        r"\bmy (home ?town|home country) is <words>",
        r"^<hello>(I am|I'm) <Capital>[\w-]+ from <Capital><words>",
        node_type="place",
    ),
    *_cues(
        "born_in",
        read.place,
        r"\bI was born( and (raised|bred|brought up))? in <words>",
        r"\bI was born (on|in) (?:(?!\b(?:and|but)\b)[\w ,]){3,24}? in <Capital><words>",
        node_type="place",
    ),
    *_cues(
        "nationality",
        read.nationality,
        r"<Iam> (an? )?<words>",
        r"\bas an? (?P<value>\w+),? I\b",
        r"\bmy nationality is <words>",
    ),
)

_TIMES = (
    *_cues(
        "aged",
        times.age,
        r"<Iam> (?P<value>\d{1,3}|[a-z]+([- ][a-z]+)?) (years? old|yo|y/o|years of age)\b",
        r"<Iam> <number><ageend>",
        r"<Iam> <numeral><ageend>",
        r"<Ive> turned <number>(?:<ageend>|(?= (?:yesterday|on|in|last|at|a|two|three|the|just|recently)\b))",
        r"\bmy age is <number>\b",
        r"<Iam> an? <number>[- ]years?[- ]old\b",
    ),
    *_cues(
        "born_on",
        times.date,
        r"\bmy birthday( is|'s| falls) (on )?<date>",
        r"\bI was born (on|in) <date>",
        r"\bI was born in <Capital>[\w ]{3,30}? (in|on) <date>",
    ),
)

_WORK = (
    *_cues(
        "works_as",
        read.any_job,
        r"<I> work as (?=an?\s)<job>",
        r"<Iam> (employed|working) as (?=an?\s)<job>",
        r"<Ive> (been working|worked) as (?=an?\s)<job>(?=[^.]*\b(for|since)\b)",
        r"<I> (make|earn) my (living|bread|money) as (?=an?\s)<job>",
    ),
    *_cues(
        "works_as",
        read.job,
        r"<Iam> an? (\d{1,3}[- ]years?[- ]old )?<job>",
        r"\bmy (job|profession|occupation) is (being )?(an? )?<job>",
        r"\bas an? (?P<value>[\w ]{3,30}?),? I\b"
        r"(?! (lived|was|had|went|spent|used|moved|worked|loved|played|came))",
        r"<Iam> an? [\w -]{3,30}? and (an? )?<job>",
    ),
    *_cues(
        "works_at",
        read.workplace,
        r"<I> (work|teach) (as [\w ]{3,40}? |[a-z]+ )?(at|for|in) <words>",
        r"<Iam> (working|employed) (as [\w ]{3,40}? )?(at|for|by|in) <words>",
        r"<Iam> an? [\w -]{3,40}? (at|for) <Capital><words>",
        r"<I> (make|earn) my (living|bread|money) (at|with) <words>",
        r"<Ive> (got )?a (good |nice |great )?(job|position) (at|with) <words>",
        r"\b(my|our) (job|work|position) is (at|with) <words>",
        r"\bmy (employer|company) is <words>",
        r"<FirmName> is my (new )?(employer|company)\b",
        r"<Iam> with <Capital><words>(?= now\b)",
        node_type="organisation",
    ),
    *_cues(
        "studied_at",
        read.workplace,
        r"<I> (study|studied) ([a-z ]{3,30} )?at <words>",
        r"<Iam> (studying|a student) ([a-z ]{3,30} )?at <words>",
        r"<Ive> graduated from <words>",
        node_type="organisation",
    ),
)

_TASTES = (
    *_cues(
        "likes",
        read.things,
        r"<I> (like|love|adore|enjoy) <list>",
        r"<Iam> (very |rather )?(fond of|keen on|into|passionate about|crazy about|addicted to) <list>",
        r"<Iam> a (big |huge |great |massive )?fan of <list>",
        r"(?:^|[,;] )(?P<value>[^.!?;:,()…\n]{2,40}?) (is|are) my (great |big |favou?rite |main )?"
        r"(hobby|hobbies|passion|pastime)\b",
        r"<Ive> come to (like|love|enjoy|adore) <list>",
        r"\bmy ((all-time|current|new|latest|present|absolute|biggest|number one|one) )*favou?rite"
        r" [\w ]{3,30}?"
        r"( (these days|nowadays|now|at the moment|currently|right now))?( is|'s| are)( now| currently| still"
        r"| definitely)* (?!(?:no longer|probably|perhaps|maybe|possibly|hardly|never)\b)<list>",
        r"\bmy ((main|biggest|favou?rite) )?(hobby is|hobbies are|passion is|interests are"
        r"|pastime is) <list>",
    ),
    *_cues(
        "dislikes",
        read.things,
        r"<I> (hate|dislike|detest|loathe|despise) <list>",
        r"<Ive> come to (hate|dislike|detest|loathe|despise) <list>",
        r"\b(I|we) (really |just )?(can't|cannot|can not) stand <list>",
        r"<dont> (like|enjoy) (?!.*\b<anymore>)<list>",
        r"<Iamnot> (a (big |huge )?fan of|fond of|keen on) <list>",
    ),
    *_cues(
        "fears",
        read.things,
        r"<Iam> (very |terribly |a bit )?(afraid|scared|terrified|frightened) of <list>",
    ),
    *_cues(
        "plays",
        read.games,
        r"<I> (can )?play (?!with|for|at\b|in\b|on\b)<list>",
        r"<Iam> learning to play <list>",
        r"<Ive> (played|been playing) <list>(?=\s+(for|since)\b)",
    ),
    *_cues(
        "speaks",
        read.languages,
        r"<I> (can )?speak <list>",
        r"<Iam> (fluent|bilingual) in <list>",
        r"\bmy (mother tongue|native language|first language) is <list>",
        r"<Iam> a native (?P<value>\w+) speaker\b",
    ),
)

_PETS = (
    *_cues(
        "has_pet",
        read.name,
        r"<I> (have|own|keep|live with|share [\w ]{3,20}? with) (an?|one) ([\w-]+ ){0,2}<animal>"
        r",?<named> <title>",
        r"\b(this|here) is <Name>, my <animal>\b",
        r"<I> have (an?|one) ([\w-]+ ){0,2}<animal>, <Name><closed>",
        r"<my> (pet )?<animal><named> <title>",
        r"<my> (pet )?<animal> <Name>(?! <gone>)",
        r"<my> (pet )?<animal>, <Name><closed>(?!, <gone>)",
        node_type="animal",
    ),
    *_cues(
        "has_pet",
        read.names,
        r"<I> have \w+ ([\w-]+ )?<animals>[,:]?( called| named)? <Names>",
        r"<my> (\w+ )?<animals>(,| are| are called| are named)? <Names>",
        node_type="animal",
    ),
    *_cues(
        "has_pet",
        read.animals,
        r"<I> have (?P<value>(an?|one) ((?!toy|stuffed|robot|cardboard)[\w-]+ ){0,2}<anyanimal>)\b"
        r"(?=\s*[.!;]|\s*$|,? (and|but|who|that|at|in|now|too|as|since)\b(?! this fight)|, <noCapital>)"
        r"(?!,? (named|called|whose))",
        r"<I> have (?P<value>(two|three|four|five|six|several|many|\d+) ([\w-]+ )?<anyanimals>)\b"
        r"(?![,:]? (named|called)|[,:]? <Capital>)",
        node_type="animal",
    ),
)

# The second half of a sentence whose first half named the speaker.
_GOING_ON = (
    *_cues("lives_in", read.place, r"<andthen> (live|am living|reside) in <words>", node_type="place"),
    *_cues(
        "works_at", read.workplace, r"<andthen> (work|am working) (at|for) <words>", node_type="organisation"
    ),
    *_cues("works_as", read.job, r"<andthen> (work as|am) an? <job>"),
)

_PEOPLE = (
    *_kin("married_to", "wife|husband|spouse"),
    *_cues(
        "married_to",
        read.name,
        r"<Iam> (happily )?married to <title>",
        r"<Name> is my (wife|husband|spouse)\b",
        node_type="person",
    ),
    *_kin("sibling_of", "brother|sister|sibling|half-brother|half-sister"),
    *_kin("parent_of", "son|daughter|child|children|kid|baby"),
    *_kin("has_mother", "mother|mom|mum|mama"),
    *_kin("has_father", "father|dad|papa"),
    *_kin("friend_of", "friend|buddy|pal"),
)

CUES: tuple[Cue, ...] = (*_NAMES, *_PLACES, *_TIMES, *_WORK, *_TASTES, *_PETS, *_GOING_ON, *_PEOPLE)
