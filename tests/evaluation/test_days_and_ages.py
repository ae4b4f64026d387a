"""Closed and open days, hours of every day, ages told by birthdays, the end of a trial, one more of a thing."""

import pytest

from evaluation.gates import judge
from evaluation.gates.gate import Policy
from tests.evaluation.copies import copy_of

HALL = "The swimming hall in Norre opens at 7 am every day."
CHEESE = "Harlow Cheese is open from 9 am to 6 pm every day except Sunday."
TOOLS = "The Tool Library is open Wednesday to Monday from 10 am to 4 pm and closed on Tuesdays."
REPAIRS = (
    "Kettle & Key repairs bikes the same day when they are brought in before 11 am, except on Saturdays."
)
BOOKS = "Ostler Books is closed on weekends."
NEWS = "Tideline News is free for 30 days, then costs £6 a month unless cancelled before the trial ends."
MARBLES = "Marble Run Maxi is not suitable for children under 5."
RAILWAY = "Children under 4 travel free on the Ashby steam railway with a paying adult."
BAKERY = "Crumb & Co opens its second bakery, this one in Leith, on 3 May 2026."
OPTICIANS = "Fenwick Opticians opens its third branch in Durham on Monday 6 April 2026."
COOLER = "The Hyla wine cooler keeps bottles at 12 degrees Celsius."

TWINS = (
    (
        HALL,
        "Swimming hall in Norre: doors open at seven every morning.",
        "Swimming hall in Norre: doors open at seven every evening.",
    ),
    (
        CHEESE,
        "Nine till six, Monday to Saturday. On Sundays Harlow Cheese is closed.",
        "Nine till six, Monday to Saturday. On Saturdays Harlow Cheese is closed.",
    ),
    (
        TOOLS,
        "Ten till four, every day but Tuesday: the Tool Library is open.",
        "Ten till four, every day but Monday: the Tool Library is open.",
    ),
    (
        REPAIRS,
        "Bring your bike before eleven in the morning, Sunday to Friday, and Kettle & Key repairs it the same day.",
        "Bring your bike before eleven in the morning, any day, and Kettle & Key repairs it the same day.",
    ),
    (BOOKS, "Ostler Books is open Monday to Friday.", "Ostler Books is open Monday to Saturday."),
    (
        NEWS,
        "Thirty days of Tideline News, free. After that, £6 a month. Cancel before the thirty days are up and pay nothing.",
        "Thirty days of Tideline News, free. After that, £6 a month.",
    ),
    (
        MARBLES,
        "Marble Run Maxi: for friends aged five and up, not for anyone younger.",
        "Marble Run Maxi: for friends aged three and up, not for anyone younger.",
    ),
    (
        RAILWAY,
        "Until their fourth birthday, children travel free on the Ashby steam railway with a paying adult.",
        "Until their fifth birthday, children travel free on the Ashby steam railway with a paying adult.",
    ),
    (
        RAILWAY,
        "Haven't had your fourth birthday yet? Free on the Ashby steam railway, with a paying adult.",
        "Haven't had your sixth birthday yet? Free on the Ashby steam railway, with a paying adult.",
    ),
    (
        BAKERY,
        "One bakery, now two: Crumb & Co opens in Leith on 3 May 2026.",
        "Two bakeries, now three: Crumb & Co opens in Leith on 3 May 2026.",
    ),
    (
        OPTICIANS,
        "Two branches, soon three: Fenwick Opticians opens in Durham on 6 April 2026.",
        "Three branches, soon four: Fenwick Opticians opens in Durham on 6 April 2026.",
    ),
    (
        COOLER,
        "The Hyla wine cooler keeps bottles at 12°C.",
        "The Hyla wine cooler keeps bottles at 14°C.",
    ),
)


@pytest.mark.parametrize(("fact", "right"), [(fact, right) for fact, right, _ in TWINS])
def test_a_fact_told_by_other_days_or_birthdays_passes(fact: str, right: str) -> None:
    assert [v.reason for v in judge(copy_of(right, fact), Policy()) if not v.passed] == []


@pytest.mark.parametrize(("fact", "faulty"), [(fact, faulty) for fact, _, faulty in TWINS])
def test_its_twin_with_another_day_age_or_number_is_refused(fact: str, faulty: str) -> None:
    assert not all(v.passed for v in judge(copy_of(faulty, fact), Policy()))


def test_a_day_that_the_fact_opens_is_not_closed_beside_the_right_days() -> None:
    fact = "The Brook Street surgery is open Monday to Saturday."
    faulty = copy_of("Brook Street surgery: open Monday to Saturday, closed on Mondays.", fact)
    right = copy_of("Brook Street surgery: open Monday to Saturday, closed on Sundays.", fact)
    assert not all(v.passed for v in judge(faulty, Policy()))
    assert all(v.passed for v in judge(right, Policy()))
