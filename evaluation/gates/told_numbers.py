"""Numbers of what is told beside the offer: "It broke on a Friday.", "Mum takes two sugars", "Clear a shelf. Possibly two." """

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re

from evaluation.gates.carried import carried_stems, is_tied
from evaluation.gates.gate import Copy
from evaluation.gates.offer_words import OFFERED_DEEDS, OFFERED_MANNERS, OFFERED_THINGS
from evaluation.gates.quantities import Quantity
from evaluation.gates.scenes import SELLS
from evaluation.gates.statements import is_firm, statements
from evaluation.gates.terms import sentence_before, sentence_of
from evaluation.gates.text import plain, words
from evaluation.gates.units import UNITS

_TOLD = ("count", "multiple", "weekday", "month", "time")
_PART = re.compile(r",\s|\s-\s|[.:;!?](?:\s|$)|\s(?=(?:and|but|while|so) )")
_OF_OFFER = (SELLS - {"it", "its", "know", "mention", "only", "just", "left", "over", "last"}) | frozenset(
    "choose choice choices pick select order buy cost costs price prices model models version versions type types kind kinds programme programmes "
    "setting settings mode modes speed speeds slot slots place places seat seats compartment compartments drawer drawers room rooms "
    "branch branches shop shops store stores user users piece pieces pack packs step steps way ways part parts layer layers zip zips button buttons".split()
)
_GIVEN_TO_READER = re.compile(
    r"\byou(?:'ll|'d|'ve| will| can| may| also)* (?:get|gets|have(?! (?:\w+ed|been|seen|heard|said|told|read|gone|lost|found|thought)\b)|can|may|choose|receive|save|pay|earn|enjoy|find|pick|need|own|win|keep|use|wear|fit)\b",
    re.IGNORECASE,
)
# Whose the number is: the reader's, or that of somebody at home.
_SOMEBODY = frozenset(
    "my his her he she i someone somebody nobody everybody everyone neighbour neighbours neighbor mum mom dad gran grandma grandpa granny uncle aunt cousin cousins sister "
    "brother son daughter nephew niece husband wife boss colleague colleagues friend friends cat cats dog dogs kettle toddler teenager grandfather grandmother twins "
    "mother father landlord flatmate flatmates postman goat goats parrot hamster".split()
)
# What they do may be told in words of the facts: "Gran keeps seventeen receipts".
_KIN_DOES = re.compile(
    r"(?:and |but |so )?(?:(?:my|his|her|your) (?:[a-z]+ )?(?:sister|brother|son|daughter|nephew|niece|husband|wife|boss|neighbours?|uncle|aunt|cousin|friend|flatmate|landlord|mother|father)|"
    r"gran|grandma|grandpa|granny|mum|mom|dad|somebody|someone) (?!can\b|may\b|gets?\b|receives?\b|saves?\b|pays?\b|will\b|who\b|else\b)[a-z]+",
    re.IGNORECASE,
)
_READER = frozenset("you your yours".split())
_ONCE = re.compile(
    r"(?:and |so |then |but )?(?:it|that|this|the \w+|they|there) (?:\w+ly )?(?:has (?:\w+ed|been|gone)|was|were|had|did|broke|began|fell|rang|came|went|took|got|said|snapped|burst|died|stopped|rained|snowed|froze|"
    r"blew|leaked|happened|started|ended|failed|jammed|crashed|landed|left|lost|ran|sat|stood|slept|spoke|struck|tore|woke)\b",
    re.IGNORECASE,
)
_PERHAPS = re.compile(
    r"(?:possibly|perhaps|maybe|make (?:that|it)|or|or even|all right,|okay,|fine,|even)", re.IGNORECASE
)
_NUMBERED = re.compile(
    r"\b(?:cousin|guest|visitor|attempt|coffee|cup|try|excuse|thought|problem|rule|person|neighbour|meeting|child|twin) number $",
    re.IGNORECASE,
)
_IDIOM = re.compile(
    r"\b(?:forty winks|a thousand and one|a hundred and one|nine lives|two left feet|cloud nine|on all fours|at sixes and sevens|back to square one|"
    r"the (?:two|three|four|five) of (?:you|us)|two peas|catch-?22|ten to one|two birds|count(?:s|ing|ed)? to (?:three|ten|a hundred)|two minds|third wheel|dressed to the nines|the eleventh hour|"
    r"twenty questions|one-track|two cents|two pence|a million things|four walls|ten left thumbs|three cheers|six feet under|seventh heaven|"
    r"think(?:s|ing)? twice|once or twice|look(?:s|ed)? twice|two steps forward|two wrongs|the thousandth time|the hundredth time)\b",
    re.IGNORECASE,
)


def is_told(quantity: Quantity, copy: Copy) -> bool:
    """Whether a number belongs to somebody, to what once happened or to a saying, in a part without a word of the offer."""
    if quantity.kind in ("money", "percent", "date", "code") or quantity.rates:
        return False
    text, of_facts = plain(copy.text), carried_stems(copy.facts)
    part, sentence = _part_of(quantity, text), sentence_of(quantity, text)
    named = is_tied(text[: text.index(sentence)], of_facts)
    if _KIN_DOES.match(sentence) and not named:
        return not _sells(part)
    rest = part.replace(quantity.text, " ")
    if is_tied(rest, of_facts) or _sells(rest):
        return False
    if _is_saying(quantity, text):
        return True
    if quantity.kind not in _TOLD or (quantity.kind == "count" and not quantity.spelled):
        return False
    if _NUMBERED.search(text[: quantity.start]):
        return True
    if _GIVEN_TO_READER.search(sentence):
        return False
    return (
        _is_of_somebody(part, sentence, of_facts, named)
        or (not named and _ONCE.match(part) is not None)
        or _is_afterthought(quantity, part, text, of_facts)
    )


def _is_saying(quantity: Quantity, text: str) -> bool:
    return any(m.start() <= quantity.start < m.end() for m in _IDIOM.finditer(text))


def _part_of(quantity: Quantity, text: str) -> str:
    start = max((m.end() for m in _PART.finditer(text, 0, quantity.start)), default=0)
    end = _PART.search(text, quantity.end)
    return text[start : end.start() if end else len(text)]


def _sells(part: str) -> bool:
    return any(
        word in _OF_OFFER
        or word in OFFERED_DEEDS
        or word in OFFERED_MANNERS
        or word in OFFERED_THINGS
        or word in UNITS
        for word in words(part)
    )


def _is_of_somebody(part: str, sentence: str, of_facts: frozenset[str], named: bool) -> bool:
    """ "My sister owns eleven bags"; once the offer is named, "it" and "they" are the offer."""
    said = set(words(sentence))
    if named and said & {"it", "they", "its", "them", "these", "those"}:
        return False
    if said & _SOMEBODY:
        return not is_firm(part)
    return bool(said & _READER) and not is_tied(sentence, of_facts) and not is_firm(sentence)


def _is_afterthought(quantity: Quantity, part: str, text: str, of_facts: frozenset[str]) -> bool:
    """ "Please clear a shelf. Possibly two." """
    lead = part[: part.find(quantity.text)].strip()
    before = sentence_before(quantity, text)
    return (
        bool(before)
        and part.endswith(quantity.text)
        and _PERHAPS.fullmatch(lead) is not None
        and not statements(before)
        and not (is_tied(before, of_facts) or _sells(before))
    )
