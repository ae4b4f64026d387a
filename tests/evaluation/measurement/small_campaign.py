"""A small campaign whose numbers make sense: 18,000 customers, of whom 900 were held out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import sqrt
from typing import Any

from scipy import stats

from evaluation.measurement.comparison import Comparison
from evaluation.measurement.results import (
    ArmResult,
    CampaignResults,
    CostLine,
    CurvePoint,
    Pressure,
    Return,
    SegmentEffect,
)

FIRST = datetime(2026, 9, 7, 6, tzinfo=UTC)
AS_OF = datetime(2026, 10, 6, 5, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>"

#: The standard deviation of what a customer spends in two weeks.
SPREAD = 7.5


def comparison(
    metric: str,
    n: int,
    control_n: int,
    mean: float,
    control_mean: float,
    spread: float,
    *,
    arm: str = "messages",
    q_value: float | None = None,
    srm: float = 0.42,
) -> Comparison:
    """A line as analyze gives it, with normal intervals."""
    lift, error = mean - control_mean, spread * sqrt(1 / n + 1 / control_n)
    half, wide = 1.96 * error, 2.9 * error
    p_value = 2 * float(stats.norm.sf(abs(lift) / error))
    return Comparison(
        arm=arm,
        metric=metric,
        n=n,
        control_n=control_n,
        control_mean=control_mean,
        mean=mean,
        lift=lift,
        lift_low=lift - half,
        lift_high=lift + half,
        relative_lift=lift / control_mean,
        relative_lift_low=(lift - half) / control_mean,
        relative_lift_high=(lift + half) / control_mean,
        p_value=p_value,
        q_value=p_value if q_value is None else q_value,
        sequential_low=lift - wide,
        sequential_high=lift + wide,
        srm_p_value=srm,
    )


OVERALL = [
    comparison("value", 17_100, 900, 9.84, 9.02, SPREAD),
    comparison("margin", 17_100, 900, 2.46, 2.26, 1.9),
    comparison("converted", 17_100, 900, 0.1412, 0.1289, 0.347),
    comparison("unsubscribed", 17_100, 900, 0.0021, 0.0011, 0.045),
]

SEGMENTS = [
    ("Skillet, tea kettle and chef's knife", 6_200, 330, 1.30, 1.02),
    ("Coffee and breakfast", 5_400, 280, 0.72, 0.78),
    ("Garden tools", 4_300, 225, 0.41, 0.58),
    ("Baby care", 1_180, 62, -1.10, 0.35),
    (HOSTILE, 20, 3, 6.0, 0.8),
]

TEXTS = {
    "A": "Cedar Raised Bed: together in about an hour, without tools",
    "B": "Tomatoes in the back, beans in front",
}


def _segments() -> list[SegmentEffect]:
    found = []
    for number, (name, n, control_n, lift, shrunk) in enumerate(SEGMENTS, 1):
        effect = comparison("value", n, control_n, 9 + lift, 9.0, SPREAD)
        half = min(0.9, 1.96 * SPREAD * sqrt(1 / n + 1 / control_n))
        found.append(SegmentEffect(number, name, effect, shrunk, shrunk - half, shrunk + half))
    return found


def _arms() -> list[ArmResult]:
    found = []
    for number, (name, n, *_) in enumerate(SEGMENTS, 1):
        for sign, (arm, subject) in zip((1, -1), TEXTS.items(), strict=True):
            gap = 0.62 if number == 1 else 0.05
            effect = comparison(
                "value",
                n // 2,
                n // 2,
                9.6 + sign * gap / 2,
                9.6 - sign * gap / 2,
                SPREAD,
                arm=arm,
                q_value=0.006 if number == 1 else 0.81,
            )
            texts = {
                "subject": subject if number < len(SEGMENTS) else HOSTILE,
                "opening": "The bed comes flat.\nTwo people lift it.",
            }
            found.append(
                ArmResult(number, name, "email", "en-US", arm, [10 * number + (sign < 0)], texts, effect)
            )
    return found


def _curve() -> list[CurvePoint]:
    found = []
    for day in range(1, 29):
        units = 18_000 * day // 28
        error = SPREAD * sqrt(1 / (0.95 * units) + 1 / (0.05 * units))
        lift = 0.82 + 0.9 * (-1) ** day / day
        found.append(
            CurvePoint(
                FIRST + timedelta(days=day),
                units,
                lift,
                lift - 1.96 * error,
                lift + 1.96 * error,
                lift - 2.9 * error,
                lift + 2.9 * error,
            )
        )
    return found


def campaign(**changes: Any) -> CampaignResults:
    """What was found of it; `changes` are of fields."""
    found = CampaignResults(
        brief_id="autumn",
        goal="Sell what makes a garden ready for winter.",
        metric="value",
        currency="EUR",
        as_of=AS_OF,
        window_days=14,
        occurrences=[FIRST, FIRST + timedelta(days=14)],
        headline="It worked: each customer brought €0.82 more than those held out (95 % interval +€0.32 to +€1.32); +€14,022 in all"
        " (+€5,464 to +€22,580) from 17,100 customers.",
        trusted=True,
        experiment=True,
        overall=OVERALL,
        segments=_segments(),
        arms=_arms(),
        curve=_curve(),
        funnel={
            "planned": 17_100,
            "sent": 16_840,
            "delivered": 16_702,
            "clicked": 1_930,
            "converted": 2_414,
        },
        left_out={"no consent for marketing by email": 2_311, "the mailbox does not exist": 122},
        costs=[
            CostLine("model_seconds", 5_400, 0.54),
            CostLine("reviewer_minutes", 212, 159.0),
            CostLine("sends", 16_840, 652.46),
        ],
        worth=Return(
            812.0,
            14_022.0,
            5_464.0,
            22_580.0,
            "value",
            "It cost €812.00, and €14,022 of value more came in than without it: a return of +€13,210 (+€4,652 to +€21,768).",
        ),
        pressure=[
            Pressure("segment", "Coffee and breakfast", 5_400, 4.2, 0.55, 0.12, None),
            Pressure(
                "age",
                "65+",
                811,
                9.1,
                0.8,
                0.31,
                "they get 9.1 messages in 30 days; more than 8 is a warning.",
            ),
        ],
        next_steps=[
            "Write to Skillet, tea kettle and chef's knife with message A: it sells clearly more than B.",
            "Leave Baby care alone for a while: its effect may well be below zero.",
        ],
        notes=["12 outcomes named no publication and are in quarantine."],
    )
    return replace(found, **changes)
