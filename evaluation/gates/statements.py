"""The clauses of a copy that state something of the offer or of the company, as opposed to greetings, questions and scenes."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from collections.abc import Iterator
from typing import NamedTuple

from evaluation.gates.text import plain
from evaluation.sentences import sentences


class Clause(NamedTuple):
    """A clause that `continues` is no sentence's first: "and bend without breaking"; what stands before it in its sentence, and `earlier` in the text."""

    text: str
    continues: bool
    before: str = ""
    earlier: str = ""


_CUT = re.compile(
    r",\s|[()]|\s(?:(?<=[.;:!]\s)|-\s|(?<!well )(?:and|but|so|while|whereas|because|which|or)\s(?=\S+ \S)|"
    r"(?=(?:whenever|when|if|before|as|that|whatever|wherever|what|who|how|plus) ))"
)
_LEAD = r"(?:and |so |but |then |now |yes |also |even |plus |where )?"
_SERVED = (
    r"chefs?|cooks?|bakers?|waiters?|staff|crews?|hosts?|drivers?|couriers?|"
    r"engineers?|technicians?|mechanics?|instructors?|teachers?|tutors?|trainers|coaches|guides?|nurses?|doctors?|dentists?|therapists?|pharmacists?|advisers?|advisors?|stylists?|"
    r"\w{3,}(?:ists?|icians?)|photographers?|gardeners?|rangers?|lifeguards?|musicians?|cast|experts?|specialists?|designers?|makers?|growers?|farmers?|roasters?|weavers?|fitters?"
)
_FIRM = re.compile(
    rf"^{_LEAD}(?:"
    # It, they: the product; not the weather, nor "it's nice to see you".
    r"(?:it|they|these|those)(?:'s|'re|'ll|'ve| (?!was\b|were\b|said\b|had\b|won't (?:fit|melt|bite|wait|hurt|tell|mind|judge|argue)\b|never (?:write|call)\b))"
    r"(?! ?(?:not |never |always |only |just |also |has |is )*(?:one of (?:you|us)\b|your turn|you who|me|been|rains|snows|raining|snowing|happens|takes|pays|forgotten|time|fine|nice|nicer|worth|ok|okay|too|here|yours|about|"
    r"why|how|what|where|because|like|the right)\b)|"
    r"our (?!answers?\b)\w+\b|we(?:'ll|'ve|'re|'d)?(?![\w'])(?! ?(?:are |were |be |have |had |would |can |could |may |might |must |should |shall |will |shan't |won't |couldn't |wouldn't |can't |haven't |not |possibly |rather |better |all |both |really |already |never |still |also |just |always |do |don't |not )*"
    r"(?:tell you (?:a|another|the) (?:joke|story|secret)|hope|miss|missed|know|knew|think|thought|guess|love|like|look|see|saw|seen|heard|hear|thank|wish|mean|say|said|feel|felt|remember|notice|noticed|understand|"
    r"believe|wait|sorry|glad|happy|angry|proud|rooting|listening|here|back|been|kept|saved|rather|brief|worry|mind|agree|ask|asked|answer|answers|promise)\b)|"
    r"(?:freshly |newly |carefully |lovingly |lightly |fully )?(?!used (?:to|for)\b|based\b|interested\b|tired\b|bored\b|invited\b|sorted\b)"
    r"(?:\w{2,}ed|made|built|grown|sold|woven|cut|sewn|spun|brewed|known|taught|shot|drawn|driven|fed|lit|born|brought|sent|worn|hung|wound|thrown) (?:by(?! you)|with(?!out)|in|from|of|to|for|on|into|over|under|using|upstairs|indoors|overnight)\b|"
    r"(?:arrives?|comes|ships?|served|sold|delivered|available|ideal|perfect|suitable|suited|easy|great|good) (?:with|in|as|for|to|at|on|by|from|up to)\b(?! you\b)|"
    # Those who serve: whatever they do is part of the offer.
    rf"(?:(?:the |our |all |every |each |a )(?:[\w&'-]+ )?)?(?:{_SERVED}) (?:may |can |will |also |always )?(?!of\b|in\b|at\b|on\b|with\b|who\b|and\b|are you|only\b|up\b|out\b|down\b)[a-z]+\b(?!:)|"
    r"so (?:do|does|can|may|will|are|is) (?:your|their|the|our|all|every) [a-z]+|(?:nothing|none of \w+) (?:is|are|gets?) \w+ed\b|"
    r"(?:each|every) (?:[\w-]+|(?-i:[A-Z])[\w-]+(?: [\w-]+){1,2}) (?:has|have|comes|gets|includes|contains|carries)\b|"
    r"(?:(?:big|light|strong|soft|quiet|safe|gentle|kind|warm|roomy|wide) (?:enough|on|to|for)|enough for|open (?:on|all|every)|(?:now|also) (?:in|at|with)|"
    r"(?:never |also |always )?(?:keeps|saves|cuts|removes|shrugs off|sheds|stands up to|copes with|withstands|survives|resists|repels|reduces|improves|arrives|ships|fits|lasts|dries|folds|charges|pairs|syncs|tracks|blocks|protects|prevents|softens|brightens|"
    r"works|loads|stays|smells|tastes|feels|serves|seats|holds up|helps|lets|gives|makes|offers|features|boasts)) (?!you\b$)"
    r")"
    r"|\b[\w-]+ (?:(?:is|are|comes?|will be|can be) )(?:also |all |always |now |even |completely |fully )?(?:included|provided|available|welcome|free|at no|possible|offered|supplied|permitted|accepted|covered|waived|delivered|shipped)\b"
    r"|\b(?!not\b)[\w-]+ (?:included|provided)\b"
    r"|\b(?:is|are) part of\b"
    r"|\b(?:comes with|comes in|includes?) (?:an? |the |its |free |your )?(?!any\b)\w"
    r"|^(?!your\b|an? )[\w' -]*\b(?:(?:can|cannot|may|must) (?:also |now |only |not )?be \w+(?:ed|en|t|un)|(?:is|are) (?:also |now |only |not )?(?:\w{3,}ed|taken|held|made|built|served|kept|sent|given|sold|grown|shown|written|worn|drawn|read|run|led|brought|taught|paid) (?:by|at|in|on|to|from|with|through|via|across|for|online|separately|automatically|overnight|before|after|while|until|twice|once|daily|weekly|monthly|yearly|together|individually|locally)|(?:is|are) (?:also |now |only |not )?\w{4,}ed[.!]?$)\b"
    r"|\bno (?:\w+ )?(?:tools?|experience|appointment|deposit|booking|contract|registration|assembly|drilling|cards?|log-?in|account|app|tickets?|prescription|commitment|skills?|knowledge|ironing|"
    r"batteries|cooking|subscription|membership|code|voucher|receipt|id|equipment|passport|paperwork|installation|training|referral|minimum|signal|internet|mixing|sewing|glue|power) (?:needed|required|necessary)\b"
    r"|\byou(?:'ll)? (?:can |may |will |also |even |always )*(?:get|receive|earn|enjoy) \w"
    r"|\b[a-z-]{3,}s (?:can|may) (?:also |even |always )*(?:return|exchange|send|bring|pay|borrow|cancel) \w"
    r"|\byou(?:'ll)? (?:can|may) (?:also |even |always )*(?:return|exchange|order|send|bring|pay|use) \w",
    re.IGNORECASE,
)
# What a reader is told to do, what the reader does, when something holds: no statement of the offer.
_READER = re.compile(
    rf"^{_LEAD}(?:"
    r"you(?:'re|'ve|'d|'ll)?(?!\w)(?! (?:can|may|will|get|receive|have|find|enjoy|also|even)\b)|i\b|i'|someone|somebody|nobody|no one|everyone|everybody|anyone|who|whoever|"
    r"if|when|whenever|before|after|until|as|once|for (?:the|a|an|your|whenever|whatever|when|those|everyone|anyone)|since|whatever|wherever|however|because|unless|though|"
    r"let|please|kindly|don't|do|never (?:mind|miss)|thank|thanks|sorry|welcome|hello|hi|dear|good (?:morning|evening|news)|congratulations|happy"
    r")\b",
    re.IGNORECASE,
)
_ORDERS = frozenset(
    "butter toast melt grill chop grate heat chill mash whisk simmer knead peel marinate brew steep sew knit paint draw sing dance swim hike ski bowl row camp fish "
    "act admire behave blame breathe brace cheer chew count dodge doze earn experiment fetch flip gloat guard hum ignore invent juggle lean lock mention nap negotiate nod notice "
    "paste perch phone pet plug point practise practice prop quit race rent retire rock scribble scroll shake shrug sigh sleep snooze sprint squeeze swap stash stretch stroll swallow swear "
    "sweep tease thaw tickle tidy tiptoe touch trade trim tuck twist type untie volunteer warn water weed whistle wiggle wink wander zip "
    "add adjust aim allow answer apply arrange ask avoid bag bake be beat begin bet boil book borrow break bring browse build buy call cancel carry catch celebrate change charge chase check choose "
    "claim clean clear click climb close collect come compare complete confess confirm consider continue cook count cross cut dare decide dig dip discover donate download dream dress "
    "drink drive drop dry eat empty end enter escape excuse explore face feed file fill find finish fire fit fix fly fold follow forget forgive freeze gather get give go grab grow guess hand hang have "
    "hear help hide hit hold hop hurry imagine introduce invite join jump keep kick knock know learn leave lend lift light line listen look lose love make map mark match measure meet mind "
    "mix move name note open order pack park pass pause pay peel pick pin plan plant play point pop pour prepare press print pull push put read refer refill reheat relax remember remind remove renew reorder repair "
    "replace reply report request reschedule reserve rest restart return ride ring rinse roast roll rotate run save say scan schedule schedule see send serve set settle share shoot shop show shut sign sip sit skip sleep slice slip slow soak sort "
    "sow spare speak spend spread stack stand start stay steer step stir stock stop store switch take talk tap tape taste teach tell text thank think throw tick top toss track train travel treat trust try turn unpack unwrap unwind "
    "update upgrade upload use visit wait wake walk warm wash watch wear weigh win wipe wish work wrap write".split()
)
# "Enjoy breakfast on the house" tells the reader what is offered.
_OFFERING = re.compile(
    rf"^{_LEAD}(?:enjoy|get|receive|discover|experience|savour|savor|relax|unwind|taste|earn|feel|benefit)\b",
    re.IGNORECASE,
)
# "So sleep in": what the reader may do then; "so light it floats" tells of the offer.
_SO_DO = re.compile(r"so [a-z]+ (?:in|up|off|out|away|back|down|your|them)\b", re.IGNORECASE)
_TO_READER = re.compile(r"\b(?:you|your|yours|us|me|ours)\b", re.IGNORECASE)
_FIRST_WORD = re.compile(rf"^[\"'(]*{_LEAD}([A-Za-z'-]+)", re.IGNORECASE)


