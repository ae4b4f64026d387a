"""Gate: one of several things of a kind is not put for another: "green tea" for black tea, "each week" for each month."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from functools import lru_cache

from evaluation.gates.bindings import binding_fault
from evaluation.gates.compounds import compound_fault
from evaluation.gates.contrasts import contrast_fault
from evaluation.gates.function_words import content_stems
from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.kinds import kind_fault
from evaluation.gates.rare_patterns import SHARED
from evaluation.gates.text import CACHED_TEXTS, plain, stem, stems, words
from evaluation.gates.with_and_without import pair_fault
from evaluation.sentences import sentences

GATE = "swaps"

# Of these a copy that names one where the facts name another has changed the offer.
_KINDS = (
    "black white green red blue yellow orange purple pink grey gray brown beige turquoise navy violet crimson",
    "steel tin copper brass iron aluminium aluminum silver gold bronze titanium chrome",
    "oak pine beech walnut birch ash teak bamboo maple cherry mahogany",
    "cotton linen wool silk polyester nylon leather suede velvet fleece cashmere denim",
    "beef pork lamb chicken turkey duck salmon tuna cod trout shrimp ham",
    "dog cat rabbit horse hamster parrot pony",
    "adult child children teenager pensioner senior student",
    "breakfast lunch dinner brunch supper",
    "spring summer autumn winter",
    "morning afternoon evening",
    "north south east west",
    "indoor outdoor", "left right", "inside outside", "front rear", "upper lower", "inner outer",
    "gas electric induction solar diesel petrol",
    "bus tram train ferry plane taxi",
    "shampoo conditioner soap lotion",
    "tea coffee cocoa juice lemonade", "wine beer cider whisky gin rum vodka",
    "apple pear peach plum cherry orange lemon lime banana mango strawberry raspberry blueberry",
    "espresso filter decaf", "wholemeal rye spelt wheat",
    "print e-book audiobook", "phone e-mail email post chat", "card cash cheque invoice",
    "daily weekly fortnightly monthly quarterly yearly annual", "one-way return single", "fruit vegetable meat fish cheese flower bread", "dotted lined ruled squared blank plain",
)  # fmt: skip
_PERIOD = SHARED.compile(
    r"\b(?:each|every|per|once an?|times an?|a) (hour|day|night|week|fortnight|month|quarter|year)\b",
    re.IGNORECASE,
)


def check_swaps(copy: Copy, _policy: Policy) -> Verdict:
    said = _forms((copy.text,))
    for facts in copy.facts:
        for own, other in _alternatives(facts):
            if own in said:
                continue
            for strange in other & said:
                if stem(strange) == stem(own) or strange in _forms((*copy.facts, *copy.keep)):
                    continue
                if _is_sort_of_name(strange, own, copy.text, facts) or _beside(
                    strange, own, copy.text, facts, 2 if strange in _forms((copy.audience,)) else 1
                ):
                    return refuses(GATE, f'The copy says "{strange}" where the fact says "{own}".')
    fault = (
        kind_fault(copy)
        or compound_fault(copy)
        or contrast_fault(copy)
        or binding_fault(copy)
        or pair_fault(copy)
    )
    return refuses(GATE, fault) if fault else _period(copy)


def _forms(texts: tuple[str, ...]) -> frozenset[str]:
    said = {word for text in texts for word in words(text)}
    return frozenset(said.union(word[:-1] for word in said if word.endswith("s")))


@lru_cache(CACHED_TEXTS)
def _alternatives(fact: str) -> tuple[tuple[str, frozenset[str]], ...]:
    found = sorted(_SETS_OF.keys() & _forms((fact,)))
    return tuple((word, kind - {word}) for word in found for kind in _SETS_OF[word])


def _beside(strange: str, own: str, text: str, fact: str, least: int) -> bool:
    """Both stand next to the same word, or words: "green tea", "black tea"."""
    return len(_neighbours(strange, text) & _neighbours(own, fact)) >= least


def _is_sort_of_name(strange: str, own: str, text: str, fact: str) -> bool:
    """ "Alba, the white paint" where the fact says "the grey paint Alba"."""
    names = re.findall(rf"\b{own}(?: [a-z]+)? ([A-Z][\w'-]+)", plain(fact))
    return any(
        re.search(
            rf"\b{re.escape(name)}, (?:the|an?|our) {strange}\b|\b{strange}(?: [a-z]+)? {re.escape(name)}\b",
            plain(text),
        )
        for name in names
    )


@lru_cache(CACHED_TEXTS)
def _neighbours(word: str, text: str) -> frozenset[str]:
    said = words(plain(text))
    at = [i for i, w in enumerate(said) if w.removesuffix("s") == word or w == word]
    near = {stem(said[j]) for i in at for j in (i - 1, i + 1) if 0 <= j < len(said)}
    near |= {stem(said[i - 2]) for i in at if i > 1 and said[i - 1] == "in"}
    return frozenset(near - _PLAIN)


def _period(copy: Copy) -> Verdict:
    said = _periods(copy.text)
    if not said:
        return passes(GATE)
    known = frozenset(p for text in copy.support for p in _periods(text))
    named = frozenset(s for text in copy.support for s in stems(text))
    for strange in sorted(said - known - named):
        if known and _is_offered(strange, copy, "each|every|per" if said & known else "each|every|per|an?"):
            return refuses(
                GATE, f'The copy says "{strange}" where the facts say "{", ".join(sorted(known))}".'
            )
    return passes(GATE)


def _is_offered(period: str, copy: Copy, before: str) -> bool:
    """ "Every day" of a reader's habit is none of the offer's."""
    facts = frozenset(s for fact in copy.facts for s in content_stems(fact))
    pattern = re.compile(rf"\b(?:{before}) {period}\b", re.IGNORECASE)
    return any(pattern.search(s) and content_stems(s) & facts for s in sentences(plain(copy.text)))


def _periods(text: str) -> frozenset[str]:
    return frozenset(m[1].lower() for m in _PERIOD.finditer(plain(text)))


_SETS_OF = {
    word: tuple(frozenset(kind.split()) for kind in _KINDS if word in kind.split())
    for word in frozenset(" ".join(_KINDS).split())
}
_PLAIN = frozenset(
    "a an the of and or in on at for to with from is are our your its it as up no not only per each every".split()
)
