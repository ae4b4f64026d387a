"""`surmesure measure` as people and programs use it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from content_store.errors import BadInput
from content_store.measuring_settings import MeasuringSettings
from evaluation.measurement.foresight import ARMS, Past, foresee, price
from flows.steps.foreseeing import Foresight
from surmesure.commands import measuring

app = typer.Typer()
app.command("analyze")(measuring.analyze)
app.command("evaluate-policy")(measuring.evaluate_policy)
app.command("observe")(measuring.observe)
app.command("power")(measuring.power)
app.command("plan")(measuring.plan)

AT, WEEK = datetime(2026, 3, 2, tzinfo=UTC), timedelta(days=7)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two arms of 1,000 units, of which 100 and 150 came."""
    file = tmp_path / "visits.csv"
    rows = [f"{arm},{int(i < came)}" for arm, came in (("none", 100), ("mail", 150)) for i in range(1_000)]
    file.write_text("arm,visit\n" + "\n".join(rows) + "\n")
    return file


def _run(*words: object) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_people_read_a_sentence_for_each_arm_and_metric(table: Path) -> None:
    told = _run("analyze", table, "--arm", "arm", "--control", "none", "--metric", "visit:proportion")
    # sqrt(0.1 * 0.9 / 999 + 0.15 * 0.85 / 999) = 0.014755; 1.961 of them are 0.02894.
    assert told == (
        "mail against none, visit: 0.15 against 0.1, lift +0.05 (+0.02106 to +0.07894), +50.0%, p = 0.00072, q = 0.00072.\n"
    )


def test_programs_read_a_line_with_every_number(table: Path) -> None:
    (line,) = _run(
        "analyze", table, "--arm", "arm", "--control", "none", "--metric", "visit:proportion", "--json"
    ).splitlines()
    found = json.loads(line)
    assert found.keys() >= {
        "arm", "metric", "n", "control_mean", "mean", "lift", "lift_low", "lift_high", "relative_lift", "p_value",
        "srm_p_value",
    }  # fmt: skip
    assert (found["arm"], found["metric"], found["n"], found["control_mean"]) == ("mail", "visit", 1_000, 0.1)


def test_a_column_may_be_compared_by_itself_and_over_another_but_not_added_up_in_two_ways(
    tmp_path: Path,
) -> None:
    file = tmp_path / "spend.csv"
    file.write_text("arm,spend,visits\n" + "a,4,2\na,2,1\nb,6,1\nb,3,2\n" * 50)
    words = ("analyze", file, "--arm", "arm", "--control", "a", "--json", "--metric", "spend:mean")
    lines = [json.loads(line) for line in _run(*words, "--metric", "spend:ratio:visits").splitlines()]
    assert [(line["metric"], line["control_mean"], line["mean"]) for line in lines] == [
        ("spend", 3.0, 4.5),
        ("spend/visits", 2.0, 3.0),
    ]
    with pytest.raises(BadInput, match="--metric names a column twice; compare it in one way"):
        _run(*words, "--metric", "spend:proportion")


def test_a_split_that_was_not_meant_is_told_first_and_no_verdict_is_given(tmp_path: Path) -> None:
    file = tmp_path / "lost.csv"
    file.write_text("arm,visit\n" + "a,0\na,1\n" * 300 + "b,1\nb,0\n" * 200)
    words = ("analyze", file, "--arm", "arm", "--control", "a", "--metric", "visit:proportion")
    assert _run(*words).startswith(
        "No verdict: the arms' sizes (a 600, b 400) are not what was meant (p < 0.0001)"
    )
    assert "No verdict" not in _run(*words, "--share", "a=0.6", "--share", "b=0.4")
    with pytest.raises(BadInput, match=r"--share half is not understood; write ARM=0\.5"):
        _run(*words, "--share", "half")


