"""Conditions, days, prices and superlatives that a copy tells in other words, and what turns them round."""

import pytest

from evaluation.gates import judge
from evaluation.gates.gate import Policy
from tests.evaluation.copies import copy_of

SAID: tuple[tuple[str, ...], ...] = (
    # A bound by what is denied, or by a word after it
    ("Every Orlo pot weighs in at never less than 400 g.", "Every Orlo pot weighs at least 400 g."),
    ("Groups at Hallam Climbing never go above eight people.", "Groups at Hallam Climbing have at most 8 people."),
    ("Orla Hall: bookings for no fewer than eight people", "Bookings at Orla Hall are for at least 8 people."),
    ("Orla Hall: bookings for eight people, and not one more", "Bookings at Orla Hall are for at most 8 people."),
    ("Groups of six learners tops: the Kemble course", "The Kemble course takes groups of at most 6 learners."),
    ("As soon as your basket tops £25, Petal Post sends the bouquet without a delivery charge.", "Petal Post delivers bouquets free on orders over £25."),
    ("Claims with Dray Bank: not before 4 May", "Dray Bank accepts claims from 4 May."),
    ("Claims with Dray Bank: 4 May is the last day.", "Dray Bank accepts claims until 4 May."),
    ("Claims with Dray Bank: not later than 4 May", "Dray Bank accepts claims until 4 May."),
    ("Grants of the Pell fund: apply up to and including 3 June.", "Applications for grants of the Pell fund are accepted until 3 June inclusive."),
    ("The Rowan scholarship: final day for applications, 15 May", "Applications for the Rowan scholarship are accepted up to and including 15 May."),
    # In one way alone
    ("Book the Fern sauna by phone, not online.", "The Fern sauna can be booked by phone only."),
    ("Half price on Tamlin kites in the shop and nowhere else", "Tamlin kites are half price in the shop only."),
    ("Half price on Tamlin kites in the shop and not online", "Tamlin kites are half price in the shop only."),
    # Days
    ("The Mill café is open every day but Tuesday.", "The Mill café is open from Wednesday to Monday."),
    ("The Linden clinic takes calls from 9 to 5 every day of the week, weekends included.", "The Linden clinic takes calls from Monday to Sunday, 9:00 to 17:00."),
    # Prices
    ("A tasting at Vine Hollow: £12 a head", "Vine Hollow charges £12 per guest for a tasting."),
    ("The Fennel brunch costs £7 each.", "The Fennel brunch costs £7 per guest."),
    ("Tubes of Thistle balm are £4 each.", "Thistle balm costs £4 a tube."),
    ("A kayak at the daily €30: Lakeside Hire", "Lakeside Hire rents kayaks for €30 a day."),
    ("Vista TV in the living room? Vista Mobile is £8 a month, not £16.", "The Vista Mobile plan costs £8 a month for customers who also have Vista TV.", "Without Vista TV, the Vista Mobile plan costs £16 a month."),
    # Superlatives by denial
    ("The Moss 3, and no tent in the Ridgeline family weighs less", "The Moss 3 is the lightest tent in the Ridgeline family."),
    ("No plan in the Zell range costs less than Zell Mini.", "Zell Mini is the cheapest plan in the Zell range."),
    ("Calder Class: not one berth that doesn't have a window", "Every berth in Calder Class has a window."),
    # Other forms of a word
    ("The fires in the Black Swan are lit at five.", "The Black Swan lights its fires at 5 pm."),
    ("To qualify for the Lund bursary you need two references.", "Qualification for the Lund bursary requires two references."),
    # What ends a letter, counts in hours or numbers a gate
    ("Your Brunel railcard is valid until 3 May. Kind regards, Brunel Rail and Coach", "Brunel Rail and Coach: your Brunel railcard is valid until 3 May."),
    ("The Gale workshop has twelve places, and no thirteenth.", "The Gale workshop has 12 places in total."),
    ("Three quarters of an hour, on foot and by boat: the Caer tour", "The Caer tour takes 45 minutes, on foot and by boat."),
    ("Why is gate K always the last one? The Roller bag weighs 2 kg.", "The Roller bag weighs 2 kg."),
)  # fmt: skip
TURNED: tuple[tuple[str, ...], ...] = (
    ("Every Orlo pot weighs in at never more than 400 g.", "Every Orlo pot weighs at least 400 g."),
    ("Groups at Hallam Climbing never go below eight people.", "Groups at Hallam Climbing have at most 8 people."),
    ("Orla Hall: bookings for no fewer than eight people", "Bookings at Orla Hall are for at most 8 people."),
    ("Groups of six learners tops: the Kemble course", "The Kemble course takes groups of at least 6 learners."),
    ("As long as your basket stays under £25, Petal Post sends the bouquet without a delivery charge.", "Petal Post delivers bouquets free on orders over £25."),
    ("Claims with Dray Bank: not before 4 May", "Dray Bank accepts claims until 4 May."),
    ("Claims with Dray Bank: 4 May is the last day.", "Dray Bank accepts claims from 4 May."),
    ("The Rowan scholarship: first day to apply is 15 May.", "Applications for the Rowan scholarship are accepted up to and including 15 May."),
    ("Half price on Tamlin kites online, not in the shop", "Tamlin kites are half price in the shop only."),
    ("Half price on Tamlin kites in the shop and not online", "Tamlin kites are half price in the shop."),
    ("Pay at Corner Deli by card, not with cash.", "Corner Deli accepts cash only."),
    ("Fancy soup? The Mill café serves it Tuesday to Sunday.", "The Mill café serves soup every day except Tuesday."),
    ("The Linden clinic takes calls from 9 to 5 every day of the week, weekends included.", "The Linden clinic takes calls from Monday to Friday, 9:00 to 17:00."),
    ("A puppet show at Vine Hollow: £12 a head", "Vine Hollow charges £12 per family for a puppet show."),
    ("Crates of Thistle balm are £4 each.", "Thistle balm costs £4 a tube."),
    ("A kayak for €30, delivered daily: Lakeside Hire", "Lakeside Hire rents kayaks for €30 a day."),
    ("Vista TV in the living room? Vista Mobile is £16 a month, not £8.", "The Vista Mobile plan costs £8 a month for customers who also have Vista TV.", "Without Vista TV, the Vista Mobile plan costs £16 a month."),
    ("Vista Mobile is £8 a month, not £16.", "The Vista Mobile plan costs £8 a month for customers who also have Vista TV.", "Without Vista TV, the Vista Mobile plan costs £16 a month."),
    ("The Moss 3, and no tent anywhere weighs less", "The Moss 3 is the lightest tent in the Ridgeline family."),
    ("The Moss 3, and no tent in the Ridgeline family weighs more", "The Moss 3 is the lightest tent in the Ridgeline family."),
    ("The Gale workshop has twelve places, and no lift.", "The Gale workshop has 12 places in total."),
    ("The Roller B weighs 2 kg.", "The Roller A weighs 2 kg."),
)  # fmt: skip


@pytest.mark.parametrize("case", SAID)
def test_a_fact_told_otherwise_passes(case: tuple[str, ...]) -> None:
    assert [verdict for verdict in judge(copy_of(*case), Policy()) if not verdict.passed] == []


@pytest.mark.parametrize("case", TURNED)
def test_a_fact_turned_round_is_refused(case: tuple[str, ...]) -> None:
    assert not all(verdict.passed for verdict in judge(copy_of(*case), Policy()))
