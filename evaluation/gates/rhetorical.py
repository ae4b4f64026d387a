"""Small numbers in words that count nothing of the facts: "one" as a pronoun, "you two", "two names on the doorbell"."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from collections import Counter

from evaluation.gates.function_words import content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.offer_words import OFFERED_THINGS
from evaluation.gates.quantities import Kind, Quantity, following_stems, quantities
from evaluation.gates.terms import sentence_of
from evaluation.gates.text import plain, stem, stems

_PEOPLE = re.compile(r"\b(?:you|us|them|these|those|the|all) $", re.IGNORECASE)
_FIGURES: tuple[Kind, ...] = ("money", "measure", "percent", "time", "date", "weekday")
_HAS = re.compile(r"\b(?:has|have|with|includ\w+|contains?|offers?|plus|features?) $", re.IGNORECASE)
_PARTS_OF_THINGS = frozenset(
    stem(word) for word in (*OFFERED_THINGS, "room", "branch", "shop", "button", "model")
)
_OFFERED = frozenset(
    "free new extra more off for times gift bonu complimentari complimentar month year colour color shade size flavour length".split()
)


def is_rhetorical(quantity: Quantity, copy: Copy) -> bool:
    """A small number word that counts nothing of the facts: "one" as a pronoun, "you two", "two names on the doorbell"."""
    if not quantity.spelled or quantity.value > 4 or quantity.value == 0:
        return False
    if quantity.value == 1:
        return not quantity.rates
    after = following_stems(copy.text, quantity.end)
    if not after:
        return _PEOPLE.search(plain(copy.text)[: quantity.start]) is not None
    known = {s for text in copy.facts for s in stems(text)}
    if counts_offer(quantity, copy):
        return False
    return not (after[0] in _OFFERED or set(after[:2]) & known) and not quantity.rates


def counts_offer(quantity: Quantity, copy: Copy) -> bool:
    """ "Has three pegs" and "two pockets" beside a word of the facts; "two rates" may count the two that a fact gives."""
    text, after = plain(copy.text), following_stems(copy.text, quantity.end, 1)
    noun = after[0] if after else ""
    if noun not in _PARTS_OF_THINGS and not _HAS.search(text[: quantity.start]):
        return False
    if any(
        Counter(q.kind for q in quantities(fact))[kind] == quantity.value
        for fact in copy.facts
        for kind in _FIGURES
    ):
        return False
    known = {s for fact in copy.facts for s in content_stems(fact)}
    sentence = sentence_of(quantity, text)
    told = sentence if noun not in _PARTS_OF_THINGS else text[: text.index(sentence) + len(sentence)]
    return not content_stems(told).isdisjoint(known)
