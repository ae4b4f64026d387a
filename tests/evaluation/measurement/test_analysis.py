"""Arms against their control: the numbers of textbooks and of published experiments, and what cannot be compared."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats

from content_store.errors import BadInput
from evaluation.measurement.analysis import analyze, sample_ratio
from evaluation.measurement.comparison import Comparison
from evaluation.measurement.tables import metric_of, open_table


def _analyze(file: Path, *metrics: str, control: str = "a", **options: object) -> list[Comparison]:
    wanted = [metric_of(metric) for metric in metrics]
    unit, covariate = options.pop("unit", None), options.get("covariate")
    with open_table(file, "arm", wanted, covariate, unit) as table:  # type: ignore[arg-type]
        return analyze(table, control, wanted, **options)  # type: ignore[arg-type]


@pytest.fixture
def spend(tmp_path: Path) -> Path:
    file = tmp_path / "spend.csv"
    rows = [("a", 1), ("a", 2), ("a", 3), ("a", 4), ("b", 2), ("b", 4), ("b", 6), ("b", 8), ("b", 10)]
    file.write_text("arm,spend\n" + "".join(f"{arm},{value}\n" for arm, value in rows))
    return file


def test_means_of_large_arms_are_compared_as_welch_does(tmp_path: Path) -> None:
    file = tmp_path / "spend.csv"
    plain, warm = [number % 7 for number in range(200)], [number % 11 * 2 for number in range(600)]
    rows = [f"a,{value}" for value in plain] + [f"b,{value}" for value in warm]
    file.write_text("\n".join(["arm,spend", *rows]))
    (line,) = _analyze(file, "spend:mean")
    welch = stats.ttest_ind(warm, plain, equal_var=False)
    interval = welch.confidence_interval(0.95)
    assert line.p_value == pytest.approx(welch.pvalue)
    assert (line.lift_low, line.lift_high) == pytest.approx((interval.low, interval.high))


def test_a_small_arm_gets_the_wider_of_welchs_and_students_intervals(spend: Path) -> None:
    (line,) = _analyze(spend, "spend:mean")
    assert (line.arm, line.n, line.control_n) == ("b", 5, 4)
    assert (line.control_mean, line.mean, line.lift, line.relative_lift) == (2.5, 6.0, 3.5, 1.4)
    student = stats.ttest_ind([2, 4, 6, 8, 10], [1, 2, 3, 4])
    interval = student.confidence_interval(0.95)
    assert line.p_value == pytest.approx(student.pvalue)
    assert (line.lift_low, line.lift_high) == pytest.approx((interval.low, interval.high))


def test_the_visits_of_hillstroms_experiment_come_out_as_published(tmp_path: Path) -> None:
    # 64,000 customers, MineThatData 2008: 18.28, 15.14 and 10.62 % visited after men's, women's and no mail.
    file = tmp_path / "visits.parquet"
    sizes = {"mens": (21_307, 3_894), "womens": (21_387, 3_238), "none": (21_306, 2_262)}
    arms = [arm for arm, (units, _) in sizes.items() for _ in range(units)]
    visits = [int(i < came) for units, came in sizes.values() for i in range(units)]
    pq.write_table(pa.table({"arm": arms, "visit": visits}), file)
    mens, womens = _analyze(file, "visit:proportion", control="none")
    assert (round(mens.mean or 0, 4), round(womens.mean or 0, 4)) == (0.1828, 0.1514)
    assert round(mens.control_mean or 0, 4) == 0.1062
    # By hand: sqrt(p(1 - p) / n + q(1 - q) / m) = 0.003385, and 1.96 of them.
    assert (mens.lift, mens.lift_low, mens.lift_high) == pytest.approx((0.07659, 0.06996, 0.08323), abs=1e-5)
    assert (womens.lift, womens.lift_low, womens.lift_high) == pytest.approx(
        (0.04523, 0.03889, 0.05157), abs=1e-5
    )
    assert mens.srm_p_value == pytest.approx(0.9037, abs=1e-4)
    assert mens.trusted


def test_few_units_get_an_exact_test_and_newcombes_interval(tmp_path: Path) -> None:
    # Newcombe 1998, table II, method 10: 56/70 against 48/80 is 0.2 (0.0524 to 0.3339).
    file = tmp_path / "cured.csv"
    rows = ["a,1"] * 48 + ["a,0"] * 32 + ["b,1"] * 56 + ["b,0"] * 14
    file.write_text("arm,cured\n" + "\n".join(rows) + "\n")
    (line,) = _analyze(file, "cured:proportion")
    assert (line.lift, line.lift_low, line.lift_high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    exact = stats.barnard_exact([[56, 48], [14, 32]])
    assert line.p_value == pytest.approx(exact.pvalue, abs=1e-4)


def test_a_ratio_is_compared_by_its_sums_with_the_error_of_both(tmp_path: Path) -> None:
    file = tmp_path / "clicks.jsonl"
    rng = np.random.default_rng(3)
    views = rng.poisson(5, 400) + 1
    clicks = rng.binomial(views, 0.2)
    rows = [{"arm": "ab"[i % 2], "clicks": int(clicks[i]), "views": int(views[i])} for i in range(400)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (line,) = _analyze(file, "clicks:ratio:views")
    ratios, variance = [], 0.0
    for start in (0, 1):
        c, v = clicks[start::2], views[start::2]
        ratio = c.sum() / v.sum()
        ratios.append(ratio)
        variance += float(np.var(c - ratio * v, ddof=1)) / (len(c) * v.mean() ** 2)
    assert line.control_mean == pytest.approx(ratios[0])
    assert line.lift == pytest.approx(ratios[1] - ratios[0])
    assert line.lift is not None
    assert line.lift_high is not None
    assert line.lift_high - line.lift == pytest.approx(1.966 * variance**0.5, rel=1e-3)


def test_a_covariate_takes_out_what_was_there_before(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    before = rng.normal(10, 3, 600)
    arm = np.arange(600) % 2
    after = before + rng.normal(0, 1, 600) + 0.5 * arm
    file = tmp_path / "cuped.parquet"
    pq.write_table(pa.table({"arm": ["ab"[i] for i in arm], "after": after, "before": before}), file)
    (plain,), (line,) = _analyze(file, "after:mean"), _analyze(file, "after:mean", covariate="before")
    within = sum(np.cov(after[arm == side], before[arm == side])[0, 1] for side in (0, 1)) / sum(
        np.var(before[arm == side], ddof=1) for side in (0, 1)
    )
    gap = before[arm == 1].mean() - before[arm == 0].mean()
    assert line.lift == pytest.approx(
        after[arm == 1].mean() - after[arm == 0].mean() - within * gap, abs=0.01
    )
    assert (line.mean, line.control_mean) == (plain.mean, plain.control_mean)
    width = [(item.lift_high or 0) - (item.lift_low or 0) for item in (plain, line)]
    assert width[1] < 0.4 * width[0]


def test_rows_of_a_unit_are_added_up(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(
        "customer,arm,spend,bought\nu1,a,1,0\nu1,a,2,1\nu2,a,5,1\nu3,b,4,0\nu3,b,4,0\nu4,b,,1\nu4,b,6,0\n,b,9,1\n"
    )
    spend, bought = _analyze(file, "spend:mean", "bought:proportion", unit="customer")
    assert (spend.n, spend.control_n, spend.control_mean, spend.mean) == (2, 2, 4.0, 7.0)
    assert (bought.control_mean, bought.mean) == (1.0, 0.5)


def test_a_unit_in_two_arms_is_left_out_and_many_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "mixed.csv"
    rows = [f"u{i},{'ab'[i % 2]},1" for i in range(200)]
    file.write_text("customer,arm,spend\n" + "\n".join([*rows, "u0,b,1"]) + "\n")
    (line,) = _analyze(file, "spend:mean", unit="customer")
    assert (line.control_n, line.notes) == (99, ["1 units stand in several arms and are left out."])
    file.write_text(
        "customer,arm,spend\n" + "\n".join([*rows, *(f"u{i},b,1" for i in range(0, 20, 2))]) + "\n"
    )
    with pytest.raises(BadInput, match="10 of 200 values of customer stand in several arms"):
        _analyze(file, "spend:mean", unit="customer")


def test_a_split_that_cannot_be_chance_takes_the_verdict_away() -> None:
    assert sample_ratio({"a": 5_000, "b": 5_000}) == 1.0
    # chi-squared = 2 * 150^2 / 5000 = 9
    assert sample_ratio({"a": 5_150, "b": 4_850}) == pytest.approx(stats.chi2.sf(9, 1))
    assert sample_ratio({"a": 9_000, "b": 1_000}, {"a": 0.9, "b": 0.1}) == 1.0
    with pytest.raises(BadInput, match="the shares must name each arm once"):
        sample_ratio({"a": 1, "b": 1}, {"a": 1.0})


def test_false_discoveries_are_held_over_all_lines(tmp_path: Path) -> None:
    file = tmp_path / "arms.csv"
    rng = np.random.default_rng(11)
    rows = [f"{'abcde'[i % 5]},{rng.normal():.6f},{rng.normal():.6f}" for i in range(500)]
    file.write_text("arm,x,y\n" + "\n".join(rows) + "\n")
    lines = _analyze(file, "x:mean", "y:mean")
    wanted = stats.false_discovery_control([line.p_value for line in lines])
    assert [line.q_value for line in lines] == pytest.approx(list(wanted))


def test_missing_values_are_told_and_nothing_is_said_where_nothing_can_be(tmp_path: Path) -> None:
    file = tmp_path / "gaps.csv"
    file.write_text("arm,spend,flat\na,1,3\na,NA,3\na,3,3\nb,4,3\nb,,3\n")
    spend, flat = _analyze(file, "spend:mean", "flat:mean")
    assert (spend.control_n, spend.n, spend.control_mean, spend.lift) == (2, 1, 2.0, None)
    assert spend.notes == ["spend: units without a value are left out (a: 1, b: 1)."]
    assert (flat.lift, flat.p_value) == (0.0, None)


@pytest.mark.parametrize(
    ("text", "metric", "sentence"),
    [
        ("arm,spend\na,1\nb,2\n", "price:mean", "has no column 'price'; it has arm, spend"),
        ("arm,spend\na,1\nb,cheap\n", "spend:mean", "spend holds 'cheap', which is no number"),
        ("arm,spend\na,1\nb,inf\n", "spend:mean", "spend holds 'inf', which is no number"),
        ("arm,spend\na,1\nb,2\n", "spend:proportion", "a proportion is made of 0 and 1"),
        ("arm,spend\na,1\na,2\n", "spend:mean", "arm holds only a; an experiment has two arms or more"),
        ("arm,spend,spend\na,1,2\n", "spend:mean", "the header names 'spend' twice"),
        ("arm,spend\n", "spend:mean", "has no rows"),
        ("arm,spend\nb,1\nc,2\n", "spend:mean", "no row has the arm 'a'; there are b, c"),
        ("", "spend:mean", "table.csv is empty"),
    ],
)
def test_a_table_that_is_none_is_refused_with_one_sentence(
    tmp_path: Path, text: str, metric: str, sentence: str
) -> None:
    file = tmp_path / "table.csv"
    file.write_text(text)
    with pytest.raises(BadInput, match=sentence):
        _analyze(file, metric)


@pytest.mark.parametrize("text", ["spend", "spend:median", "clicks:ratio", ":mean"])
def test_a_metric_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="is not understood; write NAME:mean"):
        metric_of(text)


def test_a_denominator_of_zero_gives_no_number(tmp_path: Path) -> None:
    file = tmp_path / "views.csv"
    file.write_text("arm,clicks,views\na,0,0\na,0,0\nb,1,2\nb,0,3\n")
    (line,) = _analyze(file, "clicks:ratio:views")
    assert (line.control_mean, line.mean, line.lift, line.p_value) == (None, 0.2, None, None)


@pytest.mark.parametrize(
    ("control", "arms"), [("0", ("0.0", "1.0")), ("0", ("False", "True")), ("false", ("0", "1"))]
)
def test_the_control_is_found_however_its_number_is_written(
    tmp_path: Path, control: str, arms: tuple[str, str]
) -> None:
    file = tmp_path / "t.csv"
    rows = [(arms[0], 1), (arms[0], 3), (arms[1], 5), (arms[1], 7)]
    file.write_text("arm,spend\n" + "".join(f"{arm},{value}\n" for arm, value in rows))
    (line,) = _analyze(file, "spend:mean", control=control, shares={"0": 0.5, "1": 0.5})
    assert (line.arm, line.control_mean, line.mean) == (arms[1], 2.0, 6.0)


def test_one_number_written_in_two_ways_is_one_arm_and_nan_is_none(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("arm,spend\n0,1\n0,3\n1,5\n1.0,7\nNaN,90\n")
    (line,) = _analyze(file, "spend:mean", control="0")
    assert (line.arm, line.n, line.mean, line.lift) == ("1", 2, 6.0, 4.0)
    assert line.notes == ["1 rows without an arm are left out."]


def test_two_versions_that_are_the_same_number_stay_two_arms(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("arm,spend\n1.1,1\n1.1,3\n1.10,5\n1.10,7\n")
    (line,) = _analyze(file, "spend:mean", control="1.1")
    assert (line.arm, line.lift) == ("1.10", 4.0)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("t.csv", "latin-1"), ("t.csv", "utf-16"), ("t.tsv", "utf-8"), ("t.csv.gz", "utf-8")],
)
def test_files_of_other_encodings_and_gzipped_ones_are_read(tmp_path: Path, name: str, encoding: str) -> None:
    text = "arm;dépense\ntémoin;1\ntémoin;3\nété;5\nété;\\N\nété;7\n"
    data = text.replace(";", "\t" if name == "t.tsv" else ";").encode(encoding)
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    (line,) = _analyze(tmp_path / name, "dépense:mean", control="témoin")
    assert (line.arm, line.n, line.lift) == ("été", 2, 4.0)


def test_what_is_missing_in_some_rows_of_a_unit_is_told(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("arm,who,spend\na,1,1\na,1,\na,2,3\nb,3,5\nb,4,7\n")
    (line,) = _analyze(file, "spend:mean", unit="who")
    assert (line.control_mean, line.mean) == (2.0, 6.0)
    assert line.notes == ["spend: 1 rows without a value add nothing to their units."]
