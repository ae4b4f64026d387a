"""On campaigns whose effects are known the whole way from units to intervals tells the truth as often as it claims."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pytest
from scipy import stats

from evaluation.measurement.analysis import analyze
from evaluation.measurement.arms import compare_arms
from evaluation.measurement.comparison import SRM_ALARM
from evaluation.measurement.curve import curve
from evaluation.measurement.customers import HELD, load_customers
from evaluation.measurement.holdout import PAST, VALUE, by_segment, overall
from evaluation.measurement.shrinkage import shrink
from evaluation.measurement.simulation import START, WINDOW, WORTH, Simulated, Truth, simulate_campaign
from evaluation.measurement.splits import Cell, Split, fit

FAIR = Split(held=1, customers=10, share=0.1, holdout_p=1.0, arms_p=1.0)
DAYS = WINDOW.days

#: Trade goes up and down while the bandit learns: arms that were chosen in good weeks are no better for it.
SEASONS = (2.0, 0.5, 1.0, 3.0)

#: Repetitions of the fast suite tell a gross error; 2,000 tell 95 % from 93 or 97.
REPETITIONS = pytest.mark.parametrize(
    ("repetitions", "low", "high"),
    [(150, 0.90, 0.99), pytest.param(2_000, 0.93, 0.97, marks=pytest.mark.slow)],
)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("set timezone = 'UTC'; set threads = 1")
        yield opened


def _put(connection: duckdb.DuckDBPyConnection, simulated: Simulated) -> None:
    connection.register("units", simulated.units)
    connection.register("conversions", simulated.conversions)


@REPETITIONS
@pytest.mark.parametrize("covariate", [None, PAST])
def test_the_interval_of_a_campaign_against_its_holdout(
    connection: duckdb.DuckDBPyConnection, covariate: str | None, repetitions: int, low: float, high: float
) -> None:
    random = np.random.default_rng(11)
    held = 0
    for _ in range(repetitions):
        _put(connection, simulate_campaign(random, 2_000, Truth((0.05,)), held_share=0.2))
        customers = load_customers(connection, DAYS)
        (line,) = analyze(customers.table, HELD, [VALUE], covariate=covariate)
        held += (line.lift_low or 0.0) <= 0.05 * WORTH <= (line.lift_high or 0.0)
    assert low <= held / repetitions <= high


@REPETITIONS
def test_the_intervals_of_arms_that_a_bandit_chose_more_and_less_often(
    connection: duckdb.DuckDBPyConnection, repetitions: int, low: float, high: float
) -> None:
    random, added = np.random.default_rng(12), np.array([0.0, 0.03, 0.06])
    truths = WORTH * (added - (added.sum() - added) / 2)
    held = np.zeros(3)
    for _ in range(repetitions):
        _put(connection, simulate_campaign(random, 1_500, Truth((0.05,), added), seasons=SEASONS, floor=0.1))
        lines = [arm.effect for arm in compare_arms(connection, "value", 1.0)]
        held += [
            (x.lift_low or 0.0) <= truth <= (x.lift_high or 0.0)
            for x, truth in zip(lines, truths, strict=True)
        ]
    assert low <= held.min() / repetitions
    assert held.max() / repetitions <= high


@REPETITIONS
@pytest.mark.parametrize("steady", [False, True])
def test_the_intervals_of_messages_to_the_same_customers_week_after_week(
    connection: duckdb.DuckDBPyConnection, steady: bool, repetitions: int, low: float, high: float
) -> None:
    # Two thirds of the variance of what is bought are between customers. With customers' weeks as independent draws the
    # intervals of those who get the same message every time would hold the truth in 66 to 69 of 100.
    random, added = np.random.default_rng(21), np.array([0.0, 0.3, 0.6])
    truths = WORTH * (added - (added.sum() - added) / 2)
    held = np.zeros(3)
    for _ in range(repetitions):
        _put(
            connection,
            simulate_campaign(random, 600, Truth((0.0,), added), seasons=(20.0,) * 6, steady=steady),
        )
        lines = [arm.effect for arm in compare_arms(connection, "value", 1.0)]
        held += [
            (x.lift_low or 0.0) <= truth <= (x.lift_high or 0.0)
            for x, truth in zip(lines, truths, strict=True)
        ]
    assert low <= held.min() / repetitions
    assert held.max() / repetitions <= high


@pytest.mark.parametrize(
    ("repetitions", "most"), [(150, 0.05), pytest.param(2_000, 0.03, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("covariate", [None, PAST])
def test_a_small_holdout_does_not_make_a_success_of_a_campaign_that_changes_nothing(
    connection: duckdb.DuckDBPyConnection, covariate: str | None, repetitions: int, most: float
) -> None:
    # 5 % of 1,500 customers, of whom 15 convert: Welch's interval alone lies above zero in 6 to 7 of 100.
    random = np.random.default_rng(22)
    above, held = 0, 0
    for _ in range(repetitions):
        _put(connection, simulate_campaign(random, 1_500, Truth((0.0,)), held_share=0.05))
        customers = load_customers(connection, DAYS)
        (line,) = analyze(customers.table, HELD, [VALUE], covariate=covariate)
        above += (line.lift_low or 0.0) > 0
        held += (line.lift_low or 0.0) <= 0 <= (line.lift_high or 0.0)
    assert above / repetitions <= most
    assert held / repetitions >= 0.95 - (most - 0.025)


@pytest.mark.parametrize("repetitions", [150, pytest.param(2_000, marks=pytest.mark.slow)])
def test_of_the_messages_called_different_at_most_5_percent_are_not(
    connection: duckdb.DuckDBPyConnection, repetitions: int
) -> None:
    # Ten segments with three messages each; in three of them one is better than the others.
    random = np.random.default_rng(13)
    added = np.zeros((10, 3))
    added[:3, 2] = 0.25
    false, found = [], 0
    for _ in range(repetitions):
        truth = Truth((0.0,) * 10, added)
        _put(connection, simulate_campaign(random, 5_000, truth, floor=0.1))
        called = [
            arm.place.segment_id
            for arm in compare_arms(connection, "value", 1.0)
            if (arm.effect.q_value or 1) <= 0.05
        ]
        wrong = sum(segment >= 3 for segment in called)
        false.append(wrong / max(len(called), 1))
        found += len(called) - wrong
    assert np.mean(false) <= 0.05 + 2 * np.std(false) / repetitions**0.5
    assert found > repetitions  # It does find some.


@pytest.mark.parametrize(
    ("segments", "spread", "most"),
    [(6, 1.5, 0.97), (10, 1.0, 0.97), (10, 3.0, 0.97), (30, 1.0, 0.97), (10, 0.0, 1.0), (4, 0.5, 1.0)],
)
def test_shrunk_intervals_are_narrower_and_hold_the_truth_on_average_over_segments(
    segments: int, spread: float, most: float
) -> None:
    # Where segments hardly differ, the intervals are more careful than they say.
    random = np.random.default_rng(14)
    held, narrower = [], []
    for _ in range(2_000):
        errors = random.uniform(0.5, 2.0, segments)
        truths = random.normal(1.0, spread, segments)
        measured = random.normal(truths, errors)
        whole = float(measured.mean()), float(np.sqrt((errors**2).sum()) / segments)
        drawn = shrink(list(measured), list(errors), whole) or []
        held += [item.low <= truth <= item.high for item, truth in zip(drawn, truths, strict=True)]
        narrower.append(np.mean([item.high - item.low for item in drawn]) < np.mean(2 * 1.96 * errors))
    assert 0.93 <= np.mean(held) <= most
    assert np.mean(narrower) > 0.8


@pytest.mark.parametrize("repetitions", [20, pytest.param(400, marks=pytest.mark.slow)])
def test_shrunk_segments_of_whole_campaigns(connection: duckdb.DuckDBPyConnection, repetitions: int) -> None:
    random = np.random.default_rng(15)
    held = []
    for _ in range(repetitions):
        added = random.normal(0.08, 0.03, 6)
        _put(connection, simulate_campaign(random, 6_000, Truth(added), held_share=0.3))
        customers = load_customers(connection, DAYS)
        lines = overall(customers, FAIR, adjusted=True)
        found = by_segment(customers, VALUE, FAIR, {}, lines, adjusted=True)
        for item, truth in zip(found, added, strict=True):
            assert item.shrunk_low is not None
            assert item.shrunk_high is not None
            held.append(item.shrunk_low <= WORTH * truth <= item.shrunk_high)
    assert 0.93 <= np.mean(held) <= 0.99


@pytest.mark.parametrize("repetitions", [5, pytest.param(60, marks=pytest.mark.slow)])
def test_segments_of_a_small_brand_have_wide_intervals_that_hold_the_truth(
    connection: duckdb.DuckDBPyConnection, repetitions: int
) -> None:
    # Of 250 customers of each segment about 12 are held out, of whom 3 convert.
    random = np.random.default_rng(19)
    held = []
    for _ in range(repetitions):
        added = random.normal(0.08, 0.03, 8)
        _put(connection, simulate_campaign(random, 2_000, Truth(added), held_share=0.05))
        customers = load_customers(connection, DAYS)
        lines = overall(customers, FAIR, adjusted=True)
        found = by_segment(customers, VALUE, FAIR, {}, lines, adjusted=True)
        for item, truth in zip(found, added, strict=True):
            assert item.effect.lift_low is None
            assert item.shrunk_low is not None
            assert item.shrunk_high is not None
            held.append(item.shrunk_low <= WORTH * truth <= item.shrunk_high)
    assert np.mean(held) >= 0.95


@pytest.mark.parametrize("weeks", [1, 4])
@pytest.mark.parametrize("repetitions", [100, pytest.param(2_000, marks=pytest.mark.slow)])
def test_who_looks_at_the_curve_every_day_is_deceived_at_most_5_times_in_100(
    connection: duckdb.DuckDBPyConnection, repetitions: int, weeks: int
) -> None:
    # With several dates a customer's days hang together as well, and some weeks have four times the trade of others.
    random, seasons = np.random.default_rng(16), (1.0, *SEASONS)[:weeks]
    always = 0
    for _ in range(repetitions):
        _put(connection, simulate_campaign(random, 2_000, Truth((0.05,)), held_share=0.2, seasons=seasons))
        points = curve(connection, "value", DAYS, START + (weeks + 1) * WINDOW)
        truths = [0.05 * WORTH * (point.at - START) / WINDOW for point in points]
        always += all(
            point.sequential_low <= truth <= point.sequential_high
            for point, truth in zip(points, truths, strict=True)
        )
    assert always / repetitions >= 0.95


def test_the_alarm_of_the_arms_rings_as_seldom_as_it_says() -> None:
    # 50 alarms are to be expected of 50,000 campaigns; with one in 500 or one in 2,000 there would be 100 or 25.
    random, repetitions = np.random.default_rng(17), 50_000
    shares = [(0.1, 0.3, 0.6), (0.5, 0.5), (0.2, 0.8)]
    counts = [random.multinomial(800, share, repetitions) for share in shares]
    alarms = 0
    for row in range(repetitions):
        alarms += (
            fit(
                Cell("sms", (place, "en-US", START), int(number), share)
                for place, (drawn, wanted) in enumerate(zip(counts, shares, strict=True))
                for number, share in zip(drawn[row], wanted, strict=True)
            )
            < SRM_ALARM
        )
    assert 30 <= alarms <= 75


def test_the_alarm_of_the_holdout_rings_at_most_as_often_as_it_says() -> None:
    # Every number that can be held out, with how likely it is: no simulation is needed.
    customers, share = 4_000, 0.05
    numbers = np.arange(customers + 1)
    likely = numbers[np.abs(numbers - customers * share) < 80]
    quiet = [n for n in likely if stats.binomtest(int(n), customers, share).pvalue >= SRM_ALARM]
    rings = 1 - float(np.sum(stats.binom.pmf(quiet, customers, share)))
    assert 0.0007 <= rings <= SRM_ALARM


def test_the_sample_of_a_simulated_campaign_is_as_its_truth_says() -> None:
    random = np.random.default_rng(18)
    added = ((0.0, 0.1), (0.0, 0.2))
    units = simulate_campaign(random, 200_000, Truth((0.0, 0.05), added), held_share=0.2).units.to_pandas()
    means = units[~units.held].groupby(["segment_id", "arm"]).value.mean()
    assert means.to_numpy() == pytest.approx([5.0, 7.0, 6.0, 10.0], rel=0.02)
    assert units[units.held].value.mean() == pytest.approx(5.0, rel=0.02)
    assert units.held.mean() == pytest.approx(0.2, rel=0.02)
