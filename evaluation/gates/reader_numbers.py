"""Numbers that state nothing of the offer: asked of the reader, or told in a scene."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re

from evaluation.gates.function_words import content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.offer_words import OFFERED_DEEDS, OFFERED_MANNERS, OFFERED_THINGS
from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.statements import is_firm, statements
from evaluation.gates.text import plain, words
from evaluation.sentences import sentences

_LEAST_TOLD = 2
_LIKE_EACH_OTHER = ("count", "time", "month", "weekday", "date")
_SELLS = frozenset(
    "free new extra off gift bonus complimentary left only just last remaining within under over sold reviews customers stars rated award "
    "it its we our us else know mention ends end closes lasts pay pays colours colors shades sizes flavours options "
    "awards years guarantee warranty trial delivery shipping discount save sale open".split()
)
_PROMISES = re.compile(
    r"\b(?:in|within|for|after|under|over|up to|at least|from|until|by|than) $", re.IGNORECASE
)
_OWN_DAYS = re.compile(r"\b(?:your|my) $", re.IGNORECASE)
_AT = re.compile(r"\bat $", re.IGNORECASE)


def of_the_reader(quantity: Quantity, known: list[Quantity], copy: Copy) -> bool:
    """ "Burst pipe at 3am?", "Four days out and a name is wrong?", "Friday's ride need not wait": asked, or told without the offer.

    Prices, percentages and dates are never the reader's; nor is a number beside a word that sells.
    """
    if quantity.kind in ("money", "percent", "multiple", "code", "date") or quantity.rates:
        return False
    text = plain(copy.text)
    lead = text[: quantity.start]
    if quantity.kind == "weekday" and _OWN_DAYS.search(lead):
        return True
    scene = _sentence_of(quantity, text)
    asks = scene.endswith("?")
    if asks and quantity.spelled and quantity.kind == "count" and _AT.search(lead):
        return True
    if _SELLS.intersection(words(scene)) or not (asks or _is_scene(quantity, scene)):
        return False
    if quantity.kind == "count" and not quantity.spelled:
        return asks and (_AT.search(lead) is not None or not any(_alike(quantity, other) for other in known))
    rest = scene.replace(quantity.text, " ")
    of_offer = _tells_of_facts(rest, copy) if quantity.spelled else _speaks_of_offer(rest, copy)
    if quantity.kind == "measure" and _PROMISES.search(lead):
        return asks and not of_offer and not any(_alike(quantity, other) for other in known)
    return asks or not of_offer


def without_idle_questions(copy: Copy) -> str:
    """The text less the questions that share no word with the facts but a day or an hour: "Rain on Saturday?"."""
    if "?" not in copy.text:
        return plain(copy.text)
    kept = [
        s for s in sentences(plain(copy.text)) if not s.endswith("?") or _speaks_of_offer(_worded(s), copy)
    ]
    return " ".join(kept) or copy.text


def _is_scene(quantity: Quantity, sentence: str) -> bool:
    """ "Friday's ride need not wait", "cold tea, twelve timesheets": more than the number, and no statement."""
    told = len(content_stems(sentence.replace(quantity.text, " "))) >= _LEAST_TOLD
    worded = quantity.spelled or quantity.kind == "weekday"
    return told and worded and not any(is_firm(clause.text) for clause in statements(sentence))


def _worded(sentence: str) -> str:
    for quantity in quantities(sentence):
        sentence = sentence.replace(quantity.text, " ")
    return sentence


def _alike(ours: Quantity, theirs: Quantity) -> bool:
    if ours.kind == "measure":
        return theirs.kind == "measure" and theirs.unit == ours.unit
    return ours.kind == theirs.kind and ours.kind in _LIKE_EACH_OTHER and not theirs.implied


def _sentence_of(quantity: Quantity, text: str) -> str:
    end = 0
    for sentence in sentences(text):
        end = text.index(sentence, end) + len(sentence)
        if quantity.start < end:
            return sentence
    return text


def _tells_of_facts(scene: str, copy: Copy) -> bool:
    return any(content_stems(scene) & content_stems(fact) for fact in copy.facts)


def _speaks_of_offer(scene: str, copy: Copy) -> bool:
    return _tells_of_facts(scene, copy) or any(
        word in OFFERED_DEEDS or word in OFFERED_THINGS or word in OFFERED_MANNERS for word in words(scene)
    )
