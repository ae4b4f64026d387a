"""What a copy tells of the reader's world or an imagined one needs no fact; what it adds to the offer does."""

import pytest

from evaluation.gates import Policy, judge
from tests.evaluation.copies import copy_of

SCENES: tuple[tuple[str, str], ...] = (
    ("3.15 a.m. Baby awake, moon bright, kettle on. The Nido light glows for eight hours.", "The Nido light glows for eight hours."),
    ("11 p.m., dark hall, no key. Tresora opens locks at any hour.", "Tresora opens locks at any hour if you have lost your key."),
    ("Monday, 7.43, bus 18. The Lesa app reads articles aloud.", "The Lesa app reads articles aloud."),
    ("Gate 12, nine minutes to go, and where is the passport? Aero keeps a copy.", "Aero keeps a copy of documents."),
    ("Nine to five it's a bench. The Lido bed folds down.", "The Lido bed folds down."),
    ("Two swims this week, none the next. The Aqua pass holds unlimited swims.", "The Aqua pass holds unlimited swims."),
    ("A day, or nine: Sund Camp opens 1 to 9 May.", "Sund Camp opens for nine days from 1 to 9 May."),
    ("A visa holds for 90 days. The Alta hike needs 12 of them.", "A visa holds for 90 days. The Alta hike takes 12 days."),
    ("1,999 subscribers? The Nota plan allows up to 2,000.", "The Nota plan allows up to 2,000 subscribers."),
    ("Why wait for Saturday? The Riva market opens Monday to Friday. Saturday will manage.", "The Riva market opens Monday to Friday."),
    ("The Dormo mattress costs €390. Monday never saw the point.", "The Dormo mattress costs €390."),
    ("Stay three nights, pay for two: one night is on us at Hotel Lago.", "Guests who stay three nights at Hotel Lago pay for two."),
    ("The Ludo bag holds 20 litres. Your shoulder agrees.", "The Ludo bag holds 20 litres."),
    ("The umbrella stays at home. The Nimbus coat is made in Porto.", "The Nimbus coat is made in Porto."),
    ("The Sol trip costs €420. Somewhere a deckchair is yawning.", "The Sol trip costs €420."),
    ("The Lio slippers are made of felt. Cold floors have lost.", "The Lio slippers are made of felt."),
    ("The Dormo mattress costs €390. Sweet dreams of clean sheets.", "The Dormo mattress costs €390."),
)  # fmt: skip
ADDED: tuple[tuple[str, str], ...] = (
    ("Dinner in 20 minutes, at your door. Rapido delivers in Lyon.", "Rapido delivers in Lyon."),
    ("10,000 customers, one app. Fokus blocks websites.", "Fokus blocks websites."),
    ("Two hundred dentists nod. Brio toothpaste costs €3.", "Brio toothpaste costs €3."),
    ("Only 3 left. The Bera chair costs €240.", "The Bera chair costs €240."),
    ("Five stars, says the press. The Bera chair costs €240.", "The Bera chair costs €240."),
    ("Ten years of guarantee. The Bera chair costs €240.", "The Bera chair costs €240."),
    ("Two free cushions. The Bera chair costs €240.", "The Bera chair costs €240."),
    ("The Nimbus coat is made in Porto. Three colours, two lengths.", "The Nimbus coat is made in Porto."),
    ("2,500 subscribers? The Nota plan has room.", "The Nota plan allows up to 2,000 subscribers."),
    ("The dentist approves. Brio toothpaste costs €3.", "Brio toothpaste costs €3."),
    ("The Hof tour lasts two hours. Guides have walked it a thousand times.", "The Hof tour lasts two hours."),
    ("Nine to five, our team picks up the phone. Skribo checks texts.", "Skribo checks texts."),
)  # fmt: skip


def passes(text: str, fact: str) -> bool:
    return all(v.passed for v in judge(copy_of(text, fact), Policy()))


@pytest.mark.parametrize(("text", "fact"), SCENES)
def test_a_scene_needs_no_fact(text: str, fact: str) -> None:
    assert passes(text, fact)


@pytest.mark.parametrize(("text", "fact"), ADDED)
def test_what_is_added_to_the_offer_is_refused(text: str, fact: str) -> None:
    assert not passes(text, fact)
