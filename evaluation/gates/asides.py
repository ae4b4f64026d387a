"""Asides to the reader that state nothing of an offer: whose task a thing is, what is encouraged, who has the last word."""

import re

from evaluation.gates.carried import is_tied
from evaluation.gates.offer_words import OFFERED_DEEDS, OFFERED_MANNERS, OFFERED_THINGS
from evaluation.gates.quantities import quantities
from evaluation.gates.statements import Clause
from evaluation.gates.text import words

# "The apron is your department", "the umbrella is up to you": what the reader brings is not offered.
_READERS_TASK = re.compile(
    r"(?:and |but |so )?(?:the |that |any |all )?[\w'-]+(?: [\w'-]+){0,3} (?:is|are|remains?|stays?) (?:entirely |all |strictly |still )?"
    r"(?:up to you|your (?:own )?(?:department|job|call|turn|business|choice|affair|problem|part|half|side of (?:it|things|the bargain)|task|responsibility|concern|decision|move|secret|doing|fault))[.!]?",
    re.IGNORECASE,
)
# "Spinning at the mirror is encouraged": how one looks at it; "camping is allowed" is a permission.
_ATTITUDE = re.compile(
    r"(?!(?:book|reserv|order|tipp|haggl|park|camp|smok|cancel|return|bring|pay|subscrib|register|rent|refill|shar|swapp|cycl|swimm)\w*ing\b)"
    r"(?:and |but |so )?[a-z]+ing\b[^,;:]* (?:is|are) (?:\w+ly |very much |not (?:un)?)?(?:encouraged|forgiven|expected|understood|understandable|applauded|tolerated|discouraged|frowned upon|human|normal)"
    r"(?: (?:here|until then|throughout|of course|either way))?[.!]?",
    re.IGNORECASE,
)
# "The casting vote goes to whoever owns the van"; whoever orders wins something.
_WHOEVER = re.compile(
    r"(?:and |but |so )?(?:the |that )?(?!(?:[\w'-]+ )?(?:prizes?|gifts?|rewards?|discounts?|vouchers?|bonus|tickets?|seats?|places?)\b)[\w'-]+(?: [\w'-]+){0,3} (?:goes|go|belongs?|falls?|is left|are left) to (?:whoever|whomever|the one who|the person who|anyone who) "
    r"(?![^.]*\b(?:orders?|books?|buys?|bought|signs?|joins?|spends?|subscribes?|calls?|registers?|applies|enters?|wins?|reviews?|refers?|first|next|today|tomorrow)\b).+",
    re.IGNORECASE,
)
# "Last plump!", "One more twirl!": a cheer before anything is offered.
_CHEER = re.compile(
    r"(?:(?:one|just one) (?:more|last|final)|last|final|another|an?(?: (?:quick|little|last|final|big|deep))?) (?!\w+ed\b)[a-z]+!",
    re.IGNORECASE,
)
_OF_OFFER = frozenset(("it", "its", "they", "them", "their", "these", "we", "our", "ours", "us", "here"))
# Of these places an invented statement tells as well: "the beach is across the road".
_NEARBY = r"(?:beach|sea|harbour|station|airport|gardens?|views?|city|town|centre|center|park|river|lake|mountains?|castle|market|museum|village|forest|street|building|house|entrance|car park|offer|deal|sale|price|bill|queue|packaging|team|owner|founder)"
# "The remote control is a matter for negotiation", "A small bow is in order": said of something, but nothing that it does.
_IS_SO = re.compile(
    rf"(?:and |but |so )?(?:the|an?|some|this|that|your|my|arguments?) (?!(?:[\w'-]+ )?{_NEARBY}\b)(?:[\w'-]+ ){{1,4}}?(?:is|are|was|were|has|have|had|would|should|must)\b(?! (?:a minute|minutes|metres|miles|included|provided|free|available|part of|never|always)\b)",
    re.IGNORECASE,
)
# "We shan't ask where the biscuits went": what is left unsaid.
_UNSAID = re.compile(
    r"(?:and |but |so )?we (?:(?:shall|will|would|could|should|might|may|can|do|did|have|are) not|(?:sha|wo|would|could|should|ca|do|did|have)n't|cannot|(?:would|had) (?:rather|better) not|'d rather not|will never|would never) "
    r"(?:possibly |ever |dare (?:to )?|going to |be )*(?:say|saying|ask|asked|asking|tell|told|judge|judging|mind|comment|guess|enquire|inquire|mention|look|know|count|speculate|name names|take sides)\b",
    re.IGNORECASE,
)
# Whatever is so in every home is no part of an offer.
_IN_EVERY_HOME = re.compile(
    r"(?:and |but |so )?every (?:family|office|house|household|home|kitchen|drawer|street|company|parent|marriage|flat|attic|cellar|garage|shed|desk|meeting|cat|dog|band|class|street|hallway|fridge|wallet|sofa|handbag|garden) (?:has|hides|holds|knows|keeps|needs|gets)\b",
    re.IGNORECASE,
)
# "The coffee is cold": a complaint of the reader's day.
_COMPLAINT = re.compile(
    r"(?:and |but |so )?(?:the|your) (?:[\w'-]+ )?(?!beer|wine|drinks?|water|lemonade|pool)[\w'-]+ (?:is|are|has gone|have gone|was|were) (?:already |still |again |all |somehow |long )?(?:cold|late|gone|empty|missing|burnt|lost|dead|wet|flat|asleep|stuck|broken|off|stale|lukewarm|under the (?:bed|sofa|table))(?: again| already)?[.!]?",
    re.IGNORECASE,
)
# "Whose turn it is to dust is a conversation for the two of you": what is left open.
_LEFT_OPEN = re.compile(
    r"(?:and |but |so )?(?:whose|whether|why|how|where|when|who|what|which (?!is\b|are\b|means\b|makes\b)[a-z]+) [^.;:]*? (?:is|are|remains?|stays?) (?:still |all |entirely |really |best )?"
    r"(?:up to (?:the|you|him|her|them)|between (?:the|you)|left to|an? (?:\w+ )?(?:matter|question|conversation|discussion|decision|debate|mystery|secret|story|subject|tale|argument)|another|"
    r"none of our|not (?:our|for us)|(?:any(?:one|body)'s|your|nobody's|their)\b|for you to|open|beyond us)\b.*",
    re.IGNORECASE,
)
# "Bad news for anyone hoping to stay in": whom it pleases or not.
_NEWS = re.compile(
    r"(?:and |but |so )?(?:very |rather |more |such )?(?:(?:bad|sad|poor|terrible|tough|hard|rotten|awkward|grim|worrying) (?:news|luck|times?|day|week|moment|night) for\b"
    r"|(?:good|great|happy|excellent) (?:news|times?|day) for (?:any(?:one|body)|every(?:one|body)|those|people|whoever)\b).*",
    re.IGNORECASE,
)
# "We'll stop talking": what the writer of the copy does with words.
_OF_WRITER = re.compile(
    r"(?:and |but |so |now )*we(?:'ll| will| shall| can| could| should| might|'re going to|'d better) (?:now |just |gladly |happily |quietly )?"
    r"(?:stop (?:talking|there|here|now|writing|typing|interrupting)|be (?:quiet|silent|brief)|shut up|hush|say no more|go quiet|keep (?:quiet|it short|this short)|leave (?:you to|it (?:there|here|at that))|"
    r"let you (?:get on|go|think|decide|sleep|read)|get out of (?:your|the) way|rest our case|see ourselves out|look away|pretend|hold our (?:breath|tongues?)|start again|spare you)\b[^,;:]*",
    re.IGNORECASE,
)
# "Window seats by negotiation": mock terms; of prices and dates they would be real ones.
_MOCK_TERMS = re.compile(
    r"(?!(?:[\w'-]+ )*(?:prices?|fees?|terms|rates?|dates?|delivery|hours|times|repairs?|refunds?|discounts?|returns?)\b)[\w'-]+(?: [\w'-]+){0,3} "
    r"(?:by negotiation|by mutual (?:agreement|consent)|(?:subject|open) to (?:negotiation|debate|discussion)|negotiable|at your own risk|by drawing lots)[.!]?",
    re.IGNORECASE,
)


