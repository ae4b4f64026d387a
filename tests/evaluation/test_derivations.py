"""Numbers that the facts make without saying them: right ones pass in any wording, their wrong twins are refused."""

import pytest

from evaluation.gates.gate import Policy
from evaluation.gates.numbers import check_numbers
from tests.evaluation.copies import copy_of

# The facts, a copy whose number follows from them, and one whose number does not.
TWINS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("Market suppers at Tolle Farm take place every Thursday from 4 June to 9 July 2026.",), "Six Thursdays at Tolle Farm: 4 June to 9 July 2026.", "Seven Thursdays at Tolle Farm: 4 June to 9 July 2026."),
    (("The Ovaro van loads 5 cubic metres with the bench up and 7.5 cubic metres with it folded.",), "The Ovaro van loads 5 cubic metres; fold the bench for 2.5 cubic metres on top, 7.5 in all.", "The Ovaro van loads 5 cubic metres; fold the bench for 3.5 cubic metres on top, 7.5 in all."),
    (("Every $10 given to Leafwell plants four trees.",), "Your $50 plants twenty trees with Leafwell.", "Your $50 plants thirty trees with Leafwell."),
    (("Every $10 given to Leafwell plants four trees.",), "Your $30 plants twelve trees with Leafwell.", "Your $40 plants twelve trees with Leafwell."),
    (("Brook Ferries sails to Anholt on Tuesdays, Thursdays and Saturdays.",), "Three days a week to Anholt with Brook Ferries: Tuesdays, Thursdays and Saturdays.", "Four days a week to Anholt with Brook Ferries: Tuesdays, Thursdays and Saturdays."),
    (("The Vinde scarf comes in the colours rust, moss and slate.",), "Three colours, rust, moss and slate: the Vinde scarf.", "Four colours, rust, moss and slate: the Vinde scarf."),
    (("The Pell rucksack is made in sizes S and L.",), "Two sizes, S and L: the Pell rucksack.", "Three sizes, S and L: the Pell rucksack."),
    (("The winter offer at Brae Spa halves the price of a second massage.",), "The second massage at Brae Spa this winter is 50% off.", "The second massage at Brae Spa this winter is 40% off."),
    (("Students pay a quarter less for a Quillon licence.",), "25% less for students: the Quillon licence.", "20% less for students: the Quillon licence."),
    (("The Quay orchard is open for picking from June to August.",), "June, July and August: picking at the Quay orchard.", "June, July and September: picking at the Quay orchard."),
    (("The Amp E charges from 10% to 80% in 30 minutes.",), "From a tenth to four fifths: the Amp E charges in 30 minutes.", "From 10 to 60%: the Amp E charges in 30 minutes."),
    (("The Harbour shuttle leaves every 12 minutes.",), "Five Harbour shuttles an hour.", "Six Harbour shuttles an hour."),
    (("Buses to Lindau run four times an hour.",), "A bus to Lindau every 15 minutes.", "A bus to Lindau every 10 minutes."),
    (("Feldfest runs from Friday 7 August to Sunday 9 August 2026.",), "Feldfest, 7-9 August 2026.", "Feldfest, 7-10 August 2026."),
    (("Feldfest runs from 7 August to 9 August 2026.",), "Three days of Feldfest from 7 August to 9 August 2026.", "Four days of Feldfest from 7 August to 9 August 2026."),
    (("Nordlift rents carpet cleaners at £15 a day or £60 a week.",), "Nordlift: £15 a day, or a week of carpet cleaning for the price of four days, £60.", "Nordlift: £15 a day, or a week of carpet cleaning for the price of five days, £60."),
    (("Ravel magazine appears four times a year.", "A year of Ravel costs €36."), "Ravel appears four times a year: €36, or €9 an issue.", "Ravel appears four times a year: €36, or €8 an issue."),
    (("The Elm House supper is on 22 May.", "Booking for the Elm House supper closes on 19 May."), "Supper at Elm House on 22 May; booking closes three days earlier, on 19 May.", "Supper at Elm House on 22 May; booking closes five days earlier, on 19 May."),
    (("The Orm kettle costs £45.", "The Orm filter costs £8."), "The Orm kettle (£45) with its filter (£8) comes to £53.", "The Orm kettle (£45) with its filter (£8) comes to £57."),
    (("The Lisse tram costs adults €3, and children pay half.",), "One adult at €3 and two children at €1.50 ride the Lisse tram for €6.", "One adult at €3 and two children at €1.50 ride the Lisse tram for €7."),
    (("A seat in the stalls costs £20 and one in the balcony £12.",), "Two stalls seats at £20 and three balcony seats at £12 come to £76.", "Two stalls seats at £20 and three balcony seats at £12 come to £107."),
    (("Pine Bakery delivers before 8 am, except on Mondays.",), "Tuesday to Sunday: Pine Bakery delivers before 8 am.", "Tuesday to Saturday: Pine Bakery delivers before 8 am."),
    (("One in four guests of Hotel Varde comes by bicycle.",), "25% of the guests of Hotel Varde come by bicycle.", "20% of the guests of Hotel Varde come by bicycle."),
    (("20% of the rooms at Hotel Varde face the lake.",), "A fifth of the rooms at Hotel Varde face the lake.", "A fifth, or 25%, of the rooms at Hotel Varde face the lake."),
    (("20% of the rooms at Hotel Varde face the lake.",), "One in five rooms at Hotel Varde faces the lake.", "One in six rooms at Hotel Varde faces the lake."),
    (("One tin of Bray paint costs £9 and two tins cost £15.",), "One tin of Bray paint is £9. Two together cost £15, not £18.", "One tin of Bray paint is £9. Two together cost £18."),
    (("The Sund pool is heated to 25 degrees Celsius.",), "The Sund pool is about 77 degrees Fahrenheit.", "The Sund pool is about 80 degrees Fahrenheit."),
    (("The Alder choir opens its second hall in Kiel.",), "The Alder choir has two halls now.", "The Alder choir has three halls now."),
    (("The Mira table comes in eight colours and costs €90.",), "The Mira table in eight colours.", "The Mira table in twelve colours."),
)  # fmt: skip


@pytest.mark.parametrize(("facts", "right", "wrong"), TWINS)
def test_a_number_that_the_facts_make_passes_and_its_wrong_twin_is_refused(
    facts: tuple[str, ...], right: str, wrong: str
) -> None:
    assert check_numbers(copy_of(right, *facts), Policy()).passed
    assert not check_numbers(copy_of(wrong, *facts), Policy()).passed
