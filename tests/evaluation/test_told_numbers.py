"""Numbers that belong to somebody, to what once happened or to a saying, and numbers of the offer."""

import pytest

from evaluation.gates import Policy, judge
from tests.evaluation.copies import copy_of

# The fact, a copy whose number is told beside the offer, and one that gives the same number to the offer.
TWINS: tuple[tuple[str, str, str], ...] = (
    ("The Tilly pan is made of cast iron.", "It is twenty to eight. The hob is on. The Tilly pan is made of cast iron.", "The Tilly pan is made of cast iron until twenty to eight."),
    ("Lark Taxis runs all night.", "Half past two. The last train left without you. Lark Taxis runs all night.", "Lark Taxis runs until half past two."),
    ("Sundry Books posts orders on Mondays.", "Sundry Books posts orders on Mondays. Clear a shelf. Perhaps three.", "Sundry Books posts orders on Mondays. Choose a wrapping. Perhaps three."),
    ("Fettle repairs bicycles on weekdays.", "The chain snapped on a Sunday, where else but at the top of the hill. Fettle repairs bicycles on weekdays.", "Fettle repairs bicycles on a Sunday."),
    ("The Rook chess set is carved from box wood.", "He lost in six moves, twice. The Rook chess set is carved from box wood.", "The Rook chess set is carved from box wood and comes in six sizes."),
    ("The Alby sofa seats four.", "The Alby sofa seats four. When guest number five rings the bell, there is the floor.", "The Alby sofa seats four. Sofa number five is free."),
    ("Hexley curtains are cut to measure.", "A thousand and one nights, and not one dark. Hexley curtains are cut to measure.", "Hexley curtains are cut to measure and last a thousand and one nights."),
    ("Sanna soap smells of pine.", "Sanna soap smells of pine. Close your eyes, count to ten, open them in a forest.", "Sanna soap smells of pine. Use it ten times."),
    ("The Oat bar has 9 g of protein.", "Your meeting was moved twice and lunch not once. The Oat bar has 9 g of protein.", "The Oat bar has twice the protein."),
    ("The Birch tent weighs 2 kg.", "My brother has two left feet and a heavy rucksack. The Birch tent weighs 2 kg.", "The Birch tent weighs 2 kg and has two pegs."),
    ("The Juno bag is made of canvas.", "The Juno bag is made of canvas. Your other five can stay in the hall.", "The Juno bag is made of canvas. Two colours to choose from."),
)  # fmt: skip


def passes(text: str, fact: str) -> bool:
    return all(v.passed for v in judge(copy_of(text, fact), Policy()))


@pytest.mark.parametrize(("fact", "told"), [(fact, told) for fact, told, _ in TWINS])
def test_a_number_that_is_told_beside_the_offer_passes(fact: str, told: str) -> None:
    assert passes(told, fact)


@pytest.mark.parametrize(("fact", "offered"), [(fact, offered) for fact, _, offered in TWINS])
def test_a_number_of_the_offer_needs_a_fact(fact: str, offered: str) -> None:
    assert not passes(offered, fact)
