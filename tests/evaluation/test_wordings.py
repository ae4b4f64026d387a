"""One meaning in other words passes; a word that changes the meaning does not."""

import pytest

from evaluation.gates import Policy, judge
from tests.evaluation.copies import copy_of

SAME: tuple[tuple[str, str], ...] = (
    ("Mila oat drink is free from added sugar and keeps for a year.", "Mila oat drink contains no added sugar and keeps for 12 months."),
    ("Sugar-free and crisp: Brixa cola, 330 ml", "Brixa cola contains no sugar and comes in 330 ml cans."),
    ("Gluten: none. The Kornblume loaf costs 4 euros.", "The Kornblume loaf is free from gluten and costs 4 euros."),
    ("Rome for 49 euros with Aerolino, luggage excluded", "Aerolino flies to Rome for 49 euros without luggage."),
    ("Batteries not included: the Pippo robot costs 39 euros.", "The Pippo robot is sold without batteries and costs 39 euros."),
    ("No limit on data: Funko Max for 20 euros a month", "The Funko Max plan costs 20 euros a month and has unlimited data."),
    ("Lost your card? Norda Bank replaces it at no charge.", "Norda Bank replaces lost cards free of charge."),
    ("Send your Sanfte pillow back within a month and get your money back.", "Sanfte refunds pillows returned within one month."),
    ("All rooms have a sea view: Pension Möwe", "Every room at Pension Möwe has a sea view."),
    ("The Quell shuttle leaves four times daily.", "The Quell shuttle leaves four times a day."),
    ("Over 18? The Casa Notte tour is for you.", "The Casa Notte tour is for guests aged 18 and over."),
    ("Kids under six swim free at Aqua Lindau.", "Children under 6 years swim free of charge at Aqua Lindau."),
    ("The Tonart mug may go in the dishwasher.", "The Tonart mug is dishwasher-safe."),
    ("The Ivara sofa: handmade in Faro", "The Ivara sofa is made by hand in Faro."),
    ("Drop the shoes off by noon, pick them up from 5 p.m. at Schuhwerk.", "Schuhwerk repairs shoes with drop-off by noon and pickup from 5 p.m."),
    ("Still up? Nachtwerk kitchen serves until twelve at night.", "The Nachtwerk kitchen serves until midnight."),
    ("10 kWh on your wall: the Solvik home battery", "The Solvik home battery stores 10 kilowatt hours and fits on a wall."),
    ("25 is all it takes: the Grana fund, from 25 euros a month.", "The Grana fund can be saved into from 25 euros a month."),
    ("A quarter off wine at Kellerei Rot on Thursdays", "Kellerei Rot takes 25% off wine on Thursdays."),
    ("Cancel your table until two days before at Trattoria Sole.", "Tables at Trattoria Sole can be cancelled up to 48 hours before."),
    ("The Lasto cargo bike carries up to 80 kilograms.", "The Lasto cargo bike carries two children and up to 80 kilograms."),
    ("Between Monday and Wednesday, tea is free at Kafi Lind.", "Tea is free of charge at Kafi Lind from Monday to Wednesday."),
    ("No class at Studio Ost has more than twelve people.", "Classes at Studio Ost have no more than 12 people."),
    ("Until they turn 12, children ride free on the Seelinie.", "Children under 12 ride free of charge on the Seelinie."),
    ("The Bergli toll road is free, any day.", "The Bergli toll road is free every day."),
    ("Frozen until 2027: prices at Strom Ahorn", "Strom Ahorn freezes prices until 2027."),
    ("Locked out at 2am? Sanitas Keller answers the phone day and night.", "Sanitas Keller answers the phone day and night."),
    ("Closed for three hours, 9am to noon: the Riff pool", "The Riff pool is closed from 9am to noon."),
    ("Four stamps on the card? The next soup at Löffel is free.", "Every fifth soup at Löffel is free with a stamp card."),
    ("Your 2026 meter reading is due by 15 January at Stadtlicht.", "Meter readings for 2026 must reach Stadtlicht by 15 January."),
    ("You have two weeks to send it back: Lomo armchairs", "Lomo armchairs can be returned within 14 days."),
    ("The Seepark gym opens six days a week, Monday to Saturday.", "The Seepark gym is open Monday to Saturday."),
    ("Every Calder shoe can get a new sole in Porto", "Every Calder shoe can be resoled in the workshop in Porto."),
    ("Subscribe for a year and the first issue of Feuilleton is free.", "The first issue of Feuilleton is free with a subscription of 12 months."),
    ("The Lumen lamp: five years of warranty, no tools needed", "The Lumen lamp is mounted without tools and has a five-year warranty."),
    ("Breakfast until 11, checkout until noon: Hotel Brise", "Hotel Brise serves breakfast until 11 a.m. and checkout is by noon."),
    ("Have a Nordcard? The zoo won't charge you.", "Holders of the Nordcard enter the zoo free of charge."),
    ("One day you will run a marathon. Until then, Laufwerk rents treadmills.", "Laufwerk rents treadmills."),
    ("Noodle time: Udoro is done in two and a half minutes.", "Udoro noodles cook in two minutes and 30 seconds."),
    ("Two minutes and 30 seconds, and Udoro noodles are done.", "Udoro noodles cook in two and a half minutes."),
    ("The Brunnen rink closes on New Year's Eve.", "The Brunnen rink closes on 31 December."),
    ("The Tarn duvet cover unbuttons and goes in at 40 degrees.", "The Tarn duvet cover closes with buttons and is washed at 40 °C."),
    ("Either bag, same price: Kolma totes cost 12 euros.", "Kolma tote bags cost 12 euros."),
    ("Five shades of grey to choose from: Malo wall paint", "Malo wall paint comes in five shades of grey."),
    ("Lido cabins: two bunks, one window, sea legs not included", "Lido cabins have two bunks and one window."),
    ("Full oven? The Stilla pudding sets in an hour.", "The Stilla pudding needs no oven and sets in one hour."),
    ("One cup or thirty: Tassa prints them for 4 euros each.", "Tassa prints cups for 4 euros each, with no minimum order."),
    ("Carved from one block: the Rind bowl", "The Rind bowl is carved from one block of ash."),
    ("One rope is twice as long as the other: Seil, 10 m and 20 m", "Seil ropes come in lengths of 10 m and 20 m."),
    ("Half an hour. Time enough for a swim. Then your Radgut wheel is true.", "Radgut trues a wheel in 30 minutes."),
    ("Tone: dark? The Gamba pedal has a knob for it.", "The Gamba pedal has a tone knob that goes from dark to clear."),
    ("Guide dogs only at the Orla hall, please.", "Dogs are not allowed in the Orla hall, except guide dogs."),
    ("No helmet, no ride: Kurvo karts", "Helmets must be worn for a ride on Kurvo karts."),
    ("Keep the Lakra tin away from heat.", "The Lakra tin must not be stored near heat."),
    ("Two fifths of the Ava trainer is recycled rubber.", "40% of the Ava trainer is recycled rubber."),
    ("Three in four Sola panels are made in Graz.", "75% of Sola panels are made in Graz."),
    ("Children who are four or younger ride the Zug line free.", "Children under 5 ride the Zug line free of charge."),
    ("Throughout October, Lumo glasses cost £40.", "Lumo glasses cost £40 between 1 and 31 October."),
    ("In March, the Oro museum is free.", "The Oro museum is free of charge from 1 March to 31 March."),
    ("Sale items sit this one out: 20% off everything else at Modo.", "Modo takes 20% off all items except sale items."),
    ("Your own router works too: Netta doesn't insist on one of its own.", "Netta works with any router and does not require one of its own."),
    ("Rent, gym, phone: everything wants its annual fee. The Fina card doesn't.", "The Fina card has no annual fee."),
    ("Marlo delivers on weekdays. Sundays it rests.", "Marlo delivers on weekdays and does not deliver on Sundays."),
    ("The Brio pool takes a winter break from 4 November to 1 March.", "The Brio pool is closed from 4 November to 1 March."),
    ("Dinner in Ghent? Anywhere else, cook: Rapido delivers there.", "Rapido delivers dinner in Ghent only."),
    ("Anywhere in Lyon: Rapido brings dinner by bicycle.", "Rapido delivers dinner by bicycle in Lyon."),
    ("Final call: entries for the Lune prize close on 3 May", "Entries for the Lune prize close on 3 May."),
    ("Typos happen to the best of us. Skribo checks texts in six languages.", "Skribo checks texts in six languages."),
    ("It's officially soup weather. Bo's lentil soup costs €6.", "Bo's lentil soup costs €6."),
    ("Español, English or Deutsch? The Prado audio guide speaks all three.", "The Prado audio guide is available in Spanish, English and German."),
    ("A U-turn on Mondays: the Tor ferry also sails back.", "On Mondays, the Tor ferry also sails back."),
    ("An inbox? A chequebook? Tresora locks drawers.", "Tresora locks drawers."),
    ("Not our ring? Goldwerk cleans yours free.", "Goldwerk cleans rings free of charge, even if they were made by others."),
)  # fmt: skip
CHANGED: tuple[tuple[str, str], ...] = (
    ("Fancy a paddle? The Fjordy canoe weighs 18 kg.", "The Fjordy kayak weighs 18 kg and fits on a roof rack."),
    ("The Alpa ski helmet weighs 400 g.", "The Alpa bike helmet weighs 400 g."),
    ("Try the Almo cheese: no lactose, 2 euros.", "Almo yoghurt contains no lactose and costs 2 euros."),
    ("Changes are free with Railo Spar tickets.", "Changes are not free with Railo Spar tickets."),
    ("Flights are included: Lisbon from 299 euros with Tidal Tours.", "Tidal Tours offers Lisbon from 299 euros without flights."),
    ("Alcohol-free: Nullo wine for 7 euros", "Nullo wine contains 11% alcohol and costs 7 euros."),
    ("Sugar-free Brixa cola, 330 ml", "Brixa cola comes in 330 ml cans."),
    ("Unlimited rides for 29 euros a month: the Elba pass", "The Elba pass costs 29 euros a month for 30 rides."),
    ("Every room has a balcony: Hotel Gletscherblick", "Hotel Gletscherblick has 22 rooms, twelve with a balcony."),
    ("The Voltix charger: 11 megawatts at home", "The Voltix charger delivers 11 kilowatts at home."),
    ("Drivers aged 18 and over rent at Lademax.", "Drivers at Lademax must be at least 21 years old."),
    ("Elvano Safe keeps its price for 12 months.", "The Elvano Safe tariff guarantees the same price for 24 months."),
    ("Order online and save 10% at Blattwerk.", "Blattwerk takes 10% off if you order online and you pick the order up yourself."),
    ("Farbwerk takes 25% off paint until Saturday.", "Farbwerk takes 25% off red paint until Saturday."),
    ("Cancel your Kavano booking from 48 hours before pickup.", "Bookings with Kavano can be cancelled up to 48 hours before pickup."),
    ("Blumerie sends tulips in a box and sprays them at night.", "Blumerie sends tulips in a box."),
    ("Rosta coffee costs 9 euros. (All required facts included.)", "Rosta coffee costs 9 euros."),
    ("No other gym opens earlier than Fitwerk at 6 a.m.", "Fitwerk opens at 6 a.m."),
    ("Enter the zoo free of charge!", "Holders of the Nordcard enter the zoo free of charge."),
    ("The rain cover is not included with the Gipfel backpack.", "The Gipfel backpack holds 30 litres and comes with a rain cover."),
    ("Duo: two SIM cards, 20 GB, €15 each", "The Duo plan has two SIM cards, 20 GB each, for €15 in total."),
    ("Only 3 days left? The Sorrel cardigan is knitted from alpaca.", "The Sorrel cardigan is knitted from alpaca."),
    ("Did you know it lasts ten years? The Sorrel cardigan is knitted from alpaca.", "The Sorrel cardigan is knitted from alpaca."),
    ("Return the Lumo lamp until the end of May.", "The Lumo lamp can be returned until 3 May."),
    ("Hasel repairs boots in a day.", "Hasel repairs boots."),
    ("Fibra reaches every village. No provider comes close.", "Fibra reaches every village."),
    ("Tulip bulbs for 4 euros. Once they're gone, they're gone.", "Tulip bulbs cost 4 euros."),
    ("Caraway in the potato bread, aniseed in the rye bread", "The rye bread contains caraway and the potato bread contains aniseed."),
    ("Retelo pays 120 euros for your old phone.", "Retelo pays up to 120 euros for old phones."),
    ("Noodle time: two minutes and 40 seconds, and Udoro is done.", "Udoro noodles cook in two and a half minutes."),
    ("The Brunnen rink closes on Christmas Eve.", "The Brunnen rink closes on 23 December."),
    ("Unopened Lakra tins can be sent back.", "Unopened Lakra tins cannot be sent back."),
    ("It may be left in the rain: the Lakra tin", "The Lakra tin must not be left in the rain."),
    ("Nuts? Yes, in the Mokka bar.", "The Mokka bar contains no nuts."),
    ("Henriette, the Lido ferry leaves at noon.", "The Lido ferry leaves at noon."),
    ("As you told our nurse about your back: the Sella chair tilts.", "The Sella chair tilts."),
    ("Based on the facts provided, the Sella chair tilts.", "The Sella chair tilts."),
    ("The Sella chair tilts, so you sit healthier all day.", "The Sella chair tilts."),
    ("The Sella chair tilts and takes the strain off your back.", "The Sella chair tilts."),
    ("The Lido ferry leaves at noon: three left", "The Lido ferry leaves at noon."),
    ("The Lido ferry leaves at noon, and cabins are vanishing by the hour.", "The Lido ferry leaves at noon and has cabins."),
    ("There is no finer ferry afloat. The Lido leaves at noon.", "The Lido ferry leaves at noon."),
    ("The Lido ferry leaves at noon, and firms can pay by invoice.", "The Lido ferry leaves at noon."),
    ("The Malo wardrobe is 2 m tall, carried upstairs for you.", "The Malo wardrobe is 2 m tall."),
    ("Kurvo brushes are made of beech that never splits.", "Kurvo brushes are made of beech."),
    ("Kurvo beech brushes: get one before your neighbour does.", "Kurvo brushes are made of beech."),
    ("The queen of brushes: Kurvo, in beech", "Kurvo brushes are made of beech."),
    ("I've kept both phrases in: Kurvo opens at nine.", "Kurvo opens at 9 a.m."),
    ("Dogs swim at Lido in the pond and the main pool.", "Dogs swim at Lido in the pond."),
    ("Ferries to Lido run daily in winter.", "Ferries to Lido run daily in summer."),
    ("Kolma bags fit 12 litres and the strap fits every shoulder.", "Kolma bags hold 12 litres."),
    ("A third of every Lodo bottle is recycled glass.", "20% of every Lodo bottle is recycled glass."),
    ("Children aged five or younger ride the Zug line free.", "Children under 5 ride the Zug line free of charge."),
    ("In June, the Mara pool opens at 7 a.m.", "From 10 to 30 June, the Mara pool opens at 7 a.m."),
    ("Anywhere in France: Rapido brings dinner by bicycle.", "Rapido delivers dinner by bicycle in Lyon."),
    ("Last call: just a few places at the Lune prize", "Entries for the Lune prize close on 3 May."),
    ("Officially approved: Brio toothpaste costs €3.", "Brio toothpaste costs €3."),
    ("No other bakery in the whole valley gets near this rye loaf from Korn & Co.", "Korn & Co bakes a rye loaf."),
    ("Gold and silver members park free.", "Parking is free for Gold members."),
    ("Sign up to Netta and pay no setup fee.", "Customers who take a 12-month plan with Netta pay no setup fee."),
    ("You get a €20 voucher from Velo Safe.", "Velo Safe customers get a €20 voucher after six months without a claim."),
    ("The Aro mug, in blue, holds 300 ml. The Zeno mug, in green, holds 400 ml.", "The Aro mug is green and holds 300 ml; the Zeno mug is blue and holds 400 ml."),
    ("Ilo: steel, €45. Ola: brass, €30.", "The Ilo lamp is made of steel and costs €30; the Ola lamp is made of brass and costs €45."),
)  # fmt: skip
MIXED_UP: tuple[tuple[str, str, str], ...] = (
    ("Alba Light comes with adverts, Alba Pro without.", "Alba Light shows no adverts.", "Alba Pro shows adverts."),
    ("Hotel Nord has a pool and Hotel Süd a sauna.", "Hotel Nord has a sauna.", "Hotel Süd has a pool."),
    ("Nordi Mini has 5 GB for 19 euros a month. Nordi Plus has 50 GB for 9 euros a month.", "Nordi Mini has 5 GB and costs 9 euros a month.", "Nordi Plus has 50 GB and costs 19 euros a month."),
    ("Hedda Red is for beginners, Hedda Black for experts. Black costs £4, Red £9.", "Hedda Red is for beginners and costs £4.", "Hedda Black is for experts and costs £9."),
    ("Rosta Dawn, dark. Rosta Dusk, light. Yours?", "Rosta Dawn is a light roast.", "Rosta Dusk is a dark roast."),
    ("The Orla 2 is filled with wool, the Orla 4 with cotton.", "The Orla 2 quilt is filled with cotton.", "The Orla 4 quilt is filled with wool."),
    ("Mint in the yellow bottle, lemon in the green one: Frischa", "The green bottle of Frischa tastes of mint.", "The yellow bottle holds lemon Frischa."),
)  # fmt: skip


def refusals(text: str, *facts: str) -> list[str]:
    return [v.reason for v in judge(copy_of(text, *facts), Policy()) if not v.passed]


@pytest.mark.parametrize(("text", "fact"), SAME)
def test_the_same_meaning_in_other_words_passes(text: str, fact: str) -> None:
    assert refusals(text, fact) == []


@pytest.mark.parametrize(("text", "fact"), CHANGED)
def test_another_meaning_in_like_words_is_refused(text: str, fact: str) -> None:
    assert refusals(text, fact) != []


@pytest.mark.parametrize(("text", "one", "other"), MIXED_UP)
def test_what_one_thing_has_is_not_said_of_the_other(text: str, one: str, other: str) -> None:
    assert refusals(text, one, other) != []
    assert refusals(f"{one} {other}", one, other) == []


def test_a_button_keeps_the_from_of_a_price() -> None:
    fact = "A massage at Spa Lind costs from €60, depending on its length."
    said = [
        judge(copy_of(text, fact, slot="cta"), Policy())
        for text in ("Book a massage for €60", "Massage from €60")
    ]
    assert [all(v.passed for v in verdicts) for verdicts in said] == [False, True]
