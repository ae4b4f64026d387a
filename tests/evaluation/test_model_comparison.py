"""What a model's candidates are worth, by numbers that can be counted by hand."""

from __future__ import annotations

import pytest

from evaluation.intervals import Estimate
from evaluation.model_comparison import (
    Comparison,
    Cost,
    Decided,
    JudgedCandidate,
    JudgedCase,
    Prices,
    SlotFallBacks,
    compare,
    conclusion,
    cost,
    measure,
)

FACT = "Our roast comes in 12 oz bags."


def text(words: str, *refused_by: str, tone: float = 0.5) -> JudgedCandidate:
    return JudgedCandidate(words, 10, dict.fromkeys(refused_by, "why"), {"tone": tone})


def case(*candidates: JudgedCandidate, chosen: int | None, slot: str = "subject") -> JudgedCase:
    return JudgedCase(slot, [FACT], ["12 oz"], list(candidates), chosen, 0.5)


CASES = [
    case(text("Fresh today: our roast", tone=0.6), text("Our roast", "numbers"), chosen=0),
    case(text("Fresh today in bags", tone=0.8), text("12 oz bags"), chosen=0),
    case(text("Buy", "numbers", "form"), text("Best", "numbers"), chosen=None, slot="cta"),
    case(text("Best", "claims"), text("Our roast", tone=0.4), chosen=1, slot="cta"),
]


def many(passing: int, cases: int) -> list[JudgedCase]:
    good, bad = text("Our roast"), text("Best", "claims")
    return [
        case(good if number < passing else bad, chosen=0 if number < passing else None)
        for number in range(cases)
    ]


def test_cases_candidates_and_fall_backs_are_counted() -> None:
    found = measure(CASES)
    assert (found.cases, found.candidates, found.fall_backs) == (4, 8, 1)
    assert found.cases_with_one == Estimate(0.75, 0.3006, 0.9544)
    assert found.candidates_that_pass.value == 0.5
    assert found.fall_backs_by_slot == {"cta": SlotFallBacks(1, 2), "subject": SlotFallBacks(0, 2)}


def test_a_candidate_that_two_gates_refuse_counts_at_both() -> None:
    assert list(measure(CASES).refused_by.items()) == [("numbers", 3), ("form", 1), ("claims", 1)]


def test_speed_is_all_tokens_over_the_seconds_of_writing() -> None:
    found = measure(CASES)
    assert (found.tokens, found.seconds, found.tokens_per_second) == (80, 2.0, 40.0)


def test_wording_is_measured_on_the_chosen_candidates() -> None:
    found = measure(CASES)
    # "fresh" and "today" twice, of 4 + 4 + 2 words; openings "fresh today" twice and "our roast".
    assert found.words_beyond_facts == 0.4
    assert found.distinct_openings == 0.6667
    assert found.scores == {"tone": 0.6}


def test_a_model_of_which_nothing_passes_has_no_wording() -> None:
    found = measure(many(0, 3))
    assert (found.words_beyond_facts, found.distinct_openings, found.scores) == (None, None, {})


@pytest.mark.parametrize(
    ("prices", "decided", "expected"),
    [
        # Two seconds at 1,800 an hour are 1; three texts of 12 seconds at 300 an hour are 3.
        (Prices(1800, 0, 12), Decided(0, 0), Cost(0.3333, 1.0, 0)),
        (Prices(1800, 300, 12), Decided(0, 0), Cost(1.3333, 1.0, 0)),
        (Prices(1800, 300, 12), Decided(10, 20), Cost(2.6667, 0.5, 20)),
        (Prices(1800, 300, 12), Decided(1, 19), Cost(1.3333, 1.0, 0)),
        (Prices(1800, 300, 12), Decided(0, 20), Cost(None, 0.0, 20)),
    ],
)
def test_an_approved_variant_costs_its_share_of_machine_and_review(
    prices: Prices, decided: Decided, expected: Cost
) -> None:
    assert cost(measure(CASES), prices, decided) == expected


def test_a_model_of_which_nothing_is_chosen_has_no_cost() -> None:
    assert cost(measure(many(0, 3)), Prices(1800, 300, 12), Decided(0, 0)).per_approved is None


def test_the_better_model_is_named_with_its_interval() -> None:
    found = compare("small", many(10, 40), "large", many(30, 40))
    assert found.cases_with_one.value == 0.5
    assert conclusion(found).startswith(
        "large does better than small: 50.0 points more of the cases have a candidate that passes (95 % interval "
    )
    assert conclusion(compare("large", many(30, 40), "small", many(10, 40))).startswith("large does better")


def test_candidates_decide_where_cases_do_not() -> None:
    found = Comparison("a", "b", 40, Estimate(0.025, -0.05, 0.1), Estimate(-0.12, -0.2, -0.04))
    assert conclusion(found) == (
        "a does better than b: 12.0 points more of the candidates pass, while fall-backs do not clearly differ "
        "(95 % interval 4.0 to 20.0)."
    )


def test_noise_is_called_noise() -> None:
    found = Comparison("a", "b", 40, Estimate(0.025, -0.05, 0.1), Estimate(0.01, -0.04, 0.06))
    assert conclusion(found) == (
        "No clear difference between a and b: cases with a candidate that passes differ by +2.5 points "
        "(95 % interval -5.0 to +10.0); take more cases, or choose by speed, cost and reading."
    )


def test_few_cases_decide_nothing() -> None:
    assert conclusion(compare("a", many(0, 19), "b", many(19, 19))) == (
        "19 cases are too few to choose between a and b; take at least 20."
    )
