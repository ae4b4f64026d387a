"""What an editor would send: features counted, two regressions, a gate for what is thrown away at sight."""

import numpy as np

from evaluation.gates.gate import Copy
from evaluation.preference.features import FEATURES, Nearness, features
from evaluation.preference.model import fit, load_preference, preference
from evaluation.preference.sense_gate import check_sense

NEAR = Nearness(0.8, 0.3, 0.6, 0.3)
FACTS = ("Dog grooming slots can be moved free of charge up to 24 hours before.",)


def drafted(text: str) -> Copy:
    return Copy(text, "push", FACTS, (), "dog owners who cancelled an appointment", "plain", 110)


def counted(text: str, fluency: float = -0.4) -> dict[str, float]:
    return dict(zip(FEATURES, features(drafted(text), NEAR, fluency).tolist(), strict=True))


def test_features_count_words_that_neither_facts_nor_audience_hold() -> None:
    row = counted("Zebra? Grooming slots can be moved free of charge.")
    assert row["new words"] == 1 / 6
    assert row["new words in the lead"] == 1.0
    assert row["question"] == 1.0
    assert row["repeated runs"] == 0.0


def test_a_run_that_comes_back_is_counted() -> None:
    assert counted("Free of charge, free of charge, free of charge.")["repeated runs"] > 0.5


def test_the_shipped_model_prefers_a_plain_line_to_one_that_repeats_itself() -> None:
    good = features(
        drafted("Plans change? Move your grooming slot free of charge up to 24 hours before."), NEAR, -0.3
    )
    bad = features(
        drafted("Move it free of charge up to 24 hours before, free of charge up to 24 hours."), NEAR, -0.9
    )
    liked = preference(load_preference(), np.stack([good, bad]))
    assert liked[0] > 0.2 > liked[1]


def test_what_is_learned_is_two_thirds_sendable_and_one_third_good() -> None:
    rows = np.array([[0.0], [0.0], [1.0], [1.0], [2.0], [2.0]])
    model = fit(rows, np.array([0, 0, 1, 1, 2, 2]))
    liked = preference(model, np.array([[0.0], [1.0], [2.0]]))
    assert liked[0] < liked[1] < liked[2]
    assert liked[0] >= 0
    assert liked[2] <= 1


def test_only_texts_of_a_model_are_refused_and_no_call_to_action() -> None:
    copy = drafted("Barked first? Free of charge.")
    assert check_sense(copy, 0.01, -0.9).reason.startswith(
        "Editors hardly ever send a text like this (score 0.01)"
    )
    assert check_sense(copy, 0.05, -0.9).passed
    assert check_sense(copy, 0.01, None).passed
    assert check_sense(Copy("Book now", "cta", FACTS), 0.01, -0.9).passed
