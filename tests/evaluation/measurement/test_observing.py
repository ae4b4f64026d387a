"""Where nobody was chosen by chance: the difference among those alike, by hand and on outcomes whose truth is known."""

from __future__ import annotations

from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from content_store.errors import BadInput
from evaluation.measurement.observed_tables import Observations, read_observations
from evaluation.measurement.observing import NO_EXPERIMENT, Observed, e_value, observe, sentence
from evaluation.measurement.tables import Metric, metric_of

SPEND = Metric("spend", "mean")


def _file(folder: Path, lines: list[str]) -> Path:
    file = folder / "observed.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def _towns(folder: Path) -> Path:
    """100 households of each of three towns, of which 20, 50 and 80 received it; the third is rich and spends 30 more.

    Whoever received it spends 2 more in the first town and 8 more in the others.
    """
    rows = ["received,town,spend,bought"]
    for town, share, base, more in (("ash", 20, 10, 2), ("birch", 50, 10, 8), ("cedar", 80, 40, 8)):
        for i in range(100):
            received = int(i < share)
            rows.append(f"{received},{town},{base + more * received + (1 if i % 2 else -1)},{i % 2}")
    return _file(folder, rows)


def _observe(file: Path, metric: str, *covariates: str, exact: str | None = None) -> Observed:
    wanted = metric_of(metric)
    return observe(read_observations(file, "received", [wanted], covariates, exact), wanted)


def test_towns_are_weighed_by_how_open_it_was_who_received_it(tmp_path: Path) -> None:
    found = _observe(_towns(tmp_path), "spend:mean", "town")
    # Overlap: 0.2 * 0.8, 0.5 * 0.5 and 0.8 * 0.2 of 100 each: 16, 25 and 16 of 57; (16 * 2 + 25 * 8 + 16 * 8) / 57.
    assert found.adjusted == pytest.approx(360 / 57)
    assert found.adjusted_control_mean == pytest.approx((16 * 10 + 25 * 10 + 16 * 40) / 57)
    # As it stands: (20 * 12 + 50 * 18 + 80 * 48) / 150 against (80 * 10 + 50 * 10 + 20 * 40) / 150.
    assert found.difference == pytest.approx(4_980 / 150 - 2_100 / 150)
    # Kish: 57 * 57 over 20 * 0.64 + 50 * 0.25 + 80 * 0.04.
    assert found.effective == pytest.approx(57**2 / 28.5)
    assert (found.causal, found.reason, found.refused) == (False, NO_EXPERIMENT, False)


def test_the_error_is_that_of_a_regression_on_what_is_known(tmp_path: Path) -> None:
    found = _observe(_towns(tmp_path), "spend:mean", "town")
    assert found.adjusted is not None
    assert found.adjusted_low is not None
    # By hand, town by town: residuals of received on town times residuals of spend on town, over the overlap.
    received = np.concatenate([np.arange(100) < share for share in (20, 50, 80)]).astype(float)
    shares = np.repeat([0.2, 0.5, 0.8], 100)
    more, base = np.repeat([2, 8, 8], 100), np.repeat([10, 10, 40], 100)
    spend = base + more * received + np.where(np.arange(300) % 2, 1, -1)
    means = np.where(received == 1, found.adjusted_mean or 0.0, found.adjusted_control_mean or 0.0)
    rest = spend - means
    rest -= np.repeat([rest[start : start + 100].mean() for start in (0, 100, 200)], 100)
    error = sqrt(float((((received - shares) * rest) ** 2).sum()) * 300 / 297) / 57
    # Student's t of 113 degrees of freedom is 1.98118.
    assert found.effective == pytest.approx(114)
    assert found.adjusted - found.adjusted_low == pytest.approx(1.98118 * error, rel=1e-4)


def test_balance_is_told_with_the_most_unlike_first_and_made_equal(tmp_path: Path) -> None:
    found = _observe(_towns(tmp_path), "spend:mean", "town")
    assert [item.covariate for item in found.balance] == ["town: ash", "town: cedar", "town: birch"]
    # 80 of 150 against 20 of 150, over the square root of 0.19556 * 150 / 149 on average.
    spread = sqrt((8 / 15 * 7 / 15 + 2 / 15 * 13 / 15) / 2 * 150 / 149)
    assert found.balance[1].before == pytest.approx(0.4 / spread)
    assert [item.after for item in found.balance] == pytest.approx([0.0] * 3, abs=1e-6)


