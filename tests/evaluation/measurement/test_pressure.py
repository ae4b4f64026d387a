"""Who is written to how much, and how: counted from the ledger, never for a handful, and only told apart beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy.orm import Session

from content_store.brand_folder.brand import NEUTRAL_BRAND, Brand, Channel
from content_store.database import Sessions
from content_store.models import Message, PublicationStatus
from evaluation.measurement.groups import Sums, at_least, banded
from evaluation.measurement.pressure import how_told, pressure
from evaluation.measurement.results import Pressure
from tests.factories import (
    NOW,
    make_customer,
    make_message,
    make_publication,
    make_segment,
    make_segmentation,
    make_snapshot,
)

DAY = timedelta(days=1)
TEXTS = {
    "plain": {"subject": "Coffee is on.", "opening": "Our roast comes in 12 oz bags."},
    "discount": {"subject": "Coffee is on.", "opening": "Today every bag costs half price."},
    "urgent": {"subject": "Hurry, only three days left.", "opening": "Our roast comes in 12 oz bags."},
}


@pytest.mark.parametrize(
    ("text", "discount", "urgency"),
    [
        ("Our roast comes in 12 oz bags.", False, False),
        ("Use your coupon by Friday.", True, False),
        ("20% off every bag.", True, False),
        ("$5 off your next bag.", True, False),
        ("Take 3 dollars off.", True, False),
        ("It turns off by itself after 20 minutes.", False, False),
        ("No coupon needed, no discount either.", False, False),
        ("Hurry, they are going fast.", False, True),
        ("Last chance: half-price bags while stocks last.", True, True),
        ("Feel free to ask.", False, False),
    ],
)
def test_a_message_is_told_by_its_words(text: str, discount: bool, urgency: bool) -> None:
    assert how_told(["Coffee is on.", text]) == (discount, urgency)


def _messages(session: Session, segment_id: int, **fields: Any) -> dict[str, Message]:
    return {
        name: make_message(session, slots=slots, segment_id=segment_id, **fields)
        for name, slots in TEXTS.items()
    }


def _send(session: Session, message: Message, *customers: str, **fields: Any) -> None:
    for customer in customers:
        fields = {"status": PublicationStatus.ACCEPTED, "sent_at": NOW - DAY, **fields}
        make_publication(session, message, customer_id=customer, **fields)


def _customers(session: Session, number: int, prefix: str = "c", **attributes: Any) -> list[str]:
    names = [f"{prefix}{index:03}" for index in range(number)]
    for name in names:
        make_customer(session, id=name, attributes=attributes)
    return names


def _pressure(
    session: Session, brand: Brand = NEUTRAL_BRAND, most_contacts: float = 8
) -> dict[tuple[str, str], Pressure]:
    return {(item.by, item.group): item for item in pressure(session, brand, NOW, most_contacts)}


def test_contacts_discounts_and_urgency_are_counted_over_all_briefs_for_thirty_days(
    sessions: Sessions,
) -> None:
    with sessions() as session:
        segment, segmentation = make_segment(session), make_segmentation(session)
        make_snapshot(session, segmentation, segment, name="Early birds")
        names = _customers(session, 20)
        one, other = _messages(session, segment.id), _messages(session, segment.id)
        assert one["plain"].brief_id != other["plain"].brief_id
        _send(session, one["plain"], *names)
        _send(session, one["discount"], *names[:10])
        _send(session, other["urgent"], *names[:5])
        # None of these is a contact of the last thirty days.
        _send(session, one["plain"], *names, status=PublicationStatus.SUPPRESSED, sent_at=None)
        _send(session, one["plain"], *names, status=PublicationStatus.PLANNED, sent_at=None)
        _send(session, one["plain"], *names, sent_at=NOW - 31 * DAY)
        _send(session, one["plain"], *names, sent_at=NOW + DAY)
        _send(session, one["plain"], "erased:1", "erased:2")
        # The answer was lost; it may have arrived.
        _send(session, other["plain"], *names[:5], status=PublicationStatus.UNKNOWN, sent_at=None)
        found = _pressure(session)
    assert found == {
        ("segment", "Early birds"): Pressure("segment", "Early birds", 20, 40 / 20, 10 / 40, 5 / 40, None)
    }


def test_what_a_site_asks_for_is_no_contact(sessions: Sessions) -> None:
    onsite = Channel.model_validate({"on_request": True, "slots": {"banner": {"max_chars": 90}}})
    brand = NEUTRAL_BRAND.model_copy(update={"channels": {**NEUTRAL_BRAND.channels, "onsite": onsite}})
    with sessions() as session:
        names = _customers(session, 20)
        message = make_message(session, slots={"banner": "Coffee is on."}, channel="onsite")
        _send(session, message, *names)
        assert _pressure(session, brand) == {}


def test_a_customer_who_changed_segment_counts_in_the_last_one(sessions: Sessions) -> None:
    with sessions() as session:
        first, last = make_segment(session).id, make_segment(session).id
        names = _customers(session, 12)
        _send(session, _messages(session, first)["plain"], *names)
        _send(session, _messages(session, last)["discount"], *names)
        found = _pressure(session)
    assert {key: (item.customers, item.contacts) for key, item in found.items()} == {
        ("segment", f"number {last}"): (12, 2.0)
    }


def test_more_contacts_than_were_set_are_a_warning(sessions: Sessions) -> None:
    with sessions() as session:
        segment = make_segment(session).id
        names, messages = _customers(session, 10), _messages(session, segment)
        for _ in range(3):
            _send(session, messages["plain"], *names)
        assert _pressure(session, most_contacts=3)["segment", f"number {segment}"].warning is None
        assert _pressure(session, most_contacts=2.5)["segment", f"number {segment}"].warning == (
            f"Segment number {segment} got 3.0 messages a customer in 30 days, more than the 2.5 that"
            " measuring.contacts_in_30_days allows; lower the caps of the briefs."
        )


def _ages(session: Session, each: int, discounts: Sequence[tuple[str, int]]) -> None:
    """Of each age so many customers, each with one message; so many of them with a discount."""
    messages = _messages(session, make_segment(session).id)
    for age, number in discounts:
        names = _customers(session, each, f"a{age}-", age=age, shoe_size="41")
        _send(session, messages["discount"], *names[:number])
        _send(session, messages["plain"], *names[number:])


def test_a_group_with_more_or_fewer_discounts_than_the_others_is_a_warning_and_chance_is_none(
    sessions: Sessions,
) -> None:
    with sessions() as session:
        _ages(session, 100, [("19-24", 80), ("25-34", 50), ("65+", 20)])
        found = _pressure(session)
    assert {key for key in found if key[0] != "segment"} == {
        ("age", "19-24"),
        ("age", "25-34"),
        ("age", "65+"),
    }
    assert {item.group: item.warning for item in found.values() if item.by == "age"} == {
        "19-24": "2.29 times as many of the messages to age 19-24 name a discount as of those to the others.",
        "25-34": None,
        "65+": "Only 0.31 times as many of the messages to age 65+ name a discount as of those to the others.",
    }


def test_a_difference_that_may_be_chance_is_no_warning(sessions: Sessions) -> None:
    with sessions() as session:
        _ages(session, 12, [("19-24", 8), ("65+", 5)])
        assert {item.warning for item in _pressure(session).values()} == {None}


def test_urgency_is_a_warning_only_for_those_who_are_pressed_more(sessions: Sessions) -> None:
    with sessions() as session:
        messages = _messages(session, make_segment(session).id)
        old, young = _customers(session, 80, "old", age="65+"), _customers(session, 80, "young", age="19-24")
        _send(session, messages["urgent"], *old[:60], *young[:10])
        _send(session, messages["plain"], *old[60:], *young[10:])
        found = _pressure(session)
    assert found["age", "65+"].warning == (
        "6.00 times as many of the messages to age 65+ press as of those to the others."
    )
    assert found["age", "19-24"].warning is None


def test_segments_are_told_other_things_and_only_more_is_a_warning(sessions: Sessions) -> None:
    with sessions() as session:
        first, last = make_segment(session).id, make_segment(session).id
        _send(session, _messages(session, first)["discount"], *_customers(session, 40, "first"))
        other = _messages(session, last)
        _send(session, other["plain"], *_customers(session, 30, "last"))
        _send(session, other["discount"], *_customers(session, 10, "more"))
        found = _pressure(session)
    assert found["segment", f"number {first}"].warning == (
        f"4.00 times as many of the messages to segment number {first} name a discount as of those to the others."
    )
    assert found["segment", f"number {last}"].warning is None


def test_many_rows_of_one_customer_make_nobody_surer(sessions: Sessions) -> None:
    with sessions() as session:
        messages = _messages(session, make_segment(session).id)
        for age, name in (("19-24", "discount"), ("65+", "plain")):
            first, *others = _customers(session, 12, age, age=age)
            for _ in range(40):
                _send(session, messages[name], first)
            _send(session, messages["plain"], *others)
        assert {item.warning for item in _pressure(session, most_contacts=100).values()} == {None}


def test_the_brand_says_which_attributes_are_compared(sessions: Sessions) -> None:
    with sessions() as session:
        names = _customers(session, 20, age="65+", shoe_size="41")
        _send(session, _messages(session, make_segment(session).id)["plain"], *names)
        for named, expected in ((None, {"age"}), (["shoe_size"], {"shoe_size"}), ([], set())):
            brand = NEUTRAL_BRAND.model_copy(update={"fairness_attributes": named})
            assert {by for by, _ in _pressure(session, brand)} - {"segment"} == expected


def test_a_handful_is_never_shown_nor_can_it_be_worked_out(sessions: Sessions) -> None:
    with sessions() as session:
        message = _messages(session, make_segment(session).id)["plain"]
        for age, number in (("19-24", 30), ("25-34", 15), ("65+", 4)):
            _send(session, message, *_customers(session, number, age, age=age))
        _send(session, message, *_customers(session, 20, "nobody-knows"))
        found = _pressure(session)
    # Alone, the four could be worked out from the sum; so the smallest of the others joins them.
    assert {item.group: item.customers for item in found.values() if item.by == "age"} == {
        "19-24": 30,
        "not known": 20,
        "others": 19,
    }


def _sums(customers: int) -> Sums:
    sums = Sums()
    for _ in range(customers):
        sums.add(1, 0, 0)
    return sums


def test_small_groups_are_put_together_until_none_is_small() -> None:
    def sizes(*numbers: int) -> list[tuple[str, int]]:
        values = {f"g{place}": _sums(number) for place, number in enumerate(numbers)}
        return [(group.name, group.sums.customers) for group in at_least(values)]

    assert sizes(20, 10) == [("g0", 20), ("g1", 10)]
    assert sizes(20, 6, 5) == [("g0", 20), ("others", 11)]
    assert sizes(20, 9) == [("others", 29)]
    assert sizes(5, 4) == []
    assert sizes() == []


def test_many_numbers_become_four_bands_and_words_stay() -> None:
    ages = {str(age): _sums(10) for age in range(20, 60)}
    assert {band: sums.customers for band, sums in banded(ages).items()} == {
        "20 to 29": 100,
        "30 to 39": 100,
        "40 to 49": 100,
        "50 to 59": 100,
    }
    few = {"1": _sums(10), "2": _sums(10)}
    assert banded(few) == few
    words = {f"{age} or so": _sums(10) for age in range(20, 60)}
    assert banded(words) == words


@pytest.mark.parametrize("seed", range(3))
def test_random_messages_are_added_up_as_one_by_one(sessions: Sessions, seed: int) -> None:
    random = Random(seed)
    sums: dict[tuple[str, str], Sums] = {}
    with sessions() as session:
        segment = make_segment(session).id
        messages = _messages(session, segment)
        for number in range(90):
            region: Any = random.choice(["n", "s", 7, True, None, ""])
            make_customer(session, id=f"c{number}", attributes={"region": region, "$.odd": [1]})
            names = random.choices(list(TEXTS), k=random.randint(1, 5))
            for name in names:
                _send(session, messages[name], f"c{number}")
            known = str(region) if region not in (None, "") else "not known"
            for key in (("segment", f"number {segment}"), ("region", known)):
                told = len(names), names.count("discount"), names.count("urgent")
                sums.setdefault(key, Sums()).add(*told)
        found = _pressure(session)
    expected = {
        (by, group): (item.customers, item.contacts, item.share("discounts"), item.share("urgency"))
        for by in ("segment", "region")
        for group, item in at_least({name: item for (what, name), item in sums.items() if what == by})
    }
    assert {
        key: (item.customers, item.contacts, item.discounts, item.urgency) for key, item in found.items()
    } == expected
