"""Numbers and days of a scene that no word ties to the offer: "It's two in the morning.", "Twelve opinions, ..."."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re

from evaluation.gates.function_words import content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.offer_words import OFFERED_DEEDS, OFFERED_MANNERS, OFFERED_THINGS
from evaluation.gates.quantities import Quantity, following_stems, quantities
from evaluation.gates.quantity_patterns import HALF_DAY
from evaluation.gates.statements import is_firm
from evaluation.gates.text import plain, words
from evaluation.sentences import sentences

#: A number beside one of these is the offer's.
SELLS = frozenset(
    "free new extra off gift bonus complimentary left only just last remaining within under over sold reviews customers stars rated award "
    "it its we our us else know mention ends end closes lasts pay pays colours colors shades sizes flavours options "
    "awards years guarantee warranty trial delivery shipping discount save sale open".split()
)
_SELLS_ALONE = SELLS - {"it", "its", "only", "just"}
_IT_IS = re.compile(
    r"(?:and |so |but )?it(?:'s| is| was) (?:(?:already|nearly|almost|only|just|still|past|about) ){0,2}",
    re.IGNORECASE,
)
_AGAIN = re.compile(r" (?:again|already|once more)[.!]")
# "January frost", "a May morning": the weather or the hour of a month.
_OF_THE_MONTH = re.compile(
    r" (?:frosts?|fog|mist|rain|showers?|sun|sunshine|snow|wind|winds|gales?|skies|sky|light|mornings?|evenings?|afternoons?|nights?|mud|drizzle|storms?|heat|blossom|leaves|dusk|dawn|blues|gloom|slush)\b"
)
_PART = re.compile(r",\s|\s-\s|[.:;!?](?:\s|$)")
_ONE = re.compile(r"(?:and )?(?:an?|one|another|that|your|my) (?:[a-z]+ ){0,2}", re.IGNORECASE)
_OF_YOURS = re.compile(r" of (?:your|my)\b")
# "A conversation for the two of you."
_ALL_OF_YOU = re.compile(r" of (?:you|us|them)\b(?! (?:free|for)\b)")
_FEW = 20
_LONGEST_NOUN = 2
# Where the facts have one of these, an hour or a day may be meant of the offer.
_ALIKE = {"time": ("time",), "month": ("month", "date"), "weekday": ("weekday", "date", "month", "time")}


def of_scene(quantity: Quantity, sentence: str, known: list[Quantity], copy: Copy) -> bool:
    """Whether a number or day belongs to a part of the text that shares no word with the facts or with any offer."""
    text = plain(copy.text)
    if quantity.kind == "count" and quantity.spelled:
        return (
            _OF_YOURS.match(text, quantity.end) is not None
            or (
                _ALL_OF_YOU.match(text, quantity.end) is not None
                and _is_foreign(_part_of(quantity, text), copy)
            )
            or _is_few_things(quantity, text, copy)
            or _goes_on(quantity, sentence, text, copy)
        )
    alike = _ALIKE.get(quantity.kind)
    if alike is None or any(q.kind in alike for q in known):
        return False
    if quantity.kind == "month" and not _OF_THE_MONTH.match(text, quantity.end):
        return False
    return (quantity.kind == "month" or _is_told_alone(quantity, sentence, text)) and _is_foreign(
        _part_of(quantity, text), copy
    )


def _is_told_alone(quantity: Quantity, sentence: str, text: str) -> bool:
    """ "It's two in the morning", "Monday again.", "one slow Sunday"."""
    lead = text[text.index(sentence) : quantity.start]
    part = _part_of(quantity, text)
    return (
        _IT_IS.fullmatch(lead) is not None
        or (
            quantity.unit == HALF_DAY and text.startswith(sentence) and sentence.rstrip(".!") == quantity.text
        )
        or (not lead and _AGAIN.match(text, quantity.end) is not None)
        or (part.endswith(quantity.text) and _ONE.fullmatch(part.removesuffix(quantity.text)) is not None)
    )


def _is_foreign(part: str, copy: Copy) -> bool:
    """Whether a part has no word of the facts and none that tells of an offer."""
    said = content_stems(part)
    return not any(said & content_stems(fact) for fact in copy.facts) and not any(
        word in OFFERED_DEEDS or word in OFFERED_THINGS or word in OFFERED_MANNERS or word in _SELLS_ALONE
        for word in words(part)
    )


def _is_few_things(quantity: Quantity, text: str, copy: Copy) -> bool:
    """ "Twelve opinions, four colours": the number and a noun that no fact has, with nothing said of it."""
    part = _part_of(quantity, text)
    first = text.startswith(part) or text.find(part) < len(sentences(text)[0])
    if quantity.value > _FEW or not (first and part.startswith(quantity.text)):
        return False
    counted = words(part[len(quantity.text) :])
    return 0 < len(counted) <= _LONGEST_NOUN and _is_foreign(part, copy) and not is_firm(part)


def _goes_on(quantity: Quantity, sentence: str, text: str, copy: Copy) -> bool:
    """ "Forty-three browser tabs? Close forty-two." """
    before = sentences(text[: text.index(sentence)]) if text.index(sentence) else []
    return (
        bool(before)
        and not following_stems(text, quantity.end, 1)
        and any(q.kind == "count" and q.spelled for q in quantities(before[-1]))
        and before[-1].endswith("?")
        and not any(content_stems(sentence) & content_stems(fact) for fact in copy.facts)
    )


def _part_of(quantity: Quantity, text: str) -> str:
    """What stands between two commas or ends of sentences."""
    starts = [0, *(m.end() for m in _PART.finditer(text, 0, quantity.start))]
    end = _PART.search(text, quantity.end)
    return text[starts[-1] : end.start() if end else len(text)]
