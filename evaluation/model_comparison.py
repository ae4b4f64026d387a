"""What the candidates of a model are worth on a golden set, and whether two models differ; numbers only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import NamedTuple

from evaluation.gates.text import words
from evaluation.intervals import Estimate, estimate_share, paired_difference

#: With fewer cases a bootstrap says little, and nothing is concluded.
LEAST_CASES = 20

#: With fewer decided texts a measured approval rate is noise, and is not used.
LEAST_DECISIONS = 20


class JudgedCandidate(NamedTuple):
    """A text of a model; `refusals` holds the reason of each gate that refused it."""

    text: str
    tokens: int
    refusals: dict[str, str]
    scores: dict[str, float]

    @property
    def passed(self) -> bool:
        return not self.refusals


class JudgedCase(NamedTuple):
    """A case of the golden set as one model filled it.

    `chosen` is the place of the chosen candidate, None for a fall-back; `seconds` is its share of the writing time.
    """

    slot: str
    facts: Sequence[str]
    keep: Sequence[str]
    candidates: Sequence[JudgedCandidate]
    chosen: int | None
    seconds: float

    @property
    def chosen_candidate(self) -> JudgedCandidate | None:
        return None if self.chosen is None else self.candidates[self.chosen]

    @property
    def passing_share(self) -> float:
        return fmean(candidate.passed for candidate in self.candidates)


class Prices(NamedTuple):
    """What an hour of the machine and of a reviewer costs, in one currency, and how long a text is looked at."""

    machine_per_hour: float = 0.0
    reviewer_per_hour: float = 0.0
    review_seconds: float = 0.0

    @property
    def given(self) -> bool:
        return bool(self.machine_per_hour or self.reviewer_per_hour)


class Decided(NamedTuple):
    """How people decided on earlier texts of a model."""

    approved: int
    decided: int


@dataclass(frozen=True)
class SlotFallBacks:
    """Cases of one slot, and those in which no candidate passed."""

    fell_back: int
    cases: int


@dataclass(frozen=True)
class Cost:
    """Cost of an approved variant (None when none is approved); `decisions` is 0 where the rate is assumed."""

    per_approved: float | None
    approval_rate: float
    decisions: int


@dataclass(frozen=True)
class Measures:
    """One model on one golden set.

    Seconds are those of writing, without loading and checking. The last three are of the chosen candidates: the share
    of words in neither facts nor keep phrases, the share of different openings (first two words), and mean scores.
    """

    cases: int
    candidates: int
    candidates_that_pass: Estimate
    cases_with_one: Estimate
    fall_backs: int
    fall_backs_by_slot: dict[str, SlotFallBacks]
    refused_by: dict[str, int]
    tokens: int
    seconds: float
    tokens_per_second: float
    words_beyond_facts: float | None
    distinct_openings: float | None
    scores: dict[str, float]


@dataclass(frozen=True)
class Comparison:
    """Second model minus first, over the same cases."""

    first: str
    second: str
    cases: int
    cases_with_one: Estimate
    candidates_that_pass: Estimate


def measure(cases: Sequence[JudgedCase]) -> Measures:
    """The measures of one model; every case has the same number of candidates, and there is at least one case."""
    each = len(cases[0].candidates)
    candidates = [candidate for case in cases for candidate in case.candidates]
    tokens, seconds = sum(candidate.tokens for candidate in candidates), sum(case.seconds for case in cases)
    chosen = [candidate for case in cases if (candidate := case.chosen_candidate)]
    return Measures(
        cases=len(cases),
        candidates=len(candidates),
        candidates_that_pass=estimate_share([case.passing_share for case in cases], each),
        cases_with_one=estimate_share([float(case.chosen is not None) for case in cases]),
        fall_backs=sum(case.chosen is None for case in cases),
        fall_backs_by_slot=_fall_backs(cases),
        refused_by=dict(Counter(gate for one in candidates for gate in sorted(one.refusals)).most_common()),
        tokens=tokens,
        seconds=round(seconds, 2),
        tokens_per_second=round(tokens / seconds, 1),
        words_beyond_facts=_words_beyond_facts(cases),
        distinct_openings=_ratio(len({words(one.text)[:2] for one in chosen}), len(chosen)),
        scores={name: round(fmean(one.scores[name] for one in chosen), 4) for name in chosen[0].scores}
        if chosen
        else {},
    )


def cost(measures: Measures, prices: Prices, decided: Decided) -> Cost:
    """(hours of writing x price of the machine + chosen x review hours x price of a reviewer) / approved variants.

    Approved variants are the chosen ones times the approval rate: the measured one from `LEAST_DECISIONS` decided
    texts on, else 1. Fall-backs are approved text already, so that nobody reads them again.
    """
    chosen = measures.cases - measures.fall_backs
    measured = decided.decided >= LEAST_DECISIONS
    rate = decided.approved / decided.decided if measured else 1.0
    writing = measures.seconds / 3600 * prices.machine_per_hour
    review = chosen * prices.review_seconds / 3600 * prices.reviewer_per_hour
    each = round((writing + review) / (chosen * rate), 4) if chosen * rate else None
    return Cost(each, round(rate, 4), decided.decided if measured else 0)


def compare(
    first: str, first_cases: Sequence[JudgedCase], second: str, second_cases: Sequence[JudgedCase]
) -> Comparison:
    """How far the second model differs from the first; both filled the same cases in the same order."""
    return Comparison(
        first,
        second,
        len(first_cases),
        paired_difference(
            [float(case.chosen is not None) for case in first_cases],
            [float(case.chosen is not None) for case in second_cases],
        ),
        paired_difference(
            [case.passing_share for case in first_cases], [case.passing_share for case in second_cases]
        ),
    )


def conclusion(comparison: Comparison) -> str:
    """One sentence: which model is better and by how much, or that nothing can be said."""
    first, second, whole = comparison.first, comparison.second, comparison.cases_with_one
    if comparison.cases < LEAST_CASES:
        few = f"{comparison.cases} case{'s are' if comparison.cases > 1 else ' is'} too few"
        return f"{few} to choose between {first} and {second}; take at least {LEAST_CASES}."
    for difference, what in (
        (whole, "more of the cases have a candidate that passes"),
        (
            comparison.candidates_that_pass,
            "more of the candidates pass, while fall-backs do not clearly differ",
        ),
    ):
        if difference.clear:
            better, worse = (second, first) if difference.value > 0 else (first, second)
            low, high = sorted((abs(difference.low), abs(difference.high)))
            return (
                f"{better} does better than {worse}: {abs(difference.value) * 100:.1f} points {what} "
                f"(95 % interval {low * 100:.1f} to {high * 100:.1f})."
            )
    return (
        f"No clear difference between {first} and {second}: cases with a candidate that passes differ by "
        f"{whole.value * 100:+.1f} points (95 % interval {whole.low * 100:+.1f} to {whole.high * 100:+.1f}); "
        "take more cases, or choose by speed, cost and reading."
    )


def _fall_backs(cases: Sequence[JudgedCase]) -> dict[str, SlotFallBacks]:
    slots = Counter(case.slot for case in cases)
    fell = Counter(case.slot for case in cases if case.chosen is None)
    return {slot: SlotFallBacks(fell[slot], slots[slot]) for slot in sorted(slots)}


def _words_beyond_facts(cases: Sequence[JudgedCase]) -> float | None:
    said = new = 0
    for case in cases:
        if (candidate := case.chosen_candidate) is not None:
            known = {word for text in (*case.facts, *case.keep) for word in words(text)}
            own = words(candidate.text)
            said += len(own)
            new += sum(word not in known for word in own)
    return _ratio(new, said)


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
