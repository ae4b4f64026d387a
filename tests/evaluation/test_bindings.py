"""Of two things that the facts set side by side, a copy gives neither what only the other has."""

import pytest

from evaluation.gates import GATES
from evaluation.gates.gate import Copy, Policy

_POLICY = Policy()
_MOWERS = (
    "The Harlow 12 mower has a cutting width of 33 cm.",
    "The Harlow 18 mower has a cutting width of 42 cm and a grass box.",
)
_PLANS = (
    "The Quellen Solo plan has 5 GB of data.",
    "The Quellen Duo plan has 20 GB of data and roaming in Norway.",
)
_CARS = ("The Ferro hatchback has a boot of 380 litres.", "The Ferro estate has a boot of 610 litres.")
_ROOMS = ("The Ostra day spa is open until 9 pm.", "The Ostra gym is open until 11 pm.")
_FERRIES = (
    "The Tideway ferry carries bicycles at no charge.",
    "The Tideway water taxi charges £4 for bicycles.",
)
_PRINTERS = (
    "The Pico printer prints 20 pages a minute.",
    "The Pico Max printer prints 35 pages a minute and staples them.",
)
_CLASSES = (
    "The Kiln Yard beginners class lasts 2 hours.",
    "The Kiln Yard advanced class lasts 3 hours and includes glazing.",
)
_TOUR = ("Adults pay £14 and children £6 for the Castle Rushen tour.",)
_TICKETS = ("Tickets for the Marlow Lights are £12 online and £15 at the gate.",)
_POOL = ("Members of the Tarn Climbing Hall pay £7 a visit; guests pay £11.",)
_LINES = ("The red tram serves the castle; the blue tram serves the market.",)

_BALMS = (
    "Fenn Morning Balm is fragrance-free.",
    "Fenn Evening Balm contains lavender oil and costs £9 a jar.",
)
_PODCASTS = ("Loft Radio's Team plan includes six hosts.", "Loft Radio's Basic plan costs $3 a month.")
_ENTRY = ("Kitewing's Family ticket includes parking.", "Kitewing's Single ticket costs £12.")
_MIXERS = ("The Brisk hand mixer has five speeds.", "The Brisk stand mixer has a glass bowl.")

_TWINS = [
    (
        _BALMS,
        "Fenn Evening Balm with lavender oil, £9 a jar.",
        "Fenn Evening Balm, fragrance-free, with lavender oil, £9 a jar.",
    ),
    (
        _PODCASTS,
        "Your own show! Take Loft Radio's Basic plan at $3 a month.",
        "Six hosts! Take Loft Radio's Basic plan at $3 a month.",
    ),
    (
        _ENTRY,
        "All aboard! Take Kitewing's Single ticket for £12.",
        "Parking included! Take Kitewing's Single ticket for £12.",
    ),
    (_MIXERS, "The Brisk stand mixer has a glass bowl.", "The Brisk stand mixer has five speeds."),
    (_MOWERS, "Harlow 12: 33 cm wide. The 18 has a grass box.", "Harlow 12: 33 cm wide, with a grass box."),
    (
        _PLANS,
        "The Duo plan has 20 GB of data, the Solo plan 5.",
        "The Solo plan has 20 GB of data, the Duo plan 5.",
    ),
    (_PLANS, "Quellen Duo: 20 GB, and roaming in Norway.", "Quellen Solo: 5 GB, and roaming in Norway."),
    (
        _CARS,
        "The Ferro estate and hatchback have boots of 610 and 380 litres respectively.",
        "The Ferro estate and hatchback have boots of 380 and 610 litres respectively.",
    ),
    (
        _ROOMS,
        "The Ostra day spa and the gym: the former is open until 9 pm, the latter until 11 pm.",
        "The Ostra day spa and the gym: the former is open until 11 pm, the latter until 9 pm.",
    ),
    (
        _FERRIES,
        "Two wheels? The Tideway ferry takes bicycles at no charge.",
        "Two wheels? The Tideway water taxi takes bicycles at no charge.",
    ),
    (_PRINTERS, "The Pico Max prints 35 pages a minute.", "The Pico printer prints 35 pages a minute."),
    (
        _CLASSES,
        "The Kiln Yard beginners class lasts 2 hours. Glazing comes with the advanced class.",
        "The Kiln Yard beginners class lasts 2 hours, glazing included.",
    ),
    (_TOUR, "Bring the children: £6 each.", "Bring the children: £14 each."),
    (_TICKETS, "Marlow Lights tickets at the gate: £15.", "Marlow Lights tickets at the gate: £12."),
    (_POOL, "Guests pay £11 a visit to the hall.", "Guests pay £7 a visit to the hall."),
    (_LINES, "Castle? The red tram. Market? The blue tram", "Market? The red tram. Castle? The blue tram"),
]


@pytest.mark.parametrize(("facts", "right"), [(twin[0], twin[1]) for twin in _TWINS])
def test_a_copy_may_give_each_thing_what_is_its_own(facts: tuple[str, ...], right: str) -> None:
    assert GATES["swaps"](Copy(text=right, facts=facts), _POLICY).passed


@pytest.mark.parametrize(("facts", "wrong"), [(twin[0], twin[2]) for twin in _TWINS])
def test_a_copy_gives_no_thing_what_is_the_others(facts: tuple[str, ...], wrong: str) -> None:
    assert not GATES["swaps"](Copy(text=wrong, facts=facts), _POLICY).passed


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        # A short name and a long one are one thing.
        (
            ("The Ardley walnut desk takes 6 weeks.", "The Ardley desk weighs 40 kg."),
            "The walnut desk weighs 40 kg.",
        ),
        (
            ("The Calor 6 suits flats.", "Both Calor models weigh 40 kg.", "The Calor 9 suits houses."),
            "Calor 6: 40 kg.",
        ),
        # A comparison speaks of both.
        (_PLANS, "The Duo plan has 20 GB of data, instead of 5 GB with Solo."),
        (_CARS, "Hatchback or estate? 380 litres with the one, 610 litres with the other."),
    ],
)
def test_what_may_be_of_either_is_not_taken_from_the_other(facts: tuple[str, ...], text: str) -> None:
    assert GATES["swaps"](Copy(text=text, facts=facts), _POLICY).passed
