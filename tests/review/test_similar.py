"""How many must be read before the rest may go unread, and which messages are alike."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from review.similar import Item, alike_groups, audit_rank, audit_size

ROAST = "Our medium roast is ground today in {} and comes in bags of 12 oz."
TOWNS = ("Lille", "Lyon", "Nantes", "Nice", "Paris")


@pytest.mark.parametrize(
    ("n", "readings"),
    [(0, 0), (1, 1), (2, 2), (10, 10), (20, 19), (40, 38), (50, 39), (100, 63), (140, 88), (1000, 132)],
)
def test_the_audit_for_two_percent_with_95_percent_confidence(n: int, readings: int) -> None:
    assert audit_size(n) == readings


def test_87_clean_readings_of_140_do_not_suffice() -> None:
    # Three bad ones would be too many; the chance that a sample misses all three is just over and just under 5 %.
    assert hypergeom.pmf(0, 140, 3, 87) == pytest.approx(0.05234, abs=1e-5)
    assert hypergeom.pmf(0, 140, 3, 88) == pytest.approx(0.04938, abs=1e-5)


def test_a_share_is_taken_by_its_decimal_digits() -> None:
    # 0.29 * 100 is 28.999… in binary; 29 bad ones of 100 are not too many.
    assert audit_size(100, 0.29, 0.95) == _smallest(100, 29 + 1, 0.95)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 400), st.integers(0, 30), st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99]))
def test_the_bound_is_the_smallest_sample_that_scipy_finds_too(
    n: int, percent: int, confidence: float
) -> None:
    too_many = n * percent // 100 + 1
    assert audit_size(n, float(Fraction(percent, 100)), confidence) == _smallest(n, too_many, confidence)


@pytest.mark.parametrize(
    ("n", "share", "confidence"), [(-1, 0.02, 0.95), (9, 1.0, 0.95), (9, 0.02, 1.0), (9, -0.1, 0.5)]
)
def test_a_bound_that_means_nothing_is_refused(n: int, share: float, confidence: float) -> None:
    with pytest.raises(ValueError, match=f"n {n}"):
        audit_size(n, share, confidence)


def test_texts_that_differ_in_a_word_are_alike_and_others_are_not() -> None:
    items = [Item(number, ROAST.format(town), "email") for number, town in enumerate(TOWNS)]
    items += [Item(9, "Order your pet food again and we carry it to the car.", "email")]
    (group,) = alike_groups(items)
    assert sorted([group.exemplar, *group.others]) == [0, 1, 2, 3, 4]


def test_only_items_of_one_kind_are_compared() -> None:
    items = [Item(1, ROAST, "email"), Item(2, ROAST, "sms"), Item(3, ROAST, "email")]
    assert alike_groups(items) == [(1, [3])]


def test_every_member_is_alike_to_the_exemplar_and_not_only_to_a_neighbour() -> None:
    # Four texts of six words, each beginning two words later: neighbours share four words, the first and last none.
    words = [
        "amber",
        "birch",
        "cedar",
        "dough",
        "elder",
        "fennel",
        "ginger",
        "hazel",
        "ivory",
        "jasmin",
        "kelp",
        "lime",
    ]
    (group,) = alike_groups(
        [Item(step, " ".join(words[2 * step : 2 * step + 6]), 0) for step in range(4)], 0.5
    )
    assert group.exemplar in {1, 2}
    assert sorted([group.exemplar, *group.others]) in ([0, 1, 2], [1, 2, 3])


def test_the_same_items_give_the_same_groups_in_whatever_order_they_come() -> None:
    items = [Item(number, ROAST.format(town), "email") for number, town in enumerate(TOWNS * 3)]
    assert alike_groups(items[::-1]) == alike_groups(items)


def test_the_order_of_the_audit_hangs_on_each_item_alone_so_that_it_cannot_be_drawn_again() -> None:
    items = [Item(number, ROAST.format(town), "email") for number, town in enumerate(TOWNS * 3)]
    (whole,) = alike_groups(items)
    assert whole.others == sorted(whole.others, key=lambda number: audit_rank(items[number]))
    (fewer,) = alike_groups([item for item in items if item.id not in {4, 7}])
    assert [number for number in whole.others if number not in {4, 7, fewer.exemplar}] == [
        number for number in fewer.others if number != whole.exemplar
    ]


def test_what_must_be_read_and_what_may_go_unread_are_the_whole_group() -> None:
    (group,) = alike_groups([Item(number, ROAST.format("Lille"), "email") for number in range(141)])
    assert (len(group.audited), len(group.unread)) == (88, 52)
    assert sorted([group.exemplar, *group.audited, *group.unread]) == list(range(141))


def _smallest(n: int, too_many: int, confidence: float) -> int:
    """The smallest sample in which none of `too_many` bad ones is found with at most this probability, by trying all."""
    risks = np.asarray(hypergeom.pmf(0, n, min(too_many, n), np.arange(n + 1)))
    # scipy computes in binary; the bound itself is exact.
    return next(size for size in range(n + 1) if risks[size] <= (1 - confidence) * (1 + 1e-9))