def statements(text: str) -> tuple[Clause, ...]:
    """The clauses that may need a fact, in order."""
    found: list[Clause] = []
    earlier = ""
    for sentence in sentences(plain(text)):
        found.extend(
            clause._replace(earlier=f"{earlier} {clause.before}") for clause in _of_sentence(sentence)
        )
        earlier += f" {sentence}"
    return tuple(found)


def is_firm(clause: str) -> bool:
    """Whether its grammar is one that only statements of an offer have; of other clauses the words decide."""
    return _FIRM.search(clause) is not None


def _of_sentence(sentence: str) -> Iterator[Clause]:
    if sentence.rstrip("\"') ").endswith("?"):
        return
    parts = [part.strip() for part in _CUT.split(sentence) if part and part.strip()]
    orders = False
    for number, clause in enumerate(parts):
        order, reader = _is_order(clause), _READER.match(clause) is not None
        if number == 0:
            orders = order or reader
        if reader or (number > 0 and _SO_DO.match(clause) and order):
            continue
        orders = orders or (order and _TO_READER.search(clause) is not None)
        continues = number > 0 and not orders
        if continues or not order or _OFFERING.match(clause) or is_firm(clause):
            yield Clause(clause, continues, " ".join(parts[:number]))


def _is_order(clause: str) -> bool:
    first = _FIRST_WORD.match(clause)
    return first is not None and first[1].lower() in _ORDERS
