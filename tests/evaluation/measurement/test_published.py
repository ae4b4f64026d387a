"""Published experiments come out as published, from the sizes, means and standard deviations of their arms."""

from __future__ import annotations

import pytest
from tea_tasting.aggr import Aggregates

from evaluation.measurement.analysis import compare
from evaluation.measurement.tables import Metric

SPEND = Metric("spend", "mean")
EARNED = Metric("re78", "mean")
BOUGHT = Metric("conversion", "proportion")

#: Hillstrom's e-mail experiment (MineThatData 2008, 64,000 customers): what two weeks brought in all, and the standard
#: deviation by customer. Sums and deviations are those of the table that he published, which is in the public domain.
NONE = (21_306, 13_908.33, 11.588200)
MENS = (21_307, 30_311.69, 17.754205)
WOMENS = (21_387, 23_038.11, 15.116106)


def _spent(units: int, whole: float, deviation: float) -> Aggregates:
    return Aggregates(units, {"spend": whole / units}, {"spend": deviation**2})


def _share(units: int, ones: int) -> Aggregates:
    share = ones / units
    return Aggregates(units, {"conversion": share}, {"conversion": share * (1 - share) * units / (units - 1)})


@pytest.mark.parametrize(
    ("arm", "mean", "lift", "error", "low", "high", "p_value"),
    [
        (MENS, 1.4226, 0.7698, 0.1452, 0.485140, 1.054515, 1.16381e-7),
        (WOMENS, 1.0772, 0.4244, 0.1303, 0.168957, 0.679868, 1.12940e-3),
    ],
    ids=["men's mail", "women's mail"],
)
def test_the_spend_of_hillstroms_experiment(
    arm: tuple[int, float, float],
    mean: float,
    lift: float,
    error: float,
    low: float,
    high: float,
    p_value: float,
) -> None:
    found = compare(_spent(*NONE), _spent(*arm), SPEND)
    assert found["lift"] is not None
    assert found["lift_low"] is not None
    assert round(arm[1] / arm[0], 4) == mean
    assert round(found["lift"], 4) == lift
    # 1.96003 is Student's t of 36,645 degrees of freedom and more.
    assert round((found["lift"] - found["lift_low"]) / 1.96003, 4) == error
    assert (found["lift_low"], found["lift_high"]) == pytest.approx((low, high), abs=2e-6)
    assert found["p_value"] == pytest.approx(p_value, rel=1e-4)


def test_the_earnings_of_the_national_supported_work_experiment() -> None:
    # LaLonde 1986 as Dehejia and Wahba 1999 keep it: 185 who were trained, 260 who were not, dollars earned in 1978.
    control = Aggregates(260, {"re78": 4_554.801}, {"re78": 5_483.836**2})
    trained = Aggregates(185, {"re78": 6_349.144}, {"re78": 7_867.402**2})
    found = compare(control, trained, EARNED)
    # 1,794 in every paper; its standard error is sqrt(7,867.402 squared / 185 + 5,483.836 squared / 260) = 671.00.
    assert found["lift"] == pytest.approx(1_794.34, abs=0.01)
    assert (found["lift_low"], found["lift_high"]) == pytest.approx((474.01, 3_114.67), abs=0.01)
    assert found["p_value"] == pytest.approx(0.0079, abs=0.0001)


def test_the_conversions_of_criteos_incrementality_tests() -> None:
    # Criteo uplift v2.1 (Diemert and others 2021), conversions counted arm by arm: 13,979,592 users, 85 % of them shown advertisements.
    found = compare(_share(2_096_937, 4_063), _share(11_882_655, 36_711), BOUGHT)
    # 0.3089 against 0.1938 %; sqrt(p(1 - p) / n + q(1 - q) / m) = 0.0000344.
    assert found["lift"] == pytest.approx(0.00115187, abs=1e-8)
    assert (found["lift_low"], found["lift_high"]) == pytest.approx((0.00108451, 0.00121924), abs=1e-8)
    assert found["relative_lift"] == pytest.approx(0.5945, abs=1e-4)