def test_another_policy_is_told_with_its_four_estimates(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text("r,p,q,e\n" + "1,0.5,0.5,0.5\n0,0.5,0.5,0.5\n" * 100)
    words = (
        "evaluate-policy",
        file,
        "--reward",
        "r",
        "--propensity",
        "p",
        "--target",
        "q",
        "--estimate",
        "e",
    )
    found = json.loads(_run(*words, "--json"))
    assert {name: found[name] for name in ("ips", "snips", "dm", "dr", "ess", "refused", "reason")} == {
        "ips": 0.5, "snips": 0.5, "dm": 0.5, "dr": 0.5, "ess": 200.0, "refused": False, "reason": None,
    }  # fmt: skip
    assert _run(*words).splitlines()[0] == (
        "200 logged choices, worth 200 of the target policy's own; they earned 0.5 each."
    )


def test_a_plan_is_told_in_a_sentence() -> None:
    assert _run("power", "--baseline", "0.10", "--lift", "0.01") == (
        "14,749 units in each of 2 arms find a lift of 0.01 (+10.0%) 80% of the time, and one where there is none 5% of"
        " the time.\n"
    )
    assert (
        json.loads(_run("power", "--baseline", 20, "--deviation", 50, "--lift", 2, "--json"))["units_per_arm"]
        == 9_812
    )
    with pytest.raises(BadInput, match="give --lift to learn the units, or --units to learn the lift"):
        _run("power", "--baseline", "0.10")


def test_a_plan_says_what_an_audience_can_show_and_what_it_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    segments = [
        foresee(Past("Coffee drinkers", 40_000, 20.0, 40.0), share=False, holdout_share=0.1),
        foresee(Past("Tea drinkers", 100, 20.0, 40.0), share=False, holdout_share=0.1),
    ]
    prices = [
        price(arms, 2, {"sms": 36_090}, MeasuringSettings(send={"sms": 0.05}), 3.0, None) for arms in ARMS
    ]
    found = Foresight(
        "coffee-week", "purchase_value", False, 0.1, "EUR", AT - WEEK, AT, segments, segments[0], prices
    )

    class Opened:
        def briefs(self, only: list[str]) -> list[str]:
            return only

    monkeypatch.setattr(measuring, "open_workplace", lambda _: Opened())
    monkeypatch.setattr("flows.steps.foreseeing.foresight", lambda *_: found)
    told = _run("plan", "coffee-week").splitlines()
    # (1.96 + 0.84) 40 sqrt(1/4,000 + 1/36,000) = 1.87, and sqrt(2/18,000) makes it 1.18.
    assert told[2].split() == [
        "Coffee",
        "drinkers",
        "40,000",
        "20",
        "1.87",
        "(+9%)",
        "1.18",
        "(+6%)",
        "1.59",
        "(+8%)",
    ]
    assert told[5] == (
        "1 message in each place: 2 messages, 6 s of the model, 36,090 sends by sms: €1,805 and what it takes to review"
        " them, which is not known yet."
    )
    assert told[-1] == (
        "Messages that differ by 10% can be told apart: 3 messages in Coffee drinkers; one is enough elsewhere."
    )
    assert (
        _run("plan", "coffee-week", "--lift", "0.01")
        .splitlines()[-1]
        .startswith("Messages that differ by 1% cannot")
    )
    line = json.loads(_run("plan", "coffee-week", "--json"))
    assert (line["told_apart"], line["segments"][1]["customers"]) == (3, 100)


def test_arms_that_differed_before_are_told_and_no_verdict_is_given(tmp_path: Path) -> None:
    file = tmp_path / "chosen.csv"
    rows = [
        f"{arm},{i % 7},{before + i % 5}" for arm, before in (("none", 0), ("mail", 4)) for i in range(100)
    ]
    file.write_text("arm,spend,before\n" + "\n".join(rows) + "\n")
    words = ("analyze", file, "--arm", "arm", "--control", "none", "--metric", "spend:mean")
    assert _run(*words).endswith(": it may as well be nothing.\n")
    told = _run(*words, "--covariate", "before")
    assert told.startswith(
        "The arms differed before the experiment (before: 6 in mail, 2 in none); this is not chance.\nmail against none, spend:"
    )
    assert "nothing" not in told
    (line,) = _run(*words, "--covariate", "before", "--json").splitlines()
    assert json.loads(line)["trusted"] is False


@pytest.fixture
def received(tmp_path: Path) -> Path:
    """400 households in two towns; in the rich one three of four received it, and all spend 10 more, received or not."""
    file = tmp_path / "received.csv"
    rows = [
        f"{int(i % 4 < (3 if town == 'rich' else 1))},{town},{10 * (town == 'rich') + i % 5}"
        for town in ("poor", "rich")
        for i in range(200)
    ]
    file.write_text("received,town,spend\n" + "\n".join(rows) + "\n")
    return file


def test_what_was_no_experiment_is_called_so_before_anything_else(received: Path) -> None:
    words = ("observe", received, "--treated", "received", "--metric", "spend:mean", "--covariate", "town")
    first, unlike, plain, alike = _run(*words).splitlines()
    assert first == (
        "This is no experiment: nobody was chosen by chance, so no difference here is an effect, and no causal claim follows."
    )
    # 150 of 200 against 50 of 200: 0.5 over sqrt(0.75 * 0.25 * 200 / 199).
    assert unlike == (
        "200 with received, 200 without. How unlike they were before, in standard deviations (after weighting):"
        " town: poor -1.15 (0.00), town: rich +1.15 (0.00)."
    )
    assert plain.startswith("spend, as it stands: 9.5 against 4.5, +5 (")
    assert alike.startswith("spend, among those alike (worth 150 and 150 rows) 7 against 7, ")
    assert alike.endswith("it may as well be nothing.")


def test_programs_read_that_nothing_is_causal_and_why(received: Path) -> None:
    words = ("observe", received, "--treated", "received", "--metric", "spend:mean", "--covariate", "town")
    found = json.loads(_run(*words, "--json"))
    assert (found["causal"], found["refused"], found["difference"]) == (False, False, 5.0)
    assert found["reason"].startswith("This is no experiment")
    assert found["adjusted"] == pytest.approx(0.0, abs=1e-6)
    assert found["balance"][0]["before"] == pytest.approx(-1.1518, abs=1e-4)
