"""What English speakers say of themselves that began, was, ended or never was: the table of cues."""

from __future__ import annotations

from roleagent.learning.claims import Cue, CueTable
from roleagent.learning.english import readers as read
from roleagent.learning.english.slots import SLOTS

_cues = CueTable(slots=SLOTS, read_kind=read.singular).cues

_NAMES = (
    *_cues("is_called", read.name, r"<Ive> changed my (\w+ )?name to <title>", stance="began"),
    *_cues("is_called", read.name, r"\bmy name is no longer <title>", stance="ended"),
    *_cues(
        "is_called",
        read.name,
        r"\bmy name (is not|isn't|was never) <title>",
        r"<Iamnot> called <title>",
        r"<ivenever> been called <title>",
        stance="never",
    ),
)

_PLACES = (
    *_cues(
        "lives_in",
        read.place,
        r"<Ithen> (moved|relocated|emigrated|returned|moved house) ((back|over|permanently|again|home) )*"
        r"(from [\w ]{2,30}? )?to <words>",
        r"<past> left [\w ]{2,30}?(,? and|,? then|,? and then) moved to <words>",
        r"<past> left [\w ]{2,30}? for <Capital><words>",
        r"<Ithen> settled (down )?in <words>",
        r"<Ithen> made <words> my (new )?home",
        r"\bmy new (home|city|town) is <words>",
        r"<Ithen> ended up (moving (back )?to|in) <Capital><words>",
        node_type="place",
        stance="began",
    ),
    *_cues(
        "lives_in",
        read.place,
        r"<nolonger> live in <words>",
        r"<dont> live in <words>",
        r"<Iamnot> living in <words>",
        r"<Ive> (moved (away|out)|moved) (from|of) (?![^.]* to )<words>",
        r"<Ive> said goodbye to <Capital><words>",
        r"<Ive> left <words> (and|then) moved to\b",
        node_type="place",
        stance="ended",
    ),
    *_cues(
        "lives_in",
        read.place,
        r"<past> (used to live|lived|were living|resided|was living|was based) in <words>",
        r"\b(my|our) (first |old |former )?home was (once |then )?(in )?<Capital><words>",
        r"<past> spent [\w ]{3,30}? living in <Capital><words>",
        r"<past> spent [\w ]{0,20}?(years?|decade|months|childhood|youth|twenties|thirties|life) in"
        r" <Capital><words>",
        node_type="place",
        stance="held",
    ),
    *_cues(
        "lives_in",
        read.place,
        r"<ivenever> (lived in|moved to|been living in) <words>",
        node_type="place",
        stance="never",
    ),
)

_WORK = (
    *_cues(
        "works_as",
        read.job,
        r"<Ithen> (became|become) an? <job>",
        r"<Ithen> (started|begun|began) (working|work|a job|a new job) as an? <job>",
        stance="began",
    ),
    *_cues(
        "works_as",
        read.job,
        r"<Ithen> (been|gotten|got) promoted to (an? |the )?<job>",
        r"\bI was promoted to (an? |the )?<job>",
        r"\bmy new (job|career) is (as |being )?an? <job>",
        r"<stopped> [\w ]{3,40}? to (become|be|work as) an? <job>",
        r"<Ithen> (switched|changed) (careers?|jobs?)[^.]{0,40}? (and|to) ([\w']+ ){0,4}?an? <job>",
        stance="began",
        replaces=True,
    ),
    *_cues(
        "works_as",
        read.job,
        r"<Iamnot> an? <job>",
        r"(<nolonger>|<dont>) work as an? <job>",
        r"<Ive> (quit|left|lost) my (job|position) as an? <job>",
        r"<stopped> (working as|being) an? <job>",
        stance="ended",
    ),
    *_cues(
        "works_as",
        read.job,
        r"<I> used to be an? <job>",
        r"<Iwas> an? <job>",
        r"<past> (used to work|worked|was working) as an? <job>",
        stance="held",
    ),
    *_cues("works_as", read.job, r"<ivenever> (been|worked as) an? <job>", stance="never"),
    *_cues(
        "works_at",
        read.workplace,
        r"<Ithen> (started|begun|began) (working|work|a job) (at|for|with) <words>",
        r"<Ithen> joined <Capital><words>",
        r"(<Ive> been|<Iwas>) hired (by|at) <words>",
        r"<FirmName> (has |have )?(hired|employed|recruited) (me|us)\b",
        r"<Ithen> (signed( up)? with|started (at|with)) <Capital><words>",
        node_type="organisation",
        stance="began",
    ),
    *_cues(
        "works_at",
        read.workplace,
        r"<Ithen> (got|found|landed|started|begun|began|accepted|taken|took) an? (new|different|better)"
        r" (job|position|role) (at|with|for) <words>",
        r"<Ithen> (switched|changed) jobs[^.]{0,30}? (to|at|for) <words>",
        r"\bmy new (job|employer|workplace|company) is (now )?(at |with )?<words>",
        node_type="organisation",
        stance="began",
        replaces=True,
    ),
    *_cues(
        "works_at",
        read.workplace,
        r"(<nolonger>|<dont>) work (at|for|in) <words>",
        r"<Iamnot> (working|employed) (at|for|by) <words>",
        r"<Ive> (quit|left|lost) my (job|position) (at|with) <words>",
        r"<Ive> (resigned|been fired|got fired|been laid off|got laid off) (from|by) <words>",
        r"\bI was (fired|laid off|made redundant) (from|by|at) <words>",
        r"<stopped> working (at|for) <words>",
        r"<FirmName> (has |have )?(fired me|sacked me|let me go|laid me off|dismissed me|made me redundant)",
        node_type="organisation",
        stance="ended",
    ),
    *_cues(
        "works_at",
        read.workplace,
        r"<past> (used to work|worked|was working) (as [\w ]{3,40}? )?(at|for) <words>",
        r"<past> used to work in <words>",
        r"\bmy (first|old|previous|former|last) (job|employer|company) was (at |with |for )?<words>",
        r"<Iwas> employed (at|by) <words>",
        node_type="organisation",
        stance="held",
    ),
    *_cues(
        "works_at",
        read.workplace,
        r"<ivenever> worked (at|for|in) <words>",
        node_type="organisation",
        stance="never",
    ),
)