def test_an_unseen_reason_that_would_explain_a_difference_away() -> None:
    # VanderWeele and Ding 2017: a risk ratio of 3.9 (1.8 to 8.7) has an E-value of 7.26, and 3.00 for the interval.
    assert round(e_value(3.9), 2) == 7.26
    assert round(e_value(1.8), 2) == 3.0
    assert e_value(1 / 3.9) == pytest.approx(e_value(3.9))
    assert e_value(1.0) == 1.0


def test_a_difference_of_means_is_turned_into_a_ratio_by_its_standard_deviations(tmp_path: Path) -> None:
    found = _observe(_towns(tmp_path), "spend:mean", "town")
    assert found.adjusted is not None
    assert found.e_value is not None
    assert found.e_value_of_interval is not None
    # The weighted variances within the groups are 218.35 and 182.71, their mean 14.16 squared; exp(0.91 * 6.3158 / 14.16).
    assert found.e_value == pytest.approx(1.5006 + sqrt(1.5006 * 0.5006), abs=0.0005)
    assert 1 < found.e_value_of_interval < found.e_value
    assert sentence(found).endswith("would let the interval reach zero.")
    bought = _observe(_towns(tmp_path), "bought:proportion", "town")
    assert bought.adjusted == pytest.approx(0.0, abs=1e-9)
    assert bought.e_value_of_interval == 1.0
    assert sentence(bought).endswith("it may as well be nothing.")


def test_a_share_takes_its_own_ratio(tmp_path: Path) -> None:
    rows = [
        "received,before,bought",
        *(f"{i % 2},{i % 3},{int(i % 20 < (i % 2) * 8 + 6)}" for i in range(1_200)),
    ]
    found = _observe(_file(tmp_path, rows), "bought:proportion", "before")
    assert found.adjusted_mean is not None
    assert found.adjusted_control_mean is not None
    assert found.e_value == pytest.approx(e_value(found.adjusted_mean / found.adjusted_control_mean))


def test_rows_are_compared_with_rows_of_their_own_group_only(tmp_path: Path) -> None:
    file = _towns(tmp_path)
    lonely = [f"1,dogwood,{value},1" for value in range(500, 510)]
    file.write_text(file.read_text() + "\n".join(lonely) + "\n")
    found = _observe(file, "spend:mean", "bought", exact="town")
    assert found.adjusted == pytest.approx(360 / 57)
    assert found.notes == ["10 rows have nobody of the other kind in their group and count nothing."]
    assert [item.covariate for item in found.balance] == ["bought"]


def test_thin_overlap_is_refused(tmp_path: Path) -> None:
    rows = ["received,before,spend", *(f"{int(i >= 100)},{i + (i % 7) * 4},{i}" for i in range(200))]
    found = _observe(_file(tmp_path, rows), "spend:mean", "before")
    assert (found.refused, found.adjusted, found.difference) == (True, None, 100.0)
    assert found.refused_because is not None
    assert found.refused_because.startswith(
        "the groups overlap too little; among those alike, 100 and 100 rows are"
    )
    assert sentence(found) == f"nothing is adjusted: {found.refused_because}"


@pytest.mark.parametrize("separating", ["word", "number"])
def test_groups_that_a_column_tells_apart_entirely_are_refused(tmp_path: Path, separating: str) -> None:
    values = {"word": ("city", "land"), "number": ("1", "2")}[separating]
    rows = ["received,where,spend", *(f"{i % 2},{values[i % 2]},{i}" for i in range(400))]
    found = _observe(_file(tmp_path, rows), "spend:mean", "where")
    assert (found.refused, found.adjusted) == (True, None)
    assert abs(found.balance[0].before) == pytest.approx(2.0)


