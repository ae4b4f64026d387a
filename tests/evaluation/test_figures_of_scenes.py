"""Numbers that no fact holds: of a scene, of a list, in a range, or worked out."""

import pytest

from evaluation.gates import Policy, judge
from tests.evaluation.copies import copy_of

CLEAN: tuple[tuple[str, str], ...] = (
    ("It's four in the morning. The bedroom is an oven. The Brisa fan runs for 9 hours.", "The Brisa fan runs for 9 hours."),
    ("The Bora kettle boils a litre in 3 minutes. It's Monday.", "The Bora kettle boils a litre in 3 minutes."),
    ("Eleven pigeons, one bench. The Alder bench seats three.", "The Alder bench seats three."),
    ("Sixteen emails before breakfast? Answer fifteen. Rowan House has desks.", "Rowan House has desks."),
    ("Ordered on Saturday? Teca ships it on Tuesday.", "Orders placed with Teca at the weekend are shipped on Tuesday."),
    ("Four lengths, one Ebba table: 140, 180, 220 or 260 cm.", "The Ebba table comes in lengths of 140, 180, 220 and 260 cm."),
    ("Three colours for the Tarka tent: green, sand and blue.", "The Tarka tent comes in green, sand and blue."),
    ("A size 50 head, a size 56 head. The Loopy helmet comes in sizes 48 to 58.", "The Loopy helmet comes in sizes 48 to 58."),
    ("A tray of 30 Fern eggs costs €9. That is 30 cents an egg.", "A tray of 30 Fern eggs costs €9."),
    ("£20 becomes £60. Gifts to the Fenland Trust are trebled.", "Gifts to the Fenland Trust are trebled."),
    ("Register the Milo monitor: one year's warranty turns into three.", "The registered Milo monitor has three years' warranty instead of one."),
    ("The tallest Pico lamp is 60 cm high.", "The Pico lamp comes in heights of 30, 45 and 60 cm."),
)  # fmt: skip
FAULTS: tuple[tuple[str, str], ...] = (
    ("Twelve pockets: the Corvo jacket weighs 310 g.", "The Corvo jacket weighs 310 g."),
    ("Six shades, one jacket. The Corvo jacket weighs 310 g.", "The Corvo jacket weighs 310 g."),
    ("The Pomona market is open on one special Sunday.", "The Pomona market is open from 9:00 to 13:00."),
    ("Every Sunday, the Pomona market sells bread.", "The Pomona market sells bread."),
    ("The Tarka tent has three doors and comes in green, sand and blue.", "The Tarka tent comes in green, sand and blue."),
    ("Size 52? Rivet jeans come in sizes 26 to 44. Size 46 too.", "Rivet jeans come in sizes 26 to 44."),
    ("A pack of 20 Tidy filters costs £10, or 20p per filter.", "A pack of 20 Tidy filters costs £10."),
    ("€10 becomes €30: gifts to the Fenland Trust are doubled.", "Gifts to the Fenland Trust are doubled."),
    ("The Milo monitor has one year's warranty.", "The Milo monitor has three years' warranty instead of one."),
    ("The tallest Pico lamp is 45 cm high.", "The Pico lamp comes in heights of 30, 45 and 60 cm."),
    ("Take 3 ski bags and 3 cases on the Elba ferry.", "Passengers may take 1 ski bag and 3 cases on the Elba ferry."),
    ("The Kollo kit contains 4 brushes and 4 sponges.", "The Kollo kit contains 4 brushes and 2 sponges."),
)  # fmt: skip


def passes(text: str, fact: str) -> bool:
    return all(v.passed for v in judge(copy_of(text, fact), Policy()))


@pytest.mark.parametrize(("text", "fact"), CLEAN)
def test_a_number_of_a_scene_or_worked_out_passes(text: str, fact: str) -> None:
    assert passes(text, fact)


@pytest.mark.parametrize(("text", "fact"), FAULTS)
def test_a_number_that_says_more_of_the_offer_is_refused(text: str, fact: str) -> None:
    assert not passes(text, fact)
