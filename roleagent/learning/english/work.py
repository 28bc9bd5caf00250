"""What English speakers do for a living, put tersely or at length, and how it begins and ends."""

from __future__ import annotations

from roleagent.learning.claims import Cue, CueTable
from roleagent.learning.english import readers as read
from roleagent.learning.english.slots import SLOTS

_cues = CueTable(slots=SLOTS, read_kind=read.singular).cues

_NEW = "(?:new|different|better|permanent|part-time|full-time|proper|real|great|lovely|dream|first)"
_POST = "(?:job|position|role|gig|post|contract|internship|traineeship)"

_EMPLOYED = _cues(
    "works_at",
    read.workplace,
    r"<do>(work|teach|intern|freelance|volunteer)( now| currently| mostly)? "
    r"(over at|out at|down at|up at|at|for) <words>",
    r"<am>(working|employed|interning|freelancing|teaching)( now| currently)? (over at|at|by|for)"
    r" <words>",
    r"<been>(working|employed|teaching) (over at|at|by|for) <words>",
    r"<been>at <Capital><words>(?= (since \d{4}|for [\w ]{1,20}?(years|decades)))",
    r"<am>(an? )?((proud |long[- ]time )?employee|member of staff|staff member|worker|on the payroll|on"
    r" staff) (of|at) <words>",
    r"<Iam> an? (?!student|fan|friend)[\w -]{3,40}? (at|for) (?=(?-i:(the )?[A-Z]))<words>",
    r"\b(my|our) (day |current )?(employer|company|workplace|firm)( right now| these days)?('s| is)("
    r" called)? <words>",
    r"\b(my|our) (day |current |main )?(job|work|position|office|desk)('s| is) (over )?(at|with) <words>",
    r"<did>(have|got|hold) an? (\w+ )?(job|position|role|gig) (over )?(at|with) <words>",
    r"<do>(earn|make) my (living|money|bread|crust|keep) (over )?(at|with|working for|working at) <words>",
    r"<FirmName>( is|'s) (where I (now |currently |still )?(work|earn my living)|my (current |new )?"
    r"(employer|workplace)"
    r"|who I work for)\b",
    r"<FirmName> (pays my (bills|wages|salary|rent)|employs me|signs my pay ?checks?)\b",
    node_type="organisation",
)

_HIRED = (
    *_cues(
        "works_at",
        read.workplace,
        r"<did>(started|begun|began)( out| again| over)?( at| with| for) <words>",
        r"<did>(went|gone) to work (for|at) <words>",
        r"<did>(gone|went) over to <Capital><words>",
        r"<am>(with|over at|at) <Capital><words>(?= (these days|nowadays)\b)",
        r"\b(now|currently) (with|at) <Capital><words>(?=\s*[,.!]|$)",
        r"<did>(been |got |gotten )?(hired|taken on|recruited|employed) (by|at) <words>",
        r"<FirmName> (has |have )?(just )?(took|taken|hired|recruited|headhunted|poached) me\b",
        node_type="organisation",
        stance="began",
    ),
    *_cues(
        "works_at",
        read.workplace,
        rf"<did>(got|gotten|found|landed|started|begun|began|accepted|taken|took|bagged|secured) (an?|my|the)"
        rf" {_NEW} ([\w-]+ )?{_POST} (over )?(at|with|for) <words>",
        rf"(?:^|[,;:] )(I've got )?(a )?new {_POST}( is)?[:,]? (at|with|for) <words>",
        r"<did>(jumped ship|switched|transferred) to <Capital><words>",
        node_type="organisation",
        stance="began",
        replaces=True,
    ),
)

_LEFT = _cues(
    "works_at",
    read.workplace,
    r"<amnot>(working |employed )?(over )?(at|by|for) <words>",
    r"<am>(so )?(done|finished|through) (working )?(at|with) <Capital><words>",
    r"<did>(been |got |gotten |was )?(fired|sacked|dismissed|laid off|let go|made redundant|resigned"
    r"|retired|walked out)"
    r" (from|by|of|at) <words>",
    r"\b(I|we) (was|were) (fired|sacked|dismissed|laid off|let go|made redundant) (from|by|at) <words>",
    r"<did>(got|been given|was given) the (sack|boot|push|axe) (from|by|at) <words>",
    r"<did>(handed|turned|put) in (my|the) (badge|notice|resignation|keys|laptop|letter) (at|to|with)"
    r" <words>",
    r"<did>(quit|left|lost|resigned from|given up|gave up) (my|the) ([\w-]+ )?(job|position|role|post) (at"
    r"|with) <words>",
    r"<did>(stopped|quit|finished) working (at|for) <words>",
    r"<did>(parted ways|cut ties) with <Capital><words>",
    r"<FirmName> (has |have |just )*(fired|sacked|dismissed|let me go|let go of me|laid me off|made me"
    r" redundant|axed me)",
    r"\bmy (job|contract|position|stint) (at|with) <words>(?= (ended|is over|is finished|has ended|was cut"
    r"|ran out))",
    node_type="organisation",
    stance="ended",
)

