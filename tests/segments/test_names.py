"""Segments in words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from segments.behaviour import Behaviour
from segments.names import audience_phrase, chosen_topics, distinctive_topics, name_segments, topic

WEEKLY = Behaviour(120, 0.1, 4.0, 0.9, 300.0, 1200.0)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("dairy: yogurt, greek yogurt", "yogurt"),
        ("grocery: soft drinks, 12/18 & 15pk can", "soft drinks"),
        ("grocery: ice cream/milk/sherbet, premium", "ice cream"),
        ("seafood: seafood - frozen", "frozen seafood"),
        ("produce: vegetables - all others, asparagus", "vegetables"),
        ("natural foods: refrigerated, yogurt", "refrigerated natural foods"),
        ("grocery: powdered/crystal drink mix, pouches", "powdered mix"),
        ("beer and wine: sparkling and dessert wine", "sparkling wine"),
        ("beer and wine: American wine, red", "American wine"),
        ("GROCERY: PASTA - DRY, 16 OZ", "dry pasta"),
        ("dairy: milk and milks", "milk"),
        ("deli: chicken/poultry, hot: rotisserie", "chicken"),
        ("household: diapers & disposables", "diapers"),
        ("trail running shoes", "trail running shoes"),
        ("Sleep: Lullabies (for babies), article 12", "Lullabies"),
        ("misc: other", "misc other"),
        ("", ""),
    ],
)
def test_a_topic_is_the_category_in_plain_words(item: str, expected: str) -> None:
    assert topic(item) == ("" if expected == "misc other" else expected)


def test_topics_come_from_all_their_items_together_and_the_segments_own_come_first() -> None:
    items = ["a: tea, green", "a: tea, black", "b: rye bread", "c: cat food"]
    weights = sparse.csr_matrix(
        np.array([[1, 1, 2, 0], [1, 1, 2, 0], [0, 0, 3, 4], [0, 0, 0, 4], [0, 1, 0, 1]], dtype=np.float32)
    )
    found = distinctive_topics(weights, items, np.array([0, 0, 1, 1, 1], np.int32))
    assert found == [["tea", "rye bread"], ["cat food"]]


def test_a_topic_that_few_customers_touched_names_nothing() -> None:
    weights = sparse.csr_matrix(
        np.vstack([[9, 1], np.tile([0, 1], (9, 1)), np.tile([0, 0.5], (10, 1))]).astype(np.float32)
    )
    labels = np.repeat([0, 1], 10).astype(np.int32)
    assert "caviar" not in distinctive_topics(weights, ["a: caviar", "a: bread"], labels)[0]


def test_a_name_reads_like_a_title_and_repeats_no_word() -> None:
    topics = [
        ["soft drinks", "bag snacks", "frozen pizza"],
        ["cat food", "cat litter", "dog foods", "pet care supplies"],
    ]
    assert name_segments(topics) == [
        "Soft drinks, bag snacks and frozen pizza",
        "Cat food and pet care supplies",
    ]


def test_names_that_would_be_alike_are_told_apart() -> None:
    assert name_segments([["tea"], ["tea"], [], []]) == [
        "Tea",
        "Tea, group 2",
        "Customers without a favourite",
        "Customers without a favourite, group 2",
    ]
    assert name_segments([[]]) == ["All customers"]


@given(
    st.lists(
        st.lists(st.sampled_from(["tea", "rye bread", "cat food", "soft drinks", "ice cream"]), max_size=5)
    )
)
def test_names_are_unique_and_at_most_seven_words(topics: list[list[str]]) -> None:
    names = name_segments(topics)
    assert len(set(names)) == len(names)
    assert all(len(name.split(", group")[0].split()) <= 7 for name in names)


def test_the_audience_phrase_says_how_often_and_what() -> None:
    assert audience_phrase(["yogurt", "fresh fruit", "salad"], WEEKLY) == (
        "weekly shoppers who often buy yogurt and fresh fruit"
    )
    assert audience_phrase([], WEEKLY._replace(median_days_since_last=90.0)) == "lapsed shoppers"
    assert audience_phrase(["sleep training"], WEEKLY._replace(median_days_a_week=0.1), "visit") == (
        "occasional visitors who often look at sleep training"
    )


def test_the_audience_phrase_has_at_most_twelve_words() -> None:
    phrase = audience_phrase(["household cleaning needs", "pet care supplies", "tea"], WEEKLY)
    assert len(phrase.split()) <= 12


def test_topics_that_share_a_word_are_not_put_together() -> None:
    assert chosen_topics(["dog foods", "cat food", "dog treats", "tea"], 3, 7) == ["dog foods", "tea"]
