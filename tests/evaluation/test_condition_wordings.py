"""Conditions, days, sums and asides that a copy words in its own way, and what only looks like them."""

import pytest

from evaluation.gates import judge
from evaluation.gates.gate import Policy
from tests.evaluation.copies import copy_of

SAID: tuple[tuple[str, str], ...] = (
    # Who is not yet of an age, and from which age on
    ("The Orsa slide is free for anyone who hasn't turned 12 yet.", "The Orsa slide is free for children under 12."),
    ("Your child swims free at Orsa. Under 12s do.", "Children under 12 swim free at Orsa."),
    ("The Mirko puzzle: for children aged 4 and up", "The Mirko puzzle is suitable from 4 years."),
    # A least length, whatever it is the length of
    ("Vans from €50 per day at Karro if you keep one for at least five days", "Karro rents vans from €50 per day for rentals of 5 days or more."),
    ("Take it for a year or longer and setup at Lagero is free.", "Setup at Lagero is free for contracts of at least 12 months."),
    # Within a time
    ("Bring the Vela rug back no later than a week afterwards and you get that money back.", "The price of the Vela rug is refunded if you bring it back within 7 days."),
    # A duty
    ("The Lindau tour is free, though you do need to register.", "The Lindau tour is free but registration is required."),
    # Days
    ("Yoga at Sonne: weekdays from half past seven", "Yoga at Sonne runs Monday to Friday from 7:30."),
    ("The Halle market ends on Saturday, 6 June 2026.", "The Halle market ends on 2026-06-06."),
    ("Come on a Wednesday: the Tauber inn has rooms for €70 a night.", "Rooms at the Tauber inn cost €70 a night from Sunday to Thursday."),
    ("November is short: file your claim with Acta by the 20th.", "Claims with Acta must be filed by 20 November."),
    ("Early swim at Bad Aue: from half past six to eight in the morning", "Early swim at Bad Aue runs from 6:30 to 8:00 a.m."),
    ("To Hven from May to August: 09:10, 12:10 and 16:40", "The Hven ferry sails at 09:10, 12:10 and 16:40 from May to August."),
    ("At Haus Elm, single rooms come with a terrace, double rooms with a balcony.", "At Haus Elm, single rooms have a terrace and double rooms have a balcony."),
    # Sums
    ("Four nights at the Tauber inn come to €280.", "Rooms at the Tauber inn cost €70 per night."),
    ("Notiz: €60, billed once a year", "Notiz costs €5 per month, billed yearly."),
    ("Two sailings a day to Hven: 09:10 and 16:40", "The Hven ferry sails at 09:10 and 16:40 daily."),
    # Idioms
    ("Prices go up, prices go down. The Lumen tariff costs 30 cents per kWh.", "The Lumen tariff costs 30 cents per kWh."),
    ("Breakfast at the Tauber inn is optional, so sleep in with a clear conscience.", "Breakfast at the Tauber inn is optional."),
    # What goes on meanwhile
    ("The Fell clinic is closed on Sundays, and the hamster can have a lie-in.", "The Fell clinic for hamsters is closed on Sundays."),
    ("It rains, and the dog gets walked regardless. Fell coats are waterproof.", "Fell coats are waterproof."),
    # One child of the children
    ("Entry to the Orsa slide is free for every child under 12.", "Entry to the Orsa slide is free for children under 12."),
)  # fmt: skip
CHANGED: tuple[tuple[str, str], ...] = (
    ("The Orsa slide is free for anyone who hasn't turned 14 yet.", "The Orsa slide is free for children under 12."),
    ("The Mirko puzzle: for children aged 3 and up", "The Mirko puzzle is suitable from 4 years."),
    ("The Mirko puzzle suits every child.", "The Mirko puzzle is suitable from 4 years."),
    ("Vans from €50 per day at Karro if you keep one for at least three days", "Karro rents vans from €50 per day for rentals of 5 days or more."),
    ("Vans from €50 per day at Karro", "Karro rents vans from €50 per day for rentals of 5 days or more."),
    ("Setup at Lagero is free.", "Setup at Lagero is free for contracts of at least 12 months."),
    ("Bring the Vela rug back no later than two weeks afterwards and you get that money back.", "The price of the Vela rug is refunded if you bring it back within 7 days."),
    ("Try the Vela rug and get that money back.", "The Vela rug costs €90."),
    ("The Lindau tour is free, just turn up.", "The Lindau tour is free but registration is required."),
    ("Yoga at Sonne: weekdays from half past seven", "Yoga at Sonne runs Monday to Thursday from 7:30."),
    ("Yoga at Sonne: weekdays from half past eight", "Yoga at Sonne runs Monday to Friday from 7:30."),
    ("The Halle market ends on Friday, 6 June 2026.", "The Halle market ends on 2026-06-06."),
    ("The Halle market ends on Saturday, 7 June 2026.", "The Halle market ends on 2026-06-06."),
    ("Come on a Friday: the Tauber inn has rooms for €70 a night.", "Rooms at the Tauber inn cost €70 a night from Sunday to Thursday."),
    ("November is short: file your claim with Acta by the 21st.", "Claims with Acta must be filed by 20 November."),
    ("December is near: file your claim with Acta by the 20th.", "Claims with Acta must be filed by 20 November."),
    ("Early swim at Bad Aue: from half past six to nine in the morning", "Early swim at Bad Aue runs from 6:30 to 8:00 a.m."),
    ("Four nights at the Tauber inn come to €240.", "Rooms at the Tauber inn cost €70 per night."),
    ("Four nights at the Tauber inn come to €280.", "Rooms at the Tauber inn cost €70 per night for the first 2 nights."),
    ("Notiz: €50, billed once a year", "Notiz costs €5 per month, billed yearly."),
    ("Notiz: €60, billed once a year", "Notiz costs €5 per month for the first 3 months, billed yearly."),
    ("Three sailings a day to Hven: 09:10 and 16:40", "The Hven ferry sails at 09:10 and 16:40 daily."),
    ("Wash with a clear conscience: Fell soap costs £4.", "Fell soap costs £4."),
    ("Prices go up on Monday. The Lumen tariff costs 30 cents per kWh.", "The Lumen tariff costs 30 cents per kWh."),
    ("The Fell clinic is closed on Sundays, and the vet can have a look at home.", "The Fell clinic is closed on Sundays."),
    ("The Malo coat is warm, and the zip holds regardless.", "The Malo coat is warm."),
    ("The Malo coat is warm, so clean the zip stays bright.", "The Malo coat is warm."),
    ("The Lantern plays from 7 June.", "The Lantern plays on 5, 6 and 7 June."),
    # Another thing than the fact's
    ("Alba, the white paint from Ruska: €20 a tin", "The grey paint Alba from Ruska costs €20 a tin."),
    ("Duchess Rosa tulips cost €3.", "Dahlias of the variety Duchess Rosa cost €3."),
    ("At Haus Elm, a balcony comes with single rooms, a terrace with double rooms.", "At Haus Elm, single rooms have a terrace and double rooms have a balcony."),
    ("Grundo plaster covers 4 m² per tub.", "Grundo plaster covers 4 m² per kilo and comes in tubs of 10 kilos."),
)  # fmt: skip


def refusals(text: str, fact: str) -> list[str]:
    return [verdict.reason for verdict in judge(copy_of(text, fact), Policy()) if not verdict.passed]


@pytest.mark.parametrize(("text", "fact"), SAID)
def test_what_the_fact_carries_passes_in_other_words(text: str, fact: str) -> None:
    assert refusals(text, fact) == []


@pytest.mark.parametrize(("text", "fact"), CHANGED)
def test_what_only_looks_like_it_is_refused(text: str, fact: str) -> None:
    assert refusals(text, fact) != []
