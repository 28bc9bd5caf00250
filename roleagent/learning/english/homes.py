"""Where English speakers live, put tersely or at length: dwelling, moving, leaving, having lived."""

from __future__ import annotations

from roleagent.learning.claims import Cue, CueTable
from roleagent.learning.english import readers as read
from roleagent.learning.english.slots import SLOTS

_cues = CueTable(slots=SLOTS, read_kind=read.singular).cues

_LIVING = _cues(
    "lives_in",
    read.place,
    r"<do>(live|reside|dwell) <in> <words>",
    r"\b(I'm|I am|we're|we are) [\w ]{3,30}? and (now )?(living|based|settled) <in> <words>",
    r"<am>(living|based|residing|settled|housed|domiciled)( now)? (out of|<in>) <words>",
    r"<been>(living|based|residing|settled) <in> <words>",
    r"<been><in> <Capital><words>(?= (since \d{4}|since (January|February|March|April|May|June|July|August"
    r"|September|October|November|December)|for [\w ]{1,20}?(years|months|decades|ages)))",
    r"\b(my|our) (own |new |current |little |old )?<dwelling>('s| is)( now| currently| still)? "
    r"(?!near|next|close|around)(<in> )?<Capital><words>",
    r"\bhome( for (me|us)|'s|,? to me)?( these days| now| nowadays| currently)?( is|,? it's)?( now| still|"
    r" currently)? "
    r"<Capital><words>(?<=[A-Za-z])(?<!Alone)",
    r"(?:^|[,;:] |\bbut |\band |\bnow )(these days|nowadays) (it's|it is) <Capital><words>(?= for (me|us)\b)",
    r"\b(I|we)( now| still| proudly)? call <PlaceName> (my |our )?home\b",
    r"<PlaceName>( is|'s)( now| still| currently)? (home|where (I|we)( now| currently| still)? (live|stay"
    r"|call home)"
    r"|where (I'm|I am|we're|we are)( now| currently| still)? (based|living|settled)|my (current |new )?"
    r"(home|base|place of residence))\b(?! (to|of)\b)",
    r"<PlaceName> has been (my home|our home|home)\b(?! to\b)",
    r"(?:^|[,;:] )(proud |long[- ]time |happy )?<PlaceName>[ -](resident|based|dweller)\b(?=\s*(here|[,.!]"
    r"|$|and\b|born\b))",
    r"<am>an? (proud |long[- ]time |happy |current )?<PlaceName> (resident|dweller)\b",
    r"<am>an? (proud |long[- ]time |happy |current )?resident of <words>",
    r"<did>(rent|rented|share|have been renting) (an? |my )([\w-]+ ){0,2}(flat|apartment|house|room|studio"
    r"|place)"
    r" <in> <Capital><words>",
    r"<did>(settled|set up (home|house|shop)|put down roots|made (my|our) (new )?home)( down)? <in> <words>",
    r"\b(new|current|home) address( by the way| btw)?( is|:|,|\.)( I'm| I am| we're)?( now)?( in)?"
    r" <Capital><words>",
    r"<am>back living <in> <words>",
    r"\bit('s| is) <PlaceName> (where )?I live( in)?\b",
    node_type="place",
)

_MOVED = _cues(
    "lives_in",
    read.place,
    r"<did><moved>( (in|last|this|on|back in) [\w ]{3,20}?)?,? (from [\w '.-]{2,40}? )?(back )?to (live in"
    r" )?<words>",
    r"\bafter [\w ']{3,40}? (in|of) [\w '.-]{2,30}?,? (I|we)('ve| have)?( just| finally| now)? <moved> to"
    r" <words>",
    r"<did>(packed up|sold up|packed)( [\w ]{2,30}?)? and (moved|relocated|left|went) (back )?(to|for)"
    r" <Capital><words>",
    r"<am>(now )?back (home )?(living )?<in> <Capital>(?P<value>[^.!?;:,()…\n]{1,60}?) (again|for good"
    r"|to stay|permanently)(?=\s*[.!,;…]|\s*$| (and|but|so|now)\b)",
    r"<did>returned (home )?to <words>(?= (for good|to live|permanently|to stay))",
    r"<did>(moved|settled) (in|into) ([\w' -]{2,30}? )?in <Capital><words>",
    r"<did>bought ([\w' -]{2,30}? )?in <Capital><words>(?= and moved in)",
    node_type="place",
    stance="began",
)

_LEFT = _cues(
    "lives_in",
    read.place,
    r"<amnot>(living |based |residing )?(over |back )?in <Capital><words>",
    r"<am>(done|finished|through) (with )?living in <words>",
    r"<did>(moved (away|out)|got out|packed up and left|relocated) (from|of) (?![^.]* to )<words>",
    r"<did>left <Capital><words>(?= (for good|behind|forever))",
    r"<amnot>an? (resident of )?<PlaceName> ?(resident)?\b",
    r"<did>(gave|given) up (my|our|the) ([\w-]+ )?(flat|house|home|apartment|place|room) in <words>",
    node_type="place",
    stance="ended",
)

_LIVED = _cues(
    "lives_in",
    read.place,
    r"<once>(used to (live|be based|stay)|lived|resided|dwelt|was living|were living|was based)"
    r"( <in>) <words>(?!(?=[^.!?;]*\b(all my life|my (whole|entire) life)\b))",
    r"<past> went to live in <words>",
    r"\bhome (was|used to be) (once |then |in )?<Capital><words>",
    r"<PlaceName> (was|used to be) (my |our )?home\b(?! to)",
    r"\b(I|we) (was|were) in <Capital><words>(?= (from|until|till|between) [\w ]{0,10}?\d{4})",
    r"\b(from|between) [\w ]{0,10}?\d{4} (to|and|until|till|through) [\w ]{0,10}?\d{4},? I was in"
    r" <Capital><words>",
    r"<once>(spent|did) (an? |the |my |some |half |most |several |many |a few |two |three |four |five |\d+ )"
    r"[\w ]{0,20}?(years|decade|childhood|twenties|thirties|teens|youth|student days|life) (living |over"
    r" )?in <words>",
    node_type="place",
    stance="held",
)

_NEVER = _cues(
    "lives_in",
    read.place,
    r"<didnot>(moved?|relocated?|lived?|live|been living|go|gone)( back| over)? (to|in) <words>(?! (until"
    r"|till|yet|before))",
    r"<donot>live in <words>(?!.*\b<anymore>)",
    node_type="place",
    stance="never",
)

HOMES: tuple[Cue, ...] = (*_LIVING, *_MOVED, *_LEFT, *_LIVED, *_NEVER)