def is_scene(clause: Clause, of_facts: frozenset[str]) -> bool:
    """Whether a sentence of its own, without any word of the facts or of an offer, only tells how something is."""
    if clause.continues or is_tied(clause.text, of_facts):
        return False
    if _UNSAID.match(clause.text):
        return True
    in_every_home = _IN_EVERY_HOME.match(clause.text) is not None
    if not in_every_home and (_IS_SO.match(clause.text) is None or quantities(clause.text)):
        return False
    return not any(
        w in OFFERED_THINGS or w in OFFERED_DEEDS or w in OFFERED_MANNERS or w in _OF_OFFER
        for w in words(clause.text)
    )


def is_aside(clause: Clause, of_facts: frozenset[str]) -> bool:
    """Whether a clause, without any word of the facts, is one of these."""
    text = clause.text
    if _READERS_TASK.fullmatch(text) or _LEFT_OPEN.fullmatch(text):
        return True
    if _NEWS.fullmatch(text) or _OF_WRITER.fullmatch(text) or _MOCK_TERMS.fullmatch(text):
        return not clause.continues
    if _CHEER.fullmatch(text):
        return not clause.earlier.strip() and not is_tied(words(text)[-1], of_facts)
    if is_tied(text, of_facts):
        return False
    if _COMPLAINT.fullmatch(text):
        return not is_tied(clause.earlier, of_facts)
    return _ATTITUDE.fullmatch(text) is not None or _WHOEVER.fullmatch(text) is not None
