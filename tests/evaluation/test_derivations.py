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
    (("Harrow Golf charges €40 for 18 holes and €25 for nine.",), "Eighteen holes at Harrow Golf: €40. Nine: €25, which is €15 less.", "Eighteen holes at Harrow Golf: €40. Nine: €25, which is €10 less."),
    (("The Ostra ferry crosses in 45 minutes, the road takes 2 hours.",), "Ostra ferry: 45 minutes instead of 2 hours, so 75 minutes saved.", "Ostra ferry: 45 minutes instead of 2 hours, so 85 minutes saved."),
    (("Every litre of Klar concentrate makes 20 litres of cleaner.",), "Five litres of Klar concentrate make 100 litres of cleaner.", "Five litres of Klar concentrate make 120 litres of cleaner."),
    (("The Moss library lends up to 8 books for 21 days.",), "Three weeks with up to eight books from the Moss library.", "Four weeks with up to eight books from the Moss library."),
    (("Pilates at Studio Nord takes place on Mondays and Thursdays.",), "Twice a week, Mondays and Thursdays: Pilates at Studio Nord.", "Three times a week, Mondays and Thursdays: Pilates at Studio Nord."),
    (("Kino Rex shows the film from 3 to 16 October.",), "Two weeks of it: Kino Rex, 3 to 16 October.", "Three weeks of it: Kino Rex, 3 to 16 October."),
    (("A day pass for the Arle baths costs £12, a ten-visit card £96.",), "The ten-visit card for the Arle baths is £96, or £9.60 a visit; a day pass is £12.", "The ten-visit card for the Arle baths is £96, or £8.60 a visit; a day pass is £12."),
    (("The Pico drone flies 24 minutes per battery and comes with three batteries.",), "72 minutes in the air on three batteries: the Pico drone.", "82 minutes in the air on three batteries: the Pico drone."),
    (("Half of the 60 seats on the Vasa boat are under cover.",), "Thirty of the 60 seats on the Vasa boat are under cover.", "Forty of the 60 seats on the Vasa boat are under cover."),
    (("The Rill bottle is made from 75% recycled plastic.",), "Three quarters recycled plastic: the Rill bottle.", "The Rill bottle: 65% recycled plastic."),
    (("Ennis Dairy delivers every day except Sunday.",), "Six days a week, Ennis Dairy delivers.", "Five days a week, Ennis Dairy delivers."),
    (("The Cask Inn opens from 4 pm to 11 pm.",), "Seven hours a day of Cask Inn, 4 pm to 11 pm.", "Eight hours a day of Cask Inn, 4 pm to 11 pm."),
    (("Members of the Ola shop get 15% off.", "The Ola lamp costs €60."), "The Ola lamp, €60: members get 15% off and pay €51.", "The Ola lamp, €60: members get 15% off and pay €49."),
    (("Two of the five walks at Fell Park are step-free.",), "40% of the walks at Fell Park are step-free.", "50% of the walks at Fell Park are step-free."),
    (("A Nemo print costs £8 and a frame £14.",), "Three Nemo prints at £8 and one frame at £14: £38.", "Three Nemo prints at £8 and one frame at £14: £48."),
    (("The fibre tariff costs €30 a month for 24 months.",), "€30 a month for 24 months makes €720.", "€30 a month for 24 months makes €640."),
    (("Yarrow tea comes in mint, lemon and ginger.",), "Mint, lemon or ginger: Yarrow tea comes three ways.", "Mint, lemon or ginger: Yarrow tea comes five ways."),
    (("The Aster heat pump saves 3 tonnes of CO2 a year.",), "Ten years of the Aster heat pump save 30 tonnes of CO2.", "Ten years of the Aster heat pump save 40 tonnes of CO2."),
    (("The clinic at Rook Street is open from Monday to Thursday.",), "Four days a week at Rook Street: Monday to Thursday.", "Five days a week at Rook Street: Monday to Thursday."),
    (("Doors open at 7 pm and the concert begins at 8:30 pm.",), "Doors at 7 pm, music at 8:30 pm: 90 minutes for a drink.", "Doors at 7 pm, music at 8:30 pm: 60 minutes for a drink."),
    (("Tallow Rentals: a kayak costs $18 for two hours.",), "A kayak from Tallow Rentals is $18 for two hours: $9 an hour.", "A kayak from Tallow Rentals is $18 for two hours: $8 an hour."),
    (("The Berg bus runs from 1 May to 30 September.",), "Five months of Berg bus, 1 May to 30 September.", "Six months of Berg bus, 1 May to 30 September."),
    (("The Lumen bulb uses 9 watts and the old one 60 watts.",), "The Lumen bulb uses 9 watts, the old one 60 watts: 51 watts less.", "The Lumen bulb uses 9 watts, the old one 60 watts: 41 watts less."),
)  # fmt: skip


@pytest.mark.parametrize(("facts", "right", "wrong"), TWINS)
def test_a_number_that_the_facts_make_passes_and_its_wrong_twin_is_refused(
    facts: tuple[str, ...], right: str, wrong: str
) -> None:
    assert check_numbers(copy_of(right, *facts), Policy()).passed
    assert not check_numbers(copy_of(wrong, *facts), Policy()).passed
