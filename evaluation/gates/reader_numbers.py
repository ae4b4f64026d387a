"""Numbers that state nothing of the offer: asked of the reader, or worked out from the fact's own figures."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import math
import re
from itertools import combinations, product

from evaluation.gates.function_words import content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.offer_words import OFFERED_DEEDS, OFFERED_MANNERS, OFFERED_THINGS
from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.text import plain, words
from evaluation.sentences import sentences

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
_CLOCK = re.compile(r"(\d{1,2})[.:](\d\d)")
_AT = re.compile(r"\bat $", re.IGNORECASE)
_EVERY = re.compile(r"\bevery (?:(\d+)(?:st|nd|rd|th)|([a-z]+th|third|second))\b", re.IGNORECASE)
_ORDINALS = {
    word: value
    for value, word in enumerate(
        "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), 2
    )
}


def asked_of_reader(quantity: Quantity, known: list[Quantity], copy: Copy) -> bool:
    """ "Burst pipe at 3am?", "Nine coffees down?": a question with no word of the facts, no like number in them, no offer."""
    if quantity.kind in ("money", "percent", "multiple", "code", "date") or quantity.rates:
        return False
    text = plain(copy.text)
    if quantity.kind == "weekday" and _OWN_DAYS.search(text[: quantity.start]):
        return True
    if any(_alike(quantity, other) for other in known):
        return False
    scene = _sentence_of(quantity, text)
    if not scene.endswith("?") or _SELLS.intersection(words(scene)):
        return False
    if quantity.kind == "count" and not quantity.spelled and not _AT.search(text[: quantity.start]):
        return False
    if quantity.kind == "measure" and _PROMISES.search(text[: quantity.start]):
        return False
    return not _speaks_of_offer(scene.replace(quantity.text, " "), copy)


def follows_from_fact(quantity: Quantity, copy: Copy) -> bool:
    """ "Two hours" from 1am to 3am; "ten hours" for ten lessons of one hour each; "nine" where every tenth is free."""
    if quantity.kind == "count":
        return any(quantity.value + 1 == turn for fact in copy.facts for turn in _turns(fact))
    if quantity.kind != "measure":
        return False
    return any(_is_span(quantity, fact) or _is_total(quantity, fact) for fact in copy.facts)


def without_idle_questions(copy: Copy) -> str:
    """The text less the questions that share no word with the facts but a day or an hour: "Rain on Saturday?"."""
    kept = [
        s for s in sentences(plain(copy.text)) if not s.endswith("?") or _speaks_of_offer(_worded(s), copy)
    ]
    return " ".join(kept) or copy.text


def _worded(sentence: str) -> str:
    for quantity in quantities(sentence):
        sentence = sentence.replace(quantity.text, " ")
    return sentence


def _turns(fact: str) -> list[int]:
    """The 10 of "every tenth coffee"."""
    return [int(m[1]) if m[1] else _ORDINALS.get(m[2].lower(), 0) for m in _EVERY.finditer(plain(fact))]


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


def _speaks_of_offer(scene: str, copy: Copy) -> bool:
    if any(content_stems(scene) & content_stems(fact) for fact in copy.facts):
        return True
    return any(
        word in OFFERED_DEEDS or word in OFFERED_THINGS or word in OFFERED_MANNERS for word in words(scene)
    )


def _is_span(quantity: Quantity, fact: str) -> bool:
    clocks = [minutes for q in quantities(fact) for minutes in _minutes(q)]
    return quantity.unit == "time" and any(
        math.isclose(quantity.value, (b - a) % 1440 * 60) for a, b in combinations(clocks, 2) if a != b
    )


def _minutes(quantity: Quantity) -> list[float]:
    if quantity.kind == "time":
        return [quantity.value]
    written = _CLOCK.fullmatch(quantity.text)
    return [int(written[1]) * 60 + int(written[2])] if written else []


def _is_total(quantity: Quantity, fact: str) -> bool:
    found = quantities(fact) if "each" in words(fact) else ()
    return any(
        part.unit == quantity.unit and math.isclose(quantity.value, times.value * part.value)
        for times, part in product(found, found)
        if times.kind == "count" and part.kind == "measure" and not times.implied
    )
