"""Whatever a fact excepts, the copy names to the last item."""

import pytest

from evaluation.gates import GATES, judge
from evaluation.gates.gate import Copy, Policy

_POLICY = Policy()
_LAMPS = ("Nettle & Nook takes 20% off all lamps, except clearance items and chandeliers.",)
_PARTS = ("The Hollis warranty covers all parts, excluding batteries and tyres.",)
_FILMS = (
    "The Ember plan includes all films, apart from new releases and live sport.",
    "The Ember plan has two screens.",
)

_TWINS = [
    (
        _LAMPS,
        "20% off all lamps at Nettle & Nook, except chandeliers and clearance items.",
        "20% off all lamps at Nettle & Nook, except clearance items.",
    ),
    (
        _PARTS,
        "The Hollis warranty covers all parts, excluding tyres and batteries.",
        "The Hollis warranty covers all parts, excluding batteries.",
    ),
    (
        _FILMS,
        "The Ember plan: two screens and all films, apart from new releases and live sport.",
        "The Ember plan: two screens and all films.",
    ),
    (
        ("Wexcombe delivers to all counties, with the exception of the Isle of Wight.",),
        "Wexcombe delivers to all counties, with the exception of the Isle of Wight.",
        "Wexcombe delivers to all counties.",
    ),
]


@pytest.mark.parametrize(("facts", "right"), [(twin[0], twin[1]) for twin in _TWINS])
def test_a_copy_that_names_all_exceptions_passes(facts: tuple[str, ...], right: str) -> None:
    assert GATES["conditions"](Copy(text=right, facts=facts), _POLICY).passed


@pytest.mark.parametrize(("facts", "wrong"), [(twin[0], twin[2]) for twin in _TWINS])
def test_a_copy_that_drops_an_exception_is_refused(facts: tuple[str, ...], wrong: str) -> None:
    assert not all(verdict.passed for verdict in judge(Copy(text=wrong, facts=facts), _POLICY))


def test_what_follows_the_exceptions_is_none_of_them() -> None:
    facts = ("Nori varnish is heat-resistant but not frost-proof, and is sold in every shop.",)
    assert GATES["conditions"](
        Copy(text="Nori varnish resists heat; it is not frost-proof.", facts=facts), _POLICY
    ).passed
