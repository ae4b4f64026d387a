"""Items that a list adds to those of a fact, qualities that a fact denies, names that end otherwise."""

import pytest

from evaluation.gates import judge
from evaluation.gates.gate import Policy
from tests.evaluation.copies import copy_of

KIT = ("The Pinecone kit has 24 brushes and a wooden easel.",)
CAMP = ("Camp Alder has two saunas and a jetty on the lake.",)
VAN = ("The Marlin rental van has three seats and a tail lift.",)
BOX = ("The Wren sewing box holds 60 threads and a steel thimble.",)
LOAF = ("The Oat Round contains no milk, but it is not nut-free.",)
JACKET = ("The Tern jacket has no hood and is not waterproof.",)
SINGER = ("Soprano Elin Marsh sings at the Bell Hall on 4 June.",)
CHALK = ("Members who renew with Ridge Climbing by 30 June get a chalk bag for £2.",)
POTS = ("Pollen Garden takes 20% off all pots, except glazed ones, until 5 May.",)
TEAS = ("Tansy Teas delivers free to Kent addresses on orders over £25.",)
EYES = ("A first eye test at Lumen Optics is free for children under 16.",)
POOL = ("The heated pool at Vik Hotel is 29 degrees Celsius all year.",)
ATLASES = ("Brightside Books takes 25% off all atlases until 2 May.",)

TWINS = (
    (
        KIT,
        "The Pinecone kit: 24 brushes, a wooden easel and no excuses.",
        "The Pinecone kit: 24 brushes, a wooden easel and no batteries.",
    ),
    (
        KIT,
        "24 brushes, a wooden easel and you: the Pinecone kit.",
        "24 brushes, a wooden easel and a linen apron: the Pinecone kit.",
    ),
    (
        CAMP,
        "Two saunas, a jetty on the lake, and your towel over one shoulder: Camp Alder.",
        "Two saunas, a jetty on the lake, and warm towels every evening: Camp Alder.",
    ),
    (
        VAN,
        "Three seats, a tail lift and a long list of things to move: the Marlin rental van.",
        "Three seats, a tail lift and a reversing camera: the Marlin rental van.",
    ),
    (
        BOX,
        "The Wren sewing box: 60 threads, a steel thimble and an evening of peace.",
        "The Wren sewing box: 60 threads, a steel thimble and a brass tape measure.",
    ),
    (LOAF, "The Oat Round: no milk, but not nut-free.", "The Oat Round: no milk, and nut-free as well."),
    (JACKET, "The Tern jacket: no hood, not waterproof.", "The Tern jacket: no hood, and waterproof."),
    (
        SINGER,
        "Elin Marsh sings at the Bell Hall on 4 June.",
        "Elin March sings at the Bell Hall on 4 June.",
    ),
    (
        POTS,
        "20% off every unglazed pot at Pollen Garden until 5 May.",
        "20% off every pot at Pollen Garden until 5 May.",
    ),
    (
        TEAS,
        "Over £25, Tansy Teas comes to your Kent door free.",
        "Over £20, Tansy Teas comes to your Kent door free.",
    ),
    (
        EYES,
        "Bunny has a question. A first eye test at Lumen Optics is free for children under 16.",
        "Lumina has a question. A first eye test at Lumen Optics is free for children under 16.",
    ),
    (
        POOL,
        "March rain on the roof, and the heated pool at Vik Hotel is 29 °C all year.",
        "The heated pool at Vik Hotel is 29 °C from March on.",
    ),
    (
        ATLASES,
        "25% off all atlases at Brightside Books until 2 May. Turn left at the…",
        "25% off all atlases at Brightside Books until the",
    ),
)


@pytest.mark.parametrize(("facts", "right"), [(facts, right) for facts, right, _ in TWINS])
def test_what_a_scene_or_another_word_adds_passes(facts: tuple[str, ...], right: str) -> None:
    assert [v.reason for v in judge(copy_of(right, *facts), Policy()) if not v.passed] == []


@pytest.mark.parametrize(("facts", "faulty"), [(facts, faulty) for facts, _, faulty in TWINS])
def test_what_no_fact_has_is_refused(facts: tuple[str, ...], faulty: str) -> None:
    assert not all(v.passed for v in judge(copy_of(faulty, *facts), Policy()))


def test_a_price_on_a_button_keeps_its_deadline() -> None:
    right = copy_of("Renew by 30 June: chalk bag for £2", *CHALK, slot="cta")
    faulty = copy_of("Get a chalk bag for £2", *CHALK, slot="cta")
    assert all(v.passed for v in judge(right, Policy()))
    assert not all(v.passed for v in judge(faulty, Policy()))
