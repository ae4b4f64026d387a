"""Numbers that a copy works out from its facts: right sums pass, wrong ones are refused."""

import pytest

from evaluation.gates import Policy, judge
from tests.evaluation.copies import copy_of

_DUO = ("Fernhill Solo membership costs €22 a month.", "Fernhill Duo membership costs €37 a month.")
_PARKING = ("Standard parking at Port Leste costs $14 a day, valet parking $22 a day.",)
_GYM = ("The Vesper gym costs £25 a month and the contract runs for 12 months.",)
_LICENCE = ("Kiosk licences cost 12 euros per user per month and are billed once a year.",)
_ARCHIVE = ("Membership of the Lindqvist Archive costs 240 pounds a year, payable in advance.",)
_TUTORING = ("Tutoring at Nova Learn costs €30 an hour or €250 for a block of ten hours.",)
_COURSE = ("The Kastor course costs 450 euros instead of 600 euros until 1 May.",)
_TENT = ("The Sorrel tent costs €250.", "Members of the Sorrel club get 20% off the Sorrel tent.")
_BOATS = ("Of the 60 boats in Harwick Marina, 12 are for hire.",)
_SURVEY = ("60% of 500 members voted for the new Tyne pool hours.",)
_DRIVES = ("The Rana S drive has 250 GB of storage.", "The Rana L drive has 500 GB of storage.")
_TEA = ("Sela tea costs £4 a tin.", "Buy four tins of Sela tea and the fifth is free.")
_ZOO = ("Regular admission to Wald Zoo is €16; with the city card it is 50% off.",)
_PAINT = ("Each Calla paint box holds 36 tubes in 4 rows of 9.",)
# The facts, a copy that is right, and one that differs from it in one thing.
TWINS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (_DUO, "Fernhill Duo is €37 a month, €15 more than Fernhill Solo.", "Fernhill Duo is €37 a month, €15 less than Fernhill Solo."),
    (_PARKING, "Valet parking at Port Leste is $8 a day more than standard parking.", "Standard parking at Port Leste is $8 a day more than valet parking."),
    (_PARKING, "Valet parking at Port Leste is $8 a day more than standard parking.", "Valet parking at Port Leste is $14 more than standard parking."),
    (_GYM, "The Vesper gym: £25 a month for 12 months, £300 altogether.", "The Vesper gym: £25 a month for 12 months, £250 altogether."),
    (_LICENCE, "Kiosk licences cost 12 euros per user per month, billed once a year. Five users make 720 euros a year.", "Kiosk licences cost 12 euros per user per month, billed once a year. Five users make 600 euros a year."),
    (_ARCHIVE, "Membership of the Lindqvist Archive comes to 20 pounds a month, payable in advance: 240 pounds a year.", "Membership of the Lindqvist Archive comes to 24 pounds a month, payable in advance: 240 pounds a year."),
    (_TUTORING, "Ten single hours of tutoring at Nova Learn would be €300 at the hourly €30. The block of ten hours is €250, which leaves you €50.", "Ten single hours of tutoring at Nova Learn would be €300 at the hourly €30. The block of ten hours is €250, which leaves you €70."),
    (("A pack of ten Nimbus nappies costs £3.50.",), "Ten Nimbus nappies for £3.50, so 35p a go.", "Ten Nimbus nappies for £3.50, so 30p a go."),
    (("A Corda piano lesson costs 35 euros.",), "Four Corda piano lessons, 140 euros.", "Four Corda piano lessons, 150 euros."),
    (("The Bodil lamp costs £120 and is reduced by a quarter until 9 March.",), "The £120 Bodil lamp is £90 until 9 March.", "The £120 Bodil lamp is £80 until 9 March."),
    (_TENT, "The Sorrel tent costs €250. Members of the Sorrel club get 20% off: €50 less, €200 to pay.", "The Sorrel tent costs €250. Members of the Sorrel club get 20% off: €60 less, €190 to pay."),
    (_TENT, "Members of the Sorrel club get 20% off the Sorrel tent: €200.", "The Sorrel tent costs €200."),
    (_COURSE, "The Kastor course until 1 May: 25% less, 450 euros instead of 600.", "The Kastor course until 1 May: 30% less, 450 euros instead of 600."),
    (_COURSE, "Save 150 euros on the Kastor course until 1 May: 450 euros instead of 600.", "Save 200 euros on the Kastor course until 1 May: 450 euros instead of 600."),
    (_ZOO, "With the city card you pay €8 at Wald Zoo, not €16.", "With the city card you pay €6 at Wald Zoo, not €16."),
    (_BOATS, "One in five boats in Harwick Marina is for hire.", "One in four boats in Harwick Marina is for hire."),
    (_BOATS, "20% of the boats in Harwick Marina are for hire.", "25% of the boats in Harwick Marina are for hire."),
    (_SURVEY, "300 of 500 members voted for the new Tyne pool hours.", "350 of 500 members voted for the new Tyne pool hours."),
    (_DRIVES, "The Rana L doubles the storage of the Rana S: 500 GB instead of 250 GB.", "The Rana L triples the storage of the Rana S: 500 GB instead of 250 GB."),
    (_DRIVES, "The Rana L doubles the storage: 500 GB instead of 250 GB.", "The Rana S doubles the storage: 500 GB instead of 250 GB."),
    (_TEA, "Sela tea is £4 a tin. Buy four tins and the fifth is free: five for £16.", "Sela tea is £4 a tin. Buy four tins and the fifth is free: five for £14."),
    (_PAINT, "Four rows, nine tubes each: three dozen in every Calla paint box.", "Four rows, eight tubes each: three dozen in every Calla paint box."),
    (("The Linde plot is 30 metres by 20 metres.",), "600 square metres: the Linde plot, 30 by 20 metres.", "500 square metres: the Linde plot, 30 by 20 metres."),
    (("The Hilde pan is 254 mm across.",), "The Hilde pan is ten inches across.", "The Hilde pan is twelve inches across."),
    (("The Vik trail is 8 km long.",), "The Vik trail is about five miles long.", "The Vik trail is about seven miles long."),
    (("The Brev van has 9 cubic metres of space, the Brev Max has 14.",), "The Brev has nine cubic metres of space, the Brev Max fourteen cubic metres.", "The Brev has nine cubic metres of space, the Brev Max fifteen cubic metres."),
    (("The Pell printer prints 30 pages a minute.",), "The Pell printer prints 30 pages a minute: 300 in ten minutes.", "The Pell printer prints 30 pages a minute: 500 in ten minutes."),
    (("The Norden ferry ticket costs 45 Swiss francs.",), "The Norden ferry ticket: CHF 45.", "The Norden ferry ticket: EUR 45."),
    (("The Calder museum is open every day except Tuesday.",), "The Calder museum is open Wednesday to Monday.", "The Calder museum is open Tuesday to Sunday."),
    (("Doors at the Halden Club open at 20:00.",), "Doors at the Halden Club open at eight p.m.", "Doors at the Halden Club open at nine p.m."),
    (("Gates at Farrow Park open at 7:40.",), "Gates at Farrow Park open at twenty to eight.", "Gates at Farrow Park open at twenty past eight."),
    (("The Aske freezer cools down to -24 °C.",), "The Aske freezer cools down to twenty-four below zero Celsius.", "The Aske freezer cools down to 24 °C."),
    (("The Alma cruise has 24 places in total.",), "Twenty-four places in total on the Alma cruise, and no twenty-fifth.", "Twenty-five places in total on the Alma cruise, and no twenty-sixth."),
    (("Orme hall tickets are valid until 31 May.",), "Orme hall tickets are valid until 31 May. Not on 1 June.", "Orme hall tickets are valid until 31 May. Not on 9 June."),
)  # fmt: skip
# What no fact lets one work out.
FAULTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Save £15 at Orme Castle.", ("Adults pay £20 and children pay £5 at Orme Castle.",)),
    ("The Lux plan costs €20 a month: €240 a year.", ("The Lux plan costs €20 a month for the first 3 months and €30 a month after that.",)),
    ("Nora Gym: 48 courses a month.", ("Nora Gym has 12 courses a week.",)),
    ("Hearing aids from Tonal cost £1,150 each.", ("Hearing aids from Tonal cost £1,150 a pair.",)),
)  # fmt: skip


def passes(text: str, facts: tuple[str, ...]) -> bool:
    return all(v.passed for v in judge(copy_of(text, *facts), Policy()))


@pytest.mark.parametrize(("facts", "right"), [(facts, right) for facts, right, _ in TWINS])
def test_a_number_that_follows_from_the_facts_passes(facts: tuple[str, ...], right: str) -> None:
    assert passes(right, facts)


@pytest.mark.parametrize(("facts", "wrong"), [(facts, wrong) for facts, _, wrong in TWINS])
def test_a_number_that_is_worked_out_wrongly_is_refused(facts: tuple[str, ...], wrong: str) -> None:
    assert not passes(wrong, facts)


@pytest.mark.parametrize(("text", "facts"), FAULTS)
def test_a_number_that_the_facts_do_not_come_to_is_refused(text: str, facts: tuple[str, ...]) -> None:
    assert not passes(text, facts)
