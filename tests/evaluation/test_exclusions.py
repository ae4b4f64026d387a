"""Exclusions, limits and hours in other words pass; dropped or turned, they are refused."""

import pytest

from evaluation.gates import Policy, judge
from tests.evaluation.copies import copy_of

SAME: tuple[tuple[str, str], ...] = (
    ("Norda ships to every EU country bar Malta.", "Norda ships to every EU country except Malta."),
    ("Zip pulls aside, the Wick bag is vegan.", "The Wick bag is vegan, excluding the zip pulls."),
    ("Rent a Yeti van for €70 a day; insurance is yours to pay.", "Rental of a Yeti van costs €70 a day, insurance not included."),
    ("The Wilma mug should stay out of the microwave.", "The Wilma mug is not microwave safe."),
    ("Uncoloured, unsmoked: Bergland cheese.", "Bergland cheese is neither coloured nor smoked."),
    ("Pick any shade, as long as it's black. The Sole sandal.", "The Sole sandal is available in black only."),
    ("Ten years, and never less: Kilmorey whisky", "Kilmorey whisky matures for at least 10 years."),
    ("£19 a month at the Strand gym. You sign up for at least six months.", "The Strand gym costs £19 a month with a minimum term of six months."),
    ("Nine until one, on Sundays: the Pomona market is open.", "The Pomona market is open on Sundays from 9:00 to 13:00."),
    ("The Delfi week: from the twelfth to the eighteenth of October.", "The Delfi week runs from 12 to 18 October."),
    ("The Signet sale ends a minute to midnight on 6 March.", "The Signet sale ends on 6 March at 23:59."),
    ("Two fifths linen, three fifths cotton: the Rauma quilt.", "The Rauma quilt is 40% linen and 60% cotton."),
    ("Sold out? The Fox theatre adds shows.", "The Fox theatre adds shows for sold-out dates."),
)  # fmt: skip
CHANGED: tuple[tuple[str, str], ...] = (
    ("Only you know how you work best. Delivery is free on all Ritter desks.", "Delivery is free on all Ritter desks except oak models."),
    ("Parking is free at Hotel Kiel.", "Parking at Hotel Kiel is free at weekends."),
    ("Worn or not, Pedro shoes can be exchanged within 60 days.", "Unworn Pedro shoes can be exchanged within 60 days; worn shoes cannot be exchanged."),
    ("Camp Lido: no parking fee, and pets are welcome", "Pets are not allowed at Camp Lido; there is no parking fee."),
    ("Amba: a light roast from Java. Onda: a dark roast from Peru.", "Amba is a light roast from Peru; Onda is a dark roast from Java."),
    ("Kilmorey whisky matures for 10 years, and never more.", "Kilmorey whisky matures for at least 10 years."),
    ("Nine to six: the Anker library is open.", "The Anker library is open from 10:00 to 18:00."),
    ("The Delfi week: from the twelfth to the nineteenth of October.", "The Delfi week runs from 12 to 18 October."),
    ("Hirsch trains carry dogs, anywhere.", "Hirsch trains carry dogs, except in the dining car."),
    ("The Ferro pan stays the same on induction hobs.", "The Ferro pan is not suitable for induction hobs."),
)  # fmt: skip


def passes(text: str, fact: str) -> bool:
    return all(v.passed for v in judge(copy_of(text, fact), Policy()))


@pytest.mark.parametrize(("text", "fact"), SAME)
def test_a_limit_in_other_words_passes(text: str, fact: str) -> None:
    assert passes(text, fact)


@pytest.mark.parametrize(("text", "fact"), CHANGED)
def test_a_limit_that_is_dropped_or_turned_is_refused(text: str, fact: str) -> None:
    assert not passes(text, fact)