_TASTES = (
    *_cues(
        "likes",
        read.things,
        r"<Ithen> (taken up|took up|got into|gotten into|fallen in love with"
        r"|discovered (a love|my love) (for|of)) <list>",
        r"\bmy new (hobby|pastime|passion) is <list>",
        r"<Ithen> (started|begun|began|learned|learnt|grown|grew) (to )?"
        r"(like|love|enjoy|liking|loving|enjoying) <list>",
        stance="began",
    ),
    *_cues(
        "likes",
        read.things,
        r"<nolonger> (like|love|enjoy) <list>",
        r"<dont> (like|love|enjoy|do) <phrase> <anymore>",
        r"<Iamnot> (into|fond of|keen on|a fan of) <phrase> <anymore>",
        r"\bI('m| am) no longer (into|fond of|keen on|interested in|a fan of) <list>",
        r"<stopped> (?!working|living|being|playing|my job)(liking |doing |enjoying )?<list>",
        r"<Ive> (lost (all )?interest in|gone off|(got|grown|become) (tired|bored) (of|with)) <list>",
        stance="ended",
    ),
    *_cues("likes", read.things, r"<past> used to (like|love|enjoy|adore) <list>", stance="held"),
    *_cues(
        "likes",
        read.things,
        r"<ivenever> (liked|loved|enjoyed|been into|been fond of) <list>",
        stance="never",
    ),
    *_cues(
        "dislikes",
        read.things,
        r"<nolonger> (hate|dislike) <list>",
        r"<dont> (hate|dislike|mind) <phrase> <anymore>",
        stance="ended",
    ),
    *_cues("dislikes", read.things, r"<past> used to (hate|dislike|loathe) <list>", stance="held"),
    *_cues("dislikes", read.things, r"<ivenever> (disliked|hated) <list>", stance="never"),
    *_cues(
        "fears",
        read.things,
        r"<Iamnot> (afraid|scared|terrified|frightened) of <list>",
        stance="ended",
    ),
    *_cues(
        "plays",
        read.games,
        r"(<nolonger>|<dont>) play <list>",
        r"<stopped> playing <list>",
        stance="ended",
    ),
    *_cues("plays", read.games, r"<past> used to play <list>", stance="held"),
    *_cues("plays", read.games, r"<ivenever> played <list>", stance="never"),
    *_cues("speaks", read.languages, r"<dont> speak (a word of |any )?<list>", stance="never"),
)

_PETS = (
    *_cues(
        "has_pet",
        read.name,
        r"<Ithen> (adopted|got|gotten|bought) an? ([\w-]+ ){0,2}<animal>,?<named> <title>",
        r"<Ithen> (adopted|got|gotten|bought) an? ([\w-]+ ){0,2}<animal>, <Name><closed>",
        node_type="animal",
        stance="began",
    ),
    *_cues(
        "has_pet",
        read.name,
        r"<my> (pet )?<animal>,? <Name>,? <gone>",
        r"<Name>, <my> (pet )?<animal>, <gone>",
        r"\bput <my> (pet )?<animal>,? <Name>,? (to sleep|down)\b",
        r"\b(I|we) (had to (give away|say goodbye to|put down)|gave away|lost) <my> (pet )?<animal>,? <Name>",
        node_type="animal",
        stance="ended",
    ),
    *_cues(
        "has_pet",
        read.name,
        r"<past> (used to have|had) (an?|one) ([\w-]+ ){0,2}<animal>,?<named> <title>",
        node_type="animal",
        stance="held",
    ),
    *_cues(
        "has_pet",
        read.name,
        r"(<ivenever> had|<dont> have|\bI didn't have) (an?|any) ([\w-]+ ){0,2}<animal>,?<named> <title>",
        node_type="animal",
        stance="never",
    ),
)

_PEOPLE = (
    *_cues(
        "married_to",
        read.name,
        r"<Ithen> (got |gotten )?married (to )?<Capital><title>",
        r"\b<Name> and I (just )?(got married|tied the knot)\b",
        r"<Ithen> tied the knot with <title>",
        node_type="person",
        stance="began",
    ),
    *_cues(
        "married_to",
        read.name,
        r"<Ive> (got|been|gotten) divorced\b(?! parents)",
        r"(<Iam>|\bwe('re| are)( now)?) divorced\b",
        r"\b(my|our|the) (divorce|marriage) (is (final|over)|came through)\b",
        r"\b(my (wife|husband) and I|we) (have )?(got divorced|split up|separated)\b",
        r"<Iamnot> married( any ?more)?\b(?! to)",
        stance="ended",
    ),
    *_cues("married_to", read.name, r"<Iwas> married to <title>", node_type="person", stance="held"),
    *_cues(
        "married_to", read.name, r"<ivenever> been married to <title>", node_type="person", stance="never"
    ),
)

CHANGES: tuple[Cue, ...] = (*_NAMES, *_PLACES, *_WORK, *_TASTES, *_PETS, *_PEOPLE)
