"""Numbers that state nothing of the offer: asked of the reader, or told in a scene."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re

from evaluation.gates.bounded import bounded_quantities
from evaluation.gates.function_words import content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.offer_words import OFFERED_DEEDS, OFFERED_MANNERS, OFFERED_THINGS
from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.rhetorical import counts_offer
from evaluation.gates.scenes import SELLS, of_scene
from evaluation.gates.statements import is_firm, statements
from evaluation.gates.text import plain, words
from evaluation.gates.told_numbers import is_told
from evaluation.sentences import sentences

_LEAST_TOLD = 2
# "Two hundred dentists" are a claim, three are a scene.
_FEW = 20
_LIKE_EACH_OTHER = ("count", "time", "month", "weekday", "date")
_PROMISES = re.compile(
    r"\b(?:in|within|for|after|under|over|up to|at least|from|until|by|than) $", re.IGNORECASE
)
_OWN_DAYS = re.compile(r"\b(?:your|my) $", re.IGNORECASE)
# What bears a number of its own.
_NUMBERED = re.compile(
    r"\b(?:platform|gate|room|seat|row|track|bus|tram|line|page|chapter|level|floor|number|day|week|route|table|door|aisle|step|question|lap|mile|lane|take|draft|round|attempt|hole) $",
    re.IGNORECASE,
)
_DAY_FEELS = re.compile(
    r"[A-Z][a-z]+days? (?:never|can|could|won't|feels|felt|knows|knew|just)\b(?! (?:be|have|see)\b)"
)
_NINE_TO_FIVE = re.compile(r"nine to five\b", re.IGNORECASE)
# What is then, after the hour that begins a scene.
_LISTS = re.compile(r",.*,| and (?:the|your|my|you|nobody|no) ", re.IGNORECASE)
_NO_THING = re.compile(r"\bno [a-z]+", re.IGNORECASE)
_AT = re.compile(r"\bat $", re.IGNORECASE)


def of_the_reader(quantity: Quantity, known: list[Quantity], copy: Copy) -> bool:
    """ "Burst pipe at 3am?", "Four days out and a name is wrong?", "Friday's ride need not wait": asked, or told without the offer.

    Prices, percentages and dates are never the reader's; nor is a number beside a word that sells.
    """
    if is_told(quantity, copy):
        return True
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
    if of_scene(quantity, scene, known, copy):
        return True
    if _is_idiom(quantity, scene, text, known) or _is_day_that_feels(scene, copy):
        return True
    if SELLS.intersection(words(scene)):
        return False
    if _is_numbered(quantity, scene, lead, copy) or _was_asked(quantity, scene, copy):
        return True
    if opens_scene(copy) and scene == opening(text):
        return True
    if quantity.kind == "count" and "?" not in copy.text and counts_offer(quantity, copy):
        return False
    if not (asks or _is_scene(quantity, scene)):
        return False
    if asks and _is_within_limit(quantity, copy):
        return True
    if quantity.kind == "count" and not quantity.spelled:
        return asks and (_AT.search(lead) is not None or not any(_alike(quantity, other) for other in known))
    rest = scene.replace(quantity.text, " ")
    few = quantity.spelled and (quantity.kind != "count" or quantity.value <= _FEW)
    of_offer = _tells_of_facts(rest, copy) if few else _speaks_of_offer(rest, copy)
    if quantity.kind == "measure" and _PROMISES.search(lead):
        return asks and not of_offer and not any(_alike(quantity, other) for other in known)
    return asks or not of_offer


def opening(text: str) -> str:
    """The first sentence."""
    return sentences(plain(text))[0]


def opens_scene(copy: Copy) -> bool:
    """ "2 a.m., three pockets, no card.": an hour or a day and what is then; the facts have none, and what they name is missing."""
    first = opening(copy.text)
    said = quantities(first)
    if not _LISTS.search(first) or not said or said[0].start or said[0].kind not in ("time", "weekday"):
        return False
    known = [q for fact in copy.facts for q in quantities(fact)]
    if any(_alike(said[0], other) for other in known) or SELLS.intersection(words(first)):
        return False
    scene = _NO_THING.sub(" ", _worded(first))
    return not (is_firm(scene.strip(" ,")) or _tells_of_facts(scene, copy))


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


def _is_idiom(quantity: Quantity, scene: str, text: str, known: list[Quantity]) -> bool:
    """ "Nine to five it's a desk", where the offer has no hours."""
    said = _NINE_TO_FIVE.match(scene)
    return (
        said is not None
        and quantity.end <= text.index(scene) + said.end()
        and not any(q.kind == "time" for q in known)
    )


def _is_day_that_feels(scene: str, copy: Copy) -> bool:
    """ "Monday never saw it coming." """
    return _DAY_FEELS.match(scene) is not None and not _tells_of_facts(_worded(scene), copy)


def _is_numbered(quantity: Quantity, scene: str, lead: str, copy: Copy) -> bool:
    """ "Platform 9"."""
    return (
        quantity.kind == "count"
        and not quantity.implied
        and _NUMBERED.search(lead) is not None
        and not _tells_of_facts(scene.replace(quantity.text, " "), copy)
    )


def _was_asked(quantity: Quantity, scene: str, copy: Copy) -> bool:
    """ "Why wait for Friday?", and at the end "Friday can look after itself." """
    if quantity.kind != "weekday" or _speaks_of_offer(_worded(scene), copy):
        return False
    text = plain(copy.text)
    return any(
        s.endswith("?") and any(q.kind == quantity.kind and q.value == quantity.value for q in quantities(s))
        for s in sentences(text[: text.index(scene)])
    )


def _is_within_limit(quantity: Quantity, copy: Copy) -> bool:
    """ "49,998 contacts in a CSV?" where the fact says "up to 50,000"."""
    return quantity.kind == "count" and any(
        b.quantity.kind == "count"
        and (
            (b.bound == "most" and quantity.value <= b.quantity.value)
            or (b.bound == "least" and quantity.value >= b.quantity.value)
        )
        for fact in copy.facts
        for b in bounded_quantities(fact)
    )


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
