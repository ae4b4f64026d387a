"""Gate: no condition, exclusion, deadline or negation of a fact that the copy uses is dropped or turned round."""

from evaluation.gates.affirmed import affirmed_fault
from evaluation.gates.bounds import bound_fault, price_fault
from evaluation.gates.denials import denial_fault
from evaluation.gates.exceptions import exception_fault
from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.negations import negation_fault
from evaluation.gates.obligations import obligation_fault
from evaluation.gates.open_days import open_days_fault
from evaluation.gates.opposites import opposite_fault
from evaluation.gates.qualifiers import qualifies
from evaluation.gates.quantities import quantities
from evaluation.gates.reader_numbers import without_idle_questions
from evaluation.gates.restrictions import restriction_fault
from evaluation.gates.totals import total_fault
from evaluation.gates.usage import uses

GATE = "conditions"

# A button names an action; the text beside it carries the conditions; but "from £129" is no price of £129, and a price that ends is named with its end.
_SLOTS_WITHOUT_CONDITIONS = ("cta",)


def check_conditions(copy: Copy, _policy: Policy) -> Verdict:
    if copy.slot in _SLOTS_WITHOUT_CONDITIONS:
        priced = any(q.kind in ("money", "percent") for q in quantities(copy.text))
        limit_fault = bound_fault if priced else price_fault
        fault = next(filter(None, (limit_fault(fact, copy) for fact in copy.facts)), "")
        return refuses(GATE, fault) if fault else passes(GATE)
    said = without_idle_questions(copy)
    used = [fact for fact in copy.facts if uses(said, fact, copy.facts)]
    for fact in used:
        if fault := fact_fault(fact, copy):
            return refuses(GATE, fault)
    if fault := own_words_fault(copy):
        return refuses(GATE, fault)
    for fact in copy.facts:
        if fact not in used and any(qualifies(fact, other) for other in used):
            return refuses(GATE, f'The copy leaves out the condition "{fact}"')
    return passes(GATE)


def own_words_fault(copy: Copy) -> str:
    """What is read in the copy's own words: one wording makes "excluding" a plain "no", and of closed days open ones."""
    return exception_fault(copy) or open_days_fault(copy) or affirmed_fault(copy)


def fact_fault(fact: str, copy: Copy) -> str:
    """What of one fact the copy drops or turns, as a sentence; empty when nothing."""
    return (
        bound_fault(fact, copy)
        or negation_fault(fact, copy)
        or denial_fault(fact, copy)
        or opposite_fault(fact, copy)
        or restriction_fault(fact, copy)
        or obligation_fault(fact, copy)
        or total_fault(fact, copy)
    )