def test_what_is_missing_is_told_and_taken_into_account(tmp_path: Path) -> None:
    rows = ["received,age,before,spend"]
    rows += [
        f"{i % 2},{'' if i % 5 == 0 else 'old'},{'NA' if i % 3 == 0 else i % 7},{i % 11}" for i in range(600)
    ]
    rows += [",old,1,5", "1,old,1,"]
    data = read_observations(_file(tmp_path, rows), "received", [SPEND], ["age", "before"])
    assert list(data.before) == ["age: missing", "age: old", "before", "before: missing"]
    found = observe(data, SPEND)
    assert found.notes == [
        "1 rows do not say whether received; they are left out.",
        "spend: 1 rows without a value are left out.",
    ]
    assert (found.n, found.control_n) == (300, 300)


@pytest.mark.parametrize(
    ("text", "metric", "words", "complaint"),
    [
        (
            "received,spend,x\nmaybe,1,1\n0,1,1\n",
            "spend:mean",
            "x",
            "holds 'maybe'; --treated needs a column of 0 and 1",
        ),
        ("received,spend,x\n1,1,1\n1,1,1\n", "spend:mean", "x", "needs rows with 0 and rows with 1"),
        ("received,spend,x\n1,1,1\n0,1,1\n", "spend:ratio:x", "x", "spend:ratio cannot be adjusted"),
        ("received,spend,x\n1,1,1\n0,1,1\n", "spend:mean", "spend", "the column 'spend' is named twice"),
        ("received,spend,x\n1,1,1\n1,1,1\n0,1,1\n0,2,1\n", "spend:proportion", "x", "spend is no proportion"),
        ("received,spend,x\n1,1,\n1,1,\n0,1,\n0,2,\n", "spend:mean", "x", "x has no value; leave it out"),
        ("received,spend\n1,1\n0,1\n", "spend:mean", "x", "has no column 'x'"),
        (
            "received,spend,x\n" + "".join(f"{i % 2},1,name{i}\n" for i in range(200)),
            "spend:mean",
            "x",
            "x holds 200 different words; 100 at most can be compared",
        ),
    ],
)
def test_a_table_that_cannot_be_read_so_is_refused_with_one_sentence(
    tmp_path: Path, text: str, metric: str, words: str, complaint: str
) -> None:
    file = tmp_path / "odd.csv"
    file.write_text(text)
    with pytest.raises(BadInput, match=complaint):
        _observe(file, metric, words)


def _chosen(random: np.random.Generator, units: int) -> Observations:
    """Households of which the richer are sooner chosen. Being chosen adds exactly 1 to the spend; wealth adds far more."""
    past = random.gamma(2.0, 10.0, units)
    city = (random.random(units) < 0.4).astype(float)
    likely = 1 / (1 + np.exp(2.5 - 0.08 * past - 0.8 * city))
    chosen = (random.random(units) < likely).astype(float)
    spend = 5 + 0.7 * past + 4 * city + random.gamma(2.0, 3.0, units) + chosen
    return Observations("made up", chosen, {"spend": spend}, {"past": past, "city": city}, None, [])


@pytest.mark.parametrize(
    ("tables", "least", "most"), [(200, 0.90, 0.99), pytest.param(2_000, 0.93, 0.97, marks=pytest.mark.slow)]
)
def test_95_percent_intervals_hold_the_truth_where_all_reasons_are_known_and_the_plain_ones_never_do(
    tables: int, least: float, most: float
) -> None:
    random = np.random.default_rng(20260202)
    held = plain = 0
    for _ in range(tables):
        found = observe(_chosen(random, 800), SPEND)
        held += (found.adjusted_low or 9.0) <= 1 <= (found.adjusted_high or -9.0)
        plain += (found.difference_low or 9.0) <= 1 <= (found.difference_high or -9.0)
    assert least <= held / tables <= most
    assert plain == 0


def test_a_reason_that_nobody_wrote_down_stays_in_the_result() -> None:
    data = _chosen(np.random.default_rng(9), 4_000)
    found = observe(data._replace(before={"city": data.before["city"]}), SPEND)
    assert found.adjusted_low is not None
    # The truth is 1.
    assert found.adjusted_low > 4
    assert found.causal is False
