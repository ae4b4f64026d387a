"""The numbers gate: quantities with their units, never substrings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.gates.gate import Policy
from evaluation.gates.numbers import check_numbers
from evaluation.gates.quantities import quantities
from tests.evaluation.copies import copy_of, golden

BAG = "Our ground coffee comes in 240 g bags and costs $5 until 12 September."
OPENING = "The shop is open from 8 a.m. to 8 p.m., Monday to Friday."


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("A 20 g bag", BAG),
        ("5% off", BAG),
        ("€5 a bag", BAG),
        ("$5.50 a bag", BAG),
        ("$240 a bag", BAG),
        ("240 oz of coffee", BAG),
        ("Until 21 September", BAG),
        ("Until 12 October", BAG),
        ("Until 12 September 2031", BAG),
        ("Open from 8 a.m. to 9 p.m.", OPENING),
        ("Open Monday to Sunday", OPENING),
        ("Open on Sunday", OPENING),
        ("Ten bags for you, 11 for a friend", "Ten bags cost $9."),
        ("£6 a week", "The plan costs £6 a month."),
        ("Three nights", "Stay two nights or more."),
        ("Triple points", "Members earn double points."),
        ("An 8K screen", "The screen shows 4K video."),
        ("Under three kilos", "The tent weighs 1.9 kg."),
        ("Two for £11", "Mugs cost £5 each."),
        ("Over £35 ships free", "Orders over £40 ship free."),
        ("30 seconds", "The scan takes 30 minutes."),
    ],
)
def test_a_quantity_that_no_fact_holds_is_refused(text: str, fact: str) -> None:
    verdict = check_numbers(copy_of(text, fact), Policy())
    assert not verdict.passed
    assert verdict.reason.endswith(".")


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("240g of coffee for 5 dollars", BAG),
        ("0.24 kg, five dollars, until September 12th", BAG),
        ("Until 12 Sept", BAG),
        ("Open 8am–8pm on weekdays", OPENING),
        ("Open 08:00 to 20:00", OPENING),
        ("Open on Wednesday", OPENING),
        ("10 bags", "Ten bags cost $9."),
        ("4 percent", "The rate is 4.0%."),
        ("£0.40 a minute", "The fee is 40p a minute."),
        ("Four days out and a name is wrong? Call", "Names can be changed until 72 hours before."),
        ("Friday's ride need not wait", "Bikes are ready by Thursday."),
        ("Cold tea, twelve timesheets. The trial is free", "The trial is free."),
        ("Nine is old enough", "Accounts are for children aged 9 years or more."),
        ("Half a thousand litres", "Heating oil comes in lots of 500 litres."),
        ("Seven pieces in one box", "The box has five bodysuits and two pairs of leggings."),
        ("Two rolls give you 100 m", "Netting comes in rolls of 50 m."),
        ("£2.50 a kilo", "A 12 kg bag costs £30."),
        ("Two for £10", "Mugs cost £5 each."),
        ("Done by half past six", "The class starts at 6 a.m. and lasts half an hour."),
        ("Three months, one part each", "Pay in three monthly instalments."),
        ("Under two kilos", "The tent weighs 1.9 kg."),
        ("300 a minute", "It prints 300 labels a minute."),
        ("Twelve months", "Plants that fail in the first year are replaced."),
        ("Half an hour", "The scan takes 30 minutes."),
        ("2x points", "Members earn double points."),
        ("Our line is open 24/7", "The line is open 24 hours a day, seven days a week."),
        ("Two names on the doorbell, one account", "A joint account can be opened in the app."),
        ("1,000 points", "You start with 1000 points."),
        ("Two weeks", "It arrives within 14 days."),
        ("At noon", "Lunch starts at 12 p.m."),
        ("Doors at 7", "Doors open at 7 p.m."),
    ],
)
def test_the_same_quantity_in_other_words_passes(text: str, fact: str) -> None:
    assert check_numbers(copy_of(text, fact), Policy()).passed


def test_the_audience_may_carry_a_number() -> None:
    assert check_numbers(
        copy_of("Your 3 months are up", audience="trial users after three months"), Policy()
    ).passed


def test_the_reason_quotes_the_number_and_what_the_facts_say() -> None:
    verdict = check_numbers(copy_of("Only $7", "It costs $5."), Policy())
    assert verdict.reason == 'The price ("$7") is not in the facts, which say "$5".'


def test_quantities_read_kind_value_and_rate() -> None:
    found = quantities("From $90 per entity per month, 4.10% AER, 7.30pm on 3 March")
    assert [(q.kind, q.value, q.rates) for q in found] == [
        ("money", 90.0, ("entity", "month")),
        ("percent", 4.1, ()),
        ("time", 1170, ()),
        ("date", 303, ()),
    ]


@given(st.sampled_from(list(golden("clean"))))
def test_a_copy_made_of_its_own_facts_passes(row: dict[str, list[str]]) -> None:
    assert check_numbers(copy_of(" ".join(row["facts"]), *row["facts"]), Policy()).passed


@given(
    st.sampled_from(list(golden("clean"))),
    st.integers(min_value=2000, max_value=999_999),
    st.sampled_from(["{}", "${}", "{}%", "{} kg"]),
)
def test_an_unseen_number_is_refused(row: dict[str, list[str]], value: int, form: str) -> None:
    said = form.format(value)
    if any(q.value == value for fact in row["facts"] for q in quantities(fact)):
        return
    assert not check_numbers(copy_of(f"{row['facts'][0]} And {said}.", *row["facts"]), Policy()).passed
