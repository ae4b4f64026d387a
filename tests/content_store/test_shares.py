"""Shares of the messages that there are now: one together, the floor at least, and what outcomes said among the known."""

from __future__ import annotations

from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_store.database import Sessions
from content_store.shares import EQUAL, load_shares, newest_policy, shares_of
from tests.factories import make_brief, make_policy, make_segment

ARMS = st.sets(st.sampled_from("ABCDEFGH"), min_size=1).map(sorted)


@st.composite
def _policies(draw: st.DrawFn) -> tuple[dict[str, float], float]:
    """Shares as allocation makes them: the floor each, and the rest by how likely each is the best."""
    arms = draw(ARMS)
    floor = draw(st.floats(0.001, 0.33))
    least = min(floor, 1 / len(arms))
    draws = draw(st.lists(st.integers(0, 10_000), min_size=len(arms), max_size=len(arms)).filter(any))
    return {
        arm: least + (1 - len(arms) * least) * won / sum(draws) for arm, won in zip(arms, draws, strict=True)
    }, floor


@given(_policies(), ARMS)
def test_shares_add_up_to_one_and_nobody_gets_less_than_the_floor(
    policy: tuple[dict[str, float], float], arms: list[str]
) -> None:
    known, floor = policy
    shares = shares_of(known, floor, arms)
    assert fsum(shares) == pytest.approx(1, abs=1e-12)
    assert min(shares) >= min(floor, 1 / len(arms)) - 1e-12
    assert shares == shares_of(known, floor, arms)


@given(_policies())
def test_the_arms_that_a_policy_was_made_for_get_what_it_says(policy: tuple[dict[str, float], float]) -> None:
    known, floor = policy
    assert shares_of(known, floor, list(known)) == pytest.approx(list(known.values()), abs=1e-6)


@pytest.mark.parametrize(
    ("arms", "shares"),
    [
        ("ABC", [0.8, 0.1, 0.1]),
        ("BC", [0.5, 0.5]),
        ("AC", [8 / 9, 1 / 9]),
        # D is new and gets the floor.
        ("ABCD", [0.7, 0.1, 0.1, 0.1]),
        ("D", [1.0]),
        ("BD", [0.5, 0.5]),
        ("AE", [8 / 9, 1 / 9]),
        # So many that the floor has no room for them.
        ("ABCDEFGHIJKL", [1 / 12] * 12),
    ],
)
def test_new_arms_get_the_floor_and_those_that_went_leave_their_part(arms: str, shares: list[float]) -> None:
    assert shares_of({"A": 0.8, "B": 0.1, "C": 0.1}, 0.1, arms) == pytest.approx(shares)


def test_without_a_policy_and_in_places_it_does_not_know_all_are_equal(sessions: Sessions) -> None:
    with sessions.begin() as session:
        brief, segment = make_brief(session), make_segment(session)
        assert newest_policy(session, brief.id) is None
        assert load_shares(session, None) == EQUAL
        assert EQUAL.of((segment.id, "sms", "en-US"), ["A", "B"]) == [0.5, 0.5]
        place = (segment.id, "sms", "en-US")
        make_policy(session, brief.id, {place: {"A": 0.7, "B": 0.3}})
        policy = make_policy(session, brief.id, {place: {"A": 0.9, "B": 0.1}})
        newest = load_shares(session, newest_policy(session, brief.id))
        assert newest.policy_id == policy.id
        assert newest.of(place, ["A", "B"]) == pytest.approx([0.9, 0.1])
        assert newest.of((segment.id, "email", "en-US"), ["A", "B"]) == [0.5, 0.5]
