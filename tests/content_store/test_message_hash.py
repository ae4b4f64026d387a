"""What an approval is bound to: one hash over all that a reviewer sees."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_store.message_hash import SlotText, message_hash, variant_hash

FIELDS = {"home_store": {"fallback": "your local store"}}
SLOTS = [SlotText("subject", "Café “12 oz” is $7.99", [3, 11]), SlotText("cta", "See the offer", [])]


class Content(NamedTuple):
    """What goes into the hash."""

    slots: list[SlotText]
    template: str | None
    personal_fields: dict[str, Any]


CONTENTS = st.builds(
    Content,
    st.lists(
        st.builds(SlotText, st.text(), st.text(), st.lists(st.integers(0, 2**31), unique=True)), max_size=3
    ),
    st.none() | st.text(),
    st.dictionaries(st.text(), st.fixed_dictionaries({"fallback": st.text()}), max_size=2),
)


def test_the_hash_of_a_known_message_never_changes() -> None:
    expected = "8daf9892f3c1289c24d86b2313868a35e343cf5d698109f21ea5417ee299bc71"
    assert message_hash(SLOTS, "abc", FIELDS) == expected


def test_a_variant_is_its_text_and_what_it_stands_on() -> None:
    expected = "e84079dc766624d44cda98469362e04c6b19c3a32ba91f5810bd566a33eb5759"
    assert variant_hash("Café", [11, 3, 3]) == expected
    assert variant_hash("Café", [3]) != expected
    assert variant_hash("Cafe", [3, 11]) != expected


@given(CONTENTS, st.randoms(use_true_random=False))
def test_the_order_of_block_versions_and_of_fields_does_not_matter(content: Content, random: Random) -> None:
    slots = [
        slot._replace(block_version_ids=_shuffled(slot.block_version_ids, random)) for slot in content.slots
    ]
    fields = dict(_shuffled(content.personal_fields.items(), random))
    assert message_hash(slots, content.template, fields) == message_hash(*content)


@given(CONTENTS, CONTENTS)
def test_different_contents_have_different_hashes(one: Content, other: Content) -> None:
    assert (message_hash(*one) == message_hash(*other)) is (_in_order(one) == _in_order(other))


@pytest.mark.parametrize(
    "changed",
    [
        ([SLOTS[0]._replace(text="Cafe “12 oz” is $7.99"), SLOTS[1]], "abc", FIELDS),
        ([SLOTS[0]._replace(slot="headline"), SLOTS[1]], "abc", FIELDS),
        ([SLOTS[0]._replace(block_version_ids=[3]), SLOTS[1]], "abc", FIELDS),
        ([SLOTS[1], SLOTS[0]], "abc", FIELDS),
        (SLOTS[:1], "abc", FIELDS),
        (SLOTS, "abd", FIELDS),
        (SLOTS, None, FIELDS),
        (SLOTS, "abc", {"home_store": {"fallback": "your store"}}),
        (SLOTS, "abc", {"store": {"fallback": "your local store"}}),
        (SLOTS, "abc", {}),
    ],
)
def test_every_part_that_a_reviewer_sees_is_in_the_hash(
    changed: tuple[list[SlotText], str | None, Any],
) -> None:
    assert message_hash(*changed) != message_hash(SLOTS, "abc", FIELDS)


def test_the_notice_is_in_the_hash_and_a_message_without_one_keeps_the_hash_it_had() -> None:
    plain = message_hash(SLOTS, "abc", FIELDS)
    assert message_hash(SLOTS, "abc", FIELDS, None) == message_hash(SLOTS, "abc", FIELDS, "") == plain
    one, other = (message_hash(SLOTS, "abc", FIELDS, notice) for notice in ("By a machine.", "By a robot."))
    assert len({plain, one, other}) == 3


def _in_order(content: Content) -> Content:
    slots = [slot._replace(block_version_ids=sorted(slot.block_version_ids)) for slot in content.slots]
    return content._replace(slots=slots)


def _shuffled(items: Any, random: Random) -> list[Any]:
    shuffled = list(items)
    random.shuffle(shuffled)
    return shuffled
