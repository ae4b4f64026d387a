"""A competitor is known in every spelling, and may stand only where a fact holds its name."""

import pytest

from content_store.brand_folder.brand import NEUTRAL_BRAND
from content_store.errors import BadInput
from evaluation.gates.competitors import competitor_named
from evaluation.gates.gate import Policy
from evaluation.gates.names import check_names
from evaluation.gates.policy_of_brand import policy_of
from tests.evaluation.copies import copy_of

POLICY = Policy(
    competitors=("Grocerama", "Trader Joe's", "Aldi", "Whole Foods", "Target", "Marks & Spencer", "Nestlé")
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("cheaper than grocerama", "Grocerama"),
        ("GROCERAMA's prices", "Grocerama"),
        ("groce-rama", "Grocerama"),
        ("Groce rama", "Grocerama"),
        ("Gr0cerama", "Grocerama"),
        ("G r o c e r a m a", "Grocerama"),
        ("Grос\u200berama", "Grocerama"),
        ("trader joes", "Trader Joe's"),
        ("a trader-joe bag", "Trader Joe's"),
        ("A.L.D.I", "Aldi"),
        ("better than Whole Foods", "Whole Foods"),
        ("Target's prices", "Target"),
        ("Marks and Spencer", "Marks & Spencer"),
        ("nestle", "Nestlé"),
    ],
)
def test_a_competitor_is_known_however_it_is_spelled(text: str, name: str) -> None:
    assert competitor_named(copy_of(text), POLICY) == name
    assert (
        check_names(copy_of(text), POLICY).reason == f'"{name}" is another brand; the copy may not name it.'
    )


@pytest.mark.parametrize(
    "text",
    ["whole foods keep longer", "Target your goals", "on target", "al di la", "Aldine Road", "the trader"],
)
def test_ordinary_words_are_no_competitor(text: str) -> None:
    assert competitor_named(copy_of(text), POLICY) == ""


def test_only_a_fact_that_holds_the_name_to_the_letter_allows_it() -> None:
    text = "Our basket costs less than Grocerama's"
    assert competitor_named(copy_of(text, "A basket costs less than Grocerama's."), POLICY) == ""
    assert competitor_named(copy_of(text, "A basket costs less than groce-rama's."), POLICY) == "Grocerama"
    assert competitor_named(copy_of(text, audience="Grocerama shoppers"), POLICY) == "Grocerama"


@pytest.mark.parametrize("kind", ["lexicon", "banned_phrases"])
def test_a_competitor_that_is_also_another_rule_is_bad_input(kind: str) -> None:
    brand = NEUTRAL_BRAND.model_copy(update={"competitors": ["Grocerama"], kind: ["Groce-rama Club"]})
    with pytest.raises(BadInput, match='The competitor "Grocerama" stands in the '):
        policy_of(brand)