_EMPLOYED_BEFORE = _cues(
    "works_at",
    read.workplace,
    r"<once>(used to work|worked|was working|temped|interned) (as [\w ]{3,40}? )?(over )?(at|for)"
    r" <words>",
    r"\b(from|between) [\w ]{0,10}?\d{4} (to|and|until|till|through) [\w ]{0,10}?\d{4},? I was (at|with)"
    r" <words>",
    r"\bI (was|used to be) (at|with) <Capital><words>(?= (from|until|till|between|before|back in) [\w"
    r" ]{0,10}?\d{4})",
    r"\bmy (very )?(first|old|previous|former|last|earlier|ex) ?-?(job|employer|company|workplace) was "
    r"(over )?(at |with |for )?<words>",
    r"\bI (once |used to )?(had|have) a job (at|with) <words>(?= (once|before|back|years|when|in \d{4}"
    r"|ages))",
    node_type="organisation",
    stance="held",
)

_NOT_EMPLOYED = _cues(
    "works_at",
    read.workplace,
    r"<didnot>(work|worked|work|started?|start|joined?|get a job|got a job|quit|leave)( at| for| with)?"
    r" <words>(?! (until|till|yet|before))",
    node_type="organisation",
    stance="never",
)

_TRADE = (
    *_cues(
        "works_as",
        read.job,
        r"<am>(an? |a trained |a qualified )?<job>",
        r"<do>(work|freelance|earn my (living|money)|make (my|a) living)( now| currently| mostly)? as <job>",
        r"<am>(employed|working|freelancing)( now| currently)? as <job>",
        r"<been>(working as )?an? <job>(?= (since|for) )",
        r"\bmy (current |day )?(job|profession|occupation|trade|job title|line of work|work)('s| is)( that"
        r" of| being)? (an? )?<job>",
        r"\b(by|for) (day|trade|profession|a living|work),? (I'm|I am|I work as) (an? )?<job>",
        r"(?:^|[,;:] )(?P<value>[a-z -]{3,30}?) by (trade|profession)\b",
        r"(?:^|[,;:] )(?P<value>[a-z -]{3,30}?) here(?=\s*[,.!]|$)",
    ),
    *_cues(
        "works_as",
        read.job,
        r"<did>(retrained|requalified|started( out)?|been hired|been taken on|got hired|trained up) as "
        r"(an? )?<job>",
        r"<did>(took|taken|got|found|landed|accepted|started) an? (new |\w+ )?(job|position|role|post|gig)"
        r" as (an? )?<job>",
        r"<did>(gone|went) back to (being|working as) an? <job>",
        stance="began",
    ),
    *_cues(
        "works_as",
        read.job,
        r"\b(no longer|no more|not|used to be|used to work as|was|stopped (being|working as)|quit (being"
        r"|working as))"
        r" (an? )?[\w -]{3,30}?( any ?more| any longer)?,? (but |and |so )?(now )?(I'm|I am|I work as|I'm"
        r" working as)"
        r" (now )?(an? )?<job>(?=( now| these days|\s*[,.!]|$))",
        stance="began",
        replaces=True,
    ),
    *_cues(
        "works_as",
        read.job,
        r"<amnot>(working as )?(an? )?<job>",
        r"\bno more (being an? |working as an? )?<job>",
        r"<did>(stopped|quit|given up|gave up) (working as|being) (an? )?<job>",
        stance="ended",
    ),
    *_cues("works_as", read.job, r"<didnot>(been|become|became|work(ed)? as) an? <job>", stance="never"),
)

WORK: tuple[Cue, ...] = (*_EMPLOYED, *_HIRED, *_LEFT, *_EMPLOYED_BEFORE, *_NOT_EMPLOYED, *_TRADE)
